"""A county with thousands of notices, for the benches: one real notice, copied in the database."""

import base64
import hashlib

from sqlalchemy import insert, select

from feeledger.api.signing import SigningKey
from feeledger.codes import make_pay_code
from feeledger.notices.tables import BankQueryRow, NoticeLineRow, NoticeRow
from feeledger.regions.bank_actions import add_bank_key
from tests.builders import (
    ACCOUNT_NO,
    BANK,
    CLERK,
    NOW,
    REGION,
    a_notice,
    a_place,
    an_edition,
    an_enterprise,
)

KEY = SigningKey("bench-key", "hmac-sha256", hashlib.sha256(b"bench").digest())
FIRST_SERIAL = 50_000_000


def build(store, count):
    """Make the county and ``count`` notices; give their pay codes and the amount of each."""
    with store.write() as session:
        an_edition(session)
        a_place(session)
        an_enterprise(session)
        add_bank_key(
            session,
            KEY.id,
            bank=BANK,
            algorithm=KEY.algorithm,
            material=base64.b64encode(KEY.material).decode(),
            valid_from=NOW.replace(year=2014),
            by=CLERK,
            now=NOW,
        )
        notice = a_notice(session)
        codes = _copy(session, notice, count)
    return codes, f"{notice.amount_fen // 100}.{notice.amount_fen % 100:02d}", notice


def _copy(session, notice, count):
    codes = [make_pay_code(REGION, 26, FIRST_SERIAL + n) for n in range(count)]
    row = {c.name: getattr(notice, c.name) for c in NoticeRow.__table__.columns}
    lines = session.scalars(select(NoticeLineRow).where(NoticeLineRow.notice == notice.id)).all()
    kept = [{c.name: getattr(x, c.name) for c in NoticeLineRow.__table__.columns} for x in lines]
    ids = [notice.id + 1 + n for n in range(count)]
    session.execute(
        insert(NoticeRow),
        [row | {"id": i, "pay_code": c} for i, c in zip(ids, codes, strict=True)],
    )
    session.execute(insert(NoticeLineRow), [x | {"notice": i} for i in ids for x in kept])
    session.execute(
        insert(BankQueryRow),
        [
            {
                "region": REGION,
                "notice": i,
                "bank": BANK,
                "first_at": NOW,
                "last_at": NOW,
                "times": 1,
            }
            for i in ids
        ],
    )
    return codes


__all__ = ["ACCOUNT_NO", "KEY", "build"]
