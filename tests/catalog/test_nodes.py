from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeledger.catalog.nodes import Bands, decimals_of, scaled, unit_of

BANDS = Bands((10, 20), (0, 5, 100), (1, 2, 0))


def test_the_upper_end_of_a_band_belongs_to_it():
    """R-C5: a bound belongs to the lower band."""
    assert [BANDS.at(x) for x in (0, 10, 11, 20, 21, 999)] == [0, 10, 27, 45, 100, 100]


def test_beyond_a_closed_last_band_the_last_band_speaks():
    closed = Bands((10, 20), (0, 5), (1, 2))

    assert closed.at(21) == 47


@pytest.mark.parametrize(
    ("value", "decimals"), [("1", 0), ("1.00", 0), ("0.00196875", 8), ("1E+3", 0), ("1.50", 1)]
)
def test_trailing_zeros_are_no_decimals(value, decimals):
    assert decimals_of(Decimal(value)) == decimals


def test_a_value_with_more_decimals_than_its_scale_is_our_own_mistake():
    with pytest.raises(ValueError, match="more than 2 decimals"):
        scaled(Decimal("0.001"), 2)


@given(st.decimals(-(10**9), 10**9, places=6))
def test_scaling_is_exact(value):
    assert Decimal(scaled(value, 8)) / unit_of(8) == value
