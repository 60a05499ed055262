"""Reports of direct collection over HTTP: who charged, for what, how much, when and how.

The answer says what our own records show about it; a signal is not a finding, a person decides.
"""

from typing import Any, Final

from flask import Blueprint, Response

from feeledger.api.door import (
    count_public_call,
    handle_refusals,
    json_body,
    language,
    spoken_answer,
)
from feeledger.api.fields import load_message
from feeledger.api.openapi import Operation, describe
from feeledger.api.record_schemas import ReportAnswerSchema, ReportSchema
from feeledger.callers.actions import REPORTS
from feeledger.catalog.plan import plan_of
from feeledger.catalog.queries import edition_in_use
from feeledger.doors import kit, working_days
from feeledger.errors import Text
from feeledger.supervision.actions import Reported, report_collection
from feeledger.supervision.files import Upload
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
    )
)
def take_report() -> Response:
    """Take a report and say what it led to."""
    count_public_call()
    asked = load_message(ReportSchema(), json_body(REPORT_SIZE_MAX))
    count_public_call(REPORTS)
    told, region, here = told_of(asked), asked["region"], kit()
    with here.store.write() as session:
        reported = report_collection(
            session,
            told,
            region=region,
            plan=plan_of(edition_in_use(session)),
            today=here.clock.today(),
            now=here.clock.now(),
            clock=Clock(working_days()),
        )
    response = spoken_answer(reported_document(reported, region, language()))
    response.status_code = 201
    return response


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
