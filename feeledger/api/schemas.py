"""The messages of the machines' door: what is taken in, and how answers are described.

Schemas that are loaded refuse every unknown field. Schemas of answers are for the description of
the API only; the answers themselves are written by the views.
"""

from typing import Any, Final

from marshmallow import Schema, fields

from feeledger.api.fields import (
    ChoiceField,
    CodeField,
    CountField,
    DayField,
    ListField,
    MessageSchema,
    MoneyField,
    ObjectField,
    WordsField,
)
from feeledger.errors import Text

REGION_PATTERN: Final = r"^[0-9]{6}$"
PAY_CODE_PATTERN: Final = r"^[0-9]{20}$"
SERIAL_PATTERN: Final = r"^[0-9A-Za-z._-]{1,64}$"
ACCOUNT_PATTERN: Final = r"^[0-9-]{8,32}$"
NAME_PATTERN: Final = r"^[0-9A-Za-z._-]{1,80}$"
REGION_WORDS: Final = Text("六位行政区划代码", "a division code of six digits")
PAGE_SIZE_MAX: Final = 200
PAGES_MAX: Final = 10_000
REQUESTS_MAX: Final = 100


def region_field(**kwargs: Any) -> CodeField:
    """Make a field for a division code."""
    return CodeField(REGION_PATTERN, means=REGION_WORDS, **kwargs)


def name_field(**kwargs: Any) -> CodeField:
    """Make a field for the id of an item or a line."""
    means = Text("项目或标准的标识", "the id of an item or a line")
    return CodeField(NAME_PATTERN, means=means, **kwargs)


class ProblemFaultSchema(Schema):
    """One of several faults; which names are there depends on what was judged."""

    pointer = fields.String()
    code = fields.String()
    field = fields.String()
    value = fields.String()
    detail = fields.String(required=True)


class ProblemSchema(Schema):
    """A problem document (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True)
    code = fields.String(required=True)
    facts = fields.Dict(required=True)
    request_id = fields.String(required=True)
    result = fields.String(metadata={"pattern": "^[0-9]{5}$"})
    errors = fields.List(fields.Nested(ProblemFaultSchema))


class ProblemKindSchema(Schema):
    """What a problem code means."""

    code = fields.String(required=True)
    status = fields.Integer(required=True)
    title = fields.Dict(required=True)


class HealthSchema(Schema):
    """That the service can work, and the revision of its schema."""

    status = fields.Constant("ok", required=True)
    schema = fields.String(required=True)


class DocumentSchema(Schema):
    """An OpenAPI document."""

    openapi = fields.String(required=True)
    info = fields.Dict(required=True)
    paths = fields.Dict(required=True)
    components = fields.Dict(required=True)
    tags = fields.List(fields.Dict())


class CatalogQuerySchema(MessageSchema):
    """What a list of the catalog is narrowed by, and which page of it."""

    q = WordsField(least=0, most=100, metadata={"description": "words to find / 搜索词"})
    category = ChoiceField("administrative", "government_fund", "operating_service")
    department = WordsField(least=0, most=100)
    status = CodeField(r"^[a-z0-9_]{1,40}$", means=Text("状态", "a status"))
    collected_by = ChoiceField(
        "notice", "tax", "grid", "water", "railway", "court", "central", "seller"
    )
    in_force_on = DayField()
    page = CountField(least=1, most=PAGES_MAX, load_default=1)
    size = CountField(least=1, most=PAGE_SIZE_MAX, load_default=50)


class DayQuerySchema(MessageSchema):
    """The day that an answer is for; today (Beijing) where it is left out."""

    on = DayField()


class AccountQuerySchema(DayQuerySchema):
    """Whose designated account, and on which day."""

    region = region_field(required=True)


class EditionSchema(Schema):
    """Which edition answers."""

    id = fields.String(required=True)
    kind = fields.String(required=True, metadata={"enum": ["publication", "compilation"]})
    title = fields.Dict(required=True)
    province = fields.String(required=True)
    compiled_on = fields.String(required=True)
    sha256 = fields.String(required=True)
    notice = fields.Dict(required=True, allow_none=True)
    gaps = fields.List(fields.Dict(), required=True)


class ItemSummarySchema(Schema):
    """One item in a list."""

    id = fields.String(required=True)
    name = fields.Dict(required=True)
    category = fields.String(required=True)
    department = fields.Dict(required=True)
    collected_by = fields.String(required=True)
    status = fields.String(required=True)
    wire_code = fields.String(required=True)
    in_force = fields.Boolean(required=True)
    ended = fields.Dict(required=True, allow_none=True)


class ItemSchema(ItemSummarySchema):
    """Everything the catalog holds about an item."""

    aliases = fields.List(fields.String(), required=True)
    collected_by_basis = fields.String(required=True)
    funds = fields.Dict(required=True)
    funds_basis = fields.String(required=True)
    pricing = fields.String(required=True)
    note = fields.Dict(required=True, allow_none=True)
    basis = fields.Dict(required=True)
    lines = fields.List(fields.Dict(), required=True)
    reliefs = fields.List(fields.Dict(), required=True)
    events = fields.List(fields.Dict(), required=True)
    alternatives = fields.List(fields.Dict(), required=True)
    no_rate = fields.List(fields.Dict(), required=True)
    documents = fields.List(fields.Dict(), required=True)
    sources = fields.List(fields.Dict(), required=True)


class CatalogPageSchema(Schema):
    """One page of the catalog."""

    catalog = fields.Nested(EditionSchema, required=True)
    on = fields.String(required=True)
    page = fields.Integer(required=True)
    size = fields.Integer(required=True)
    total = fields.Integer(required=True)
    items = fields.List(fields.Nested(ItemSummarySchema), required=True)


class ItemAnswerSchema(Schema):
    """One item, as it stands on a day."""

    catalog = fields.Nested(EditionSchema, required=True)
    on = fields.String(required=True)
    item = fields.Nested(ItemSchema, required=True)


class EstimateQuerySchema(DayQuerySchema):
    """What a request of the body that leaves it out is completed with."""

    region = region_field(load_default="130000")


class EstimateSchema(Schema):
    """One request of an estimate, described; it is read by ``assessment.requests``.

    A list of such requests is taken too. An object without ``facts`` is the facts themselves.
    """

    ref = fields.Raw(allow_none=True)
    on = DayField()
    region = region_field()
    items = fields.List(name_field())
    lines = fields.List(name_field())
    facts = fields.Dict(required=True)


class EstimateLineSchema(Schema):
    """What one line comes to: its outcome, amount, bounds, needs and steps."""

    item = fields.String(required=True)
    line = fields.String(required=True, allow_none=True)
    outcome = fields.String(required=True)
    amount = fields.String(required=True, allow_none=True)
    allowed_range = fields.List(fields.String(allow_none=True), required=True, allow_none=True)
    needs = fields.List(fields.Dict(), required=True)
    documents = fields.List(fields.String(), required=True)
    steps = fields.Raw(required=True)
    alternative = fields.Boolean()
    reason = fields.String(allow_none=True)


class EstimateAnswerSchema(Schema):
    """The answer to one request; amounts are text in yuan with two decimals."""

    ref = fields.Raw(required=True, allow_none=True)
    catalog = fields.Dict(required=True)
    on = fields.String(required=True)
    region = fields.String(required=True)
    lines = fields.List(fields.Nested(EstimateLineSchema), required=True)
    total = fields.String(required=True)
    complete = fields.Boolean(required=True)


class EstimateFaultSchema(Schema):
    """One fault of a refused request."""

    code = fields.String(required=True)
    field = fields.String(required=True)
    value = fields.String(required=True)
    detail = fields.String(required=True)


class EstimateRefusedSchema(Schema):
    """A request of a list that was refused: answered in its place, and the rest go on."""

    ref = fields.Raw(required=True, allow_none=True)
    errors = fields.List(fields.Nested(EstimateFaultSchema), required=True)


class VerdictSchema(MessageSchema):
    """A charge that is to be held against the catalog."""

    item = WordsField(most=200, required=True)
    amount = MoneyField(required=True)
    on = DayField(required=True)
    charged_on = DayField()
    department = WordsField(most=100)
    facts = ObjectField(load_default=dict)
    lines = ListField(name_field(), most=REQUESTS_MAX, load_default=list)
    account = CodeField(ACCOUNT_PATTERN, means=Text("账号", "an account number"))
    region = region_field(load_default="130000")


class VerdictAnswerSchema(Schema):
    """All findings about a charge, worst first."""

    findings = fields.List(fields.Dict(), required=True)
    lawful = fields.Boolean(required=True)
    item = fields.String(required=True, allow_none=True)
    match = fields.Dict(required=True)
    about = fields.Dict(required=True, allow_none=True)
    catalog = fields.Dict(required=True)


class AccountSchema(Schema):
    """A designated account with the announcement it rests on."""

    account_no = fields.String(required=True)
    printed_account = fields.String(required=True)
    name = fields.String(required=True)
    bank = fields.String(required=True)
    bank_name = fields.String(required=True)
    cnaps = fields.String(required=True)
    printed = fields.Boolean(required=True)
    valid_from = fields.String(required=True)
    valid_until = fields.String(required=True, allow_none=True)
    announced_by = fields.Dict(required=True)


class AccountsAnswerSchema(Schema):
    """The accounts designated in a region on a day, the printed one first."""

    region = fields.String(required=True)
    on = fields.String(required=True)
    accounts = fields.List(fields.Nested(AccountSchema), required=True)
