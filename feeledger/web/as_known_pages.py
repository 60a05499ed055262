"""What did we tell this enterprise then, and why: the answer of a day by what was known on another.

The enterprise sees it of itself, officers of any enterprise they may see. Nothing is kept: the same
two days always give the same answer.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from feeledger.assessment.charge_words import PAID_THROUGH
from feeledger.assessment.known_queries import KnownAnswer, answer_as_known
from feeledger.assessment.outcomes import LineAnswer
from feeledger.clock import BEIJING
from feeledger.doors import kit
from feeledger.enterprises.queries import enterprise_of
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.errors import FeeLedgerError, Text
from feeledger.judgements import narrow_upper
from feeledger.money import Money
from feeledger.notices.queries import notices_of_payer
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.quotas.queries import quota_published_by
from feeledger.web.console_door import Shown, console_page, officers
from feeledger.web.forms import Form, read_day
from feeledger.web.language import link, page_language
from feeledger.web.lookup_views import FactShown, NoticeShown, shown_fact, shown_notice
from feeledger.web.owe_views import facts_missing, shown_lines
from feeledger.web.payer_session import payer_here
from feeledger.web.present import today
from feeledger.web.region_choices import name_of_region

as_known_pages = Blueprint("as_known", __name__)


@dataclass(frozen=True, slots=True)
class FactThen:
    """A fact as it was known then: what, and when and by whom it was written down."""

    shown: FactShown
    known_at: datetime


@as_known_pages.get("/lookup/as-known")
def show_own_past() -> str | Response:
    """Show an enterprise what we would have told it on a day gone by."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    form = Form(request.args)
    with kit().store.read() as session:
        payer = enterprise_of(session, uscc)
        regions = sorted({payer.home_region, *(n.region for n in notices_of_payer(session, uscc))})
        region = form.value("region") if form.value("region") in regions else payer.home_region
        names = _answer_names(session, form, payer, region)
    choices = [(code, name_of_region(code, today())) for code in regions]
    return render_template("lookup/as_known.html", regions=choices, region=region, **names)


@as_known_pages.get("/console/enterprises/<uscc>/as-known")
@officers(Right.SEE_ENTERPRISES)
def show_past(officer: Officer, uscc: str) -> Shown:
    """Show an officer what we would have told an enterprise on a day gone by."""
    form = Form(request.args)
    with kit().store.read() as session:
        payer = enterprise_of(session, narrow_upper(uscc))
        names = _answer_names(session, form, payer, officer.region)
    return console_page("console/as_known.html", officer, **names)


def _answer_names(
    session: Session, form: Form, payer: EnterpriseRow, region: str
) -> dict[str, Any]:
    """Work out the answer of the two days asked; what is wrong with them is noted in the form."""
    on = read_day(form, "on", needed=False) or (today() if form.sound else None)
    known_on = read_day(form, "known", needed=False) or (today() if form.sound else None)
    names: dict[str, Any] = {"form": form, "payer": payer, "day": on, "known_on": known_on}
    if known_on is not None and known_on > today():
        form.refuse("known", Text("所知日期不能在将来。", "What will be known is not known yet."))
    if on is None or known_on is None or not form.sound:
        return names | {"answer": None}
    try:
        known = answer_as_known(
            session, region, payer.uscc, on=on, known_at=end_of_known_day(known_on)
        )
    except FeeLedgerError as refused:
        form.refuse("known", refused.detail)
        return names | {"answer": None}
    names["quota"] = quota_published_by(session, region, payer.uscc, on.year, known.known_at)
    whole = form.value("all") == "yes"
    return (
        names
        | _shown(known, region, whole=whole)
        | {"told": _notices(session, payer, region, known_on)}
    )


def end_of_known_day(day: date) -> datetime:
    """Give the last instant of a Beijing day: what was written down by then was known on it."""
    return datetime.combine(day + timedelta(days=1), time(), BEIJING) - timedelta(microseconds=1)


def _shown(known: KnownAnswer, region: str, *, whole: bool) -> dict[str, Any]:
    """Give the answer in words; unless it is wanted whole, only what rests on stated facts."""
    answer = known.answer
    about = tuple(line for line in answer.lines if whole or _is_about(line, known))
    known = replace(known, answer=replace(answer, lines=about))
    place, language = name_of_region(region, today()), page_language()
    return {
        "answer": known.answer,
        "money_of": Money,
        "left": len(answer.lines) - len(about),
        "catalog": known.catalog,
        "collectors": PAID_THROUGH,
        "lines": shown_lines(known.answer, known.catalog, language),
        "missing": facts_missing(known.answer, known.catalog),
        "facts": [
            FactThen(shown_fact(fact, place, known.catalog, language), fact.known_at)
            for fact in known.facts.values()
        ],
        "left_out": [fault.detail for fault in known.left_out],
    }


def _is_about(line: LineAnswer, known: KnownAnswer) -> bool:
    """Say whether a line rests on a fact that was stated of the enterprise."""
    read = line.trace.line.facts if line.trace.line is not None else frozenset()
    return line.outcome != "not_applicable" and not read.isdisjoint(known.facts)


def _notices(
    session: Session, payer: EnterpriseRow, region: str, known_on: date
) -> list[NoticeShown]:
    """Give the notices issued by then: what the enterprise was told in writing."""
    rows = notices_of_payer(session, payer.uscc)
    return [
        shown_notice(row, name_of_region(row.region, row.issued_on))
        for row in rows
        if row.region == region and row.issued_on <= known_on
    ]
