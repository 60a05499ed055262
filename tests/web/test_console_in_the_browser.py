"""The console in a real browser: accessibility of every page, keyboard alone, small screens."""

import threading

import pytest
from sqlalchemy import text
from werkzeug.serving import make_server

from tests.builders import SOIL_ITEM, USCC, WATER_UNIT
from tests.reconciliation.books import a_day_file
from tests.web.desk import PASSWORD
from tests.web.test_in_the_browser import DESK, PHONE, ZOOMED, Tab

pytestmark = pytest.mark.browser

SOIL = f"{WATER_UNIT}:{SOIL_ITEM}"
PLAIN = [
    "/console",
    "/console/enterprises",
    "/console/enterprises?text=没有这家",
    "/console/enterprises/register",
    f"/console/enterprises/{USCC}",
    f"/console/enterprises/{USCC}/facts?item={SOIL_ITEM}",
    f"/console/enterprises/{USCC}/acts",
    "/console/notices",
    "/console/notices?since=soon",
    "/console/notices/{unpaid}",
    "/console/notices/{paid}",
    "/console/notices/new",
    f"/console/notices/new/lines?uscc={USCC}&on=2026-11-24&item={SOIL}",
    "/console/payments",
    "/console/payments/{payment}",
    "/console/payments/rejections",
    "/console/payments/unmatched",
    "/console/payments/refused-arrivals",
    "/console/refunds",
    "/console/settlements",
    "/console/month",
    "/console/shares",
    "/console/shares/undetermined",
    "/console/ledger",
    "/console/ledger/entries",
    "/console/ledger/verify",
    "/console/reconciliation",
    "/console/reconciliation/days/2026-11-24",
    "/console/differences",
    "/console/cases",
    "/console/cases/{case}",
    "/console/reports",
    "/console/reports/new",
    "/console/departments",
    f"/console/departments/{WATER_UNIT}",
    "/console/trail",
]


@pytest.fixture
def serve(desk):
    server = make_server("127.0.0.1", 0, desk.site, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def tab_of(browser, serve):
    """Open a tab of a browser in which an officer is signed in."""
    contexts = []

    def open_as(login, *, width=DESK, **choices):
        context = browser.new_context(viewport={"width": width, "height": 900}, **choices)
        contexts.append(context)
        tab = Tab(context.new_page(), serve)
        if login:
            tab.send("/sign-in", login=login, password=PASSWORD)
        return tab

    yield open_as
    for context in contexts:
        context.close()


def addresses(world):
    return [path.format(**vars(world)) if "{" in path else path for path in PLAIN]


def test_axe_finds_nothing_on_any_page_of_the_console_in_either_language(tab_of, desk):
    tab = tab_of("clerk")
    for path in addresses(desk.world):
        for prefix in ("", "/en"):
            tab.go(prefix + path)
            assert tab.violations == [], prefix + path


def test_axe_finds_nothing_where_others_decide(tab_of, desk):
    for login, path in (
        ("reviewer", f"/console/cases/{desk.world.case}"),
        ("police", f"/en/console/cases/{desk.world.case}"),
        ("police", f"/console/notices/{desk.world.joint}"),
        (None, "/sign-in"),
    ):
        tab = tab_of(login, width=PHONE)
        tab.go(path)
        assert tab.violations == [], path


def test_axe_finds_nothing_on_refused_forms_and_files(tab_of, tmp_path):
    tab = tab_of("clerk")
    tab.send("/console/enterprises/register", name="")
    assert tab.page.locator("[data-error-summary]").is_visible()
    assert tab.violations == []

    file = tmp_path / "day.csv"
    file.write_bytes(a_day_file(("T 1", "x!", "5.00"), total="4.00"))
    tab.go("/console/reconciliation")
    tab.page.set_input_files("#file", str(file))
    tab.page.get_by_role("button", name="导入并核对").click()
    assert tab.page.get_by_role("heading", name="文件的全部错误").is_visible()
    assert tab.violations == []


@pytest.mark.parametrize("width", [PHONE, ZOOMED])
def test_no_page_of_the_console_scrolls_sideways(tab_of, desk, width):
    tab = tab_of("clerk", width=width)
    for path in addresses(desk.world):
        tab.go(f"/en{path}")
        assert tab.sideways <= 0, path


def test_the_console_asks_no_third_party_and_needs_no_script(tab_of, desk, serve):
    tab = tab_of("reviewer", java_script_enabled=False)
    tab.go(f"/console/cases/{desk.world.case}")
    tab.page.get_by_label("认定不成立").check()
    tab.page.get_by_label("如何听取了单位的意见").fill("当面听取")
    tab.page.get_by_label("理由").fill("经核不实")
    tab.page.get_by_role("button", name="确定").click()

    assert tab.page.get_by_role("status").inner_text() == "已办理：认定不成立。"
    assert all(url.startswith((serve, "data:")) for url in tab.asked)


def press(page, name, *, write="", key=""):
    """Go on by Tab until the element of an id, name, address or text has the focus; write, press."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if name in page.evaluate(FOCUSED):
            break
    else:
        pytest.fail(f"Tab never reaches {name}")
    page.keyboard.type(write)
    if key:
        page.keyboard.press(key)


FOCUSED = """() => {
  const e = document.activeElement;
  return [e.id, e.name, e.getAttribute("href"), e.innerText.trim()];
}"""


def test_from_sign_in_to_a_confirmed_case_by_keyboard_alone(tab_of, desk, serve):
    page = tab_of(None).page
    case = f"/en/console/cases/{desk.world.case}"
    page.goto(f"{serve}/en/console/cases")
    press(page, "login", write="reviewer")
    press(page, "password", write=PASSWORD, key="Enter")
    page.wait_for_url(f"{serve}/en/console/cases")
    press(page, case, key="Enter")
    page.wait_for_url(f"{serve}{case}")
    press(page, "event", key="Space")
    press(page, "hearing", write="by telephone")
    press(page, "reason", write="the evidence is clear")
    press(page, "Decide", key="Enter")

    assert page.get_by_role("status").inner_text() == "Done: confirm."
    with desk.store.read() as session:
        found = session.execute(text("SELECT state, decided_by FROM supervision_case")).one()
    assert found == ("confirmed", "reviewer")
