"""An account's statement by wp.outer.account.flow: each income once, met or kept as unmatched (R-R6)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import select

from feeledger.api.signing import SigningKey
from feeledger.auditor.program import audit_database
from feeledger.payments.tables import UnmatchedReceiptRow
from feeledger.reconciliation.request_batches import judge_waiting
from feeledger.unmatched.flow_actions import meet_later_payments
from feeledger.unmatched.tables import (
    AccountFlowLineRow,
    AccountFlowRow,
    FundsArrivalRow,
    RefusedArrivalRow,
)
from feeledger.unmatched.verify_queries import verify_unmatched
from tests.api.banks import Bank, a_key
from tests.api.conftest import fill_world, open_world
from tests.api.test_wire import ARRIVAL, PAY, QUERY, a_pay, ask
from tests.builders import ACCOUNT_NO, NOW, OTHER_BANK, REGION, a_bank, a_notice
from tests.unmatched.books import books

FLOW = "wp.outer.account.flow"
FUND = "wp.outer.account.billfund"


def a_line(amount="140.0", account="6222-1", /, **changes):
    told = {"income_amount": amount, "acctname": "演示商行", "acct": account, "batchno": ""}
    return told | {"addWord": "", "paytype": "1", "subacct": ""} | changes


def a_flow(*lines, number="F1", **changes):
    told = {"date": "20261124", "acctype": "1", "acct": ACCOUNT_NO, "count": str(len(lines))}
    return told | {"accflow_no": number, "translist": list(lines)} | changes


def an_arrival(serial, amount="5.00", account="6222-5"):
    return {
        "arrival_time": "20261124100100",
        "trade_no": serial,
        "amt": amount,
        "rec_acct": ACCOUNT_NO,
        "payer_name": "演示商行",
        "payer_acct": account,
    }


def outcomes(world):
    with world.store.read() as session:
        rows = session.scalars(
            select(AccountFlowLineRow).order_by(
                AccountFlowLineRow.flow_no, AccountFlowLineRow.line_no
            )
        )
        return [(row.outcome, row.trade_no) for row in rows]


def refused(world):
    with world.store.read() as session:
        rows = session.scalars(select(RefusedArrivalRow).where(RefusedArrivalRow.kind == "flow"))
        return sorted((row.result, row.times) for row in rows)


def stands(world):
    with world.store.read() as session:
        assert verify_unmatched(session, REGION) == ()
        return books(session)[:2]


def transfer(world, serial, amount="30.00"):
    vouchers = [{"trade_no": f"{serial}-{n}", "amount": "15.00", "pay_code": None} for n in (1, 2)]
    told = {
        "region": REGION,
        "trade_no": serial,
        "account": ACCOUNT_NO,
        "amount": amount,
        "arrived_at": "2026-11-24T09:30:00+08:00",
        "vouchers": vouchers,
    }
    return world.bank.post("/api/v1/bank/transfers", told)


def test_r_r6_each_income_meets_what_is_known_or_is_kept_once(any_world):
    world, code = any_world, any_world.pay_code
    ask(world, QUERY, {"billno": code})
    assert ask(world, PAY, a_pay(code, "T0001", payer_acct="6222-1"))["code"] == "00000"
    assert ask(world, ARRIVAL, an_arrival("A1"))["status"] == "unmatched"
    assert transfer(world, "B1").status_code == 201
    told = a_flow(
        a_line("5.00", "6222-5"),  # the arrival A1
        a_line("140", "6222-9", addWord=f"缴费 {code} 谢谢"),  # the payment, by its pay code
        a_line("30.00", "", batchno="B1"),  # the bulk transfer of 15.00 + 15.00
        a_line("80.00", "", batchno="B2"),  # one that was not told of yet
        a_line("5.00", "6222-5"),  # as much again from the same account: A1 is taken, this is new
        a_line("7.77", addWord="13018426000000000105"),  # a code that is no notice's
    )
    first = ask(world, FLOW, told)
    again = ask(world, FLOW, told)
    other = ask(world, FLOW, a_flow(a_line("5.01")))

    assert {name: first[name] for name in ("code", "count", "met", "unmatched", "awaited")} == {
        "code": "00000",
        "count": 6,
        "met": 3,
        "unmatched": 2,
        "awaited": 1,
    }
    assert again == first
    assert other["code"] == "13001"
    assert refused(world) == [("13001", 1)]
    assert outcomes(world) == [
        ("arrival", "A1"),
        ("payment", "T0001"),
        ("transfer", None),
        ("awaited", None),
        ("unmatched", None),
        ("unmatched", None),
    ]
    # In the account: 140.00 paid, 5.00 of A1, 30.00 of B1, 5.00 and 7.77 of the statement = 187.77.
    held = {"designated": 18777, "income": -14000, "unmatched": -4777}
    assert stands(world) == (held, ["arrived"])
    with world.store.read() as session:
        found = session.scalars(
            select(UnmatchedReceiptRow).where(UnmatchedReceiptRow.trade_no.like("F1/%"))
        )
        assert sorted((row.trade_no, row.kind) for row in found) == [
            ("F1/5", "no_code"),
            ("F1/6", "unknown_code"),
        ]

    # R-R6: the awaited transfer must come to what the account got; another statement of it adds nothing.
    assert transfer(world, "B2").get_json()["result"] == "14002"
    repeated = ask(world, FLOW, a_flow(a_line("80.00", "", batchno="B2"), number="F2"))
    assert (repeated["code"], repeated["met"], repeated["awaited"]) == ("00000", 1, 0)
    differs = a_flow(a_line("80.01", "", batchno="B2"), number="F3")
    assert ask(world, FLOW, differs)["code"] == "14001"
    assert transfer(world, "B4").status_code == 201
    short = a_flow(a_line("29.99", "", batchno="B4"), a_line("1.00"), number="F4")
    assert ask(world, FLOW, short)["code"] == "14002"
    # Money that the statement brought is not taken twice when its arrival is told afterwards.
    late = ask(world, ARRIVAL, an_arrival("A9", "7.77", "6222-1"))
    assert (late["code"], "F1" in late["msg"]) == ("13001", True)
    assert stands(world)[0] == held | {"designated": 21777, "unmatched": -7777}
    assert world.count(AccountFlowRow) == 2


def test_a_payment_confirmed_after_its_statement_takes_its_money(any_world):
    world = any_world
    with world.store.write() as session:
        code = a_notice(session).pay_code
    line = a_line("140.00", "6222-1", addWord=code)
    assert ask(world, FLOW, a_flow(line))["unmatched"] == 1
    ask(world, QUERY, {"billno": code})
    assert ask(world, PAY, a_pay(code, "T0009"))["code"] == "00000"
    assert stands(world)[0] == {"designated": 28000, "income": -14000, "unmatched": -14000}

    done = [world.store.retry(lambda s: meet_later_payments(s, REGION, now=NOW)) for _ in range(2)]

    assert done == [1, 0]
    assert stands(world) == ({"designated": 14000, "income": -14000}, ["arrived"])
    findings = [one for _, found in audit_database(world.store.url) for one in found]
    assert [one for one in findings if "unmatched_receipt" in one.place] == []


def test_r_r6_a_statement_after_the_days_reconciliation_brings_no_money_twice(any_world):
    """The ordinary end of a day: payments, the bank's day, then the account's statement."""
    world, code = any_world, any_world.pay_code
    ask(world, QUERY, {"billno": code})
    assert ask(world, PAY, a_pay(code, "T0001"))["code"] == "00000"
    fund = {"date": "20261124", "accconfirm_no": "B1", "translist": [a_day_line(code)]}
    assert ask(world, FUND, fund)["code"] == "00000"
    assert judge_waiting(world.store, REGION, lambda: NOW) == 1

    # 140.00 was paid; the second 140.00 with the same remark is money of its own.
    told = ask(world, FLOW, a_flow(a_line("140", addWord=code), a_line("140", addWord=code)))

    assert (told["met"], told["unmatched"]) == (1, 1)
    held = {"designated": 28000, "income": -14000, "unmatched": -14000}
    assert stands(world) == (held, ["reconciled"])
    later = ask(world, FLOW, a_flow(a_line("140", addWord=code), number="F2"))
    assert (later["met"], later["unmatched"]) == (0, 1)


def test_money_that_was_shown_is_not_awaited_after_a_corrected_day(any_world):
    """The day is corrected without T0001: its payment is confirmed again, its money came before."""
    world, code = any_world, any_world.pay_code
    ask(world, QUERY, {"billno": code})
    assert ask(world, PAY, a_pay(code, "T0001"))["code"] == "00000"
    assert ask(world, ARRIVAL, an_arrival("T0001", "140.00"))["code"] == "00000"
    assert ask(world, FLOW, a_flow(a_line("140", "6222-7", addWord=code)))["unmatched"] == 1
    first = {"date": "20261124", "accconfirm_no": "B1", "translist": [a_day_line(code)]}
    second = {"date": "20261124", "accconfirm_no": "B2", "replaces": "B1", "translist": []}
    for day in (first, second):
        assert ask(world, FUND, day)["code"] == "00000", day
        judge_waiting(world.store, REGION, lambda: NOW)

    assert world.store.retry(lambda s: meet_later_payments(s, REGION, now=NOW)) == 0
    # Two lines with the remark of one payment: one at most can be its money.
    again = [a_line("140", addWord=code), a_line("140", addWord=code)]
    assert ask(world, FLOW, a_flow(*again, number="F2"))["code"] == "00000"
    with world.store.read() as session:
        assert verify_unmatched(session, REGION) == ()


def state_findings(world):
    found = [one for _, each in audit_database(world.store.url) for one in each]
    return [one for one in found if one.kind == "payment-state-differs"]


def test_lawful_states_after_a_days_file_are_no_finding_of_the_audit(world):
    """Other money than was confirmed, listed all the same; a corrected day that drops a payment."""
    with world.store.write() as session:
        second = a_notice(session).pay_code
    codes = [world.pay_code, second]
    assert ask(world, ARRIVAL, an_arrival("T1", "90.00"))["code"] == "00000"
    for serial, code in zip(("T1", "T2"), codes, strict=True):
        ask(world, QUERY, {"billno": code})
        assert ask(world, PAY, a_pay(code, serial))["code"] == "00000"
    assert ask(world, ARRIVAL, an_arrival("T2", "140.00"))["code"] == "00000"
    assert (sorted(stands(world)[1]), state_findings(world)) == (["arrived", "difference"], [])
    listed = [a_day_line(codes[0], "T1"), a_day_line(codes[1], "T2")]
    first = {"date": "20261124", "accconfirm_no": "B1", "translist": listed}
    other = {"date": "20261124", "accconfirm_no": "B2", "replaces": "B1", "translist": listed[:1]}

    for day, states in (
        (first, ["difference", "reconciled"]),
        (other, ["confirmed", "difference"]),
    ):
        assert ask(world, FUND, day)["code"] == "00000"
        judge_waiting(world.store, REGION, lambda: NOW)
        assert (sorted(stands(world)[1]), state_findings(world)) == (states, [])


def a_day_line(code, serial="T0001", amount="140.0"):
    return {"billno": code, "trade_no": serial, "amount": amount}


@pytest.mark.parametrize(
    ("content", "zone", "code", "words"),
    [
        ({"date": "20261125"}, REGION, "10002", "尚未到来"),
        ({"acct": "9999-8888-7777"}, REGION, "13002", "不是"),
        ({"acct": "x"}, REGION, "10002", "/biz_content/acct"),
        ({"accflow_no": "F/1"}, REGION, "10002", "/biz_content/accflow_no"),
        ({"count": "7"}, REGION, "10002", "/biz_content/count"),
        ({"translist": [a_line("0.00")]}, REGION, "10002", "income_amount"),
        ({"translist": [a_line("1e3")]}, REGION, "10002", "translist/0/income_amount"),
        ({"translist": [a_line(batchno="B 1")]}, REGION, "10002", "translist/0/batchno"),
        ({"translist": [a_line(batchno="B")] * 2}, REGION, "10002", "出现两次"),
        ({"translist": [a_line()] * 201}, REGION, "10002", "201"),
        ({}, "130100", "13002", "不是"),
    ],
)
def test_a_statement_that_is_refused_places_nothing(world, content, zone, code, words):
    flow = a_flow(a_line()) | content
    if "translist" in content:
        flow["count"] = None
    answer = ask(world, FLOW, flow, zone_code=zone)

    assert (answer["code"], words in answer["msg"]) == (code, True), answer
    assert world.count(AccountFlowRow) == world.count(UnmatchedReceiptRow) == 0


def test_a_bank_that_does_not_keep_the_account_states_nothing_of_it(world):
    key = SigningKey("key-other", "hmac-sha256", b"another-secret-of-tests-012345678")
    with world.store.write() as session:
        a_bank(session, OTHER_BANK)
        a_key(session, key, bank=OTHER_BANK)
    world.bank.key = key

    answer = ask(world, FLOW, a_flow(a_line()))

    assert (answer["code"], "开户银行" in answer["msg"]) == ("11006", True)
    assert refused(world) == [("11006", 1)]


@pytest.mark.postgresql
def test_one_flow_16_times_and_its_arrivals_at_once_is_one_money_each(pg_store, settings):
    world = open_world(pg_store, settings, fill_world(pg_store))
    told, together = a_flow(a_line("5.00", "6222-5"), a_line("6.00", "6222-6")), Barrier(16)

    def one(number):
        bank = replace(world, bank=Bank(world.app.test_client()))
        together.wait(60)
        if number % 4:
            return ask(bank, FLOW, told)
        return ask(bank, ARRIVAL, an_arrival("A1"))

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(one, range(16)))

    flows = [answer for answer in answers if "accflow_no" in answer]
    assert len(flows) == 12
    assert all(answer == flows[0] for answer in flows)
    # Whichever was first, 5.00 and 6.00 stand once each.
    assert stands(world)[0] == {"designated": 1100, "unmatched": -1100}
    arrived = {answer["code"] for answer in answers if "accflow_no" not in answer}
    assert arrived in ({"00000"}, {"13001"})
    assert world.count(FundsArrivalRow) == (arrived == {"00000"})


@pytest.mark.postgresql
def test_r_r6_a_statement_against_the_late_matching_after_the_days_file_books_nothing_twice(
    pg_store, settings
):
    """Six payments whose money stood in F1 before they were confirmed, and a day's file has listed.

    F2 tells of 140.00 with each one's code again, while the job matches F1's: whichever takes a
    payment, it takes one of the two moneys, and the other stays as unmatched: 6 × 140.00 each.
    """
    world = open_world(pg_store, settings, fill_world(pg_store))
    with world.store.write() as session:
        codes = [a_notice(session).pay_code for _ in range(6)]
    lines = [a_line("140.00", "6222-1", addWord=code) for code in codes]
    assert ask(world, FLOW, a_flow(*lines))["unmatched"] == 6
    for number, code in enumerate(codes):
        ask(world, QUERY, {"billno": code})
        assert ask(world, PAY, a_pay(code, f"T{number}"))["code"] == "00000"
    listed = [a_day_line(code, f"T{number}") for number, code in enumerate(codes)]
    fund = {"date": "20261124", "accconfirm_no": "B1", "translist": listed}
    assert ask(world, FUND, fund)["code"] == "00000"
    assert judge_waiting(world.store, REGION, lambda: NOW) == 1
    assert stands(world)[1] == ["reconciled"] * 6
    together = Barrier(8)

    def one(number):
        bank = replace(world, bank=Bank(world.app.test_client()))
        together.wait(60)
        if number % 2:
            return ask(bank, FLOW, a_flow(*lines, number="F2"))
        return world.store.retry(lambda session: meet_later_payments(session, REGION, now=NOW))

    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(one, range(8)))

    by_job, told = sum(done[::2]), done[1]
    assert all(answer == told for answer in done[1::2])
    assert (told["code"], by_job + told["met"]) == ("00000", 6)
    assert told["unmatched"] == by_job
    held = {"designated": 168000, "income": -84000, "unmatched": -84000}
    assert stands(world) == (held, ["reconciled"] * 6)
    assert world.store.retry(lambda s: meet_later_payments(s, REGION, now=NOW)) == 0
    findings = [one for _, found in audit_database(world.store.url) for one in found]
    assert [each for each in findings if each.kind == "money-counted-twice"] == []
