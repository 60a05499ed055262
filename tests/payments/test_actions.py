"""Taking in confirmations: R-B1 to R-B4 through the real actions, on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from feeledger.ledger.queries import balances_on, entry_of_id
from feeledger.notices.actions import void_notice
from feeledger.notices.queries import notice_of
from feeledger.notices.tables import NoticeRow
from feeledger.payments.actions import answer_of_trade, query_notice, record_payment
from feeledger.payments.advice import Advice
from feeledger.payments.queries import (
    key_of_trade,
    payment_of_notice,
    payment_of_trade,
)
from feeledger.payments.refusals import (
    AdviceMalformed,
    AlreadyPaid,
    NoticeExpired,
    PayCodeUnknown,
    TradeUnknown,
)
from feeledger.payments.tables import (
    DiscrepancyRow,
    PaymentKeyRow,
    PaymentRow,
    RejectedConfirmationRow,
)
from feeledger.periods import BEIJING
from feeledger.regions.actions import change_settings
from feeledger.regions.bank_actions import Replacement, dismiss_agent_bank
from feeledger.regions.queries import RegionSettings
from tests.builders import (
    ACCOUNT_NO,
    BANK,
    CLERK,
    LICENCE_ITEM,
    LICENCE_LINE,
    NOW,
    OTHER_BANK,
    POLICE_UNIT,
    REGION,
    TODAY,
    WATER_UNIT,
    a_bank,
    a_charge,
    a_notice,
    a_payment,
    a_place,
    a_query,
    a_ready_notice,
    an_account,
    an_advice,
    an_answer,
    an_enterprise,
)


def paid(store, advice, *, bank=BANK, now=NOW):
    with store.write() as session:
        return record_payment(session, advice, bank=bank, now=now)


def refused(store, advice, *, bank=BANK, now=NOW):
    outcome = paid(store, advice, bank=bank, now=now)
    assert outcome.answer is None
    return outcome.refusal.result, outcome.refusal.code


def counts(store):
    with store.read() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(row))
            for row in (PaymentKeyRow, PaymentRow)
        )


def ready(store):
    with store.write() as session:
        return a_ready_notice(session)


def test_a_payment_settles_the_notice_and_debits_the_designated_account(any_store):
    notice = ready(any_store)

    outcome = paid(any_store, an_advice(notice))

    assert outcome.receipt()["result"] == "00000"
    assert outcome.receipt()["amount"] == "140.00"
    with any_store.read() as session:
        assert notice_of(session, REGION, notice.id).status == "paid"
        payment = payment_of_notice(session, REGION, notice.id)
        kept = entry_of_id(session, REGION, payment.entry)
        balances = balances_on(session, REGION)
        assert kept.day == TODAY
        assert kept.entry.subject == f"payment:{payment.id}"
        assert balances[f"designated/{payment.account}"].net_fen == 14000
        assert balances[f"income/{WATER_UNIT}/soil-water-compensation"].net_fen == -14000


def test_lines_of_two_units_are_credited_apart_under_one_pay_code(any_store):
    with any_store.write() as session:
        a_place(session)
        an_enterprise(session)
        licence = an_answer(LICENCE_ITEM, LICENCE_LINE, facts={"vehicle_licences": 3})
        notice = a_notice(session, a_charge(WATER_UNIT), a_charge(POLICE_UNIT, licence))
        a_query(session, notice)
        outcome = a_payment(session, notice)

    assert outcome.receipt()["amount"] == "170.00"  # 100 × 1.40 + 3 × 10
    with any_store.read() as session:
        balances = balances_on(session, REGION)
        assert balances[f"income/{WATER_UNIT}/soil-water-compensation"].credit_fen == 14000
        assert balances[f"income/{POLICE_UNIT}/{LICENCE_ITEM}"].credit_fen == 3000


def test_the_same_serial_gets_the_first_answer_for_ever_rb3(any_store):
    notice = ready(any_store)
    first = paid(any_store, an_advice(notice)).receipt()

    again = paid(any_store, an_advice(notice), now=NOW + timedelta(days=400))

    assert again.repeated
    assert again.receipt() == first
    assert counts(any_store) == (1, 1)


def test_content_is_code_amount_account_and_second_nothing_else_rb3(any_store):
    notice = ready(any_store)
    first = paid(any_store, an_advice(notice)).receipt()

    same = replace(
        an_advice(notice, paid_at=NOW + timedelta(milliseconds=700)),
        payer_name="另一写法",
        channel="51",
    )

    assert paid(any_store, same).receipt() == first


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "140.01"},
        {"account": "9999-1111-2222-3333"},
        {"paid_at": NOW + timedelta(seconds=1)},
    ],
)
def test_a_serial_with_other_content_is_refused_and_noted_once_rb3(any_store, change):
    notice = ready(any_store)
    paid(any_store, an_advice(notice))

    first = refused(any_store, an_advice(notice, **change))
    second = refused(any_store, an_advice(notice, **change))

    assert first == second == ("99999", "serial-reused")
    assert counts(any_store) == (1, 1)
    with any_store.read() as session:
        found = session.scalars(select(DiscrepancyRow)).one()
        assert found.times == 2
        assert found.first["amount"] == "140.00"


def test_a_serial_reused_for_another_notice_is_refused_rb3(any_store):
    with any_store.write() as session:
        notice = a_ready_notice(session)
        other = a_notice(session)
        a_query(session, other)
        a_payment(session, notice, "SAME")

    assert refused(any_store, an_advice(other, "SAME")) == ("99999", "serial-reused")
    with any_store.read() as session:
        assert notice_of(session, REGION, other.id).status == "issued"


def test_the_same_serial_at_another_bank_is_another_key_rb3(any_store):
    with any_store.write() as session:
        notice = a_ready_notice(session)
        other = a_notice(session)
        a_bank(session, OTHER_BANK)
        a_query(session, other, bank=OTHER_BANK)
        a_payment(session, notice, "SAME")

    assert paid(any_store, an_advice(other, "SAME"), bank=OTHER_BANK).answer is not None


def test_a_refused_serial_binds_nothing_and_may_pay_later_rb3(any_store):
    notice = ready(any_store)
    assert refused(any_store, an_advice(notice, amount="139.99")) == ("12004", "amount-differs")
    assert counts(any_store) == (0, 0)

    assert paid(any_store, an_advice(notice)).answer is not None


def test_identical_refusals_are_one_record_with_a_counter_rb4(any_store):
    notice = ready(any_store)
    for _ in range(3):
        refused(any_store, an_advice(notice, amount="1"))
    refused(any_store, an_advice(notice, amount="2"))

    with any_store.read() as session:
        rows = session.scalars(select(RejectedConfirmationRow)).all()
        assert sorted(row.times for row in rows) == [1, 3]
        assert {row.result for row in rows} == {"12004"}
        assert all(row.detail_zh and row.detail_en for row in rows)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM rejected_confirmation",
        "UPDATE rejected_confirmation SET result = '00000'",
        "UPDATE rejected_confirmation SET amount_fen = 1",
        "DELETE FROM discrepancy",
        "UPDATE discrepancy SET first = '{}'",
        "DELETE FROM pay_code_serial",
    ],
)
def test_what_was_refused_and_given_out_cannot_be_made_undone_rb4(any_store, statement):
    notice = ready(any_store)
    paid(any_store, an_advice(notice))
    assert refused(any_store, an_advice(notice, amount="1.00"))[0] == "99999"

    with pytest.raises(DBAPIError, match="append-only"), any_store.write() as session:
        session.execute(text(statement))


def test_a_second_serial_on_a_paid_notice_is_12001_rb2(any_store):
    notice = ready(any_store)
    paid(any_store, an_advice(notice, "FIRST"))

    assert refused(any_store, an_advice(notice, "SECOND")) == ("12001", "already-paid")


def test_a_void_notice_is_11004_rb2(any_store):
    notice = ready(any_store)
    with any_store.write() as session:
        void_notice(session, REGION, notice.id, reason="开错", by=CLERK, now=NOW)

    assert refused(any_store, an_advice(notice)) == ("11004", "notice-void")


def test_an_unknown_pay_code_is_11001_and_a_wrong_check_digit_11002_rb2(any_store):
    notice = ready(any_store)
    unknown = replace(an_advice(notice), pay_code="13018426000000000105")
    body, check = notice.pay_code[:19], notice.pay_code[19]
    damaged = replace(an_advice(notice), pay_code=body + str((int(check) + 1) % 10))

    assert refused(any_store, unknown) == ("11001", "pay-code-unknown")
    assert refused(any_store, damaged) == ("11002", "pay-code-check-fails")


def test_profile_none_judges_no_check_digit_rp3(any_store):
    notice = ready(any_store)
    with any_store.write() as session:
        settings = RegionSettings(paycode_profile="none")
        change_settings(session, REGION, settings, reason="测试", by=CLERK, now=NOW)
    damaged = notice.pay_code[:19] + str((int(notice.pay_code[19]) + 1) % 10)

    advice = replace(an_advice(notice), pay_code=damaged)

    assert refused(any_store, advice) == ("11001", "pay-code-unknown")


def test_another_voucher_check_code_is_11002_rb2(any_store):
    notice = ready(any_store)
    with any_store.write() as session:
        session.execute(
            update(NoticeRow)
            .where(NoticeRow.region == REGION, NoticeRow.id == notice.id)
            .values(crc_code="A1B2")
        )

    wrong = replace(an_advice(notice), crc_code="A1B3")

    assert refused(any_store, wrong) == ("11002", "check-code-differs")
    assert paid(any_store, replace(an_advice(notice), crc_code="A1B2")).answer is not None


def test_a_bank_that_is_no_agent_on_the_day_is_11006_rb2(any_store):
    notice = ready(any_store)
    with any_store.write() as session:
        a_bank(session, OTHER_BANK, region=None)
        dismiss_agent_bank(
            session,
            REGION,
            BANK,
            valid_to=TODAY,
            reason="到期",
            by=CLERK,
            now=NOW,
        )

    assert refused(any_store, an_advice(notice), bank=OTHER_BANK) == ("11006", "bank-not-agent")
    assert refused(any_store, an_advice(notice)) == ("11006", "bank-not-agent")


def test_a_day_without_any_account_is_11005_rb2(any_store):
    with any_store.write() as session:
        notice = a_ready_notice(session)
    before = an_advice(notice, paid_at=datetime(2012, 6, 1, tzinfo=UTC))
    with any_store.write() as session:
        a_bank(session, "bank-c", since=date(2010, 1, 1))

    assert refused(any_store, before, bank="bank-c") == ("11005", "no-account-at-bank")


def test_money_into_another_account_is_12003_rb2(any_store):
    notice = ready(any_store)

    assert refused(any_store, an_advice(notice, account="6222-0000-0000-0000")) == (
        "12003",
        "account-differs",
    )


def test_an_agent_bank_without_an_account_collects_into_the_regions(any_store):
    with any_store.write() as session:
        notice = a_ready_notice(session)
        a_bank(session, OTHER_BANK)
        a_query(session, notice, bank=OTHER_BANK)

    assert paid(any_store, an_advice(notice), bank=OTHER_BANK).answer is not None


def test_during_an_announced_overlap_both_accounts_take_money(any_store):
    with any_store.write() as session:
        old = a_place(session).account
        an_enterprise(session)
        notice, other = a_notice(session), a_notice(session)
        an_account(session, "7777-8888-9999", valid_from=TODAY, replaces=Replacement(old.id, 5))
        for each in (notice, other):
            a_query(session, each)

    assert paid(any_store, an_advice(notice, "OLD")).answer is not None
    new = an_advice(other, "NEW", account="7777-8888-9999")
    assert paid(any_store, new).answer is not None


def test_after_the_overlap_the_old_account_is_12003(any_store):
    with any_store.write() as session:
        old = a_place(session).account
        an_enterprise(session)
        notice = a_notice(session)
        an_account(session, "7777-8888-9999", valid_from=TODAY, replaces=Replacement(old.id, 5))
        a_query(session, notice)

    late = an_advice(notice, paid_at=NOW + timedelta(days=5))

    assert refused(any_store, late, now=NOW + timedelta(days=5)) == ("12003", "account-differs")


@pytest.mark.parametrize(
    ("paid_at", "result"),
    [
        (datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC), "12006"),  # 23:59:59 the day before
        (datetime(2026, 11, 23, 16, 0, 0, tzinfo=UTC), "00000"),  # 00:00:00 on the bill date
        (datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC), "00000"),  # the last second of the year
        (datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC), "12006"),  # 1 January
    ],
)
def test_the_day_of_payment_is_a_beijing_day_of_the_period_rb2(any_store, paid_at, result):
    notice = ready(any_store)

    outcome = paid(any_store, an_advice(notice, paid_at=paid_at), now=NOW + timedelta(days=60))

    assert (outcome.answer or {"result": outcome.refusal and outcome.refusal.result})[
        "result"
    ] == result


def test_a_day_that_is_still_to_come_is_12006_and_may_be_mended(any_store):
    """Money that has not moved yet is no payment; a bank's clock may be a minute fast."""
    notice = ready(any_store)
    midnight = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)  # of 25 November in Beijing
    tomorrow = an_advice(notice, paid_at=midnight)

    early = midnight - timedelta(seconds=61)
    assert refused(any_store, tomorrow, now=early) == ("12006", "day-outside-period")
    assert paid(any_store, tomorrow, now=midnight - timedelta(seconds=60)).answer is not None


@pytest.mark.parametrize("amount", ["139.99", "140.01", "0.01", "280"])
def test_neither_part_nor_more_is_taken_rb2(any_store, amount):
    notice = ready(any_store)

    assert refused(any_store, an_advice(notice, amount=amount)) == ("12004", "amount-differs")


def test_a_confirmation_without_a_query_is_12005_unless_switched_off_rb2(any_store):
    with any_store.write() as session:
        a_place(session)
        an_enterprise(session)
        notice = a_notice(session)
    assert refused(any_store, an_advice(notice)) == ("12005", "never-queried")

    with any_store.write() as session:
        settings = RegionSettings(require_prior_query=False)
        change_settings(session, REGION, settings, reason="测试", by=CLERK, now=NOW)

    assert paid(any_store, an_advice(notice)).answer is not None


def test_another_banks_query_does_not_count_rb2(any_store):
    with any_store.write() as session:
        notice = a_ready_notice(session)
        a_bank(session, OTHER_BANK)

    assert refused(any_store, an_advice(notice), bank=OTHER_BANK) == ("12005", "never-queried")


def test_the_first_of_several_faults_wins_rb2(any_store):
    """Void before agent, agent before account, account before day, day before amount, then query."""
    with any_store.write() as session:
        a_place(session)
        an_enterprise(session)
        notice, void = a_notice(session), a_notice(session)
        void_notice(session, REGION, void.id, reason="开错", by=CLERK, now=NOW)
        a_bank(session, OTHER_BANK, region=None)
    wrong = {"amount": "1", "account": "6222-0000-0000-0000", "paid_at": NOW + timedelta(days=90)}

    faults = [
        refused(any_store, an_advice(void, **wrong), bank=OTHER_BANK)[0],
        refused(any_store, an_advice(notice, **wrong), bank=OTHER_BANK)[0],
        refused(any_store, an_advice(notice, **wrong))[0],
        refused(any_store, an_advice(notice, **{**wrong, "account": ACCOUNT_NO}))[0],
        refused(any_store, an_advice(notice, amount="1"))[0],
        refused(any_store, an_advice(notice))[0],
    ]

    assert faults == ["11004", "11006", "12003", "12006", "12004", "12005"]


def test_an_expired_notice_paid_in_time_is_taken(any_store):
    notice = ready(any_store)
    with any_store.write() as session:
        session.execute(
            update(NoticeRow)
            .where(NoticeRow.region == REGION, NoticeRow.id == notice.id)
            .values(status="expired")
        )

    assert paid(any_store, an_advice(notice), now=NOW + timedelta(days=60)).answer is not None


def test_the_banks_day_is_beijing_and_kept_on_the_payment_rr4(any_store):
    notice = ready(any_store)

    after_midnight = datetime(2026, 11, 24, 16, 0, 1, tzinfo=UTC)
    paid(any_store, an_advice(notice, paid_at=after_midnight), now=after_midnight)

    with any_store.read() as session:
        payment = session.scalars(select(PaymentRow)).one()
        assert (payment.bank, payment.bank_day) == (BANK, date(2026, 11, 25))


def test_the_question_by_serial_gives_the_first_answer(any_store):
    notice = ready(any_store)
    first = paid(any_store, an_advice(notice, "T9")).receipt()

    with any_store.read() as session:
        assert answer_of_trade(session, REGION, "T9", bank=BANK) == first
        with pytest.raises(TradeUnknown):
            answer_of_trade(session, REGION, "T9", bank=OTHER_BANK)
        assert payment_of_trade(session, REGION, BANK, "T9").pay_code == notice.pay_code
        assert key_of_trade(session, REGION, BANK, "T9").amount_fen == 14000


def test_a_query_tells_status_amount_and_account_and_is_remembered_rb1(any_store):
    with any_store.write() as session:
        place = a_place(session)
        an_enterprise(session)
        notice = a_notice(session)

    with any_store.write() as session:
        answer = query_notice(session, notice.pay_code, bank=BANK, today=TODAY, now=NOW)

    assert (answer.status, str(answer.payable)) == ("0", "140.00")
    assert answer.account.account_no == place.account.account_no
    assert paid(any_store, an_advice(notice)).answer is not None


def test_void_and_paid_notices_are_answered_with_their_status_rb1(any_store):
    with any_store.write() as session:
        notice = a_ready_notice(session)
        void = a_notice(session)
        void_notice(session, REGION, void.id, reason="开错", by=CLERK, now=NOW)
        a_payment(session, notice)

    with any_store.write() as session:
        queried = [
            query_notice(session, each.pay_code, bank=BANK, today=TODAY, now=NOW).status
            for each in (notice, void)
        ]

    assert queried == ["1", "2"]


def test_a_query_after_the_last_day_is_11003_rb1(any_store):
    notice = ready(any_store)
    ask = {"bank": BANK, "now": NOW}

    with any_store.write() as session:
        query_notice(session, notice.pay_code, today=date(2026, 12, 31), **ask)
        with pytest.raises(NoticeExpired):
            query_notice(session, notice.pay_code, today=date(2027, 1, 1), **ask)


@pytest.mark.parametrize(
    ("pay_code", "error"),
    [
        ("1301842600000000010", AdviceMalformed),
        ("99999926000000000105", AdviceMalformed),
        ("1301842600000000", PayCodeUnknown),
        ("１3018426000000000105", AdviceMalformed),
    ],
)
def test_a_malformed_pay_code_is_10002_and_a_central_one_11001_rp1(any_store, pay_code, error):
    with any_store.write() as session:
        a_place(session)
        with pytest.raises(error):
            query_notice(session, pay_code, bank=BANK, today=TODAY, now=NOW)


@pytest.mark.parametrize(
    "paid_at",
    [
        datetime(1, 1, 1, tzinfo=BEIJING),  # before the first instant in UTC
        datetime(9999, 12, 31, 16, 0, tzinfo=UTC),  # after the last instant in Beijing
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_a_time_beyond_the_calendar_is_10002_rb2(store, paid_at):
    notice = ready(store)

    with pytest.raises(AdviceMalformed) as refused_time:
        an_advice(notice, paid_at=paid_at)
    assert refused_time.value.facts == {"field": "paid_at"}


def test_an_advice_needs_an_amount_above_zero_and_an_offset(store):
    notice = ready(store)
    good = an_advice(notice)

    with pytest.raises(AdviceMalformed):
        an_advice(notice, amount="0")
    with pytest.raises(AdviceMalformed):
        Advice(good.pay_code, "T", good.amount, good.account, datetime(2026, 11, 24))  # noqa: DTZ001


def test_a_receipt_raises_the_refusal_of_its_outcome(store):
    notice = ready(store)
    paid(store, an_advice(notice, "A"))

    with pytest.raises(AlreadyPaid):
        paid(store, an_advice(notice, "B")).receipt()
