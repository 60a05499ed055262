"""Counting calls by the caller's address, of which a keyed digest is kept and nothing else.

The times are real instants (``Clock.wall``), not business ones. One statement a call, the same text
on SQLite and PostgreSQL.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from sqlalchemy import bindparam, delete, text
from sqlalchemy.orm import Session

from feeledger.callers.tables import CallCountRow
from feeledger.errors import Refused, Text
from feeledger.store import Instant

DIGEST_LENGTH: Final = 32

_COUNT: Final = text(
    "INSERT INTO api_call_count (caller, window_at, calls) VALUES (:caller, :window_at, 1) "
    "ON CONFLICT (caller, window_at) DO UPDATE SET calls = api_call_count.calls + 1 "
    "RETURNING calls"
).bindparams(bindparam("window_at", type_=Instant))


class TooManyRequests(Refused):
    """The caller asks more often than the public door allows."""

    code = "too-many-requests"
    title = Text("请求过于频繁", "Too many requests")
    status: ClassVar[int] = 429


@dataclass(frozen=True, slots=True)
class CallLimit:
    """How many calls of a kind one caller may make within a window."""

    kind: str
    calls: int
    window: timedelta


QUESTIONS: Final = CallLimit("", 120, timedelta(minutes=1))
REPORTS: Final = CallLimit("report", 30, timedelta(hours=1))
LOOKUPS: Final = CallLimit("lookup", 120, timedelta(minutes=10))
SIGN_INS: Final = CallLimit("sign-in", 60, timedelta(minutes=10))
KEPT: Final = 2 * max(QUESTIONS.window, REPORTS.window)


def caller_at(address: str, limit: CallLimit, *, secret: str) -> str:
    """Name a caller of a kind by a digest that tells nobody the address."""
    told = f"{limit.kind}{address}".encode()
    return hmac.digest(secret.encode(), told, "sha256").hex()[:DIGEST_LENGTH]


def count_call(
    session: Session, address: str, limit: CallLimit, *, secret: str, now: datetime
) -> None:
    """Count a call from an address in the window of now.

    Raises TooManyRequests beyond the limit; the roll-back leaves the count at it.
    """
    seconds = limit.window.total_seconds()
    window_at = datetime.fromtimestamp(now.timestamp() // seconds * seconds, tz=now.tzinfo)
    caller = caller_at(address, limit, secret=secret)
    calls = session.execute(_COUNT, {"caller": caller, "window_at": window_at}).scalar_one()
    if calls > limit.calls:
        wait = int((window_at + limit.window - now).total_seconds()) + 1
        minutes = int(seconds // 60)
        raise TooManyRequests(
            Text(
                f"{minutes} 分钟内至多 {limit.calls} 次；请 {wait} 秒后再试。",
                f"At most {limit.calls} within {minutes} min; try again in {wait} s.",
            ),
            retry_after=wait,
        )


def prune_calls(session: Session, *, now: datetime) -> None:
    """Forget counts whose window is long over."""
    session.execute(delete(CallCountRow).where(CallCountRow.window_at < now - KEPT))
