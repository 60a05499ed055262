"""Cases that the log of permits opens: an act without notice or payment (S08), a drop (S09).

Once an act, once a unit and month: what a person has dismissed is not opened again. Whoever recorded the act counts as
the opener and does not decide; a drop, added up from many acts, has no opener but the clock.
"""

from sqlalchemy.orm import Session

from feeledger.catalog.items import Catalog
from feeledger.supervision.drop_queries import drops_of
from feeledger.supervision.drops import charge_of_drop, signal_of_drop, thing_of_month
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
            matter = _matter_of(region, granted)
            _open(session, matter, moment, act=act, told=granted.act_no)
            opened += 1
    return opened, found[-1] if found else 0


def signal_drops(session: Session, region: str, catalog: Catalog, moment: Moment) -> int:
    """Open a case for each unit whose last full month dropped (S09); give how many.

    Raises CalendarYearMissing.
    """
    found = drops_of(session, region, catalog, today=moment.today)
    for drop in found:
        charge, evidence = charge_of_drop(drop)
        matter = Matter(
            region,
            charge,
            evidence,
            (signal_of_drop(drop),),
            opener=SEEN_BY,
            thing=thing_of_month(drop.unit_code, drop.month.first),
        )
        _open(session, matter, moment, act=drop.last_act, told=f"{drop.month.first:%Y-%m}")
    return len(found)


def _matter_of(region: str, found: GrantedAct) -> Matter:
    charge, evidence = charge_of_act(found)
    signals = (signal_of_act(found),)
    thing = thing_of_act(found.act)
    return Matter(region, charge, evidence, signals, opener=found.recorded_by, thing=thing)


def _open(session: Session, matter: Matter, moment: Moment, *, act: int, told: str) -> None:
    case, _ = case_for(session, matter, today=moment.today, now=moment.now, clock=moment.clock)
    keep_signals(session, matter, case, source=Source(act=act), now=moment.now)
    record_act(
        session,
        region=matter.region,
        actor=SEEN_BY,
        act="signal-act",
        subject=f"case:{case}",
        reason="",
        now=moment.now,
        details={"signal": matter.signals[0].code, "about": told, "unit": matter.unit_key},
    )
