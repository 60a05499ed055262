"""Look up what we owe: opened by credit code and a pay code or lookup code, for one sitting."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from flask import Blueprint, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import Answer, FactsRefused, Request
from feeledger.callers.actions import LOOKUPS
from feeledger.catalog.plan import Plan, plan_of
from feeledger.catalog.queries import edition_in_use
from feeledger.codes import USCC_LENGTH, judge_uscc
from feeledger.doors import caller_here, count_call_here, kit
from feeledger.enterprises.lookup import LENGTH, NoSuchPayer, read_lookup_code
from feeledger.enterprises.lookup_actions import payer_by_lookup_code
from feeledger.enterprises.queries import assessment_facts, enterprise_of, facts_on
from feeledger.enterprises.standing import NAMES
from feeledger.enterprises.standing_queries import closing_of
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.errors import Text
from feeledger.judgements import narrow_upper
from feeledger.money import Money
from feeledger.notices.payer_actions import payer_by_pay_code
from feeledger.notices.queries import lines_of, notices_of_payer
from feeledger.notices.relief_queries import due_lines, reliefs_of
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.projects.queries import projects_of_payer
from feeledger.quotas.queries import quotas_of_payer
from feeledger.web.dispute_views import disputed_facts
from feeledger.web.formats import plain_code
from feeledger.web.forms import Form, refuse_judged
from feeledger.web.language import link, page_language
from feeledger.web.lookup_views import FactShown, YearRow, shown_fact, shown_notice, year_rows
from feeledger.web.paging import asked_page, page_of
from feeledger.web.payer_session import forget_payer, payer_here, remember_payer
from feeledger.web.present import today
from feeledger.web.quota_views import shown_quota
from feeledger.web.region_choices import name_of_region

lookup_pages = Blueprint("lookup", __name__)

PAY_CODE_LENGTH = 20
USCC_LABEL = Text("统一社会信用代码：", "Credit code")
USCC_NEEDED = Text("请填写统一社会信用代码。", "Enter the credit code.")
CODE_NEEDED = Text("请填写缴款码或查询码。", "Enter a pay code or the lookup code.")


@lookup_pages.get("/lookup")
def show_lookup() -> str | Response:
    """Show the form, or the overview where this browser has opened one."""
    if payer_here() is not None:
        return redirect(link("lookup.show_overview"), code=303)
    return render_template("lookup/form.html", form=Form())


@lookup_pages.post("/lookup")
def open_lookup() -> str | Response:
    """Open the enterprise that both codes fit; unknown and wrong look alike."""
    count_call_here(LOOKUPS)
    form = Form(request.form)
    uscc, code = _codes_of(form)
    if form.sound:
        with kit().store.write() as session:
            found = _payer(session, uscc, code)
            payer = None if found is None else found.uscc
        if payer is not None:
            remember_payer(payer)
            return redirect(link("lookup.show_overview"), code=303)
        form.refuse("code", NoSuchPayer().detail)
    return render_template("lookup/form.html", form=form)


@lookup_pages.post("/lookup/end")
def end_lookup() -> Response:
    """Close what this browser has opened."""
    forget_payer()
    return redirect(link("lookup.show_lookup"), code=303)


@lookup_pages.get("/lookup/overview")
def show_overview() -> str | Response:
    """Show the enterprise's notices, its year item by item, and the facts known of it."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    year = _year_asked()
    with kit().store.read() as session:
        payer = enterprise_of(session, uscc)
        notices = notices_of_payer(session, uscc)
        shown = [shown_notice(row, name_of_region(row.region, row.issued_on)) for row in notices]
        closing = closing_of(session, uscc, today())
        rows, facts = _year_of(session, payer, notices, year)
        return render_template(
            "lookup/overview.html",
            payer=payer,
            home=name_of_region(payer.home_region, today()),
            closing=closing,
            closing_name=None if closing is None else NAMES[closing.change],
            page=page_of(shown, asked_page(request.args)),
            unpaid=[notice for notice in shown if notice.unpaid],
            year=year,
            years=_years(notices),
            yearly=[shown_quota(row) for row in quotas_of_payer(session, uscc, year)],
            projects=projects_of_payer(session, uscc),
            name_of=lambda region: name_of_region(region, today()),
            rows=rows,
            facts=facts,
            disputed=disputed_facts(
                session, payer, edition_in_use(session), today(), page_language()
            ),
        )


def _codes_of(form: Form) -> tuple[str, str]:
    """Read both codes; what cannot be a credit code at all is said so, as it tells nobody anything."""
    uscc, code = narrow_upper(form.value("uscc")), plain_code(form.value("code"))
    if not uscc:
        form.refuse("uscc", USCC_NEEDED)
    elif len(uscc) != USCC_LENGTH:
        judged = judge_uscc(uscc)
        refuse_judged(form, "uscc", USCC_LABEL, judged.problem)
    if not code:
        form.refuse("code", CODE_NEEDED)
    return uscc, code


def _payer(session: Session, uscc: str, code: str) -> EnterpriseRow | None:
    now, caller = kit().clock.wall(), caller_here(LOOKUPS)
    if len(code) == PAY_CODE_LENGTH:
        return payer_by_pay_code(session, uscc, code, caller=caller, now=now)
    typed = read_lookup_code(code)[: 2 * LENGTH]
    return payer_by_lookup_code(session, uscc, typed, caller=caller, now=now)


def _year_asked() -> int:
    year = request.args.get("year", today().year, type=int)
    return year if 2000 < year <= today().year else today().year  # noqa: PLR2004 - a sane past


def _years(notices: Sequence[NoticeRow]) -> list[int]:
    """Give the years there is anything to say about, the latest first."""
    return sorted({today().year, *(row.issued_on.year for row in notices)}, reverse=True)


def _year_of(
    session: Session, payer: EnterpriseRow, notices: Sequence[NoticeRow], year: int
) -> tuple[list[YearRow], list[FactShown]]:
    """Put the year together over all regions that know the enterprise."""
    catalog = edition_in_use(session)
    day = min(today(), date(year, 12, 31))
    language = page_language()
    answers, facts = [], []
    for region in sorted({payer.home_region, *(row.region for row in notices)}):
        held = facts_on(session, region, payer.uscc, day)
        answer = _answer(session, plan_of(catalog), payer, region, day)
        answers += [(answer, held)] if answer is not None else []
        name = name_of_region(region, day)
        facts += [shown_fact(fact, name, catalog, language) for fact in held.values()]
    lines = [(row, _lines_asked(session, row)) for row in notices if row.issued_on.year == year]
    return year_rows(catalog, lines, answers, language), facts


def _lines_asked(session: Session, row: NoticeRow) -> list[tuple[NoticeLineRow, Money]]:
    """Give the lines of a notice, each with what it asks after reliefs."""
    lines = lines_of(session, row.region, row.id)
    due = due_lines(lines, reliefs_of(session, row.region, [row.id])[row.id])
    return [(line, one.amount) for line, one in zip(lines, due, strict=True)]


def _answer(
    session: Session, plan: Plan, payer: EnterpriseRow, region: str, day: date
) -> Answer | None:
    """Work out what the known facts come to; facts that no longer fit the catalog say nothing.

    A closed enterprise is answered for the day of its closing, if that lies in the year.
    """
    closing = closing_of(session, payer.uscc, day)
    if closing is not None:
        if closing.day.year < day.year:
            return None
        day = closing.day
    known, _ = assessment_facts(session, region, payer, day)
    facts = {name: value for name, value in known.items() if name in plan.catalog.facts}
    asked = Request(ref=None, on=day, region=region, facts=facts)
    try:
        return assess(plan, asked)
    except FactsRefused as refused:
        spoiled = {fault.field for fault in refused.errors}
        kept = {name: value for name, value in facts.items() if name not in spoiled}
        return assess(plan, replace(asked, facts=kept)) if len(kept) < len(facts) else None
