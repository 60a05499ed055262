"""What every view of the machines' door shares: answers, bodies, queries, the one error handler.

Errors are problem documents everywhere under ``/api/``: business errors by their kind, HTTP's own by
``refusals.py``, ours logged once with a request id and answered with nothing else. Views hold no
``try``.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from flask import Blueprint, Flask, Response, g, request
from marshmallow import Schema
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge
from werkzeug.routing import RequestRedirect

from feeledger.api.actions import prune_seldom
from feeledger.api.fields import load_message
from feeledger.api.json_text import read_json, write_json
from feeledger.api.refusals import (
    AddressUnknown,
    BodyTooLarge,
    HttpRefused,
    JsonNeeded,
    MessageRefused,
    OutcomeUnknown,
    WrongMethod,
    result_for_bank,
)
from feeledger.api.signing import ACCEPT_SIGNATURE, SignatureRefused
from feeledger.callers.actions import QUESTIONS, CallLimit, count_call
from feeledger.doors import kit
from feeledger.errors import FeeLedgerError, Language, Text
from feeledger.problems import MEDIA_TYPE, problem_of, problem_of_our_own, status_of

API_ROOT = "/api/"
PREFIX = "/api/v1"
BANK_ROOT = "/api/v1/bank/"
BODY_SIZE_MAX = 256 * 1024
RETRY_SECONDS = 5

log = structlog.get_logger()


def answer(
    document: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with a JSON document; nobody keeps a copy unless the headers say so."""
    response = Response(write_json(document), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers or {})
    return response


def spoken_answer(document: object) -> Response:
    """Answer with a document that holds texts in the caller's language."""
    return answer(document, headers=_spoken())


def _spoken() -> dict[str, str]:
    return {"Content-Language": language(), "Vary": "Accept-Language"}


def language() -> Language:
    """Give the language the caller asked for (Accept-Language); Chinese unless English is better."""
    best = request.accept_languages.best_match(["zh", "zh-CN", "en"], default="zh")
    return "en" if best == "en" else "zh"


def body_bytes(size_max: int = BODY_SIZE_MAX) -> bytes:
    """Give the body as it came; raises what becomes BodyTooLarge beyond ``size_max`` bytes."""
    # A stream of unsaid length (chunked) is cut at the limit, not refused: let one byte more in.
    request.max_content_length = size_max + (request.content_length is None)
    body = request.get_data()
    request.max_content_length = size_max
    if len(body) > size_max:
        raise RequestEntityTooLarge
    return body


def json_body(size_max: int = BODY_SIZE_MAX) -> Any:
    """Read the body as one JSON value.

    Raises JsonNeeded, BodyTooLarge or BadJson.
    """
    demand_json()
    return read_json(body_bytes(size_max))


def demand_json() -> None:
    """Demand that the body calls itself JSON. Raises JsonNeeded."""
    if request.mimetype != "application/json":
        raise JsonNeeded(
            Text(
                f"Content-Type 为 {request.mimetype or '空'}；请用 application/json。",
                f"The Content-Type is {request.mimetype or 'absent'}; use application/json.",
            )
        )


def read_query(schema: Schema, *, refusal: type[MessageRefused] = MessageRefused) -> Any:
    """Read the query string by a schema; a name given twice is refused, as all other faults are."""
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        fault = Text("出现多次；请只给一次", "stands more than once; give it once")
        raise refusal(tuple((f"/{name}", fault) for name in twice))
    return load_message(schema, request.args.to_dict(), refusal=refusal)


def count_public_call(limit: CallLimit = QUESTIONS) -> None:
    """Count a call of the caller's address.

    Raises TooManyRequests.
    """
    here = kit()
    with here.store.write() as session:
        count_call(
            session,
            request.remote_addr or "",
            limit,
            secret=here.settings.secret_key,
            now=here.clock.wall(),
        )
        prune_seldom(session, now=here.clock.wall())


def handle_refusals(blueprint: Blueprint) -> None:
    """Give a blueprint the door's error handlers."""
    blueprint.register_error_handler(FeeLedgerError, problem_answer)
    blueprint.register_error_handler(HTTPException, _answer_of_http)
    blueprint.register_error_handler(DBAPIError, _answer_of_the_database)
    blueprint.register_error_handler(Exception, _answer_of_our_own)


def handle_lost_addresses(app: Flask, *, root: str) -> None:
    """Answer addresses and methods under ``root`` that no route takes, as problems too."""

    @app.before_request
    def answer_lost_address() -> Response | None:
        fault = request.routing_exception
        if not request.path.startswith(root) or not isinstance(fault, HTTPException):
            return None
        return None if isinstance(fault, RequestRedirect) else _answer_of_http(fault)


def problem_answer(error: FeeLedgerError) -> Response:
    """Answer a refusal with its problem document."""
    status = status_of(error)
    document = problem_of(
        error, language=language(), instance=request.path, request_id=g.get("request_id", "")
    )
    result = result_for_bank(error) if request.path.startswith(BANK_ROOT) else None
    if result is not None:
        document["result"] = result
    response = Response(write_json(document), status, mimetype=MEDIA_TYPE)
    response.headers.update(_spoken() | {"Cache-Control": "no-store"})
    if "retry_after" in error.facts:
        response.headers["Retry-After"] = str(error.facts["retry_after"])
    if isinstance(error, SignatureRefused):
        log.warning(
            "signature refused",
            code=error.code,
            keyid=error.key_id,
            part=error.part,
            reason=error.reason,
        )
        response.headers["Accept-Signature"] = ACCEPT_SIGNATURE
        response.headers["WWW-Authenticate"] = 'Signature realm="feeledger"'
    return response


def _answer_of_http(error: HTTPException) -> Response:
    """Answer what the framework refused; its own headers (Allow) are kept."""
    response = problem_answer(_refusal_of(error))
    for name, value in error.get_headers(request.environ):
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response


def _refusal_of(error: HTTPException) -> FeeLedgerError:
    path = request.path
    if isinstance(error, NotFound):
        return AddressUnknown(Text(f"没有地址 {path}。", f"There is no {path} here."))
    if isinstance(error, MethodNotAllowed):
        able = ", ".join(sorted(error.valid_methods or ()))
        return WrongMethod(Text(f"{path} 只接受 {able}。", f"{path} takes {able} only."))
    if isinstance(error, RequestEntityTooLarge):
        size = request.max_content_length
        return BodyTooLarge(Text(f"至多 {size} 字节。", f"At most {size} bytes."))
    refusal = HttpRefused(
        Text("请求不完整或不合规则。", f"{error.name}: {error.description or ''}".strip())
    )
    refusal.status = error.code or 400
    return refusal


def _answer_of_the_database(error: DBAPIError) -> Response:
    """Say that the database was lost: whether it kept what was asked, nobody knows."""
    if not isinstance(error, OperationalError) and not error.connection_invalidated:
        return _answer_of_our_own(error)
    log.error("database lost", exc_info=error)
    return problem_answer(
        OutcomeUnknown(
            Text(
                "数据库连接中断，本次请求是否已经办成不能确定。请先查询；"
                "再次发送须重新签名，已办成的得到首次应答。",
                "The database was lost; whether the request was carried out is unknown. Ask first. Sent "
                "again, signed afresh, what was carried out gets its first answer.",
            ),
            retry_after=RETRY_SECONDS,
        )
    )


def _answer_of_our_own(error: Exception) -> Response:
    """Log our own mistake once; tell the caller its id and nothing more."""
    log.error("request failed", exc_info=error)
    document = problem_of_our_own(
        language=language(), instance=request.path, request_id=g.get("request_id", "")
    )
    return Response(write_json(document), 500, mimetype=MEDIA_TYPE)
