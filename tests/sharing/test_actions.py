"""Share rules and kept shares on both databases: windows, units, late comers, undetermined lines."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from feeledger.money import Money
from feeledger.payments.queries import payment_of_notice
from feeledger.regions.queries import UnitUnknown
from feeledger.sharing.actions import (
    ShareRuleInUse,
    ShareRuleOverlaps,
    end_share_rule,
    keep_shares,
)
from feeledger.sharing.queries import (
    count_undetermined,
    shares_of_payment,
    undetermined_lines,
)
from feeledger.sharing.verify_queries import verify_shares
from feeledger.trail import acts_about
from tests.builders import (
    CLERK,
    LICENCE_ITEM,
    LICENCE_LINE,
    NOW,
    POLICE_UNIT,
    REGION,
    TODAY,
    WATER_UNIT,
    a_charge,
    a_paid_notice,
    a_share_rule,
    an_answer,
)

TOMORROW = TODAY + timedelta(days=1)


def levels_of(session, notice):
    payment = payment_of_notice(session, REGION, notice.id)
    shares = shares_of_payment(session, REGION, payment.id)
    found = {}
    for row in (row for rows in shares.values() for row in rows):
        found[row.level] = found.get(row.level, Money(0)) + Money(row.fen)
    return {level: str(share) for level, share in found.items()}


def two_lines():
    """140.00 for the water unit, 2 licences at 10.00 for the police."""
    licence = an_answer(LICENCE_ITEM, LICENCE_LINE, facts={"vehicle_licences": 2})
    return a_charge(), a_charge(POLICE_UNIT, licence)


def test_r_m6_shares_are_kept_with_the_payment_once_and_never_change(placed):
    with placed.write() as session:
        a_share_rule(session)
        notice = a_paid_notice(session)

        kept = keep_shares(session, REGION, now=NOW)
        again = keep_shares(session, REGION, now=NOW)

        # 140.00 at 10 : 20 : 70, the county collects.
        assert (kept, again) == (1, 0)
        assert levels_of(session, notice) == {
            "central": "14.00",
            "province": "28.00",
            "county": "98.00",
        }
        assert verify_shares(session, REGION) == ()
    with pytest.raises(Exception, match=r"append-only|denied"), placed.write() as session:
        session.execute(text("UPDATE payment_share SET fen = fen + 1"))


def test_r_m6_without_a_published_ratio_a_line_is_undetermined_until_one_is_entered(placed):
    with placed.write() as session:
        a_share_rule(session)
        notice = a_paid_notice(session, *two_lines())

        keep_shares(session, REGION, now=NOW)
        (left,) = undetermined_lines(session, REGION, limit=10, offset=0)

        assert (left.line.item_id, left.waiting) == (LICENCE_ITEM, False)
        a_share_rule(session, LICENCE_ITEM, ratios={"county": "1"})
        (left,) = undetermined_lines(session, REGION, limit=10, offset=0)
        assert left.waiting
        assert keep_shares(session, REGION, now=NOW) == 2
        assert count_undetermined(session, REGION) == 0
        # 14.00 + 0, 28.00 + 0, 98.00 + 20.00
        assert levels_of(session, notice)["county"] == "118.00"


def test_a_rule_of_the_unit_itself_goes_before_one_for_all_units(placed):
    with placed.write() as session:
        a_share_rule(session)
        a_share_rule(session, unit_code=WATER_UNIT, ratios={"city": "1", "county": "1"})
        notice = a_paid_notice(session)

        keep_shares(session, REGION, now=NOW)

        assert levels_of(session, notice) == {"city": "70.00", "county": "70.00"}


def test_windows_of_one_item_and_unit_never_overlap(placed):
    with placed.write() as session:
        a_share_rule(session, valid_to=TODAY)
        a_share_rule(session, valid_from=TODAY)

        with pytest.raises(ShareRuleOverlaps):
            a_share_rule(session, valid_from=TOMORROW)
        with pytest.raises(ShareRuleOverlaps):
            a_share_rule(session, valid_from=TODAY - timedelta(days=9), valid_to=TOMORROW)
        with pytest.raises(UnitUnknown):
            a_share_rule(session, unit_code="nobody")


def test_a_rule_ends_only_after_the_last_payment_it_shared(placed):
    with placed.write() as session:
        rule = a_share_rule(session)
        a_paid_notice(session)
        keep_shares(session, REGION, now=NOW)

        with pytest.raises(ShareRuleInUse):
            end_share_rule(session, REGION, rule, valid_to=TODAY, by=CLERK, now=NOW)
        end_share_rule(session, REGION, rule, valid_to=TOMORROW, by=CLERK, now=NOW)
        a_share_rule(session, valid_from=TOMORROW)

        acts = [act.act for act in acts_about(session, REGION, f"share-rule:{rule}")]
        assert acts == ["enter-share-rule", "end-share-rule"]
        assert verify_shares(session, REGION) == ()
