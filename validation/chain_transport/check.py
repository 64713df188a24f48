"""Heat between two harmonic chains: the stationary current of two half-infinite reservoirs."""

from __future__ import annotations

from collections.abc import Iterator

from physent.evidence import Case, Claim
from physent.theory import entanglement as theory


def check(case: Case) -> Iterator[Claim]:
    """The current through the joint, between the first transient and the return of waves from the ends."""
    run = case.run()
    flow = run["current"].sel(time=slice(100.0, 250.0)).isel(replica=0, bond=299).values
    yield Claim(
        claim="heat current between chains at temperatures 1 and 0.3, mean over times 100 to 250",
        source="Landauer's formula; Rieder, Lebowitz and Lieb 1967, doi 10.1063/1.1705319",
        expected=theory.heat_current(0.3, 1.0, 0.3),
        measured=float(flow.mean()),
        tolerance=1.5e-4,
        reason="oscillations of the band edges, 1e-3 in a single sample, are averaged over 31 times",
        basis="exact",
    )
