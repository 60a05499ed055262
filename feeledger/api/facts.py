"""Facts over HTTP, from an officer who is signed in: taken whole, or refused with every fault.

The same rules as for files: a department says for itself only, what was said before changes nothing.
"""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, Response
from marshmallow import Schema, fields

from feeledger.api.door import answer, handle_refusals, json_body
from feeledger.api.fields import (
    ChoiceField,
    CodeField,
    DayField,
    ListField,
    MessageSchema,
    ObjectField,
    WordsField,
    load_message,
)
from feeledger.api.openapi import Operation, describe
from feeledger.api.refusals import MessageRefused
from feeledger.catalog.queries import edition_in_use
from feeledger.doors import kit, officer_here, sign_in_needed
from feeledger.errors import Fault, FileRefused, Text
from feeledger.intake.batches import check_file, look_at_file, take_file
from feeledger.intake.headings import DOCUMENT, OWN, SINCE, UNTIL, USCC
from feeledger.intake.offer import Offer, Sheet
from feeledger.intake.tables import FactIntakeRow
from feeledger.people.queries import Officer
from feeledger.people.roles import Right, Role

ROWS_MAX: Final = 500
SIZE_MAX: Final = 4 * 1024 * 1024
NAME: Final = "api"
UNIT_PATTERN: Final = r"^[0-9A-Za-z._-]{1,40}$"

facts = Blueprint("api_facts", __name__, url_prefix="/api/v1")
handle_refusals(facts)


class FactRowSchema(MessageSchema):
    """What is true of one enterprise: facts by name, and the days if they are not the message's."""

    uscc = WordsField(most=40, required=True)
    facts = ObjectField(required=True)
    valid_from = DayField(allow_none=True, load_default=None)
    valid_until = DayField(allow_none=True, load_default=None)
    document = WordsField(least=0, most=200, load_default="")


class FactsSchema(MessageSchema):
    """Facts of up to 500 enterprises; the last day is inclusive."""

    source = ChoiceField("department", "enterprise", "bureau", load_default="department")
    unit = CodeField(
        UNIT_PATTERN,
        means=Text("执收单位代码", "the code of a unit"),
        allow_none=True,
        load_default=None,
    )
    valid_from = DayField(allow_none=True, load_default=None)
    valid_until = DayField(allow_none=True, load_default=None)
    document = WordsField(least=0, most=200, load_default="")
    rows = ListField(fields.Nested(FactRowSchema), most=ROWS_MAX, required=True)


class FactsAnswerSchema(Schema):
    """What the facts came to; ``again`` where the same message was taken before."""

    intake = fields.String(required=True)
    enterprises = fields.Integer(required=True)
    facts = fields.Integer(required=True)
    new = fields.Integer(required=True)
    known = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    disputed = fields.Integer(required=True)
    again = fields.Boolean(required=True)


@facts.post("/facts")
@describe(
    Operation(
        Text(
            "报送企业情况（须登录）", "Tell facts of enterprises, for an officer who is signed in"
        ),
        {200: FactsAnswerSchema},
        errors=(403,),
        body=FactsSchema,
        security="session",
        tag="console",
    )
)
def take_facts_told() -> Response:
    """Take facts in, whole; raises SignInNeeded, NotYourRight, or MessageRefused with all faults."""
    officer = officer_here()
    if officer is None:
        raise sign_in_needed()
    officer.require(Right.SUBMIT_FACTS)
    asked = load_message(FactsSchema(), json_body(SIZE_MAX))
    offer = _offer_of(asked, officer)
    return answer(_taken(asked["rows"], offer, officer))


def _taken(rows: list[dict[str, Any]], offer: Offer, officer: Officer) -> dict[str, Any]:
    here = kit()
    with here.store.read() as session:
        catalog = edition_in_use(session)
    names = list(dict.fromkeys(name for row in rows for name in row["facts"]))
    sheet = Sheet(catalog, io.BytesIO(_lines_of(rows, names)))
    by, now, region = officer.login, here.clock.now(), officer.region
    looked = look_at_file(here.store, region, sheet, offer, now=now)
    if looked.faults:
        raise MessageRefused(tuple(_pointed(fault) for fault in looked.faults))
    row = check_file(here.store, region, sheet, offer, looked, by=by, now=now)
    again = row.state == "taken"
    try:
        row = take_file(here.store, region, row.id, sheet, by=by, now=now)
    except FileRefused as refused:
        raise MessageRefused(tuple(_pointed(fault) for fault in refused.faults)) from refused
    return _document(row) | {"again": again}


def _document(row: FactIntakeRow) -> dict[str, Any]:
    return {
        "intake": str(row.id),
        "enterprises": row.enterprises,
        "facts": row.told,
        "new": row.new,
        "known": row.known,
        "changed": row.changed,
        "disputed": row.disputed,
    }


def _offer_of(asked: dict[str, Any], officer: Officer) -> Offer:
    """Say who says so: a department's officer speaks for the own unit only."""
    source, unit = asked["source"], asked["unit"]
    if officer.role is Role.DEPARTMENT:
        source, unit = "department", officer.unit_code
    elif (source == "department") != (unit is not None):
        fault = Text(
            "来源为 department 时须写明单位，其他来源不写",
            "name the unit where the source is department, and only there",
        )
        raise MessageRefused((("/unit", fault),))
    last: date | None = asked["valid_until"]
    after = None if last is None or last == date.max else last + timedelta(days=1)
    return Offer(NAME, source, unit, asked["document"], asked["valid_from"], after)


def _lines_of(rows: list[dict[str, Any]], names: list[str]) -> bytes:
    """Write the message as the lines of a file, so that files and messages obey one reader."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([USCC, SINCE, UNTIL, DOCUMENT, *names])
    for row in rows:
        days = [_cell(row["valid_from"]), _cell(row["valid_until"])]
        told = [_cell(row["facts"].get(name)) for name in names]
        writer.writerow([row["uscc"], *days, row["document"], *told])
    return text.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _pointed(fault: Fault) -> tuple[str, Text]:
    """Say where in the message a fault of a line stands; line 1 holds the names of facts."""
    own = {
        OWN[USCC].zh: "uscc",
        OWN[SINCE].zh: SINCE,
        OWN[UNTIL].zh: UNTIL,
        OWN[DOCUMENT].zh: DOCUMENT,
    }
    part = own.get(fault.path) or (f"facts/{fault.path}" if fault.path else "")
    place = f"/rows/{fault.line - 2}" if fault.line > 1 else "/rows"
    return f"{place}/{part}".rstrip("/"), Text(
        f"{fault.problem.zh}；{fault.remedy.zh}", f"{fault.problem.en}; {fault.remedy.en}"
    )
