"""What would I owe: only the facts needed are asked, and every amount is explained."""

import re

FACTS = "/owe/facts?region=130184&on=2026-11-24"
ASKED = {"region": "130184", "on": "2026-11-24"}


def fields_in(text):
    return set(re.findall(r'name="fact-([a-z0-9_]+)"', text))


def test_only_the_facts_that_the_chosen_items_need_are_asked(client):
    text = client.get(f"{FACTS}&item=soil-water-compensation").text

    assert fields_in(text) == {
        "land_occupied_m2",
        "ore_extracted_open_m3",
        "ore_extracted_underground_m3",
        "well_sites",
        "extra_cluster_wells",
        "borrow_m3",
        "spoil_m3",
        "soil_water_paid_in_earlier_way",
    }


def test_a_fact_that_two_items_need_is_asked_once(client):
    text = client.get(f"{FACTS}&item=education-surcharge&item=local-education-surcharge").text

    names = re.findall(r'id="fact-([a-z0-9_]+)" name', text)
    assert names
    assert len(names) == len(set(names))


def test_a_share_is_asked_for_by_its_parts(client):
    asked = fields_in(client.get(f"{FACTS}&item=disabled-employment").text)

    assert "disabled_share" not in asked
    assert {"headcount", "disabled_employed"} <= asked


def test_an_amount_is_worked_out_and_explained(send):
    # Soil: 0.3 yuan a cubic metre, part of one counts as one: 10.2 → 11 × 0.3 = 3.30.
    data = {
        **ASKED,
        "item": "soil-water-compensation",
        "fact-borrow_m3": "10.2",
        "fact-soil_water_paid_in_earlier_way": "no",
    }

    text = send("/owe/facts", data, page=f"{FACTS}&item=soil-water-compensation").text

    assert "3.30" in text
    assert "至少" in text  # the other lines of the item lack their facts
    assert "发改价格〔2017〕1186号" in text


def test_a_missing_fact_is_named_with_its_supplier_and_never_counts_as_zero(send):
    data = {**ASKED, "item": "culture-construction"}

    text = send("/owe/facts", data, page=f"{FACTS}&item=culture-construction").text

    assert "还缺以下情况" in text
    assert "待定" in text


def test_an_ended_item_is_answered_with_its_end(client):
    page = f"{FACTS}&item=vehicle-mortgage-registration"

    text = client.get(page).text

    assert "已终止" in text
    assert "财税〔2017〕20号" in text


def test_a_wrong_fact_is_refused_beside_its_field_and_all_input_is_kept(send):
    data = {
        **ASKED,
        "item": "soil-water-compensation",
        "fact-borrow_m3": "ten",
        "fact-spoil_m3": "-1",
        "fact-land_occupied_m2": "500",
    }

    text = send("/owe/facts", data, page=f"{FACTS}&item=soil-water-compensation").text

    assert 'href="#fact-borrow_m3"' in text
    assert 'href="#fact-spoil_m3"' in text
    assert 'id="fact-borrow_m3-error"' in text
    assert 'value="ten"' in text
    assert 'value="500"' in text


def test_nothing_chosen_is_said_beside_the_list(client):
    text = client.get("/en/owe/facts?region=130184&on=2026-11-24").text

    assert "Choose at least one fee." in text
    assert 'href="#item"' in text


def test_an_unknown_region_and_day_are_refused(client):
    text = client.get("/owe/facts?region=999999&on=soon&item=eia").text

    assert "请选择区划" in text
    assert "不是日期" in text


def test_the_list_can_be_narrowed_without_scripts_and_keeps_what_is_ticked(client):
    text = client.get("/owe?words=水土保持&item=eia").text

    assert 'value="soil-water-compensation"' in text
    assert re.search(r'value="eia" checked', text)
    assert 'value="patent"' not in text


def test_a_result_can_be_shown_in_the_other_language_with_the_same_answers(send):
    data = {**ASKED, "item": "soil-water-compensation", "fact-borrow_m3": "10"}

    text = send("/owe/facts", data, page=f"{FACTS}&item=soil-water-compensation").text

    switch = text[text.index('action="/en/owe/facts"') :]
    assert 'name="fact-borrow_m3" value="10"' in switch[: switch.index("</form>")]
