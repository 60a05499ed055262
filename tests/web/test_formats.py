"""How numbers, money, dates and codes are written for people."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from feeledger.money import Money
from feeledger.web.formats import (
    format_amount,
    format_day,
    format_instant,
    format_money,
    format_rate,
    last_day,
    plain_code,
    plain_text,
)


def test_money_has_separators_two_decimals_and_its_unit():
    money = Money(123456750)

    assert format_amount(money, "zh") == "1,234,567.50"
    assert format_money(money, "zh") == "1,234,567.50 元"
    assert format_money(money, "en") == "CNY 1,234,567.50"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Decimal("0.0019687500"), "0.00196875"),
        (Decimal(100000000), "100,000,000"),
        (Decimal("1E+8"), "100,000,000"),
        (Decimal("1.40"), "1.4"),
        (12, "12"),
    ],
)
def test_a_rate_is_printed_exactly_without_trailing_zeros(number, text):
    assert format_rate(number, "zh") == text


def test_dates_are_written_in_full():
    assert format_day(date(2026, 11, 24), "zh") == "2026年11月24日"
    assert format_day(date(2026, 1, 4), "en") == "4 January 2026"


def test_an_instant_is_written_in_beijing_time():
    late = datetime(2026, 11, 23, 16, 5, tzinfo=UTC)

    assert format_instant(late, "zh") == "2026年11月24日 00:05"
    assert format_instant(late, "en") == "24 November 2026, 00:05 (Beijing)"


def test_the_last_day_of_a_half_open_window_is_the_day_before_its_end():
    assert last_day(date(2017, 7, 1)) == date(2017, 6, 30)


def test_a_code_may_be_typed_in_any_case_width_and_grouping():
    assert plain_code(" ９１130184 ma0c-q3t5\u300035 ") == "91130184MA0CQ3T535"


def test_control_characters_and_runs_of_blanks_become_one_blank():
    assert plain_text(" 某某\t\x00 公司\n") == "某某 公司"
