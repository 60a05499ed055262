"""A notice as its payer sees it."""

import re
from base64 import b64decode

import pytest


@pytest.fixture
def opened(client, send, told):
    send("/lookup", {"uscc": told.uscc, "code": told.pay_code})
    return client


def test_a_notice_shows_amount_words_code_due_date_account_and_reasons(opened, told):
    text = opened.get(f"/lookup/notices/130184/{told.notice}").text

    assert "140.00" in text
    assert "壹佰肆拾元整" in text
    assert " ".join(told.pay_code[i : i + 4] for i in range(0, 20, 4)) in text
    assert "2026年12月8日" in text  # ten working days after 24 November
    assert "演示财政专户" in text
    assert "征占用土地面积 100 平方米" in text
    assert "发改价格〔2017〕1186号" in text
    assert "待缴款" in text


def test_the_qr_code_holds_the_pay_code(opened, told):
    text = opened.get(f"/lookup/notices/130184/{told.notice}").text
    data = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', text)[1]

    assert b64decode(data).startswith(b"<?xml")
    assert f'alt="缴款码二维码：{told.pay_code}"' in text


def test_a_paid_notice_shows_its_payment_and_no_code_to_scan(opened, told):
    text = opened.get(f"/en/lookup/notices/130184/{told.paid_notice}").text

    assert "T0001" in text
    assert "Payment on record" in text
    assert "base64" not in text


def test_a_notice_prints_as_pdf(opened, told):
    answer = opened.get(f"/lookup/notices/130184/{told.notice}/pdf")

    assert answer.content_type == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_notice_is_closed_to_a_browser_that_opened_nothing(client, told):
    for path in ("", "/pdf"):
        answer = client.get(f"/lookup/notices/130184/{told.notice}{path}")
        assert answer.location == "/lookup"


def test_a_notice_that_is_not_ones_own_looks_like_none(opened, told):
    answer = opened.get(f"/lookup/notices/130184/{told.notice + 1}")

    assert answer.status_code == 404
    assert "没有这张缴款通知书" in answer.text
    assert opened.get(f"/lookup/notices/999999/{told.notice}").status_code == 404
