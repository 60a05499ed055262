"""The states of a yearly amount, its corrections, and what bars it from being audited. Pure.

    draft ─audit→ audited ─publish→ published ─revise→ revised
    draft, audited ─revise→ revised      (a newer version stands in its place)

Whoever prepared a version neither corrects a line of it nor audits it. A version is audited only
where nothing is open: what is not known is never taken for zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from feeledger.errors import Conflict, FieldsRefused, Invalid, Missing, Text
from feeledger.money import Money

State = Literal["draft", "audited", "published", "revised"]
Event = Literal["audit", "publish", "revise", "correct"]
Bar = Literal["refused", "nothing_stated", "open_lines"]

MOVES: Final[Mapping[tuple[State, Event], State]] = {
    ("draft", "correct"): "draft",
    ("draft", "audit"): "audited",
    ("draft", "revise"): "revised",
    ("audited", "publish"): "published",
    ("audited", "revise"): "revised",
    ("published", "revise"): "revised",
}
PENDING: Final[tuple[State, ...]] = ("draft", "audited")
SETTLED: Final[tuple[State, ...]] = ("audited", "published")
STATES: Final[tuple[State, ...]] = ("draft", "audited", "published", "revised")
STATE_TEXTS: Final[Mapping[State, Text]] = {
    "draft": Text("未审核", "not yet audited"),
    "audited": Text("已审核，待公布", "audited, not yet published"),
    "published": Text("已公布", "published"),
    "revised": Text("已被新版替代", "replaced by a newer version"),
}
BAR_TEXTS: Final[Mapping[Bar, Text]] = {
    "refused": Text(
        "所登记的数据有误，无法测算；请先更正数据并重新测算。",
        "The facts on record are faulty, so nothing was worked out: correct them and run again.",
    ),
    "nothing_stated": Text(
        "尚未登记任何数据，不知应缴多少（不是零）；请先登记数据并重新测算。",
        "No fact is on record, so what is owed is unknown (not zero): enter facts and run again.",
    ),
    "open_lines": Text(
        "有项目尚不能确定；请补齐数据后重新测算，或由审核人凭文件更正。",
        "Some lines are undetermined: supply the facts and run again, or let the auditor correct "
        "them on the ground of a document.",
    ),
}


class QuotaMissing(Missing):
    """There is no such yearly amount."""

    code = "quota-missing"
    title = Text("没有这份年收费额度", "There is no such yearly amount")


class QuotaNotMovable(Conflict):
    """The state of a yearly amount does not allow the step."""

    code = "quota-not-movable"
    title = Text("当前状态不能办理", "The state of the yearly amount does not allow this")


class QuotaOpen(Conflict):
    """Something of the yearly amount is not known yet, so it cannot be audited."""

    code = "quota-open"
    title = Text("尚有未确定的内容", "Something is not determined yet")


class QuotaRunStale(Conflict):
    """Yearly amounts of the year already rest on a later run."""

    code = "quota-run-stale"
    title = Text("已有更新的测算", "A later run was drafted from already")


class QuotaLineUnknown(Missing):
    """The enterprise's answer has no line of this id that could be corrected."""

    code = "quota-line-unknown"
    title = Text("没有可更正的这一条", "There is no such line to correct")


class CorrectionRefused(Invalid):
    """A correction lies outside what the catalog allows."""

    code = "quota-correction-refused"
    title = Text("更正不合规定", "The correction is not allowed")


class PublicationRefused(FieldsRefused):
    """A publication lacks its medium, number, document or a sound day."""

    code = "quota-publication-refused"
    title = Text("公布信息有误", "The publication cannot be kept")


class PublicationDiffers(Conflict):
    """The medium and number are noted already, with another document or day."""

    code = "quota-publication-differs"
    title = Text("该期公布已登记且内容不同", "The publication is noted with other content")


class NothingToPublish(Conflict):
    """No yearly amount of the year is audited and waiting."""

    code = "nothing-to-publish"
    title = Text("没有待公布的额度", "Nothing is waiting to be published")


@dataclass(frozen=True, slots=True)
class Correction:
    """What an auditor sets in place of a line's amount: why, and on which document."""

    line: str
    amount: Money
    reason: str
    document: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction that stands: who set it when, and the amount before (None: there was none)."""

    correction: Correction
    before: Money | None
    by: str
    at: datetime

    @property
    def amount(self) -> Money:
        """The amount that stands."""
        return self.correction.amount


@dataclass(frozen=True, slots=True)
class Announcement:
    """Where yearly amounts are published: medium, number of the issue, document, day."""

    medium: str
    number: str
    document: str
    published_on: date


@dataclass(frozen=True, slots=True)
class Standing:
    """What a version is known to hold: facts stated, open lines, refused facts."""

    stated: int
    open_lines: int
    refused: bool


def quota_state_after(state: State, event: Event) -> State:
    """Give the state after an event. Raises QuotaNotMovable."""
    after = MOVES.get((state, event))
    if after is None:
        said = STATE_TEXTS[state]
        raise QuotaNotMovable(
            Text(
                f"这一版{said.zh}，不能再办理此步；请打开最新一版。",
                f"This version is {said.en}; open the latest version instead.",
            ),
            state=state,
        )
    return after


def bar_of(standing: Standing) -> Bar | None:
    """Say what bars a version from being audited; None where nothing does."""
    if standing.refused:
        return "refused"
    if standing.stated == 0:
        return "nothing_stated"
    return "open_lines" if standing.open_lines else None


def demand_clear(standing: Standing) -> None:
    """Let a version pass that may be audited. Raises QuotaOpen."""
    bar = bar_of(standing)
    if bar is not None:
        raise QuotaOpen(BAR_TEXTS[bar], bar=bar, open_lines=standing.open_lines)


def demand_announcement(told: Announcement, today: date) -> Announcement:
    """Give an announcement with its blanks taken off. Raises PublicationRefused, all faults at once."""
    bare = Announcement(
        told.medium.strip(), told.number.strip(), told.document.strip(), told.published_on
    )
    faults: list[tuple[str, Text]] = []
    for name, text in (
        ("medium", Text("请写明公布媒介", "name the medium")),
        ("number", Text("请写明期号或网址编号", "give the issue or number")),
        ("document", Text("请写明公布文件的文号", "give the document's number")),
    ):
        if not getattr(bare, name):
            faults.append((name, text))
    if bare.published_on > today:
        faults.append(
            (
                "published_on",
                Text(
                    f"公布日期 {bare.published_on} 在今天（{today}）之后",
                    f"the day {bare.published_on} lies after today ({today})",
                ),
            )
        )
    if faults:
        raise PublicationRefused(faults)
    return bare


def demand_grounds(correction: Correction) -> None:
    """Hold a correction to its reason and document. Raises CorrectionRefused."""
    if not correction.reason.strip() or not correction.document.strip():
        raise CorrectionRefused(
            Text(
                "更正须写明理由和所依据的文件。",
                "A correction needs a reason and the document it rests on.",
            ),
            line=correction.line,
        )
