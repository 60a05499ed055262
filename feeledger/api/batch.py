"""Up to 500 confirmations in one signed request, with a verdict each (R-B2, R-B3).

Good ones are booked although others are refused. Each verdict is what the confirmation would have
been told alone; equal serials behave as if they had been sent one after the other. A batch whose
answer was lost is sent again as a whole: what was booked gets its first answer.
"""

from typing import Any, Final

from flask import Blueprint, Response, g, request

from feeledger.api.bank import read_advice
from feeledger.api.bank_calls import (
    BankCall,
    found_or_refusal,
    region_of,
    settle_call,
    signed_call,
)
from feeledger.api.bank_schemas import (
    BATCH_MAX,
    BatchAnswerSchema,
    BatchDescribedSchema,
    BatchSchema,
)
from feeledger.api.batch_calls import KIND, Told, Verdict, take_region
from feeledger.api.door import handle_refusals, json_body, language
from feeledger.api.fields import load_message
from feeledger.api.openapi import Operation, describe
from feeledger.api.refusals import BankMessageRefused
from feeledger.errors import FeeLedgerError, Text
from feeledger.payments.advice import SUCCESS
from feeledger.problems import problem_of
from feeledger.store import NATION, canonical_json

BATCH_SIZE_MAX: Final = 1024 * 1024
REGIONS_MAX: Final = 20
TOLD_LENGTH: Final = 64

batch = Blueprint("api_batch", __name__, url_prefix="/api/v1/bank")
handle_refusals(batch)


@batch.post("/payments/batch")
@describe(
    Operation(
        Text("银行成批确认收款", "A bank confirms payments in a batch"),
        {200: BatchAnswerSchema},
        body=BatchDescribedSchema,
        security="signature",
        tag="bank",
    )
)
def receive_batch() -> Response:
    """Take in a batch; safe to send again, as a whole or in parts."""
    call = signed_call(BATCH_SIZE_MAX)
    told = found_or_refusal(read_batch)
    if isinstance(told, FeeLedgerError):
        refusal = told
        settle_call(call, call.received(KIND, region=NATION, subject=""), lambda _: refusal)
        raise refusal
    verdicts = take_batch(call, told)
    return batch_answer([verdicts[one.at] for one in told], told)


def read_batch() -> list[Told]:
    """Read the body: the confirmations one by one, each an advice or what is wrong with it.

    Raises BadJson, JsonNeeded, BankMessageRefused.
    """
    message = json_body(BATCH_SIZE_MAX)
    entries = load_message(BatchSchema(), message, refusal=BankMessageRefused)["payments"]
    if not entries:
        empty = Text(f"须有 1 至 {BATCH_MAX} 笔确认", f"holds 1 to {BATCH_MAX} confirmations")
        raise BankMessageRefused((("/payments", empty),))
    told = [_told_of(at, entry) for at, entry in enumerate(entries)]
    if len({one.region for one in told}) > REGIONS_MAX:
        many = Text(
            f"一批至多 {REGIONS_MAX} 个区划，请分批报送",
            f"speaks of at most {REGIONS_MAX} regions; send several batches",
        )
        raise BankMessageRefused((("/payments", many),))
    return told


def take_batch(call: BankCall, told: list[Told]) -> dict[int, Verdict]:
    """Take in a batch region by region and give each confirmation its verdict, by its place."""
    regions: dict[str, list[Told]] = {}
    for one in told:
        regions.setdefault(one.region, []).append(one)
    verdicts: dict[int, Verdict] = {}
    for number, (region, part) in enumerate(regions.items()):
        verdicts |= take_region(call, region, part, is_first=number == 0)
    return verdicts


def batch_answer(verdicts: list[Verdict], told: list[Told]) -> Response:
    """Write the verdicts in the order of the request; first answers stand as they were written."""
    written = [
        canonical_json(refused_document(verdict, one))
        if isinstance(verdict, FeeLedgerError)
        else verdict
        for verdict, one in zip(verdicts, told, strict=True)
    ]
    refused = sum(isinstance(verdict, FeeLedgerError) for verdict in verdicts)
    head = f'{{"accepted":{len(verdicts) - refused},"refused":{refused},"result":"{SUCCESS}"'
    response = Response(
        f'{head},"verdicts":[{",".join(written)}]}}', 200, mimetype="application/json"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def refused_document(refusal: FeeLedgerError, one: Told) -> dict[str, Any]:
    """Say why a confirmation was refused: the problem it would have been told alone."""
    problem = problem_of(
        refusal,
        language=language(),
        instance=request.path,
        request_id=g.get("request_id", ""),
    )
    names = ("result", "status", "code", "title", "detail", "facts", "errors")
    serial = one.told.get("trade_no")
    shown = serial if isinstance(serial, str) else ""
    return {name: problem[name] for name in names if name in problem} | {
        "trade_no": "".join(sign for sign in shown if sign.isprintable())[:TOLD_LENGTH]
    }


def _told_of(at: int, entry: object) -> Told:
    """Read one confirmation; faults are named by its place in the batch and its field."""
    told = entry if isinstance(entry, dict) else {}
    region = region_of(told.get("pay_code"))
    read = found_or_refusal(lambda: read_advice(entry))
    if isinstance(read, BankMessageRefused):
        read = BankMessageRefused(
            tuple((f"/payments/{at}{place}", text) for place, text in read.errors)
        )
    return Told(at, region, told, read)
