"""Editions that change prices, duties noticed and paid on chosen days, and re-assessments of them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import Request
from feeledger.catalog.actions import publish_edition
from feeledger.catalog.canonical import seal_catalog
from feeledger.catalog.items import Condition, Event, Relief, Window
from feeledger.catalog.items import Test as Comparison
from feeledger.catalog.plan import plan_of
from feeledger.catalog.queries import edition_in_use, edition_known_at, edition_of
from feeledger.enterprises.actions import FactOrigin, record_facts
from feeledger.enterprises.queries import enterprise_of, facts_on, register_at, register_facts
from feeledger.notices.actions import NoticeOrder, issue_notice
from feeledger.notices.charges import Charge
from feeledger.payments.actions import query_notice, record_payment
from feeledger.reassessments.actions import (
    Order,
    approve_reassessment,
    differences_for,
    propose_reassessment,
)
from feeledger.reassessments.booking_actions import Booking
from feeledger.reassessments.duty_queries import Basis, Period
from feeledger.reliefs.actions import apply_for_relief, approve_relief
from feeledger.reliefs.relief import Ground
from tests.builders import (
    BANK,
    CLERK,
    LICENCE_ITEM,
    PAYER_ACCOUNT,
    REGION,
    SOIL_ITEM,
    SOIL_LINE,
    WATER_UNIT,
    an_advice,
    the_calendar,
    the_catalog,
)

REVIEWER = "reviewer:test"
WHOLE = Period()


ITEMS = (SOIL_ITEM, LICENCE_ITEM, "civil-air-defence", "housing-transfer")


@cache
def the_base():
    """Give the repository's edition with the items of these tests alone: it is read at once."""
    catalog = the_catalog()
    return seal_catalog(replace(catalog, items={name: catalog.items[name] for name in ITEMS}))


def at(day, hour=2):
    """Give an instant of a day: 02:00 UTC is 10:00 in Beijing."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def changed(catalog, item_id, **parts):
    """Give a catalog with parts of one item replaced, or made from what they were."""
    item = catalog.items[item_id]
    made = {k: part(getattr(item, k)) if callable(part) else part for k, part in parts.items()}
    return replace(catalog, items={**catalog.items, item_id: replace(item, **made)})


def repriced(catalog, line_id, since, amount, **parts):
    """End a line's version on the day before and begin another at a new amount."""
    line = catalog.line(line_id)
    new = replace(
        line,
        id=f"{line.series}@{since:%Y%m%d}",
        window=Window(since, None, None, "seen"),
        rate=replace(line.rate, amount=amount),
        **parts,
    )
    old = replace(line, window=replace(line.window, end=since))

    def lines(before):
        return (*(old if each.id == line_id else each for each in before), new)

    return changed(catalog, line.item, lines=lines)


def relieved(catalog, item_id, relief_id, *, sizes, factor, window):
    """Give small enterprises a part off, in a window."""
    model = next(r for item in the_catalog().items.values() for r in item.reliefs)
    new = Relief(
        id=relief_id,
        series=relief_id,
        item=item_id,
        effect="multiply",
        when=Condition("all", (Comparison("enterprise_size", "in", sizes),)),
        window=window,
        basis=model.basis,
        confidence=model.confidence,
        factor=factor,
        sources=model.sources,
    )
    return changed(catalog, item_id, reliefs=lambda before: (*before, new))


def ended(catalog, item_id, day, document, *, announced_on):
    """End an item from a day on, perhaps one that lies before the announcement."""
    event = Event("stopped", day, document, (), "high", announced_on=announced_on)
    return changed(catalog, item_id, status="cancelled", events=lambda before: (*before, event))


def kept(session, catalog, edition_id, day, *, now=None):
    """Publish an edition under an id, compiled on a day and kept at an instant of it."""
    edition = replace(catalog.edition, id=edition_id, compiled_on=day)
    sealed = seal_catalog(replace(catalog, edition=edition))
    publish_edition(session, sealed, by=CLERK, now=now or at(day))
    return sealed


def told(session, uscc, facts, since, *, now, document="年报", source="department"):
    record_facts(
        session,
        REGION,
        uscc,
        facts,
        FactOrigin(source, document),
        valid_from=since,
        by=CLERK,
        now=now,
    )


def answers_of(session, uscc, item, on, *, now, lines=(), facts=None):
    """Assess one item by the edition and the facts known at an instant."""
    plan = plan_of(edition_known_at(session, now))
    held = facts_on(session, REGION, uscc, on, known_by=now)
    known = {name: fact.value for name, fact in held.items()}
    known |= register_facts(register_at(session, enterprise_of(session, uscc), now), on)
    known |= facts or {}
    known = {name: value for name, value in known.items() if name in plan.catalog.facts}
    return assess(plan, Request(None, on, REGION, (item,), tuple(lines), known)).lines


def noticed(
    session,
    uscc,
    on,
    *,
    now,
    item=SOIL_ITEM,
    unit=WATER_UNIT,
    series=(SOIL_LINE,),
    lines=(),
    facts=None,
    decided=None,
):
    """Issue a notice for one duty as it was known at an instant."""
    plan = plan_of(edition_known_at(session, now))
    found = [
        each
        for each in answers_of(session, uscc, item, on, now=now, lines=lines, facts=facts)
        if each.line is not None and plan.lines[each.line].line.series in series
    ]
    charges = tuple(
        Charge(unit, each, decided) for each in found if each.outcome != "not_applicable"
    )
    today = (now + timedelta(hours=8)).date()
    return issue_notice(
        session,
        REGION,
        NoticeOrder(uscc, charges),
        calendar=the_calendar(),
        today=today,
        by=CLERK,
        now=now,
    )


def paid(session, notice, trade_no, *, now, account=PAYER_ACCOUNT):
    """Let the bank confirm a notice in full, with what it asks that day."""
    today = (now + timedelta(hours=8)).date()
    told = query_notice(session, notice.pay_code, bank=BANK, today=today, now=now)
    asked = str(told.payable)
    advice = an_advice(notice, trade_no, amount=asked, paid_at=now, payer_account=account)
    record_payment(session, advice, bank=BANK, now=now).receipt()
    return notice


def granted(session, notice, terms, *, now, number="演示减免〔2026〕1号"):
    """Let two persons grant a relief of a notice; give it."""
    ground = Ground(number, (now + timedelta(hours=8)).date(), "演示财政局", "受灾")
    row = apply_for_relief(session, REGION, notice.id, terms, ground, by=CLERK, now=now)
    return approve_relief(session, REGION, row.id, reason="同意", by=REVIEWER, now=now)


def basis(session, *, now, edition=None):
    catalog = edition_in_use(session) if edition is None else edition_of(session, edition)
    return Basis(catalog, now)


def differences(session, uscc, *, now, edition=None, period=WHOLE):
    return differences_for(session, REGION, uscc, basis(session, now=now, edition=edition), period)


def proposed(session, uscc, *, now, edition=None, reason="目录更新", period=WHOLE):
    order = Order(
        basis(session, now=now, edition=edition),
        period,
        reason,
        CLERK,
        (now + timedelta(hours=8)).date(),
        now,
    )
    return propose_reassessment(session, REGION, uscc, order)


def booking(*, now, by=REVIEWER, **parts):
    return Booking(by, (now + timedelta(hours=8)).date(), now, the_calendar(), **parts)


def reassessed(session, uscc, *, now, edition=None, reason="目录更新", **parts):
    """Propose and approve; give the row, None where nothing was to be booked."""
    found = proposed(session, uscc, now=now, edition=edition, reason=reason)
    if not found.fresh:
        return None
    return approve_reassessment(session, REGION, found.row.id, booking(now=now, **parts))


def day(text):
    return date.fromisoformat(text)
