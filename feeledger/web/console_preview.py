"""What a notice would say before it is issued: the lines, their amounts with reasons, what bars them.

Facts come from the register; what the officer adds or changes stands over what was declared before,
never over what the register itself knows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import Answer, FactsRefused, LineAnswer, Request
from feeledger.catalog.items import Catalog
from feeledger.catalog.plan import Plan, plan_of
from feeledger.enterprises.facts import FactValue
from feeledger.enterprises.queries import assessment_facts
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.errors import FeeLedgerError, Text
from feeledger.money import Money, total_of
from feeledger.notices.charges import (
    BOUNDED,
    Charge,
    DecidedAmount,
    ItemNotChargeable,
    amount_of_charge,
    demand_chargeable,
)
from feeledger.regions.queries import items_of_unit, units_of
from feeledger.web.forms import Form, read_amount, read_text, refuse_fact
from feeledger.web.language import page_language
from feeledger.web.owe_pages import facts_of_form
from feeledger.web.owe_views import FIELD_PREFIX, Questions, Shown, questions_of, shown_line

DESK: Final = "bureau"
REGISTER: Final = "register"
DOCUMENT_NEEDED: Final = Text(
    "请写明金额所依据的文件。", "Name the document that the amount rests on."
)


@dataclass(frozen=True, slots=True)
class Pick:
    """A fee that was chosen, and the unit that would charge it."""

    unit_code: str
    item_id: str


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One line that a notice could have; ``refusal`` says why it cannot stand there.

    ``bounded``: an officer sets the amount within published bounds, on the basis of a document.
    """

    key: str
    unit_name: str
    charge: Charge
    shown: Shown
    bounded: bool
    refusal: Text | None
    wire: str


@dataclass(frozen=True, slots=True)
class Preview:
    """All that is known before a notice is issued."""

    payer: EnterpriseRow
    on: date
    catalog: Catalog
    picks: tuple[Pick, ...]
    questions: Sequence[Questions]
    rows: Sequence[PreviewRow]
    refused: bool

    @property
    def ready(self) -> list[PreviewRow]:
        """The lines that can be issued."""
        return [row for row in self.rows if row.refusal is None]

    @property
    def barred(self) -> list[PreviewRow]:
        """The lines that cannot be issued as they stand."""
        return [row for row in self.rows if row.refusal is not None]

    @property
    def alternatives(self) -> bool:
        """Say whether a class of the same thing is still to be chosen."""
        return any(row.shown.answer.alternative for row in self.rows)

    @property
    def total(self) -> Money:
        """What the lines come to that can be issued as they are."""
        amounts = (row.shown.answer.amount for row in self.ready)
        return total_of(amount for amount in amounts if amount is not None)


def preview_of(
    session: Session,
    form: Form,
    *,
    catalog: Catalog,
    region: str,
    payer: EnterpriseRow,
    on: date,
    picks: tuple[Pick, ...],
) -> Preview:
    """Work out what the picked fees come to; facts that are refused are noted in the form."""
    plan = plan_of(catalog)
    asked = _request(session, form, plan, region=region, payer=payer, on=on, picks=picks)
    questions = [] if not asked.items else _open_questions(plan, asked)
    answer = _answer(plan, asked, form) if asked.items else None
    rows = [] if answer is None else _rows(session, answer, picks, catalog, region)
    return Preview(payer, on, catalog, picks, questions, rows, bool(asked.items) and answer is None)


def charges_chosen(preview: Preview, form: Form) -> list[Charge]:
    """Give the ticked lines, with the amounts that the officer set where bounds are published."""
    ticked = set(form.values("line"))
    return [_charge_of(row, form) for row in preview.rows if row.key in ticked]


def _charge_of(row: PreviewRow, form: Form) -> Charge:
    if not row.bounded:
        return row.charge
    amount = read_amount(form, f"amount-{row.key}")
    document = read_text(form, f"document-{row.key}", needed=DOCUMENT_NEEDED)
    reason = read_text(form, f"why-{row.key}", needed=None)
    if amount is None:
        return row.charge
    decided = DecidedAmount(amount, document, reason)
    return Charge(row.charge.unit_code, row.charge.answer, decided)


def _request(
    session: Session,
    form: Form,
    plan: Plan,
    *,
    region: str,
    payer: EnterpriseRow,
    on: date,
    picks: tuple[Pick, ...],
) -> Request:
    """Put facts together: the register's, then the officer's, then what was declared before."""
    catalog = plan.catalog
    known, sources = assessment_facts(session, region, payer, on)
    facts: dict[str, object] = {name: v for name, v in known.items() if name in catalog.facts}
    from_where = {name: sources[name] for name in facts}
    _fill_fields(form, known)
    for name, value in facts_of_form(form, catalog).items():
        if from_where.get(name) == REGISTER or _same(facts.get(name), value):
            continue
        facts[name], from_where[name] = value, DESK
    items = tuple(item for item in catalog.items if any(pick.item_id == item for pick in picks))
    lines = tuple(line for line in form.values("class") if line in plan.lines)
    return Request(
        ref=None, on=on, region=region, items=items, lines=lines, facts=facts, sources=from_where
    )


def _fill_fields(form: Form, known: Mapping[str, FactValue]) -> None:
    """Let what is known stand in the fields, unless the officer has written there."""
    if form.value("seen") == "yes":
        return
    form.written = form.written.copy()
    for name, value in known.items():
        form.written.setdefault(FIELD_PREFIX + name, _written(value))


def _same(known: object, written: object) -> bool:
    return known is not None and (known == written or _written(known) == str(written))


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format(value, "f") if hasattr(value, "is_finite") else str(value)


def _open_questions(plan: Plan, asked: Request) -> list[Questions]:
    """List the facts to ask for; what the register supplies is not asked."""
    groups = []
    for group in questions_of(plan, asked):
        own = tuple(ask for ask in group.asked if asked.sources.get(ask.fact.name) != REGISTER)
        if own:
            groups.append(Questions(group.item, group.name, own))
    return groups


def _answer(plan: Plan, asked: Request, form: Form) -> Answer | None:
    try:
        return assess(plan, asked)
    except FactsRefused as refused:
        for fault in refused.errors:
            refuse_fact(form, FIELD_PREFIX + fault.field, fault)
        return None


def _rows(
    session: Session, answer: Answer, picks: tuple[Pick, ...], catalog: Catalog, region: str
) -> list[PreviewRow]:
    """Give every line of every pick that applies, held against its own unit (16003)."""
    names = {unit.unit_code: unit.name for unit in units_of(session, region, answer.on)}
    rows = []
    for pick in picks:
        allowed = items_of_unit(session, region, pick.unit_code, answer.on)
        own = [line for line in answer.lines if line.item == pick.item_id]
        for number, line in enumerate(own):
            if line.outcome != "not_applicable":
                name = names.get(pick.unit_code, pick.unit_code)
                rows.append(_row(pick, name, line, number, allowed=allowed, catalog=catalog))
    return rows


def _row(
    pick: Pick,
    unit_name: str,
    line: LineAnswer,
    number: int,
    *,
    allowed: frozenset[str],
    catalog: Catalog,
) -> PreviewRow:
    charge = Charge(pick.unit_code, line)
    bounded = line.outcome in BOUNDED or line.reason == "not_established"
    refusal = _refusal(charge, allowed, bounded=bounded)
    return PreviewRow(
        key=f"{pick.unit_code}.{line.line or f'{line.item}.{number}'}",
        unit_name=unit_name,
        charge=charge,
        shown=shown_line(line, catalog, page_language()),
        bounded=bounded,
        refusal=None if refusal is None else refusal.detail,
        wire=ItemNotChargeable.wire if isinstance(refusal, ItemNotChargeable) else "",
    )


def _refusal(charge: Charge, allowed: frozenset[str], *, bounded: bool) -> FeeLedgerError | None:
    """Say what the rules hold against a line, before anything is issued."""
    try:
        demand_chargeable(charge, allowed)
        if not bounded:
            amount_of_charge(charge)
    except FeeLedgerError as refused:
        return refused
    return None
