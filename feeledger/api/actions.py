"""Keep the door's guards: use up a nonce, count a call, forget what no longer matters.

Times are real instants (``Clock.wall``), not business ones. One statement each, the same text on
SQLite and PostgreSQL.
"""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, text
from sqlalchemy.orm import Session

from feeledger.api.refusals import TooManyRequests
from feeledger.api.signing import NONCE_KEPT, NonceUsed, VerifiedSignature, signature_invalid
from feeledger.api.tables import CallCountRow, NonceRow
from feeledger.errors import Text
from feeledger.regions.queries import key_of_bank
from feeledger.store import Instant

CALL_WINDOW = timedelta(minutes=1)
CALLS_MAX = 120

_USE_NONCE = text(
    "INSERT INTO api_nonce (keyid, nonce, used_at) "
    "SELECT keyid, :nonce, :now FROM bank_key WHERE keyid = :keyid "
    "AND valid_from <= :now AND (valid_to IS NULL OR valid_to > :now) "
    "ON CONFLICT (keyid, nonce) DO UPDATE SET used_at = :now "
    "WHERE api_nonce.used_at < :forgotten RETURNING keyid"
).bindparams(bindparam("now", type_=Instant), bindparam("forgotten", type_=Instant))

_COUNT_CALL = text(
    "INSERT INTO api_call_count (caller, window_at, calls) VALUES (:caller, :window_at, 1) "
    "ON CONFLICT (caller, window_at) DO UPDATE SET calls = api_call_count.calls + 1 "
    "RETURNING calls"
).bindparams(bindparam("window_at", type_=Instant))


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


def count_call(session: Session, caller: str, *, now: datetime, calls_max: int = CALLS_MAX) -> None:
    """Count a call of a caller in the window of now.

    Raises TooManyRequests beyond ``calls_max`` a window; the roll-back leaves the count at the limit.
    """
    window = now.timestamp() // CALL_WINDOW.total_seconds() * CALL_WINDOW.total_seconds()
    window_at = datetime.fromtimestamp(window, tz=now.tzinfo)
    calls = session.execute(_COUNT_CALL, {"caller": caller, "window_at": window_at}).scalar_one()
    if calls > calls_max:
        wait = int((window_at + CALL_WINDOW - now).total_seconds()) + 1
        raise TooManyRequests(
            Text(
                f"每分钟至多 {calls_max} 次；请 {wait} 秒后再试。",
                f"At most {calls_max} calls a minute; try again in {wait} s.",
            ),
            retry_after=wait,
        )


def prune_guards(session: Session, *, now: datetime) -> None:
    """Forget nonces and counts that no longer matter."""
    session.execute(delete(NonceRow).where(NonceRow.used_at < now - NONCE_KEPT))
    session.execute(delete(CallCountRow).where(CallCountRow.window_at < now - 2 * CALL_WINDOW))
