"""Refusals that only a door knows: a message that HTTP itself cannot take in.

They are business errors like all others (code, title, detail), with the HTTP status beside them,
because none of the four kinds of ``errors.py`` stands for it.
"""

from collections.abc import Mapping
from typing import Final

from feeledger.errors import FeeLedgerError, Invalid, Text


class DoorRefused(FeeLedgerError):
    """The message does not pass the door; ``status`` is its HTTP status."""

    status: int = 400


class BadJson(DoorRefused):
    """The body is not the JSON it claims to be."""

    code = "bad-json"
    title = Text("报文不是有效的 JSON", "The body is not valid JSON")


class JsonNeeded(DoorRefused):
    """The body is of another media type."""

    code = "json-needed"
    title = Text("须以 JSON 提交", "The body must be JSON")
    status = 415


class BodyTooLarge(DoorRefused):
    """The body is longer than the door takes in."""

    code = "body-too-large"
    title = Text("报文过大", "The body is too large")
    status = 413


class AddressUnknown(DoorRefused):
    """No resource stands at this address."""

    code = "address-unknown"
    title = Text("没有这个地址", "No such address")
    status = 404


class WrongMethod(DoorRefused):
    """The resource does not take this method."""

    code = "method-not-allowed"
    title = Text("该地址不接受此方法", "The address does not take this method")
    status = 405


class OutcomeUnknown(DoorRefused):
    """The database was lost while it worked: what was asked may have been done, or not."""

    code = "outcome-unknown"
    title = Text("结果不明", "The outcome is unknown")
    status = 503


class NotReady(DoorRefused):
    """The service cannot work now: its database is away, or of another schema."""

    code = "not-ready"
    title = Text("服务未就绪", "The service is not ready")
    status = 503


class HttpRefused(DoorRefused):
    """Any other fault of the request that HTTP itself has a status for."""

    code = "request-refused"
    title = Text("请求不符合 HTTP 规则", "The request breaks a rule of HTTP")


class MessageRefused(Invalid):
    """The message breaks its schema; ``errors`` names every place and what is wrong there."""

    code = "message-refused"
    title = Text("报文不符合规范", "The message breaks the specification")

    def __init__(self, errors: tuple[tuple[str, Text], ...]) -> None:
        """Keep every fault as (JSON pointer, what is wrong there)."""
        super().__init__(
            Text(
                "；".join(f"{place or '/'}：{text.zh}" for place, text in errors),
                "; ".join(f"{place or '/'}: {text.en}" for place, text in errors),
            )
        )
        self.errors = errors


class BankMessageRefused(MessageRefused):
    """A bank's message breaks its schema: result 10002."""

    code = "bank-message-refused"
    result = "10002"


# What a refusal of the door is to a bank, by its HTTP status: what frames answer in the same case
# (R-B6: not well formed or too long, 10002). A signature that does not hold has none: who called is
# not known, and 99999 would read as a serial used for other content, which is not to be sent again.
# Nor has an outcome that is unknown (5xx): the bank asks.
RESULT_BY_STATUS: Final[Mapping[int, str]] = {
    400: "10002",
    413: "10002",
    415: "10002",
}


def result_for_bank(error: FeeLedgerError) -> str | None:
    """Give the result of table C that a refusal is to a bank; None where there is none."""
    own = getattr(error, "result", None)
    if own is None and isinstance(error, DoorRefused):
        return RESULT_BY_STATUS.get(error.status)
    return None if own is None else str(own)
