"""Verify a payment: what is recorded, to whoever knows the amount or the bank's serial too."""

import pytest


def test_a_paid_notice_is_verified_by_its_amount(send, told):
    text = send("/receipt", {"pay_code": told.paid_code, "amount": "70"}).text

    assert "已缴款，已入账" in text
    assert "T0001" in text


def test_a_paid_notice_is_verified_by_the_banks_serial(send, told):
    text = send("/en/receipt", {"pay_code": told.paid_code, "trade_no": "T0001"}).text

    assert "Paid, and on record" in text
    assert "CNY 70.00" in text


def test_a_notice_alone_is_not_a_receipt(send, told):
    text = send("/receipt", {"pay_code": told.pay_code, "amount": "140.00"}).text

    assert "只有通知书，没有缴款记录：这不是收据" in text


@pytest.mark.parametrize(
    "wrong", [{"amount": "70.01"}, {"trade_no": "T0002"}, {"amount": "70", "trade_no": "T9"}]
)
def test_anything_that_does_not_fit_looks_like_nothing(send, told, wrong):
    text = send("/receipt", {"pay_code": told.paid_code, **wrong}).text

    assert "没有与所填内容全部相符的记录" in text
    assert "已缴款" not in text


def test_an_unknown_pay_code_looks_the_same(send):
    text = send("/receipt", {"pay_code": "13018426999999999999", "amount": "70"}).text

    assert "没有与所填内容全部相符的记录" in text


def test_amount_or_serial_is_needed(send, told):
    text = send("/en/receipt", {"pay_code": told.paid_code}).text

    assert 'href="#amount"' in text


def test_after_five_tries_in_vain_the_right_amount_is_refused_for_a_while(fresh):
    for _ in range(5):
        fresh.send("/receipt", {"pay_code": fresh.told.paid_code, "amount": "1"})

    text = fresh.send("/receipt", {"pay_code": fresh.told.paid_code, "amount": "70"}).text

    assert "没有与所填内容全部相符的记录" in text
