"""Reading the catalog: search, filters, standing on a day, prices, reliefs, history, papers."""

import re
from datetime import date

import pytest

from feeledger.web.catalog_views import matches, page_of_item, standing_of


def names_in(text):
    return re.findall(r'<th scope="row"><a href="[^"]*">([^<]+)</a>', text)


def test_the_list_counts_all_items_and_shows_twenty(client, catalog):
    text = client.get("/catalog").text

    assert f'共 <strong class="fl-number">{len(catalog.items)}</strong>' in text
    assert len(names_in(text)) == 20


def test_the_list_says_that_it_is_a_compilation_with_gaps(client, catalog):
    text = client.get("/catalog").text

    assert "不是官方公布" in text
    assert f"已知缺漏（{len(catalog.edition.gaps)} 处）" in text
    assert catalog.edition.gaps[0].zh in text
    assert "not an official publication" in client.get("/en/catalog").text


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("水土保持", "水土保持补偿费"),
        ("财税[2017]20号", "机动车抵押登记费"),
        ("残疾人 税务", "残疾人就业保障金"),
        ("Soil and water", "水土保持补偿费"),
        ("水保", "水土保持补偿费"),
        ("水土保持補償費", "水土保持补偿费"),
    ],
)
def test_items_are_found_by_name_alias_department_and_document_number(client, query, name):
    assert name in names_in(client.get("/catalog", query_string={"q": query, "size": 100}).text)


def test_every_word_of_a_search_must_fit(catalog):
    item = catalog.items["disabled-employment"]

    assert matches(item, "残疾人 税务")
    assert not matches(item, "残疾人 公安")


def test_a_search_without_hits_says_what_to_do(client):
    text = client.get("/catalog?q=没有这种费").text

    assert "没有符合条件的项目" in text
    assert "可以拒缴" in text


def test_filters_are_kept_while_turning_pages(client):
    text = client.get("/catalog?standing=ended").text

    assert 'href="/catalog?standing=ended&amp;page=2&amp;size=20"' in text


@pytest.mark.parametrize(
    ("item", "day", "standing"),
    [
        ("vehicle-mortgage-registration", date(2017, 3, 31), "no_rate"),
        ("vehicle-mortgage-registration", date(2017, 4, 1), "ended"),
        ("pollutant-discharge", date(2017, 12, 31), "in_force"),
        ("pollutant-discharge", date(2018, 1, 1), "ended"),
        ("eia", date(2026, 11, 24), "no_rate"),
        ("soil-water-compensation", date(2026, 11, 24), "in_force"),
    ],
)
def test_the_standing_of_an_item_is_that_of_the_day(catalog, item, day, standing):
    assert standing_of(catalog.items[item], day).code == standing


def test_the_day_of_the_list_decides_what_has_ended(client):
    before = client.get("/catalog?q=机动车抵押&on=2017-03-31").text
    after = client.get("/catalog?q=机动车抵押&on=2017-04-01").text

    assert "已停止收取</span>" not in before
    assert "已停止收取</span>" in after


def test_an_ended_item_says_since_when_by_what_and_that_charging_it_is_a_violation(client):
    text = client.get("/catalog/vehicle-mortgage-registration").text

    assert "自 2017年4月1日 起" in text
    assert "此后再收取属违规" in text
    assert "财税〔2017〕20号" in text


def test_an_unknown_start_is_shown_as_unknown_with_its_bound(client):
    text = client.get("/en/catalog/soil-water-compensation").text

    assert "start unknown, not before 1 July 2017" in text


def test_windows_are_shown_with_their_last_day_inclusive(client):
    assert "至 2017年6月30日" in client.get("/catalog/soil-water-compensation").text


def test_versions_valid_on_the_day_stand_apart_from_those_of_other_times(catalog):
    item = catalog.items["soil-water-compensation"]

    now = page_of_item(item, date(2026, 11, 24), catalog)
    then = page_of_item(item, date(2017, 6, 30), catalog)

    assert [p.line.id for p in now.others] == ["soil-water.national-ceiling@-2017"]
    assert [p.line.id for p in then.now] == ["soil-water.national-ceiling@-2017"]


def test_only_government_addresses_are_links(client, catalog):
    government = {s.url for s in catalog.sources.values() if s.kind == "government"}
    linked = set()
    for item in catalog.items:
        text = client.get(f"/catalog/{item}").text
        outside = re.findall(r'<a href="(https?://[^"]+)"([^>]*)>', text)
        for url, rest in outside:
            assert url.replace("&amp;", "&") in government
            assert 'rel="noopener noreferrer"' in rest
            linked.add(url)
    assert len(linked) > 5


def test_an_unseen_basis_is_shown_as_such(client):
    text = client.get("/catalog/soil-water-compensation").text

    assert "依据未见" in text


def test_who_collects_and_what_was_inferred_is_said(client):
    text = client.get("/en/catalog/disabled-employment").text

    assert "through the tax authority" in text
    assert "(inferred)" in client.get("/en/catalog/soil-water-compensation").text


def test_a_day_that_is_none_leaves_today(client):
    assert client.get("/catalog/soil-water-compensation?on=yesterday").status_code == 200


@pytest.mark.parametrize("language", ["", "/en"])
def test_every_item_of_the_catalog_has_its_page(client, catalog, language):
    for item in catalog.items:
        assert client.get(f"{language}/catalog/{item}").status_code == 200, item
