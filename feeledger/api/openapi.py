"""The description of the API (OpenAPI 3.1), made from the views themselves.

A view carries an ``Operation`` beside it (``@describe``); the document is put together once from
the routes under ``/api/v1``. A route without an operation is a fault that the tests find.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from marshmallow import Schema, fields

from feeledger.api.door import PREFIX
from feeledger.api.fields import (
    AMOUNT_PATTERN,
    DAY_PATTERN,
    INSTANT_PATTERN,
    Base64Field,
    ChoiceField,
    CodeField,
    CountField,
    DayField,
    FlagField,
    InstantField,
    MoneyField,
    ObjectField,
    WordsField,
)
from feeledger.api.once_actions import HEADER, KEY_PATTERN
from feeledger.api.schemas import ProblemSchema
from feeledger.errors import Text
from feeledger.problems import MEDIA_TYPE

VERSION: Final = "1.0.0"
TITLE: Final = "feeledger 一口收费 API"
DESCRIPTION: Final = (
    "涉企收费目录、应缴测算、收费核对、缴款（银行接口）。金额一律为元的文本，两位小数。\n\n"
    "The fee catalog, estimates, verdicts, and payment by banks. Amounts are text in yuan. "
    "Errors are problem documents (RFC 9457) with a stable `code`; see docs/problems.md. "
    "Banks sign by RFC 9421; see docs/bank-api.md."
)
SECURITY: Final[dict[str, dict[str, str]]] = {
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "Signature",
        "description": "RFC 9421, label sig1, with Signature-Input and Content-Digest; "
        "see docs/bank-api.md",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "feeledger_session",
        "description": "An officer's session, from the sign-in page",
    },
}
STATUS_NAMES: Final = {
    400: "The request is not sound JSON or HTTP",
    401: "Not signed, wrongly signed, or not signed in",
    403: "The caller may not do this",
    404: "What was asked for does not exist",
    405: "The address does not take this method",
    409: "The state of things forbids it",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "The message breaks a rule; `errors` names every place",
    429: "Too many calls; see Retry-After",
    500: "A mistake of ours; the request_id finds it",
    503: "Not ready; see Retry-After",
}
BODY_STATUSES: Final = (400, 413, 415, 422)

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Operation:
    """What the document says of one view.

    ``is_keyed``: an ``Idempotency-Key`` makes the call safe to send again.
    With ``refused_one`` the body may also be a list of messages: then the answer is a list too, in
    which that schema stands for a message that was refused.
    """

    summary: Text
    answers: Mapping[int, type[Schema]]
    errors: tuple[int, ...] = ()
    path: Mapping[str, str] = field(default_factory=dict)
    query: type[Schema] | None = None
    body: type[Schema] | None = None
    security: Literal["signature", "session", ""] = ""
    tag: str = "public"
    refused_one: type[Schema] | None = None
    is_keyed: bool = False


def describe(operation: Operation) -> Callable[[View], View]:
    """Lay an operation beside a view; the view itself is not touched."""

    def lay_beside(view: View) -> View:
        view.operation = operation  # type: ignore[attr-defined]  # functions carry attributes
        return view

    return lay_beside


def build_document(app: Flask) -> dict[str, Any]:
    """Put the OpenAPI document together from the application's routes."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name_of_schema)
    spec = APISpec(
        title=TITLE,
        version=VERSION,
        openapi_version="3.1.0",
        info={"description": DESCRIPTION},
        plugins=[plugin],
        tags=[{"name": each} for each in ("public", "bank", "console", "operation")],
    )
    _map_fields(plugin)
    for name, scheme in SECURITY.items():
        spec.components.security_scheme(name, dict(scheme))
    for status, words in STATUS_NAMES.items():
        spec.components.response(
            f"Problem{status}",
            {"description": words, "content": {MEDIA_TYPE: {"schema": ProblemSchema}}},
        )
    for path, method, name, operation in _operations(app):
        spec.path(path=path, operations={method: _operation_document(name, operation)})
    return spec.to_dict()


def operations_missing(app: Flask) -> list[str]:
    """Name the routes of the API that carry no operation."""
    return [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX) and _operation_of(app, rule.endpoint) is None
    ]


def _operations(app: Flask) -> list[tuple[str, str, str, Operation]]:
    found = []
    for rule in app.url_map.iter_rules():
        operation = _operation_of(app, rule.endpoint)
        if operation is not None and rule.rule.startswith(PREFIX):
            path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
            name = rule.endpoint.split(".")[-1]
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            found += [(path, method.lower(), name, operation) for method in methods]
    return sorted(found, key=lambda one: one[:2])


def _operation_of(app: Flask, endpoint: str) -> Operation | None:
    operation = getattr(app.view_functions[endpoint], "operation", None)
    return operation if isinstance(operation, Operation) else None


def _operation_document(name: str, operation: Operation) -> dict[str, Any]:
    document: dict[str, Any] = {
        "operationId": name,
        "summary": operation.summary.en,
        "description": operation.summary.zh,
        "tags": [operation.tag],
        "parameters": _parameters(operation),
        "responses": _responses(operation),
        "security": [{operation.security: []}] if operation.security else [],
    }
    if operation.body is not None:
        body: Any = operation.body
        if operation.refused_one is not None:
            body = {"oneOf": [body, {"type": "array", "items": body}]}
        content = {"application/json": {"schema": body}}
        document["requestBody"] = {"required": True, "content": content}
    return document


def _parameters(operation: Operation) -> list[Any]:
    parameters: list[Any] = [
        {
            "in": "path",
            "name": name,
            "required": True,
            "schema": {"type": "string", "pattern": pattern},
        }
        for name, pattern in operation.path.items()
    ]
    if operation.is_keyed:
        parameters.append(
            {
                "in": "header",
                "name": HEADER,
                "required": False,
                "description": "The same message with the same key gets the first answer, for ever",
                "schema": {"type": "string", "pattern": KEY_PATTERN},
            }
        )
    if operation.query is not None:
        parameters.append({"in": "query", "schema": operation.query})
    return parameters


def _responses(operation: Operation) -> dict[str, Any]:
    responses: dict[str, Any] = {
        str(status): {
            "description": "OK" if status == 200 else "Done",  # noqa: PLR2004
            "content": {"application/json": {"schema": _answer_schema(operation, schema)}},
        }
        for status, schema in operation.answers.items()
    }
    statuses = {*operation.errors, 500, *(BODY_STATUSES if operation.body else ())}
    statuses |= {401} if operation.security else set()
    statuses |= {422} if operation.query else set()
    responses |= {str(status): f"Problem{status}" for status in sorted(statuses)}
    return responses


def _answer_schema(operation: Operation, schema: type[Schema]) -> Any:
    """Describe an answer: alone, or also as a list in which refused messages stand too."""
    if operation.refused_one is None:
        return schema
    each = {"oneOf": [schema, operation.refused_one]}
    return {"oneOf": [schema, {"type": "array", "items": each}]}


def _name_of_schema(schema: type[Schema] | Schema | str) -> str:
    found = (
        schema
        if isinstance(schema, str)
        else (schema.__name__ if isinstance(schema, type) else type(schema).__name__)
    )
    return found.removesuffix("Schema")


def _map_fields(plugin: Any) -> None:
    """Say how the door's own fields are written: everything but counts is text."""
    for kind in (CodeField, WordsField, ChoiceField, MoneyField, DayField, InstantField):
        plugin.map_to_openapi_type(kind, "string", None)
    plugin.map_to_openapi_type(CountField, "integer", None)
    plugin.map_to_openapi_type(Base64Field, "string", "byte")
    plugin.map_to_openapi_type(FlagField, "boolean", None)
    plugin.map_to_openapi_type(ObjectField, "object", None)
    patterns = {
        MoneyField: AMOUNT_PATTERN,
        DayField: DAY_PATTERN,
        InstantField: INSTANT_PATTERN,
    }

    def add_pattern(self: Any, one: fields.Field[Any], **kwargs: Any) -> dict[str, Any]:
        del self, kwargs
        pattern = patterns.get(type(one))
        return {} if pattern is None else {"pattern": pattern}

    plugin.converter.add_attribute_function(add_pattern)
