"""The states of a notice and late fees by the day of payment (R-M5)."""

from datetime import date
from decimal import Decimal

import pytest

from feeledger.money import Money
from feeledger.notices.notice import (
    MOVE_WORDS,
    MOVES,
    PAID,
    STATUS_LABELS,
    UNPAID,
    WIRE_STATUS,
    DueLine,
    LateRule,
    NoticeNotMovable,
    late_fees_of,
    late_rule_of,
    payable_on,
    status_after,
    status_after_refund,
    status_after_reversal,
)

DUE = date(2026, 12, 8)
RULE = LateRule(Decimal("0.0005"), "演示文件〔2026〕1号")


@pytest.mark.parametrize(
    ("status", "move", "after"),
    [
        ("draft", "issue", "issued"),
        ("draft", "waive", "waived"),
        ("issued", "void", "voided"),
        ("issued", "expire", "expired"),
        ("issued", "pay", "paid"),
        ("expired", "void", "voided"),
        ("expired", "pay", "paid"),
        ("paid", "match", "reconciled"),
        ("reconciled", "settle", "settled"),
    ],
)
def test_a_notice_moves_as_the_table_says(status, move, after):
    assert status_after(status, move) == after


@pytest.mark.parametrize("status", sorted(STATUS_LABELS))
@pytest.mark.parametrize("move", sorted(MOVE_WORDS))
def test_every_other_move_is_refused_in_both_languages(status, move):
    if (status, move) in MOVES:
        return
    with pytest.raises(NoticeNotMovable) as caught:
        status_after(status, move)

    assert STATUS_LABELS[status].zh in caught.value.detail.zh
    assert STATUS_LABELS[status].en in caught.value.detail.en


@pytest.mark.parametrize("status", sorted(PAID))
def test_nothing_after_payment_is_voided(status):
    with pytest.raises(NoticeNotMovable):
        status_after(status, "void")


def test_a_reversed_notice_is_payable_again_or_expired_by_then():
    assert status_after_reversal("paid", valid_until=DUE, today=DUE) == "issued"
    assert status_after_reversal("paid", valid_until=DUE, today=date(2026, 12, 9)) == "expired"
    with pytest.raises(NoticeNotMovable):
        status_after_reversal("reconciled", valid_until=DUE, today=DUE)


def test_only_the_whole_refund_changes_the_status():
    ten = Money(1000)

    assert status_after_refund("settled", amount=ten, refunded=Money(999)) == "settled"
    assert status_after_refund("settled", amount=ten, refunded=ten) == "refunded"


def test_wire_status_is_unpaid_paid_or_void_and_drafts_have_none():
    assert {WIRE_STATUS[status] for status in UNPAID} == {"0"}
    assert {WIRE_STATUS[status] for status in PAID} == {"1"}
    assert WIRE_STATUS["voided"] == WIRE_STATUS["waived"] == "2"
    assert set(STATUS_LABELS) - set(WIRE_STATUS) == {"draft"}


@pytest.mark.parametrize(
    ("paid_on", "fee"),
    [
        (DUE, 0),  # on the due date payment is on time (R-T3)
        (date(2026, 12, 9), 500),  # 10,000.00 × 0.05 % × 1 day
        (date(2027, 1, 14), 18500),  # 37 days: 185.00, the example of R-M5
    ],
)
def test_the_late_fee_counts_calendar_days_after_the_due_date_rm5(paid_on, fee):
    lines = (DueLine("U", "i", Money(1_000_000), RULE), DueLine("U", "j", Money(1_000_000)))

    assert late_fees_of(lines, due_on=DUE, paid_on=paid_on) == (Money(fee), Money(0))
    assert payable_on(lines, due_on=DUE, paid_on=paid_on) == Money(2_000_000 + fee)


def test_the_late_fee_never_exceeds_the_principal_rm5():
    fine = DueLine("U", "i", Money(50_000), LateRule(Decimal("0.03"), "演示"))

    paid_on = date(2027, 1, 17)  # 40 days at 3 %: 600.00, capped at 500.00

    assert late_fees_of((fine,), due_on=DUE, paid_on=paid_on) == (Money(50_000),)


def test_a_rule_is_read_as_a_line_keeps_it():
    document = {"daily_rate": "0.0005", "document": RULE.document}

    assert late_rule_of(document) == RULE
    assert late_rule_of(None) is None
