"""The kinds of diagnostics, one per line: a kind has the name of its module here, which exposes it as ``KIND``."""

from __future__ import annotations

from importlib import import_module

from physent.diagnostics.run.declare import Diagnostic

KINDS: dict[str, type[Diagnostic]] = {
    kind: import_module(f"{__name__}.{kind}").KIND
    for kind in (
        "apparent_complexity",
        "block_entropy",
        "boltzmann_entropy",
        "cell_map",
        "composition",
        "configurational_entropy",
        "conservation",
        "detailed_fluctuation_theorem",
        "disc_counting",
        "entanglement",
        "histogram_entropy",
        "integral_fluctuation_theorem",
        "jarzynski",
        "knn_entropy",
        "linear_statistic",
        "mean",
        "order_parameters",
        "ordinal_pattern",
        "outcome_entropy",
        "pair_correlation",
        "radial_density",
        "sample_entropy",
        "school_entropies",
        "self_diffusion",
        "structure_factor",
        "synchronisation",
        "thermodynamic_uncertainty",
        "wave_entropies",
        "wave_statistics",
        "zero_one_test",
    )
}
