"""Reliefs in the console (R-M4): applied for, decided by another, seen by the payer and on paper."""

from feeledger.notices.queries import notice_of
from tests.builders import REGION, USCC
from tests.unmatched.books import assert_clean
from tests.web.test_console_claims import seat

LIST = "/console/notices/reliefs"
PAPER = {
    "document": "演示批〔2026〕3号",
    "document_on": "2026-11-20",
    "issuer": "演示财政局",
    "reason": "受灾停产",
}


def apply(desk, login, notice, **terms):
    path = f"/console/notices/{notice}/relief"
    return seat(desk, login).send(path, {**PAPER, **terms}, page="/console/notices")


def decide(desk, login, relief, act, **data):
    return seat(desk, login).send(f"{relief}/{act}", data, page=relief)


def status_of(desk, notice):
    with desk.store.read() as session:
        return notice_of(session, REGION, notice).status


def test_r_m4_a_reduction_is_applied_for_decided_and_seen_everywhere(desk):
    """140.00 less 40.00 leaves 100.00."""
    notice = desk.world.unpaid
    assert "申请减缴、免缴、缓缴" in seat(desk, "clerk").text(f"/console/notices/{notice}")
    form = seat(desk, "clerk").text(f"/console/notices/{notice}/relief")
    assert "140.00" in form
    bare = apply(desk, "clerk", notice, kind="reduce", document="", percent="a lot")
    assert bare.status_code == 422
    assert 'id="percent-error"' in bare.text
    bare = apply(desk, "clerk", notice, kind="reduce", document="", document_on="")
    for field in ("amount", "document", "document_on"):
        assert f'id="{field}-error"' in bare.text
    assert "受灾停产" in bare.text  # what was written is kept
    sent = apply(desk, "clerk", notice, kind="reduce", amount="40")
    assert sent.status_code == 303
    relief = sent.location
    twice = apply(desk, "clerk", notice, kind="waive")
    assert "已有一项减免缓待审批" in twice.text

    assert "演示批〔2026〕3号" in seat(desk, "reviewer").text(LIST)
    page = seat(desk, "reviewer").text(relief)
    assert "批准后应缴" in page
    assert "100.00" in page
    assert "由您申请" not in page
    assert decide(desk, "clerk", relief, "approve").status_code == 403
    assert decide(desk, "reviewer", relief, "approve").status_code == 303
    assert decide(desk, "reviewer", relief, "approve").status_code == 422

    shown = seat(desk, "audit").text(f"/console/notices/{notice}")
    for told in ("减缴 40.00 元", "现应缴", "100.00", "原 140.00", "批准减免缓"):
        assert told in shown
    assert "演示财政局 演示批〔2026〕3号（2026-11-20）" in shown
    pdf = seat(desk, "clerk").get(f"/console/notices/{notice}/pdf")
    assert pdf.status_code == 200
    export = seat(desk, "clerk").get("/console/notices/export").get_data().decode("utf-8-sig")
    assert ",140.00,40.00,100.00" in export
    assert_clean(desk.store)


def test_r_m4_the_payer_reads_what_was_granted_and_the_overview_counts_what_is_left(desk):
    """The notice of two units: 140.00 + 10.00; the first line is waived, 10.00 is left."""
    joint = desk.world.joint
    relief = apply(desk, "clerk", joint, kind="waive", line_no="1").location
    assert decide(desk, "reviewer", relief, "approve", approve_reason="同意").status_code == 303
    with desk.store.read() as session:
        code = notice_of(session, REGION, joint).pay_code
    payer = desk.visitor()
    assert payer.send("/lookup", {"uscc": USCC, "code": code}).status_code == 303
    page = payer.text(f"/lookup/notices/{REGION}/{joint}")
    for told in ("开具后批准的减免缓", "第 1 行免缴", "开具金额 150.00", "原 140.00"):
        assert told in page
    assert "line 1 waived" in payer.text(f"/en/lookup/notices/{REGION}/{joint}").lower()
    assert "10.00" in payer.text("/lookup/overview")

    relief = apply(desk, "clerk", joint, kind="waive").location
    assert decide(desk, "reviewer", relief, "approve").status_code == 303
    assert status_of(desk, joint) == "waived"
    assert "已全部免缴，无须缴款" in payer.text(f"/lookup/notices/{REGION}/{joint}")
    assert "不能办理减免缓" in seat(desk, "clerk").text(f"/console/notices/{joint}/relief")


def test_a_department_applies_for_its_own_notices_only_and_an_auditor_for_none(desk):
    mine = apply(desk, "water", desk.world.unpaid, kind="defer", due_on="2027-01-29")
    assert mine.status_code == 303
    page = seat(desk, "water").text(mine.location)
    assert "缓缴至 2027-01-29" in page
    assert seat(desk, "police").get(mine.location).status_code == 404
    assert apply(desk, "police", desk.world.unpaid, kind="waive").status_code == 404
    assert "没有待审批" in seat(desk, "police").text(LIST)
    assert "No relief fits" in seat(desk, "audit").text(f"/en{LIST}?kind=late")
    refused = decide(desk, "reviewer", mine.location, "refuse", refuse_reason="依据不足")
    assert refused.status_code == 303
    assert "依据不足" in seat(desk, "water").text(mine.location)
    again = apply(desk, "water", desk.world.unpaid, kind="reduce", percent="12.5").location
    assert "减缴 12.5%" in seat(desk, "water").text(again)
    done = decide(desk, "water", again, "withdraw", withdraw_reason="重报")
    assert done.status_code == 303
    assert seat(desk, "audit").get(f"{LIST}/1").status_code == 404
    assert seat(desk, "clerk").get("/console/notices/1/relief").status_code == 404
