"""Notices in the console: the list and its export, one notice, voiding, issuing, issuing in place."""

import csv
import io
import re

import pytest

from feeledger.enterprises.actions import EnterpriseDetails, register_enterprise
from feeledger.notices.queries import lines_of, notice_of, notices_of
from feeledger.regions.actions import let_unit_charge
from feeledger.trail import ActsWanted, find_acts
from feeledger.web.console_notices import csv_text, harmless_cell, marked_rows
from tests.builders import (
    LICENCE_ITEM,
    LONG_AGO,
    NOW,
    POLICE_UNIT,
    REGION,
    SOIL_ITEM,
    USCC,
    WATER_UNIT,
)

SOIL = f"{WATER_UNIT}:{SOIL_ITEM}"
LICENCE = f"{POLICE_UNIT}:{LICENCE_ITEM}"
NEW = "/console/notices/new"


def grouped(code):
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def picked(*items, on="2026-11-24", uscc=USCC, **more):
    return {"uscc": uscc, "on": on, "item": list(items), "seen": "yes", **more}


def issue(visitor, data):
    return visitor.send(f"{NEW}/issue", data, page=NEW)


def latest(desk, count=1):
    with desk.store.read() as session:
        rows = notices_of(session, REGION, limit=count)
        return [(row, lines_of(session, REGION, row.id)) for row in rows]


# --- the list ---


def test_the_list_filters_by_status_payer_unit_and_day(desk):
    visitor = desk.as_("audit")
    unpaid, paid = grouped(desk.world.unpaid_code), grouped(desk.world.paid_code)

    assert unpaid in visitor.text("/console/notices?status=issued")
    assert paid not in visitor.text("/console/notices?status=issued")
    assert paid in visitor.text(f"/console/notices?payer={paid.replace(' ', '+')}")
    assert '共 <strong class="fl-number">3</strong> 条' in visitor.text(
        f"/console/notices?unit={WATER_UNIT}"
    )
    assert "没有符合条件的通知书" in visitor.text("/console/notices?until=2026-11-01")


def test_the_list_adds_up_what_it_found(desk):
    # 140.00 and 150.00 are unpaid; the police's licence is 10.00 of the 150.00
    assert "290.00 元" in desk.as_("audit").text("/console/notices?status=issued")


def test_a_department_lists_its_own_units_notices_alone(desk):
    text = desk.as_("police").text("/console/notices?unit=130184-WATER")

    assert grouped(desk.world.unpaid_code) not in text
    assert '共 <strong class="fl-number">1</strong> 条' in text


def test_the_export_holds_what_the_filters_found_and_the_trail_who_took_it(desk):
    visitor = desk.as_("audit")
    answer = visitor.get("/console/notices/export?status=paid")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))

    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert len(rows) == 2
    assert rows[0][0] == "缴款码"
    assert rows[1][0] == grouped(desk.world.paid_code)
    assert rows[1][-1] == "70.00"
    with desk.store.read() as session:
        acts = find_acts(session, REGION, ActsWanted(act="export-notices"), limit=9, offset=0)
        assert [(act.actor, act.details["notices"]) for act in acts] == [("audit", 1)]


def test_a_file_of_the_demonstration_says_so_in_every_row():
    rows = [["缴款码", "金额（元）"], ["1301", "70.00"]]

    assert [row[-1] for row in marked_rows(rows, demo=True)] == ["演示数据", "演示数据"]
    assert list(marked_rows(rows, demo=False)) == rows


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-1", "@x", "\t=1"])
def test_no_cell_of_an_export_is_a_formula(cell):
    assert harmless_cell(cell) == f"'{cell}"
    assert next(csv.reader(io.StringIO(csv_text([[cell]]))))[0] == f"'{cell}"


def test_a_payer_named_like_a_formula_is_exported_as_a_name(desk):
    code = "91130184MA0CQ4N34N"
    with desk.store.write() as session:
        details = EnterpriseDetails("=1+1", REGION)
        register_enterprise(session, code, details, by="tests", now=NOW)
    visitor = desk.as_("clerk")
    key = f"{WATER_UNIT}.soil-water.general-construction"
    issue(visitor, picked(SOIL, uscc=code, line=key, **{"fact-land_occupied_m2": "100"}))

    assert ",'=1+1," in visitor.get(f"/console/notices/export?payer={code}").data.decode(
        "utf-8-sig"
    )


# --- one notice ---


def test_a_notice_shows_its_lines_with_reasons_and_its_history(desk):
    text = desk.as_("audit").text(f"/console/notices/{desk.world.unpaid}")

    assert "140.00" in text
    assert "100 平方米 × 每平方米 1.4 元" in text
    assert "开具通知书" in text
    assert "壹佰肆拾元整" in text


def test_a_notice_is_printed_as_a_pdf(desk):
    answer = desk.as_("audit").get(f"/console/notices/{desk.world.unpaid}/pdf")

    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")


def test_a_department_sees_of_a_joint_notice_its_own_line_and_no_other(desk):
    text = desk.as_("police").text(f"/console/notices/{desk.world.joint}")

    assert "证照工本费" in text or "行驶证" in text
    assert "水土保持补偿费" not in text
    assert "另有 1 行由其他单位收取" in text
    assert desk.as_("police").get(f"/console/notices/{desk.world.joint}/pdf").status_code == 404
    assert desk.as_("police").get(f"/console/notices/{desk.world.unpaid}").status_code == 404


def test_voiding_keeps_the_reason_and_who_did_it(desk):
    visitor = desk.as_("reviewer")
    page = f"/console/notices/{desk.world.unpaid}"
    answer = visitor.send(f"{page}/void", {"void_reason": "面积有误"}, page=page)

    assert answer.location == page
    text = visitor.text(page)
    assert "通知书已作废。" in text
    assert "面积有误" in text
    assert "作废通知书" in text
    with desk.store.read() as session:
        row = notice_of(session, REGION, desk.world.unpaid)
        assert (row.status, row.voided_by, row.void_reason) == ("voided", "reviewer", "面积有误")


def test_voiding_without_a_reason_does_nothing(desk):
    page = f"/console/notices/{desk.world.unpaid}"
    answer = desk.as_("clerk").send(f"{page}/void", {"void_reason": "  "}, page=page)

    assert answer.status_code == 422
    assert 'href="#void_reason"' in answer.text
    with desk.store.read() as session:
        assert notice_of(session, REGION, desk.world.unpaid).status == "issued"


def test_a_paid_notice_is_never_voided(desk):
    page = f"/console/notices/{desk.world.paid}"
    answer = desk.as_("clerk").send(f"{page}/void", {"void_reason": "错"}, page=page)

    assert answer.status_code == 422
    assert "通知书“已缴款”，不能作废" in answer.text
    assert "作废通知书</button>" not in desk.as_("clerk").text(page)


def test_the_other_language_of_a_refused_form_is_that_of_its_page(desk):
    page = f"/console/notices/{desk.world.unpaid}"
    answer = desk.as_("clerk").send(f"{page}/void", {"void_reason": ""}, page=page)

    assert f'href="/en{page}" lang="en"' in answer.text


# --- issuing ---


def test_the_form_offers_each_unit_what_it_may_charge(desk):
    text = desk.as_("clerk").text(NEW)

    assert f'value="{SOIL}"' in text
    assert f'value="{LICENCE}"' in text
    assert f'value="{WATER_UNIT}:{LICENCE_ITEM}"' not in text


def test_the_preview_works_amounts_out_from_the_facts_of_the_register(desk):
    text = desk.as_("clerk").text(f"{NEW}/lines?uscc={USCC}&on=2026-11-24&item={SOIL}")

    assert 'name="fact-land_occupied_m2" type="text" value="100"' in text
    assert "140.00" in text  # 100 m² at 1.40 yuan
    assert "100 平方米 × 每平方米 1.4 元" in text


def test_lines_of_two_units_go_under_one_pay_code(desk):
    answer = issue(
        desk.as_("clerk"),
        picked(
            SOIL,
            LICENCE,
            line=[
                f"{WATER_UNIT}.soil-water.general-construction",
                f"{POLICE_UNIT}.vehicle-certificate.licence",
            ],
            **{"fact-land_occupied_m2": "100", "fact-vehicle_licences": "3"},
        ),
    )

    ((row, lines),) = latest(desk)
    assert answer.location == f"/console/notices/{row.id}"
    assert row.amount_fen == 14_000 + 3_000  # 100 × 1.40 and 3 × 10.00
    assert row.issued_by == "clerk"
    assert [line.unit_code for line in lines] == [WATER_UNIT, POLICE_UNIT]
    assert len(row.pay_code) == 20


def test_what_the_officer_changed_is_marked_as_the_bureaus_in_the_explanation(desk):
    key = f"{WATER_UNIT}.soil-water.general-construction"
    issue(desk.as_("clerk"), picked(SOIL, line=key, **{"fact-land_occupied_m2": "200"}))

    ((row, (line,)),) = latest(desk)
    assert row.amount_fen == 28_000  # 200 × 1.40
    facts = {fact["fact"]: fact for fact in line.explanation["steps"]["facts"]}
    assert facts["land_occupied_m2"]["source"] == "bureau"


def test_an_unchanged_fact_keeps_its_source(desk):
    key = f"{WATER_UNIT}.soil-water.general-construction"
    issue(desk.as_("clerk"), picked(SOIL, line=key, **{"fact-land_occupied_m2": "100"}))

    ((_, (line,)),) = latest(desk)
    facts = {fact["fact"]: fact for fact in line.explanation["steps"]["facts"]}
    assert facts["land_occupied_m2"]["source"] == "enterprise"


def test_the_first_notice_brings_a_lookup_code_that_is_shown_once(desk):
    key = f"{WATER_UNIT}.soil-water.general-construction"
    visitor = desk.as_("clerk")
    answer = issue(visitor, picked(SOIL, line=key, **{"fact-land_occupied_m2": "100"}))

    assert re.search(r'id="lookup-code">[0-9A-Z ]{11}<', visitor.text(answer.location))
    assert 'id="lookup-code"' not in visitor.text(answer.location)


def test_a_units_item_on_a_day_it_may_not_charge_it_is_refused_with_16003(desk):
    # The water unit was let charge the licence from tomorrow on only.
    with desk.store.write() as session:
        let_unit_charge(
            session,
            REGION,
            WATER_UNIT,
            (LICENCE_ITEM,),
            valid_from=NOW.date().replace(day=25),
            by="tests",
            now=NOW,
        )
    wrong = f"{WATER_UNIT}:{LICENCE_ITEM}"
    data = picked(
        wrong, line=f"{WATER_UNIT}.vehicle-certificate.licence", **{"fact-vehicle_licences": "1"}
    )
    visitor = desk.as_("clerk")
    preview = visitor.text(
        f"{NEW}/lines?uscc={USCC}&on=2026-11-24&item={wrong}&fact-vehicle_licences=1&seen=yes"
    )
    answer = issue(visitor, data)

    assert "结果码 16003" in preview
    assert "不在该单位的收费项目内" in preview
    assert answer.status_code == 422
    assert "不在该单位的收费项目内" in answer.text
    assert len(latest(desk, 9)) == 3


def test_an_ended_item_is_refused_with_16003_and_why(desk):
    with desk.store.write() as session:
        let_unit_charge(
            session,
            REGION,
            WATER_UNIT,
            ("environmental-monitoring",),
            valid_from=LONG_AGO,
            by="tests",
            now=NOW,
        )
    item = f"{WATER_UNIT}:environmental-monitoring"
    text = desk.as_("clerk").text(f"{NEW}/lines?uscc={USCC}&on=2026-11-24&item={item}")

    assert "结果码 16003" in text
    assert "没有能开具的行" in text


def test_a_department_issues_for_its_own_unit_and_no_other(desk):
    key = f"{WATER_UNIT}.soil-water.general-construction"
    data = picked(SOIL, line=key, **{"fact-land_occupied_m2": "100"})
    own = issue(desk.as_("water"), data)
    other = issue(desk.as_("police"), data)

    assert own.status_code == 303
    assert other.status_code == 422
    assert "只能为本单位开具" in other.text
    assert len(latest(desk, 9)) == 4
    assert LICENCE_ITEM not in desk.as_("water").text(NEW)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"uscc": "91130184MA0CQ4N34H"}, "uscc"),
        ({"uscc": ""}, "uscc"),
        ({"on": "2026-12-01"}, "on"),
        ({"on": "soon"}, "on"),
        ({"item": []}, "item"),
        ({"line": []}, "line"),
        ({"fact-land_occupied_m2": "many"}, "fact-land_occupied_m2"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_issued(desk, changed, field):
    key = f"{WATER_UNIT}.soil-water.general-construction"
    data = picked(SOIL, line=key, **{"fact-land_occupied_m2": "100"}) | changed
    answer = issue(desk.as_("clerk"), data)

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert len(latest(desk, 9)) == 3


def test_a_notice_in_anothers_place_voids_it_and_refers_to_it(desk):
    key = f"{WATER_UNIT}.soil-water.general-construction"
    data = picked(SOIL, line=key, supersedes=desk.world.unpaid, **{"fact-land_occupied_m2": "90"})
    visitor = desk.as_("clerk")
    without = issue(visitor, data)
    answer = issue(visitor, {**data, "reason": "面积核减"})

    assert without.status_code == 422
    assert 'href="#reason"' in without.text
    ((row, _),) = latest(desk)
    assert answer.location == f"/console/notices/{row.id}"
    assert (row.supersedes, row.amount_fen) == (desk.world.unpaid, 12_600)  # 90 × 1.40
    with desk.store.read() as session:
        old = notice_of(session, REGION, desk.world.unpaid)
        assert (old.status, old.void_reason) == ("voided", "面积核减")
    assert "替代的通知书" in visitor.text(answer.location)


def test_a_department_may_not_put_a_notice_in_anothers_place(desk):
    key = f"{WATER_UNIT}.soil-water.general-construction"
    data = picked(
        SOIL, line=key, supersedes=desk.world.unpaid, reason="x", **{"fact-land_occupied_m2": "90"}
    )

    assert issue(desk.as_("water"), data).status_code == 403


@pytest.mark.parametrize("number", ["9" * 5000, "9223372036854775808", "0", "x"])
def test_a_notice_that_is_not_there_cannot_be_replaced(desk, number):
    data = picked(SOIL, supersedes=number, reason="x", **{"fact-land_occupied_m2": "90"})

    assert issue(desk.as_("clerk"), data).status_code == 404


def test_a_unit_sees_what_its_own_lines_come_to_and_no_form_that_is_the_issuers(desk):
    """One licence at 10.00 yuan stands beside 100 square metres at 1.40 on the joint notice."""
    police = desk.as_("police")
    joint = police.text(f"/console/notices/{desk.world.joint}")

    for page in ("/console", f"/console/departments/{POLICE_UNIT}"):
        text = police.text(page)
        assert ("10.00" in text, "150.00" in text) == (True, False), page
    assert "另有 1 行由其他单位收取" in joint
    assert all(word in joint for word in ("本单位合计", "10.00", "整张通知书", "150.00"))
    assert f"/console/notices/{desk.world.joint}/relief" not in joint
    assert f"/console/notices/{desk.world.joint}/relief" in desk.as_("clerk").text(
        f"/console/notices/{desk.world.joint}"
    )


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/console/notices", "140.00"),
        ("/console/payments", "70.00"),
        ("/console/enterprises", USCC),
    ],
)
def test_beyond_the_end_of_a_list_its_last_page_is_shown(desk, path, shown):
    text = desk.as_("audit").text(f"{path}?page=99")

    assert "第 0–" not in text
    assert shown in text
