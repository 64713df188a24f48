"""Entropy of data: outcome space, tally, measure, estimator; on plain arrays and on xarray objects, in nats.

    counts = count(x, Grid(0.0, 1.0, 20))        # which outcome, how often
    entropy(counts, Shannon(), "grassberger")    # value, standard error, N, occupied cells, coverage

Spaces say what an outcome is and how large it is, tallies count, measures are functions of probabilities and cell
measures, estimators correct what finite data do to a measure. Continuous estimates without cells, ordinal patterns,
the entropies of dynamics and apparent complexity stand beside them. Every kind of diagnostic that a config can name is
a function too, with the same bits as in a run; a kind with the name of one of these functions, such as
`sample_entropy`, is measured by it, the kind `block_entropy` by `word_entropies`.

Named dimensions are taken by name (`physent.diagnostics.dimensions` has the rule). Missing samples are refused or, by
functions of windows, left out with the windows that hold them (`physent.diagnostics.missing`). Functions raise
`UsageError` if a call cannot be carried out as given and `RunError` if the data do not allow it, and give at most one
`PhysentWarning`.

Nothing is imported before it is used: declarations of diagnostics are read with every config, compiled kernels are not.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from physent.declare import Box
    from physent.diagnostics.bases import in_base
    from physent.diagnostics.chains import (
        effective_sample_size,
        integrated_autocorrelation_time,
        mean_and_error,
        r_hat,
        unmixed,
    )
    from physent.diagnostics.complexity import apparent_complexity, coarse_grain, lz78_phrases
    from physent.diagnostics.conditional import (
        conditional_mutual_information,
        knn_transfer_entropy,
        local_transfer_entropy,
    )
    from physent.diagnostics.continuous import knn_entropy, ksg_mutual_information, spacing_entropy
    from physent.diagnostics.coverage import Coverage, interval_coverage
    from physent.diagnostics.dispersion import dispersion_entropy
    from physent.diagnostics.dissipation import EntropyProduction, entropy_production
    from physent.diagnostics.dynamics import block_entropy, entropy_rate, transfer_entropy
    from physent.diagnostics.estimate import Estimate
    from physent.diagnostics.fluctuations import Crooks, UncertaintyRatio, crooks, thermodynamic_uncertainty
    from physent.diagnostics.fuzzy import fuzzy_entropy
    from physent.diagnostics.hc import hc_bounds, hc_plane, hc_standard_errors
    from physent.diagnostics.hc_fields import hc_plane_2d
    from physent.diagnostics.irreversibility import time_irreversibility
    from physent.diagnostics.kstatistics import Cumulants, cumulants, k_statistics
    from physent.diagnostics.lz76 import lz76_phrases
    from physent.diagnostics.measures import (
        KL,
        JensenShannon,
        LnW,
        Measure,
        Renyi,
        Shannon,
        StatisticalComplexity,
        Tsallis,
        measure_named,
    )
    from physent.diagnostics.mixed import mixed_mutual_information
    from physent.diagnostics.null_series import SurrogateTest, surrogate_test, surrogates
    from physent.diagnostics.nulls import null_entropy
    from physent.diagnostics.ordinal import forbidden_patterns, pattern_counts, permutation_entropy
    from physent.diagnostics.patches import OrdinalPatch
    from physent.diagnostics.public import count, entropy, normalized, weigh
    from physent.diagnostics.radial import linear_statistic
    from physent.diagnostics.regularity import sample_entropy
    from physent.diagnostics.sampling import SamplingAdvice, advise, natural_time, pattern_time, suggest_delay
    from physent.diagnostics.scale_by_scale import multiscale_entropy
    from physent.diagnostics.spaces import Grid, Lag, Levels, Ordinal, Product, Space, Sphere, Unique, from_spec
    from physent.diagnostics.tally import Counts, Samples, Weights
    from physent.diagnostics.thermodynamics import ThermodynamicIntegral, thermodynamic_integration
    from physent.diagnostics.uncertainty import autocorrelation_time, block_jackknife
    from physent.diagnostics.weighted_ordinal import weighted_permutation_entropy
    from physent.diagnostics.words import word_entropies
    from physent.diagnostics.zero_one import zero_one_test
    from physent.errors import PhysentWarning

__all__ = [
    "KL",
    "Box",
    "Counts",
    "Coverage",
    "Crooks",
    "Cumulants",
    "EntropyProduction",
    "Estimate",
    "Grid",
    "JensenShannon",
    "Lag",
    "Levels",
    "LnW",
    "Measure",
    "Ordinal",
    "OrdinalPatch",
    "PhysentWarning",
    "Product",
    "Renyi",
    "Samples",
    "SamplingAdvice",
    "Shannon",
    "Space",
    "Sphere",
    "StatisticalComplexity",
    "SurrogateTest",
    "ThermodynamicIntegral",
    "Tsallis",
    "UncertaintyRatio",
    "Unique",
    "Weights",
    "advise",
    "apparent_complexity",
    "autocorrelation_time",
    "block_entropy",
    "block_jackknife",
    "coarse_grain",
    "conditional_mutual_information",
    "count",
    "crooks",
    "cumulants",
    "dispersion_entropy",
    "effective_sample_size",
    "entropy",
    "entropy_production",
    "entropy_rate",
    "forbidden_patterns",
    "from_spec",
    "fuzzy_entropy",
    "hc_bounds",
    "hc_plane",
    "hc_plane_2d",
    "hc_standard_errors",
    "in_base",
    "integrated_autocorrelation_time",
    "interval_coverage",
    "k_statistics",
    "knn_entropy",
    "knn_transfer_entropy",
    "ksg_mutual_information",
    "linear_statistic",
    "local_transfer_entropy",
    "lz76_phrases",
    "lz78_phrases",
    "mean_and_error",
    "measure_named",
    "mixed_mutual_information",
    "multiscale_entropy",
    "natural_time",
    "normalized",
    "null_entropy",
    "pattern_counts",
    "pattern_time",
    "permutation_entropy",
    "r_hat",
    "sample_entropy",
    "spacing_entropy",
    "suggest_delay",
    "surrogate_test",
    "surrogates",
    "thermodynamic_integration",
    "thermodynamic_uncertainty",
    "time_irreversibility",
    "transfer_entropy",
    "unmixed",
    "weigh",
    "weighted_permutation_entropy",
    "word_entropies",
    "zero_one_test",
]

_HOMES = {
    "bases": "in_base",
    "chains": "effective_sample_size integrated_autocorrelation_time mean_and_error r_hat unmixed",
    "complexity": "apparent_complexity coarse_grain lz78_phrases",
    "conditional": "conditional_mutual_information knn_transfer_entropy local_transfer_entropy",
    "continuous": "knn_entropy ksg_mutual_information spacing_entropy",
    "coverage": "Coverage interval_coverage",
    "dispersion": "dispersion_entropy",
    "dissipation": "EntropyProduction entropy_production",
    "dynamics": "block_entropy entropy_rate transfer_entropy",
    "estimate": "Estimate",
    "fluctuations": "Crooks UncertaintyRatio crooks thermodynamic_uncertainty",
    "fuzzy": "fuzzy_entropy",
    "hc": "hc_bounds hc_plane hc_standard_errors",
    "hc_fields": "hc_plane_2d",
    "irreversibility": "time_irreversibility",
    "kstatistics": "Cumulants cumulants k_statistics",
    "lz76": "lz76_phrases",
    "measures": "KL JensenShannon LnW Measure Renyi Shannon StatisticalComplexity Tsallis measure_named",
    "mixed": "mixed_mutual_information",
    "null_series": "SurrogateTest surrogate_test surrogates",
    "nulls": "null_entropy",
    "ordinal": "forbidden_patterns pattern_counts permutation_entropy",
    "patches": "OrdinalPatch",
    "public": "count entropy normalized weigh",
    "radial": "linear_statistic",
    "regularity": "sample_entropy",
    "sampling": "SamplingAdvice advise natural_time pattern_time suggest_delay",
    "scale_by_scale": "multiscale_entropy",
    "spaces": "Grid Lag Levels Ordinal Product Space Sphere Unique from_spec",
    "tally": "Counts Samples Weights",
    "thermodynamics": "ThermodynamicIntegral thermodynamic_integration",
    "uncertainty": "autocorrelation_time block_jackknife",
    "weighted_ordinal": "weighted_permutation_entropy",
    "words": "word_entropies",
    "zero_one": "zero_one_test",
}
_HOME = {name: f"diagnostics.{module}" for module, names in _HOMES.items() for name in names.split()}
_HOME |= {"Box": "declare", "PhysentWarning": "errors"}
# Kinds that have no function of their own; their files are listed, not imported.
_KINDS = [one.name for one in iter_modules([f"{__path__[0]}/run/kinds"]) if one.name not in _HOME]
_HOME |= dict.fromkeys(_KINDS, "diagnostics.run.measure")
__all__ += list(_KINDS)


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name in _HOME and name not in _KINDS:
        value = globals()[name] = getattr(import_module(f"physent.{_HOME[name]}"), name)
        return value
    added = getattr(sys.modules.get("physent.diagnostics.run.kinds"), "KINDS", {})  # by whom and whenever
    if name not in _KINDS and name not in added:
        raise AttributeError(f"module 'physent.diagnostics' has no attribute {name!r}")
    return import_module("physent.diagnostics.run.measure").function_of(name)


def __dir__() -> list[str]:
    """The public names."""
    return __all__
