"""Open a case for an act of the log of permits that lacks its notice or its payment (S08).

Once an act: what a person has dismissed is not opened again. Whoever recorded the act counts as the
opener and does not decide.
"""

from sqlalchemy.orm import Session

from feeledger.supervision.notice_actions import SEEN_BY, Moment
from feeledger.supervision.opening_actions import Matter, Source, case_for, keep_signals
from feeledger.supervision.permit_queries import acts_without_fee, granted_act
from feeledger.supervision.permits import GrantedAct, charge_of_act, signal_of_act, thing_of_act
from feeledger.trail import record_act


def signal_acts(session: Session, region: str, moment: Moment, *, after: int) -> tuple[int, int]:
    """Look through the next acts; give how many cases were opened, and the last act looked at.

    0 is the last where none is left. Safe to repeat, safe in two processes: the living case of an
    act is one by the database's own key. Raises CalendarYearMissing.
    """
    found = acts_without_fee(session, region, today=moment.today, after=after)
    calendar = moment.clock.calendar
    opened = 0
    for act in found:
        granted = granted_act(session, region, act, today=moment.today, calendar=calendar)
        if granted is not None:
            _open(session, region, granted, moment)
            opened += 1
    return opened, found[-1] if found else 0


def _open(session: Session, region: str, found: GrantedAct, moment: Moment) -> None:
    charge, evidence = charge_of_act(found)
    matter = Matter(
        region,
        charge,
        evidence,
        (signal_of_act(found),),
        opener=found.recorded_by,
        thing=thing_of_act(found.act),
    )
    case, _ = case_for(session, matter, today=moment.today, now=moment.now, clock=moment.clock)
    keep_signals(session, matter, case, source=Source(act=found.act), now=moment.now)
    record_act(
        session,
        region=region,
        actor=SEEN_BY,
        act="signal-act",
        subject=f"case:{case}",
        reason="",
        now=moment.now,
        details={"signal": "S08", "act": found.act_no, "unit": found.unit_code},
    )
