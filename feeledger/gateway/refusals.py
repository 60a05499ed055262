"""What the frame door itself refuses, in the order of R-B6; all else is the payments' own refusals."""

from feeledger.errors import Conflict, Invalid, Refused, Text
from feeledger.payments.refusals import BankRefusal


class FrameMalformed(BankRefusal, Invalid):
    """A frame, its XML, its head or a field of its voucher breaks the specification."""

    code = "frame-malformed"
    result = "10002"
    title = Text("报文帧不符合规范", "The frame breaks the specification")


class FrameVersionRefused(BankRefusal, Invalid):
    """The frame is of another application or version."""

    code = "frame-version-refused"
    result = "10003"
    title = Text("报文帧版本不支持", "The frame's version is not supported")


class FrameUnproved(BankRefusal, Conflict):
    """The MAC does not hold: the sender or the bytes are not what they claim; nothing was done."""

    code = "frame-unproved"
    result = "99999"
    title = Text("验签失败", "The MAC does not hold")


class LinesDiffer(BankRefusal, Invalid):
    """The lines of a PayInfo do not add up to the amount they stand for."""

    code = "lines-differ"
    result = "16005"
    title = Text("明细合计与总额不符", "The lines do not add up")


class UnitNotOfNode(BankRefusal, Refused):
    """The node does not act for the unit that it names."""

    code = "unit-not-of-node"
    result = "18012"
    title = Text("没有该单位的代收费权限", "The node may not act for this unit")


class ItemNotCharged(BankRefusal, Conflict):
    """A line's item may not be charged by the unit on the bill date."""

    code = "registered-item-not-chargeable"
    result = "16003"
    title = Text("单位不得收取该项目", "The unit may not charge this item")


class AmountBeyondStandard(BankRefusal, Conflict):
    """A line's amount lies outside what the catalog lets be charged (signal S04)."""

    code = "registered-amount-beyond-standard"
    result = "16003"
    title = Text("金额超出收费标准", "The amount lies outside the standard")


class PayeeAccountWrong(BankRefusal, Conflict):
    """The real payee account is not the designated one (signal S05)."""

    code = "registered-account-wrong"
    result = "16004"
    title = Text("收款账户信息有误", "The payee account is wrong")


class PayerNotHeld(BankRefusal, Conflict):
    """The payer has no credit code: feeledger keeps no register of persons."""

    code = "registered-payer-not-held"
    result = "99999"
    title = Text(
        "缴款人没有信用代码，不在本系统登记", "The payer has no credit code and is not held here"
    )


class RegistrationDiffers(BankRefusal, Conflict):
    """The pay code stands for a notice of other content, or of another unit."""

    code = "registration-differs"
    result = "99999"
    title = Text("缴款码已用于其他缴款书", "The pay code stands for another notice")


class RegistrationImpossible(BankRefusal, Conflict):
    """A rule of notices forbids it: paid already, no announced account, no calendar, a signature."""

    code = "registration-impossible"
    result = "99999"
    title = Text("不能登记或作废该缴款书", "The notice cannot be registered or voided")


def malformed(zh: str, en: str) -> FrameMalformed:
    """Make the refusal of what breaks the specification."""
    return FrameMalformed(Text(zh, en))


def version_refused(zh: str, en: str) -> FrameVersionRefused:
    """Make the refusal of another application or version."""
    return FrameVersionRefused(Text(zh, en))
