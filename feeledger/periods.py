"""Beijing time, working days, due dates, validity: rules R-T1 to R-T4 and R-T6.

A calendar is data, a year at a time. A year entered before its official arrangement is
*provisional*, and so is every date counted through it; a missing year fails loudly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Final, NamedTuple

from feeledger.errors import Conflict, Text

BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
ONE_DAY: Final = timedelta(days=1)
SATURDAY: Final = 5
DAYS_TO_PAY: Final = 10  # R-T3


class CalendarYearMissing(Conflict):
    """A date would have to be counted through a year that has no calendar (R-T1)."""

    code = "calendar-year-missing"
    title = Text("缺少该年的工作日历", "The working-day calendar of that year is missing")


class WorkingDate(NamedTuple):
    """A date reached by counting working days; provisional if any day counted was."""

    day: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One year: days off besides weekends, weekend days worked, and where that is published."""

    year: int
    provisional: bool
    holidays: frozenset[date]
    make_up_days: frozenset[date]
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of several years, by year."""

    years: Mapping[int, CalendarYear]

    def of_year(self, year: int) -> CalendarYear:
        """Give a year's calendar; raises CalendarYearMissing."""
        found = self.years.get(year)
        if found is None:
            raise CalendarYearMissing(
                Text(
                    f"没有 {year} 年的工作日历，无法计算期限。请先录入该年安排。",
                    f"There is no calendar of {year}, so the date cannot be counted. Enter it first.",
                ),
                year=year,
            )
        return found


def is_working_day(calendar: Calendar, day: date) -> bool:
    """Say whether a day is worked: Monday to Friday unless off, and make-up days (R-T1)."""
    year = calendar.of_year(day.year)
    if day.weekday() >= SATURDAY:
        return day in year.make_up_days
    return day not in year.holidays


def add_working_days(calendar: Calendar, day: date, count: int) -> WorkingDate:
    """Count working days after a day; the count starts on the day after it (R-T2).

    ``count`` is 1 or more. Raises CalendarYearMissing.
    """
    if count < 1:
        raise ValueError(f"working days are counted from 1, not {count}")
    provisional = False
    while count > 0:
        day += ONE_DAY
        provisional = provisional or calendar.of_year(day.year).provisional
        count -= is_working_day(calendar, day)
    return WorkingDate(day, provisional)


def count_working_days(calendar: Calendar, after: date, until: date) -> int:
    """Count the working days after one day, up to and including another; zero where none lies between.

    Raises CalendarYearMissing.
    """
    days = (after + timedelta(days=step) for step in range(1, (until - after).days + 1))
    return sum(is_working_day(calendar, day) for day in days)


def due_on(calendar: Calendar, issued_on: date, *, days: int = DAYS_TO_PAY) -> WorkingDate:
    """Give the last day on which payment is on time: ten working days after issue (R-T3)."""
    return add_working_days(calendar, issued_on, days)


def valid_until(due: date) -> date:
    """Give the last day on which a notice is payable: 31 December of the due year (R-T4).

    After a deferral, ask again with the new due date.
    """
    return date(due.year, 12, 31)


def takes_effect_on(last_day: date) -> date:
    """Give the day on which what follows from an elapsed limit begins (R-T6)."""
    return last_day + ONE_DAY


def beijing_date(instant: datetime) -> date:
    """Give the Beijing date of an aware instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone has no Beijing date")
    return instant.astimezone(BEIJING).date()


def beijing_midnight(day: date) -> datetime:
    """Give the aware instant at which a Beijing date begins."""
    return datetime.combine(day, time(), BEIJING)
