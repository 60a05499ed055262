"""What the API says about itself: its OpenAPI document, and what each problem code means."""

import hashlib
from typing import Final

from flask import Blueprint, Response, current_app, request

from feeledger.api.door import answer, handle_refusals
from feeledger.api.json_text import write_json
from feeledger.api.openapi import Operation, build_document, describe
from feeledger.api.schemas import DocumentSchema, ProblemKindSchema
from feeledger.errors import Missing, Text
from feeledger.problems import known_problems, status_of

DOCUMENT_KEY: Final = "feeledger.openapi"
CODE_PATTERN: Final = r"^[a-z0-9-]{1,60}$"

description = Blueprint("api_description", __name__, url_prefix="/api/v1")
handle_refusals(description)


class ProblemUnknown(Missing):
    """No problem has that code."""

    code = "problem-unknown"
    title = Text("没有这个错误码", "No such problem code")


@description.get("/openapi.json")
@describe(Operation(Text("接口描述", "The description of this API"), {200: DocumentSchema}))
def show_openapi() -> Response:
    """Give the OpenAPI document, made once per process."""
    known = current_app.extensions
    if DOCUMENT_KEY not in known:
        known[DOCUMENT_KEY] = write_json(build_document(current_app))
    body: bytes = known[DOCUMENT_KEY]
    response = Response(body, mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.make_conditional(request)
    return response


@description.get("/problems/<code>")
@describe(
    Operation(
        Text("错误码的含义", "What a problem code means"),
        {200: ProblemKindSchema},
        errors=(404,),
        path={"code": CODE_PATTERN},
    )
)
def show_problem(code: str) -> Response:
    """Say what a problem code means; raises ProblemUnknown."""
    kind = known_problems().get(code)
    if kind is None:
        raise ProblemUnknown(
            Text(
                f"没有错误码 {code[:60]}；全部列于 docs/problems.md。",
                f"There is no problem {code[:60]}; all of them are in docs/problems.md.",
            )
        )
    return answer(
        {
            "code": kind.code,
            "status": status_of(kind),
            "title": {"zh": kind.title.zh, "en": kind.title.en},
        }
    )
