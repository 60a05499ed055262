"""Reversals through the banks' door, and the record that malformed messages leave (R-R8, R-B4)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from feeledger.payments.tables import RefusedMessageRow
from tests.api.banks import an_advice_message
from tests.builders import NOW

PATH = "/api/v1/bank/reversals"


def a_reversal_message(of, serial="T0001", /, **changes):
    message = {"pay_code": of, "trade_no": serial, "amount": "140.00", "reason": "柜员误操作"}
    return {name: value for name, value in (message | changes).items() if value is not None}


def refused_messages(world):
    with world.store.read() as session:
        return list(session.scalars(select(RefusedMessageRow).order_by(RefusedMessageRow.id)))


def test_r_r8_a_reversal_is_answered_once_and_for_ever(any_world):
    any_world.bank.query(any_world.pay_code)
    paid = any_world.bank.pay(any_world.pay_code).get_json()

    first = any_world.bank.post(PATH, a_reversal_message(any_world.pay_code))
    any_world.set_time(NOW + timedelta(minutes=5))
    again = any_world.bank.post(PATH, a_reversal_message(any_world.pay_code, amount="140"))

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    told = any_world.bank.get("/api/v1/bank/payments/T0001?region=130184").get_json()
    assert told == paid | {"reversed": True}  # who asks by serial is told that it was taken back
    assert any_world.bank.query(any_world.pay_code).get_json()["status"] == "0"
    assert any_world.bank.pay(any_world.pay_code).get_json()["code"] == "payment-reversed"
    assert any_world.bank.pay(any_world.pay_code, "T0002").status_code == 201
    kinds = [row.msg_no for row in any_world.messages()]
    assert kinds.count("reversal") == 2


@pytest.mark.parametrize(
    ("changes", "status", "result", "code"),
    [
        ({"trade_no": None}, 422, "10002", "bank-message-refused"),
        ({"amount": "0.00"}, 422, "10002", "advice-malformed"),
        ({"pay_code": "1301842600000001"}, 404, "11001", "pay-code-unknown"),
        ({"pay_code": "13018426000000000105"}, 404, "11001", "pay-code-unknown"),
        ({}, 409, "99999", "nothing-to-reverse"),
    ],
)
def test_a_refused_reversal_is_told_why_and_recorded(world, changes, status, result, code):
    answers = [
        world.bank.post(PATH, a_reversal_message(world.pay_code, **changes)) for _ in range(2)
    ]

    for answer in answers:
        document = answer.get_json()
        told = answer.status_code, document["result"], document["code"]
        assert told == (status, result, code)
    (row,) = refused_messages(world)
    assert (row.kind, row.result, row.code, row.times) == ("reversal", result, code, 2)


@pytest.mark.parametrize(
    ("message", "region", "code"),
    [
        ({"amount": "1e3"}, "130184", "bank-message-refused"),
        ({"pay_code": "1301842600000001"}, "130184", "pay-code-unknown"),
        ({"pay_code": "99018426000000000105"}, "990184", "advice-malformed"),
        ({"pay_code": "13018326000000000105"}, "130183", "pay-code-unknown"),
        ({"pay_code": None}, "000000", "bank-message-refused"),
    ],
)
def test_r_b4_what_is_no_rejected_confirmation_is_recorded(world, message, region, code):
    for _ in range(2):
        answer = world.bank.pay(world.pay_code, **message)

    (row,) = refused_messages(world)
    assert (answer.get_json()["code"], row.code) == (code, code)
    assert (row.region, row.kind, row.trade_no, row.times) == (region, "confirmation", "T0001", 2)
    assert row.told["account"] == an_advice_message(world.pay_code)["account"]
    assert world.rejections() == []


def test_r_b4_a_body_that_is_no_json_leaves_a_record(world):
    world.bank.post("/api/v1/bank/payments", b"{nothing")

    (row,) = refused_messages(world)
    assert (row.region, row.code, row.told) == ("000000", "bad-json", {})
