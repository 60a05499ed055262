"""A business error as a problem document (RFC 9457) and its status; knows no web framework.

The document says the same thing in every door: type, title, status, detail, instance, and beside
them code, facts, request_id; ``result`` where a bank asked; ``errors`` where the error
found several faults at once. The language is chosen by the caller.
"""

from feeledger.errors import Conflict, Fault, FeeLedgerError, Invalid, Missing, Refused, Text

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "/api/v1/problems/"
STATUS_BY_KIND: tuple[tuple[type[FeeLedgerError], int], ...] = (
    (Missing, 404),
    (Conflict, 409),
    (Invalid, 422),
    (Refused, 403),
)
TITLE_OF_OUR_MISTAKE = Text("系统内部错误", "Something went wrong on our side")
DETAIL_OF_OUR_MISTAKE = Text(
    "原因在本系统，请求是否已经办成不能确定：请先查看结果，再决定是否重发。请记下 request_id 并联系财政部门。",
    "The fault is ours, and whether the request was carried out is not certain: look before you send it "
    "again. Note the request_id and call the bureau.",
)


def status_of(error: FeeLedgerError | type[FeeLedgerError]) -> int:
    """Give the HTTP status: a door's refusal carries its own, else the kind decides."""
    own = getattr(error, "status", None)
    if isinstance(own, int):
        return own
    kind = error if isinstance(error, type) else type(error)
    return next((status for base, status in STATUS_BY_KIND if issubclass(kind, base)), 400)


def problem_of(
    error: FeeLedgerError, *, language: str, instance: str, request_id: str
) -> dict[str, object]:
    """Write an error as a problem document; ``instance`` is the path that was asked."""
    document: dict[str, object] = {
        "type": TYPE_PREFIX + error.code,
        "title": error.title.to(language),
        "status": status_of(error),
        "detail": error.detail.to(language),
        "instance": instance,
        "code": error.code,
        "facts": {name: _plain(value) for name, value in error.facts.items()},
        "request_id": request_id,
    }
    result = getattr(error, "result", None)
    if result is not None:
        document["result"] = result
    errors = _errors_of(error, language)
    if errors:
        document["errors"] = errors
    return document


def known_problems() -> dict[str, type[FeeLedgerError]]:
    """Give every kind of problem that the running program can raise, by its code."""
    found: dict[str, type[FeeLedgerError]] = {}
    waiting: list[type[FeeLedgerError]] = [FeeLedgerError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if "code" in vars(kind) and kind is not FeeLedgerError:
            found[kind.code] = kind
    return found


def problem_of_our_own(*, language: str, instance: str, request_id: str) -> dict[str, object]:
    """Write the document of a mistake of ours: the request's id and nothing of the inside."""
    return {
        "type": "about:blank",
        "title": TITLE_OF_OUR_MISTAKE.to(language),
        "status": 500,
        "detail": DETAIL_OF_OUR_MISTAKE.to(language),
        "instance": instance,
        "code": "internal",
        "facts": {},
        "request_id": request_id,
    }


def _errors_of(error: FeeLedgerError, language: str) -> list[dict[str, object]]:
    """List the single faults of an error that found several (``errors`` or ``faults``)."""
    found = getattr(error, "errors", None) or getattr(error, "faults", None) or ()
    return [_error_document(one, language) for one in found]


def _error_document(one: object, language: str) -> dict[str, object]:
    if isinstance(one, Fault):
        return {
            "code": one.code,
            "file": one.file,
            "line": one.line,
            "path": one.path,
            "detail": one.to(language),
        }
    if isinstance(one, tuple):
        pointer, text = one
        return {"pointer": pointer, "detail": text.to(language)}
    names = ("code", "field", "value", "detail")
    return {name: _plain(getattr(one, name), language) for name in names if hasattr(one, name)}


def _plain(value: object, language: str = "zh") -> object:
    """Give a value that JSON can carry; anything but text, whole numbers and lists as its text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Text):
        return value.to(language)
    if isinstance(value, list | tuple):
        return [_plain(part, language) for part in value]
    return str(value)
