"""Error pages in both languages, with the request's number and no inside of ours."""

import pytest


@pytest.mark.parametrize(
    ("path", "title"),
    [("/no-such-page", "没有这一页"), ("/en/no-such-page", "There is no such page")],
)
def test_an_unknown_address_is_answered_in_the_language_of_its_path(client, path, title):
    answer = client.get(path)

    assert answer.status_code == 404
    assert title in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


def test_an_unknown_item_says_what_was_asked_for(client):
    answer = client.get("/en/catalog/no-such-fee")

    assert answer.status_code == 404
    assert "no-such-fee" in answer.text
    assert "The catalog has no such item" in answer.text


def test_a_wrong_method_is_answered_with_a_page_and_the_methods_allowed(client):
    answer = client.get("/display")

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert "不能这样打开此页" in answer.text


def test_too_much_sent_is_answered_with_a_page(client):
    answer = client.post("/owe/facts", data={"item": "x" * (13 * 1024 * 1024)})

    assert answer.status_code == 413
    assert "提交的内容过大" in answer.text


@pytest.mark.parametrize(
    "path", ["/account?region=%00", "/catalog?%00=1", "/en/catalog/a%00b", "/report?item=a%00b"]
)
def test_a_nul_in_an_address_is_refused_before_any_database_sees_it(client, path):
    answer = client.get(path)

    assert answer.status_code == 400
    assert answer.headers["X-Request-Id"] in answer.text


def test_a_nul_in_a_form_is_refused(client):
    assert client.post("/sign-in", data={"login": "a\x00b", "password": "x"}).status_code == 400
    assert client.post("/display", data={"back": "/", "display-size\x00": "x"}).status_code == 400


def test_our_own_mistake_shows_the_request_number_and_nothing_of_the_inside(make_site):
    site = make_site()

    @site.get("/en/broken")
    def break_down():
        raise RuntimeError("the inside")

    site.testing = False
    answer = site.test_client().get("/en/broken")

    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    assert "the inside" not in answer.text


def test_a_number_written_into_the_address_cannot_inject_markup(client):
    text = client.get("/catalog/%3Cscript%3Ealert(1)%3C%2Fscript%3E").text

    assert "<script>alert" not in text
