"""The sheet of one yearly amount: every line that concerns the enterprise, and what is still open.

A line concerns an enterprise where a fact it reads was stated of it (what the register supplies of
everybody says nothing). It is open where it is undetermined, or one of several classes among which
nothing has chosen: neither counts, least of all as zero. A quantity on record is that of the year;
each line counts once (docs/decisions). Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from feeledger.assessment.outcomes import Answer, LineAnswer, Outcome
from feeledger.catalog.items import Catalog, FeeItem
from feeledger.catalog.nodes import INT64_MAX
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.notices.charges import BOUNDED
from feeledger.quotas.quota import (
    Corrected,
    Correction,
    CorrectionRefused,
    QuotaLineUnknown,
    demand_grounds,
)

REGISTER_FACTS: Final = frozenset({"enterprise_size", "payer_kind", "years_since_registration"})
COUNTED: Final[frozenset[Outcome]] = frozenset({"due", "reduced", "provisional"})
CHOOSABLE: Final[frozenset[str]] = COUNTED | BOUNDED | {"exempt", "undetermined"}
CORRECTABLE: Final[frozenset[str]] = CHOOSABLE | {"no_rate"}


@dataclass(frozen=True, slots=True)
class StoredFigure:
    """What the run kept of a line: the outcome and the amount (None: only bounds)."""

    outcome: str
    amount: Money | None


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line of a sheet: the answer replayed, the amount that stands, the correction if any.

    ``differs``: the register has changed since the run, and the replay comes to something else;
    the amount that stands is the run's. ``set_aside``: another of several classes was chosen.
    """

    answer: LineAnswer
    item: FeeItem
    stands: Money | None
    counted: bool
    open: bool
    differs: bool
    set_aside: bool
    corrected: Corrected | None

    @property
    def by_notice(self) -> bool:
        """Say whether the item is collected by notice."""
        return is_noticed(self.item)


@dataclass(frozen=True, slots=True)
class Sheet:
    """All lines of one version, in the order of the catalog, with their sums."""

    lines: tuple[SheetLine, ...]

    @property
    def total_fen(self) -> int:
        """What the counted lines come to, in fen."""
        return sum(each.stands.fen for each in self.lines if each.counted and each.stands)

    @property
    def notice_fen(self) -> int:
        """What of it is collected by notice, in fen."""
        own = (each for each in self.lines if each.counted and each.by_notice)
        return sum(each.stands.fen for each in own if each.stands)

    @property
    def open_lines(self) -> int:
        """How many lines are open."""
        return sum(each.open for each in self.lines)

    @property
    def differs(self) -> bool:
        """Say whether any line is replayed to another amount than the run kept."""
        return any(each.differs for each in self.lines)


def is_noticed(item: FeeItem) -> bool:
    """Say whether an item is collected by notice (services never are)."""
    return item.collected_by == "notice" and item.category != "operating_service"


def noticed_lines(catalog: Catalog) -> frozenset[str]:
    """Give the ids of all lines that are collected by notice."""
    items = (item for item in catalog.items.values() if is_noticed(item))
    return frozenset(line.id for item in items for line in item.lines)


def stated_names(names: Iterable[str]) -> frozenset[str]:
    """Take off the facts that the register supplies of everybody."""
    return frozenset(names) - REGISTER_FACTS


def sheet_of(
    answer: Answer,
    catalog: Catalog,
    *,
    stated: frozenset[str],
    stored: Mapping[str, StoredFigure],
    corrected: Mapping[str, Corrected],
) -> Sheet:
    """Put the sheet of a version together from the replay, the run's figures and corrections."""
    chosen = {
        each.item for each in answer.lines if each.alternative and (each.line or "") in corrected
    }
    lines = []
    for each in answer.lines:
        line = each.line or ""
        if line in corrected or line in stored or _concerns(each, stated):
            lines.append(
                _sheet_line(each, catalog, stored.get(line), corrected.get(line), chosen=chosen)
            )
    return Sheet(tuple(lines))


def demand_correctable(sheet: Sheet, correction: Correction) -> SheetLine:
    """Find the line that a correction is about, and hold the amount to what the catalog allows.

    Raises QuotaLineUnknown, CorrectionRefused.
    """
    demand_grounds(correction)
    for each in sheet.lines:
        if each.answer.line == correction.line and each.answer.outcome in CORRECTABLE:
            _demand_bounds(each, correction)
            return each
    raise QuotaLineUnknown(
        Text(
            f"这份额度没有可更正的“{correction.line[:80]}”；已停征、不适用的项目不得更正收取。",
            f"This yearly amount has no line {correction.line[:80]!r} to correct; what has ended "
            "or does not apply cannot be charged by a correction.",
        ),
        line=correction.line[:80],
    )


def _sheet_line(
    answer: LineAnswer,
    catalog: Catalog,
    stored: StoredFigure | None,
    corrected: Corrected | None,
    *,
    chosen: set[str],
) -> SheetLine:
    base = stored.amount if stored is not None else answer.amount
    outcome = stored.outcome if stored is not None else answer.outcome
    set_aside = answer.alternative and answer.item in chosen and corrected is None
    stands: Money | None
    if corrected is not None:
        counted, stands = True, corrected.amount
    else:
        counted = outcome in COUNTED and (stored is not None or not answer.alternative)
        stands = None if set_aside else base
    differs = stored is not None and (stored.outcome, stored.amount) != (
        answer.outcome,
        answer.amount,
    )
    return SheetLine(
        answer=answer,
        item=catalog.items[answer.item],
        stands=stands,
        counted=counted and not set_aside,
        open=corrected is None and stored is None and not set_aside and is_open(answer),
        differs=differs,
        set_aside=set_aside,
        corrected=corrected,
    )


def is_open(answer: LineAnswer) -> bool:
    """Say whether an answer leaves its line open."""
    if answer.alternative:
        return answer.outcome in CHOOSABLE
    beyond = answer.amount is not None and answer.amount.fen > INT64_MAX
    return answer.outcome == "undetermined" or beyond


def _concerns(answer: LineAnswer, stated: frozenset[str]) -> bool:
    line = answer.trace.line
    if line is None or answer.outcome in ("not_applicable", "ended"):
        return False
    return not line.facts.isdisjoint(stated)


def _demand_bounds(line: SheetLine, correction: Correction) -> None:
    """Hold the amount to the published bounds, where there are any."""
    low, high = line.answer.allowed_range or (None, None)
    if line.answer.outcome not in BOUNDED and line.answer.outcome != "undetermined":
        return
    amount = correction.amount
    if (low is not None and amount < low) or (high is not None and high < amount):
        raise CorrectionRefused(
            Text(
                f"{line.item.name.zh}：{amount} 元不在 {low or '—'} 至 {high or '—'} 元之内。",
                f"{line.item.name.en}: {amount} yuan lies outside {low or '—'} to {high or '—'}.",
            ),
            line=correction.line,
            amount=str(amount),
        )
