"""Messages about single records: a notice, a receipt, a report of a direct collection."""

from marshmallow import Schema, fields

from feeledger.api.fields import (
    Base64Field,
    ChoiceField,
    CodeField,
    DayField,
    FlagField,
    ListField,
    MessageSchema,
    MoneyField,
    ObjectField,
    WordsField,
)
from feeledger.api.schemas import PAY_CODE_PATTERN, region_field
from feeledger.errors import Text
from feeledger.files import FILES_MAX


class PayCodeSchema(MessageSchema):
    """A pay code, as it stands in an address."""

    pay_code = CodeField(
        PAY_CODE_PATTERN, means=Text("20 位缴款码", "a pay code of 20 digits"), required=True
    )


class ReceiptQuerySchema(MessageSchema):
    """What the asker knows beside the pay code: the amount, the bank's serial, or both."""

    amount = MoneyField()
    trade_no = WordsField(most=64)


class ReceiptAnswerSchema(Schema):
    """What the books say of a pay code."""

    pay_code = fields.String(required=True)
    state = fields.String(
        required=True, metadata={"enum": ["paid", "refunded", "notice_only", "voided"]}
    )
    amount = MoneyField(required=True)
    paid = MoneyField(required=True, allow_none=True)
    paid_on = DayField(required=True, allow_none=True)
    bank = fields.String(required=True, allow_none=True)
    unit = fields.Dict(required=True)
    issued_on = DayField(required=True)


class FileSchema(MessageSchema):
    """A file of a report: PDF, PNG or JPEG, as base64."""

    name = WordsField(most=200, required=True)
    content = Base64Field(required=True)


class ReportSchema(MessageSchema):
    """A direct collection, as an enterprise reports it."""

    region = region_field(required=True)
    department = WordsField(least=2, most=100, required=True)
    unit_code = WordsField(least=0, most=30, load_default="")
    item = WordsField(least=2, most=200, required=True)
    amount = MoneyField(required=True)
    charged_on = DayField(required=True)
    arose_on = DayField(allow_none=True, load_default=None)
    how_paid = ChoiceField("cash", "transfer", "card", "mobile", "other", required=True)
    payer = WordsField(least=0, most=40, load_default="")
    account = WordsField(least=0, most=50, load_default="")
    ticket_no = WordsField(least=0, most=60, load_default="")
    story = WordsField(least=0, most=4000, many_lines=True, load_default="")
    anonymous = FlagField(load_default=False)
    reporter_name = WordsField(least=0, most=100, load_default="")
    reporter_contact = WordsField(least=0, most=200, load_default="")
    facts = ObjectField(load_default=dict)
    files = ListField(fields.Nested(FileSchema), most=FILES_MAX, load_default=list)


class ReportAnswerSchema(Schema):
    """What a report led to."""

    region = fields.String(required=True)
    report = fields.String(required=True)
    case = fields.String(required=True, allow_none=True)
    opened = fields.Boolean(required=True)
    signals = fields.List(fields.Dict(), required=True)


class NoticeSchema(Schema):
    """One notice: what moves (status, payable, refunded, relieved), and what it says."""

    status = fields.String(required=True)
    payable = MoneyField(required=True)
    refunded = MoneyField(required=True)
    relieved = MoneyField(required=True)
    region = fields.String(required=True)
    id = fields.String(required=True)
    pay_code = fields.String(required=True, allow_none=True)
    payer = fields.Dict(required=True)
    unit = fields.Dict(required=True)
    issued_on = DayField(required=True)
    due_on = DayField(required=True)
    valid_until = DayField(required=True)
    dates_provisional = fields.Boolean(required=True)
    amount = MoneyField(required=True)
    catalog = fields.Dict(required=True)
    supersedes = fields.String(required=True, allow_none=True)
    account = fields.Dict(required=True, allow_none=True)
    lines = fields.List(fields.Dict(), required=True)


class VoucherQuerySchema(MessageSchema):
    """What stands on a paper: ticket code, number, check code."""

    code = CodeField("^[0-9]{8}$", means=Text("8 位票据代码", "8 digits"), required=True)
    number = CodeField("^[0-9]{10}$", means=Text("10 位票据号码", "10 digits"), required=True)
    check = CodeField(
        "^[0-9A-Za-z]{6}$",
        means=Text("6 位校验码（区分大小写）", "6 letters or digits, capitals matter"),
        required=True,
    )


class VoucherAnswerSchema(Schema):
    """What a paper is worth; ``voucher`` is null where nothing fits."""

    state = fields.String(
        required=True,
        metadata={"enum": ["notice_only", "complete", "red", "voided", "unknown"]},
    )
    voucher = fields.Dict(required=True, allow_none=True)
