"""A yearly amount as pages show it: its state in words, its lines with their reasons, what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from feeledger.assessment.charge_words import PAID_THROUGH
from feeledger.errors import Language, Text
from feeledger.money import Money
from feeledger.quotas.queries import QuotaRead, standing_of
from feeledger.quotas.quota import BAR_TEXTS, STATE_TEXTS, bar_of
from feeledger.quotas.sheet import SheetLine
from feeledger.quotas.tables import AnnualQuotaRow
from feeledger.web.owe_views import Shown, shown_line

STATES: Final[Mapping[str, Text]] = {str(state): text for state, text in STATE_TEXTS.items()}
STATE_TONES: Final[Mapping[str, str]] = {
    "draft": "warn",
    "audited": "note",
    "published": "good",
    "revised": "",
}
BARS: Final[Mapping[str, Text]] = {
    "clear": Text("没有疑问", "nothing open"),
    "open_lines": Text("有未定项目", "undetermined lines"),
    "nothing_stated": Text("未登记数据", "nothing stated"),
    "refused": Text("数据有误", "facts refused"),
}
YEARLY_QUANTITIES: Final = Text(
    "数量按已登记的全年数量，每一条只算一次；按月、按季收取的也是如此。",
    "Quantities are those on record for the year; each line counts once, also where it is paid by "
    "the month or quarter.",
)


@dataclass(frozen=True, slots=True)
class QuotaShown:
    """One version in a list: name of the state, its tone, the amount, why it is not clear."""

    row: AnnualQuotaRow
    state: Text
    tone: str
    total: Money
    bar: str

    @property
    def known(self) -> bool:
        """Say whether there is an amount to show at all: nothing known is never shown as zero."""
        return self.bar not in ("nothing_stated", "refused")

    @property
    def complete(self) -> bool:
        """Say whether the amount is whole, or only what could be worked out so far."""
        return not self.bar


@dataclass(frozen=True, slots=True)
class QuotaLineShown:
    """One line: the explanation, the amount that stands, how it is paid, the correction if any."""

    line: SheetLine
    shown: Shown
    through: Text

    @property
    def key(self) -> str:
        """The line's id, by which it is corrected."""
        return self.line.answer.line or ""


def shown_quota(row: AnnualQuotaRow) -> QuotaShown:
    """Give a version as it stands in a list."""
    return QuotaShown(
        row=row,
        state=STATES[row.state],
        tone=STATE_TONES[row.state],
        total=Money(row.total_fen),
        bar=bar_of(standing_of(row)) or "",
    )


def bar_text(row: AnnualQuotaRow) -> Text | None:
    """Say what bars a version from being audited, and what to do; None where nothing does."""
    bar = bar_of(standing_of(row))
    return None if bar is None else BAR_TEXTS[bar]


def shown_quota_lines(read: QuotaRead, language: Language) -> list[QuotaLineShown]:
    """Give the lines of a version: open ones first, then what is owed, then the rest."""
    lines = [
        QuotaLineShown(
            line=line,
            shown=shown_line(line.answer, read.catalog, language),
            through=PAID_THROUGH[line.item.collected_by],
        )
        for line in read.sheet.lines
    ]
    return sorted(lines, key=lambda each: (not each.line.open, not each.line.counted))


def facts_needed(lines: Sequence[QuotaLineShown]) -> list[tuple[Text, Text]]:
    """Name every fact that an open line lacks, once, with who supplies it."""
    return list(
        dict.fromkeys(need for each in lines if each.line.open for need in each.shown.missing)
    )
