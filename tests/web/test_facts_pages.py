"""Facts on pages: what was known when, for the enterprise and for officers."""

import io
import re
from datetime import date, timedelta

from feeledger.enterprises.actions import FactOrigin, record_facts
from feeledger.enterprises.dispute_actions import DisputesWanted, count_disputes
from feeledger.enterprises.queries import facts_on
from tests.builders import (
    LICENCE_ITEM,
    NOW,
    REGION,
    SOIL_ITEM,
    TODAY,
    USCC,
    WATER_UNIT,
)  # fmt: skip
from tests.web.test_lookup_pages import opened


def test_an_enterprise_sees_what_it_was_told_on_a_day_and_why(client, send, told):
    opened(send, told)

    page = client.get("/lookup/as-known?on=2026-11-24&known=2026-11-24")
    before = client.get("/en/lookup/as-known?on=2026-11-24&known=2026-11-23")
    future = client.get("/lookup/as-known?known=2099-01-01")

    assert page.status_code == 200
    # 100 m² at 1.40 yuan, from the annual report, with the notice issued that day.
    assert "条标准没有可据的情况" in page.text
    whole = client.get("/lookup/as-known?on=2026-11-24&known=2026-11-24&all=yes").text
    assert len(whole) > 2 * len(page.text)
    for part in (
        "140.00",
        "100 平方米",
        "年报",
        "当时已开的通知书",
        "没有公布不等于零",
        "compiled-2026-11-24",
    ):
        assert part in page.text, part
    assert "not registered" in before.text or "nothing was known before" in before.text
    assert "所知日期不能在将来" in future.text


def test_officers_see_what_any_enterprise_was_told(desk):
    text = desk.as_("audit").text(f"/console/enterprises/{USCC}/as-known")

    assert "当时告知了什么" in text
    assert "140.00" in text


HEAD = "统一社会信用代码,征占用土地面积（平方米）,自何日\n"


def send_file(visitor, text, *, encoding="gb18030", **fields):
    fields = {
        "source": "bureau",
        "file": (io.BytesIO(text.encode(encoding)), "情况.csv"),
        **fields,
    }
    return visitor.send("/console/facts", fields, content_type="multipart/form-data")


def test_a_clerk_sends_a_file_mends_it_and_takes_it_in(desk):
    clerk = desk.as_("clerk")
    empty = clerk.text("/console/facts")
    sent = send_file(clerk, f"{HEAD}{USCC},一百,2026-11-24\n{USCC},120,2026-11-24\n")
    page = clerk.text(sent.location)
    back = clerk.get(f"{sent.location}/file")

    assert "还没有报送过数据文件" in empty
    for part in ("有错误，未导入", "一百", "须为数", "下载带问题列的文件"):
        assert part in page, part
    assert 'action="' + sent.location + '/take"' not in page
    assert "问题,统一社会信用代码" in back.data.decode("gb18030")
    refused = clerk.send(f"{sent.location}/take", {}, page="/console/facts")
    assert refused.status_code == 422

    mended = back.data.decode("gb18030").replace("一百", "99").splitlines()
    sent = send_file(clerk, "\n".join(mended[:2]) + "\n")
    assert "检查无误，待导入" in clerk.text(sent.location)
    taken = clerk.send(f"{sent.location}/take", {}, page=sent.location)
    assert taken.status_code == 303
    page = clerk.text("/en" + sent.location)
    assert "1 recorded, 0 known already" in page
    assert "99 平方米" in clerk.text(f"/console/enterprises/{USCC}")
    again = send_file(clerk, "\n".join(mended[:2]) + "\n")
    assert again.location == sent.location
    assert "facts changed" in clerk.text("/en/console/facts/due")
    template = clerk.get("/console/facts/template?item=soil-water-compensation&kind=csv")
    assert "征占用土地面积（平方米）" in template.data.decode("utf-8-sig")
    nothing = clerk.send("/console/facts", {"source": "department"}, page="/console/facts")
    for field in ("file", "unit"):
        assert f'href="#{field}"' in nothing.text


def test_a_department_sends_for_itself_and_the_bureau_decides_the_dispute(desk):
    """The annual report says 100 from May; the water unit's survey says 120 from the same day."""
    water, clerk, reviewer = (desk.as_(login) for login in ("water", "clerk", "reviewer"))
    day = (TODAY - timedelta(days=200)).isoformat()
    sent = send_file(water, f"{HEAD}{USCC},120,{day}\n", source="enterprise", unit="130184-POLICE")
    taken = water.send(f"{sent.location}/take", {}, page=sent.location)
    assert taken.status_code == 303
    assert "WATER" in water.text(sent.location)
    assert desk.as_("police").get(sent.location).status_code == 404

    assert "情况分歧待裁定" in reviewer.text("/console")
    listed = clerk.text("/console/facts/disputes")
    assert "100 平方米" in listed
    assert "120 平方米" in listed
    at = re.search(r'href="(/console/facts/disputes/\d+)"', listed)[1]
    page = reviewer.text(at)
    assert "现以此为准" in page
    numbers = re.findall(r'name="statement" value="(\d+)"', page)
    assert len(numbers) == 2
    assert 'name="statement"' not in clerk.text(at)  # a clerk sees, a reviewer decides
    empty = reviewer.send(at, {}, page=at)
    assert (empty.status_code, empty.text.count('href="#statement"')) == (422, 1)
    decided = reviewer.send(at, {"statement": numbers[1], "reason": "现场勘测"}, page=at)
    assert decided.status_code == 303
    page = reviewer.text(at)
    for part in ("已裁定", "现场勘测", "财政部门裁定"):
        assert part in page, part
    history = clerk.text(f"/console/enterprises/{USCC}/facts/land_occupied_m2")
    assert re.search(r"今天以此为准.*所在文件.*年报", history, re.DOTALL)
    assert "没有未了结的分歧" in clerk.text("/console/facts/disputes")
    assert "已裁定" in clerk.text("/console/facts/disputes?state=all")
    assert "分歧已裁定" in clerk.text("/console/facts/due")


def test_an_enterprise_is_asked_only_what_its_fees_still_need(fresh):
    """Of the licence fee one fact is missing: how many; 3 at 10 yuan each come to 30.00 then."""
    assert fresh.client.get("/lookup/declare").status_code == 303  # nobody has opened it
    opened(fresh.send, fresh.told)
    choice = fresh.client.get("/lookup/declare").text
    ticked = re.findall(r'value="([a-z-]+)" checked', choice)
    assert SOIL_ITEM in ticked  # its area is known
    assert LICENCE_ITEM in choice
    assert LICENCE_ITEM not in ticked

    levy = {"item": "disabled-employment", "fact-disabled_employed": "91", "since": "2026-11-01"}
    levy_page = "/en/lookup/declare/facts?item=disabled-employment"
    refused = fresh.send("/en/lookup/declare/facts", levy, page=levy_page)
    assert refused.status_code == 422  # 45 employees count as 90 at most
    assert "contradicts headcount (employees, year before) = 45" in refused.text
    asked = f"/lookup/declare/facts?item={LICENCE_ITEM}"
    page = fresh.client.get(asked).text
    assert "fact-vehicle_licences" in page
    assert "fact-land_occupied_m2" not in page
    assert "整数，0 至" in page
    form = {"item": LICENCE_ITEM, "fact-vehicle_licences": "三", "since": "2027-01-01"}
    refused = fresh.send("/lookup/declare/facts", form, page=asked)
    assert refused.status_code == 422
    for field in ("fact-vehicle_licences", "since"):
        assert f'href="#{field}"' in refused.text
    form |= {"fact-vehicle_licences": "３", "since": "2026-01-01", "region": "130183"}
    form |= {"fact-land_occupied_m2": "7"}  # was not asked, and is no answer
    assert fresh.send("/lookup/declare/facts", form, page=asked).status_code == 303
    again = fresh.send("/lookup/declare/facts", form, page=asked)
    assert 'href="#facts"' in again.text  # nothing new was said
    assert "30.00" in fresh.client.get("/lookup/overview").text
    with fresh.store.read() as session:
        held = facts_on(session, REGION, USCC, TODAY)["vehicle_licences"]
        assert facts_on(session, REGION, USCC, TODAY)["land_occupied_m2"].value == 100
    assert (held.value, held.unit, held.source, held.known_by) == (
        3,
        "本",
        "enterprise",
        f"payer:{USCC}",
    )


def test_what_a_department_said_is_shown_and_a_declaration_does_not_stand_over_it(fresh):
    with fresh.store.write() as session:
        origin = FactOrigin("department", "勘测", WATER_UNIT)
        facts, day = {"land_occupied_m2": 120}, date(2026, 1, 1)
        now = NOW + timedelta(hours=1)
        record_facts(session, REGION, USCC, facts, origin, valid_from=day, by="water", now=now)
    fresh.hands["wall"] = NOW + timedelta(hours=2)
    opened(fresh.send, fresh.told)
    asked = f"/lookup/declare/facts?item={SOIL_ITEM}"
    page = fresh.client.get("/en" + asked).text
    assert "from a department or the bureau" in page
    form = {"item": SOIL_ITEM, "fact-land_occupied_m2": "90", "since": "2026-01-01"}
    assert fresh.send("/lookup/declare/facts", form, page=asked).status_code == 303
    with fresh.store.read() as session:
        assert facts_on(session, REGION, USCC, TODAY)["land_occupied_m2"].value == 120
        assert count_disputes(session, REGION, DisputesWanted()) == 1
    overview = fresh.client.get("/en/lookup/overview").text
    assert "the sources disagree; the bureau will decide" in overview


def test_a_clerk_registers_enterprises_by_file(desk):
    """One wrong row and nobody is registered; mended, both are; a department may not."""
    page = "/console/enterprises/register/file"
    code = "91130100104363786E"
    clerk = desk.as_("clerk")
    assert page in clerk.text("/console/enterprises/register")
    # The section that the page belongs to is marked, as on its neighbours.
    for path in (page, "/console/enterprises"):
        assert re.search(r'href="/console/enterprises"[^>]*aria-current', clerk.text(path)), path
    assert "统一社会信用代码" in clerk.text("/console/enterprises/register/template")

    def send(text):
        fields = {"file": (io.BytesIO(text.encode("gb18030")), "名单.csv")}
        return clerk.send(page, fields, page=page, content_type="multipart/form-data")

    refused = send(f"信用代码,名称,规模\n{code},<b>新店</b>,巨型\n")
    assert refused.status_code == 422
    assert "“巨型”不在可选值中" in refused.text
    assert desk.as_("clerk").get(f"/console/enterprises/{code}").status_code == 404
    assert send("").status_code == 422
    assert send(f"信用代码,名称,规模\n{code},<b>新店</b>,小型\n").status_code == 303
    shown = clerk.text(f"/console/enterprises/{code}")
    assert "&lt;b&gt;新店&lt;/b&gt;" in shown
    assert "按文件登记企业" in clerk.text("/console/trail")
    assert desk.as_("water").get(page).status_code == 403


def test_faults_name_columns_in_the_readers_language_and_nothing_turns_the_writing(desk):
    """A cell with U+202E would show "1" and "23" the other way round; the sign itself is shown."""
    clerk = desk.as_("clerk")
    sent = send_file(clerk, f"{HEAD}9113018,1\u202e23,2026-11-24\n", encoding="utf-8")

    english, chinese = clerk.text("/en" + sent.location), clerk.text(sent.location)

    assert "Credit code</span>" in english
    assert "统一社会信用代码</span>" in chinese
    assert "1[U+202E]23" in english
    assert "\u202e" not in english + chinese
    back = clerk.get(f"/en{sent.location}/file").data.decode()
    assert "Credit code: " in back
    listed = clerk.client.get("/en/console/facts?text=\u2066x").text
    assert "\u2066" not in listed
