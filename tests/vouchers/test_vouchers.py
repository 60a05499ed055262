"""Vouchers follow their notices: numbered without a gap, signed twice, and red after a refund."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from feeledger.auditor.program import audit_database
from feeledger.money import Money
from feeledger.notices.actions import NoticeOrder, issue_notice, void_notice
from feeledger.notices.signature_actions import (
    NoticeSigned,
    SignatureMissing,
    SignatureWrong,
    sign_notice,
)
from feeledger.notices.tables import NoticeRow
from feeledger.payments.actions import record_payment
from feeledger.regions.actions import change_settings
from feeledger.regions.queries import RegionSettings
from feeledger.regions.signing_actions import (
    SigningKeyKnown,
    SigningKeyRefused,
    enrol_signing_key,
    revoke_signing_key,
)
from feeledger.reliefs.actions import apply_for_relief, approve_relief
from feeledger.reliefs.relief import Ground, Terms
from feeledger.signatures import SigningKeysRefused, make_private_key, read_key_ring
from feeledger.store import Store
from feeledger.vouchers.actions import Round, follow_vouchers
from feeledger.vouchers.queries import (
    notices_without_number,
    verify_voucher,
    voucher_checked,
    vouchers_of_notice,
)
from feeledger.vouchers.stock_actions import (
    BlockRefused,
    TicketNotBound,
    bind_ticket_kind,
    demand_binding,
    open_ticket_block,
)
from feeledger.vouchers.tables import VoucherRow
from feeledger.vouchers.verify_queries import voucher_faults
from feeledger.vouchers.voucher import (
    CHECK_SIGNS,
    TicketKindRefused,
    number_text,
    ticket_code_of,
)
from tests.builders import (
    BANK,
    CLERK,
    NOW,
    OTHER_REGION,
    PAYER_ACCOUNT,
    REGION,
    TODAY,
    USCC,
    WATER_UNIT,
    a_charge,
    a_notice,
    a_paid_refund,
    a_place,
    a_query,
    an_advice,
    an_edition,
    an_enterprise,
    the_calendar,
)

CODE = "13030126"  # Hebei 13, class 03, kind 01, year 2026


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "keys"


@pytest.fixture
def place(any_store, folder):
    """A region whose water unit and bureau have keys, with 50 numbers of kind 0301."""
    with any_store.write() as session:
        an_edition(session)
        a_place(session)
        an_enterprise(session)
        enrol(session, folder, "unit-key", WATER_UNIT)
        enrol(session, folder, "bureau-key", None)
        bind_ticket_kind(session, REGION, WATER_UNIT, "0301", by=CLERK, now=NOW)
        open_block(session, count=50)
    return any_store


def enrol(session, folder, keyid, unit_code):
    material = make_private_key(folder, keyid)
    return enrol_signing_key(
        session, REGION, keyid, unit_code=unit_code, material=material, by=CLERK, now=NOW
    )


def open_block(session, region=REGION, **told):
    asked = {"kind": "0301", "year": 2026, "count": 10, "reason": "开放", "unit_code": None}
    return open_ticket_block(session, region, **(asked | told), by=CLERK, now=NOW)


def signed_notice(session, folder, **told):
    order = NoticeOrder(USCC, (a_charge(),), ring=read_key_ring(folder), **told)
    return issue_notice(
        session, REGION, order, calendar=the_calendar(), today=TODAY, by=CLERK, now=NOW
    )


def follow(store, folder, *notices):
    with store.write() as session:
        asked = Round(read_key_ring(folder), TODAY, NOW, notices or None)
        return follow_vouchers(session, REGION, asked)


def latest(store, notice):
    with store.read() as session:
        return vouchers_of_notice(session, REGION, notice.id)[0]


def standing(store, voucher, check=None):
    with store.read() as session:
        code = voucher.check_code if check is None else check
        found = verify_voucher(session, voucher.ticket_code, voucher.number, code)
        return None if found is None else found.standing


def faults(store):
    with store.read() as session:
        return [(fault.kind, fault.number) for fault in voucher_faults(session, REGION)]


def pay(store, notice, trade_no="T0001"):
    with store.write() as session:
        a_query(session, notice)
        advice = an_advice(notice, trade_no, payer_account=PAYER_ACCOUNT)
        record_payment(session, advice, bank=BANK, now=NOW + timedelta(seconds=1)).receipt()


def set_status(store, notice, status):
    """Stand in for the other hands that move a notice (day files, reversals)."""
    with store.write() as session:
        session.execute(
            update(NoticeRow)
            .where(NoticeRow.region == REGION, NoticeRow.id == notice.id)
            .values(status=status)
        )


def test_the_ticket_code_is_region_class_kind_and_year():
    assert ticket_code_of("130184", "0301", 2026) == CODE
    assert ticket_code_of("530100", "0301", 2024) == "53030124"  # the head of the sample of S4
    assert number_text(38_285_699) == "0038285699"
    assert len(set(CHECK_SIGNS) & set("0O1lIo")) == 0


def test_r_d1_a_paper_is_a_notice_until_the_bureau_has_signed_it(place, folder):
    with place.write() as session:
        notice = signed_notice(session, folder)
    assert follow(place, folder).moved == 2  # numbered, and the unit's signature taken over

    voucher = latest(place, notice)
    assert (voucher.ticket_code, voucher.number, voucher.state) == (
        CODE,
        1,
        "issued_unsigned_by_finance",
    )
    assert standing(place, voucher) == "notice_only"
    pay(place, notice)
    assert standing(place, voucher) == "notice_only"  # a payment signs nothing by itself
    assert follow(place, folder, notice.id).completed == 1
    assert standing(place, voucher) == "complete"
    said = latest(place, notice).content
    assert (said["amount"], said["amount_in_words"]) == ("140.00", "壹佰肆拾元整")
    assert (said["pay_code"], said["number"]) == (notice.pay_code, "0000000001")
    set_status(place, notice, "reconciled")
    assert follow(place, folder).written_off == 1
    assert (latest(place, notice).state, standing(place, voucher)) == ("written_off", "complete")
    assert follow(place, folder).moved == 0
    assert faults(place) == []


def test_nothing_is_told_without_the_right_check_code_capitals_included(place, folder):
    with place.write() as session:
        notice = signed_notice(session, folder)
    follow(place, folder)
    voucher = latest(place, notice)

    assert standing(place, voucher, "") is None
    assert standing(place, voucher, "zzzzzz") is None
    assert standing(place, voucher, "校验码") is None
    if voucher.check_code.swapcase() != voucher.check_code:
        assert standing(place, voucher, voucher.check_code.swapcase()) is None
    with place.read() as session:
        assert verify_voucher(session, CODE, 2, voucher.check_code) is None
        assert verify_voucher(session, "99999999", 1, voucher.check_code) is None


def test_a_voided_notice_voids_its_voucher_and_its_number_is_never_used_again(place, folder):
    with place.write() as session:
        notice = signed_notice(session, folder)
    follow(place, folder)
    with place.write() as session:
        void_notice(session, REGION, notice.id, reason="开错", by=CLERK, now=NOW)
        other = signed_notice(session, folder)
    follow(place, folder)

    assert standing(place, latest(place, notice)) == "voided"
    assert latest(place, other).number == 2
    assert faults(place) == []


def test_r_f7_a_partial_refund_makes_it_red_and_the_remainder_gets_a_new_one(place, folder):
    with place.write() as session:
        notice = signed_notice(session, folder)
    pay(place, notice)
    follow(place, folder)
    first = latest(place, notice)
    with place.write() as session:
        a_paid_refund(session, notice, "40.00")
    follow(place, folder)

    with place.read() as session:
        by_number = {v.number: v for v in vouchers_of_notice(session, REGION, notice.id)}
    assert (by_number[1].state, by_number[1].end_reason) == ("red", "refund")
    assert standing(place, first) == "red"
    rest = by_number[2]
    assert (rest.state, rest.replaces) == ("complete", first.id)
    assert (rest.amount_fen, rest.content["amount"]) == (100_00, "100.00")  # 140.00 - 40.00
    with place.write() as session:
        a_paid_refund(session, notice, "100.00")
    follow(place, folder)
    assert standing(place, rest) == "red"
    assert latest(place, notice).number == 2  # nothing is left: no third voucher
    assert faults(place) == []


def test_r_f7_a_full_refund_leaves_a_red_voucher_alone(place, folder):
    with place.write() as session:
        notice = signed_notice(session, folder)
    pay(place, notice)
    follow(place, folder)
    with place.write() as session:
        a_paid_refund(session, notice)
    assert follow(place, folder).reddened == 1

    with place.read() as session:
        assert [v.state for v in vouchers_of_notice(session, REGION, notice.id)] == ["red"]
    assert faults(place) == []


def test_a_payment_taken_back_makes_it_red_and_the_notice_is_numbered_anew(place, folder):
    with place.write() as session:
        notice = signed_notice(session, folder)
    pay(place, notice)
    follow(place, folder)
    with place.write() as session:
        session.execute(
            text("UPDATE payment SET state = 'reversed' WHERE region = :r"), {"r": REGION}
        )
    set_status(place, notice, "issued")
    follow(place, folder)

    with place.read() as session:
        states = {v.number: v.state for v in vouchers_of_notice(session, REGION, notice.id)}
    assert states == {1: "red", 2: "issued_unsigned_by_finance"}
    assert faults(place) == []


def test_16001_says_why_a_unit_has_no_number(place):
    with place.write() as session:
        assert demand_binding(session, REGION, WATER_UNIT) == "0301"
        with pytest.raises(TicketNotBound) as other:
            demand_binding(session, REGION, WATER_UNIT, "0302")
        with pytest.raises(TicketNotBound):
            demand_binding(session, REGION, "130184-POLICE")
        with pytest.raises(TicketKindRefused):
            bind_ticket_kind(session, REGION, WATER_UNIT, "0101", by=CLERK, now=NOW)
        with pytest.raises(BlockRefused):
            open_block(session, count=0)

    assert other.value.wire == "16001"


def test_a_dry_stock_lets_notices_wait_and_loses_none(any_store, folder):
    with any_store.write() as session:
        a_place(session)
        an_enterprise(session)
        bind_ticket_kind(session, REGION, WATER_UNIT, "0301", by=CLERK, now=NOW)
        open_block(session, count=1)
        for _ in range(2):
            a_notice(session)
    assert follow(any_store, folder).assigned == 1
    with any_store.read() as session:
        assert notices_without_number(session, REGION) == {WATER_UNIT: 1}
    with any_store.write() as session:
        open_block(session, count=5)
    assert follow(any_store, folder).assigned == 1
    assert faults(any_store) == []


def test_a_block_issued_beforehand_is_used_first_and_in_order(place, folder):
    with place.write() as session:
        block = open_block(session, count=2, unit_code=WATER_UNIT)
        assert (block.first_no, block.last_no) == (51, 52)
        notices = [signed_notice(session, folder) for _ in range(3)]
    follow(place, folder)

    assert sorted(latest(place, notice).number for notice in notices) == [1, 51, 52]
    assert faults(place) == []


def test_two_regions_of_a_province_never_hold_the_same_number(place):
    from tests.builders import open_book, open_region

    with place.write() as session:
        open_region(session, OTHER_REGION, RegionSettings(), by=CLERK, now=NOW)
        open_book(session, OTHER_REGION, first_day=TODAY, by=CLERK, now=NOW)
        other = open_block(session, region=OTHER_REGION)
        ours = open_block(session)

    assert (other.first_no, other.last_no, ours.first_no) == (51, 60, 61)


def test_the_guard_takes_no_notice_without_its_units_good_signature(place, folder):
    with place.write() as session:
        settings = RegionSettings(signature_required=True)
        change_settings(session, REGION, settings, reason="启用", by=CLERK, now=NOW)
        with pytest.raises(SignatureMissing):
            a_notice(session)
        signed = signed_notice(session, folder)
        assert signed.signature.startswith("unit-key ")
        with pytest.raises(SignatureWrong):  # a good signature, of another notice's content
            signed_notice(session, folder, signature=signed.signature, external_no="X-1")
        again = signed_notice(session, folder, signature=signed.signature)
        assert again.signature == signed.signature
        revoke_signing_key(session, REGION, "unit-key", reason="泄露", by=CLERK, now=NOW)
    late = NoticeOrder(USCC, (a_charge(),), ring=read_key_ring(folder))
    with place.write() as session, pytest.raises(SignatureMissing):
        issue_notice(
            session,
            REGION,
            late,
            calendar=the_calendar(),
            today=TODAY,
            by=CLERK,
            now=NOW + timedelta(minutes=1),
        )


def test_a_file_that_is_not_the_enrolled_key_signs_nothing(place, folder):
    (folder / "unit-key.pem").unlink()
    make_private_key(folder, "unit-key")

    with place.write() as session, pytest.raises(SignatureWrong):
        signed_notice(session, folder)


def test_an_unsigned_notice_is_signed_once_and_completed_only_then(place, folder):
    with place.write() as session:
        notice = a_notice(session)
    pay(place, notice)
    follow(place, folder)
    assert latest(place, notice).state == "assigned"
    with place.write() as session:
        sign_notice(session, REGION, notice.id, ring=read_key_ring(folder), by=CLERK, now=NOW)
        with pytest.raises(NoticeSigned):
            sign_notice(session, REGION, notice.id, ring=read_key_ring(folder), by=CLERK, now=NOW)
    follow(place, folder)

    assert standing(place, latest(place, notice)) == "complete"
    with pytest.raises(DBAPIError, match="append-only"), place.write() as session:
        session.execute(text("UPDATE notice SET signature = 'x' WHERE region = :r"), {"r": REGION})


def test_what_was_tampered_with_is_no_receipt_and_is_reported(place, folder):
    with place.write() as session:
        notice = signed_notice(session, folder)
    pay(place, notice)
    follow(place, folder)
    with place.write() as session:
        session.execute(
            update(VoucherRow).where(VoucherRow.region == REGION).values(amount_fen=14_000_00)
        )
    voucher = latest(place, notice)
    with place.read() as session:
        assert voucher_checked(session, voucher).bureau.standing == "wrong"
    assert standing(place, voucher) == "notice_only"
    assert faults(place) == [("signature_wrong", 1)]


def test_gaps_and_unpaid_completes_are_found(place, folder):
    with place.write() as session:
        for _ in range(3):
            signed_notice(session, folder)
    follow(place, folder)
    with place.write() as session:
        session.execute(
            text("UPDATE ticket_block SET next_no = 6 WHERE region = :r"), {"r": REGION}
        )
        session.execute(
            text(
                "UPDATE voucher SET state = 'complete', unit_signature = 'x', content = '{}', "
                "bureau_signature = 'x' WHERE region = :r AND number = 2"
            ),
            {"r": REGION},
        )

    assert ("gap", 4) in faults(place)
    assert ("complete_unpaid", 2) in faults(place)
    assert ("signature_wrong", 2) in faults(place)


def test_the_database_keeps_a_number_once_and_a_voucher_for_ever(place, folder):
    with place.write() as session:
        signed_notice(session, folder)
    follow(place, folder)
    for statement in (
        "DELETE FROM voucher",
        "UPDATE voucher SET number = 9",
        "UPDATE voucher SET check_code = 'abcdef'",
        "UPDATE signing_key SET material = 'x'",
        "UPDATE ticket_block SET first_no = 2",
    ):
        with pytest.raises(DBAPIError, match="append-only"), place.write() as session:
            session.execute(text(statement))


def test_keys_are_refused_that_are_none_or_lie_open(place, folder):
    with place.write() as session:
        public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        for keyid, material in (("k 1", base64.b64encode(public).decode()), ("k", "abc")):
            with pytest.raises(SigningKeyRefused):
                enrol_signing_key(
                    session, REGION, keyid, unit_code=None, material=material, by=CLERK, now=NOW
                )
        with pytest.raises(SigningKeyKnown):
            enrol_signing_key(
                session,
                REGION,
                "unit-key",
                unit_code=None,
                material=base64.b64encode(public).decode(),
                by=CLERK,
                now=NOW,
            )
    (folder / "unit-key.pem").chmod(0o644)
    with pytest.raises(SigningKeysRefused):
        read_key_ring(folder)
    with pytest.raises(SigningKeysRefused):
        make_private_key(folder, "bureau-key")


@pytest.mark.postgresql
def test_rounds_at_once_number_every_notice_once_without_a_gap(pg_database, folder):
    store = Store(pg_database.service_url, pool_size=12)
    with store.write() as session:
        a_place(session)
        an_enterprise(session)
        enrol(session, folder, "unit-key", WATER_UNIT)
        bind_ticket_kind(session, REGION, WATER_UNIT, "0301", by=CLERK, now=NOW)
        open_block(session, count=100)

    def issue_and_follow(_):
        with store.write() as session:
            signed_notice(session, folder)
        return store.retry(
            lambda session: (
                follow_vouchers(session, REGION, Round(read_key_ring(folder), TODAY, NOW)).assigned
            )
        )

    with ThreadPoolExecutor(8) as pool:
        given = sum(pool.map(issue_and_follow, range(24)))
    assert given == 24
    assert faults(store) == []
    with store.read() as session:
        numbers = sorted(session.scalars(text("SELECT number FROM voucher")))
    assert numbers == list(range(1, 25))
    store.close()


def test_r_m4_a_voucher_says_what_was_paid_after_reliefs_and_a_waived_notice_has_none(
    place, folder, url
):
    """140.00 less 40.00 is 100.00, on the line and in all; the waived notice's paper is void.

    What was halved before it got its number is numbered for 70.00.
    """
    with place.write() as session:
        reduced, waived, half = (signed_notice(session, folder, external_no=no) for no in "ABC")
        _relieve(session, half, Terms("reduce", 1, bp=5000))
    follow(place, folder)
    with place.write() as session:
        _relieve(session, reduced, Terms("reduce", 1, amount=Money(4000)))
        _relieve(session, waived, Terms("waive"))
        a_query(session, reduced)
        advice = an_advice(reduced, amount="100.00", payer_account=PAYER_ACCOUNT)
        record_payment(session, advice, bank=BANK, now=NOW + timedelta(seconds=1)).receipt()
    follow(place, folder)

    said = latest(place, reduced).content
    assert (said["amount"], [line["amount"] for line in said["lines"]]) == ("100.00", ["100.00"])
    assert latest(place, waived).state == "voided"
    assert latest(place, half).amount_fen == 7000
    assert faults(place) == []
    assert dict(audit_database(url, [REGION])) == {REGION: []}


def _relieve(session, notice, terms):
    ground = Ground("演示批〔2026〕3号", TODAY, "演示财政局", "受灾")
    row = apply_for_relief(session, REGION, notice.id, terms, ground, by="clerk", now=NOW)
    approve_relief(session, REGION, row.id, reason="", by="reviewer", now=NOW)
