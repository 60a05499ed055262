"""The register in the console: lists, registering by R-V1, facts, acts, lookup codes."""

import re

import pytest

from feeledger.enterprises.actions import EnterpriseDetails, register_enterprise
from feeledger.enterprises.lookup_actions import payer_by_lookup_code
from feeledger.enterprises.queries import enterprise_of, permit_acts_of, words_about
from feeledger.trail import ActsWanted, find_acts
from tests.builders import NOW, REGION, SOIL_ITEM, TODAY, USCC, WATER_UNIT

PAGE = f"/console/enterprises/{USCC}"


def fields(**changed):
    return {"name": "新登记的企业", "size": "unknown", "version": "2017"} | changed


@pytest.fixture
def sound_code():
    """A credit code with a right check character, worked out by the library of the rule."""
    from stdnum.cn import uscc

    body = "91130184MA0AAAAA1"
    return body + str(uscc.calc_check_digit(body))


def test_the_list_finds_by_name_code_industry_and_size(desk, sound_code):
    with desk.store.write() as session:
        details = EnterpriseDetails("石粉加工厂", REGION, "2017", "C3011", TODAY, "small")
        register_enterprise(session, sound_code, details, by="tests", now=NOW)
    visitor = desk.as_("audit")

    for query in ("text=石粉", f"text={sound_code[:12].lower()}", "industry=c30", "size=small"):
        text = visitor.text(f"/console/enterprises?{query}")
        assert "石粉加工厂" in text, query
        if "91130184" not in query:
            assert "演示商行" not in text, query
    assert "没有符合条件的企业" in visitor.text("/console/enterprises?text=没有这家")


def test_registering_normalises_the_code_and_writes_the_trail_as_rule_r_v1_asks(desk, sound_code):
    typed = f"  {sound_code.lower()} "
    answer = desk.as_("clerk").send("/console/enterprises/register", fields(uscc=typed))

    assert answer.location == f"/console/enterprises/{sound_code}"
    with desk.store.read() as session:
        row = enterprise_of(session, sound_code)
        acts = find_acts(
            session, REGION, ActsWanted(subject=f"enterprise:{sound_code}"), limit=9, offset=0
        )
        assert (row.name, row.entered_by, row.home_region) == ("新登记的企业", "clerk", REGION)
    assert [act.act for act in acts] == ["register-enterprise"]


def test_the_register_is_corrected_with_a_reason_and_what_it_said_is_kept(desk):
    clerk, page = desk.as_("clerk"), f"{PAGE}/register"
    assert f'href="{page}"' in clerk.text(PAGE)
    assert page not in desk.as_("audit").text(PAGE)
    told = fields(name="改名后的企业", size="small", reason="营业执照已变更")

    assert clerk.send(page, told | {"reason": ""}).status_code == 422
    assert clerk.send(page, told).location == PAGE
    again = clerk.send(page, told)

    assert (again.status_code, "没有要更改的" in again.text) == (422, True)
    text = clerk.text(PAGE)
    assert all(word in text for word in ("改名后的企业", "小型", "更改登记", "营业执照已变更"))
    with desk.store.write() as session:
        row = enterprise_of(session, USCC)
        assert row.home_region == REGION
        row.home_region = "130181"
    assert clerk.get(page).status_code == 403


def test_a_wrong_check_character_needs_a_reason_which_is_kept(desk, sound_code):
    wrong = sound_code[:-1] + ("A" if sound_code[-1] != "A" else "B")
    visitor = desk.as_("clerk")
    refused = visitor.send("/console/enterprises/register", fields(uscc=wrong))
    taken = visitor.send(
        "/console/enterprises/register", fields(uscc=wrong, override="登记机关核发，执照复印件在案")
    )

    assert refused.status_code == 422
    assert 'name="override"' in refused.text
    assert taken.location == f"/console/enterprises/{wrong}"
    text = visitor.text(f"/console/enterprises/{wrong}")
    assert "登记机关核发，执照复印件在案" in text
    assert "信用代码校验不符" in text
    with desk.store.read() as session:
        acts = find_acts(session, REGION, ActsWanted(act="override-credit-code"), limit=9, offset=0)
        assert [(act.actor, act.reason) for act in acts] == [
            ("clerk", "登记机关核发，执照复印件在案")
        ]


def test_every_fault_of_the_form_is_told_at_once_and_nothing_is_kept(desk):
    answer = desk.as_("clerk").send(
        "/console/enterprises/register",
        fields(name="", industry="ZZZ", registered_on="2027-01-01", size=""),
    )

    assert answer.status_code == 422
    for name in ("name", "industry", "registered_on", "size"):
        assert f'href="#{name}"' in answer.text, name


def test_the_size_is_worked_out_from_figures_as_rule_r_v4_says(desk, sound_code):
    # Industry (工业): small from 20 people and 3,000,000 yuan; medium from 300 people.
    figures = {"industry": "C3011", "size": "by-figures", "people": "150", "revenue": "5,000,000"}
    desk.as_("clerk").send("/console/enterprises/register", fields(uscc=sound_code, **figures))

    with desk.store.read() as session:
        assert enterprise_of(session, sound_code).size_class == "small"


def test_a_size_that_cannot_be_told_names_the_figure_that_is_missing(desk, sound_code):
    answer = desk.as_("clerk").send(
        "/en/console/enterprises/register",
        fields(uscc=sound_code, industry="C3011", size="by-figures", people="150"),
    )

    assert answer.status_code == 422
    assert "To work the size out, add: revenue." in answer.text


def test_the_page_shows_facts_with_their_source_and_who_recorded_them(desk):
    text = desk.as_("audit").text(PAGE)

    assert "征占用土地面积" in text
    assert "100 平方米" in text
    assert "企业填报" in text
    assert "年报" in text
    assert "clerk:test" in text


def test_facts_are_recorded_exactly_with_source_and_document(desk):
    visitor = desk.as_("clerk")
    page = visitor.text(f"{PAGE}/facts?item={SOIL_ITEM}")
    answer = visitor.send(
        f"{PAGE}/facts",
        {
            "item": SOIL_ITEM,
            "fact-land_occupied_m2": "１２０.５",
            "since": "2026-11-01",
            "source": "department",
            "document": "勘测图 3 号",
        },
    )

    assert 'name="fact-land_occupied_m2" type="text" value="100"' in page
    assert answer.location == PAGE
    with desk.store.read() as session:
        newest = words_about(session, REGION, USCC, "land_occupied_m2")[0]
    assert newest.value == "120.5"
    assert (newest.source, newest.document, newest.known_by) == (
        "department",
        "勘测图 3 号",
        "clerk",
    )


@pytest.mark.parametrize("value", ["ten", "-1", "1e9"])
def test_a_fact_outside_its_bounds_is_refused_beside_its_field(desk, value):
    answer = desk.as_("clerk").send(
        f"{PAGE}/facts",
        {
            "item": SOIL_ITEM,
            "fact-land_occupied_m2": value,
            "since": "2026-11-01",
            "source": "bureau",
        },
    )

    assert answer.status_code == 422
    assert 'href="#fact-land_occupied_m2"' in answer.text
    with desk.store.read() as session:
        assert len(words_about(session, REGION, USCC, "land_occupied_m2")) == 1


def test_an_act_is_recorded_once(desk):
    act = {
        "unit": WATER_UNIT,
        "kind": "水保方案批复",
        "act_no": "新水批 5 号",
        "acted_on": "2026-11-20",
    }
    visitor = desk.as_("clerk")
    first = visitor.send(f"{PAGE}/acts", {**act, "item": SOIL_ITEM})
    again = visitor.send(f"{PAGE}/acts", {**act, "item": SOIL_ITEM})
    other = visitor.send(f"{PAGE}/acts", {**act, "acted_on": "2026-11-21"})

    assert (first.status_code, again.status_code, other.status_code) == (303, 303, 422)
    with desk.store.read() as session:
        assert [row.act_no for row in permit_acts_of(session, REGION, USCC)] == ["新水批 5 号"]
    assert "水保方案批复" in visitor.text(PAGE)


def test_a_lookup_code_is_shown_once_and_opens_the_enterprises_page(desk):
    visitor = desk.as_("clerk")
    answer = visitor.send(f"{PAGE}/lookup-code", {"lookup_reason": "法定代表人到窗口"}, page=PAGE)
    code = re.search(r'id="lookup-code">([0-9A-Z ]{11})<', answer.text)[1].replace(" ", "")

    assert code not in visitor.text(PAGE).replace(" ", "")
    with desk.store.write() as session:
        assert payer_by_lookup_code(session, USCC, code, caller="here", now=NOW).uscc == USCC


def test_a_lookup_code_needs_a_reason(desk):
    answer = desk.as_("clerk").send(f"{PAGE}/lookup-code", {"lookup_reason": " "}, page=PAGE)

    assert answer.status_code == 422
    assert 'lookup-code">' not in answer.text


@pytest.mark.parametrize("people", ["9" * 5000, "twelve", "-1", "1.5"])
def test_a_number_of_people_that_is_none_is_refused(desk, sound_code, people):
    figures = {"industry": "C3011", "size": "by-figures", "people": people, "revenue": "5"}
    answer = desk.as_("clerk").send(
        "/console/enterprises/register", fields(uscc=sound_code, **figures)
    )

    assert answer.status_code == 422
    assert 'href="#people"' in answer.text
