"""Messages about the seal of the ledger: keys, signed days, blocks, the proof of one payment."""

from typing import Final

from marshmallow import Schema, fields

from feeledger.api.fields import CountField, DayField, InstantField, MessageSchema
from feeledger.api.schemas import PAGES_MAX

HASH_PATTERN: Final = "^[0-9a-f]{64}$"
BLOCK_PATTERN: Final = "^[1-9][0-9]{0,17}$"
BLOCKS_A_PAGE_MAX: Final = 100


class RootsQuerySchema(MessageSchema):
    """Which page of a list, the latest first."""

    page = CountField(least=1, most=PAGES_MAX, load_default=1)
    size = CountField(least=1, most=BLOCKS_A_PAGE_MAX, load_default=20)


class SealKeySchema(Schema):
    """A public key; ``valid_to`` null: it signs still. Both its forms are one key."""

    fingerprint = fields.String(required=True, metadata={"pattern": HASH_PATTERN})
    algorithm = fields.String(required=True, metadata={"enum": ["ed25519"]})
    public = fields.String(required=True)
    pem = fields.String(required=True)
    valid_from = InstantField(required=True)
    valid_to = InstantField(required=True, allow_none=True)


class SealKeysAnswerSchema(Schema):
    """Every public key, the latest first."""

    keys = fields.List(fields.Nested(SealKeySchema), required=True)


class SignedDaySchema(Schema):
    """A day as it was signed: the signature is over the canonical form of ``head``."""

    head = fields.Dict(required=True)
    signature = fields.String(required=True)
    hash = fields.String(required=True, metadata={"pattern": HASH_PATTERN})


class SealBlockSchema(Schema):
    """A block: the hash is that of the canonical form of ``head``."""

    head = fields.Dict(required=True)
    hash = fields.String(required=True, metadata={"pattern": HASH_PATTERN})


class SignedDaysAnswerSchema(Schema):
    """A page of the signed days of a region."""

    region = fields.String(required=True)
    page = fields.Integer(required=True)
    size = fields.Integer(required=True)
    total = fields.Integer(required=True)
    days = fields.List(fields.Nested(SignedDaySchema), required=True)


class SealedDayAnswerSchema(Schema):
    """A day with a page of its blocks; ``signed`` is null until it is closed and signed."""

    region = fields.String(required=True)
    day = DayField(required=True)
    signed = fields.Nested(SignedDaySchema, required=True, allow_none=True)
    page = fields.Integer(required=True)
    size = fields.Integer(required=True)
    total = fields.Integer(required=True)
    blocks = fields.List(fields.Nested(SealBlockSchema), required=True)
