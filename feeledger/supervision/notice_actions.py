"""Signals that our own notices show: one duty noticed twice (S12), a year over its audited amount (S13).

Looked for where a notice is issued, in its transaction, and by the background job for all others. One
enterprise's year, and one duty, is one thing: it has one living case, whichever unit goes on. Whoever
issued the notice counts as the opener: another person decides. Where the records no longer show it
(the amount was revised, a notice voided) and nobody has decided, the case is cleared.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.money import Money, total_of
from feeledger.notices.queries import notice_of
from feeledger.quotas.actions import hold_year
from feeledger.quotas.tables import AnnualQuotaRow
from feeledger.supervision.case import moves_of_clearing
from feeledger.supervision.case_actions import keep_moves, locked_case
from feeledger.supervision.case_rows import case_of
from feeledger.supervision.noticed import (
    NoticedLine,
    Yardstick,
    charge_of_line,
    crossing_line,
    signal_of_duty,
    signal_of_year,
    thing_of_duty,
    thing_of_year,
)
from feeledger.supervision.noticed_queries import (
    KeptSignal,
    audited_quota,
    doubled_lines,
    exceeded_quotas,
    last_signal,
    lines_of_year,
    notices_of_doubled,
    signalled_duties,
    signalled_years,
    years_of_notice,
)
from feeledger.supervision.opening_actions import Matter, Source, case_for, keep_signals
from feeledger.supervision.signals import Signal
from feeledger.supervision.states import Clock
from feeledger.trail import record_act

Weighed = Literal["opened", "cleared", ""]
LOOKED_BACK: Final = timedelta(days=366)  # older notices were weighed when they were issued
SEEN_BY: Final = "clock"  # who acts where nobody does


@dataclass(frozen=True, slots=True)
class Moment:
    """When notices are weighed: the Beijing day, the instant, and the working days of cases."""

    today: date
    now: datetime
    clock: Clock


@dataclass(frozen=True, slots=True)
class Shown:
    """What notices show: the line that shows it, the amount at issue, the signal, its thing."""

    line: NoticedLine
    amount: Money
    signal: Signal
    thing: str
    quota: int | None = None


def signal_notice(session: Session, region: str, notice: int, moment: Moment) -> int:
    """Open what a notice shows, in the transaction that issues it; give how many cases were opened.

    Raises NoticeMissing, CalendarYearMissing.
    """
    row = notice_of(session, region, notice, for_update=True)
    opened = signal_doubled(session, region, notice, moment)
    for year in years_of_notice(session, region, notice):
        opened += weigh_year(session, region, row.uscc, year, moment) == "opened"
    return opened


def weigh_voided(session: Session, region: str, notice: int, moment: Moment) -> int:
    """Clear what a notice showed that was voided, in that transaction; give how many cases.

    Raises NoticeMissing, CalendarYearMissing.
    """
    row = notice_of(session, region, notice)
    cleared = 0
    for year in years_of_notice(session, region, notice):
        cleared += weigh_year(session, region, row.uscc, year, moment) == "cleared"
    return cleared + _clear_duties(session, region, moment)


def weigh_year(session: Session, region: str, uscc: str, year: int, moment: Moment) -> Weighed:
    """Hold an enterprise's notices of a year against its audited amount (S13): open, clear, or neither.

    Equal to it is not over it. Where no amount is audited nothing is known, so nothing is said, and
    an open case waits: a revision on its way clears nothing before it is audited. Raises
    CalendarYearMissing.
    """
    row = audited_quota(session, region, uscc, year)
    if row is None:
        return ""
    quota = _yardstick(row)
    lines = lines_of_year(session, row)
    noticed = total_of(line.amount for line in lines)
    first = crossing_line(lines, quota.by_notice)
    kept = last_signal(session, region, uscc, code="S13", thing=thing_of_year(uscc, year))
    if noticed <= quota.by_notice or first is None:
        reason = Text(
            f"{year} 年有效通知书合计 {noticed:,} 元，未超过已审核额度（第 {quota.version} 版）由通知书收取的 "
            f"{quota.by_notice:,} 元。",
            f"The notices of {year} that stand ask {noticed:,}, not more than the {quota.by_notice:,} by "
            f"notice of the audited amount, version {quota.version}.",
        )
        return _clear(session, region, kept, reason, moment)
    over = noticed - quota.by_notice
    if kept is not None and not _is_news(kept, over):
        return ""
    signal = signal_of_year(lines, first, quota, over)
    shown = Shown(first, over, signal, thing_of_year(uscc, year), quota.quota)
    _open(session, region, shown, moment)
    return "opened"


def signal_doubled(session: Session, region: str, notice: int, moment: Moment) -> int:
    """Open a case for each duty that a notice charges and an earlier one charged already (S12).

    Once a duty: what a person has dismissed or closed is opened again only by a notice issued later.
    """
    opened = 0
    for line, earlier in doubled_lines(session, region, notice):
        thing = thing_of_duty(line)
        kept = last_signal(session, region, line.payer, code="S12", thing=thing)
        if kept is not None and (kept.living or not (kept.cleared or _is_later(kept, line))):
            continue
        shown = Shown(line, line.amount, signal_of_duty(line, earlier), thing)
        _open(session, region, shown, moment)
        opened += 1
    return opened


def weigh_years(
    session: Session, region: str, year: int, moment: Moment, *, after: str
) -> tuple[int, str]:
    """Weigh the next enterprises over their audited amount; give how many opened, and the last weighed.

    "" is the last where none is left. The year is held, as bulk audits and publications hold it, so
    that the two never wait for each other's versions in a ring.
    """
    hold_year(session, region, year)
    codes = exceeded_quotas(session, region, year, after=after)
    opened = sum(weigh_year(session, region, code, year, moment) == "opened" for code in codes)
    return opened, codes[-1] if codes else ""


def signal_all_doubled(
    session: Session, region: str, moment: Moment, *, after: int
) -> tuple[int, int]:
    """Look through the next notices that charge a duty again; give how many opened, and the last one.

    0 is the last where none is left.
    """
    since = moment.today - LOOKED_BACK
    found = notices_of_doubled(session, region, since=since, after=after)
    opened = 0
    for notice in found:
        notice_of(session, region, notice, for_update=True)
        opened += signal_doubled(session, region, notice, moment)
    return opened, found[-1] if found else 0


def clear_cases(session: Session, region: str, moment: Moment) -> int:
    """Clear the cases of S12 and S13 that the records no longer show; give how many."""
    cleared, years = 0, signalled_years(session, region)
    for year in sorted({year for _, year in years}):
        hold_year(session, region, year)
    for uscc, year in years:
        cleared += weigh_year(session, region, uscc, year, moment) == "cleared"
    return cleared + _clear_duties(session, region, moment)


def _clear_duties(session: Session, region: str, moment: Moment) -> int:
    """Clear the cases of S12 whose duty is noticed once only by now; give how many."""
    cleared = 0
    for case, notice, thing in signalled_duties(session, region):
        doubled = doubled_lines(session, region, notice)
        if not any(thing_of_duty(line) == thing for line, _ in doubled):
            reason = Text("同一义务只余一张有效通知书。", "Only one notice of the duty stands.")
            cleared += _clear_case(session, region, case, reason, moment) == "cleared"
    return cleared


def _yardstick(row: AnnualQuotaRow) -> Yardstick:
    return Yardstick(row.id, row.year, row.version, Money(row.total_fen), Money(row.notice_fen))


def _is_news(kept: KeptSignal, over: Money) -> bool:
    """Say whether a year over its amount is to be told again: not while its case lives (R-S2).

    After a person's decision only where the notices have gone further over since.
    """
    return not kept.living and (kept.cleared or over > Money(kept.case.amount_fen))


def _is_later(kept: KeptSignal, line: NoticedLine) -> bool:
    """Say whether a notice was issued after the one that was signalled."""
    return kept.signal.notice != line.notice and line.issued_on > kept.case.opened_on


def _open(session: Session, region: str, shown: Shown, moment: Moment) -> None:
    charge, evidence = charge_of_line(shown.line, shown.amount)
    matter = Matter(
        region, charge, evidence, (shown.signal,), opener=shown.line.issued_by, thing=shown.thing
    )
    case, _ = case_for(session, matter, today=moment.today, now=moment.now, clock=moment.clock)
    source = Source(notice=shown.line.notice, quota=shown.quota)
    keep_signals(session, matter, case, source=source, now=moment.now)
    record_act(
        session,
        region=region,
        actor=SEEN_BY,
        act="signal-notice",
        subject=f"notice:{shown.line.notice}",
        reason="",
        now=moment.now,
        details={"signal": shown.signal.code, "case": str(case)},
    )


def _clear(
    session: Session, region: str, kept: KeptSignal | None, reason: Text, moment: Moment
) -> Weighed:
    if kept is None or not kept.living:
        return ""
    return _clear_case(session, region, kept.case.id, reason, moment)


def _clear_case(session: Session, region: str, case: int, reason: Text, moment: Moment) -> Weighed:
    """Dismiss a case that nobody has decided, as the records no longer show it."""
    row = locked_case(session, region, case)
    words = f"{reason.zh}{reason.en}"
    moves = moves_of_clearing(case_of(row), reason=words, on=moment.today, clock=moment.clock)
    cleared = any(move.event == "clear" for move in moves)
    if cleared:
        keep_moves(session, row, moves, act=None, files=(), now=moment.now)
    return "cleared" if cleared else ""
