"""Share rules in the console: the published ratios with their documents, and what has no ratio yet (R-M6)."""

from typing import Final

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.catalog.items import Catalog
from feeledger.catalog.queries import edition_in_use
from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.people.queries import Officer, names_of_officers
from feeledger.people.roles import Right
from feeledger.regions.queries import units_of
from feeledger.sharing.actions import end_share_rule, enter_share_rule
from feeledger.sharing.levels import LEVELS, RuleText
from feeledger.sharing.queries import (
    count_undetermined,
    share_rules,
    undetermined_lines,
)
from feeledger.web.console_door import (
    Shown,
    carry_out,
    console_page,
    done,
    officers,
    refused_page,
)
from feeledger.web.forms import Form, read_choice, read_day, read_text
from feeledger.web.language import link
from feeledger.web.paging import Page, asked_page, page_of
from feeledger.web.present import today

share_pages = Blueprint("shares", __name__)

ITEM_NEEDED: Final = Text("请选择收费项目。", "Choose the fee.")
COLLECTING_NEEDED: Final = Text("请选择收取级次。", "Choose the collecting level.")
DOCUMENT_NEEDED: Final = Text(
    "请写明公布比例的文号。", "Name the document that published the ratio."
)


@share_pages.get("/console/shares")
@officers(Right.SEE_PAYMENTS)
def list_rules(officer: Officer) -> Shown:
    """Show the share rules of the region, and the form to enter one."""
    return _rules_page(officer, Form())


@share_pages.post("/console/shares")
@officers(Right.ENTER_SHARE_RULE)
def enter_rule(officer: Officer) -> Shown:
    """Enter a published ratio; payments without one are shared by it a moment later."""
    form = Form(request.form)
    rule = _rule_of(officer, form)
    if rule is not None:
        kept = carry_out(
            form,
            "valid_from",
            lambda session: enter_share_rule(
                session, officer.region, rule, by=officer.login, now=kit().clock.now()
            ),
        )
        if kept is not None:
            text = Text(
                "比例已录入，未分成的缴款将按它分成。",
                "The ratio is entered; payments that waited for it are shared by it.",
            )
            return done(text, "shares.list_rules")
    return refused_page(_rules_page(officer, form))


@share_pages.post("/console/shares/<record:rule>/end")
@officers(Right.ENTER_SHARE_RULE)
def end_rule(officer: Officer, rule: int) -> Shown:
    """Let a rule cover no day from one on; what was shared by it before stays."""
    form = Form(request.form)
    name = f"valid_to_{rule}"
    valid_to = read_day(form, name)
    if form.sound and valid_to is not None:

        def act(session: Session) -> bool:
            end_share_rule(
                session,
                officer.region,
                rule,
                valid_to=valid_to,
                by=officer.login,
                now=kit().clock.now(),
            )
            return True

        if carry_out(form, name, act):
            return done(Text("比例已终止。", "The rule is ended."), "shares.list_rules")
    return refused_page(_rules_page(officer, form))


@share_pages.get("/console/shares/undetermined")
@officers(Right.SEE_PAYMENTS)
def list_undetermined(officer: Officer) -> Shown:
    """Show paid lines without shares, the oldest first: they count in the account, and wait."""
    asked, region = asked_page(request.args), officer.region
    with kit().store.read() as session:
        total = count_undetermined(session, region)
        asked = asked.within(total)
        rows = undetermined_lines(session, region, limit=asked.size, offset=asked.offset)
    return console_page(
        "console/undetermined.html",
        officer,
        page=Page(rows, asked.number, asked.size, total),
    )


def _rules_page(officer: Officer, form: Form) -> str:
    region, day = officer.region, today()
    with kit().store.read() as session:
        catalog = edition_in_use(session)
        rules = share_rules(session, region)
        names = names_of_officers(session)
        units = {unit.unit_code: unit.name for unit in units_of(session, region, day)}
        undetermined = count_undetermined(session, region)
    return console_page(
        "console/shares.html",
        officer,
        at=link("shares.list_rules"),
        form=form,
        page=page_of(rules, asked_page(request.args)),
        levels=LEVELS,
        items={item: catalog.items[item].name for item in _items(catalog)},
        item_names={item.id: item.name for item in catalog.items.values()},
        units=units,
        names=names,
        undetermined=undetermined,
        day=day,
    )


def _items(catalog: Catalog) -> list[str]:
    """Give the items that are paid by notice: no other money comes into the account."""
    return [item.id for item in catalog.items.values() if item.collected_by == "notice"]


def _rule_of(officer: Officer, form: Form) -> RuleText | None:
    with kit().store.read() as session:
        items = _items(edition_in_use(session))
        units = {unit.unit_code for unit in units_of(session, officer.region, today())}
    item = read_choice(form, "item", items, needed=ITEM_NEEDED)
    unit = read_choice(form, "unit", units, needed=None)
    collecting = read_choice(form, "collecting", LEVELS, needed=COLLECTING_NEEDED)
    document = read_text(form, "document", needed=DOCUMENT_NEEDED)
    valid_from = read_day(form, "valid_from")
    valid_to = read_day(form, "valid_to", needed=False)
    if not form.sound or valid_from is None:
        return None
    return RuleText(
        item_id=item,
        ratios={level: form.value(f"ratio-{level}") for level in LEVELS},
        collecting=collecting,
        document=document,
        valid_from=valid_from,
        valid_to=valid_to,
        unit_code=unit or None,
    )
