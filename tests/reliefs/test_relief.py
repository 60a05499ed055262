"""The rules of reliefs on plain values (R-M4, R-M2, R-T4)."""

from datetime import date

import pytest

from feeledger.money import parse_amount
from feeledger.notices.notice import DueLine, late_fees_of, late_fees_paid, late_rule_of
from feeledger.notices.reliefs import LineRelief, due_day_then, reliefs_until
from feeledger.reliefs.relief import (
    Ground,
    LineNow,
    ReliefImpossible,
    ReliefRefused,
    Terms,
    amount_after,
    check_terms,
    days_after,
    effect_of,
    terms_text,
)

DUE, TODAY = date(2026, 12, 8), date(2026, 11, 24)
THREE_PER_CENT = {"daily_rate": "0.03", "document": "测试"}
GROUND = Ground("冀财税〔2026〕8号", date(2026, 11, 20), "演示财政局", "受灾停产")


def line(number, amount, *, late=False, late_bp=0):
    return LineNow(number, parse_amount(amount), late, late_bp)


LINES = (line(1, "140.00", late=True), line(2, "10.05"), line(3, "0.00"))


def effect(terms, lines=LINES):
    return [(one.line_no, one.fen) for one in effect_of(terms, lines, seq=1, due_on=DUE)]


def test_r_m4_a_waiver_takes_the_whole_line_and_never_more():
    assert effect(Terms("waive")) == [(1, 14000), (2, 1005)]
    assert effect(Terms("waive", 2)) == [(2, 1005)]
    with pytest.raises(ReliefImpossible):
        effect(Terms("waive", 3))
    with pytest.raises(ReliefImpossible):
        effect(Terms("waive", 9))


def test_r_m4_a_reduction_is_rounded_once_a_line_half_up_and_never_reaches_zero():
    """50 % of 10.05 leaves 5.025, half up 5.03: 5.02 is taken. 70 % of 140.00 leaves 42.00."""
    assert effect(Terms("reduce", 2, bp=5000)) == [(2, 502)]
    assert effect(Terms("reduce", bp=7000))[0] == (1, 9800)
    assert effect(Terms("reduce", 1, amount=parse_amount("40"))) == [(1, 4000)]
    with pytest.raises(ReliefImpossible):
        effect(Terms("reduce", 2, amount=parse_amount("10.05")))
    with pytest.raises(ReliefImpossible):
        effect(Terms("reduce", amount=parse_amount("5")))  # which line?
    taken = effect_of(Terms("reduce", 1, amount=parse_amount("40")), LINES, seq=1, due_on=DUE)
    assert str(amount_after(LINES, taken)) == "110.05"  # 150.05 - 40.00


def test_r_m5_a_late_fee_is_relieved_after_its_own_rounding_and_cap():
    """140.00 at 0.05 % a day, 8 days: 0.56; a quarter off, 0.14, leaves 0.42."""
    rule = late_rule_of({"daily_rate": "0.0005", "document": "测试"})
    due = DueLine("u", "i", parse_amount("140.00"), rule, late_bp=2500)
    assert [str(fee) for fee in late_fees_of([due], due_on=DUE, paid_on=date(2026, 12, 16))] == [
        "0.42"
    ]
    # As of a line (R-M2), what is left is rounded half up: 39.00 at 3 % is 1.17, half of it 0.585.
    odd = DueLine("u", "i", parse_amount("39.00"), late_rule_of(THREE_PER_CENT), late_bp=5000)
    assert [str(fee) for fee in late_fees_of([odd], due_on=DUE, paid_on=date(2026, 12, 9))] == [
        "0.59"
    ]
    # 1.17 less 0.59 (0.585 taken off, rounded) is 0.58: so it was paid before decision 0028.
    for kept in ("0.59", "0.58", "0.50"):
        told = {"due_on": DUE, "paid_on": date(2026, 12, 9), "kept": parse_amount(kept)}
        assert [str(fee) for fee in late_fees_paid([odd], **told)] == [kept]
    # Neither rounding makes 0.99 of 0.59 and 0.59: 0.495 each, the fen left over to the first.
    told["kept"] = parse_amount("0.99")
    assert [str(fee) for fee in late_fees_paid([odd, odd], **told)] == ["0.50", "0.49"]
    taken = effect_of(Terms("late", bp=2500), LINES, seq=1, due_on=DUE)
    assert [(one.line_no, one.late_bp) for one in taken] == [(1, 2500)]
    with pytest.raises(ReliefImpossible):
        effect(Terms("late", 2, bp=100))  # no rule
    with pytest.raises(ReliefImpossible):
        effect(Terms("late", bp=8000), (line(1, "140.00", late=True, late_bp=2500),))


def test_r_t4_a_deferral_moves_both_days_and_says_what_stood_before():
    terms = Terms("defer", due_on=date(2027, 2, 1))
    assert days_after(terms, due_on=DUE, valid=date(2026, 12, 31)) == (
        date(2027, 2, 1),
        date(2027, 12, 31),
    )
    kept = effect_of(terms, LINES, seq=2, due_on=DUE)
    assert {one.due_was for one in kept} == {DUE}
    assert due_day_then(kept, 1, date(2027, 2, 1)) == DUE
    assert due_day_then(kept, 2, date(2027, 2, 1)) == date(2027, 2, 1)
    assert reliefs_until((LineRelief(1, 1, 5), *kept), 1) == (LineRelief(1, 1, 5),)


@pytest.mark.parametrize(
    ("terms", "fields"),
    [
        (Terms("gift"), ["kind"]),
        (Terms("reduce"), ["amount"]),
        (Terms("reduce", amount=parse_amount("5"), bp=100), ["amount"]),
        (Terms("reduce", bp=10000), ["percent"]),
        (Terms("reduce", amount=parse_amount("0")), ["amount"]),
        (Terms("late", bp=0), ["percent"]),
        (Terms("defer"), ["due_on"]),
        (Terms("defer", due_on=DUE), ["due_on"]),
        (Terms("defer", due_on=date(2031, 1, 1)), ["due_on"]),
        (Terms("defer", 1, due_on=date(2027, 1, 4)), ["line_no"]),
    ],
)
def test_terms_that_cannot_be_are_named_by_their_field(terms, fields):
    with pytest.raises(ReliefRefused) as raised:
        check_terms(terms, GROUND, due_on=DUE, today=TODAY)
    assert [name for name, _ in raised.value.errors] == fields


def test_every_missing_part_of_the_document_is_named_at_once():
    with pytest.raises(ReliefRefused) as raised:
        check_terms(Terms("waive"), Ground("", None, "", ""), due_on=DUE, today=TODAY)
    assert {name for name, _ in raised.value.errors} == {
        "document",
        "document_on",
        "issuer",
        "reason",
    }
    late = Ground("x", date(2026, 11, 25), "y", "z")
    with pytest.raises(ReliefRefused):
        check_terms(Terms("waive"), late, due_on=DUE, today=TODAY)


def test_a_relief_is_said_in_one_sentence():
    assert terms_text(Terms("reduce", bp=1250)).zh == "减缴 12.5%"
    assert terms_text(Terms("reduce", amount=parse_amount("40"))).en == "reduced by CNY 40.00"
    assert terms_text(Terms("late", bp=10000)).zh == "滞纳金减免 100%"
    assert terms_text(Terms("defer", due_on=DUE)).en == "deferred until 2026-12-08"
