"""Reversals in the console: on the payment, in the list, among what was refused, in a day file."""

from feeledger.money import parse_amount
from feeledger.notices.queries import notice_of
from feeledger.payments.reversal import ReversalAdvice
from feeledger.payments.reversal_actions import record_reversal
from tests.builders import BANK, NOW, REGION
from tests.web.test_console_money import a_file, differences, send_file


def reverse(desk, pay_code, trade_no="T0001", amount="70.00"):
    advice = ReversalAdvice(pay_code, trade_no, parse_amount(amount), reason="柜员误操作")
    with desk.store.write() as session:
        return record_reversal(session, advice, bank=BANK, now=NOW)


def test_a_payment_shows_who_reversed_it_why_and_by_which_entry(desk):
    reverse(desk, desk.world.paid_code)
    visitor = desk.as_("audit")

    page = visitor.text(f"/console/payments/{desk.world.payment}")

    for words in ("已冲正", "柜员误操作", BANK, "当时恢复为待缴款"):
        assert words in page
    assert page.count("指定账户存款") == 2
    assert "T0001" in visitor.text("/console/payments?state=reversed")
    assert "没有符合条件的缴款" in visitor.text("/console/payments?state=confirmed")


def test_refused_and_early_reversals_stand_among_what_was_refused(desk):
    with desk.store.read() as session:
        code = notice_of(session, REGION, desk.world.unpaid).pay_code
    visitor = desk.as_("audit")
    assert "没有先到的冲正" in visitor.text("/console/payments/rejections")

    reverse(desk, code, "T0777", "12.00")
    reverse(desk, desk.world.paid_code, amount="1.00")

    page = visitor.text("/console/payments/rejections")
    assert page.count("T0777") == 2
    assert "12.00" in page
    assert "只能全额冲正" in page


def test_r_r3_a_reversed_payment_is_not_missing_and_its_line_is_15003(desk):
    reverse(desk, desk.world.paid_code)
    visitor = desk.as_("clerk")
    send_file(visitor, a_file())
    assert differences(desk) == []

    send_file(visitor, a_file(("T0001", desk.world.paid_code, "70.00"), number="2"))

    assert [(row.result, row.reason) for row in differences(desk)] == [("15003", "reversed")]
