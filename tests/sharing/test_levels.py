"""Shares by level: R-M6 to the fen, and R-F4 whatever the order of refunds."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeledger.money import Money, parse_amount
from feeledger.sharing.levels import (
    Division,
    RuleText,
    ShareRuleRefused,
    division_of,
    moves_of,
)

WORKED = Division(
    {"central": Decimal(10), "province": Decimal(20), "county": Decimal(70)}, "county"
)


def test_r_m6_the_worked_example_gives_each_level_its_floor_and_the_rest_to_who_collects():
    shares = WORKED.shares_of(parse_amount("100.01"))

    assert {level: str(share) for level, share in shares.items()} == {
        "central": "10.00",
        "province": "20.00",
        "county": "70.01",
    }


def test_r_m6_ratios_need_not_add_up_to_a_hundred_and_may_be_decimals():
    # 1.5 : 0.5 of 100.03: 10003 x 0.5 / 2 = 2500.75 fen, floor 25.00; the rest is 75.03.
    shares = Division({"county": Decimal("1.5"), "city": Decimal("0.5")}, "county").shares_of(
        parse_amount("100.03")
    )

    assert (str(shares["city"]), str(shares["county"])) == ("25.00", "75.03")


ratios = st.dictionaries(
    st.sampled_from(["central", "province", "city", "county"]),
    st.decimals("0.01", "99", places=2),
    min_size=1,
)


@given(ratios, st.lists(st.integers(1, 5000), min_size=1, max_size=8))
def test_r_f4_refunds_in_any_parts_return_exactly_what_was_settled(levels, parts):
    division = Division(levels, next(iter(levels)))
    total = Money(sum(parts))
    taken = dict.fromkeys(levels, 0)
    before = Money(0)

    for part in parts:
        changes = division.changes(before=before, after=before + Money(part))
        moves = moves_of(changes)
        assert sum(changes.values()) == part
        assert sum(fen for _, getter, fen in moves if getter is None) == part
        assert all(fen > 0 for _, _, fen in moves)
        before += Money(part)
        taken = {level: taken[level] + fen for level, fen in changes.items()}

    assert taken == {level: share.fen for level, share in division.shares_of(total).items()}


def test_r_f4_a_level_may_gain_a_fen_by_rounding_and_another_gives_it():
    # 1:1:1, two fen: 0, 0, 2. Three fen: 1, 1, 1. The third fen: +1, +1, -1.
    even = Division({"city": Decimal(1), "province": Decimal(1), "county": Decimal(1)}, "county")

    changes = even.changes(before=Money(2), after=Money(3))

    assert changes == {"city": 1, "province": 1, "county": -1}
    assert moves_of(changes) == [("city", "county", 1), ("province", None, 1)]


@pytest.mark.parametrize(
    ("ratios", "collecting", "fields"),
    [
        ({}, "county", {"ratio-central", "collecting"}),
        ({"county": "0"}, "county", {"ratio-county", "collecting"}),
        ({"county": "-1"}, "county", {"ratio-county", "collecting"}),
        ({"county": "1e3"}, "county", {"ratio-county", "collecting"}),
        ({"county": "７０"}, "county", {"ratio-county", "collecting"}),
        ({"moon": "1"}, "county", {"ratio-moon", "collecting"}),
        ({"county": "70"}, "province", {"collecting"}),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_every_fault(ratios, collecting, fields):
    text = RuleText("x", ratios, collecting, "文〔2026〕1号", date(2026, 1, 1))

    with pytest.raises(ShareRuleRefused) as refused:
        division_of(text)

    assert {name for name, _ in refused.value.errors} == fields


def test_a_rule_needs_a_document_and_a_window_that_goes_forward():
    text = RuleText("x", {"county": "1"}, "county", "", date(2026, 1, 1), date(2026, 1, 1))

    with pytest.raises(ShareRuleRefused) as refused:
        division_of(text)

    assert [name for name, _ in refused.value.errors] == ["document", "valid_to"]
