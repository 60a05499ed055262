"""The wp.* messages: GBK in, GBK out, the same rules and first answers as the other faces."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from feeledger.money import Money
from feeledger.payments.tables import DiscrepancyRow, PaymentRow, RefusedMessageRow
from feeledger.reliefs.actions import apply_for_relief, approve_relief
from feeledger.reliefs.relief import Ground, Terms
from feeledger.unmatched.tables import FundsArrivalRow
from tests.builders import ACCOUNT_NO, NOW, REGION, TODAY

PATH = "/api/v1/bank/wp"
GBK = "application/json; charset=GBK"


def message(method, /, content, **envelope):
    told = {
        "zone_code": "130184",
        "method": method,
        "timestamp": "20261124100500",
        "bankindex": "01",
        "biz_content": content,
    } | envelope
    return {name: value for name, value in told.items() if value is not None}


def send(world, method, /, content, **envelope):
    body = json.dumps(message(method, content, **envelope), ensure_ascii=False).encode("gbk")
    return world.bank.post(PATH, body, content_type=GBK)


def told(answer, method):
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == GBK
    document = json.loads(answer.data.decode("gbk"))
    assert list(document) == [method.replace(".", "_") + "_response"]
    return document[method.replace(".", "_") + "_response"]


def ask(world, method, /, content, **envelope):
    return told(send(world, method, content, **envelope), method)


QUERY = "wp.outer.bill.pay.query"
PAY = "wp.outer.bill.pay"
REFUND = "wp.outer.bill.refund"
ARRIVAL = "wp.outer.account.arrival"


def a_pay(of, serial="T0001", /, **changes):
    return {
        "billno": of,
        "pay_datetime": "20261124095958",
        "pay_amount": "140.0",
        "bk_outlet": "演示支行",
        "operator": "张三",
        "paymode": "13",
        "trade_no": serial,
        "payer_name": "演示商行",
        "payer_acct": "",
        "payer_opbk": "",
        "payer_opbkno": "",
        "rec_acctype": "1",
        "rec_acct": ACCOUNT_NO,
        "attach_info": "",
    } | changes


def test_a_bill_is_queried_paid_refunded_and_its_money_arrives(any_world):
    world, code = any_world, any_world.pay_code
    early = ask(world, PAY, a_pay(code))

    bill = ask(world, QUERY, {"billno": code})
    first = send(world, PAY, a_pay(code))
    again = send(world, PAY, json.dumps(a_pay(code, pay_amount=140), ensure_ascii=False))
    other = ask(world, PAY, a_pay(code, pay_amount="140.01"))
    by_json = world.bank.pay(code)

    assert early["code"] == "12005"
    assert {name: bill[name] for name in ("code", "msg", "billno", "billstats", "chg_code")} == {
        "code": "00000",
        "msg": "成功",
        "billno": code,
        "billstats": "0",
        "chg_code": "130184-WATER",
    }
    amounts = ("pay_amount", "total_amount", "delay_amount")
    assert [bill[name] for name in amounts] == ["140.00", "140.00", "0.00"]
    assert (bill["rec_real_acct"], bill["payer_name"]) == (ACCOUNT_NO, "演示商行")
    assert [line["amount"] for line in bill["paylist"]] == ["140.00"]
    # One serial, one first answer, byte for byte, and the same payment at the other face (R-B3).
    paid = told(first, PAY)
    assert (paid["code"], paid["trade_no"]) == ("00000", "T0001")
    assert again.data == first.data
    assert (other["code"], world.count(DiscrepancyRow)) == ("99999", 1)
    assert by_json.status_code == 201
    assert by_json.get_json()["payment_id"] == paid["payment_id"]
    assert ask(world, QUERY, {"billno": code})["billstats"] == "1"

    money = {
        "arrival_time": "20261124100100",
        "trade_no": "T0001",
        "amt": "140.00",
        "rec_acctype": "1",
        "rec_acct": ACCOUNT_NO,
        "payer_name": "演示商行",
    }
    arrived = [ask(world, ARRIVAL, money) for _ in range(2)]
    assert [(one["code"], one["status"]) for one in arrived] == [("00000", "arrived")] * 2
    assert world.count(FundsArrivalRow) == 1

    back = [send(world, REFUND, {"billno": code, "pay_amount": 140.00}) for _ in range(2)]
    assert back[0].data == back[1].data
    assert told(back[0], REFUND)["trade_no"] == "T0001"
    assert ask(world, QUERY, {"billno": code})["billstats"] == "0"
    # Paid once more: an old refund that comes again takes nothing back that is younger than it.
    assert ask(world, PAY, a_pay(code, "T0002", pay_datetime="20261124095959"))["code"] == "00000"
    old = ask(world, REFUND, {"billno": code, "pay_amount": "140"}, timestamp="20261124095900")
    named = ask(
        world,
        REFUND,
        {"billno": code, "pay_amount": "140", "trade_no": "T0002"},
    )
    assert (old["code"], old["trade_no"]) == ("00000", "T0001")
    assert (named["code"], named["trade_no"]) == ("00000", "T0002")
    with world.store.read() as session:
        states = session.execute(select(PaymentRow.trade_no, PaymentRow.state)).all()
    assert sorted(map(tuple, states)) == [("T0001", "reversed"), ("T0002", "reversed")]


def test_a_relieved_bill_asks_what_is_left_and_an_early_refund_is_told(world):
    """R-M4: 140.00 less 40.00; R-R8: the refund came first, on the accounting day of its payment."""
    with world.store.write() as session:
        terms = Terms("reduce", 1, amount=Money(4000))
        ground = Ground("演示批〔2026〕3号", TODAY, "演示财政局", "受灾")
        row = apply_for_relief(session, REGION, world.notice_id, terms, ground, by="a", now=NOW)
        approve_relief(session, REGION, row.id, reason="", by="b", now=NOW)

    bill = ask(world, QUERY, {"billno": world.pay_code})
    refund = {"billno": world.pay_code, "pay_amount": "100", "trade_no": "E1"}
    early = ask(world, REFUND, refund)
    paid = ask(world, PAY, a_pay(world.pay_code, "E1", pay_amount="100"))

    amounts = ("pay_amount", "total_amount", "delay_amount")
    assert [bill[name] for name in amounts] == ["100.00", "100.00", "0.00"]
    assert [line["amount"] for line in bill["paylist"]] == ["100.00"]
    assert early["code"] == "99999"
    assert (paid["code"], paid["reversed"]) == ("00000", True)
    assert ask(world, QUERY, {"billno": world.pay_code})["billstats"] == "0"


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        ((QUERY, {"billno": "13018426000000000105"}, {}), "11001", "缴款码"),
        ((QUERY, {"billno": "1301842600000001"}, {}), "11001", "缴款码"),
        ((QUERY, {}, {}), "10002", "/biz_content/billno"),
        ((QUERY, "[1]", {}), "10002", "/biz_content"),
        ((QUERY, None, {}), "10002", "/biz_content"),
        (("wp.outer.account.none", {}, {}), "10002", "不受理"),
        ((PAY, {"pay_amount": "1e3"}, {}), "10002", "/biz_content/pay_amount"),
        ((PAY, {"pay_datetime": "20261124246000"}, {}), "10002", "/biz_content/pay_datetime"),
        ((PAY, {"pay_amount": "0"}, {}), "10002", "大于零"),
        ((PAY, {"pay_datetime": "20261123095958"}, {}), "12006", "缴款日"),
        ((PAY, {"rec_acct": "9999-8888-7777"}, {}), "12003", "账户"),
        ((REFUND, {"pay_amount": "140"}, {}), "99999", "没有本行"),
        ((QUERY, {}, {"zone_code": "13018"}), "10002", "/zone_code"),
        ((QUERY, {}, {"timestamp": "2026"}), "10002", "/timestamp"),
    ],
)
def test_what_is_refused_says_its_code_and_where(world, asked, code, words):
    method, content, envelope = asked
    world.bank.query(world.pay_code)
    if isinstance(content, dict) and method in (PAY, REFUND):
        content = (a_pay(world.pay_code) if method == PAY else {"billno": world.pay_code}) | content
    answer = send(world, method, content, **envelope)

    [[name, document]] = json.loads(answer.data.decode("gbk")).items()
    assert answer.status_code == 200
    assert document["code"] == code
    assert words in document["msg"]
    is_read = name != "error_response"
    assert world.payments() == 0
    assert world.messages()[-1].result in (code, "bank-message-refused")
    recorded = world.count(RefusedMessageRow)
    assert recorded == (is_read and method in (PAY, REFUND) and code in ("10002", "99999"))


def test_bytes_that_are_no_gbk_json_and_signatures_that_fail(world):
    body = json.dumps(message(QUERY, {"billno": world.pay_code})).encode()

    assert "GBK" in world.bank.post(PATH, b'{"a":"\xff\xff"}', content_type=GBK).data.decode("gbk")
    wrong = world.bank.post(PATH, body, content_type="application/json; charset=utf-8")
    assert "error_response" in wrong.data.decode("gbk")
    assert world.bank.post(PATH, body, content_type="text/plain").data.count(b"10002") == 1
    good = world.bank.post(PATH, body, content_type=GBK, nonce="once-only")
    assert good.status_code == 200
    assert world.bank.again().get_json()["code"] == "nonce-used"
    world.set_time(NOW + timedelta(minutes=10))
    world.bank.at = NOW
    assert world.bank.post(PATH, body, content_type=GBK).status_code == 401
