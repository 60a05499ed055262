"""Refusals of arrivals and transfers, with their result codes (R-B2a)."""

from feeledger.errors import Conflict, Text
from feeledger.payments.refusals import BankRefusal


class ArrivalReused(BankRefusal, Conflict):
    """The serial of an arrival was accepted before, with other content."""

    code = "arrival-reused"
    result = "13001"
    title = Text("到账流水号已用于其他款项", "The arrival's serial was used for other money")


class AccountNotDesignated(BankRefusal, Conflict):
    """The account is no designated account of the region on the day of the arrival."""

    code = "account-not-designated"
    result = "13002"
    title = Text("到账账户当日不是指定账户", "The account is not designated on that day")


class TransferReused(BankRefusal, Conflict):
    """A transfer's number, or the money of one of its serials, was told before."""

    code = "transfer-reused"
    result = "14001"
    title = Text("在途流水号已用于其他款项", "The transfer was told before, with other content")


class TransferSumDiffers(BankRefusal, Conflict):
    """A transfer's amount is not the sum of the vouchers it lists."""

    code = "transfer-sum-differs"
    result = "14002"
    title = Text("在途金额与清单合计不符", "The transfer is not the sum of its vouchers")
