"""The description of the API is valid, complete, and true under random requests."""

import contextlib
import os

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from feeledger.api.fields import AMOUNT_PATTERN
from feeledger.api.openapi import operations_missing

FUZZ = "FEELEDGER_FUZZ" in os.environ  # make fuzz
DOCUMENT = "/api/v1/openapi.json"


@pytest.fixture
def document(client):
    return client.get(DOCUMENT).get_json()


@pytest.fixture
def public_api(public_app):
    return schemathesis.openapi.from_wsgi(DOCUMENT, public_app).include(tag="public")


def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_every_route_is_described(public_app):
    assert operations_missing(public_app) == []


def test_every_operation_says_what_it_does_in_both_languages(document):
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"].isascii()
            assert not operation["description"].isascii()


def test_operations_have_ids_of_their_own(document):
    ids = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]

    assert len(ids) == len(set(ids))


def test_amounts_are_described_as_text_with_their_pattern(document):
    found = [
        (name, prop)
        for name, schema in document["components"]["schemas"].items()
        for prop, described in schema.get("properties", {}).items()
        if described.get("pattern") == AMOUNT_PATTERN
    ]

    assert ("Advice", "amount") in found
    assert ("Verdict", "amount") in found
    assert not _numbers(document["components"]["schemas"])


def test_what_banks_call_is_described_as_signed(document):
    for path, methods in document["paths"].items():
        for operation in methods.values():
            signed = operation["security"] == [{"signature": []}]
            assert signed == path.startswith("/api/v1/bank/")


def test_the_document_may_be_kept_by_its_tag(client):
    tag = client.get(DOCUMENT).headers["ETag"]

    assert client.get(DOCUMENT, headers={"If-None-Match": tag}).status_code == 304


def test_every_problem_code_can_be_looked_up(client):
    problem = client.get("/api/v1/catalog/items/nothing").get_json()

    told = client.get(problem["type"]).get_json()

    assert (told["code"], told["status"]) == (problem["code"], problem["status"])
    assert client.get("/api/v1/problems/no-such-code").status_code == 404


def test_an_estimate_takes_one_request_or_a_list(document):
    operation = document["paths"]["/api/v1/estimates"]["post"]
    one = {"$ref": "#/components/schemas/Estimate"}

    asked = operation["requestBody"]["content"]["application/json"]["schema"]
    assert asked == {"oneOf": [one, {"type": "array", "items": one}]}


def _numbers(schemas):
    """Name every property that is written as a JSON number; there is none but whole counts."""
    return [
        f"{name}.{prop}"
        for name, schema in schemas.items()
        for prop, described in schema.get("properties", {}).items()
        if described.get("type") == "number"
    ]


@pytest.mark.fuzz
def test_no_request_is_answered_in_another_way_than_described(public_api):
    """Random requests, sound and damaged, for every public operation (schemathesis)."""
    tried = 0
    for found in public_api.get_all_operations():
        operation = found.ok()
        for mode in schemathesis.GenerationMode:
            _try_operation(operation.as_strategy(generation_mode=mode))
        tried += 1

    assert tried >= 5


def _try_operation(strategy):
    @given(case=strategy)
    @settings(
        max_examples=200 if FUZZ else 20,
        deadline=None,
        derandomize=not FUZZ,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def try_case(case):
        answer = case.call()

        assert answer.status_code < 500
        case.validate_response(
            answer,
            checks=[content_type_conformance, response_schema_conformance, status_code_conformance],
        )

    with contextlib.suppress(
        Unsatisfiable
    ):  # an operation without parameters has nothing to damage
        try_case()
