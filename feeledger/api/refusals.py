"""Refusals that only a door knows: a message that HTTP itself cannot take in.

They are business errors like all others (code, title, detail), with the HTTP status beside them,
because none of the four kinds of ``errors.py`` stands for it.
"""

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
