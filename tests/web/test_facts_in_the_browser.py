"""The tale of a clerk, a reviewer and an enterprise with facts, in a real browser."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from feeledger.enterprises.lookup_actions import issue_lookup_code
from tests.builders import LICENCE_ITEM, NOW, TODAY, USCC
from tests.web.test_console_in_the_browser import serve, tab_of  # noqa: F401 - fixtures
from tests.web.test_in_the_browser import PHONE

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("FEELEDGER_TEST_SHOTS")  # a folder to look at the pages by hand
DAY = (TODAY - timedelta(days=200)).isoformat()
HEAD = "统一社会信用代码,征占用土地面积（平方米）,自何日\n"


def look(tab, name):
    """Hold a page to its rules in both languages' widths, and keep its picture where wanted."""
    if not SHOTS and name.endswith("-quick"):
        return
    assert tab.violations == [], name
    for width in (1280, PHONE):
        tab.page.set_viewport_size({"width": width, "height": 900})
        assert tab.sideways <= 0, (name, width)
        if SHOTS:
            tab.page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"), full_page=True)
    tab.page.set_viewport_size({"width": 1280, "height": 900})


def send(tab, file):
    tab.go("/console/facts")
    tab.page.set_input_files("#file", file)
    tab.page.get_by_label("执收单位提供").check()
    tab.page.select_option("#unit", index=3)
    tab.page.get_by_role("button", name="上传并检查").click()
    tab.page.wait_for_load_state()


def test_a_file_with_mistakes_becomes_a_decision_the_enterprise_sees(tab_of, desk, tmp_path):  # noqa: F811
    """A faulty file is mended and taken in; it disagrees with the enterprise; the reviewer decides."""
    with desk.store.write() as session:
        code = issue_lookup_code(session, USCC, reason="", by="tests", now=NOW)
    file = tmp_path / "勘测.csv"
    clerk, reviewer, payer = tab_of("clerk"), tab_of("reviewer"), tab_of("")
    clerk.go("/console/facts")
    look(clerk, "files-empty-quick")
    file.write_text(f"{HEAD}{USCC},一百二,{DAY}\n9113,5,昨天\n", encoding="gb18030")
    send(clerk, file)
    look(clerk, "file-faulty")
    with clerk.page.expect_download() as download:
        clerk.page.get_by_role("link", name="下载带问题列的文件").click()
    back = download.value.path().read_text("gb18030")
    assert "须为数" in back
    file.write_text(back.replace("一百二", "120").rpartition("9113")[0].rpartition("\n")[0] + "\n",
                    encoding="gb18030")  # fmt: skip
    send(clerk, file)
    look(clerk, "file-sound-quick")
    clerk.page.get_by_role("button", name="导入全部 1 项").click()
    clerk.page.wait_for_load_state()
    look(clerk, "file-taken-quick")
    clerk.go("/en/console/facts")
    look(clerk, "files-en-quick")

    reviewer.go("/console/facts/disputes")
    look(reviewer, "disputes-quick")
    reviewer.page.locator("tbody a").first.click()
    reviewer.page.get_by_label("100 平方米（企业填报）").check()
    reviewer.page.fill("#reason", "到现场核对，企业数据属实")
    look(reviewer, "dispute")
    reviewer.page.get_by_role("button", name="裁定").click()
    reviewer.page.wait_for_load_state()
    look(reviewer, "dispute-decided-quick")
    reviewer.go("/en/console/facts/due")
    look(reviewer, "due-en-quick")

    payer.send("/lookup", uscc=USCC, code=code)
    payer.page.get_by_role("link", name="填报情况").click()
    look(payer, "declare-fees-quick")
    payer.go(f"/lookup/declare/facts?item={LICENCE_ITEM}&item=soil-water-compensation")
    look(payer, "declare-facts")
    payer.page.fill("#fact-vehicle_licences", "3")
    payer.page.get_by_role("button", name="填报").click()
    payer.page.wait_for_load_state()
    assert "已记录 1 项" in payer.page.content()
    payer.go(f"/en/lookup/declare/facts?item={LICENCE_ITEM}")
    look(payer, "declare-en-quick")
    payer.go("/lookup/as-known?on=2026-11-24&known=2026-11-24")
    assert "财政部门裁定" in payer.page.content()
    look(payer, "as-known")
