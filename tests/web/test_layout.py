"""What every page shares: headers, display choices, form tokens, the operator's own slots."""

import pytest

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.mark.parametrize("path", ["/", "/en/catalog", "/assets/feeledger.css", "/no-such-page"])
def test_every_answer_carries_the_strict_policy(client, path):
    answer = client.get(path)

    assert answer.headers["Content-Security-Policy"] == CSP
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_page_has_no_inline_script_or_style(client):
    text = client.get("/catalog/soil-water-compensation").text

    assert "<style" not in text
    assert " style=" not in text
    assert " onclick=" not in text
    assert "<script>" not in text


def test_static_files_may_be_kept_for_ever_and_pages_not_at_all(client):
    assert "immutable" in client.get("/assets/feeledger.css").headers["Cache-Control"]
    assert client.get("/catalog").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "value", "mark"), [("size", "large", "fl-large"), ("contrast", "high", "fl-contrast")]
)
def test_a_display_choice_is_kept_by_cookie_and_leads_back(client, name, value, mark):
    assert mark not in client.get("/catalog").text

    answer = client.post("/display", data={f"display-{name}": value, "back": "/catalog?page=2"})

    assert (answer.status_code, answer.location) == (303, "/catalog?page=2")
    assert mark in client.get("/en/owe").text


def test_a_display_choice_can_be_taken_back(client):
    client.post("/display", data={"display-size": "large", "back": "/"})
    client.post("/display", data={"display-size": "normal", "back": "/"})

    assert "fl-large" not in client.get("/").text


def test_an_unknown_display_choice_changes_nothing(client):
    answer = client.post("/display", data={"display-size": "huge", "back": "/"})

    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "back", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "", "x"]
)
def test_the_way_back_never_leaves_the_site(client, back):
    answer = client.post("/en/display", data={"display-size": "large", "back": back})

    assert answer.location == "/en/"


def test_a_page_made_from_a_form_is_asked_for_again_with_the_form(client):
    data = {"display-size": "large", "back": "/owe/facts", "repeat": "yes"}

    assert client.post("/display", data=data).status_code == 307


def test_a_form_without_its_token_is_refused_in_plain_words(client):
    answer = client.post("/owe/facts", data={"item": "eia"})

    assert answer.status_code == 400
    assert "表单已过期" in answer.text


def test_the_footer_shows_nothing_that_the_operator_did_not_enter(client):
    text = client.get("/").text

    assert "主办单位" not in text
    assert "网站标识码" not in text


def test_the_footer_shows_what_the_operator_entered(make_site):
    site = make_site(owner="示例市财政局", code="1301840001", icp="冀ICP备00000000号")

    text = site.test_client().get("/").text

    assert "主办单位：示例市财政局" in text
    assert "网站标识码：1301840001" in text
    assert "冀ICP备00000000号" in text


def test_every_page_of_the_demonstration_says_so_with_its_day(make_site):
    client = make_site("demo").test_client()

    assert "演示数据" in client.get("/catalog").text
    english = client.get("/en/no-such-page").text
    assert "演示数据" in english
    assert "Demonstration data" in english
    assert "24 November 2026" in english


def test_outside_the_demonstration_no_page_speaks_of_it(client):
    assert "演示数据" not in client.get("/").text


def test_production_asks_browsers_for_https(make_site):
    answer = make_site("production").test_client().get("/")

    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
