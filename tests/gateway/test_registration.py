"""8994: a unit registers its own notice, once for each pay code; what is wrong gets its code (R-B5)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import select

from feeledger.codes import make_pay_code
from feeledger.enterprises.actions import (
    CodeOverride,
    EnterpriseDetails,
    FactOrigin,
    record_facts,
    register_enterprise,
)
from feeledger.enterprises.standing import StandingChange
from feeledger.enterprises.standing_actions import change_standing
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.gateway.tables import RegistrationRefusalRow, RegistrationRow
from feeledger.notices.queries import lines_of, notice_by_pay_code
from feeledger.payments.verify_queries import verify_region
from feeledger.supervision.tables import SignalRow, SupervisionCaseRow
from feeledger.trail import TrailActRow
from tests.builders import (
    ACCOUNT_NO,
    LICENCE_ITEM,
    NOW,
    REGION,
    SOIL_ITEM,
    USCC,
    WATER_UNIT,
    a_notice,
    the_catalog,
)
from tests.gateway.peers import UNIT_NODE, a_confirmation, a_frame, a_query

SOIL = the_catalog().items[SOIL_ITEM].wire_code
LICENCE = the_catalog().items[LICENCE_ITEM].wire_code
NEWCOMER = "91130184MA0CQ3T623"


def code(serial):
    return make_pay_code(REGION, 26, serial)


def line(wire=SOIL, amount="140.0", bounds="不限制|0.0-0.0"):
    return f"{wire}|水土保持补偿费|{amount}|平方米|100|{bounds}#"


def register(of, /, *, head=None, **changes):
    fields = {
        "AdmDivCode": REGION,
        "PayCode": of,
        "BillDate": "20261124",
        "ChgAgenCode": WATER_UNIT,
        "ChgAgenName": "演示单位",
        "PayerName": "演示商行",
        "PayerAcct": "",
        "PayerOpBk": "",
        "Amt": "140.0",
        "OriAmt": "140.0",
        "DelayAmt": "0.0",
        "PayStats": "0",
        "RecAcctType": "1",
        "RecName": "演示财政专户",
        "RecAcct": ACCOUNT_NO,
        "RecAcctReal": ACCOUNT_NO,
        "RecOpBk": "",
        "RecBankNo": "",
        "IsInterBank": "0",
        "PayInfo": line(),
        "MobilePhone": "13000000000",
        "CrcCode": "A1b2",
        "PayerCreditCode": USCC,
        "Hold1": "Y",
    } | changes
    return a_frame("8994", fields, **({"src": UNIT_NODE} | (head or {})))


def void(of, unit=WATER_UNIT):
    fields = {"AdmDivCode": REGION, "PayCode": of, "ChgAgenCode": unit, "PayStats": "2"}
    return a_frame("8994", fields, src=UNIT_NODE)


def test_r_b5_a_registered_notice_is_queried_paid_and_voided_like_any_other(any_world):
    world, mine, other = any_world, code(2), code(77)

    first = world.ask(register(mine))
    again = world.ask(register(mine, Amt="140", OriAmt="140.00", Memo="再发", OperatorName="李四"))
    differs = world.ask(register(mine, Amt="141", OriAmt="141", PayInfo=line(amount="141")))
    ours = world.ask(register(world.pay_code))

    assert (first.msg_no, first.field("OriMsgNo"), first.result) == ("5001", "8994", "00000")
    assert (first.field("Information"), again.raw) == (mine, first.raw)
    assert (differs.result, ours.result) == ("99999", "99999")
    with world.store.read() as session:
        notice = notice_by_pay_code(session, mine)
        [kept] = lines_of(session, REGION, notice.id)
        assert (notice.status, notice.amount_fen, notice.crc_code) == ("issued", 14000, "A1b2")
        assert (notice.issued_on, notice.unit_code) == (date(2026, 11, 24), WATER_UNIT)
        assert (kept.item_id, kept.amount_fen) == (SOIL_ITEM, 14000)
        assert kept.basis["document"] == f"8994 报文 {mine}"
        assert "不足以核定" in kept.basis["reason"]
        assert session.get(RegistrationRow, (REGION, mine)).wants_notification
        acts = session.scalars(select(TrailActRow.actor).where(TrailActRow.act == "issue-notice"))
        assert f"node:{UNIT_NODE}" in acts.all()
    # The serial that the unit has used is passed over: it is 2, and ours were 1 and now 3.
    with world.store.write() as session:
        assert a_notice(session).pay_code == code(3)

    bill = world.ask(a_query(mine))
    paid = world.ask(a_confirmation(mine))
    assert (bill.field("Amt"), bill.field("PayStats")) == ("140.00", "0")
    assert paid.result == "00000"
    assert world.ask(void(mine)).result == "99999"  # what is paid is refunded, not voided

    assert (
        world.ask(register(other, PayerCreditCode=NEWCOMER, PayerName="新商行")).result == "00000"
    )
    assert [world.ask(void(other)).result for _ in range(2)] == ["00000", "00000"]
    assert world.ask(a_query(other)).field("PayStats") == "2"
    assert world.ask(void(code(78))).result == "11001"
    assert world.ask(void(world.pay_code)).result == "99999"
    with world.store.read() as session:
        assert verify_region(session, REGION) == ()


def test_r_b5_what_is_wrong_is_refused_recorded_and_signalled_once(world):
    cases = [
        ({"Amt": "140.01"}, "16005"),
        ({"PayInfo": line(amount="139.99")}, "16005"),
        ({"PayInfo": line()[:-1]}, "10002"),
        ({"PayInfo": ""}, "10002"),
        ({"Amt": "150", "DelayAmt": "10"}, "10002"),
        ({"BillDate": "20261125"}, "10002"),
        ({"PayStats": "1"}, "10002"),
        ({"AdmDivCode": "130183"}, "10002"),
        ({"PayerCreditCode": "130103198001011234"}, "10002"),
        ({"PayCode": code(9)[:-1] + "0"}, "11002"),
        ({"ChgAgenCode": "130184-POLICE"}, "18012"),
        ({"PayInfo": line(LICENCE)}, "16003"),
        ({"PayInfo": line("X9999")}, "16003"),
        ({"RecAcctReal": "9999-8888-7777"}, "16004"),
        ({"RecAcctReal": "9999-8888-7777"}, "16004"),
    ]
    assert code(9)[-1] != "0"
    for changes, result in cases:
        told = world.ask(register(changes.get("PayCode", code(9)), **changes))
        assert (told.msg_no, told.result) == ("5001", result), changes
    assert world.ask(register(code(9), head={"src": "K1301840001"})).result == "18012"

    with world.store.read() as session:
        assert notice_by_pay_code(session, code(9)) is None
        refused = session.scalars(select(RegistrationRefusalRow)).all()
        assert sorted(row.result for row in refused) == [
            "10002", "10002", "11002", "16003", "16003", "16004", "18012", "18012",
        ]  # fmt: skip
        assert {row.times for row in refused if row.result == "16004"} == {2}
        assert session.scalars(select(SignalRow.code)).all() == ["S05"]
        [case] = session.scalars(select(SupervisionCaseRow)).all()
        assert case.unit_code == WATER_UNIT
    gone = StandingChange("closed", date(2026, 11, 20), "注销通知书", "办结注销")
    with world.store.write() as session:
        change_standing(session, USCC, gone, today=NOW.date(), by="t", now=NOW)
    told = world.ask(register(code(9)))  # no duty of a day after the closing
    assert told.result == "16003"
    assert "2026-11-20" in told.field("Information")
    back = StandingChange("restored", date(2026, 11, 24), "撤销注销决定书", "误登")
    with world.store.write() as session:
        change_standing(session, USCC, back, today=NOW.date(), by="t", now=NOW)
    assert world.ask(register(code(9))).result == "00000"  # mended: nothing was bound


def test_r_b5_an_amount_the_catalog_knows_better_is_refused_and_signalled(world):
    """General construction is 1.40 yuan a square metre; no class comes near 999.99 for 100 m²."""
    known = {"land_occupied_m2": 100}
    with world.store.write() as session:
        origin = FactOrigin("department", document="演示批复〔2026〕1号", said_by=WATER_UNIT)
        day = date(2026, 1, 1)
        record_facts(session, REGION, USCC, known, origin, valid_from=day, by="t", now=NOW)
    much = {"Amt": "99999", "OriAmt": "99999", "PayInfo": line(amount="99999")}

    results = [world.ask(register(code(6), **much)) for _ in range(2)]

    assert [told.result for told in results] == ["16003", "16003"]
    assert "99999" in results[0].field("Information")
    with world.store.read() as session:
        assert session.scalars(select(SignalRow.code)).all() == ["S04"]
        assert notice_by_pay_code(session, code(6)) is None


def test_r_v1_payers_have_a_credit_code_and_persons_are_not_held(world):
    """8994's PayerCreditCode is optional and has carried personal numbers; others than enterprises may pay.

    11010519491231002X is the sample of GB 11643. 91350211M0000XUF46 fails its check (domain, R-V1).
    """
    person, odd = "11010519491231002X", "91350211M0000XUF46"
    unit = world.ask(register(code(31), PayerCreditCode="11130300000123457P", PayerName="某局"))
    assert unit.result == "00000"  # a government organ: who has a credit code may be a payer

    for told in ("", person, person.lower(), "123456789", "E12345678"):
        answer = world.ask(register(code(32), PayerCreditCode=told))
        assert answer.result == "99999", told
        assert "信用代码" in answer.field("Information")
        assert not told or told not in answer.field("Information")
    assert world.ask(register(code(32), PayerCreditCode=odd)).result == "10002"
    with world.store.read() as session:
        kept = session.scalars(select(RegistrationRefusalRow)).all()
        assert person not in str([(row.detail_zh, row.detail_en) for row in kept])
        assert session.get(EnterpriseRow, person) is None
        assert session.scalars(select(SignalRow)).all() == []

    with world.store.write() as session:
        override = CodeOverride("营业执照原件如此")
        details = EnterpriseDetails(name="某厂", home_region=REGION)
        register_enterprise(session, odd, details, by="t", now=NOW, override=override)
    assert world.ask(register(code(32), PayerCreditCode=odd, PayerName="某厂")).result == "00000"


@pytest.mark.postgresql
def test_one_registration_at_once_makes_one_notice(pg_store):
    from tests.gateway.conftest import fill_world, listening, open_world

    """The first holds the pay code until it is kept; who waits for it ten seconds gets 99999.

    So the gateway has read the catalog before: six threads that each read it first, the first of
    them with the code in hand, needed longer than that where the machine was busy.
    """
    world, together = open_world(pg_store, fill_world(pg_store)), Barrier(6)

    def send(_number):
        together.wait(60)
        return world.ask(register(code(5))).raw

    with listening(pg_store) as port:
        world.port = port
        assert world.ask(register(code(4))).result == "00000"
        with ThreadPoolExecutor(6) as threads:
            answers = set(threads.map(send, range(6)))
    assert len(answers) == 1
    assert b"CNNONTAX1.05001" in answers.pop()
    with pg_store.read() as session:
        kept = session.scalars(select(RegistrationRow.pay_code)).all()
        assert sorted(kept) == [code(4), code(5)]
        assert notice_by_pay_code(session, code(5)) is not None
        assert verify_region(session, REGION) == ()
