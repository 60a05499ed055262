"""An application for a refund as it is written, and all that is asked of it at once.

What is asked back of a line goes first against its late fee, then against its charge: so a notice
whose charges were all refunded was refunded as a whole. Money goes back to the account that paid. Any
other needs evidence and two approvers (R-F3): also where the bank told no account, or the money of a
claim came from several, because nobody can know then that the account named is the one that paid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, get_args

from feeledger.errors import Conflict, FieldsRefused, Text
from feeledger.files import Upload
from feeledger.money import Money
from feeledger.refunds.refund import AccountKind, AppliedAs, Ground
from feeledger.sharing.paid import PaidLine

LENGTHS: Final[Mapping[str, tuple[int, int]]] = {
    "reason": (2, 2000),
    "to_name": (0, 200),
    "to_account": (0, 64),
    "to_bank": (0, 200),
    "evidence": (0, 2000),
}
FIELD_TEXTS: Final[Mapping[str, Text]] = {
    "reason": Text("理由", "the reason"),
    "to_name": Text("收款人", "the payee"),
    "to_account": Text("收款账号", "the account"),
    "to_bank": Text("开户银行", "the payee's bank"),
    "evidence": Text("证明材料", "the evidence"),
}
EVIDENCE_LEAST: Final = 4


class RefundRefused(FieldsRefused):
    """An application cannot be taken as it was written; ``errors`` pairs each field with its fault."""

    code = "refund-refused"
    title = Text("退付申请填写有误", "The application for a refund cannot be taken")


class RefundExceedsPayment(Conflict):
    """More is asked back than was paid and is not promised back already (R-F1)."""

    code = "refund-exceeds-payment"
    title = Text("退付超过可退金额", "More is asked back than can be")


@dataclass(frozen=True, slots=True)
class Application:
    """What is asked: by whom, on what ground, of which lines how much, to which account.

    ``amounts`` by line number. ``to_account`` "": the account that paid. ``found_on`` stands only
    where the unit found it itself. ``files`` are the evidence itself; ``files_later``: nobody is there
    who has it (a re-assessment applies), so it is attached before the approval.
    ``late`` says how much of each line's amount is of its late fee
    where that was worked out; else the late fee goes back first.
    """

    applied_as: AppliedAs
    ground: Ground
    reason: str
    amounts: Mapping[int, Money]
    found_on: date | None = None
    to_account: str = ""
    to_name: str = ""
    to_bank: str = ""
    evidence: str = ""
    files: tuple[Upload, ...] = ()
    files_later: bool = False
    late: Mapping[int, Money] | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What is promised back or was paid back of a line: of its charge and of its late fee."""

    amount: Money = field(default=Money(0))
    late: Money = field(default=Money(0))


@dataclass(frozen=True, slots=True)
class AskedLine:
    """What is asked back of one line."""

    line: PaidLine
    amount: Money
    late: Money

    @property
    def total(self) -> Money:
        """The charge and the late fee asked back."""
        return self.amount + self.late


@dataclass(frozen=True, slots=True)
class Target:
    """Where the money goes."""

    kind: AccountKind
    account: str
    name: str


def check_application(asked: Application, *, payer_account: str, today: date) -> None:
    """Check everything that needs no books. Raises RefundRefused with every fault."""
    faults = [*_length_faults(asked), *_choice_faults(asked, today)]
    if not any(asked.amounts.values()):
        faults.append(
            ("amounts", Text("至少一行须填写退付金额", "ask an amount back of at least one line"))
        )
    kind = target_of(asked, payer_account=payer_account, payer_name="").kind
    if kind != "original" and len(asked.evidence.strip()) < EVIDENCE_LEAST:
        faults.append(("evidence", _evidence_fault(kind)))
    if kind != "original" and not (asked.files or asked.files_later):
        faults.append(
            (
                "files",
                Text(
                    "请上传证明材料的扫描件或照片（PDF、PNG、JPEG）",
                    "upload the evidence as a scan or photograph (PDF, PNG, JPEG)",
                ),
            )
        )
    if kind != "original" and not asked.to_account.strip():
        faults.append(
            (
                "to_account",
                Text(
                    "原缴款账户不能确定，请填写收款账号",
                    "the account that paid is not certain: enter the account",
                ),
            )
        )
    if kind == "other" and not asked.to_name.strip():
        faults.append(("to_name", Text("须填写收款人", "name the payee of another account")))
    if faults:
        raise RefundRefused(faults)


def target_of(asked: Application, *, payer_account: str, payer_name: str) -> Target:
    """Say where the money goes: the account that paid, unless another is named (R-F3)."""
    named = "".join(asked.to_account.split())
    name = asked.to_name.strip() or payer_name
    if not payer_account:
        return Target("evidenced", named, name)
    if named and named != payer_account:
        return Target("other", named, name)
    return Target("original", payer_account, payer_name)


def asked_lines(
    asked: Application, lines: Sequence[PaidLine], held: Mapping[int, Held]
) -> tuple[AskedLine, ...]:
    """Divide what is asked of each line between charge and late fee.

    Raises RefundRefused for a line that is not there or lines of several units, and
    RefundExceedsPayment where a line has not so much left.
    """
    by_number = {line.line_no: line for line in lines}
    wanted = {number: amount for number, amount in asked.amounts.items() if amount}
    unknown = sorted(wanted.keys() - by_number.keys())
    if unknown:
        raise RefundRefused(
            [
                (
                    "amounts",
                    Text(f"通知书没有第 {unknown[0]} 行", f"the notice has no line {unknown[0]}"),
                )
            ]
        )
    if len({by_number[number].unit_code for number in wanted}) > 1:
        raise RefundRefused(
            [
                (
                    "amounts",
                    Text(
                        "一份申请只能含一个执收单位的行", "one application is for one unit's lines"
                    ),
                )
            ]
        )
    return tuple(
        _asked_line(by_number[number], wanted[number], held.get(number, Held()), asked.late)
        for number in sorted(wanted)
    )


def left_of(line: PaidLine, held: Held) -> Money:
    """Give what can still be asked back of a line."""
    return line.total - held.amount - held.late


def exceeds(line_no: int, asked: Money, left: Money) -> RefundExceedsPayment:
    """Make the refusal of a line of which too much is asked back."""
    return RefundExceedsPayment(
        Text(
            f"第 {line_no} 行可退 {left} 元，申请 {asked} 元；已批准和已支付的退付先占用。",
            f"Line {line_no} has {left} left to give back and {asked} is asked; what was approved "
            f"or paid before is taken off.",
        ),
        line=line_no,
        left=str(left),
        asked=str(asked),
    )


def _asked_line(
    line: PaidLine, asked: Money, held: Held, of_late: Mapping[int, Money] | None
) -> AskedLine:
    left = left_of(line, held)
    if asked > left:
        raise exceeds(line.line_no, asked, left)
    late = min(asked, line.late - held.late)
    if of_late is not None:
        late = min(late, of_late.get(line.line_no, Money(0)))
    return AskedLine(line, asked - late, late)


def _length_faults(asked: Application) -> list[tuple[str, Text]]:
    faults = []
    for name, (least, most) in LENGTHS.items():
        length = len(str(getattr(asked, name)).strip())
        if not least <= length <= most:
            label = FIELD_TEXTS[name]
            faults.append(
                (
                    name,
                    Text(
                        f"{label.zh}有 {length} 字，须为 {least} 至 {most} 字",
                        f"{label.en} has {length} characters; write {least} to {most}",
                    ),
                )
            )
    return faults


def _choice_faults(asked: Application, today: date) -> list[tuple[str, Text]]:
    faults = []
    if asked.ground not in get_args(Ground):
        faults.append(("ground", Text("请选择退付情形", "choose the ground")))
    if (asked.applied_as == "unit") != (asked.found_on is not None):
        faults.append(
            (
                "found_on",
                Text(
                    "单位自行发现的，须填写发现日期；缴款人申请的不填",
                    "the day it was found stands where the unit found it itself, and only there",
                ),
            )
        )
    if asked.found_on is not None and asked.found_on > today:
        faults.append(
            (
                "found_on",
                Text(f"发现日期不能晚于今天 {today}", f"it cannot be found after today, {today}"),
            )
        )
    return faults


def _evidence_fault(kind: AccountKind) -> Text:
    if kind == "other":
        return Text(
            "退至其他账户须写明证明材料（名称、编号、存放处）",
            "another account needs evidence: name the document, its number, where it is kept",
        )
    return Text(
        "原缴款账户不能确定，须写明证明材料（名称、编号、存放处）",
        "the account that paid is not certain: name the evidence, its number, where it is kept",
    )
