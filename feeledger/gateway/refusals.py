"""What the frame door itself refuses, in the order of R-B6; all else is the payments' own refusals."""

from feeledger.errors import Conflict, Invalid, Text
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


def malformed(zh: str, en: str) -> FrameMalformed:
    """Make the refusal of what breaks the specification."""
    return FrameMalformed(Text(zh, en))


def version_refused(zh: str, en: str) -> FrameVersionRefused:
    """Make the refusal of another application or version."""
    return FrameVersionRefused(Text(zh, en))
