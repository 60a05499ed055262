"""Refunds as the payer sees them: asked for, followed step by step, withdrawn; nobody else's."""

import re
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from feeledger.notices.queries import notice_of
from feeledger.refunds.actions import reject_refund, verify_refund
from feeledger.refunds.tables import RefundRow
from tests.builders import REGION, USCC, a_hand, a_paid_notice, the_calendar
from tests.web.conftest import send_by

ASK = {"amount_1": "40.00", "ground": "over_standard", "reason": "面积多算四十平方米"}


@pytest.fixture
def notice(fresh):
    with fresh.store.write() as session:
        row = a_paid_notice(session, trade_no="T0100")
        found = row.id, row.pay_code
    fresh.send("/lookup", {"uscc": USCC, "code": found[1]})
    return found[0]


def refund_of(fresh):
    with fresh.store.read() as session:
        return session.scalars(select(RefundRow).order_by(RefundRow.applied_at)).all()[-1]


def test_the_payer_asks_back_follows_each_step_and_reads_the_decision(fresh, notice):
    form = f"/lookup/notices/{REGION}/{notice}/refund"
    own = fresh.client.get(f"/lookup/notices/{REGION}/{notice}").text
    assert f'href="{form}"' in own
    assert "140.00 元" in own
    shown = fresh.client.get(form).text
    assert "0001" in shown
    assert "6222-0000-0001" not in shown

    assert fresh.send(form, ASK | {"amount_1": "141"}).status_code == 422
    answer = fresh.send(form, ASK)

    assert answer.status_code == 303
    row = refund_of(fresh)
    assert (row.applicant, row.account_kind, row.amount_fen) == (f"payer:{USCC}", "original", 4000)
    page = fresh.client.get(answer.location).text
    for words in ("本企业", "10 个工作日", "2026年12月8日", "剩 10 个工作日", "执收单位核实"):
        assert words in page
    # 140.00 less 40.00 asked and not decided: 100.00 is free.
    twice = fresh.send(form, ASK | {"amount_1": "100.01"})
    assert 'id="amount_1-error"' in twice.text
    with fresh.store.write() as session:
        doing = {"calendar": the_calendar()}
        verify_refund(session, REGION, row.id, hand=a_hand("water:1"), **doing)
        hand = a_hand("reviewer:1", reason="面积经复测无误")
        reject_refund(session, REGION, row.id, hand=hand, **doing)
    english = fresh.client.get(f"/en{answer.location}").text
    assert "It is refused. The reason: 面积经复测无误" in english
    assert "administrative reconsideration" in english
    assert "water:1" not in english
    again = fresh.client.get(f"/lookup/notices/{REGION}/{notice}").text
    assert "不予退付" in again


def test_the_payer_withdraws_until_it_is_decided_and_sees_nobody_elses(fresh, notice):
    form = f"/lookup/notices/{REGION}/{notice}/refund"
    page = fresh.send(form, ASK).location
    bare = fresh.send(f"{page}/withdrawal", {"withdraw_reason": ""}, page=page)
    assert bare.status_code == 422
    done = fresh.send(f"{page}/withdrawal", {"withdraw_reason": "填错"}, page=page)
    assert (done.status_code, refund_of(fresh).state) == (303, "withdrawn")
    late = fresh.send(f"{page}/withdrawal", {"withdraw_reason": "又"}, page="/lookup/overview")
    assert late.status_code == 422
    assert fresh.client.get(f"/lookup/refunds/{REGION}/12").status_code == 404
    assert fresh.client.get(f"/lookup/refunds/{REGION}/{10**30}").status_code == 404
    unpaid = fresh.client.get(f"/lookup/notices/{REGION}/{fresh.told.notice}/refund")
    assert unpaid.status_code == 409
    fresh.send("/lookup/end", {}, page="/lookup/overview")
    assert fresh.client.get(page).location.endswith("/lookup")


def test_of_two_applications_sent_at_once_for_the_same_money_one_is_taken(fresh, notice):
    form = f"/lookup/notices/{REGION}/{notice}/refund"
    with fresh.store.read() as session:
        code = notice_of(session, REGION, notice).pay_code
    start, answers = Barrier(3), []

    def ask(client):
        send_by(client, "/lookup", {"uscc": USCC, "code": code})
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(form).text)[1]
        start.wait()
        whole = ASK | {"amount_1": "140.00", "csrf_token": token}
        answers.append(client.post(form, data=whole).status_code)

    asking = [Thread(target=ask, args=[fresh.client.application.test_client()]) for _ in range(3)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()

    assert sorted(answers) == [303, 422, 422]
    with fresh.store.read() as session:
        assert session.scalar(select(func.count()).select_from(RefundRow)) == 1
