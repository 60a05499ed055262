"""Payments, the ledger and day reconciliation in the console."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select, text

from feeledger.money import Money
from feeledger.notices.queries import notice_of
from feeledger.payments.actions import record_payment
from feeledger.payments.queries import payment_of_notice
from feeledger.payments.reversal_tables import ReconDayRow
from feeledger.reconciliation.request_actions import judge_request, take_statement
from feeledger.reconciliation.requests import RequestKey, statement_of
from feeledger.reconciliation.statements import DayLine
from feeledger.reconciliation.tables import ReconBatchRow, ReconDifferenceRow
from feeledger.unmatched.arrival import Payer
from feeledger.unmatched.flow import AccountFlow, FlowLine
from feeledger.unmatched.flow_actions import record_flow
from tests.builders import ACCOUNT_NO, BANK, NOW, REGION, a_query, an_advice
from tests.reconciliation.books import a_day_file
from tests.unmatched.books import arrive

FILE = "/console/reconciliation"


def grouped(code):
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def a_file(*lines, number="1", **changed):
    """A day file of the tests' bank and account on the day of the payment."""
    given = {"day": NOW.date(), "number": number, "account": ACCOUNT_NO, "bank": BANK} | changed
    return a_day_file(*lines, **given)


def send_file(visitor, raw, name="day.csv"):
    return visitor.send(FILE, {"file": (BytesIO(raw), name)})


def differences(desk):
    with desk.store.read() as session:
        return list(session.scalars(select(ReconDifferenceRow)))


# --- payments and the ledger ---


def test_a_payment_shows_the_pair_it_became_in_the_ledger(desk):
    page = desk.as_("audit").text(f"/console/payments/{desk.world.payment}")

    assert grouped(desk.world.paid_code) in page
    assert "指定账户存款" in page
    assert "非税收入" in page
    assert page.count("70.00") >= 2


@pytest.mark.parametrize(("code", "word"), [("13", "网上渠道"), ("88", "银行自定的渠道")])
def test_the_channel_of_a_payment_is_a_word_with_the_banks_code_beside(desk, code, word):
    with desk.store.write() as session:
        notice = notice_of(session, REGION, desk.world.joint)
        a_query(session, notice)
        told = replace(an_advice(notice, "T0013"), channel=code)
        record_payment(session, told, bank=BANK, now=NOW)
        payment = payment_of_notice(session, REGION, notice.id).id

    page = desk.as_("audit").text(f"/console/payments/{payment}")

    assert word in page
    assert f'<span class="fl-code">{code}</span>' in page


def test_the_list_of_payments_finds_by_code_serial_and_day(desk):
    visitor = desk.as_("audit")
    for query in (f"text={desk.world.paid_code}", "text=T0001", "since=2026-11-24", f"bank={BANK}"):
        assert "T0001" in visitor.text(f"/console/payments?{query}"), query
    assert "没有符合条件的缴款" in visitor.text("/console/payments?until=2026-11-23")


def test_a_payment_that_is_not_there_is_answered_404(desk):
    assert desk.as_("audit").get("/console/payments/1").status_code == 404


def test_a_refused_confirmation_is_listed_once_with_its_counter(desk):
    with desk.store.write() as session:
        notice = notice_of(session, REGION, desk.world.unpaid)
        wrong = an_advice(notice, "T0002", amount="1.00")
        for _ in range(3):
            record_payment(session, wrong, bank=BANK, now=NOW)
    page = desk.as_("audit").text("/console/payments/rejections")

    assert "12004" in page
    assert 'data-label="次数"><span>3</span>' in page


def test_a_serial_used_again_is_shown_with_both_contents(desk):
    with desk.store.write() as session:
        notice = notice_of(session, REGION, desk.world.paid)
        again = replace(an_advice(notice), paid_at=NOW - timedelta(hours=1))
        record_payment(session, again, bank=BANK, now=NOW)
    page = desk.as_("audit").text("/en/console/payments/rejections")

    assert "2026-11-24T02:00:00+00:00" in page
    assert "2026-11-24T01:00:00+00:00" in page


def test_balances_stand_by_account_on_the_side_on_which_they_grow(desk):
    page = desk.as_("audit").text("/console/ledger")

    assert "指定账户存款" in page
    assert "水土保持补偿费" in page
    assert page.count('<span class="fl-money">70.00</span>') == 2
    assert "方向相反" not in page


def test_the_entries_of_a_day_are_listed_and_lead_to_their_payments(desk):
    page = desk.as_("audit").text("/console/ledger/entries?day=2026-11-24")

    assert f"/console/payments/{desk.world.payment}" in page
    assert "这一日没有分录" in desk.as_("audit").text("/console/ledger/entries?day=2026-11-20")


def test_the_books_are_verified_on_the_page(desk):
    assert "账实相符" in desk.as_("audit").text("/console/ledger/verify")


def test_a_fault_of_the_books_is_named_on_the_page(desk):
    # A notice marked as paid behind the ledger's back, as nobody but an intruder could.
    with desk.store.write() as session:
        session.execute(text("UPDATE notice SET status = 'paid' WHERE status = 'issued'"))
    page = desk.as_("audit").text("/console/ledger/verify")

    assert "notice-paid-wrongly" in page
    assert "有 2 处不符" in page


# --- day files ---


def test_a_file_is_taken_in_and_compared(desk):
    visitor = desk.as_("clerk")
    answer = send_file(visitor, a_file(("T0001", desk.world.paid_code, "70.00")))

    page = visitor.text(answer.location)
    assert "没有差异" in page
    assert "全部一致" in page
    with desk.store.read() as session:
        assert notice_of(session, REGION, desk.world.paid).status == "reconciled"


def test_a_file_shows_what_is_missing_extra_and_differing(desk):
    with desk.store.write() as session:
        notice = notice_of(session, REGION, desk.world.unpaid)
        record_payment(session, an_advice(notice, "T0009"), bank=BANK, now=NOW)
    lines = [("T0001", desk.world.paid_code, "70.01"), ("T0077", "13018426999999999999", "5.00")]
    visitor = desk.as_("clerk")
    page = visitor.text(send_file(visitor, a_file(*lines)).location)

    assert sorted(row.result for row in differences(desk)) == ["15001", "15002", "15003"]
    for name in ("15001 金额不符", "15002 文件缺少（短款）", "15003 文件多出（长款）"):
        assert name in page
    assert "金额不一致" in page
    assert "缴款码不存在" in page


def test_every_fault_of_a_file_is_told_with_its_line_and_nothing_is_kept(desk):
    raw = a_file(("T0001", desk.world.paid_code, "70.00"), ("T 2", "x!", "5.0.0"), total="75.00")
    answer = send_file(desk.as_("clerk"), raw)

    assert answer.status_code == 422
    assert answer.text.count('<th scope="row" class="fl-num">10</th>') >= 3
    assert "没有导入任何内容" in answer.text
    with desk.store.read() as session:
        assert session.scalars(select(ReconBatchRow)).all() == []


def test_the_same_batch_again_is_answered_with_15010_and_changes_nothing(desk):
    visitor = desk.as_("clerk")
    raw = a_file(("T0001", desk.world.paid_code, "70.00"))
    send_file(visitor, raw)
    answer = send_file(visitor, raw)

    assert answer.status_code == 422
    assert "15010 批次" in answer.text
    with desk.store.read() as session:
        assert len(session.scalars(select(ReconBatchRow)).all()) == 1


def test_no_file_chosen_is_said(desk):
    answer = desk.as_("clerk").send(FILE, {"file": (BytesIO(b""), "")})

    assert answer.status_code == 422
    assert 'href="#file"' in answer.text


def test_the_banks_file_is_given_back_byte_for_byte_as_a_download(desk):
    visitor = desk.as_("clerk")
    raw = a_file(("T0001", desk.world.paid_code, "70.00"))
    batch = send_file(visitor, raw).location
    answer = visitor.get(f"{batch}/file")

    assert answer.data == raw
    assert answer.headers["Content-Disposition"].startswith("attachment;")


# --- differences ---


def a_difference(desk):
    lines = [("T0001", desk.world.paid_code, "70.01")]
    send_file(desk.as_("clerk"), a_file(*lines))
    (row,) = differences(desk)
    return f"/console/differences/{row.id}"


def step(desk, who, page, name, reason="已核对"):
    return desk.as_(who).send(page, {"step": name, "step_reason": reason})


def test_a_difference_is_worked_on_by_one_person_and_closed_by_another(desk):
    page = a_difference(desk)
    for name in ("assign", "explain", "correct"):
        assert step(desk, "clerk", page, name).status_code == 303, name
    barred = desk.as_("clerk").text(page)
    refused = step(desk, "clerk", page, "close")
    closed = step(desk, "reviewer", page, "close")

    assert "须由另一人关闭" in barred
    assert refused.status_code == 422
    assert "须由另一人决定" in refused.text
    assert closed.status_code == 303
    assert differences(desk)[0].state == "closed"
    history = desk.as_("audit").text(page)
    for act in ("分派差异", "说明差异", "更正差异", "关闭差异"):
        assert act in history


def test_a_step_out_of_turn_or_without_a_reason_does_nothing(desk):
    page = a_difference(desk)
    out_of_turn = step(desk, "clerk", page, "close")
    silent = step(desk, "clerk", page, "assign", reason="")

    assert (out_of_turn.status_code, silent.status_code) == (422, 422)
    assert 'href="#step_reason"' in silent.text
    assert differences(desk)[0].state == "open"


def test_a_difference_is_assigned_to_a_colleague(desk):
    page = a_difference(desk)
    desk.as_("reviewer").send(
        page, {"step": "assign", "step_reason": "请核对", "assignee": "second"}
    )

    assert differences(desk)[0].assignee == "second"


def test_the_work_list_holds_what_is_not_settled(desk):
    page = a_difference(desk)

    assert page in desk.as_("audit").text("/console/differences")
    assert "没有符合条件的差异" in desk.as_("audit").text("/console/differences?result=15003")


# --- days ---


def close(desk, **data):
    """Close the day of the payment on the day after it."""
    desk.live_on(NOW.date() + timedelta(days=1))
    answer = desk.as_("reviewer").send("/console/reconciliation/days/2026-11-24", data)
    desk.live_on(NOW.date())
    return answer


def test_a_day_closes_once_every_bank_is_reconciled(desk):
    early = close(desk, close_reason="日终")
    send_file(desk.as_("clerk"), a_file(("T0001", desk.world.paid_code, "70.00")))
    late = close(desk, close_reason="日终")

    assert early.status_code == 422
    assert f"{BANK} 未报送对账文件" in early.text
    assert late.status_code == 303
    with desk.store.read() as session:
        assert [row.closed_by for row in session.scalars(select(ReconDayRow))] == ["reviewer"]


def test_a_day_closes_over_a_difference_only_where_it_is_carried_by_name(desk):
    send_file(desk.as_("clerk"), a_file(("T0001", desk.world.paid_code, "70.01")))
    (row,) = differences(desk)
    refused = close(desk, close_reason="日终")
    closed = close(desk, close_reason="日终", carry=str(row.id))

    assert refused.status_code == 422
    assert f"差异 {row.id}" in refused.text
    assert closed.status_code == 303
    assert "结转" in desk.as_("audit").text("/console/differences")


def test_a_day_that_is_not_over_offers_no_closing(desk):
    assert "close_reason" not in desk.as_("reviewer").text(
        "/console/reconciliation/days/2026-11-24"
    )


def test_statements_by_message_are_listed_with_what_came_of_them(desk):
    page = desk.as_("reviewer").text("/console/reconciliation/messages")
    assert "银行还没有以报文报送过对账" in page
    day = NOW.date()
    key = RequestKey(BANK, ACCOUNT_NO, day, "<B1>")
    line = DayLine(1, "T1", "13018426000000000105", Money(500), NOW, "", "")
    with desk.store.write() as session:
        for told in (statement_of(key, "", (line,)), statement_of(key, "", ())):
            take_statement(session, REGION, told, now=NOW)
        judge_request(session, REGION, key, now=NOW)
        flow_line = FlowLine(1, Money(8000), Payer(), "B2", "", "", "")
        flow = AccountFlow(REGION, "F1", ACCOUNT_NO, day, (flow_line,))
        assert record_flow(session, flow, bank=BANK, now=NOW).answer["awaited"] == 1

    for path in ("", "/en"):
        text = desk.as_("reviewer").text(f"{path}/console/reconciliation/messages")
        assert "&lt;B1&gt;" in text
        assert "15010" in text
        assert "F1/1" in text
        assert "80.00" in text


# --- money that came otherwise than confirmed ---


def test_money_that_differs_is_settled_on_the_pages_in_both_languages(desk):
    """70.00 confirmed, 69.00 came: the payment says so, then the file makes it a task of two persons."""
    payment = f"/console/payments/{desk.world.payment}"
    with desk.store.write() as session:
        arrive(session, "T0001", amount="69.00", pay_code=desk.world.paid_code)
    waiting = desk.as_("audit").text(payment)
    send_file(desk.as_("clerk"), a_file(("T0001", desk.world.paid_code, "70.00")))
    (row,) = differences(desk)
    page = f"/console/differences/{row.id}"
    listed = desk.as_("audit").text("/en/console/differences?result=14002")
    for name in ("assign", "explain", "correct"):
        assert step(desk, "clerk", page, name).status_code == 303, name
    shown = desk.as_("reviewer").text(page)
    closed = step(desk, "reviewer", page, "close")

    assert "列入这笔缴款后，即作为差异 14002" in waiting
    assert "other money came" in listed
    assert "到账金额" in shown
    assert "69.00" in shown
    assert "关闭后，缴款与通知书记为已对账" in shown
    assert closed.status_code == 303
    after = desk.as_("audit").text(payment)
    assert "已对账" in after
    assert page in after
    assert "到账的款项与银行确认的不符" not in after
    assert "到账款项不符" in desk.as_("audit").text(f"{FILE}/batches/{row.batch}")
