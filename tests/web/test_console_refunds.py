"""Refunds in the console: applied for, verified, decided, paid; each step with its limit and its person."""

from datetime import date

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from feeledger.notices.queries import notice_of
from feeledger.people.roles import Role, may
from feeledger.refunds.tables import RefundRow
from feeledger.sharing.actions import keep_shares
from tests.builders import (
    LICENCE_ITEM,
    LICENCE_LINE,
    NOW,
    POLICE_UNIT,
    REGION,
    a_charge,
    a_paid_notice,
    a_share_rule,
    a_verified_refund,
    an_answer,
    an_applied_refund,
    an_approved_refund,
)
from tests.unmatched.books import assert_clean

LIST = "/console/refunds"
ASK = {
    "amount_1": "40",
    "applied_as": "payer",
    "ground": "mistaken_payment",
    "reason": "面积多报",
}


@pytest.fixture
def notice(desk):
    """A notice of the water unit, 140.00, paid from an account that the bank told."""
    with desk.store.write() as session:
        return a_paid_notice(session, trade_no="T0100").id


def refund_of(desk):
    with desk.store.read() as session:
        return session.scalars(select(RefundRow)).one()


def send(desk, login, refund, act, **data):
    page = f"{LIST}/{refund}"
    return desk.as_(login).send(f"{page}/{act}", data, page=page)


def test_a_refund_from_application_to_payment_by_four_people(desk, notice):
    form = f"/console/notices/{notice}/refund"
    clerk = desk.as_("clerk")
    assert "可退 140.00 元" in clerk.text(form)
    assert clerk.send(form, ASK).status_code == 303
    row = refund_of(desk)
    page = f"{LIST}/{row.id}"
    own = clerk.text(page)
    # Ten working days after Tuesday, 24 November: Tuesday, 8 December.
    assert "10 个工作日，至 <strong>2026年12月8日" in own.replace("\n", "")
    assert "剩 10 个工作日" in own
    assert "您是申请人：核实须由另一人办理。" in own
    assert "核实无误" not in own
    assert desk.as_("police").get(page).status_code == 404
    assert send(desk, "clerk", row.id, "verification", event="verify").status_code == 422

    assert send(desk, "water", row.id, "verification", event="verify").status_code == 303
    assert "核实无误" not in desk.as_("water").text(page)
    refused = send(desk, "reviewer", row.id, "decision", event="reject", decide_reason="")
    assert refused.status_code == 422
    assert 'id="decide_reason-error"' in refused.text
    assert send(desk, "reviewer", row.id, "decision", event="approve").status_code == 303
    assert "退付批准" in desk.as_("audit").text(page)
    assert send(desk, "second", row.id, "payment", payment_no=" ").status_code == 422
    assert send(desk, "second", row.id, "payment", payment_no="FK 1").status_code == 303

    assert (refund_of(desk).state, refund_of(desk).payment_no) == ("paid", "FK1")
    shown = desk.as_("audit").text(page)
    for words in ("经办甲", "水利经办", "复核丙", "经办乙", "按期", "退付支付", "这笔退付已办结"):
        assert words in shown
    assert "还可退 <strong" in clerk.text(f"/console/payments/{row.payment}")
    assert "100.00" in clerk.text(form)
    assert "Applied" in desk.as_("audit").text(f"/en{page}")
    assert_clean(desk.store)


def test_what_is_wrong_with_an_application_stands_beside_its_field(desk, notice):
    form = f"/console/notices/{notice}/refund"
    water = desk.as_("water")
    for data, field in (
        ({"amount_1": ""}, "amounts"),
        ({"amount_1": "140.01"}, "amount_1"),
        ({"amount_1": "1e3"}, "amount_1"),
        ({"ground": "x"}, "ground"),
        ({"reason": " "}, "reason"),
        ({"applied_as": "unit"}, "found_on"),
        ({"to_account": "6333"}, "evidence"),
    ):
        answer = water.send(form, ASK | data)
        assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True), field
        assert f'id="{field}"' in answer.text
    assert desk.as_("police").get(form).status_code == 404
    assert water.get(f"/console/notices/{desk.world.unpaid}/refund").status_code == 409


def test_r_f3_another_account_waits_for_a_second_approver_and_an_upper_level_is_asked_first(
    desk, notice
):
    told = {"to_account": "6333", "to_name": "承继企业", "evidence": "合并公告〔2026〕2号"}
    with desk.store.write() as session:
        other = a_verified_refund(session, notice_of(session, REGION, notice), "10.00", **told).id
    assert send(desk, "reviewer", other, "decision", event="approve").status_code == 303
    with desk.store.write() as session:
        a_share_rule(session, LICENCE_ITEM)
        licences = an_answer(LICENCE_ITEM, LICENCE_LINE, facts={"vehicle_licences": 2})
        shared_notice = a_paid_notice(session, a_charge(POLICE_UNIT, licences), trade_no="T0101")
        keep_shares(session, REGION, now=NOW)
        shared = a_verified_refund(session, shared_notice, "20.00").id
    half = desk.as_("reviewer").text(f"{LIST}/{other}")
    assert "已有第一人批准" in half
    assert "须由第二人批准" in half
    assert "批准退付</label>" not in half

    page = desk.as_("reviewer").text(f"{LIST}/{shared}")
    assert "须先上报" in page
    assert "15 个工作日" in page
    assert send(desk, "reviewer", shared, "decision", event="approve").status_code == 422
    assert send(desk, "reviewer", shared, "decision", event="forward").status_code == 303
    assert "上级答复的期限未见规定" in desk.as_("reviewer").text(f"{LIST}/{shared}")
    assert send(desk, "reviewer", shared, "decision", event="approve").status_code == 303


def test_the_list_puts_overdue_refunds_first_and_can_be_taken_away(desk, notice, tmp_path):
    with desk.store.write() as session:
        paid = notice_of(session, REGION, notice)
        an_approved_refund(session, paid, "30.00")
        an_applied_refund(session, paid, "5.00")
    desk.live_on(date(2026, 12, 9))
    clerk = desk.as_("clerk")
    text = clerk.text(LIST)
    assert text.count("超期 1 个工作日") == 2
    assert "35.00" in text
    assert "退付超过法定期限" in clerk.text("/console")
    assert "没有符合条件的退付" in clerk.text(f"{LIST}?state=rejected")
    assert "没有未办结的退付" in desk.as_("police").text(LIST)
    assert "5.00" in desk.as_("water").text(f"{LIST}?state=applied&overdue=yes")

    csv = clerk.get(f"{LIST}/export?state=all")
    assert csv.mimetype == "text/csv"
    assert ",30.00," in csv.get_data(as_text=True)
    book = tmp_path / "refunds.xlsx"
    book.write_bytes(clerk.get(f"/en{LIST}/export?as=xlsx").data)
    rows = list(load_workbook(book).active.iter_rows(values_only=True))
    assert [row[10] for row in rows] == ["amount in CNY", 5, 30] or [row[10] for row in rows] == [
        "amount in CNY",
        30,
        5,
    ]
    assert rows[1][9] == "yes"


ABLE = {
    "refund_acts.apply": {"clerk", "department"},
    "refund_acts.verify": {"clerk", "department"},
    "refund_acts.withdraw": {"clerk", "department"},
    "refund_acts.decide": {"reviewer"},
    "refund_acts.pay": {"clerk"},
    "settlements.prepare": {"clerk"},
    "settlements.cancel": {"clerk"},
    "settlements.approve": {"reviewer"},
    "shares.enter_rule": {"clerk"},
    "shares.end_rule": {"clerk"},
}


def test_each_act_is_open_to_the_roles_that_it_is_meant_for(desk):
    """The rights of views are held by every request (tests/web/test_console_rights.py)."""
    views = desk.site.view_functions
    able = {
        name: {role.value for role in Role if may(role, views[f"zh.{name}"].right)} for name in ABLE
    }

    assert able == ABLE
    sent = desk.as_("audit").send(f"{LIST}/1/decision", {}, page="/console")
    assert sent.status_code == 403
