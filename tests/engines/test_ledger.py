"""The variables of the ledger."""

import pytest

from physent.engines import ledger

NAMES = ("work", "heat", "energy", "entropy_medium", "entropy_system", "entropy_total")
RATES = ("epr_drift", "epr_trapezoid", "epr_even", "epr_odd")


def test_every_quantity_says_its_sign() -> None:
    for variable in ledger.variables(*NAMES):
        assert (variable.dims, variable.dtype, variable.is_field) == (("replica",), "float64", False)
        assert variable.attrs["convention"] == ledger.SIGNS


def test_rates_name_their_estimator_and_are_nan_at_the_first_sample() -> None:
    rates = ledger.variables(*RATES)
    assert all(variable.may_be_nan for variable in rates)
    assert len({variable.attrs["estimator"] for variable in rates}) == len(RATES)


def test_order_comments_and_unknown_names() -> None:
    heat, work = ledger.variables("heat", "work", work="of the trap")
    assert (heat.name, work.name) == ("heat", "work")
    assert work.attrs["comment"] == "of the trap"
    assert "comment" not in heat.attrs
    with pytest.raises(KeyError, match="hit"):
        ledger.variables("hit")
    with pytest.raises(KeyError, match="work"):
        ledger.variables("heat", work="of the trap")
