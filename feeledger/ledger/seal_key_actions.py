"""Entering and ending the public keys with which signed days are checked. None is ever removed."""

from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Missing, Text
from feeledger.ledger.seal_keys import fingerprint_of_key
from feeledger.ledger.seal_tables import SealKeyRow
from feeledger.trail import record_act


class SealKeyKnown(Conflict):
    """The key is entered already."""

    code = "seal-key-known"
    title = Text("封签密钥已登记", "The sealing key is entered already")


class SealKeyUnknown(Missing):
    """No such key is entered, or it has ended."""

    code = "seal-key-unknown"
    title = Text("没有在用的这把封签密钥", "No such sealing key is in use")


def add_seal_key(session: Session, public: str, *, by: str, now: datetime) -> str:
    """Enter a public key (base64), valid from now on; give its fingerprint.

    Raises SealKeyKnown, SealKeyUnreadable.
    """
    fingerprint = fingerprint_of_key(public)
    if session.get(SealKeyRow, fingerprint) is not None:
        raise SealKeyKnown(
            Text(
                f"密钥 {fingerprint} 已登记；停用后不能再用，须另生成。",
                f"Key {fingerprint} is entered already; one that has ended is never used again, "
                f"make another.",
            )
        )
    session.execute(
        insert(SealKeyRow),
        {
            "fingerprint": fingerprint,
            "algorithm": "ed25519",
            "public": public,
            "valid_from": now,
            "valid_to": None,
        },
    )
    _record(session, fingerprint, act="add-seal-key", reason="", by=by, now=now)
    return fingerprint


def end_seal_key(
    session: Session, fingerprint: str, *, reason: str, by: str, now: datetime
) -> None:
    """End a key: it signs no more, and what it signed stays verifiable. Raises SealKeyUnknown."""
    ended = session.execute(
        update(SealKeyRow)
        .where(SealKeyRow.fingerprint == fingerprint, SealKeyRow.valid_to.is_(None))
        .values(valid_to=now)
        .returning(SealKeyRow.fingerprint)
    ).first()
    if ended is None:
        raise SealKeyUnknown(
            Text(
                f"没有在用的密钥 {fingerprint[:64]}；用 feeledger seal-key list 查看。",
                f"No key {fingerprint[:64]} is in use; see feeledger seal-key list.",
            )
        )
    _record(session, fingerprint, act="end-seal-key", reason=reason, by=by, now=now)


def _record(
    session: Session, fingerprint: str, *, act: str, reason: str, by: str, now: datetime
) -> None:
    record_act(
        session, actor=by, act=act, subject=f"seal-key:{fingerprint}", reason=reason, now=now
    )
