"""JSON in GBK, as the ``wp.*`` messages write it, and the envelope around them.

A message is an object of zone_code, method, timestamp, bankindex and biz_content; its answer is one
object named after the method. What GBK has not is written as an escape of JSON.
"""

import json
from typing import Any, Final

from feeledger.api.json_text import read_json
from feeledger.api.refusals import BadJson
from feeledger.errors import Text

ANSWER_END: Final = "_response"
LOST_METHOD: Final = "error"
ENCODING: Final = "gbk"


def read_gbk_json(body: bytes) -> Any:
    """Read one JSON value written in GBK. Raises BadJson."""
    try:
        text = body.decode(ENCODING)
    except UnicodeDecodeError as fault:
        raise BadJson(
            Text(
                f"第 {fault.start} 字节起不是 GBK。报文须用 GBK 编码。",
                f"Byte {fault.start} is not GBK. Send the body in GBK.",
            )
        ) from fault
    return read_json(text.encode())


def write_gbk_json(value: object) -> bytes:
    """Write a value as JSON in GBK; a sign that GBK has not becomes an escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode(ENCODING)
    except UnicodeEncodeError:
        return "".join(map(_sign, text)).encode(ENCODING)


def answer_name(method: str) -> str:
    """Give the name of a method's answer: dots become underscores."""
    return (method or LOST_METHOD).replace(".", "_") + ANSWER_END


def _sign(sign: str) -> str:
    try:
        sign.encode(ENCODING)
    except UnicodeEncodeError:
        return json.dumps(sign)[1:-1]
    return sign
