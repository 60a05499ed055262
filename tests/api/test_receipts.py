"""Verifying a receipt over HTTP: only whoever knows more than the pay code is told."""

import pytest

PAY_CODE_OF_NOBODY = "13018426000000000105"


def verify(world, query, *, pay_code=None):
    client = world.app.test_client()
    return client.get(f"/api/v1/receipts/{pay_code or world.pay_code}{query}")


def pay(world):
    world.bank.query(world.pay_code)
    world.bank.pay(world.pay_code)


@pytest.mark.parametrize(
    "query", ["?amount=140", "?trade_no=T0001", "?amount=140.00&trade_no=T0001"]
)
def test_a_payment_is_confirmed_to_whoever_knows_its_amount_or_serial(any_world, query):
    pay(any_world)

    document = verify(any_world, query).get_json()

    assert (document["state"], document["paid"], document["paid_on"]) == (
        "paid",
        "140.00",
        "2026-11-24",
    )


def test_a_notice_without_payment_is_no_receipt(world):
    document = verify(world, "?amount=140.00").get_json()

    assert (document["state"], document["paid"]) == ("notice_only", None)


def test_unknown_and_wrong_look_alike(world):
    pay(world)

    wrong = verify(world, "?amount=141.00")
    unknown = verify(world, "?amount=140.00", pay_code=PAY_CODE_OF_NOBODY)

    assert wrong.status_code == unknown.status_code == 404
    assert wrong.get_json()["detail"] == unknown.get_json()["detail"]
    assert wrong.get_json()["code"] == "receipt-unmatched"


@pytest.mark.parametrize(
    ("pay_code", "query", "place"),
    [
        (None, "", "/amount"),
        (None, "?amount=1.005", "/amount"),
        (None, "?colour=red", "/colour"),
        ("123", "?amount=1", "/pay_code"),
    ],
)
def test_a_question_out_of_form_is_refused_with_its_place(world, pay_code, query, place):
    answer = verify(world, query, pay_code=pay_code)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [place]
