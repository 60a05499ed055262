"""The banks' door for money: arrivals and transfers through HTTP, signed, safe to send again."""

from datetime import timedelta

import pytest

from feeledger.payments.tables import UnmatchedReceiptRow
from feeledger.unmatched.tables import FundsArrivalRow, RefusedArrivalRow
from tests.builders import ACCOUNT_NO, NOW, REGION

ARRIVALS, TRANSFERS = "/api/v1/bank/arrivals", "/api/v1/bank/transfers"


def an_arrival_message(serial="T0001", **changes):
    message = {
        "region": REGION,
        "trade_no": serial,
        "amount": "140.00",
        "account": ACCOUNT_NO,
        "arrived_at": "2026-11-24T09:59:59+08:00",
        "payer_name": "演示商行",
        "payer_account": "6222-0000-1111",
        "payer_bank": "演示银行",
    } | changes
    return {name: value for name, value in message.items() if value is not None}


def a_transfer_message(*vouchers, **changes):
    return {
        "region": REGION,
        "trade_no": "B1",
        "amount": "280.00",
        "account": ACCOUNT_NO,
        "arrived_at": "2026-11-24T09:59:59+08:00",
        "vouchers": list(vouchers),
    } | changes


def test_an_arrival_is_taken_in_once_and_answered_alike_for_ever(any_world):
    first = any_world.bank.post(ARRIVALS, an_arrival_message())
    any_world.set_time(NOW + timedelta(minutes=3))
    again = any_world.bank.post(ARRIVALS, an_arrival_message(remark="再发", amount="140.0"))

    assert first.status_code == 201
    assert first.get_json()["status"] == "unmatched"
    assert (again.status_code, again.data) == (201, first.data)
    assert any_world.count(FundsArrivalRow) == any_world.count(UnmatchedReceiptRow) == 1
    kept = any_world.messages()[0]
    assert (kept.region, kept.msg_no, kept.msg_id, kept.result) == (
        REGION,
        "arrival",
        "T0001",
        "00000",
    )


def test_confirmation_and_arrival_meet_over_http(any_world):
    """On PostgreSQL the confirmation would take one statement; the money before it makes it go on."""
    any_world.bank.query(any_world.pay_code)
    assert any_world.bank.post(ARRIVALS, an_arrival_message()).status_code == 201
    paid = any_world.bank.pay(any_world.pay_code)

    assert paid.status_code == 201
    assert any_world.bank.pay(any_world.pay_code).data == paid.data
    with any_world.store.read() as session:
        assert session.query(UnmatchedReceiptRow.state).all() == [("matched",)]


@pytest.mark.parametrize(
    ("changes", "status", "result"),
    [
        ({"account": "9999-8888-7777"}, 409, "13002"),
        ({"region": "999999"}, 409, "13002"),
        ({"amount": "0.00"}, 422, "10002"),
        ({"amount": 140}, 422, "10002"),
        ({"region": None}, 422, "10002"),
        ({"arrived_at": "2026-11-24T09:59:59"}, 422, "10002"),
        ({"arrived_at": "2026-11-25T09:59:59+08:00"}, 422, "10002"),
        ({"arrived_at": "9999-12-31T23:59:59-12:00"}, 422, "10002"),
        ({"payer": "谁"}, 422, "10002"),
        ({"pay_code": "乱" * 41}, 422, "10002"),
    ],
)
def test_a_refused_arrival_says_why_and_posts_nothing(world, changes, status, result):
    answer = world.bank.post(ARRIVALS, an_arrival_message(**changes))

    assert (answer.status_code, answer.get_json()["result"]) == (status, result)
    assert world.count(UnmatchedReceiptRow) == 0


def test_other_content_is_13001_and_is_kept(world):
    world.bank.post(ARRIVALS, an_arrival_message())
    answer = world.bank.post(ARRIVALS, an_arrival_message(amount="141.00"))

    assert (answer.status_code, answer.get_json()["code"]) == (409, "arrival-reused")
    assert world.count(RefusedArrivalRow) == 1


def test_a_transfer_lists_what_it_is_made_of(any_world):
    listed = [
        {"pay_code": any_world.pay_code, "trade_no": "T0001", "amount": "140.00"},
        {"trade_no": "T0002", "amount": "140.00"},
    ]
    short = any_world.bank.post(TRANSFERS, a_transfer_message(*listed, amount="279.00"))
    taken = any_world.bank.post(TRANSFERS, a_transfer_message(*listed))
    again = any_world.bank.post(TRANSFERS, a_transfer_message(*reversed(listed)))
    twice = any_world.bank.post(TRANSFERS, a_transfer_message(listed[0], listed[0]))

    assert (short.status_code, short.get_json()["result"]) == (409, "14002")
    assert (taken.status_code, taken.get_json()["unmatched"]) == (201, 2)
    assert again.data == taken.data
    assert (twice.status_code, twice.get_json()["result"]) == (422, "10002")
