"""What the door itself keeps: used nonces, counts of calls, and every bank message as it came.

The guards' times are real instants (``Clock.wall``), not business ones. One statement each, the
same text on SQLite and PostgreSQL.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, text
from sqlalchemy.orm import Session

from feeledger.api.signing import NONCE_KEPT, NonceUsed, VerifiedSignature, signature_invalid
from feeledger.api.tables import NonceRow
from feeledger.callers.actions import prune_calls
from feeledger.errors import Text
from feeledger.payments.tables import MessageLogRow
from feeledger.regions.queries import key_of_bank
from feeledger.store import Instant, new_id

PRUNE_ODDS = 500

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
        raise signature_invalid(f"key {signature.key_id!r} was revoked in the meantime")
    raise NonceUsed(
        Text(
            f"随机数 {signature.nonce} 在 {NONCE_KEPT.seconds} 秒内已使用；重试须换新随机数重新签名。",
            f"The nonce {signature.nonce} was used within {NONCE_KEPT.seconds} s; a retry is "
            "signed afresh with a new one.",
        )
    )


def keep_message(session: Session, message: ReceivedMessage, *, result: str, now: datetime) -> None:
    """Keep a message byte for byte, with its digest and what was answered (append-only)."""
    session.execute(
        insert(MessageLogRow),
        {
            "region": message.region,
            "id": new_id(now),
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


def prune_seldom(session: Session, *, now: datetime) -> None:
    """Prune at one call in some hundreds, which keeps the guards small at no cost to the others."""
    if secrets.randbelow(PRUNE_ODDS) == 0:
        prune_guards(session, now=now)


def prune_guards(session: Session, *, now: datetime) -> None:
    """Forget nonces and counts that no longer matter."""
    session.execute(delete(NonceRow).where(NonceRow.used_at < now - NONCE_KEPT))
    prune_calls(session, now=now)
