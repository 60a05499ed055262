"""Vouchers on pages: the payer's paper, the bureau's list and stock, and who may do what (R-D1)."""

import io
import json
from dataclasses import replace

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from feeledger.enterprises.lookup_actions import issue_lookup_code
from feeledger.notices.signature_actions import sign_notice
from feeledger.notices.tables import NoticeRow
from feeledger.regions.signing_actions import enrol_signing_key
from feeledger.signatures import make_private_key, read_key_ring, signature_fits, signature_in
from feeledger.vouchers.tables import VoucherRow
from feeledger.vouchers.voucher import content_bytes
from tests.builders import CLERK, NOW, POLICE_UNIT, REGION, USCC, WATER_UNIT

STOCK = "/console/vouchers/stock"
BLOCK = {"kind": "0301", "year": "2026", "count": "500", "for_unit": "", "reason": "年初开放"}


@pytest.fixture
def papers(desk, tmp_path):
    """Keys of the water unit and the bureau; every notice of the desk is signed by its unit."""
    folder = tmp_path / "keys"
    with desk.store.write() as session:
        issuing = sorted(set(session.scalars(select(NoticeRow.unit_code))))
        keyids = {None: "bureau", **{unit: f"key-{unit.lower()}" for unit in issuing}}
        for unit, keyid in keyids.items():
            material = make_private_key(folder, keyid)
            enrolled = {"unit_code": unit, "material": material, "by": CLERK, "now": NOW}
            enrol_signing_key(session, REGION, keyid, **enrolled)
        ring = read_key_ring(folder)
        for notice in session.scalars(select(NoticeRow.id)).all():
            sign_notice(session, REGION, notice, ring=ring, by=CLERK, now=NOW)
    desk.settings = replace(desk.settings, signing_keys=folder)
    desk.live_on(desk.settings.demo_today or NOW.date())
    return issuing


def open_stock(desk, units):
    clerk = desk.as_("clerk")
    for unit in units:
        sent = {"unit": unit, "unit_kind": "0301"}
        assert clerk.send(f"{STOCK}/bind", sent, page=STOCK).status_code == 303
    assert clerk.send(f"{STOCK}/open", BLOCK, page=STOCK).status_code == 303
    return clerk


def living(desk, notice):
    with desk.store.read() as session:
        return session.scalars(select(VoucherRow).where(VoucherRow.notice == notice)).one()


def test_r_d1_the_payer_sees_a_notice_become_a_receipt_and_prints_what_was_signed(desk, papers):
    """50 m² at 1.40 yuan are 70.00: 柒拾元整; the unpaid notice stays a notice and has no paper."""
    with desk.store.write() as session:
        code = issue_lookup_code(session, USCC, reason="", by=CLERK, now=NOW)
    payer = desk.visitor()
    home = f"/lookup/notices/{REGION}/{desk.world.paid}/voucher"
    assert payer.get(home).location == "/lookup"
    payer.send("/lookup", {"uscc": USCC, "code": code})
    assert "还没有票据" in payer.text(home)  # no number is open yet
    open_stock(desk, papers)

    assert home in payer.text(f"/lookup/notices/{REGION}/{desk.world.paid}")
    shown = payer.text(home)
    paper = living(desk, desk.world.paid)
    assert "完整票据，缴款凭证有效" in shown
    assert paper.check_code in shown
    assert "A complete voucher" in payer.text(f"/en{home}")
    pdf = payer.get(f"{home}/{paper.id}/pdf")
    text = PdfReader(io.BytesIO(pdf.data)).pages[0].extract_text()
    for said in ("电子非税收入一般缴款书", "柒拾元整", "70.00", paper.check_code, USCC):
        assert said in text
    told = json.loads(payer.get(f"{home}/{paper.id}/file").data)
    with desk.store.read() as session:
        found = signature_in(told["bureau_signature"])
        key = read_key_ring(desk.settings.signing_keys).public_half("bureau")
        assert session.get(VoucherRow, (REGION, paper.id)).state == "complete"
    assert signature_fits(key, content_bytes(told["content"]), found.value)

    unpaid = f"/lookup/notices/{REGION}/{desk.world.unpaid}/voucher"
    assert "只是缴款通知，不是收据" in payer.text(unpaid)
    waiting = living(desk, desk.world.unpaid).id
    assert payer.get(f"{unpaid}/{waiting}/pdf").status_code == 404
    assert payer.get(f"{unpaid}/{paper.id}/pdf").status_code == 404  # another notice's paper


def test_the_bureau_sees_its_vouchers_and_opens_numbers_and_nobody_else_does(desk, papers):
    auditor = desk.as_("audit")
    assert "还没有票据" in auditor.text("/console/vouchers")
    assert "还没有号段" in auditor.text(STOCK)
    assert auditor.send(f"{STOCK}/open", BLOCK, page="/console").status_code == 403
    clerk = open_stock(desk, papers)
    stock = clerk.text(STOCK)
    assert "0000000001–0000000500" in stock
    assert "没有断号" in stock

    wrong = clerk.send(f"{STOCK}/open", BLOCK | {"count": "1.5", "year": "26"}, page=STOCK)
    assert wrong.status_code == 422
    assert "1 至 10000000 的整数" in wrong.text
    assert "四位年度" in wrong.text
    assert 'value="1.5"' in wrong.text  # what was written is kept
    refused = clerk.send(f"{STOCK}/open", BLOCK | {"kind": "0401"}, page=STOCK)
    assert "须为 4 位数字并以 03" in refused.text
    assert clerk.send(f"{STOCK}/bind", {"unit": "nobody"}, page=STOCK).status_code == 422

    payer_page = desk.visitor()
    assert payer_page.get("/console/vouchers").status_code == 303
    with desk.store.write() as session:
        code = issue_lookup_code(session, USCC, reason="", by=CLERK, now=NOW)
    payer_page.send("/lookup", {"uscc": USCC, "code": code})
    payer_page.text(f"/lookup/notices/{REGION}/{desk.world.paid}/voucher")
    paper = living(desk, desk.world.paid)
    listed = clerk.text("/console/vouchers?state=complete")
    assert f"/console/vouchers/{paper.id}" in listed
    assert "没有符合条件的票据" in clerk.text("/console/vouchers?text=9999999999")
    assert f"/console/vouchers/{paper.id}" in clerk.text(f"/console/vouchers?text={paper.number}")
    one = clerk.text(f"/console/vouchers/{paper.id}")
    assert "完整票据" in one
    assert clerk.get(f"/console/vouchers/{paper.id}/pdf").data.startswith(b"%PDF")
    assert clerk.get("/console/vouchers/7").status_code == 404

    own = "water" if paper.unit_code == WATER_UNIT else "police"
    other = {"water": "police", "police": "water"}[own]
    if paper.unit_code in (WATER_UNIT, POLICE_UNIT):
        assert desk.as_(own).get(f"/console/vouchers/{paper.id}").status_code == 200
    assert desk.as_(other).get(f"/console/vouchers/{paper.id}").status_code == 404
