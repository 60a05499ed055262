"""What the door itself keeps: used nonces, counts of calls, and every bank message as it came.

The guards' times are real instants (``Clock.wall``), not business ones. One statement each, the
same text on SQLite and PostgreSQL.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, insert, select, text
from sqlalchemy.orm import Session

from feeledger.api.signing import (
    NONCE_KEPT,
    NonceUsed,
    SignatureRefused,
    VerifiedSignature,
    key_not_in_force,
)
from feeledger.api.tables import NonceRow, SignatureRefusalRow
from feeledger.callers.actions import prune_calls
from feeledger.clock import BEIJING
from feeledger.errors import Text
from feeledger.payments.tables import MessageLogRow
from feeledger.regions.queries import key_of_bank
from feeledger.regions.tables import BankKeyRow
from feeledger.store import Instant, insert_for, new_id

PRUNE_ODDS = 500
REASON_LENGTH = 200
REFUSALS_KEPT = timedelta(days=400)

_USE_NONCE = text(
    "INSERT INTO api_nonce (keyid, nonce, used_at) "
    "SELECT keyid, :nonce, :now FROM bank_key WHERE keyid = :keyid "
    "AND valid_from <= :now AND (valid_to IS NULL OR valid_to > :now) "
    "ON CONFLICT (keyid, nonce) DO UPDATE SET used_at = :now "
    "WHERE api_nonce.used_at < :forgotten RETURNING keyid"
).bindparams(bindparam("now", type_=Instant), bindparam("forgotten", type_=Instant))


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message of a bank as it is kept. ``subject`` is its serial or pay code, as far as known."""

    region: str
    node: str
    kind: str
    subject: str
    request_id: str
    raw: bytes


def use_nonce(session: Session, signature: VerifiedSignature, *, now: datetime) -> None:
    """Use up the nonce of a good signature, with a key that is in force at this very moment.

    A rival with the same nonce waits for this transaction. Raises NonceUsed within ``NONCE_KEPT``
    of its use; SignatureInvalid where the key was revoked in the meantime.
    """
    values = {
        "keyid": signature.key_id,
        "nonce": signature.nonce,
        "now": now,
        "forgotten": now - NONCE_KEPT,
    }
    if session.execute(_USE_NONCE, values).first() is not None:
        return
    if key_of_bank(session, signature.key_id, now) is None:
        raise key_not_in_force(signature.key_id)
    refusal = NonceUsed(
        Text(
            f"随机数 {signature.nonce} 在 {NONCE_KEPT.seconds} 秒内已使用；重试须换新随机数重新签名。",
            f"The nonce {signature.nonce} was used within {NONCE_KEPT.seconds} s; a retry is "
            "signed afresh with a new one.",
        )
    )
    refusal.key_id, refusal.reason = signature.key_id, f"nonce {signature.nonce!r} came again"
    raise refusal


def keep_message(session: Session, message: ReceivedMessage, *, result: str, now: datetime) -> int:
    """Keep a message byte for byte, with its digest and what was answered; give its number."""
    number = new_id(now)
    session.execute(
        insert(MessageLogRow),
        {
            "region": message.region,
            "id": number,
            "direction": "in",
            "node": message.node,
            "msg_no": message.kind,
            "msg_id": message.subject,
            "msg_ref": message.request_id,
            "raw": message.raw,
            "sha256": hashlib.sha256(message.raw).hexdigest(),
            "result": result,
            "received_at": now,
        },
    )
    return number


def message_stands(session: Session, region: str, number: int | None) -> bool:
    """Say whether a message is kept under a number."""
    row = MessageLogRow
    query = select(row.id).where(row.region == region, row.id == number)
    return number is not None and session.scalar(query) is not None


def note_refusal(session: Session, refusal: SignatureRefused, *, now: datetime) -> None:
    """Note in a key's own log which part of a signature failed, counted by day and part.

    A keyid that names no key is not noted: it is nobody's log, and would let anybody fill ours.
    """
    if not refusal.key_id or session.get(BankKeyRow, refusal.key_id) is None:
        return
    row = SignatureRefusalRow
    reason = refusal.reason[:REASON_LENGTH]
    statement = insert_for(session, row).values(
        keyid=refusal.key_id,
        day=now.astimezone(BEIJING).date(),
        part=refusal.part,
        times=1,
        reason=reason,
        first_at=now,
        last_at=now,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["keyid", "day", "part"],
            set_={"times": row.times + 1, "reason": reason, "last_at": now},
        )
    )


def prune_seldom(session: Session, *, now: datetime) -> None:
    """Prune at one call in some hundreds, which keeps the guards small at no cost to the others."""
    if secrets.randbelow(PRUNE_ODDS) == 0:
        prune_guards(session, now=now)


def prune_guards(session: Session, *, now: datetime) -> None:
    """Forget nonces, counts and noted refusals that no longer matter."""
    session.execute(delete(NonceRow).where(NonceRow.used_at < now - NONCE_KEPT))
    forgotten = (now - REFUSALS_KEPT).astimezone(BEIJING).date()
    session.execute(delete(SignatureRefusalRow).where(SignatureRefusalRow.day < forgotten))
    prune_calls(session, now=now)
