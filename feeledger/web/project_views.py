"""A project as pages show it: each region's part with its lines, its notices, what is still open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from feeledger.enterprises.queries import enterprise_of
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.errors import Language, Text
from feeledger.money import Money, total_of
from feeledger.notices.notice import PAID, UNPAID
from feeledger.notices.tables import NoticeRow
from feeledger.projects.project import KINDS, PartLine, part_lines, total_of_part
from feeledger.projects.queries import PartNotice, ProjectRead, notices_of_part
from feeledger.regions.queries import units_of
from feeledger.store import Store
from feeledger.web.lookup_views import NoticeShown, shown_notice
from feeledger.web.owe_views import Shown, shown_line
from feeledger.web.region_choices import name_of_region

KIND_NAMES = {str(kind): name for kind, name in KINDS.items()}


@dataclass(frozen=True, slots=True)
class ProjectLineShown:
    """One line of a part: how it comes about, which unit charges, the notice that carries it."""

    part: PartLine
    shown: Shown
    unit_name: str
    notice: NoticeRow | None

    @property
    def key(self) -> str:
        """The line's id."""
        return self.part.answer.line or ""


@dataclass(frozen=True, slots=True)
class PartShown:
    """What one region's units charge: lines, notices, sums."""

    region: str
    name: Text
    lines: list[ProjectLineShown]
    notices: list[NoticeShown]
    settled: Money
    noticed: Money
    paid: Money

    @property
    def waiting(self) -> list[ProjectLineShown]:
        """The lines that are settled, or wait for an amount, and stand on no notice."""
        return [each for each in self.lines if each.notice is None and each.part.standing != "open"]

    @property
    def to_decide(self) -> list[ProjectLineShown]:
        """The lines that wait for an officer's amount."""
        return [each for each in self.waiting if each.part.standing == "to_decide"]

    @property
    def open(self) -> list[ProjectLineShown]:
        """The lines that wait for facts or a class."""
        return [each for each in self.lines if each.notice is None and each.part.standing == "open"]

    @property
    def due(self) -> Money:
        """What is on notices and not paid yet."""
        return self.noticed - self.paid


@dataclass(frozen=True, slots=True)
class ProjectShown:
    """A project whole: the payer, every part, the sums over all of them."""

    read: ProjectRead
    payer: EnterpriseRow
    place: Text
    kind: Text
    parts: list[PartShown]

    @property
    def noticed(self) -> Money:
        """What stands on notices, in all regions."""
        return total_of(part.noticed for part in self.parts)

    @property
    def paid(self) -> Money:
        """What is paid, in all regions."""
        return total_of(part.paid for part in self.parts)

    @property
    def unsettled(self) -> int:
        """How many lines stand on no notice yet."""
        return sum(len(part.waiting) + len(part.open) for part in self.parts)

    @property
    def missing(self) -> list[tuple[Text, Text]]:
        """Name every fact that is missing, once, with who supplies it."""
        lines = (each for part in self.parts for each in part.open)
        return list(dict.fromkeys(need for each in lines for need in each.shown.missing))


def project_shown(store: Store, read: ProjectRead, today: date, language: Language) -> ProjectShown:
    """Put a project together, one read for each region."""
    with store.read() as session:
        payer = enterprise_of(session, read.row.uscc)
    parts = []
    for region in read.regions:
        with store.read() as session:
            parts.append(_part(session, read, region, today, language))
    return ProjectShown(
        read, payer, name_of_region(read.row.region, today), KIND_NAMES[read.row.kind], parts
    )


def _part(
    session: Session, read: ProjectRead, region: str, today: date, language: Language
) -> PartShown:
    notices = notices_of_part(session, region, read.row.region, read.row.id)
    names = {unit.unit_code: unit.name for unit in units_of(session, region, today)}
    lines = part_lines(read.answer, read.items, region)
    place = name_of_region(region, today)
    standing = [each.row for each in notices if each.covers]
    return PartShown(
        region=region,
        name=place,
        lines=[_line(each, read, notices, names, language) for each in lines],
        notices=[shown_notice(each.row, place) for each in notices],
        settled=total_of_part(lines),
        noticed=_sum(row for row in standing if row.status in PAID | UNPAID),
        paid=_sum(row for row in standing if row.status in PAID),
    )


def _line(
    line: PartLine,
    read: ProjectRead,
    notices: tuple[PartNotice, ...],
    names: dict[str, str],
    language: Language,
) -> ProjectLineShown:
    carrying = (
        each.row
        for each in notices
        if each.covers and any(kept.line_id == line.answer.line for kept in each.lines)
    )
    return ProjectLineShown(
        part=line,
        shown=shown_line(line.answer, read.catalog, language),
        unit_name=names.get(line.item.unit_code, line.item.unit_code),
        notice=next(carrying, None),
    )


def _sum(rows: Iterable[NoticeRow]) -> Money:
    return total_of(Money(row.amount_fen) for row in rows)
