"""Working days and due dates: R-T1 to R-T4, R-T6, on the real calendar of 2013-2027."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from feeledger.periods import (
    Calendar,
    CalendarYear,
    CalendarYearMissing,
    add_working_days,
    beijing_date,
    beijing_midnight,
    due_on,
    is_working_day,
    takes_effect_on,
    valid_until,
)
from feeledger.regions.working_days import load_calendar

CATALOGS = Path(__file__).parents[1] / "catalogs"


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return load_calendar(CATALOGS)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2014, 9, 26), True),  # a Friday
        (date(2014, 9, 27), False),  # a Saturday
        (date(2014, 9, 28), True),  # a Sunday made up
        (date(2014, 10, 1), False),
        (date(2014, 10, 7), False),
        (date(2014, 10, 8), True),
        (date(2014, 10, 11), True),  # a Saturday made up
        (date(2015, 9, 4), False),  # the parade of 2015
        (date(2015, 9, 6), True),
        (date(2018, 12, 31), False),  # announced with 2019
        (date(2019, 5, 3), False),  # changed in March 2019
        (date(2019, 5, 5), True),
        (date(2020, 1, 31), False),  # prolonged in 2020
        (date(2020, 2, 1), False),
        (date(2020, 2, 3), True),
        (date(2022, 4, 5), False),
        (date(2022, 12, 31), False),
        (date(2026, 2, 14), True),
        (date(2026, 2, 23), False),
        (date(2026, 11, 24), True),
    ],
)
def test_r_t1_the_published_arrangements_hold(calendar: Calendar, day: date, worked: bool) -> None:
    assert is_working_day(calendar, day) is worked


def test_r_t1_every_year_from_2013_to_2027_is_there_and_only_2027_is_provisional(
    calendar: Calendar,
) -> None:
    assert sorted(calendar.years) == list(range(2013, 2028))
    assert [year for year, days in calendar.years.items() if days.provisional] == [2027]
    assert all(days.documents for year, days in calendar.years.items() if year != 2027)


def test_r_t1_2027_has_the_thirteen_statutory_days_only(calendar: Calendar) -> None:
    assert len(calendar.years[2027].holidays) == 13
    assert not calendar.years[2027].make_up_days
    assert (
        date(2027, 2, 5) in calendar.years[2027].holidays
    )  # the eve of the Spring Festival, since 2025


def test_r_t2_ten_working_days_after_26_september_2014_end_on_15_october(
    calendar: Calendar,
) -> None:
    assert add_working_days(calendar, date(2014, 9, 26), 10) == (date(2014, 10, 15), False)


def test_r_t2_the_count_starts_on_the_day_after(calendar: Calendar) -> None:
    assert add_working_days(calendar, date(2026, 11, 24), 1).day == date(2026, 11, 25)
    assert add_working_days(calendar, date(2026, 11, 27), 1).day == date(2026, 11, 30)


def test_r_t2_a_count_is_one_or_more(calendar: Calendar) -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        add_working_days(calendar, date(2026, 11, 24), 0)


def test_r_t3_a_notice_is_due_ten_working_days_after_issue(calendar: Calendar) -> None:
    # 25, 26, 27 Nov; 30 Nov, 1, 2, 3, 4 Dec; 7, 8 Dec
    assert due_on(calendar, date(2026, 11, 24)) == (date(2026, 12, 8), False)


def test_r_t1_dates_counted_through_a_provisional_year_are_provisional(calendar: Calendar) -> None:
    # 21-25, 28-31 Dec 2026 are nine; 1 Jan 2027 is off, 4 Jan is the tenth
    assert due_on(calendar, date(2026, 12, 18)) == (date(2027, 1, 4), True)
    assert due_on(calendar, date(2026, 12, 17)) == (date(2026, 12, 31), False)


def test_r_t1_a_missing_year_fails_loudly(calendar: Calendar) -> None:
    with pytest.raises(CalendarYearMissing, match="no calendar of 2028") as missing:
        due_on(calendar, date(2027, 12, 28))

    assert "2028 年" in missing.value.detail.zh


def test_r_t1_a_holiday_on_a_weekend_does_not_make_a_weekday_off() -> None:
    year = CalendarYear(2026, False, frozenset({date(2026, 1, 3)}), frozenset())

    assert is_working_day(Calendar({2026: year}), date(2026, 1, 5))


def test_r_t4_a_notice_is_valid_until_the_end_of_the_year_of_its_due_date() -> None:
    assert valid_until(date(2026, 12, 8)) == date(2026, 12, 31)
    assert valid_until(date(2027, 1, 4)) == date(2027, 12, 31)
    assert valid_until(date(2026, 12, 31)) == date(2026, 12, 31)


def test_r_t6_what_follows_takes_effect_on_the_next_calendar_day() -> None:
    assert takes_effect_on(date(2026, 12, 31)) == date(2027, 1, 1)


def test_dates_are_beijing_dates() -> None:
    assert beijing_date(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)) == date(2026, 11, 24)
    assert beijing_date(datetime(2026, 11, 23, 15, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert beijing_midnight(date(2026, 11, 24)) == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    with pytest.raises(ValueError, match="time zone"):
        beijing_date(datetime(2026, 11, 24))  # noqa: DTZ001 - the very thing refused
