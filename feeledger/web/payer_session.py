"""Which enterprise this browser has opened by its codes: kept in the signed cookie, not for long."""

from datetime import datetime, timedelta
from typing import Final

from flask import session

from feeledger.doors import kit

IDLE_TIME: Final = timedelta(minutes=30)


def remember_payer(uscc: str) -> None:
    """Let this browser see an enterprise's pages."""
    session["payer"] = {"uscc": uscc, "seen": kit().clock.wall().isoformat()}


def payer_here() -> str | None:
    """Give the enterprise this browser may see, unless it lay idle for too long; renew the time."""
    kept = session.get("payer")
    if not isinstance(kept, dict):
        return None
    now = kit().clock.wall()
    if now - datetime.fromisoformat(kept["seen"]) > IDLE_TIME:
        forget_payer()
        return None
    session["payer"] = {"uscc": kept["uscc"], "seen": now.isoformat()}
    return str(kept["uscc"])


def forget_payer() -> None:
    """Let this browser see the enterprise no more."""
    session.pop("payer", None)
