"""A county with thousands of notices, for the benches: one real notice, copied in the database."""

import base64
import hashlib

from sqlalchemy import insert, select

from feeledger.api.signing import SigningKey
from feeledger.codes import make_pay_code
from feeledger.ledger.actions import open_book
from feeledger.notices.tables import BankQueryRow, NoticeLineRow, NoticeRow
from feeledger.regions.actions import open_region
from feeledger.regions.bank_actions import add_bank_key, appoint_agent_bank
from feeledger.regions.queries import RegionSettings
from feeledger.regions.tables import RegionRow
from tests.builders import (
    ACCOUNT_NO,
    BANK,
    CLERK,
    LONG_AGO,
    NOW,
    REGION,
    SOIL_ITEM,
    TODAY,
    WATER_UNIT,
    WINDOW,
    a_notice,
    a_place,
    a_unit,
    an_account,
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


def build_counties(store, how_many, count):
    """Make further counties with an account each, and ``count`` notices over all; give code and account."""
    with store.read() as session:
        others = session.scalars(
            select(RegionRow.code)
            .where(RegionRow.code.like("1301__"), RegionRow.code != REGION)
            .order_by(RegionRow.code.desc())
            .limit(how_many)
        ).all()
    told = []
    for number, region in enumerate(others):
        account = f"{ACCOUNT_NO}-{number:02d}"
        with store.write() as session:
            open_region(session, region, RegionSettings(), by=CLERK, now=NOW)
            open_book(session, region, first_day=TODAY, by=CLERK, now=NOW)
            a_unit(session, WINDOW, region=region, items=(), is_window=True)
            a_unit(session, WATER_UNIT, region=region, items=(SOIL_ITEM,))
            appoint_agent_bank(session, region, BANK, valid_from=LONG_AGO, by=CLERK, now=NOW)
            an_account(session, account, region=region)
            notice = a_notice(session, region=region)
            told += [(code, account) for code in _copy(session, notice, count // how_many)]
    return told


def _copy(session, notice, count):
    region = notice.region
    codes = [make_pay_code(region, 26, FIRST_SERIAL + n) for n in range(count)]
    row = {c.name: getattr(notice, c.name) for c in NoticeRow.__table__.columns}
    of_it = NoticeLineRow.region == region, NoticeLineRow.notice == notice.id
    lines = session.scalars(select(NoticeLineRow).where(*of_it)).all()
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
                "region": region,
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
