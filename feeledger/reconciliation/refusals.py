"""What reconciliation refuses, as events."""

from datetime import date
from typing import ClassVar

from feeledger.errors import Conflict, Invalid, Missing, Text


class BatchSentAgain(Conflict):
    """The key of a batch comes again: nothing changes, whatever it holds (R-R1)."""

    code = "recon-batch-repeated"
    title = Text("对账批次重复报送", "The batch was sent before")
    result: ClassVar[str] = "15010"


class BatchSentOtherwise(BatchSentAgain):
    """The key of a batch comes again with other content: nothing changes, and it is on record."""

    code = "recon-batch-differs"
    title = Text("对账批次号已用于其他内容", "The batch's number stands for other content")


class StatementUnknown(Conflict):
    """A bank asks for the result of a batch that it never sent by message."""

    code = "recon-statement-unknown"
    title = Text("没有受理过该对账批次", "No such batch was taken in by message")
    result: ClassVar[str] = "99999"


class BankNotOfRegion(Invalid):
    """The bank of a day file does not collect for the region."""

    code = "recon-bank-unknown"
    title = Text("该银行不是本区划的代收银行", "The bank does not collect for the region")


class AccountNotOfRegion(Invalid):
    """The account of a day file was never designated for the region."""

    code = "recon-account-unknown"
    title = Text("该账户不是本区划公布的账户", "The account was never designated here")


class BatchUnknown(Missing):
    """No such batch; or the batch that a correction names is not there or corrected already."""

    code = "recon-batch-unknown"
    title = Text("没有此对账批次", "There is no such batch")


class DifferenceUnknown(Missing):
    """No such difference in the region."""

    code = "recon-difference-unknown"
    title = Text("没有此差异", "There is no such difference")


class DayAlreadyClosed(Conflict):
    """A closed bank day takes nothing more."""

    code = "recon-day-closed"
    title = Text("该日已对账关闭", "The day is closed")
    result: ClassVar[str] = "99999"


class DayNotOver(Invalid):
    """A bank day is reconciled and closed once it is over."""

    code = "recon-day-not-over"
    title = Text("该日尚未结束", "The day is not over")
    result: ClassVar[str] = "10002"


class DayNotReconciled(Conflict):
    """A day cannot close: banks without a file, or differences neither settled nor carried."""

    code = "recon-day-open"
    title = Text("该日尚有未对账或未处理的差异", "The day has matters open")


def day_already_closed(day: date) -> DayAlreadyClosed:
    """Say which day is closed."""
    return DayAlreadyClosed(
        Text(
            f"{day} 已关闭，不再接收对账文件或更正。请在次日处理。",
            f"{day} is closed and takes no file or correction; deal with it on the next day.",
        ),
        day=day,
    )
