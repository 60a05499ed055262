"""A claim and a relief in a real browser, from the receipt to the paid notice; axe on every new page."""

from datetime import timedelta

import pytest

from tests.builders import NOW
from tests.unmatched.books import assert_clean
from tests.web.test_console_claims import receipt_in, status_of
from tests.web.test_console_in_the_browser import serve, tab_of  # noqa: F401 - fixtures
from tests.web.test_in_the_browser import PHONE

pytestmark = pytest.mark.browser


def look(tab, name):
    """Hold a page against axe, and see that nothing runs out sideways."""
    assert tab.violations == [], name
    assert tab.sideways <= 0, name


def test_a_claim_from_the_receipt_to_the_paid_notice(tab_of, desk):  # noqa: F811
    """100.00 + 40.00 = 140.00; then 40 % of 150.00's first line, 140.00 x 0.4 = 56.00, is taken off."""
    first = receipt_in(desk, "TRADE-100", "100.00", arrived_at=NOW - timedelta(days=40))
    receipt_in(desk, "TRADE-40", "40.00")
    clerk = tab_of("clerk")
    clerk.go(f"/console/payments/unmatched/{first}")
    clerk.page.get_by_role("link", name="认给通知书").click()
    look(clerk, "new-1")
    clerk.page.get_by_role("link", name=f"选用通知书 {desk.world.unpaid_code}").click()
    assert clerk.page.get_by_text("还差 40.00 元").is_visible()
    clerk.page.get_by_role("link", name="加入款项 TRADE-40").click()
    assert clerk.page.get_by_text("两边合计相等").is_visible()
    clerk.page.get_by_label("凭什么认领").fill("付款凭证 7 号")
    clerk.page.get_by_role("button", name="提出认领").click()
    claim = clerk.page.url.removeprefix(clerk.address)

    reviewer = tab_of("reviewer", width=PHONE)
    reviewer.go("/en/console/payments/claims")
    reviewer.go(f"/en{claim}")
    look(reviewer, "claim-phone-en")
    reviewer.page.get_by_role("button", name="Audit", exact=True).click()
    clerk.go(claim)
    clerk.page.get_by_role("button", name="入账并缴清通知书").click()
    assert clerk.page.get_by_text("已入账，通知书已缴清").is_visible()
    assert status_of(desk, desk.world.unpaid) == "paid"

    receipt_in(desk, "OLD", "12.00", arrived_at=NOW - timedelta(days=99))
    reviewer.go("/en/console/payments/unmatched/ageing")
    look(reviewer, "ageing-phone-en")
    clerk.go(f"/console/notices/{desk.world.joint}/relief")
    clerk.page.get_by_label("减缴", exact=True).check()
    clerk.page.get_by_label("哪一行（缓缴对整张）").select_option("1")
    clerk.page.get_by_label("百分比").fill("40")
    look(clerk, "relief-new")
    for label, value in (
        ("批准文件", "演示批〔2026〕3号"),
        ("批准机关", "演示财政局"),
        ("理由", "受灾"),
    ):
        clerk.page.get_by_label(label).fill(value)
    clerk.page.get_by_label("文件日期").fill("2026-11-20")
    clerk.page.get_by_role("button", name="提交申请").click()
    relief = clerk.page.url.removeprefix(clerk.address)
    reviewer.go(f"/en{relief}")
    reviewer.page.get_by_role("button", name="Approve").click()
    reviewer.go("/en/console/notices/reliefs?state=all")
    look(reviewer, "reliefs-phone-en")
    clerk.go(f"/console/notices/{desk.world.joint}")
    assert clerk.page.get_by_text("84.00").first.is_visible()
    assert clerk.sideways <= 0
    assert_clean(desk.store)
