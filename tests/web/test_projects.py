"""Projects on the pages: recorded, worked out, noticed, seen by the payer; refused forms say why."""

import re

from feeledger.enterprises.lookup_actions import issue_lookup_code
from tests.builders import LICENCE_ITEM, NOW, POLICE_UNIT, REGION, SOIL_ITEM, USCC, WATER_UNIT

SOIL = f"{REGION}:{WATER_UNIT}:{SOIL_ITEM}"
LICENCE = f"{REGION}:{POLICE_UNIT}:{LICENCE_ITEM}"
PROJECT = {
    "number": "XL-2026-001",
    "name": "演示厂房一期",
    "uscc": USCC,
    "arose_on": "2026-11-20",
    "item": [SOIL, LICENCE],
}
NEW = "/console/projects/new"


def test_a_project_from_its_form_to_the_payers_page(desk):
    clerk = desk.as_("clerk")
    assert "还没有项目" in clerk.text("/console/projects")
    assert "演示单位 130184-WATER" in clerk.text(NEW)
    answer = clerk.client.get(f"{NEW}/facts", query_string=PROJECT)
    assert 'name="fact-land_occupied_m2"' in answer.text
    assert "enterprise_size" not in answer.text  # the register supplies it

    # 100 m² at 1.40; the number of licences is left empty: open, not zero.
    kept = clerk.send(NEW, {**PROJECT, "fact-land_occupied_m2": "100"}, page="/console")
    again = clerk.send(NEW, {**PROJECT, "fact-land_occupied_m2": "100"}, page="/console")
    assert (kept.status_code, again.location) == (303, kept.location)
    page = kept.location
    text = clerk.text(page)
    assert "140.00" in text
    assert "还缺以下情况" in text

    refused = clerk.send(f"{page}/notice", {}, page=page)
    assert (refused.status_code, "尚未确定：机动车行驶证" in refused.text) == (422, True)
    facts = {"fact-land_occupied_m2": "100", "fact-vehicle_licences": "3"}
    assert clerk.send(f"{page}/round", facts, page=page).status_code == 303
    assert clerk.send(f"{page}/notice", {}, page=page).status_code == 303
    english = clerk.text(f"/en{page}")
    # 140.00 and 3 × 10 under one pay code
    assert english.count("170.00") >= 2
    assert re.search(r"lines on no notice</dt><dd>0<", english)

    payer = desk.visitor()
    with desk.store.write() as session:
        code = issue_lookup_code(session, USCC, reason="", by="tests", now=NOW)
    payer.send("/lookup", {"uscc": USCC, "code": code})
    mine = re.search(r'href="(/lookup/projects/[^"]+)"', payer.text("/lookup/overview"))[1]
    assert "170.00" in payer.text(mine)
    assert "未缴" in payer.text(mine)
    assert desk.visitor().get(mine).status_code == 303
    assert payer.get(mine + "1").status_code == 404


def test_a_recorded_act_leads_to_the_duty_it_gave_rise_to(desk):
    clerk = desk.as_("clerk")
    act = {
        "unit": POLICE_UNIT,
        "kind": "车辆注册登记",
        "act_no": "新公交〔2026〕77号",
        "acted_on": "2026-11-20",
        "item": LICENCE_ITEM,
    }
    path = f"/console/enterprises/{USCC}/acts"
    first, again = clerk.send(path, act), clerk.send(path, act)
    assert first.location == again.location
    assert first.location.startswith(f"/console/projects/{REGION}/")
    assert "车辆注册登记" in clerk.text(first.location)
    bare = {**act, "act_no": "78", "item": ""}
    assert clerk.send(path, bare).location == f"/console/enterprises/{USCC}"


def test_a_refused_project_says_every_fault_beside_its_field(desk):
    clerk = desk.as_("clerk")
    told = {"arose_on": "2026-12-01", "item": "110000:X:no-such-fee"}
    answer = clerk.send(NEW, told, page="/console")
    assert answer.status_code == 422
    for field in ("number", "name", "uscc", "arose_on", "item"):
        assert f'id="{field}-error"' in answer.text, field
    facts = {**PROJECT, "fact-land_occupied_m2": "-1"}
    answer = clerk.send(NEW, facts, page="/console")
    assert (answer.status_code, 'id="fact-land_occupied_m2-error"' in answer.text) == (422, True)
    assert clerk.get("/console/projects/130183/1").status_code == 404
    assert clerk.get(f"/console/projects/{REGION}/1").status_code == 404
    assert "没有符合条件的项目" in clerk.text("/console/projects?text=没有")
