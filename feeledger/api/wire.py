"""The banks' third face: ``wp.*`` messages, JSON in GBK, over the same rules and result codes.

A message is signed like every other call of a bank (the public code of this family shows no signature
of its own). What it says becomes the same advice, reversal or arrival that the other faces make, so
one serial has one first answer whichever face it came through. A message whose signature holds is
answered with HTTP 200 and the result in ``code``; what of it is established and what is inferred is
told in docs/wp.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from feeledger.api.actions import ReceivedMessage
from feeledger.api.bank_calls import (
    BankCall,
    found_or_refusal,
    region_of,
    settle_call,
    signed_call,
)
from feeledger.api.door import body_bytes, handle_refusals
from feeledger.api.fields import load_message
from feeledger.api.json_text import read_json
from feeledger.api.openapi import Operation, describe
from feeledger.api.refusals import BadJson, BankMessageRefused, JsonNeeded
from feeledger.api.signing import SignatureRefused
from feeledger.api.wire_flows import FLOW_METHODS
from feeledger.api.wire_messages import BILL_METHODS, PLACE, Method, Moment, read_content
from feeledger.api.wire_schemas import EnvelopeSchema, WireAnswerSchema, WireDescribedSchema
from feeledger.api.wire_statements import STATEMENT_METHODS
from feeledger.api.wire_text import answer_name, read_gbk_json, write_gbk_json
from feeledger.doors import kit
from feeledger.errors import FeeLedgerError, Text
from feeledger.payments.advice import SUCCESS
from feeledger.payments.refusal_actions import RefusedMessage, keep_refused
from feeledger.store import NATION

KIND: Final = "wp"
UNREAD: Final = "10002"
SUCCESS_WORDS: Final = "成功"
CHARSETS: Final = frozenset({"gbk", "gb2312", "gb18030"})
MEDIA_TYPE: Final = "application/json; charset=GBK"
WORDS_MOST: Final = 200
# A bank's whole day may come in one message; every other one is far smaller.
WIRE_SIZE_MAX: Final = 8 * 1024 * 1024
METHODS: Final[Mapping[str, Method]] = {**BILL_METHODS, **STATEMENT_METHODS, **FLOW_METHODS}

Found = Mapping[str, Any] | FeeLedgerError

wire = Blueprint("api_wire", __name__, url_prefix="/api/v1/bank")
handle_refusals(wire)


@dataclass(frozen=True, slots=True)
class WireMessage:
    """A message whose envelope is read."""

    name: str
    method: Method
    zone: str
    sent_at: datetime
    content: Mapping[str, Any]

    def text(self, field: str) -> str:
        """Give a field of the content where it is text, else ""."""
        value = self.content.get(field)
        return value if isinstance(value, str) else ""

    @property
    def region(self) -> str:
        """The region that the message belongs to: that of its bill, else its zone."""
        return region_of(self.content["billno"]) if "billno" in self.content else self.zone


@wire.post("/wp")
@describe(
    Operation(
        Text(
            "银行以 wp.* 报文（GBK）查询、确认、冲正、告知到账",
            "A bank queries, confirms, reverses or tells of money by a wp.* message in GBK",
        ),
        {200: WireAnswerSchema},
        body=WireDescribedSchema,
        security="signature",
        tag="bank",
    )
)
def receive_wire() -> Response:
    """Take in one ``wp.*`` message; safe to send again."""
    call = signed_call(WIRE_SIZE_MAX)
    message = found_or_refusal(read_wire)
    if isinstance(message, FeeLedgerError):
        refusal = message
        received = call.received(KIND, region=NATION, subject="")
        return wire_answer("", settle_wire(call, received, lambda _: refusal))
    read = found_or_refusal(lambda: read_content(message.method, message.content, message.zone))

    def work(session: Session) -> Found:
        if isinstance(read, FeeLedgerError):
            keep_unread(session, call, message, read)
            return read
        moment = Moment(call.bank, call.now, kit().clock.today(), message.sent_at)
        return found_or_refusal(lambda: message.method.take(session, read, moment))

    subject = message.text(message.method.subject)
    received = call.received(message.name, region=message.region, subject=subject)
    return wire_answer(message.name, settle_wire(call, received, work))


def read_wire() -> WireMessage:
    """Read the envelope of a message. Raises JsonNeeded, BadJson, BankMessageRefused."""
    if request.mimetype != "application/json":
        raise JsonNeeded(
            Text(
                f"Content-Type 为 {request.mimetype or '空'}；请用 {MEDIA_TYPE}。",
                f"The Content-Type is {request.mimetype or 'absent'}; use {MEDIA_TYPE}.",
            )
        )
    charset = request.mimetype_params.get("charset", "gbk")
    if charset.lower() not in CHARSETS:
        raise BadJson(
            Text(f"字符集 {charset[:20]}；请用 GBK。", f"The charset is {charset[:20]}; use GBK.")
        )
    told = load_message(
        EnvelopeSchema(), read_gbk_json(body_bytes(WIRE_SIZE_MAX)), refusal=BankMessageRefused
    )
    method = METHODS.get(told["method"])
    if method is None:
        raise BankMessageRefused((("/method", _unknown_method(told["method"])),))
    content = content_of(told["biz_content"])
    return WireMessage(told["method"], method, told["zone_code"], told["timestamp"], content)


def content_of(told: object) -> dict[str, Any]:
    """Give the content of a message: an object, or the text of one. Raises BankMessageRefused."""
    found = found_or_refusal(lambda: read_json(told.encode())) if isinstance(told, str) else told
    if isinstance(found, dict):
        return found
    words = Text("须为 JSON 对象，或其文本", "must be a JSON object, or the text of one")
    raise BankMessageRefused(((PLACE, words),))


def settle_wire(
    call: BankCall, received: ReceivedMessage, work: Callable[[Session], Found]
) -> Found:
    """Do the work of a message with its nonce and its bytes; give a refusal as a value.

    Raises what a signature is refused with.
    """
    found = found_or_refusal(lambda: settle_call(call, received, work))
    if isinstance(found, SignatureRefused):
        raise found
    return found


def keep_unread(
    session: Session, call: BankCall, message: WireMessage, refusal: FeeLedgerError
) -> None:
    """Record a confirmation or a reversal that breaks the specification (R-B4)."""
    if not message.method.kind:
        return
    told = {"pay_code": message.text("billno"), "trade_no": message.text("trade_no")}
    refused = RefusedMessage(
        message.region, call.bank, message.method.kind, {**message.content, **told}
    )
    keep_refused(session, refused, refusal, now=call.now)


def wire_answer(name: str, found: Found) -> Response:
    """Write an answer: the result in ``code``, its words in Chinese in ``msg``, then the fields."""
    if isinstance(found, FeeLedgerError):
        words = f"{found.title.zh}：{found.detail.zh}"[:WORDS_MOST]
        told: dict[str, Any] = {"code": str(getattr(found, "result", UNREAD)), "msg": words}
    else:
        told = {"code": SUCCESS, "msg": SUCCESS_WORDS, **found}
    response = Response(write_gbk_json({answer_name(name): told}), 200)
    response.headers["Content-Type"] = MEDIA_TYPE
    response.headers["Cache-Control"] = "no-store"
    return response


def _unknown_method(name: str) -> Text:
    taken = "、".join(METHODS)
    return Text(f"不受理 {name}；受理 {taken}", f"{name} is not taken here; taken are {taken}")
