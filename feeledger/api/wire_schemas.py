"""The ``wp.*`` messages: their envelope and the fields of each method.

Names are established from public code; lengths, what may be left out, and the meaning of zone_code
and bankindex are inferred: docs/wp.md. Fields not listed are let be, for the text of the
specification is not public.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from feeledger.api.bank_schemas import serial_field
from feeledger.api.fields import CodeField, MessageSchema, MoneyField, WordsField
from feeledger.api.schemas import ACCOUNT_PATTERN, region_field
from feeledger.clock import BEIJING
from feeledger.errors import Text
from feeledger.money import Money

YEAR_LEAST: Final = 1900
YEAR_MOST: Final = 9998
MOMENT_PATTERN: Final = r"^[0-9]{14}$"
MOMENT_WORDS: Final = Text("14 位时间，如 20261124093000", "14 digits such as 20261124093000")
DAY_WORDS: Final = Text("8 位日期，如 20261124", "8 digits such as 20261124")


def _usual(moment: datetime) -> datetime:
    """Demand a year that leaves room for the offset at either end of the calendar. Raises ValueError."""
    if not YEAR_LEAST <= moment.year <= YEAR_MOST:
        raise ValueError(moment.year)
    return moment


class MomentField(CodeField):
    """A Beijing time of 14 digits: ``20261124093000``."""

    def __init__(self, **kwargs: Any) -> None:
        """Keep the form."""
        super().__init__(MOMENT_PATTERN, means=MOMENT_WORDS, **kwargs)

    def read(self, value: Any) -> Any:
        """Take a time of the calendar."""
        text = super().read(value)
        try:
            return _usual(datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=BEIJING))
        except ValueError as fault:
            words = Text(f"{text} 不是时间", f"{text} is no time")
            raise ValidationError([words]) from fault


class WireDayField(CodeField):
    """A day of 8 digits: ``20261124``."""

    def __init__(self, **kwargs: Any) -> None:
        """Keep the form."""
        super().__init__(r"^[0-9]{8}$", means=DAY_WORDS, **kwargs)

    def read(self, value: Any) -> Any:
        """Take a day of the calendar."""
        text = super().read(value)
        try:
            return _usual(datetime.strptime(text, "%Y%m%d")).date()  # noqa: DTZ007 - a day alone
        except ValueError as fault:
            words = Text(f"{text} 不是日期", f"{text} is no day")
            raise ValidationError([words]) from fault


class WireCountField(CodeField):
    """A number of lines, as text or as a plain JSON number."""

    def __init__(self, **kwargs: Any) -> None:
        """Keep the form."""
        super().__init__(r"^(0|[1-9][0-9]{0,6})$", means=Text("笔数", "a number"), **kwargs)

    def read(self, value: Any) -> Any:
        """Take a count."""
        return int(super().read(str(value) if type(value) is int else value))


class WireMoneyField(MoneyField):
    """An amount in yuan, as text or as a plain JSON number, by the grammar of R-M1 as written."""

    def read(self, value: Any) -> Money:
        """Take an amount, as it is written."""
        return super().read(str(value) if type(value) in (int, Decimal) else value)


class WireSchema(MessageSchema):
    """The base of these messages: fields that are not listed are let be."""

    class Meta:
        """Leave out what no field takes."""

        unknown = EXCLUDE


def optional_words(most: int) -> WordsField:
    """Make a field for a text that may be empty, null or absent."""
    return WordsField(least=0, most=most, allow_none=True, load_default="")


class EnvelopeSchema(WireSchema):
    """What is around every message."""

    zone_code = region_field(required=True)
    method = CodeField(r"^[a-z0-9.]{1,60}$", means=Text("方法名", "a method"), required=True)
    timestamp = MomentField(required=True)
    bankindex = optional_words(40)
    biz_content = fields.Raw(required=True)


def billno_field() -> CodeField:
    """Make a field for a pay code; 16 digits are a central code, answered as unknown (R-P1)."""
    means = Text("20 位缴款码", "a pay code of 20 digits")
    return CodeField(r"^([0-9]{16}|[0-9]{20})$", means=means, required=True)


def payee_account_field() -> CodeField:
    """Make a field for the account that took the money."""
    means = Text("收款账号（8 至 32 位数字或横线）", "the payee account, 8 to 32 digits or dashes")
    return CodeField(ACCOUNT_PATTERN, means=means, required=True)


class BillQuerySchema(WireSchema):
    """wp.outer.bill.pay.query."""

    billno = billno_field()
    crccode = CodeField(
        r"^[0-9A-Za-z]{0,4}$",
        means=Text("校验码", "a check code"),
        load_default="",
        allow_none=True,
    )


class BillPaySchema(WireSchema):
    """wp.outer.bill.pay."""

    billno = billno_field()
    pay_datetime = MomentField(required=True)
    pay_amount = WireMoneyField(required=True)
    trade_no = serial_field()
    rec_acct = payee_account_field()
    paymode = CodeField(
        r"^[0-9A-Za-z]{0,8}$", means=Text("渠道代码", "a channel"), load_default="", allow_none=True
    )
    payer_name = optional_words(100)
    payer_acct = optional_words(50)


class BillRefundSchema(WireSchema):
    """wp.outer.bill.refund. ``trade_no`` is ours: it names the payment where there were several."""

    billno = billno_field()
    pay_amount = WireMoneyField(required=True)
    billdate = CodeField(r"^[0-9]{8}$", means=DAY_WORDS, load_default=None, allow_none=True)
    trade_no = CodeField(
        r"^[0-9A-Za-z._-]{1,64}$",
        means=Text("银行流水号", "the bank's serial"),
        load_default=None,
        allow_none=True,
    )


class AccountArrivalSchema(WireSchema):
    """wp.outer.account.arrival."""

    arrival_time = MomentField(required=True)
    trade_no = serial_field()
    amt = WireMoneyField(required=True)
    rec_acct = payee_account_field()
    payer_name = optional_words(100)
    payer_acct = optional_words(50)
    payer_opbk = optional_words(100)


class WireDescribedSchema(Schema):
    """The envelope as it is described: JSON in GBK."""

    zone_code = fields.String(required=True, metadata={"pattern": "^[0-9]{6}$"})
    method = fields.String(
        required=True,
        metadata={
            "enum": [
                "wp.outer.bill.pay.query",
                "wp.outer.bill.pay",
                "wp.outer.bill.refund",
                "wp.outer.account.arrival",
                "wp.outer.account.billfund",
                "wp.outer.account.billfund.query",
                "wp.outer.account.flow",
            ]
        },
    )
    timestamp = fields.String(required=True, metadata={"pattern": MOMENT_PATTERN})
    bankindex = fields.String()
    biz_content = fields.Dict(
        required=True, metadata={"description": "an object, or the text of one"}
    )


class WireAnswerSchema(Schema):
    """One object named after the method, with ``code``, ``msg`` and the fields of the answer."""

    error_response = fields.Dict(metadata={"description": "where no method could be read"})
