"""What the register works out by itself, and how facts are kept exactly."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeledger.enterprises.facts import (
    FactRefused,
    fact_text,
    fact_value,
    payer_kind_of,
    size_of,
    years_since,
)

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=6)


@given(st.one_of(st.booleans(), st.integers(), st.text(), DECIMALS))
def test_a_fact_comes_back_exactly_as_it_was_written(value):
    assert fact_value(fact_text("x", value)) == value


@pytest.mark.parametrize("value", [1.5, None, Decimal("NaN"), [1], {"a": 1}])
def test_what_is_no_fact_is_refused(value):
    with pytest.raises(FactRefused):
        fact_text("x", value)


@pytest.mark.parametrize(
    ("registered", "on", "years"),
    [
        (date(2023, 5, 6), date(2026, 5, 6), "3"),
        (date(2023, 5, 6), date(2026, 5, 5), "2.99"),  # 364 of 365 days, rounded down
        (date(2023, 5, 6), date(2023, 5, 6), "0"),
        (date(2024, 2, 29), date(2025, 2, 28), "1"),
        (date(2024, 2, 29), date(2025, 2, 27), "0.99"),
        (date(2026, 1, 1), date(2026, 7, 2), "0.49"),  # 182 / 365 = 0.498…
        (date(2027, 1, 1), date(2026, 1, 1), "0"),
    ],
)
def test_years_since_registration_never_pass_a_bound_before_its_day(registered, on, years):
    assert years_since(registered, on) == Decimal(years)


@pytest.mark.parametrize(
    ("uscc", "kind"),
    [
        ("91130184MA0CQ3T535", "enterprise"),
        ("12130000401234561E", "public_institution"),
        ("52130200MJ0045TXX4", None),
    ],
)
def test_the_code_tells_the_kind_of_payer(uscc, kind):
    assert payer_kind_of(uscc) == kind


def test_a_sole_trader_is_self_employed_before_any_figure_rv4():
    assert size_of("92130600L12345674L", "large") == "self_employed"
    assert size_of("91130184MA0CQ3T535", "small") == "small"
    assert size_of("91130184MA0CQ3T535", None) is None
