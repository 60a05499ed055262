"""The demonstration's vouchers: keys of its units and bureau, numbers, signatures; all marked 演示.

The keys are made on the machine that runs the demonstration and sign nothing else.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.demo.setting import BY, UNITS
from feeledger.notices.signature_actions import sign_notice
from feeledger.notices.tables import NoticeRow
from feeledger.people.demonstration import DEMO_REGION
from feeledger.regions.signing_actions import enrol_signing_key
from feeledger.signatures import KeyRing, make_private_key, read_key_ring
from feeledger.store import Store
from feeledger.vouchers.actions import Round, follow_vouchers
from feeledger.vouchers.stock_actions import bind_ticket_kind, open_ticket_block

KIND: Final = "0301"
NUMBERS: Final = 10_000
KEYIDS: Final[dict[str | None, str]] = {
    None: "demo-bureau",
    **{unit.code: f"demo-{unit.code}" for unit in UNITS},
}


def demonstration_keys(folder: Path) -> KeyRing:
    """Give the keys of the demonstration; those that are not there yet are made."""
    for keyid in KEYIDS.values():
        if not (folder / f"{keyid}.pem").exists():
            make_private_key(folder, keyid)
    return read_key_ring(folder)


def open_vouchers(session: Session, ring: KeyRing, *, today: date, now: datetime) -> None:
    """Enrol the keys, bind the units, open the year's numbers and sign the notices issued so far."""
    for unit, keyid in KEYIDS.items():
        enrol_signing_key(
            session,
            DEMO_REGION,
            keyid,
            unit_code=unit,
            material=ring.public_half(keyid),
            by=BY,
            now=now - timedelta(seconds=1),  # signatures carry milliseconds: none before its key
        )
        if unit is not None:
            bind_ticket_kind(session, DEMO_REGION, unit, KIND, by=BY, now=now)
    open_ticket_block(
        session,
        DEMO_REGION,
        kind=KIND,
        year=today.year,
        count=NUMBERS,
        reason="演示数据",
        by=BY,
        now=now,
    )
    unsigned = select(NoticeRow.id).where(
        NoticeRow.region == DEMO_REGION,
        NoticeRow.signature.is_(None),
        NoticeRow.pay_code.is_not(None),
    )
    for notice in session.scalars(unsigned).all():
        sign_notice(session, DEMO_REGION, notice, ring=ring, by=BY, now=now)


def follow_all(store: Store, ring: KeyRing, *, today: date, now: datetime) -> int:
    """Bring every voucher where its notice is; give how many were completed."""
    completed = 0
    asked = Round(ring, today, now)
    while (step := store.retry(lambda session: follow_vouchers(session, DEMO_REGION, asked))).moved:
        completed += step.completed
    return completed
