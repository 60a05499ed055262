"""Cases in the console: who sees what of them (R-S3), who does what, departments with flags."""

from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import text

from feeledger.notices.queries import notice_of
from feeledger.supervision.tables import ReportRow
from tests.builders import POLICE_UNIT, REGION, USCC, WATER_UNIT, a_payment, a_query
from tests.web.desk import PDF

REPORTER = ("刘某某", "电话一二三")


@pytest.fixture
def page(desk):
    return f"/console/cases/{desk.world.case}"


def state(desk):
    with desk.store.read() as session:
        return session.execute(text("SELECT state, decided_by FROM supervision_case")).one()


def decide(desk, who, page, event="confirm", **data):
    data = {"event": event, "reason": "证据充分", "hearing": "电话听取"} | data
    return desk.as_(who).send(f"{page}/decision", data, page="/console")


def test_the_bureau_sees_signals_with_inputs_the_report_and_who_reported(desk, page):
    shown = desk.as_("clerk").text(page)

    assert "S01" in shown
    assert "S14" in shown
    assert "依据的数据" in shown
    assert all(one in shown for one in REPORTER)
    assert USCC in shown
    assert "在窗口交了现金" in shown


@pytest.mark.parametrize("who", ["watch", "audit"])
def test_an_overseer_sees_the_report_but_never_the_reporter_as_rule_r_s3_asks(desk, page, who):
    shown = desk.as_(who).text(page)

    assert "在窗口交了现金" in shown
    assert not any(one in shown for one in REPORTER)
    assert "依据的数据" not in shown
    assert USCC not in shown


def test_a_department_sees_its_own_case_and_of_an_anonymous_report_nobody(desk, page):
    shown = desk.as_("police").text(page)

    assert "机动车行驶证工本费" in shown
    for hidden in (*REPORTER, USCC, "在窗口交了现金", "收据.pdf"):
        assert hidden not in shown
    assert desk.as_("water").get(page).status_code == 404
    assert "行驶证" not in desk.as_("water").text("/console/cases")


def test_a_file_is_a_download_for_the_bureau_and_not_there_for_a_department(desk):
    address = f"/console/reports/{desk.world.report}/files/1"
    answer = desk.as_("watch").get(address)

    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert desk.as_("police").get(address).status_code == 404


def test_an_open_case_flags_nobody(desk, page):
    assert "信号不是结论" in desk.as_("audit").text(page)
    assert "直接收取，已认定" not in desk.as_("audit").text("/console/departments")


def test_a_decision_before_the_hearing_needs_words_on_how_the_department_was_heard(desk, page):
    refused = decide(desk, "reviewer", page, hearing="")
    taken = decide(desk, "reviewer", page)

    assert refused.status_code == 422
    assert "请先听取其意见" in refused.text
    assert taken.location == page
    assert state(desk) == ("confirmed", "reviewer")
    assert "电话听取" in desk.as_("audit").text(page)


def test_a_confirmed_case_flags_the_department_in_list_and_page(desk, page):
    decide(desk, "reviewer", page)
    visitor = desk.as_("audit")

    assert "直接收取，已认定" in visitor.text("/console/departments")
    assert "直接收取，已认定 1 件" in visitor.text(f"/console/departments/{POLICE_UNIT}")
    assert "已认定" not in visitor.text(f"/console/departments/{WATER_UNIT}")


def test_a_decision_needs_a_reason_and_a_choice(desk, page):
    answer = decide(desk, "reviewer", page, event="", reason="")

    assert answer.status_code == 422
    assert 'href="#event"' in answer.text
    assert 'href="#reason"' in answer.text
    assert state(desk).state == "red"


def test_a_department_explains_with_a_file_and_the_bureau_answers(desk, page):
    data = {"event": "explain", "reason": "系代收押金", "files": (BytesIO(PDF), "说明.pdf")}
    desk.as_("police").send(f"{page}/department", data, page=page)
    shown = desk.as_("watch").text(page)
    accepted = decide(desk, "watch", page, "accept_explanation")

    assert "系代收押金" in shown
    assert desk.as_("watch").get(f"{page}/moves/2/files/1").data == PDF
    assert desk.as_("water").get(f"{page}/moves/2/files/1").status_code == 404
    assert accepted.status_code == 303
    assert state(desk).state == "dismissed"


def test_another_department_cannot_speak_in_the_case(desk, page):
    data = {"event": "explain", "reason": "不是我们"}
    answer = desk.as_("water").send(f"{page}/department", data, page="/console")

    assert answer.status_code == 404
    assert state(desk).state == "red"


def test_a_department_cannot_decide_by_sending_the_bureaus_act(desk, page):
    data = {"event": "dismiss", "reason": "不成立"}
    answer = desk.as_("police").send(f"{page}/department", data, page=page)

    assert answer.status_code == 422
    assert state(desk).state == "red"


def test_an_appeal_is_decided_by_another_person_than_the_case(desk, page):
    decide(desk, "reviewer", page)
    desk.as_("police").send(f"{page}/department", {"event": "appeal", "reason": "不服"}, page=page)
    same = decide(desk, "reviewer", page, "accept_appeal")
    other = decide(desk, "watch", page, "accept_appeal")

    assert same.status_code == 422
    assert "须由另一人决定" in same.text
    assert other.status_code == 303
    assert state(desk).state == "dismissed"
    assert "直接收取，已认定" not in desk.as_("audit").text("/console/departments")


def test_publication_waits_for_the_appeal_as_rule_r_s5_asks(desk, page):
    decide(desk, "reviewer", page)
    data = {"publish_reason": "依法公开"}
    answer = desk.as_("reviewer").send(f"{page}/publication", data, page=page)

    assert answer.status_code == 422
    assert "申诉期到 2026-12-01 为止" in answer.text
    assert f"{page}/publication" not in desk.as_("reviewer").text(page)
    assert "没有公开的案件" in desk.visitor().text("/cases")

    desk.live_on(date(2026, 12, 2))
    assert desk.as_("reviewer").send(f"{page}/publication", data, page=page).status_code == 303
    shown = desk.visitor().text("/cases")
    assert ("未认定" in shown, "没有公开的案件" in shown) == (True, False)
    assert USCC not in shown


def test_who_takes_a_report_down_opens_its_case_and_may_not_decide_it(desk):
    report = {
        "department": "某某局",
        "item": "环境监测服务费",
        "amount": "800",
        "charged_on": "2026-11-20",
        "how_paid": "cash",
        "reporter_name": "来访人",
    }
    answer = desk.as_("watch").send("/console/reports/new", report)
    case = answer.location
    refused = decide(desk, "watch", case)
    taken = decide(desk, "reviewer", case)

    assert case.startswith("/console/cases/")
    assert "您经手过此案" in desk.as_("watch").text(f"{case}") or refused.status_code == 422
    assert refused.status_code == 422
    assert "须由另一人决定" in refused.text
    assert taken.status_code == 303
    with desk.store.read() as session:
        row = session.query(ReportRow).filter(ReportRow.channel == "console").one()
        assert (row.entered_by, row.region) == ("watch", REGION)


def test_a_report_that_is_not_complete_is_shown_again(desk):
    answer = desk.as_("clerk").send("/console/reports/new", {"department": "某某局"})

    assert answer.status_code == 422
    assert 'href="#amount"' in answer.text
    assert 'value="某某局"' in answer.text


def test_reports_without_a_case_are_for_the_bureau_alone(desk):
    assert "没有未立案的举报" in desk.as_("clerk").text("/console/reports")
    assert desk.as_("watch").get("/console/reports").status_code == 403


def test_the_list_finds_by_state_level_and_unit(desk):
    visitor = desk.as_("audit")
    title = "行驶证"

    assert title in visitor.text("/console/cases?state=open&level=red")
    assert title not in visitor.text("/console/cases?level=warning")
    assert title not in visitor.text(f"/console/cases?unit={WATER_UNIT}")
    assert title not in visitor.text("/console/cases?state=to_decide")


def test_rectification_is_proved_from_the_books_and_never_by_word_as_rule_r_s7_asks(desk, page):
    decide(desk, "reviewer", page)
    decide(desk, "reviewer", page, "order_rectification", amount="80")
    data = {"event": "report_rectification", "reason": "已缴", "pay_codes": desk.world.paid_code}
    answer = desk.as_("police").send(f"{page}/department", data, page=page)

    assert answer.status_code == 422
    assert "认定 80.00 元，账上证明 0.00 元" in answer.text
    assert state(desk).state == "rectifying"


def test_a_rectification_that_the_books_prove_is_verified_by_another_and_closed(desk, page):
    # The joint notice holds the police's licence, 10.00, beside another unit's 140.00.
    decide(desk, "reviewer", page)
    decide(desk, "reviewer", page, "order_rectification", amount="10")
    with desk.store.write() as session:
        notice = notice_of(session, REGION, desk.world.joint)
        a_query(session, notice)
        a_payment(session, notice, "T0005")
        code = notice.pay_code
    data = {"event": "report_rectification", "reason": "已缴入专户", "pay_codes": code}
    reported = desk.as_("police").send(f"{page}/department", data, page=page)
    verified = decide(desk, "watch", page, "verify_rectification")

    assert (reported.status_code, verified.status_code) == (303, 303)
    assert state(desk).state == "closed"
