"""Reports of direct collection over HTTP: who charged, for what, how much, when and how.

The answer says what our own records show about it; a signal is not a finding, a person decides.
"""

from typing import Any, Final

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from feeledger.api.door import (
    count_public_call,
    handle_refusals,
    json_body,
    language,
)
from feeledger.api.fields import load_message
from feeledger.api.json_text import write_json
from feeledger.api.once_actions import FirstAnswer, act_once, keyed_call
from feeledger.api.openapi import Operation, describe
from feeledger.api.record_schemas import ReportAnswerSchema, ReportSchema
from feeledger.callers.actions import REPORTS
from feeledger.catalog.plan import plan_of
from feeledger.catalog.queries import edition_in_use
from feeledger.doors import kit, working_days
from feeledger.errors import Text
from feeledger.files import Upload
from feeledger.supervision.actions import Reported, report_collection
from feeledger.supervision.report import Told
from feeledger.supervision.states import Clock

# Files travel as base64, a third longer than they are; the door takes 8 MiB in all.
REPORT_SIZE_MAX: Final = 8 * 1024 * 1024

reports = Blueprint("api_reports", __name__, url_prefix="/api/v1")
handle_refusals(reports)


@reports.post("/reports")
@describe(
    Operation(
        Text("举报直接收费", "Report a direct collection"),
        {201: ReportAnswerSchema},
        errors=(404, 429),
        body=ReportSchema,
        is_keyed=True,
    )
)
def take_report() -> Response:
    """Take a report and say what it led to; with an Idempotency-Key it is safe to send again."""
    count_public_call()
    message = json_body(REPORT_SIZE_MAX)
    asked = load_message(ReportSchema(), message)
    call = keyed_call(asked["region"], "report", message)
    count_public_call(REPORTS)
    told, region, here = told_of(asked), asked["region"], kit()

    def act(session: Session) -> FirstAnswer:
        reported = report_collection(
            session,
            told,
            region=region,
            plan=plan_of(edition_in_use(session)),
            today=here.clock.today(),
            now=here.clock.now(),
            clock=Clock(working_days()),
        )
        document = reported_document(reported, region, language())
        return FirstAnswer(201, language(), write_json(document).decode())

    return act_once(here.store, call, act, now=here.clock.now()).response()


def told_of(asked: dict[str, Any]) -> Told:
    """Turn a message into what supervision takes."""
    values = {name: value for name, value in asked.items() if name not in ("region", "files")}
    files = tuple(Upload(name=file["name"], content=file["content"]) for file in asked["files"])
    return Told(channel="api", files=files, **values)


def reported_document(reported: Reported, region: str, spoken: str) -> dict[str, Any]:
    """Say what a report led to; numbers are text, because they are longer than JSON's own."""
    return {
        "region": region,
        "report": str(reported.report),
        "case": None if reported.case is None else str(reported.case),
        "opened": reported.opened,
        "signals": [
            {
                "code": signal.code,
                "level": signal.level,
                "explanation": signal.explanation.to(spoken),
            }
            for signal in reported.signals
        ],
    }
