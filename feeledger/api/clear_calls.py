"""Clear confirmations in one statement: nonces, payments, messages, all or none (PostgreSQL).

The database's ``take_together`` books what is clear of the confirmations of one region and bank that
arrived at the same time (``ferry.py``), and tells the first answers of those that only repeat one. It
leaves everything else untouched for the long way of ``bank_calls.py``, which judges in full and gives
the reasons. A payment then costs one way to the server instead of seven, and where many come at once,
a part of one.

The answer of a crossing may be lost although it was kept: the line breaks while the database commits.
What was booked by it is then looked for and gets its answer; what is told "used before" of its nonce on the long way
is known there by the number of its own message (``settle_call``).
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from psycopg import DatabaseError

from feeledger.api.actions import PRUNE_ODDS, prune_guards
from feeledger.api.bank_calls import BankCall
from feeledger.api.json_text import write_json
from feeledger.api.signing import NONCE_KEPT
from feeledger.ferry import Ferry, first_of_equals
from feeledger.payments.advice import Advice
from feeledger.payments.booking_actions import clear_row
from feeledger.prompts import Prompt
from feeledger.store import Store, new_id

log = structlog.get_logger()

TAKE_TOGETHER: Final = Prompt(
    "SELECT take_together(%(region)s, %(bank)s, %(told)s, %(at)s, %(forgotten)s)"
)
# An answer bears the number that its payment was to get: where it stands, this crossing booked it.
STANDING: Final = Prompt(
    "SELECT coalesce(string_agg(k.trade_no, ' '), '') "
    "FROM json_to_recordset(%(told)s::json) AS t(trade_no text, answer text) "
    "JOIN payment_key AS k ON k.region = %(region)s AND k.bank = %(bank)s "
    "AND k.kind = 'confirmation' AND k.trade_no = t.trade_no AND k.answer = t.answer"
)


@dataclass(frozen=True, slots=True, eq=False)
class ClearCall:
    """A confirmation that may be clear: what the database reads (JSON), and the answer if it is booked.

    ``names`` are its serial, pay code and nonce, which no other on the same crossing may bear;
    ``message`` is the number under which its message is kept if the crossing takes it.
    """

    store: Store
    region: str
    bank: str
    trade_no: str
    names: frozenset[tuple[str, str]]
    at: datetime
    message: int
    request_id: str
    row: bytes
    answer: str


def take_if_clear(clear: ClearCall) -> str | None:
    """Take a clear confirmation, or one that repeats another, and give the text of its answer.

    None: judge it in full. Nothing of it was written, unless the crossing's answer was lost.
    """
    told = _ferry.ride((clear.region, clear.bank), clear)
    if told is not None and secrets.randbelow(PRUNE_ODDS) == 0:
        _prune(clear)
    return told


def _prune(clear: ClearCall) -> None:
    """Prune what guards nothing any more; the payment is booked, whatever becomes of this."""
    try:
        with clear.store.write() as session:
            prune_guards(session, now=clear.at)
    except Exception:
        log.exception("pruning failed", request_id=clear.request_id)


def clear_call(store: Store, call: BankCall, advice: Advice) -> ClearCall | None:
    """Make a confirmation ready to cross; None where it is certainly not clear."""
    if store.dialect != "postgresql" or advice.crc_code or advice.lies_ahead(call.now):
        return None
    raw = call.received("confirmation", region=advice.region, subject=advice.trade_no).raw
    signature, message = call.signature, new_id(call.now)
    row = clear_row(advice, now=call.now) | {
        "keyid": signature.key_id,
        "nonce": signature.nonce,
        "message": message,
        "request_id": call.request_id,
        "raw": base64.b64encode(raw).decode(),
        "sha256": hashlib.sha256(raw).hexdigest(),
    }
    serial, code = ("serial", advice.trade_no), ("code", advice.pay_code)
    return ClearCall(
        store=store,
        region=advice.region,
        bank=call.bank,
        trade_no=advice.trade_no,
        names=frozenset((serial, code, (signature.key_id, signature.nonce))),
        at=call.at,
        message=message,
        request_id=call.request_id,
        row=write_json(row),
        answer=row["answer"],
    )


def _take(calls: Sequence[ClearCall]) -> Sequence[str | None]:
    """Take those that came at the same time; of equal serials, codes and nonces the first."""
    asked = first_of_equals(calls)
    told = _ask(asked)
    return [told.get(each.trade_no) if each in asked else None for each in calls]


def _ask(calls: Sequence[ClearCall]) -> dict[str, str]:
    """Ask the database to book them; give the answers by serial, none where it failed."""
    lead = calls[0]
    # A key that ended before the last of them came is no longer good.
    at = max(each.at for each in calls)
    asked = {
        "region": lead.region,
        "bank": lead.bank,
        "told": (b"[" + b",".join(each.row for each in calls) + b"]").decode(),
        "at": at,
        "forgotten": at - NONCE_KEPT,
    }
    try:
        told = lead.store.at_once(TAKE_TOGETHER, asked)
    except DatabaseError:  # what one of them brought must not be the others' failure
        return {}
    if told is None:
        return _standing(calls)
    booked, *repeated = told.split("\n")
    taken = frozenset(booked.split(" "))
    answers = {each.trade_no: each.answer for each in calls if each.trade_no in taken}
    return answers | dict(line.split(" ", 1) for line in repeated)


def _standing(calls: Sequence[ClearCall]) -> dict[str, str]:
    """Look which of them were booked although the crossing told nothing; none where nobody can say."""
    lead = calls[0]
    answers = {each.trade_no: each.answer for each in calls}
    told = [{"trade_no": serial, "answer": answer} for serial, answer in answers.items()]
    asked = {"region": lead.region, "bank": lead.bank, "told": write_json(told).decode()}
    try:
        found = lead.store.at_once(STANDING, asked)
    except DatabaseError:
        found = None
    log.warning("crossing lost", confirmations=len(calls), standing=found)
    return {serial: answers[serial] for serial in (found or "").split()}


_ferry: Final[Ferry[ClearCall, str]] = Ferry(_take)
