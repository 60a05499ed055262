"""The public door: the catalog, estimates; what is refused, and how."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from feeledger.app import create_app
from feeledger.callers.actions import QUESTIONS
from feeledger.callers.tables import CallCountRow
from feeledger.clock import Clock

PROBLEM = "application/problem+json"
TODAY = date(2026, 11, 24)


def test_the_catalog_is_listed_in_pages_with_its_edition(client):
    first = client.get("/api/v1/catalog?size=50").get_json()
    second = client.get("/api/v1/catalog?size=50&page=2").get_json()

    assert first["catalog"]["id"] == "compiled-2026-11-24"
    assert first["catalog"]["kind"] == "compilation"
    assert first["catalog"]["notice"]["en"] == (
        "compiled from public texts, not an official publication"
    )
    assert first["on"] == "2026-11-24"
    assert first["total"] == 82
    assert len(first["items"]) == 50
    assert len(second["items"]) == 32
    ids = {item["id"] for item in [*first["items"], *second["items"]]}
    assert len(ids) == 82


def test_a_page_beyond_the_end_is_empty(client):
    page = client.get("/api/v1/catalog?page=100").get_json()

    assert (page["items"], page["total"]) == ([], 82)


@pytest.mark.parametrize(
    "query", ["q=诉讼", "q=诉讼费", "q=LITIGATION", "q=诉讼费用交纳办法", "q=诉讼 法院"]
)
def test_an_item_is_found_by_name_id_document_and_several_words(client, query):
    found = client.get(f"/api/v1/catalog?{query}").get_json()["items"]

    assert "litigation" in [item["id"] for item in found]


def test_filters_narrow_the_list(client, hebei):
    wanted = {item.id for item in hebei.items.values() if item.category == "government_fund"}

    found = client.get("/api/v1/catalog?category=government_fund&size=200").get_json()["items"]

    assert {item["id"] for item in found} == wanted
    assert 0 < len(wanted) < 82


def test_an_ended_item_is_not_in_force_and_says_since_when(client, hebei):
    ended = next(i for i in hebei.items.values() if i.ending(hebei.edition.compiled_on))
    day = ended.ending(hebei.edition.compiled_on).day

    listed = client.get("/api/v1/catalog?in_force_on=2026-11-24&size=200").get_json()["items"]
    shown = client.get(f"/api/v1/catalog/items/{ended.id}").get_json()["item"]

    assert ended.id not in {item["id"] for item in listed}
    assert all(item["in_force"] for item in listed)
    assert shown["in_force"] is False
    assert shown["ended"]["on"] == day.isoformat()


def test_an_item_is_shown_with_lines_documents_and_prices_as_text(client):
    answer = client.get("/api/v1/catalog/items/litigation?on=2026-11-24").get_json()

    item = answer["item"]
    assert item["name"]["zh"] == "诉讼费"
    line = next(one for one in item["lines"] if one["id"] == "litigation.property-acceptance")
    assert line["rate"]["form"] == "progressive"
    assert line["rate"]["minimum"] is None or isinstance(line["rate"]["minimum"], str)
    assert "《诉讼费用交纳办法》" in [document["key"] for document in item["documents"]]


def test_only_government_sources_carry_an_address(client, hebei):
    kinds = set()
    for item_id in hebei.items:
        shown = client.get(f"/api/v1/catalog/items/{item_id}").get_json()["item"]
        for source in shown["sources"]:
            assert (source["url"] is not None) == (source["kind"] == "government")
            kinds.add(source["kind"])
    assert kinds > {"government"}


def test_every_item_can_be_shown(client, hebei):
    for item_id in hebei.items:
        assert client.get(f"/api/v1/catalog/items/{item_id}").status_code == 200


def test_an_unknown_item_is_a_problem(client):
    answer = client.get("/api/v1/catalog/items/nothing-like-it")

    assert (answer.status_code, answer.mimetype) == (404, PROBLEM)
    assert answer.get_json()["code"] == "item-unknown"


def test_the_catalog_may_be_kept_and_is_asked_for_again_by_its_tag(client):
    first = client.get("/api/v1/catalog")

    again = client.get("/api/v1/catalog", headers={"If-None-Match": first.headers["ETag"]})

    assert "max-age" in first.headers["Cache-Control"]
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("page=0", "/page"),
        ("page=abc", "/page"),
        ("page=１", "/page"),
        ("page=99999999999999999999", "/page"),
        ("size=201", "/size"),
        ("category=tax", "/category"),
        ("in_force_on=2026-02-30", "/in_force_on"),
        ("in_force_on=2026-1-1", "/in_force_on"),
        ("colour=red", "/colour"),
        ("q=a&q=b", "/q"),
        ("q=" + "长" * 101, "/q"),
        ("q=a%00b", "/q"),
    ],
)
def test_a_query_that_is_not_understood_is_refused_with_its_place(client, query, place):
    answer = client.get(f"/api/v1/catalog?{query}")

    assert (answer.status_code, answer.mimetype) == (422, PROBLEM)
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [place]


def test_an_estimate_is_right_to_the_fen(client):
    """诉讼费用交纳办法 art. 13: 50 yuan to 10,000, then 2.5 % to 100,000: 50 + 90,000 x 2.5 %."""
    request = {
        "ref": "a",
        "on": "2026-11-24",
        "lines": ["litigation.property-acceptance"],
        "facts": {"claim_amount": 100000},
    }

    answer = client.post("/api/v1/estimates", json=request).get_json()

    assert (answer["ref"], answer["total"], answer["complete"]) == ("a", "2300.00", True)
    assert [line["amount"] for line in answer["lines"]] == ["2300.00"]


def test_numbers_of_facts_are_read_as_they_are_written(client):
    """10,000.01 yuan: 50 + 0.01 x 2.5 % = 50.00025, half up 50.00; no float stands between."""
    body = (
        '{"on":"2026-11-24","lines":["litigation.property-acceptance"],'
        '"facts":{"claim_amount":10000.01}}'
    )

    answer = client.post("/api/v1/estimates", data=body, content_type="application/json")

    fact = answer.get_json()["lines"][0]["steps"]["facts"][0]
    assert fact["value"] == "10000.01"
    assert answer.get_json()["total"] == "50.00"


def test_the_facts_alone_are_a_request_and_the_query_completes_it(client):
    answer = client.post("/api/v1/estimates?on=2026-11-24&region=130184", json={"claim_amount": 1})

    document = answer.get_json()
    assert (document["on"], document["region"]) == ("2026-11-24", "130184")
    court = [line for line in document["lines"] if line["line"] == "litigation.property-acceptance"]
    assert [line["amount"] for line in court] == ["50.00"]


def test_a_list_is_answered_in_order_and_a_refused_request_does_not_stop_it(client):
    good = {
        "ref": "b",
        "on": "2026-11-24",
        "lines": ["litigation.property-acceptance"],
        "facts": {"claim_amount": "10000"},
    }
    requests = [
        {"ref": "a", "facts": {}},
        good,
        {"ref": "c", "on": "2026-11-24", "items": ["litigation"], "facts": {"claim_amont": 1}},
        3,
    ]

    answers = client.post("/api/v1/estimates", json=requests).get_json()

    assert [answer["ref"] for answer in answers] == ["a", "b", "c", None]
    assert answers[0]["errors"][0]["code"] == "date-missing"
    assert answers[1]["total"] == "50.00"
    assert answers[2]["errors"][0]["code"] == "unknown-fact"
    assert "claim_amount" in answers[2]["errors"][0]["detail"]
    assert answers[3]["errors"]


def test_one_refused_request_is_a_problem_with_every_fault(client):
    request = {"on": "2026-11-24", "items": ["litigation"], "facts": {"nonsense": 1, "other": 2}}

    answer = client.post("/api/v1/estimates", json=request)

    assert (answer.status_code, answer.mimetype) == (422, PROBLEM)
    problem = answer.get_json()
    assert problem["code"] == "facts-refused"
    assert [error["field"] for error in problem["errors"]] == ["nonsense", "other"]


def test_sentences_come_in_the_language_asked_for(client):
    request = {"on": "2026-11-24", "lines": ["litigation.enforcement"], "facts": {}}

    chinese = client.post("/api/v1/estimates", json=request)
    english = client.post(
        "/api/v1/estimates", json=request, headers={"Accept-Language": "en-GB,en;q=0.9"}
    )

    assert "由企业提供" in chinese.text
    assert "由企业提供" not in english.text
    assert english.headers["Content-Language"] == "en"
    assert "Accept-Language" in english.headers["Vary"]


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{}", "text/plain", 415, "json-needed"),
        (b"{}", "", 415, "json-needed"),
        (b"{", "application/json", 400, "bad-json"),
        (b"", "application/json", 400, "bad-json"),
        (b'{"on":"2026-11-24","on":"2026-11-25","facts":{}}', "application/json", 400, "bad-json"),
        (b"[" * 50_000, "application/json", 400, "bad-json"),
        (b"[]", "application/json", 422, "message-refused"),
        (b"3", "application/json", 422, "facts-refused"),
        (b" " * 300_000, "application/json", 413, "body-too-large"),
        (json.dumps([{}] * 101).encode(), "application/json", 422, "message-refused"),
    ],
)
def test_a_body_that_is_not_understood_is_a_problem(client, body, kind, status, code):
    answer = client.post("/api/v1/estimates", data=body, content_type=kind)

    assert (answer.status_code, answer.mimetype) == (status, PROBLEM)
    problem = answer.get_json()
    assert problem["code"] == code
    assert problem["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "address-unknown"),
        ("GET", "/api/", 404, "address-unknown"),
        ("POST", "/api/v1/catalog", 405, "method-not-allowed"),
        ("GET", "/api/v1/estimates", 405, "method-not-allowed"),
        ("DELETE", "/api/v1/catalog/items/litigation", 405, "method-not-allowed"),
    ],
)
def test_lost_addresses_and_methods_are_problems_too(client, method, path, status, code):
    answer = client.open(path, method=method)

    assert (answer.status_code, answer.mimetype) == (status, PROBLEM)
    assert answer.get_json()["code"] == code
    if status == 405:
        assert answer.headers["Allow"]


def test_the_pages_keep_their_own_error_page(client):
    answer = client.get("/nothing-here")

    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_a_problem_is_told_in_the_language_asked_for(client):
    answer = client.get("/api/v1/catalog/items/x", headers={"Accept-Language": "en"})

    assert answer.get_json()["title"] == "The catalog has no such item"
    assert answer.headers["Content-Language"] == "en"


def test_a_mistake_of_ours_is_logged_once_and_answered_with_nothing_of_it(public_app, monkeypatch):
    def fail(*_):
        raise RuntimeError("the inside")

    monkeypatch.setitem(public_app.view_functions, "api_public.list_catalog", fail)
    answer = public_app.test_client().get("/api/v1/catalog")

    assert (answer.status_code, answer.mimetype) == (500, PROBLEM)
    assert "the inside" not in answer.text
    assert answer.get_json()["request_id"] == answer.headers["X-Request-Id"]


def test_a_caller_who_asks_too_often_is_told_to_wait(public_store, settings):
    times = [datetime(2026, 11, 24, 4, 0, 30, tzinfo=UTC)]
    client = create_app(
        settings, store=public_store, clock=Clock(fixed=TODAY, source=lambda: times[-1])
    ).test_client()
    request = {"on": "2026-11-24", "lines": ["litigation.enforcement"], "facts": {}}

    def ask(address):
        return client.post("/api/v1/estimates", json=request, environ_base={"REMOTE_ADDR": address})

    allowed = [ask("192.0.2.77").status_code for _ in range(QUESTIONS.calls)]
    refused, elsewhere = ask("192.0.2.77"), ask("192.0.2.78")
    times.append(times[0] + timedelta(seconds=30))
    later = ask("192.0.2.77")

    assert allowed == [200] * QUESTIONS.calls
    assert (refused.status_code, refused.get_json()["code"]) == (429, "too-many-requests")
    assert refused.headers["Retry-After"] == "31"
    assert (elsewhere.status_code, later.status_code) == (200, 200)


def test_the_address_of_a_caller_is_not_kept(public_store, client):
    request = {"on": "2026-11-24", "lines": ["litigation.enforcement"], "facts": {}}

    client.post("/api/v1/estimates", json=request, environ_base={"REMOTE_ADDR": "192.0.2.99"})

    with public_store.read() as session:
        callers = session.scalars(select(CallCountRow.caller)).all()
    assert callers
    assert not any("192.0.2" in caller for caller in callers)


def test_a_verdict_says_what_is_wrong_and_what_may_be_done(client):
    """Litigation fees are collected by courts; no catalog holds an 'inspection kindness fee'."""
    charge = {"item": "上门检查关照费", "amount": "200.00", "on": "2026-11-24"}

    answer = client.post("/api/v1/verdicts", json=charge)

    document = answer.get_json()
    assert answer.status_code == 200
    assert document["lawful"] is False
    assert document["item"] is None
    assert "not_in_catalog" in [finding["code"] for finding in document["findings"]]
    assert document["findings"][0]["may_do"]


def test_a_verdict_knows_the_amount_of_the_standard(client):
    """Claim 100,000: 2,300.00 by article 13 (see above); 2,300.01 is above the standard."""
    charge = {
        "item": "litigation",
        "lines": ["litigation.property-acceptance"],
        "on": "2026-11-24",
        "facts": {"claim_amount": 100000},
    }

    def codes(amount):
        answer = client.post("/api/v1/verdicts", json=charge | {"amount": amount})
        return [finding["code"] for finding in answer.get_json()["findings"]]

    assert codes("2300.00") == ["lawful"]
    assert codes("2300.01") == ["above_standard"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"amount": 200}, "/amount"),
        ({"amount": "1e3"}, "/amount"),
        ({"amount": "1.005"}, "/amount"),
        ({"on": "24.11.2026"}, "/on"),
        ({"item": ""}, "/item"),
        ({"region": "13"}, "/region"),
        ({"account": "12"}, "/account"),
        ({"colour": "red"}, "/colour"),
        ({"facts": []}, "/facts"),
    ],
)
def test_a_charge_that_is_not_understood_is_refused_with_its_place(client, change, place):
    charge = {"item": "诉讼费", "amount": "200.00", "on": "2026-11-24"} | change

    answer = client.post("/api/v1/verdicts", json=charge)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [place]


def test_a_region_that_is_not_open_has_no_account(client):
    answer = client.get("/api/v1/designated-account?region=130184")

    assert (answer.status_code, answer.get_json()["code"]) == (404, "region-not-open")
