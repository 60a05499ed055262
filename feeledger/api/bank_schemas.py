"""The banks' messages: a confirmation, the questions, and what the answers are described as."""

from typing import Final

from marshmallow import Schema, fields

from feeledger.api.fields import (
    CodeField,
    DayField,
    InstantField,
    ListField,
    MessageSchema,
    MoneyField,
    WordsField,
)
from feeledger.api.schemas import (
    ACCOUNT_PATTERN,
    SERIAL_PATTERN,
    region_field,
)
from feeledger.errors import Text

VOUCHERS_MAX: Final = 1000
BATCH_MAX: Final = 500


class RegionQuerySchema(MessageSchema):
    """The region of the pay code; without it the bank's question breaks the specification."""

    region = region_field(required=True)


def serial_field() -> CodeField:
    """Make a field for a bank's own serial."""
    means = Text(
        "银行流水号（1 至 64 位字母、数字、点、横线、下划线）",
        "the bank's serial, 1 to 64 letters, digits, dots, dashes, underscores",
    )
    return CodeField(SERIAL_PATTERN, means=means, required=True)


class CheckCodeQuerySchema(MessageSchema):
    """The voucher check code, where the voucher has one."""

    crc_code = CodeField(r"^[0-9A-Za-z]{1,4}$", means=Text("校验码", "a check code"))


class SerialSchema(MessageSchema):
    """A bank's own serial, as it stands in an address."""

    trade_no = serial_field()


class AdviceSchema(MessageSchema):
    """A bank's confirmation that a notice was paid."""

    pay_code = CodeField(
        r"^([0-9]{16}|[0-9]{20})$",  # 16 digits are a central code, answered as unknown (R-P1)
        means=Text("20 位缴款码", "a pay code of 20 digits"),
        required=True,
    )
    trade_no = serial_field()
    amount = MoneyField(required=True)
    account = CodeField(
        ACCOUNT_PATTERN,
        means=Text(
            "收款账号（8 至 32 位数字或横线）", "the payee account, 8 to 32 digits or dashes"
        ),
        required=True,
    )
    paid_at = InstantField(required=True)
    payer_name = WordsField(most=100, allow_none=True, load_default=None)
    payer_account = CodeField(
        ACCOUNT_PATTERN, means=Text("付款账号", "an account"), allow_none=True, load_default=None
    )
    channel = CodeField(
        r"^[0-9A-Za-z]{1,8}$",
        means=Text("渠道代码", "a channel"),
        allow_none=True,
        load_default=None,
    )


class BatchSchema(MessageSchema):
    """Confirmations in one request; each is read, judged and answered by itself."""

    payments = ListField(fields.Raw(allow_none=True), most=BATCH_MAX, required=True)


class BatchDescribedSchema(Schema):
    """A batch as it is described: between 1 and 500 confirmations."""

    payments = fields.List(
        fields.Nested(AdviceSchema), required=True, metadata={"minItems": 1, "maxItems": BATCH_MAX}
    )


def account_field() -> CodeField:
    """Make a field for the account that took the money."""
    means = Text("收款账号（8 至 32 位数字或横线）", "the payee account, 8 to 32 digits or dashes")
    return CodeField(ACCOUNT_PATTERN, means=means, required=True)


def words_or_none(most: int) -> WordsField:
    """Make a field for a text that may be left out."""
    return WordsField(most=most, allow_none=True, load_default=None)


class ArrivalSchema(MessageSchema):
    """Money of one serial that reached a designated account; ``region`` is that of the account."""

    region = region_field(required=True)
    trade_no = serial_field()
    amount = MoneyField(required=True)
    account = account_field()
    arrived_at = InstantField(required=True)
    payer_name = words_or_none(100)
    payer_account = words_or_none(50)
    payer_bank = words_or_none(100)
    pay_code = words_or_none(40)
    remark = words_or_none(200)
    batch_no = words_or_none(64)


class VoucherSchema(MessageSchema):
    """One payment in a bulk transfer."""

    pay_code = words_or_none(40)
    trade_no = serial_field()
    amount = MoneyField(required=True)


class TransferSchema(MessageSchema):
    """A bulk transfer in transit, with the payments it is made of."""

    region = region_field(required=True)
    trade_no = serial_field()
    amount = MoneyField(required=True)
    account = account_field()
    arrived_at = InstantField(required=True)
    vouchers = ListField(fields.Nested(VoucherSchema), most=VOUCHERS_MAX, required=True)


class ArrivalAnswerSchema(Schema):
    """The answer to an accepted arrival, the same for ever."""

    result = fields.String(required=True, metadata={"enum": ["00000"]})
    region = fields.String(required=True)
    trade_no = fields.String(required=True)
    amount = MoneyField(required=True)
    account = fields.String(required=True)
    pay_code = fields.String(required=True, allow_none=True)
    arrived_at = InstantField(required=True)
    received_at = InstantField(required=True)
    status = fields.String(required=True, metadata={"enum": ["arrived", "unmatched"]})


class TransferAnswerSchema(Schema):
    """The answer to an accepted transfer, the same for ever: how many met their payment."""

    result = fields.String(required=True, metadata={"enum": ["00000"]})
    region = fields.String(required=True)
    trade_no = fields.String(required=True)
    amount = MoneyField(required=True)
    account = fields.String(required=True)
    arrived_at = InstantField(required=True)
    received_at = InstantField(required=True)
    vouchers = fields.Integer(required=True)
    arrived = fields.Integer(required=True)
    unmatched = fields.Integer(required=True)


class ReversalSchema(MessageSchema):
    """A bank's reversal (冲正) of a payment: in full, under the payment's own serial."""

    pay_code = CodeField(
        r"^([0-9]{16}|[0-9]{20})$",  # 16 digits are a central code, answered as unknown (R-P1)
        means=Text("20 位缴款码", "a pay code of 20 digits"),
        required=True,
    )
    trade_no = serial_field()
    amount = MoneyField(required=True)
    reason = WordsField(least=0, most=200, load_default="")


class ReversalAnswerSchema(Schema):
    """The answer to an accepted reversal, the same for ever; status 0: payable again."""

    result = fields.String(required=True, metadata={"enum": ["00000"]})
    reversal_id = fields.String(required=True)
    payment_id = fields.String(required=True)
    pay_code = fields.String(required=True)
    trade_no = fields.String(required=True)
    amount = MoneyField(required=True)
    received_at = InstantField(required=True)
    status = fields.String(required=True, metadata={"enum": ["0"]})


class NoticeAnswerSchema(Schema):
    """What a bank is told of a notice: status 0 to be paid, 1 paid, 2 void."""

    result = fields.String(required=True, metadata={"enum": ["00000"]})
    pay_code = fields.String(required=True)
    status = fields.String(required=True, metadata={"enum": ["0", "1", "2"]})
    amount = MoneyField(required=True)
    payable = MoneyField(required=True)
    payer_name = fields.String(required=True)
    payer_credit_code = fields.String(required=True)
    unit = fields.Dict(required=True)
    issued_on = DayField(required=True)
    due_on = DayField(required=True)
    valid_until = DayField(required=True)
    account = fields.Dict(required=True, allow_none=True)


class PaymentAnswerSchema(Schema):
    """The answer to an accepted confirmation, the same for ever."""

    result = fields.String(required=True, metadata={"enum": ["00000"]})
    payment_id = fields.String(required=True)
    pay_code = fields.String(required=True)
    trade_no = fields.String(required=True)
    amount = MoneyField(required=True)
    late_fee = MoneyField(required=True)
    account = fields.String(required=True)
    paid_at = InstantField(required=True)
    received_at = InstantField(required=True)
    status = fields.String(required=True)
    reversed = fields.Boolean(metadata={"description": "true: a reversal took it back"})


class BatchAnswerSchema(Schema):
    """A verdict each, in the order of the request: the first answer, or why it was refused."""

    result = fields.String(required=True, metadata={"enum": ["00000"]})
    accepted = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    verdicts = fields.List(
        fields.Dict(), required=True, metadata={"description": "PaymentAnswer or a refusal"}
    )
