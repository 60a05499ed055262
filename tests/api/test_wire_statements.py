"""A bank's day by wp.outer.account.billfund: kept once, judged afterwards, its result told (R-R1 to R-R3)."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from feeledger.api.wire_notifying import wire_sender
from feeledger.notices.actions import void_notice
from feeledger.outbox.batches import Post, deliver_due
from feeledger.outbox.kinds import NOTICE_ISSUED, NOTICE_VOIDED, STATEMENT_RECONCILED
from feeledger.outbox.queries import DeliveriesWanted, find_deliveries
from feeledger.outbox.subscription_actions import (
    SubscriptionRefused,
    Wish,
    enter_subscription,
)
from feeledger.payments.tables import PaymentRow
from feeledger.reconciliation.actions import close_recon_day
from feeledger.reconciliation.request_batches import judge_waiting
from feeledger.reconciliation.tables import (
    ReconBatchRow,
    ReconRequestRefusalRow,
    ReconRequestRow,
)
from feeledger.regions.tables import BankRow
from tests.api.banks import Bank
from tests.api.conftest import fill_world, open_world
from tests.api.test_wire import a_pay, ask, send
from tests.builders import ACCOUNT_NO, BANK, CLERK, NOW, REGION, WATER_UNIT, a_notice
from tests.outbox.conftest import LOOPBACK, Receiver, by_hand

FUND = "wp.outer.account.billfund"
ASK = "wp.outer.account.billfund.query"
TODAY = "20261124"


def a_line(of, serial="T0001", amount="140.0", /, **changes):
    return {"billno": of, "trade_no": serial, "amount": amount} | changes


def a_day(*lines, number="B1", **changes):
    return {"date": TODAY, "accconfirm_no": number, "translist": list(lines)} | changes


def pay(world, serial="T0001"):
    world.bank.query(world.pay_code)
    assert ask(world, "wp.outer.bill.pay", a_pay(world.pay_code, serial))["code"] == "00000"


def judge(world):
    return judge_waiting(world.store, REGION, lambda: NOW)


@contextmanager
def a_platform(world, *kinds):
    """A platform of the bank that says yes; what came, and a round of delivering."""
    receiver = Receiver()
    codes = ["10000"]

    def answer(handler):
        method = json.loads(receiver.came[-1][2].decode("gbk"))["method"]
        told = {method.replace(".", "_") + "_response": {"code": codes[-1], "msg": "成功"}}
        body = json.dumps(told, ensure_ascii=False).encode("gbk")
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    receiver.answer, receiver.codes = answer, codes
    with world.store.write() as session:
        wish = Wish(receiver.url, kinds, bank=BANK)
        row = enter_subscription(session, REGION, wish, allowed=LOOPBACK, by=CLERK, now=NOW)
        receiver.secret = row.secret

    def deliver(after=timedelta(minutes=1)):
        sender = wire_sender(LOOPBACK, lambda: NOW + after, seconds=5.0)
        return deliver_due(Post(world.store, {"wp": sender}, lambda: NOW + after))

    receiver.deliver = deliver
    try:
        yield receiver
    finally:
        receiver.close()


def test_r_r1_a_statement_is_kept_once_judged_afterwards_and_its_result_told(any_world):
    world, code = any_world, any_world.pay_code
    pay(world)
    told = a_day(a_line(code, paymode="13"), a_line(code, "X9", 5), count=2)
    with a_platform(world, STATEMENT_RECONCILED) as platform:
        first = ask(world, FUND, told)
        again = ask(world, FUND, told)
        other = ask(world, FUND, a_day(a_line(code)))
        waiting = ask(world, ASK, {"date": TODAY, "accconfirm_no": "B1"})

        assert {name: first[name] for name in ("code", "status", "date", "rec_acct")} == {
            "code": "00000",
            "status": "received",
            "date": TODAY,
            "rec_acct": ACCOUNT_NO,
        }
        # R-R1: the same key, identical or not, changes nothing; both are on record.
        assert (again["code"], other["code"]) == ("15010", "15010")
        assert "内容不同" in other["msg"]
        assert world.count(ReconRequestRow) == 1
        with world.store.read() as session:
            refused = session.scalars(select(ReconRequestRefusalRow)).all()
        assert {row.code: row.times for row in refused} == {
            "recon-batch-repeated": 1,
            "recon-batch-differs": 1,
        }
        assert (waiting["status"], "failcount" in waiting) == ("received", False)
        assert world.count(ReconBatchRow) == 0

        assert judge(world) == 1
        assert judge(world) == 0
        result = ask(world, ASK, {"date": TODAY, "accconfirm_no": "B1"})
        # R-R3: T0001 matches; X9 was never confirmed (15003). One of each.
        expected = {
            "date": TODAY,
            "accconfirm_no": "B1",
            "succeedcount": 1,
            "failcount": 1,
            "faillist": [{"trade_no": "X9", "code": "15003", "msg": "银行未确认过此笔"}],
        }
        assert {name: result[name] for name in expected} == expected
        assert result["status"] == "judged"
        with world.store.read() as session:
            assert session.scalar(select(PaymentRow.state)) == "reconciled"
        assert platform.deliver() == 1
        ((_, headers, body),) = platform.came
        message = json.loads(body.decode("gbk"))
        assert message["method"] == "wp.account.billfund.confirm"
        assert message["zone_code"] == REGION
        assert message["biz_content"] == expected | {"rec_acct": ACCOUNT_NO}
        assert by_hand(headers, body, platform.secret)
        assert ask(world, FUND, told)["code"] == "15010"

    # The correction has a number of its own and names the old one; an unknown one is told as failed.
    assert ask(world, FUND, a_day(a_line(code), number="B2", replaces="B1"))["code"] == "00000"
    assert ask(world, FUND, a_day(a_line(code), number="B3", replaces="B1"))["code"] == "00000"
    assert judge(world) == 2
    mended, failed = (
        ask(world, ASK, {"date": TODAY, "accconfirm_no": number}) for number in ("B2", "B3")
    )
    assert (mended["succeedcount"], mended["failcount"]) == (1, 0)
    assert (failed["status"], failed["succeedcount"]) == ("refused", 0)
    assert [(one["trade_no"], one["code"]) for one in failed["faillist"]] == [("T0001", "99999")]


def test_wp_bill_sync_tells_platforms_of_notices_issued_and_void(world):
    with a_platform(world, NOTICE_ISSUED, NOTICE_VOIDED) as platform:
        with world.store.write() as session:
            notice = a_notice(session)
            code = notice.pay_code
        platform.codes.append("20001")
        assert platform.deliver() == 0  # a platform's no is kept, and tried again by the table
        platform.codes.append("10000")
        assert platform.deliver(timedelta(minutes=10)) == 1
        with world.store.write() as session:
            void_notice(session, REGION, notice.id, reason="内部", by=CLERK, now=NOW)
        assert platform.deliver(timedelta(minutes=11)) == 1

        same, issued, void = (json.loads(body.decode("gbk")) for _, _, body in platform.came)
        assert same == issued
        assert issued["method"] == "wp.bill.sync"
        bill = issued["biz_content"]
        assert (bill["billno"], bill["billstats"], bill["billdate"]) == (code, "0", TODAY)
        amounts = ("pay_amount", "total_amount", "delay_amount")
        assert [bill[name] for name in amounts] == ["140.00", "140.00", "0.00"]
        assert (bill["rec_real_acct"], bill["chg_code"]) == (ACCOUNT_NO, WATER_UNIT)
        assert [one["amount"] for one in bill["paylist"]] == ["140.00"]
        # The fields are those of the query's answer, by their names (docs/wp.md).
        asked = ask(world, "wp.outer.bill.pay.query", {"billno": world.pay_code})
        assert set(bill) == set(asked) - {"code", "msg"}
        assert void["biz_content"] == bill | {"billstats": "2"}
        assert "内部" not in json.dumps(void, ensure_ascii=False)
        with world.store.read() as session:
            views = find_deliveries(session, REGION, DeliveriesWanted(), limit=9, offset=0)
            assert {view.delivery.state for view in views} == {"delivered"}


def test_a_bank_that_does_not_collect_is_told_nothing_and_kinds_have_their_holders(world):
    with world.store.write() as session:
        session.add(BankRow(code="OTHERBANK", name="别行", name_en="Other"))
        session.flush()
        wish = Wish("http://127.0.0.1:1/", (NOTICE_ISSUED,), bank="OTHERBANK")
        enter_subscription(session, REGION, wish, allowed=LOOPBACK, by=CLERK, now=NOW)
        a_notice(session)
        assert find_deliveries(session, REGION, DeliveriesWanted(), limit=9, offset=0) == ()
        for bad in (
            Wish("http://127.0.0.1:1/", ("payment-confirmed",), bank=BANK),
            Wish("http://127.0.0.1:1/", (STATEMENT_RECONCILED,), unit_code=WATER_UNIT),
            Wish("http://127.0.0.1:1/", (NOTICE_ISSUED,), unit_code=WATER_UNIT, bank=BANK),
            Wish("http://127.0.0.1:1/", (NOTICE_ISSUED,), bank="NOBANK"),
        ):
            with pytest.raises(SubscriptionRefused):
                enter_subscription(session, REGION, bad, allowed=LOOPBACK, by=CLERK, now=NOW)


@pytest.mark.parametrize(
    ("content", "zone", "code", "words"),
    [
        ({"date": "20261125"}, REGION, "10002", "尚未到"),
        ({"date": "20260230"}, REGION, "10002", "/biz_content/date"),
        ({"date": "00010101"}, REGION, "10002", "/biz_content/date"),
        ({"accconfirm_no": "一"}, REGION, "10002", "/biz_content/accconfirm_no"),
        ({"translist": "x"}, REGION, "10002", "/biz_content/translist"),
        ({"translist": [1]}, REGION, "10002", "/biz_content/translist/0"),
        ({"translist": [{"trade_no": "T1", "billno": "1"}]}, REGION, "10002", "translist/0/amount"),
        ({"count": 2}, REGION, "10002", "/biz_content/count"),
        ({"rec_acct": "9999-8888-7777"}, REGION, "13002", "从未公布"),
        ({}, "130100", "11005", "rec_acct"),
        ({"rec_acct": ACCOUNT_NO}, "130100", "11006", "代收银行"),
    ],
)
def test_a_statement_that_is_refused_changes_nothing_and_says_why(
    world, content, zone, code, words
):
    line = a_line(world.pay_code)
    answer = ask(world, FUND, a_day(line) | content, zone_code=zone)

    assert (answer["code"], words in answer["msg"]) == (code, True), answer
    assert world.count(ReconRequestRow) == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"amount": "0"}, "translist/0/amount"),
        ({"amount": "-1"}, "translist/0/amount"),
        ({"amount": 1.005}, "translist/0/amount"),
        ({"amount": "１"}, "translist/0/amount"),
        ({"pay_datetime": "00010101000000"}, "translist/0/pay_datetime"),
        ({"pay_datetime": "20261125000000"}, "translist/0/pay_datetime"),
        ({"rec_acct": "1234-5678-9012"}, "translist"),
        ({"billno": "a b"}, "translist/0/billno"),
        ({"trade_no": ""}, "translist/0/trade_no"),
    ],
)
def test_a_line_that_is_malformed_is_named(world, line, words):
    lines = [a_line(world.pay_code) | line, a_line(world.pay_code, "T2", rec_acct=ACCOUNT_NO)]
    answer = ask(world, FUND, a_day(*lines))

    assert (answer["code"], words in answer["msg"]) == ("10002", True), answer
    assert world.count(ReconRequestRow) == 0


def test_what_an_attacker_would_send(world):
    code = world.pay_code
    # 20,001 lines; NaN; a serial twice; a sum beyond 64 bits; a day that is closed.
    many = [{"billno": "1", "trade_no": "1", "amount": "1"}] * 20_001
    assert "20001" in ask(world, FUND, a_day(*many))["msg"]
    assert (
        b"10002"
        in world.bank.post(
            "/api/v1/bank/wp",
            b'{"method":"wp.outer.account.billfund","biz_content":{"translist":[{"amount":NaN}]}}',
            content_type="application/json; charset=GBK",
        ).data
    )
    huge = [a_line(code, f"H{n}", "9999999999999.99") for n in range(100)]
    assert "合计过大" in ask(world, FUND, a_day(*huge))["msg"]
    assert world.count(ReconRequestRow) == 0

    pay(world)
    twice = a_day(a_line(code), a_line(code), number="B/../\"'1")
    assert ask(world, FUND, twice)["code"] == "00000"
    assert judge(world) == 1
    result = ask(world, ASK, {"date": TODAY, "accconfirm_no": "B/../\"'1"})
    assert [(one["trade_no"], one["code"]) for one in result["faillist"]] == [("T0001", "15003")]

    yesterday = a_day(date="20261123", number="B9")
    with world.store.write() as session:
        day = NOW.date() - timedelta(days=1)
        close_recon_day(
            session, region=REGION, day=day, carried=(), actor=CLERK, reason="日终", now=NOW
        )
    assert ask(world, FUND, yesterday)["code"] == "99999"
    assert ask(world, ASK, {"date": "20261123", "accconfirm_no": "B9"})["code"] == "99999"


@pytest.mark.postgresql
def test_one_statement_16_times_at_once_is_kept_and_judged_once(pg_store, settings):
    world = open_world(pg_store, settings, fill_world(pg_store))
    pay(world)
    told, together = a_day(a_line(world.pay_code)), Barrier(16)

    def one(_):
        mine = replace(world, bank=Bank(world.app.test_client()))
        together.wait(60)
        return ask(mine, FUND, told)["code"]

    def judge_too(_):
        together.wait(60)
        return judge(world)

    with ThreadPoolExecutor(16) as threads:
        codes = sorted(threads.map(one, range(16)))
        judged = list(threads.map(judge_too, range(16)))

    assert codes == ["00000"] + ["15010"] * 15
    assert sum(judged) == 1
    assert (world.count(ReconRequestRow), world.count(ReconBatchRow)) == (1, 1)
    assert send(world, FUND, told).status_code == 200
