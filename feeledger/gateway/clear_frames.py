"""Clear confirmations by frames in one statement: payments and both frames of each, all or none (PostgreSQL).

The database's ``take_frames_together`` books what is clear of the confirmations of one region and bank
that arrived at the same time (``ferry.py``), if the token that proved each is in force at that moment,
and keeps each one's frame and answer with it. Whatever is not clear (a printed account, a repetition
among it) is left untouched for the long way of ``exchange.py``.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from psycopg import DatabaseError

from feeledger.ferry import Ferry, first_of_equals
from feeledger.gateway.answering import Asked, Gateway, Moment, Told, write_answer
from feeledger.gateway.messages import ANSWER, CONFIRMATION, success_voucher
from feeledger.gateway.vouchers import Head
from feeledger.payments.advice import SUCCESS, Advice
from feeledger.payments.booking_actions import clear_row
from feeledger.prompts import Prompt
from feeledger.store import new_id

TAKE_TOGETHER: Final = Prompt(
    "SELECT take_frames_together(%(region)s, %(bank)s, %(told)s, %(frames)s, %(at)s)"
)
RAW_MOST: Final = 1 << 16  # bytes; longer ones would make the others on a crossing wait


@dataclass(frozen=True, slots=True, eq=False)
class ClearFrame:
    """A confirmation that may be clear: what the database reads (JSON), and the answer if it is booked.

    ``names`` are its serial and pay code, which no other on the same crossing may bear.
    """

    gateway: Gateway
    region: str
    bank: str
    trade_no: str
    names: frozenset[tuple[str, str]]
    row: str
    frames: str
    answer: bytes


def take_if_clear(
    gateway: Gateway, asked: Asked, advice: Advice, *, bank: str, moment: Moment
) -> bytes | None:
    """Take a clear confirmation and give its answer; None: nothing was written, judge it in full."""
    token = asked.token
    if gateway.store.dialect != "postgresql" or asked.head is None or token is None:
        return None
    # A token is asked for where the payment is booked: one statement touches one region.
    is_at_home = token.node[1:7] == advice.region
    if not is_at_home or len(asked.raw) > RAW_MOST or advice.lies_ahead(moment.now):
        return None
    return _ferry.ride((advice.region, bank), _clear_frame(gateway, asked, advice, bank, moment))


def _clear_frame(
    gateway: Gateway, asked: Asked, advice: Advice, bank: str, moment: Moment
) -> ClearFrame:
    booked = clear_row(advice, now=moment.now)
    told = Told(ANSWER, success_voucher(CONFIRMATION, str(booked["payment"])), SUCCESS)
    answer, head = write_answer(gateway, asked, told, moment)
    row = booked | {
        "node": asked.claimed,
        "token_sha256": hashlib.sha256(asked.token.token if asked.token else b"").hexdigest(),
    }
    came = asked.head or head
    both = ("in", CONFIRMATION, came, asked.raw), ("out", ANSWER, head, answer)
    frames = [_frame_row(row, *each) | {"id": new_id(moment.now)} for each in both]
    return ClearFrame(
        gateway=gateway,
        region=advice.region,
        bank=bank,
        trade_no=advice.trade_no,
        names=frozenset((("serial", advice.trade_no), ("code", advice.pay_code))),
        row=json.dumps(row, ensure_ascii=False),
        frames=json.dumps(frames)[1:-1],
        answer=answer,
    )


def _frame_row(
    row: dict[str, Any], direction: str, msg_no: str, head: Head, raw: bytes
) -> dict[str, Any]:
    """Give what the database keeps of a frame; its number comes from the caller."""
    return {
        "trade_no": row["trade_no"],
        "node": row["node"],
        "accepted_at": row["accepted_at"],
        "direction": direction,
        "msg_no": msg_no,
        "msg_id": head.msg_id,
        "msg_ref": head.msg_ref,
        "raw": base64.b64encode(raw).decode(),
        "sha256": hashlib.sha256(raw).hexdigest(),
    }


def _take(frames: Sequence[ClearFrame]) -> Sequence[bytes | None]:
    """Take those that came at the same time; of equal serials and codes the first."""
    asked = first_of_equals(frames)
    booked = _ask(asked)
    return [each.answer if each in asked and each.trade_no in booked else None for each in frames]


def _ask(frames: Sequence[ClearFrame]) -> frozenset[str]:
    """Ask the database to book them; give the serials that it booked, none where it failed."""
    lead = frames[0]
    asked = {
        "region": lead.region,
        "bank": lead.bank,
        "told": f"[{','.join(each.row for each in frames)}]",
        "frames": f"[{','.join(each.frames for each in frames)}]",
        "at": lead.gateway.clock.wall(),
    }
    try:
        told = lead.gateway.store.at_once(TAKE_TOGETHER, asked)
    except DatabaseError:  # what one of them brought must not be the others' failure
        return frozenset()
    return frozenset((told or "").split(" "))


_ferry: Final[Ferry[ClearFrame, bytes]] = Ferry(_take)
