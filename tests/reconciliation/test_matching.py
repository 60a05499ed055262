"""A day file against our payments: R-R2, R-R3, R-R4."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feeledger.money import Money, total_of
from feeledger.reconciliation.matching import (
    REASON_TEXTS,
    BookedPayment,
    DayMatch,
    OurSide,
    match_day,
)
from feeledger.reconciliation.statements import DayFile, DayLine

DAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
CODE_A, CODE_B = "13018426000000000105", "13000026999999999999"


def a_line(trade_no: str, pay_code: str = CODE_A, fen: int = 10_000, number: int = 9) -> DayLine:
    return DayLine(number, trade_no, pay_code, Money(fen), NOON, "13", "")


def a_payment(
    id_: int, trade_no: str, pay_code: str = CODE_A, fen: int = 10_000, day: date = DAY
) -> BookedPayment:
    return BookedPayment(id_, pay_code, trade_no, Money(fen), day)


def matched(
    lines: list[DayLine],
    payments: list[BookedPayment],
    *,
    notices: dict[str, str] | None = None,
    missed: dict[int, int] | None = None,
    day: date = DAY,
) -> DayMatch:
    total = total_of(line.amount for line in lines)
    file = DayFile("DEMOBANK", "DEMO-1", day, "1", "", total, tuple(lines))
    known = {line.pay_code: "paid" for line in lines} if notices is None else notices
    return match_day(file, OurSide(tuple(payments), missed or {}, known))


def judged(match: DayMatch) -> list[tuple[str, str, str]]:
    return [(found.result, found.reason, found.trade_no) for found in match.findings]


def test_lines_that_agree_match_by_pay_code_and_trade_number_r_r3():
    match = matched(
        [a_line("T1"), a_line("T2", CODE_B)], [a_payment(1, "T1"), a_payment(2, "T2", CODE_B)]
    )

    assert judged(match) == [("00000", "agrees", "T1"), ("00000", "agrees", "T2")]
    assert match.differences == ()


def test_another_amount_is_15001_r_r3():
    match = matched([a_line("T1", fen=10_001)], [a_payment(1, "T1")])

    assert judged(match) == [("15001", "amount_differs", "T1")]


def test_a_payment_that_the_file_lacks_is_15002_with_the_ledgers_trade_number_r_r3():
    match = matched([], [a_payment(1, "T1")])

    assert judged(match) == [("15002", "not_in_file", "T1")]


def test_a_line_that_we_never_had_confirmed_is_15003_r_r3():
    assert judged(matched([a_line("T1")], [])) == [("15003", "not_confirmed", "T1")]


def test_the_same_trade_number_twice_makes_the_second_15003_r_r3():
    match = matched([a_line("T1"), a_line("T1", number=10)], [a_payment(1, "T1")])

    assert judged(match) == [("00000", "agrees", "T1"), ("15003", "duplicate_in_file", "T1")]


def test_the_same_trade_number_under_two_codes_is_a_duplicate_too_r_r3():
    match = matched([a_line("T1"), a_line("T1", CODE_B)], [a_payment(1, "T1")])

    assert judged(match)[1] == ("15003", "duplicate_in_file", "T1")


def test_an_unknown_pay_code_is_15003_r_r3():
    match = matched([a_line("T1", "9" * 20)], [], notices={})

    assert judged(match) == [("15003", "unknown_code", "T1")]


def test_a_voided_notice_in_the_file_is_15003_r_r3():
    match = matched([a_line("T1")], [], notices={CODE_A: "voided"})

    assert judged(match) == [("15003", "voided", "T1")]


def test_another_pay_code_under_the_same_trade_number_is_extra_and_missing_r_r3():
    match = matched([a_line("T1", CODE_B)], [a_payment(1, "T1", CODE_A)])

    assert judged(match) == [("15003", "not_confirmed", "T1"), ("15002", "not_in_file", "T1")]


def test_a_reversed_payment_is_expected_no_more_and_extra_if_listed():
    gone = replace(a_payment(1, "T1"), reversed=True)

    assert judged(matched([], [gone])) == []
    assert judged(matched([a_line("T1")], [gone])) == [("15003", "reversed", "T1")]


def test_what_was_reconciled_before_is_extra_when_it_comes_again():
    done = replace(a_payment(1, "T1"), reconciled=True)

    assert judged(matched([a_line("T1")], [done])) == [("15003", "already_reconciled", "T1")]
    assert judged(matched([], [done])) == []


def test_equal_totals_hide_no_differences_r_r2():
    match = matched(
        [a_line("T1", fen=10_100), a_line("T2", CODE_B, fen=9_900)],
        [a_payment(1, "T1"), a_payment(2, "T2", CODE_B)],
    )

    assert (match.file_count, match.file_total) == (match.booked_count, match.booked_total)
    assert [found.result for found in match.findings] == ["15001", "15001"]


def test_totals_that_differ_are_seen_beside_the_details_r_r2():
    match = matched([a_line("T1")], [a_payment(1, "T1"), a_payment(2, "T2", CODE_B, fen=1)])

    assert (match.file_count, match.file_total) == (1, Money(10_000))
    assert (match.booked_count, match.booked_total) == (2, Money(10_001))


def test_a_payment_missed_yesterday_that_comes_today_is_a_cutoff_shift_r_r4():
    yesterday = a_payment(1, "T1", day=DAY - timedelta(days=1))

    match = matched([a_line("T1")], [yesterday], missed={1: 77})

    assert judged(match) == [("00000", "cutoff_shift", "T1")]
    assert match.findings[0].closes == 77


def test_a_shift_with_another_amount_stays_a_difference_r_r4():
    yesterday = a_payment(1, "T1", day=DAY - timedelta(days=1))

    match = matched([a_line("T1", fen=9_999)], [yesterday], missed={1: 77})

    assert judged(match) == [("15001", "amount_differs", "T1")]
    assert match.findings[0].closes is None


def test_a_payment_is_judged_on_the_banks_day_r_r4():
    """Stated 23:59:58 on the day, confirmed after midnight: it is missing on the stated day."""
    tomorrow = a_payment(2, "T2", CODE_B, day=DAY + timedelta(days=1))

    assert judged(matched([], [a_payment(1, "T1"), tomorrow])) == [("15002", "not_in_file", "T1")]


def test_a_payment_on_the_list_of_missing_ones_is_not_listed_twice():
    assert judged(matched([], [a_payment(1, "T1")], missed={1: 77})) == []


def test_a_later_batch_of_the_same_day_closes_what_the_first_one_lacked():
    match = matched([a_line("T1")], [a_payment(1, "T1")], missed={1: 77})

    assert judged(match) == [("00000", "agrees", "T1")]
    assert match.findings[0].closes == 77


def test_every_reason_speaks_both_languages():
    assert all(text.zh and text.en for text in REASON_TEXTS.values())


serials = st.lists(st.sampled_from([f"T{n}" for n in range(8)]), max_size=12)


@given(listed=serials, booked=st.sets(st.sampled_from([f"T{n}" for n in range(8)])))
def test_every_line_and_every_payment_is_judged_exactly_once(listed: list[str], booked: set[str]):
    payments = [a_payment(number, serial) for number, serial in enumerate(sorted(booked), 1)]

    match = matched([a_line(serial) for serial in listed], payments)

    counts = dict.fromkeys(("00000", "15001", "15002", "15003"), 0)
    for found in match.findings:
        counts[found.result] += 1
    both = set(listed) & booked
    assert counts["00000"] == len(both)
    assert counts["15002"] == len(booked - set(listed))
    assert counts["15003"] == len(listed) - len(both)
    assert counts["15001"] == 0
