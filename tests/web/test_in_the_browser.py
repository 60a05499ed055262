"""The pages in a real browser: accessibility, keyboard, small screens, no scripts, no third party."""

from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[1] / "vendor" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PLAIN = [
    "/",
    "/catalog",
    "/catalog?q=没有这种费",
    "/catalog/civil-air-defence",
    "/catalog/aviation-fund",
    "/catalog/litigation",
    "/catalog/environmental-monitoring",
    "/owe",
    "/owe/facts?region=130184&on=2026-11-24&item=realestate-registration&item=disabled-employment",
    "/owe/facts?region=130184&on=soon",
    "/lookup",
    "/lawful",
    "/report",
    "/account",
    "/account?region=130183",
    "/receipt",
    "/voucher",
    "/ledger/check",
    "/ledger/roots",
    "/about",
    "/accessibility",
    "/privacy",
    "/no-such-page",
]
PHONE, DESK, ZOOMED = 390, 1280, 320  # 1280 wide at 400 % leaves 320


class Tab:
    """One page of the browser with what a visitor does on it."""

    def __init__(self, page, address):
        self.page = page
        self.address = address
        self.asked = []
        page.on("request", lambda request: self.asked.append(request.url))

    def go(self, path):
        self.page.goto(self.address + path)

    def send(self, path, **values):
        self.go(path)
        for name, value in values.items():
            field = self.page.locator(f'main [name="{name}"]').first
            if field.get_attribute("type") in ("radio", "checkbox"):
                self.page.locator(f'main [name="{name}"][value="{value}"]').check()
            elif field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        self.page.locator("main form button[type=submit]").last.click()
        self.page.wait_for_load_state()

    @property
    def violations(self):
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", AXE_TAGS
        )
        return [
            (each["id"], node["target"], node["failureSummary"])
            for each in found["violations"]
            for node in each["nodes"]
        ]

    @property
    def sideways(self):
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )


@pytest.fixture
def open_tab(browser, address):
    contexts = []

    def open_one(*, width=DESK, cookies=(), **choices):
        context = browser.new_context(viewport={"width": width, "height": 900}, **choices)
        for name, value in dict(cookies).items():
            context.add_cookies([{"name": name, "value": value, "url": address}])
        contexts.append(context)
        return Tab(context.new_page(), address)

    yield open_one
    for context in contexts:
        context.close()


def look_up(tab, told, prefix=""):
    tab.send(f"{prefix}/lookup", uscc=told.uscc, code=told.lookup_code)


FLOWS = {
    "an estimate": lambda tab, _: tab.send(
        "/en/owe/facts?region=130184&on=2026-11-24&item=soil-water-compensation&item=eia",
        **{"fact-borrow_m3": "10.2"},
    ),
    "an estimate refused": lambda tab, _: tab.send(
        "/owe/facts?region=130184&on=2026-11-24&item=soil-water-compensation",
        **{"fact-borrow_m3": "ten"},
    ),
    "the overview": look_up,
    "the overview in English": lambda tab, told: look_up(tab, told, "/en"),
    "a look-up in vain": lambda tab, _: tab.send(
        "/lookup", uscc="91130184MA0CQ4N34H", code="AAAAAAAAAA"
    ),
    "a notice": lambda tab, told: (
        look_up(tab, told),
        tab.go(f"/lookup/notices/130184/{told.notice}"),
    ),
    "a notice paid": lambda tab, told: (
        look_up(tab, told),
        tab.go(f"/en/lookup/notices/130184/{told.paid_notice}"),
    ),
    "a receipt of one's own": lambda tab, told: (
        look_up(tab, told),
        tab.go(f"/lookup/notices/130184/{told.paid_notice}/receipt"),
    ),
    "a proof that fails": lambda tab, _: tab.send("/en/ledger/check", text="{}"),
    "a verdict": lambda tab, _: tab.send(
        "/lawful", item="登记费", amount="80", on="2026-11-20", region="130184"
    ),
    "a verdict with findings": lambda tab, _: tab.send(
        "/en/lawful", item="环境监测服务费", amount="80", on="2026-11-20", region="130184"
    ),
    "a report refused": lambda tab, _: tab.send("/report", amount="8x"),
    "a report received": lambda tab, _: tab.send(
        "/report",
        department="某某局",
        item="某某费",
        amount="80",
        charged_on="2026-11-20",
        how_paid="cash",
    ),
    "a receipt": lambda tab, told: tab.send("/receipt", pay_code=told.paid_code, amount="70"),
}


@pytest.mark.parametrize("path", PLAIN)
def test_axe_finds_nothing_on_a_page_in_either_language(open_tab, path):
    tab = open_tab()
    for prefix in ("", "/en"):
        tab.go(prefix + path)
        assert tab.violations == []


@pytest.mark.parametrize("flow", FLOWS)
def test_axe_finds_nothing_on_what_forms_lead_to(open_tab, told, flow):
    tab = open_tab(width=PHONE)
    FLOWS[flow](tab, told)

    assert tab.violations == []


@pytest.mark.parametrize("path", ["/", "/catalog", "/catalog/civil-air-defence", "/report", "/owe"])
@pytest.mark.parametrize("cookies", [{"contrast": "high"}, {"size": "large"}])
def test_axe_finds_nothing_in_large_type_and_high_contrast(open_tab, path, cookies):
    tab = open_tab(cookies=cookies)
    tab.go(path)

    assert tab.violations == []


@pytest.mark.parametrize("width", [PHONE, ZOOMED])
@pytest.mark.parametrize("path", PLAIN)
def test_no_page_scrolls_sideways_on_a_phone_or_at_four_times_the_size(open_tab, path, width):
    tab = open_tab(width=width)
    for prefix in ("", "/en"):
        tab.go(prefix + path)
        assert tab.sideways <= 0, prefix


@pytest.mark.parametrize("flow", FLOWS)
def test_nothing_that_forms_lead_to_scrolls_sideways(open_tab, told, flow):
    tab = open_tab(width=ZOOMED)
    FLOWS[flow](tab, told)

    assert tab.sideways <= 0


@pytest.mark.parametrize("path", ["/", "/catalog", "/catalog/soil-water-compensation", "/report"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_large_type_fits_too(open_tab, path, width):
    tab = open_tab(width=width, cookies={"size": "large"})
    tab.go(path)

    size = tab.page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    assert size >= 24  # 18 points
    assert tab.sideways <= 0


@pytest.mark.parametrize("path", PLAIN)
def test_nothing_is_asked_of_a_third_party(open_tab, address, path):
    tab = open_tab()
    faults = []
    tab.page.on("console", lambda message: faults.append(message.text))
    tab.go(path)

    assert [url for url in tab.asked if not url.startswith((address, "data:"))] == []
    assert [text for text in faults if "404" not in text] == []


def test_the_first_stop_of_the_keyboard_skips_to_the_content(open_tab):
    tab = open_tab()
    tab.go("/catalog")
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.textContent") == "跳到正文"

    tab.page.keyboard.press("Enter")

    assert tab.page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("path", ["/", "/catalog", "/owe", "/report"])
def test_every_stop_of_the_keyboard_is_seen_and_none_is_a_trap(open_tab, path):
    tab = open_tab(width=PHONE)
    tab.go(path)
    stops = tab.page.evaluate(
        "[...document.querySelectorAll('a[href],button:not([hidden]),input:not([type=hidden]),select,textarea,summary,[tabindex=\"0\"]')]"
        ".filter(e => e.offsetParent !== null).length"
    )
    seen = Counter()
    for _ in range(min(stops, 60)):
        tab.page.keyboard.press("Tab")
        state = tab.page.evaluate(
            """() => {
              const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
              const label = e.matches('input[type=radio],input[type=checkbox]') && e.labels[0]
                ? getComputedStyle(e.labels[0], '::before').boxShadow : '';
              return {
                place: [e.tagName, e.id, e.name, e.getAttribute('href'), Math.round(b.x), Math.round(b.y + scrollY)].join('|'),
                parts: e.type === 'date',  // day, month, year and the calendar are stops of their own
                inside: b.bottom > 0 && b.top < innerHeight && b.right > 0 && b.left < innerWidth,
                marked: s.boxShadow !== 'none' || s.outlineStyle !== 'none' || label !== 'none',
              };
            }"""
        )
        assert state["inside"], state
        assert state["marked"], state
        seen[state["place"]] += 1
        assert seen[state["place"]] <= (4 if state["parts"] else 1), state


def test_targets_are_large_enough_to_hit(open_tab):
    tab = open_tab(width=PHONE)
    for path in ("/", "/catalog", "/report", "/owe"):
        tab.go(path)
        small = tab.page.evaluate(
            """() => [...document.querySelectorAll('.fl-tools a,.fl-tools button,.fl-nav a,.fl-foot a,.fl-pages a,main button,main input:not([type=hidden]),main select')]
            .filter(e => e.offsetParent !== null)
            .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
            .filter(([, b]) => b.width < 24 || b.height < 24).map(([html]) => html)"""
        )
        assert small == [], path


def test_after_a_refused_form_the_reader_starts_at_the_list_of_faults(open_tab):
    tab = open_tab()
    tab.send("/report", amount="8x")

    assert tab.page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Enter")
    assert tab.page.evaluate("document.activeElement.id") == "department"


def test_the_list_of_fees_narrows_while_typing_and_keeps_what_is_ticked(open_tab):
    tab = open_tab()
    tab.go("/owe")
    tab.page.locator("#item-eia").check()
    tab.page.locator("#item").fill("水土保持")

    shown = tab.page.locator("[data-words]:visible input").evaluate_all(
        "all => all.map(e => e.value)"
    )
    assert sorted(shown) == ["eia", "soil-water-compensation"]
    assert "2" in tab.page.locator("#picks-count").text_content()


def test_a_date_that_is_none_is_kept_as_written(open_tab):
    tab = open_tab()
    tab.go("/en/account?region=130184&on=soon")

    field = tab.page.locator("#on")
    assert (field.get_attribute("type"), field.input_value()) == ("text", "soon")


def test_everything_works_without_scripts(open_tab, told):
    tab = open_tab(java_script_enabled=False)
    tab.go("/owe?words=水土保持")
    tab.page.locator("#item-soil-water-compensation").check()
    tab.page.locator("main form button[type=submit]").last.click()
    tab.page.locator('[name="fact-borrow_m3"]').fill("10.2")
    tab.page.locator('[name="fact-soil_water_paid_in_earlier_way"][value="no"]').check()
    tab.page.locator("main form button[type=submit]").last.click()
    assert "3.30" in tab.page.locator(".fl-sum__amount").text_content()

    tab.page.get_by_role("button", name="大字版").click()
    assert "fl-large" in tab.page.locator("html").get_attribute("class")
    assert "3.30" in tab.page.locator(".fl-sum__amount").text_content()
    tab.page.get_by_role("button", name="English").click()
    assert "at least" in tab.page.locator(".fl-sum__amount").text_content()

    look_up(tab, told)
    tab.page.locator("main table a").first.click()
    assert "缴款通知书" in tab.page.locator("h1").text_content()


def test_a_display_choice_lasts_while_moving_on(open_tab):
    tab = open_tab()
    tab.go("/en/catalog?q=water")
    tab.page.get_by_role("button", name="High contrast").click()

    assert tab.page.url.endswith("/en/catalog?q=water")
    assert (
        tab.page.get_by_role("button", name="High contrast").get_attribute("aria-pressed") == "true"
    )
    tab.go("/owe")
    assert tab.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"
