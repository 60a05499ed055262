"""The trail in the console: who did what to which record, and why; by record, person, act and day."""

from datetime import date, datetime, time, timedelta
from typing import Final

from flask import Blueprint, request

from feeledger.clock import BEIJING
from feeledger.doors import kit
from feeledger.people.queries import Officer, names_of_officers
from feeledger.people.roles import Right
from feeledger.trail import ActsWanted, count_acts, find_acts
from feeledger.web.console_door import Shown, console_page, officers
from feeledger.web.console_trail_words import ACTS, MACHINES, SUBJECTS, shown_acts
from feeledger.web.forms import Form, read_day
from feeledger.web.language import say
from feeledger.web.paging import Page, asked_page

trail_pages = Blueprint("trail", __name__)

FILTERS: Final = ("kind", "key", "actor", "act", "since", "until")


@trail_pages.get("/console/trail")
@officers(Right.SEE_TRAIL)
def list_acts(officer: Officer) -> Shown:
    """Show the acts of the region that fit the filters, the latest first."""
    form = Form(request.args)
    since, until = read_day(form, "since", needed=False), read_day(form, "until", needed=False)
    kind, key = form.value("kind"), form.value("key").strip()[:80]
    kind = kind if kind in SUBJECTS else ""
    wanted = ActsWanted(
        subject=f"{kind}:{key}" if kind and key else kind,
        actor=form.value("actor").strip()[:60],
        act=form.value("act") if form.value("act") in ACTS else "",
        since=None if since is None else _midnight(since),
        until=None if until is None else _midnight(until + timedelta(days=1)),
    )
    asked, region = asked_page(request.args), officer.region
    with kit().store.read() as session:
        total = count_acts(session, region, wanted)
        asked = asked.within(total)
        rows = find_acts(session, region, wanted, limit=asked.size, offset=asked.offset)
        names = names_of_officers(session)
    return console_page(
        "console/trail.html",
        officer,
        form=form,
        page=Page(shown_acts(rows), asked.number, asked.size, total),
        filters={name: form.value(name) for name in FILTERS if form.value(name)},
        kinds=SUBJECTS,
        actors={each: say(told) for each, told in MACHINES.items()} | names,
        acts=ACTS,
    )


def _midnight(day: date) -> datetime:
    """Give the first instant of a Beijing day."""
    return datetime.combine(day, time.min, tzinfo=BEIJING)
