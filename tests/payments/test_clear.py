"""The one-statement way takes exactly what the long way takes, or less (PostgreSQL).

Each scenario is judged twice on the same state: by the database's function, rolled back, and by
``record_payment``.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from feeledger.api.json_text import write_json
from feeledger.ledger.queries import entry_of_id
from feeledger.notices.actions import void_notice
from feeledger.payments.actions import record_payment
from feeledger.payments.booking_actions import clear_row
from feeledger.payments.queries import payment_of_trade
from feeledger.payments.verify_queries import verify_region
from feeledger.regions.actions import change_settings
from feeledger.regions.bank_actions import Replacement, dismiss_agent_bank
from feeledger.regions.queries import RegionSettings
from feeledger.reliefs.actions import apply_for_relief, approve_relief
from feeledger.reliefs.relief import Ground, Terms
from tests.builders import (
    BANK,
    CLERK,
    LICENCE_ITEM,
    LICENCE_LINE,
    NOW,
    OTHER_BANK,
    POLICE_UNIT,
    REGION,
    TODAY,
    a_bank,
    a_charge,
    a_notice,
    a_payment,
    a_place,
    a_query,
    an_account,
    an_advice,
    an_answer,
    an_enterprise,
)

pytestmark = pytest.mark.postgresql


def by_function(session, advice, bank=BANK, **changes):
    row = clear_row(advice, now=NOW) | changes
    told = {"region": advice.region, "bank": bank, "told": write_json([row]).decode()}
    statement = text("SELECT book_clear_payments(:region, :bank, :told)")
    booked = session.scalar(statement, told)
    assert booked in ([], [advice.trade_no])
    return "booked" if booked else "unclear"


@pytest.fixture
def place(pg_store):
    """A place, and a notice of two units' four lines, one of them free."""
    with pg_store.write() as session:
        account = a_place(session).account
        an_enterprise(session)
        licence = a_charge(
            POLICE_UNIT, an_answer(LICENCE_ITEM, LICENCE_LINE, facts={"vehicle_licences": 2})
        )
        free = a_charge(answer=replace(an_answer(), outcome="exempt"))
        notice = a_notice(session, licence, free, a_charge(), licence)
        a_query(session, notice)
    return pg_store, notice, account


def settle(session, **settings):
    change_settings(session, REGION, RegionSettings(**settings), reason="测试", by=CLERK, now=NOW)


def nothing(_session, _notice, _account):
    """Leave things as they are."""


def expired(session, _notice, _account):
    session.execute(text("UPDATE notice SET status = 'expired'"))


def voided(session, notice, _account):
    void_notice(session, REGION, notice.id, reason="开错", by=CLERK, now=NOW)


def relieved(session, notice, _account):
    ground = Ground("演示批〔2026〕3号", TODAY, "演示财政局", "受灾")
    terms = Terms("reduce", 3, bp=5000)
    row = apply_for_relief(session, REGION, notice.id, terms, ground, by="a", now=NOW)
    approve_relief(session, REGION, row.id, reason="", by="b", now=NOW)


def paid(session, notice, _account):
    a_payment(session, notice, "BEFORE")


def no_agent(session, _notice, _account):
    dismiss_agent_bank(session, REGION, BANK, valid_to=TODAY, reason="", by=CLERK, now=NOW)


def unasked(session, _notice, _account):
    session.execute(text("DELETE FROM bank_query"))


def unasked_but_free(session, notice, account):
    unasked(session, notice, account)
    settle(session, require_prior_query=False)


def replaced_yesterday(session, _notice, account):
    day = TODAY - timedelta(days=1)
    an_account(session, "5555-6666-7777", valid_from=day, replaces=Replacement(account.id))


def replaced_with_overlap(session, _notice, account):
    day = TODAY - timedelta(days=1)
    an_account(session, "5555-6666-7777", valid_from=day, replaces=Replacement(account.id, 2))


def second_account_at_another_bank(session, notice, _account):
    a_bank(session, OTHER_BANK)
    a_query(session, notice, bank=OTHER_BANK)
    settle(session, single_account=False)
    an_account(session, "5555-6666-7777", bank=OTHER_BANK)


def other_bank_without_account(session, notice, _account):
    a_bank(session, OTHER_BANK)
    a_query(session, notice, bank=OTHER_BANK)


def no_book(session, _notice, _account):
    session.execute(text("DELETE FROM ledger_book"))


def wrong_check(advice):
    digit = (int(advice.pay_code[19]) + 1) % 10
    return replace(advice, pay_code=f"{advice.pay_code[:19]}{digit}")


FIRST = datetime(2026, 11, 23, 16, tzinfo=UTC)  # midnight in Beijing
LAST = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SCENARIOS = {
    "clear": (nothing, {}, BANK, "booked"),
    "first second": (nothing, {"paid_at": FIRST}, BANK, "booked"),
    "a second early": (nothing, {"paid_at": FIRST - SECOND}, BANK, "unclear"),
    "last second": (nothing, {"paid_at": LAST}, BANK, "booked"),
    "a second late": (nothing, {"paid_at": LAST + SECOND}, BANK, "unclear"),
    "expired, paid in time": (expired, {}, BANK, "booked"),
    "void": (voided, {}, BANK, "unclear"),
    "paid": (paid, {}, BANK, "unclear"),
    "relieved": (relieved, {}, BANK, "unclear"),
    "a fen less": (nothing, {"amount": "179.99"}, BANK, "unclear"),
    "a fen more": (nothing, {"amount": "180.01"}, BANK, "unclear"),
    "another account": (nothing, {"account": "6222-0000-0000"}, BANK, "unclear"),
    "no agent": (no_agent, {}, BANK, "unclear"),
    "unknown bank": (nothing, {}, "bank-x", "unclear"),
    "never asked": (unasked, {}, BANK, "unclear"),
    "need not ask": (unasked_but_free, {}, BANK, "booked"),
    "account replaced": (replaced_yesterday, {}, BANK, "unclear"),
    "new account": (replaced_yesterday, {"account": "5555-6666-7777"}, BANK, "booked"),
    "overlap": (replaced_with_overlap, {}, BANK, "booked"),
    "own account": (second_account_at_another_bank, {"account": "5555-6666-7777"}, OTHER_BANK,
                    "booked"),
    "not its own account": (second_account_at_another_bank, {}, OTHER_BANK, "unclear"),
    "the region's account": (other_bank_without_account, {}, OTHER_BANK, "booked"),
    "no book": (no_book, {}, BANK, "unclear"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_both_ways_agree(place, name):
    store, notice, account = place
    prepare, advice, bank, expected = SCENARIOS[name]
    told = an_advice(notice, **advice)
    with store.write() as session:
        if bank == "bank-x":
            a_bank(session, bank, region=None)
        prepare(session, notice, account)

    with store.write() as session:
        assert by_function(session, told, bank) == expected
        session.rollback()
    with store.write() as session:
        # Looked at when the year is over, for only the long way refuses a day still to come.
        outcome = record_payment(session, told, bank=bank, now=LAST + SECOND)

    assert (outcome.answer is not None) == (expected == "booked")


def test_a_bound_key_is_left_to_the_long_way(place):
    store, notice, _ = place
    with store.write() as session:
        other = a_notice(session)
        a_query(session, other)
        a_payment(session, other, "SAME")

        assert by_function(session, an_advice(notice, "SAME")) == "unclear"


def test_a_wrong_check_digit_is_clear_only_where_none_is_judged(place):
    store, notice, _ = place
    with store.write() as session:
        assert by_function(session, wrong_check(an_advice(notice))) == "unclear"
        told = an_advice(notice)
        assert by_function(session, told, check_fits=False) == "unclear"
        settle(session, paycode_profile="none")
        assert by_function(session, told, check_fits=False) == "booked"


def test_a_voucher_check_code_and_a_late_rule_take_the_long_way(place, pg_database):
    store, notice, _ = place
    with store.write() as session:
        assert by_function(session, replace(an_advice(notice), crc_code="A1")) == "unclear"
    engine = create_engine(pg_database.owner_url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE notice_line DISABLE TRIGGER append_only"))
        rule = '{"daily_rate":"0.0005","document":"演示"}'
        connection.execute(
            text("UPDATE notice_line SET late_rule = :rule WHERE line_no = 3"), {"rule": rule}
        )
    engine.dispose()

    with store.write() as session:
        assert by_function(session, an_advice(notice)) == "unclear"
        assert record_payment(session, an_advice(notice), bank=BANK, now=NOW).answer is not None


def test_both_ways_post_the_same_entry(place):
    store, notice, _ = place
    kept = []
    for way in (by_function, lambda s, a: record_payment(s, a, bank=BANK, now=NOW)):
        with store.write() as session:
            way(session, an_advice(notice, "T"))
            payment = payment_of_trade(session, REGION, BANK, "T")
            entry = entry_of_id(session, REGION, payment.entry).entry
            kept.append([(str(p.debit), str(p.credit), p.amount.fen) for p in entry.postings])
            assert verify_region(session, REGION) == ()
            assert entry.subject == f"payment:{payment.id}"
            session.rollback()

    assert kept[0] == kept[1]
    assert [fen for _, _, fen in kept[0]] == [4000, 14000]  # two licences twice, 100 m²
