"""A project as a whole: its items and who charges each, what is settled, what is still open. Pure.

All items are answered in one computation, so that a relief is applied once. What comes of it is
parted by the region of the unit that charges: each part goes on one notice with one pay code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from feeledger.assessment.outcomes import Answer, LineAnswer
from feeledger.catalog.items import Catalog, stem_of_region
from feeledger.enterprises.facts import FactValue
from feeledger.errors import Conflict, FieldsRefused, Missing, Text
from feeledger.money import Money, total_of
from feeledger.notices.charges import BOUNDED, Charge, DecidedAmount
from feeledger.notices.notice import PAID, UNPAID

Kind = Literal["building", "act"]
Standing = Literal["settled", "to_decide", "open"]

KINDS: Final[Mapping[Kind, Text]] = {
    "building": Text("建设项目", "building project"),
    "act": Text("单项许可、登记", "single permit or registration"),
}
COVERING: Final = PAID | UNPAID | {"waived", "refunded"}


class ProjectMissing(Missing):
    """There is no such project."""

    code = "project-missing"
    title = Text("没有这个项目", "There is no such project")


class ProjectKnown(Conflict):
    """The number is taken by a project with other content."""

    code = "project-known"
    title = Text("项目编号已登记且内容不同", "The project's number is taken")


class ProjectRefused(FieldsRefused):
    """A project cannot be kept as it was told."""

    code = "project-refused"
    title = Text("项目信息有误", "The project cannot be kept")


class ProjectOpen(Conflict):
    """Lines of the region's part are not settled yet."""

    code = "project-open"
    title = Text("项目尚有未定的收费", "Charges of the project are not settled yet")


class NotChargedHere(Conflict):
    """No unit of the region charges anything of the project."""

    code = "project-not-charged-here"
    title = Text("本区划没有该项目的收费", "The region charges nothing of the project")


@dataclass(frozen=True, slots=True)
class ProjectItem:
    """One item of a project, and the unit that charges it: of the region, or of one above."""

    item_id: str
    unit_region: str
    unit_code: str


@dataclass(frozen=True, slots=True)
class ProjectTold:
    """What is told of a project: number, name, payer, the day the duties arose, its items."""

    number: str
    name: str
    kind: Kind
    uscc: str
    arose_on: date
    items: tuple[ProjectItem, ...]
    act: int | None = None


@dataclass(frozen=True, slots=True)
class Quantities:
    """What a computation rests on: facts of the project, and lines chosen among classes."""

    facts: Mapping[str, FactValue]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartLine:
    """One line of a region's part: who charges it, and whether a notice can carry it."""

    item: ProjectItem
    answer: LineAnswer
    standing: Standing


def demand_project(told: ProjectTold, region: str, catalog: Catalog, today: date) -> None:
    """Hold a project together. Raises ProjectRefused with all faults at once."""
    faults: list[tuple[str, Text]] = []
    if not told.number.strip():
        faults.append(("number", Text("请填写项目编号", "give the project's number")))
    if not told.name.strip():
        faults.append(("name", Text("请填写项目名称", "give the project's name")))
    if told.arose_on > today:
        faults.append(
            (
                "arose_on",
                Text(
                    f"义务发生日 {told.arose_on} 在今天（{today}）之后",
                    f"the day {told.arose_on} lies after today ({today})",
                ),
            )
        )
    if not told.items:
        faults.append(("item", Text("请至少选择一个收费项目", "choose at least one fee")))
    for each in told.items:
        faults += [("item", fault) for fault in _faults_of_item(each, region, catalog)]
    if len({each.item_id for each in told.items}) < len(told.items):
        faults.append(
            ("item", Text("同一项目只能由一个单位收取", "a fee is charged by one unit only"))
        )
    if faults:
        raise ProjectRefused(faults)


def part_lines(answer: Answer, items: Sequence[ProjectItem], region: str) -> list[PartLine]:
    """Give the lines that a region's units charge; what does not apply is left out.

    Of an item of which something was stated, the lines that read none of it do not concern the
    project; an item of which nothing was stated is open in all its lines.
    """
    by_item = {each.item_id: each for each in items if each.unit_region == region}
    applying = [
        line
        for line in answer.lines
        if line.item in by_item and line.outcome not in ("not_applicable", "ended")
    ]
    concerned = {line.item for line in applying if _is_concerned(line)}
    return [
        PartLine(by_item[line.item], line, standing_of_line(line))
        for line in applying
        if line.item not in concerned or _is_concerned(line)
    ]


def standing_of_line(line: LineAnswer) -> Standing:
    """Say whether a line is settled, waits for an officer's amount, or for facts."""
    if line.alternative or line.line is None or line.outcome == "undetermined":
        return "open"
    if line.outcome in BOUNDED or line.reason == "not_established":
        return "to_decide"
    return "open" if line.outcome == "no_rate" else "settled"


def charges_of_part(
    lines: Sequence[PartLine],
    covered: frozenset[str],
    decided: Mapping[str, DecidedAmount],
    *,
    settled_only: bool,
) -> tuple[Charge, ...]:
    """Give what goes on the part's next notice: the lines that no standing notice carries.

    Lines that are not settled are left out only where that was said. Raises ProjectOpen.
    """
    charges, waiting = [], []
    for each in lines:
        line = each.answer.line or ""
        if line in covered:
            continue
        if each.standing == "settled" or (each.standing == "to_decide" and line in decided):
            charges.append(Charge(each.item.unit_code, each.answer, decided.get(line)))
        else:
            waiting.append(each)
    if waiting and not settled_only:
        raise ProjectOpen(_waiting_text(waiting), lines=len(waiting))
    return tuple(charges)


def total_of_part(lines: Sequence[PartLine]) -> Money:
    """Add up what is settled of a part."""
    amounts = (each.answer.amount for each in lines if each.standing == "settled")
    return total_of(amount for amount in amounts if amount is not None)


def _is_concerned(line: LineAnswer) -> bool:
    """Say whether a line reads a fact that was stated of the project."""
    if line.trace.line is None:
        return False
    stated = line.trace.request.facts.keys() - line.trace.request.sources.keys()
    return not line.trace.line.facts.isdisjoint(stated)


def _faults_of_item(item: ProjectItem, region: str, catalog: Catalog) -> list[Text]:
    if item.item_id not in catalog.items:
        return [
            Text(
                f"目录中没有项目 {item.item_id[:60]}", f"the catalog has no fee {item.item_id[:60]}"
            )
        ]
    if not region.startswith(stem_of_region(item.unit_region)):
        return [
            Text(
                f"{item.unit_region[:12]} 不是 {region} 或其上级区划",
                f"{item.unit_region[:12]} is neither {region} nor above it",
            )
        ]
    return []


def _waiting_text(waiting: Sequence[PartLine]) -> Text:
    names = [each.answer.trace.plan.catalog.items[each.answer.item].name for each in waiting]
    zh = "、".join(dict.fromkeys(name.zh for name in names))
    en = ", ".join(dict.fromkeys(name.en for name in names))
    return Text(
        f"尚未确定：{zh}。请补齐情况、选定类别或确定金额；也可先开已确定的部分。",
        f"Not settled: {en}. Supply facts, choose a class or set the amount; or issue what is "
        "settled first.",
    )
