"""What is published of the ledger's seal: public keys, signed days, blocks. docs/proof.md."""

from datetime import date
from typing import Any

from flask import Blueprint, Response

from feeledger.api.door import answer, handle_refusals, read_query
from feeledger.api.fields import DAY_PATTERN, load_message
from feeledger.api.openapi import Operation, describe
from feeledger.api.proof_schemas import (
    BLOCK_PATTERN,
    RootsQuerySchema,
    SealBlockSchema,
    SealedDayAnswerSchema,
    SealKeysAnswerSchema,
    SignedDaysAnswerSchema,
)
from feeledger.api.schemas import REGION_PATTERN, AccountQuerySchema
from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.ledger.seal_keys import pem_of_public_key
from feeledger.ledger.seal_queries import (
    SealedBlockUnknown,
    count_signed_days,
    head_of_block,
    head_of_day,
    seal_blocks,
    seal_keys,
    sealed_block,
    sealed_day,
    signed_days,
)
from feeledger.ledger.seal_tables import SealBlockRow, SealDayRow, SealKeyRow
from feeledger.regions.queries import region_settings

BLOCK_DIGITS_MAX = 18
roots = Blueprint("api_roots", __name__, url_prefix="/api/v1/ledger")
handle_refusals(roots)


@roots.get("/keys")
@describe(Operation(Text("封签公钥", "The public keys of the seal"), {200: SealKeysAnswerSchema}))
def list_seal_keys() -> Response:
    """Give every public key, those that have ended too."""
    with kit().store.read() as session:
        return answer({"keys": [_key_document(row) for row in seal_keys(session)]})


@roots.get("/<region>/days")
@describe(
    Operation(
        Text("已签署的记账日", "The signed ledger days of a region"),
        {200: SignedDaysAnswerSchema},
        errors=(404,),
        path={"region": REGION_PATTERN},
        query=RootsQuerySchema,
    )
)
def list_signed_days(region: str) -> Response:
    """Give a page of the signed days, the latest first; raises RegionNotOpen."""
    asked = read_query(RootsQuerySchema())
    page, size = asked["page"], asked["size"]
    load_message(AccountQuerySchema(), {"region": region})
    with kit().store.read() as session:
        region_settings(session, region)
        rows = signed_days(session, region, limit=size, offset=(page - 1) * size)
        total = count_signed_days(session, region)
    days = [day_document(row) for row in rows]
    return answer({"region": region, "page": page, "size": size, "total": total, "days": days})


@roots.get("/<region>/days/<day>")
@describe(
    Operation(
        Text("一个记账日及其区块", "A ledger day and its blocks"),
        {200: SealedDayAnswerSchema},
        errors=(404,),
        path={"region": REGION_PATTERN, "day": DAY_PATTERN},
        query=RootsQuerySchema,
    )
)
def show_sealed_day(region: str, day: str) -> Response:
    """Give a day and a page of its blocks, the latest first; raises SealedDayUnknown."""
    asked = read_query(RootsQuerySchema())
    page, size = asked["page"], asked["size"]
    on: date = load_message(AccountQuerySchema(), {"region": region, "on": day})["on"]
    with kit().store.read() as session:
        signed, total = sealed_day(session, region, on)
        rows = seal_blocks(session, region, day=on, limit=size, offset=(page - 1) * size)
    return answer(
        {
            "region": region,
            "day": on.isoformat(),
            "signed": None if signed is None else day_document(signed),
            "page": page,
            "size": size,
            "total": total,
            "blocks": [block_document(row) for row in rows],
        }
    )


@roots.get("/<region>/blocks/<number>")
@describe(
    Operation(
        Text("一个区块", "One block"),
        {200: SealBlockSchema},
        errors=(404, 422),
        path={"region": REGION_PATTERN, "number": BLOCK_PATTERN},
    )
)
def show_sealed_block(region: str, number: str) -> Response:
    """Give one block; raises SealedBlockUnknown."""
    load_message(AccountQuerySchema(), {"region": region})
    if not (number.isascii() and number.isdigit()) or len(number) > BLOCK_DIGITS_MAX:
        raise SealedBlockUnknown(
            Text(f"没有编号为 {number[:20]} 的区块。", f"There is no block {number[:20]}.")
        )
    with kit().store.read() as session:
        return answer(block_document(sealed_block(session, region, int(number))))


def day_document(row: SealDayRow) -> dict[str, Any]:
    """Give a day as signed, with what an outsider needs to check the signature."""
    return {
        "head": head_of_day(row).document(),
        "signature": row.signature,
        "hash": row.hash,
    }


def block_document(row: SealBlockRow) -> dict[str, Any]:
    """Give a block with its hash."""
    return {"head": head_of_block(row).document(), "hash": row.hash}


def _key_document(row: SealKeyRow) -> dict[str, Any]:
    return {
        "fingerprint": row.fingerprint,
        "algorithm": row.algorithm,
        "public": row.public,
        "pem": pem_of_public_key(row.public),
        "valid_from": row.valid_from.isoformat(),
        "valid_to": None if row.valid_to is None else row.valid_to.isoformat(),
    }
