"""What both web doors share: the kit they work with, and the officer who is signed in.

A session's cookie holds a random token; the database knows its digest. A page that only reads
writes nothing, but for noting once a minute that the session is in use.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path

from flask import current_app, g, request

from feeledger.callers.actions import CallLimit, caller_at, count_call
from feeledger.clock import Clock
from feeledger.errors import Refused, Text
from feeledger.people.actions import IDLE_TIME, SEEN_STEP, keep_session_alive
from feeledger.people.queries import Officer, session_in_force
from feeledger.periods import Calendar
from feeledger.regions.working_days import load_calendar
from feeledger.settings import Settings
from feeledger.signatures import KeyRing, read_key_ring
from feeledger.store import Store

SESSION_COOKIE = "feeledger_session"


class SignInNeeded(Refused):
    """The page or call is for signed-in officers."""

    code = "sign-in-needed"
    title = Text("请先登录", "Please sign in")
    status = 401  # this file is a part of the doors: the API answers so, pages lead to the sign-in


@dataclass(frozen=True, slots=True)
class Kit:
    """What the doors work with."""

    store: Store
    clock: Clock
    settings: Settings


def kit() -> Kit:
    """Give the application's kit."""
    found = current_app.extensions["feeledger"]
    if not isinstance(found, Kit):
        raise TypeError(found)
    return found


def working_days() -> Calendar:
    """Give the calendar of working days beside the catalogs; read once a process.

    Raises FileRefused.
    """
    return _calendar_beside(kit().settings.catalog)


@cache
def _calendar_beside(edition: Path) -> Calendar:
    return load_calendar(edition.parents[1])


def key_ring() -> KeyRing:
    """Give the private keys at hand; read again when the folder has changed.

    Raises SigningKeysRefused.
    """
    folder = kit().settings.signing_keys
    if folder is None or not folder.is_dir():
        return KeyRing({})
    return _ring_of(folder, folder.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _ring_of(folder: Path, changed: int) -> KeyRing:
    del changed
    return read_key_ring(folder)


def caller_here(limit: CallLimit) -> str:
    """Name who asks, for counts of a kind, by a digest that tells nobody the address."""
    return caller_at(request.remote_addr or "", limit, secret=kit().settings.secret_key)


def count_call_here(limit: CallLimit) -> None:
    """Count a call of the caller's address in a transaction of its own. Raises TooManyRequests."""
    here = kit()
    with here.store.write() as session:
        count_call(
            session,
            request.remote_addr or "",
            limit,
            secret=here.settings.secret_key,
            now=here.clock.wall(),
        )


def officer_here() -> Officer | None:
    """Give the signed-in officer of this request, or None; looked up once a request."""
    if "officer" not in g:
        g.officer = _find_officer()
    officer: Officer | None = g.officer
    return officer


def sign_in_needed() -> SignInNeeded:
    """Make the refusal of whoever is not signed in."""
    return SignInNeeded(
        Text(
            "此页仅供登录人员使用，请登录后重试。",
            "This is for officers: sign in and try again.",
        )
    )


def note_session_use(token: str, seen_at: datetime, now: datetime) -> None:
    """Write down that a session is in use, at most once a minute."""
    if now - seen_at > SEEN_STEP:
        with kit().store.write() as session:
            keep_session_alive(session, token, now=now)


def _find_officer() -> Officer | None:
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return None
    store, now = kit().store, kit().clock.wall()
    with store.read() as session:
        found = session_in_force(session, token, now=now, idle=IDLE_TIME)
    if found is None:
        return None
    note_session_use(token, found.seen_at, now)
    return found.officer
