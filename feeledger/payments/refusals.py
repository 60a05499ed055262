"""Every refusal towards a bank, with its result code (docs/bank-api.md)."""

from typing import ClassVar

from feeledger.errors import Conflict, FeeLedgerError, Invalid, Missing, Refused, Text


class BankRefusal(FeeLedgerError):
    """A bank's query or confirmation is answered with a result other than 00000."""

    result: ClassVar[str]


class AdviceMalformed(BankRefusal, Invalid):
    """The message breaks the specification."""

    code = "advice-malformed"
    result = "10002"
    title = Text("报文不符合规范", "The message breaks the specification")


class PayCodeUnknown(BankRefusal, Missing):
    """No notice has this pay code."""

    code = "pay-code-unknown"
    result = "11001"
    title = Text("缴款码不存在", "The pay code does not exist")


class PayCodeCheckFails(BankRefusal, Invalid):
    """The check digit of the pay code does not fit."""

    code = "pay-code-check-fails"
    result = "11002"
    title = Text("缴款码校验位不符", "The pay code's check digit fails")


class CheckCodeDiffers(BankRefusal, Invalid):
    """The voucher check code differs from the notice's."""

    code = "check-code-differs"
    result = "11002"
    title = Text("缴款书校验码不符", "The voucher check code differs")


class NoticeExpired(BankRefusal, Conflict):
    """The notice's last day is over."""

    code = "notice-expired"
    result = "11003"
    title = Text("缴款通知书已过期", "The notice has expired")


class NoticeVoid(BankRefusal, Conflict):
    """The notice was voided."""

    code = "notice-void"
    result = "11004"
    title = Text("缴款通知书已作废", "The notice is void")


class NoAccountAtBank(BankRefusal, Refused):
    """No account of the region is valid that day into which this bank may collect."""

    code = "no-account-at-bank"
    result = "11005"
    title = Text("当日没有可收款的指定账户", "No account of the region is valid that day")


class BankNotAgent(BankRefusal, Refused):
    """The bank may not collect in the region on that day."""

    code = "bank-not-agent"
    result = "11006"
    title = Text("该银行不是代收银行", "The bank may not collect here")


class AlreadyPaid(BankRefusal, Conflict):
    """The notice is paid under another serial."""

    code = "already-paid"
    result = "12001"
    title = Text("已由其他流水缴款", "The notice is paid already")


class AccountDiffers(BankRefusal, Conflict):
    """The money went into another account than the designated one."""

    code = "account-differs"
    result = "12003"
    title = Text("收款账户不符", "The payee account differs")


class AmountDiffers(BankRefusal, Conflict):
    """The bank took a sum other than the one payable on the day of payment."""

    code = "amount-differs"
    result = "12004"
    title = Text("金额不符", "The amount paid is not the amount due")


class NeverQueried(BankRefusal, Conflict):
    """This bank never asked for the notice."""

    code = "never-queried"
    result = "12005"
    title = Text("确认前未查询", "The bank never queried the notice")


class DayOutsidePeriod(BankRefusal, Conflict):
    """The day of payment lies before the bill date or after the last day."""

    code = "day-outside-period"
    result = "12006"
    title = Text("缴款日期不在有效期内", "The day of payment is outside the notice's period")


class SerialReused(BankRefusal, Conflict):
    """The serial was accepted before, with other content."""

    code = "serial-reused"
    result = "99999"
    title = Text("流水号已用于其他缴款", "The serial was used for another payment")


class PaymentReversed(BankRefusal, Conflict):
    """The payment of this serial was reversed: it never pays again."""

    code = "payment-reversed"
    result = "99999"
    title = Text("该流水已冲正", "The payment of this serial was reversed")


class MoneyElsewhere(BankRefusal, Conflict):
    """The money of this serial arrived before, and was claimed, split or returned meanwhile."""

    code = "money-elsewhere"
    result = "99999"
    title = Text("该流水的款项已另行处理", "The money of this serial was dealt with otherwise")


class RegionCannotBook(BankRefusal, Conflict):
    """The region's book is not open: the operator's fault, to be tried again later."""

    code = "region-cannot-book"
    result = "99999"
    title = Text("该区划账簿未开立", "The region's book is not open")


class TradeUnknown(BankRefusal, Missing):
    """No confirmation of this serial was accepted from the bank in the region."""

    code = "trade-unknown"
    result = "11001"
    title = Text("没有该流水的缴款", "No payment of this serial is known")


class NothingToReverse(BankRefusal, Conflict):
    """No payment stands that the reversal could take back; an early one is kept (R-R8)."""

    code = "nothing-to-reverse"
    result = "99999"
    title = Text("没有可冲正的缴款", "There is no payment to reverse")


class OtherSerialPaid(BankRefusal, Conflict):
    """The notice was paid by another serial or bank than the reversal names."""

    code = "other-serial-paid"
    result = "99999"
    title = Text("该通知书由其他流水缴清", "Another serial paid the notice")


class PaymentNotReversible(BankRefusal, Conflict):
    """The payment is reconciled, settled or refunded: after that it is refunded, not reversed."""

    code = "payment-not-reversible"
    result = "99999"
    title = Text("该笔缴款不能再冲正", "The payment can no longer be reversed")


class BankDayClosed(BankRefusal, Conflict):
    """The bank day of the payment is closed; it accepts no reversal (R-R5)."""

    code = "bank-day-closed"
    result = "99999"
    title = Text("该银行日已关闭", "The bank day is closed")
