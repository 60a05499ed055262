"""Closing, revoking and restoring at the desk: the form, what stays open, what the enterprise sees."""

from feeledger.enterprises.lookup_actions import issue_lookup_code
from tests.builders import NOW, SOIL_ITEM, USCC, WATER_UNIT

PAGE = f"/console/enterprises/{USCC}"
FORM = f"{PAGE}/standing"
TOLD = {
    "change": "closed",
    "day": "2026-11-20",
    "document": "准予注销登记通知书〔2026〕第 7 号",
    "reason": "市场监管部门核准注销",
}


def test_a_clerk_closes_and_restores_an_enterprise_and_its_open_notices_are_shown(desk):
    clerk = desk.as_("clerk")
    assert FORM in clerk.text(PAGE)
    assert FORM not in desk.as_("audit").text(PAGE)
    assert desk.as_("water").client.get(FORM).status_code == 403
    form = clerk.text(FORM)
    # 140.00 of the unpaid notice and 150.00 of the joint one (tests/web/desk.py).
    assert all(word in form for word in ("尚有 2 张未缴通知书", "290.00", "吊销营业执照"))

    bare = clerk.send(FORM, {"change": "", "day": "x", "document": "", "reason": ""})
    future = clerk.send(FORM, TOLD | {"day": "2026-11-25"})
    sent = clerk.send(FORM, TOLD)

    assert bare.status_code == 422
    assert all(word in bare.text for word in ("请选择变更的种类", "请填写文件名称和文号"))
    assert (future.status_code, "在将来" in future.text) == (422, True)
    assert sent.location == PAGE
    page, english = clerk.text(PAGE), clerk.text("/en" + PAGE)
    assert "已列入待重新测算" in page  # two duties of 24 November were noticed before
    assert "企业注销、吊销或恢复" in clerk.text("/console/facts/due")
    for word in ("已注销", TOLD["document"], "登记注销", "未缴通知书 2 张", "290.00"):
        assert word in page
    assert "Closed: " in english
    assert "Notices unpaid: 2" in english
    again = clerk.send(FORM, TOLD)
    assert (again.status_code, "不能再登记" in again.text) == (422, True)

    # No notice of a duty after the closing, and no answer for a day after it.
    item = f"item={WATER_UNIT}:{SOIL_ITEM}&uscc={USCC}"
    lines = "/console/notices/new/lines"
    refused = clerk.client.get(f"{lines}?{item}&on=2026-11-21").text
    assert 'id="on-error"' in refused
    assert "2026-11-21 不再产生缴费义务" in refused
    assert "不再产生缴费义务" not in clerk.text(f"{lines}?{item}&on=2026-11-20")
    assert "2026-11-21 不再产生缴费义务" in clerk.text(f"{PAGE}/as-known?on=2026-11-21")
    assert "不再产生缴费义务" not in clerk.text(f"{PAGE}/as-known?on=2026-11-20")
    assert "演示商行" in clerk.text("/console/enterprises?status=closed")
    assert "演示商行" not in clerk.text("/console/enterprises?status=active")
    with desk.store.write() as session:
        code = issue_lookup_code(session, USCC, reason="", by="tests", now=NOW)
    payer = desk.visitor()
    payer.send("/lookup", {"uscc": USCC, "code": code})
    overview = payer.text("/lookup/overview")
    assert all(word in overview for word in ("已注销", "此前的义务和通知书仍有效"))

    restored = {"change": "restored", "day": "2026-11-24", "document": "撤销注销决定书"}
    assert clerk.send(FORM, restored | {"reason": "冒名注销已撤销"}).location == PAGE
    page = clerk.text(PAGE)
    assert all(word in page for word in ("已恢复", "已注销", "恢复登记"))
    assert "不再产生缴费义务" not in clerk.text(f"{PAGE}/as-known?on=2026-11-24")
    assert "不再产生缴费义务" in clerk.text(f"{PAGE}/as-known?on=2026-11-23")
    assert "仍有效" not in payer.text("/lookup/overview")
