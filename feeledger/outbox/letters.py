"""One message on its way to one receiver: what is sent, and what came of it.

The body of a message is the same bytes at every attempt. A department that is not the notice's
issuing unit is shown its own lines only; nobody is shown the payer's account but by 5996.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from feeledger.errors import Text

VERSION: Final = "1"
NOT_IN_A_BODY: Final = {"payer_account"}
# What went wrong, in words; an attempt keeps the code.
ERRORS: Final[Mapping[str, Text]] = {
    "": Text("已送达", "delivered"),
    "address-refused": Text("地址不在允许范围", "the address is not allowed"),
    "host-unknown": Text("主机名无法解析", "the host has no address"),
    "not-connected": Text("连接不上", "no connection"),
    "certificate-refused": Text("证书未通过验证", "the certificate does not hold"),
    "too-slow": Text("超时", "too slow"),
    "broken-answer": Text("答复不完整或不合规范", "the answer is broken"),
    "redirected": Text("对方要求转址，不予跟随", "redirected, which is not followed"),
    "refused": Text("对方答复不成功", "the receiver did not say yes"),
    "no-token": Text("节点没有有效令牌", "the node has no token in force"),
    "our-fault": Text("本系统出错，见日志", "a fault of ours, see the log"),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """One message for one subscription, taken up to be sent."""

    region: str
    message: int
    subscription: int
    channel: str
    url: str
    kind: str
    payload: Mapping[str, Any]
    happened_at: datetime
    unit_code: str | None
    node: str | None
    keyid: str | None
    secret: str | None = field(repr=False)
    bank: str | None = None

    @property
    def message_id(self) -> str:
        """The name of the message, the same for ever: by it a receiver knows a repetition."""
        return f"{self.region}-{self.message}"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of an attempt: ``answer`` as the receiver gave it, ``error`` of ``ERRORS``."""

    answer: str = ""
    error: str = ""

    @property
    def delivered(self) -> bool:
        """Say whether the receiver has it."""
        return not self.error


def body_of(letter: Letter) -> bytes:
    """Write a message as a webhook's body: JSON, keys in order, UTF-8."""
    told = {
        "version": VERSION,
        "id": letter.message_id,
        "kind": letter.kind,
        "region": letter.region,
        "happened_at": letter.happened_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "data": _data_for(letter),
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _data_for(letter: Letter) -> dict[str, Any]:
    data = {name: value for name, value in letter.payload.items() if name not in NOT_IN_A_BODY}
    lines = data.get("lines")
    if lines is not None and letter.unit_code not in (None, data.get("unit_code")):
        data["lines"] = [line for line in lines if line["unit_code"] == letter.unit_code]
    return data
