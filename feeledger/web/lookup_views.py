"""What an enterprise sees of itself: its notices, its year item by item, the facts that are known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from feeledger.assessment.charge_words import PAID_THROUGH
from feeledger.assessment.intake import exact_number
from feeledger.assessment.outcomes import Answer, LineAnswer
from feeledger.assessment.wording import value_words
from feeledger.catalog.items import Catalog, Fact
from feeledger.enterprises.facts import HeldFact
from feeledger.errors import Language, Text
from feeledger.money import Money
from feeledger.notices.notice import PAID, STATUS_LABELS, UNPAID
from feeledger.notices.relief_queries import amount_due
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.web.owe_views import Shown, shown_line

STATUS_TONES = {
    **dict.fromkeys(UNPAID, "warn"),
    **dict.fromkeys(PAID, "good"),
    "voided": "bad",
    "waived": "good",
}
FACT_SOURCES = {
    "enterprise": Text("企业填报", "the enterprise"),
    "declared": Text("企业填报", "the enterprise"),
    "department": Text("执收单位提供", "the department"),
    "unit": Text("执收单位提供", "the department"),
    "bureau": Text("财政部门录入", "the finance bureau"),
    "register": Text("登记信息", "the register"),
    "decision": Text("财政部门裁定", "the bureau's decision"),
}


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """A notice in a list."""

    row: NoticeRow
    region: Text
    amount: Money
    status: Text
    tone: str

    @property
    def unpaid(self) -> bool:
        """Say whether money is still owed on it."""
        return self.row.status in UNPAID


@dataclass(slots=True)
class YearRow:
    """One item in the year's overview: what was noticed and paid, what the known facts come to.

    ``worked`` is empty where no fact of the item is known: then nothing is said, least of all zero.
    """

    item: str
    name: Text
    through: Text
    by_notice: bool
    noticed: Money | None = None
    paid: Money | None = None
    worked: list[Shown] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FactShown:
    """A fact that is known of the enterprise."""

    region: Text
    label: Text
    value: str
    since: date
    source: Text
    document: str


def shown_notice(row: NoticeRow, region: Text) -> NoticeShown:
    """Give a notice as it stands in a list."""
    return NoticeShown(
        row=row,
        region=region,
        amount=amount_due(row),
        status=STATUS_LABELS[row.status],
        tone=STATUS_TONES.get(row.status, ""),
    )


def year_rows(
    catalog: Catalog,
    notices: Iterable[tuple[NoticeRow, Sequence[tuple[NoticeLineRow, Money]]]],
    answers: Iterable[tuple[Answer, Mapping[str, HeldFact]]],
    language: Language,
) -> list[YearRow]:
    """Put a year together, item by item in the order of the catalog.

    ``notices`` are those of the year, each line with what it asks after reliefs; ``answers`` what the facts known in each region come to.
    """
    rows: dict[str, YearRow] = {}
    for notice, lines in notices:
        for line, amount in lines:
            _add_notice(_row_of(rows, line.item_id, catalog, line.item_name), notice, amount)
    for answer, held in answers:
        for each in answer.lines:
            if _is_about(each, held):
                row = _row_of(rows, each.item, catalog, each.item)
                row.worked.append(shown_line(each, catalog, language))
    order = {item: place for place, item in enumerate(catalog.items)}
    return sorted(rows.values(), key=lambda row: order.get(row.item, len(order)))


def shown_fact(held: HeldFact, region: Text, catalog: Catalog, language: Language) -> FactShown:
    """Give a fact with its label, value and unit; one that the catalog forgot is named by its code."""
    fact = catalog.facts.get(held.name)
    label = fact.label if fact is not None else Text(held.name, held.name)
    value = str(held.value) if fact is None else value_shown(fact, held.value, language)
    source = FACT_SOURCES.get(held.source, Text(held.source, held.source))
    return FactShown(region, label, value, held.valid_from, source, held.document)


def value_shown(fact: Fact, value: Any, language: Language) -> str:
    """Write a value with its unit; a number may have been kept as a number or as its text."""
    if isinstance(value, bool):
        return value_words(fact, value, language)
    number = exact_number(value) if fact.type != "enum" else None
    if number is not None:
        return value_words(fact, Fraction(number), language)
    return value_words(fact, str(value), language)


def _add_notice(row: YearRow, notice: NoticeRow, amount: Money) -> None:
    if notice.status in ("voided", "draft"):
        return
    row.noticed = amount if row.noticed is None else row.noticed + amount
    if notice.status in PAID and notice.status != "refunded":
        row.paid = amount if row.paid is None else row.paid + amount


def _is_about(answer: LineAnswer, held: Mapping[str, HeldFact]) -> bool:
    """Say whether an answer rests on a fact that was stated of this enterprise."""
    line = answer.trace.line
    if line is None or answer.outcome == "not_applicable":
        return False
    return not line.facts.isdisjoint(held)


def _row_of(rows: dict[str, YearRow], item_id: str, catalog: Catalog, name: str) -> YearRow:
    item = catalog.items.get(item_id)
    if item_id not in rows:
        rows[item_id] = YearRow(
            item=item_id,
            name=item.name if item is not None else Text(name, name),
            through=PAID_THROUGH[item.collected_by if item is not None else "notice"],
            by_notice=item is None or item.collected_by == "notice",
        )
    return rows[item_id]
