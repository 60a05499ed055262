"""The language is the first part of the address, and every link keeps it."""

import re

import pytest

from feeledger.web.language import language_of_path, path_in

PAGES = ["/", "/catalog", "/catalog/soil-water-compensation", "/owe", "/about", "/privacy"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_stands_in_chinese_and_in_english(client, path):
    chinese = client.get(path)
    english = client.get(f"/en{path}")

    assert chinese.status_code == english.status_code == 200
    assert '<html lang="zh-CN"' in chinese.text
    assert '<html lang="en"' in english.text


@pytest.mark.parametrize("path", PAGES)
def test_links_of_an_english_page_stay_in_english(client, path):
    text = client.get(f"/en{path}").text

    local = re.findall(r'(?:href|action)="(/[^"]*)"', text)
    chinese = [a for a in local if not a.startswith(("/en/", "/assets/"))]

    assert {a.split("?")[0] for a in chinese} == {path}


def test_the_switch_leads_to_the_same_page_with_its_query(client):
    text = client.get("/catalog?q=%E6%B0%B4&page=1").text

    assert 'href="/en/catalog?q=%E6%B0%B4&amp;page=1"' in text


@pytest.mark.parametrize(
    ("path", "language"), [("/en", "en"), ("/en/x", "en"), ("/energy", "zh"), ("/", "zh")]
)
def test_only_the_first_part_of_a_path_is_a_language(path, language):
    assert language_of_path(path) == language


@pytest.mark.parametrize(
    ("path", "language", "there"),
    [
        ("/", "en", "/en/"),
        ("/en/", "zh", "/"),
        ("/catalog", "zh", "/catalog"),
        ("/en/a", "en", "/en/a"),
        ("/en", "zh", "/"),
        ("/en//elsewhere.example", "zh", "/elsewhere.example"),
        ("/en/\\elsewhere.example", "zh", "/elsewhere.example"),
        ("/en//\\/elsewhere.example", "zh", "/elsewhere.example"),
    ],
)
def test_a_path_has_one_form_in_each_language(path, language, there):
    assert path_in(path, language) == there


@pytest.mark.parametrize("path", ["/en//elsewhere.example", "/en/%2F%5Celsewhere.example"])
def test_no_odd_address_makes_the_switch_lead_to_another_site(client, path):
    text = client.get(path).text

    assert re.findall(r'(?:href|action)="(?://|/\\)', text) == []


def test_no_english_page_of_the_list_is_left_in_chinese(client):
    text = client.get("/en/catalog").text
    body = re.sub(r"<[^>]+>|文|中", "", text[text.index("<main") : text.index("</main>")])
    prose = re.sub(r"\S*[〔\[]\d{4}[〕\]]\S*|《[^》]*》", "", body)

    assert re.findall(r"[\u4e00-\u9fff]{2,}", prose) == []
