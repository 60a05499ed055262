"""Reliefs of issued notices: the kinds, the states, and what one does to the lines (R-M4).

applied ─approve→ approved;  applied ─refuse→ refused;  applied ─withdraw→ withdrawn

One application of a notice is open at a time, so nothing moves between what was asked for and what
is approved. A paid notice is refunded, not relieved; a void one is not owed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from feeledger.errors import Conflict, FieldsRefused, Missing, Text
from feeledger.money import Money, round_half_up, total_of
from feeledger.notices.notice import UNPAID
from feeledger.notices.reliefs import WHOLE, LineRelief
from feeledger.periods import valid_until

Kind = Literal["waive", "reduce", "defer", "late"]
State = Literal["applied", "approved", "refused", "withdrawn"]
KINDS: Final[Mapping[str, Text]] = {
    "waive": Text("免缴", "waiver"),
    "reduce": Text("减缴", "reduction"),
    "defer": Text("缓缴", "deferral"),
    "late": Text("减免滞纳金", "late fee waived or reduced"),
}
STATES: Final[Mapping[str, Text]] = {
    "applied": Text("待审批", "to be decided"),
    "approved": Text("已批准", "approved"),
    "refused": Text("未批准", "refused"),
    "withdrawn": Text("已撤回", "withdrawn"),
}
DEFER_YEARS_MAX: Final = 3  # our own bound against a slip of the pen; no document sets one
DOCUMENT_MAX: Final = 100
REASON_MAX: Final = 2000


class ReliefMissing(Missing):
    """There is no such relief in the region."""

    code = "relief-missing"
    title = Text("没有这项减免缓", "There is no such relief")


class ReliefRefused(FieldsRefused):
    """What was asked for is incomplete or contradicts itself; every fault with its field."""

    code = "relief-refused"
    title = Text("减免缓申请有误", "The relief cannot be applied for like this")


class NoticeNotRelievable(Conflict):
    """The notice is paid, void or settled, or another application of it is open."""

    code = "notice-not-relievable"
    title = Text("该通知书不能办理减免缓", "The notice cannot be relieved")


class ReliefImpossible(Conflict):
    """There is nothing to take off, or more would be taken off than is owed (R-M4: never below 0)."""

    code = "relief-impossible"
    title = Text("减免缓无法执行", "The relief has nothing to act on")


class ReliefNotMovable(Conflict):
    """The application was decided or withdrawn already."""

    code = "relief-not-movable"
    title = Text("该项减免缓当前状态不允许此操作", "The relief's state does not allow this")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked for. ``line_no`` None: every line; ``bp`` in hundredths of a per cent."""

    kind: str
    line_no: int | None = None
    amount: Money | None = None
    bp: int | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """The document that grants the relief: its number or name, its day, who issued it; and why."""

    document: str
    issued_on: date | None
    issuer: str
    reason: str


@dataclass(frozen=True, slots=True)
class LineNow:
    """A line as the reliefs approved so far have left it."""

    line_no: int
    amount: Money
    has_late_rule: bool
    late_bp: int = 0


def check_terms(terms: Terms, ground: Ground, *, due_on: date, today: date) -> None:
    """Check all that needs no lines. Raises ReliefRefused with every fault."""
    faults = [*_ground_faults(ground, today), *_terms_faults(terms, due_on, today)]
    if faults:
        raise ReliefRefused(faults)


def demand_relievable(status: str) -> None:
    """Let an unpaid notice pass: never below what is paid. Raises NoticeNotRelievable."""
    if status in UNPAID:
        return
    raise NoticeNotRelievable(
        Text(
            "只有未缴的通知书可以减免缓；已缴的请办退付，已作废、已免缴的无须办理。",
            "Only an unpaid notice is relieved; a paid one is refunded, a void or waived one owes "
            "nothing.",
        ),
        status=status,
    )


def effect_of(
    terms: Terms, lines: Sequence[LineNow], *, seq: int, due_on: date | None
) -> tuple[LineRelief, ...]:
    """Work out what a relief does to each line (R-M2: once rounded, half up, per line).

    Raises ReliefImpossible.
    """
    aimed = [line for line in lines if terms.line_no in (None, line.line_no)]
    if not aimed:
        raise _impossible(f"通知书没有第 {terms.line_no} 行。", f"It has no line {terms.line_no}.")
    if terms.kind == "defer":
        return tuple(LineRelief(seq, line.line_no, due_was=due_on) for line in lines)
    if terms.kind == "late":
        return _late_effect(terms, aimed, seq)
    taken = [LineRelief(seq, line.line_no, fen=_taken(terms, line, aimed).fen) for line in aimed]
    effect = tuple(one for one in taken if one.fen)
    if not effect:
        raise _impossible("没有可减免的金额。", "There is no amount to take off.")
    return effect


def days_after(terms: Terms, *, due_on: date, valid: date) -> tuple[date, date]:
    """Give due day and last day after a relief: a deferral moves both (R-T4)."""
    if terms.kind != "defer" or terms.due_on is None:
        return due_on, valid
    return terms.due_on, max(valid, valid_until(terms.due_on))


def amount_after(lines: Sequence[LineNow], effect: Sequence[LineRelief]) -> Money:
    """Give what a notice asks after a relief, late fees apart."""
    return total_of(line.amount for line in lines) - Money(sum(one.fen for one in effect))


def percent_text(bp: int) -> str:
    """Write hundredths of a per cent.

    >>> percent_text(5000), percent_text(1234), percent_text(50)
    ('50%', '12.34%', '0.5%')
    """
    whole, part = divmod(bp, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".") + "%" if part else f"{whole}%"


def terms_text(terms: Terms) -> Text:
    """Say what a relief is, in one sentence without its line."""
    if terms.kind == "defer":
        return Text(f"缓缴至 {terms.due_on}", f"deferred until {terms.due_on}")
    if terms.kind == "late":
        share = percent_text(terms.bp or 0)
        return Text(f"滞纳金减免 {share}", f"{share} of the late fee waived")
    if terms.kind == "waive":
        return Text("免缴", "waived")
    if terms.amount is not None:
        return Text(f"减缴 {terms.amount} 元", f"reduced by CNY {terms.amount}")
    share = percent_text(terms.bp or 0)
    return Text(f"减缴 {share}", f"reduced by {share}")


def _taken(terms: Terms, line: LineNow, aimed: Sequence[LineNow]) -> Money:
    """Give what is taken off a line."""
    if terms.kind == "waive":
        return line.amount
    if terms.bp is not None:
        left = round_half_up(line.amount.fen * (WHOLE - terms.bp), WHOLE)
        return Money(line.amount.fen - left)
    if len(aimed) > 1:
        raise _impossible(
            "按金额减缴须指明一行。", "A reduction by an amount names the line it is for."
        )
    amount = terms.amount or Money(0)
    if amount >= line.amount:
        raise _impossible(
            f"该行应缴 {line.amount} 元，减 {amount} 元后没有余额；全部免除请选“免缴”。",
            f"The line asks {line.amount}; taking {amount} off leaves nothing. Choose a waiver.",
        )
    return amount


def _late_effect(terms: Terms, aimed: Sequence[LineNow], seq: int) -> tuple[LineRelief, ...]:
    lines = [line for line in aimed if line.has_late_rule and line.late_bp < WHOLE]
    if not lines:
        raise _impossible(
            "所选各行没有滞纳金规定，或滞纳金已全部减免。",
            "No line chosen has a late-fee rule, or the late fee is waived already.",
        )
    bp = terms.bp or 0
    if any(line.late_bp + bp > WHOLE for line in lines):
        raise _impossible(
            "与以前批准的合计超过滞纳金的 100%。",
            "With what was approved before, more than 100% of the late fee would be taken off.",
        )
    return tuple(LineRelief(seq, line.line_no, late_bp=bp) for line in lines)


def _impossible(zh: str, en: str) -> ReliefImpossible:
    return ReliefImpossible(Text(zh, en))


def _ground_faults(ground: Ground, today: date) -> list[tuple[str, Text]]:
    faults = []
    if not ground.document:
        faults.append(("document", Text("请填写批准文件的文号或名称", "name the document")))
    if not ground.issuer:
        faults.append(("issuer", Text("请填写批准机关", "name who issued it")))
    if not ground.reason:
        faults.append(("reason", Text("请写明理由", "state the reason")))
    if ground.issued_on is None:
        faults.append(("document_on", Text("请填写文件日期", "enter the document's date")))
    elif ground.issued_on > today:
        faults.append(
            (
                "document_on",
                Text(
                    f"文件日期不能晚于今天 {today}",
                    f"the document cannot be later than today, {today}",
                ),
            )
        )
    return faults


def _terms_faults(terms: Terms, due_on: date, today: date) -> list[tuple[str, Text]]:
    if terms.kind not in get_args(Kind):
        return [("kind", Text("请选择免缴、减缴、缓缴或减免滞纳金", "choose the kind of relief"))]
    if terms.kind == "defer":
        return _deferral_faults(terms, due_on, today)
    if terms.kind == "reduce":
        return _reduction_faults(terms)
    if terms.kind == "late" and not 0 < (terms.bp or 0) <= WHOLE:
        return [
            (
                "percent",
                Text("滞纳金减免百分比须大于 0、不超过 100", "above 0 and at most 100 per cent"),
            )
        ]
    return []


def _reduction_faults(terms: Terms) -> list[tuple[str, Text]]:
    if (terms.amount is None) == (terms.bp is None):
        return [("amount", Text("减缴请填写金额或百分比之一", "enter an amount or a percentage"))]
    if terms.bp is not None and not 0 < terms.bp < WHOLE:
        return [("percent", Text("百分比须大于 0、小于 100", "between 0 and 100, both excluded"))]
    if terms.amount is not None and not terms.amount:
        return [("amount", Text("金额须大于零", "the amount must be above zero"))]
    return []


def _deferral_faults(terms: Terms, due_on: date, today: date) -> list[tuple[str, Text]]:
    if terms.due_on is None:
        return [("due_on", Text("请填写缓缴到哪一天", "enter the new due date"))]
    if terms.line_no is not None:
        return [("line_no", Text("缓缴对整张通知书", "a deferral is for the whole notice"))]
    if terms.due_on <= max(due_on, today):
        return [
            (
                "due_on",
                Text(
                    f"新的截止日须晚于原截止日 {due_on} 和今天 {today}",
                    f"the new due date must be after the old one, {due_on}, and today, {today}",
                ),
            )
        ]
    if terms.due_on.year > today.year + DEFER_YEARS_MAX:
        return [
            (
                "due_on",
                Text(
                    f"缓缴不得超过 {DEFER_YEARS_MAX} 年，请核对日期",
                    f"more than {DEFER_YEARS_MAX} years ahead: check the date",
                ),
            )
        ]
    return []
