"""A year of amounts in a real browser: run, draft, correct, audit, publish; the enterprise sees it."""

import threading

import pytest
from werkzeug.serving import make_server

from feeledger.enterprises.actions import FactOrigin, record_facts
from feeledger.enterprises.lookup_actions import issue_lookup_code
from tests.builders import NOW, REGION, TODAY, USCC
from tests.quotas.world import UNCHOSEN, enter_enterprises, latest
from tests.web.desk import PASSWORD
from tests.web.test_in_the_browser import DESK, PHONE, Tab

pytestmark = pytest.mark.browser


@pytest.fixture
def visit(browser, desk):
    server = make_server("127.0.0.1", 0, desk.site, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    contexts = []

    def visit_as(login=None, *, width=DESK):
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        tab = Tab(context.new_page(), f"http://127.0.0.1:{server.server_port}")
        if login:
            tab.send("/sign-in", login=login, password=PASSWORD)
        return tab

    yield visit_as
    for context in contexts:
        context.close()
    server.shutdown()
    server.server_close()


def sound(tab, *paths):
    for path in paths:
        tab.go(path)
        assert tab.violations == [], path
        assert tab.sideways <= 0, path


def test_from_a_run_to_what_the_enterprise_sees(visit, desk):
    with desk.store.write() as session:
        enter_enterprises(session)
        code = issue_lookup_code(session, USCC, reason="", by="tests", now=NOW)
    clerk, reviewer = visit("clerk"), visit("reviewer")
    clerk.go("/console/quotas")
    assert clerk.page.get_by_text("还没有年收费额度").is_visible()
    clerk.go("/console/quotas/work")
    clerk.page.get_by_role("button", name="测算并生成草案").click()
    assert "新草案 5 户" in clerk.page.get_by_role("status").inner_text()

    mine = latest(desk.store, UNCHOSEN)
    reviewer.go(f"/console/quotas/{mine.id}")
    assert reviewer.page.get_by_role("button", name="审核通过").is_disabled()
    reviewer.page.get_by_label("哪一条").select_option("renewable-surcharge.other")
    reviewer.page.get_by_label("应为金额（元）").fill("190.00")
    reviewer.page.get_by_label("依据文件").fill("供电合同〔2026〕9号")
    reviewer.page.get_by_label("理由").fill("按用户类别")
    reviewer.page.get_by_role("button", name="更正", exact=True).click()
    assert "221.00" in reviewer.page.locator(".fl-sum__amount").inner_text()
    reviewer.page.get_by_role("button", name="审核通过").click()
    assert reviewer.page.get_by_role("status").inner_text() == "已审核。"

    reviewer.go("/console/quotas/work")
    reviewer.page.get_by_role("button", name="审核全部没有疑问的草案").click()
    assert "已审核 2 户；有疑问留下 2 户" in reviewer.page.get_by_role("status").inner_text()
    reviewer.send(
        "/console/quotas/work", medium="演示日报", number="2026-100", document="演示公告〔2026〕5号"
    )
    assert "已公布 3 户" in reviewer.page.get_by_role("status").inner_text()

    payer = visit(width=PHONE)
    payer.send("/lookup", uscc=USCC, code=code)
    payer.page.get_by_role("link", name="看项目、金额和为什么").click()
    text = payer.page.locator("main").inner_text()
    # 100 square metres at 1.40 yuan
    assert "140.00" in text
    assert "演示公告〔2026〕5号" in text
    sheet = payer.page.request.get(payer.address + "/en/lookup/yearly/file").text()
    assert "140.00" in sheet
    assert latest(desk.store, USCC).state == "published"
    _revise(desk, clerk, reviewer)
    _sound_everywhere(payer, reviewer, visit("clerk", width=PHONE), mine.id)


def _revise(desk, clerk, reviewer):
    """A new version of a published amount waits to be published like any other."""
    with desk.store.write() as session:
        told = {"land_occupied_m2": 200}
        origin = FactOrigin("bureau", "年报")
        record_facts(session, REGION, USCC, told, origin, valid_from=TODAY, by="tests", now=NOW)
    clerk.go("/console/quotas/work")
    clerk.page.get_by_role("button", name="测算并生成草案").click()
    reviewer.go("/console/quotas/work")
    reviewer.page.get_by_role("button", name="审核全部没有疑问的草案").click()
    text = reviewer.page.locator("main").inner_text()
    assert "公布已审核的 1 份" in text
    assert "其中 1 份是已公布额度的新版" in text


def _sound_everywhere(payer, reviewer, phone, quota):
    """No page has a fault of accessibility or scrolls sideways, in either language."""
    sound(reviewer, *(f"/console/quotas{page}" for page in ("", "/coverage", "/work")))
    sound(phone, *(f"/en/console/quotas{page}" for page in ("?text=没有这家", f"/{quota}")))
    sound(phone, "/en/console/projects/new")
    sound(payer, "/lookup/yearly", "/en/yearly")
