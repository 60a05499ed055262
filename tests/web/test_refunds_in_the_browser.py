"""A refund from the payer's own page to the money, in a real browser; every page on the way is sound."""

import pytest

from feeledger.sharing.actions import keep_shares
from tests.builders import (
    NOW,
    REGION,
    USCC,
    a_paid_notice,
    a_settlement,
    a_share_rule,
    reconcile_all,
)
from tests.unmatched.books import assert_clean
from tests.web.test_console_in_the_browser import serve, tab_of  # noqa: F401 - fixtures
from tests.web.test_in_the_browser import PHONE

pytestmark = pytest.mark.browser


def sound(tab, *paths):
    """Hold the page that is open, then others, against axe; none scrolls sideways."""
    for path in ("", *paths):
        if path:
            tab.go(path)
        assert (tab.violations, tab.sideways <= 0) == ([], True), tab.page.url


def test_a_payer_asks_back_on_a_phone_and_three_officers_pay_it_after_settlement(tab_of, desk):  # noqa: F811
    with desk.store.write() as session:
        notice = a_paid_notice(session, trade_no="T0100")
        number, code = notice.id, notice.pay_code
        a_share_rule(session, ratios={"county": "100"})
        keep_shares(session, REGION, now=NOW)
        reconcile_all(session)
        settlement = a_settlement(session).id

    payer = tab_of(None, width=PHONE)
    payer.send("/lookup", uscc=USCC, code=code)
    payer.go(f"/lookup/notices/{REGION}/{number}")
    payer.page.get_by_role("link", name="申请退付").click()
    payer.page.get_by_label("误缴、多缴").check()
    payer.page.get_by_role("button", name="提交申请").click()
    assert payer.page.locator("[data-error-summary]").is_visible()
    sound(payer)
    payer.page.locator("#amount_1").fill("40.00")
    payer.page.get_by_label("理由").fill("面积多报")
    payer.page.get_by_role("button", name="提交申请").click()
    assert "剩 10 个工作日" in payer.page.inner_text("main")
    own = payer.page.url.removeprefix(payer.address)

    water = tab_of("water")
    water.go("/console/refunds")
    water.page.get_by_role("link", name="1301 8426").click()
    water.page.get_by_label("核实无误").check()
    water.page.get_by_role("button", name="确定").click()
    page = water.page.url.removeprefix(water.address)
    reviewer = tab_of("reviewer", width=PHONE)
    reviewer.go(f"/en{page}")
    sound(reviewer)
    reviewer.page.get_by_label("Approve it").check()
    reviewer.page.get_by_role("button", name="Confirm").click()
    clerk = tab_of("clerk")
    clerk.go(page)
    clerk.page.get_by_label("国库退库流水号").fill("TK-1")
    clerk.page.get_by_role("button", name="已支付，记账").click()
    assert clerk.page.get_by_role("status").inner_text() == "已支付并记账。"
    sound(clerk, f"/console/settlements/{settlement}", f"/en/console/notices/{number}/refund")

    payer.go(f"/en{own}")
    text = payer.page.inner_text("main")
    assert "From the treasury" in text
    assert "CNY 100.00" in text
    sound(payer)
    assert_clean(desk.store)
