"""A bank's front end that speaks frames: the same messages as the signed API's, as CNNONTAX over TCP.

It asks by 8997 and confirms by 5996; a unit's node registers by 8994 (``units.py``). A frame cannot ask by serial or tell of an arrival, so acts that
need those are not played (``FRAME_ACTS``).
"""

import json
import random
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final

from feeledger.banksim.client import TIMEOUT_SECONDS, AnswerLost, BankAnswer, Order, Sending
from feeledger.clock import BEIJING, wall_time
from feeledger.gateway.frames import (
    HEAD_SIZE,
    LENGTH_SIZE,
    MAC_SIZE,
    UNSIGNED,
    Frame,
    mac_holds,
    write_frame,
)
from feeledger.gateway.messages import CONFIRMATION, QUERY
from feeledger.gateway.registration import REGISTRATION
from feeledger.gateway.results import FAILURE, RESULTS
from feeledger.gateway.vouchers import Head, open_envelope, vouchers_in, write_message
from feeledger.payments.advice import SUCCESS
from feeledger.payments.refusals import BankRefusal

FRAME: Final = "FRAME"
PIECE_SIZE: Final = 1 << 16
GOOD: Final = 200
REFUSED: Final = 409
FAULT: Final = 500
NUMBER_MOST: Final = 10**12
_numbers = count(secrets.randbelow(10**9))


@dataclass(frozen=True, slots=True)
class FrameBank:
    """One node with its token, and the address of the gateway; ``timeout`` in seconds."""

    node: str
    token: bytes
    host: str
    port: int
    timeout: int = TIMEOUT_SECONDS

    @property
    def asks_serial(self) -> bool:
        """No frame asks by the bank's own serial."""
        return False

    @property
    def damage_codes(self) -> tuple[str, ...]:
        """What a damaged frame is answered with: its MAC does not hold."""
        return (FAILURE,)

    def write_query(self, pay_code: str) -> Sending:
        """Write the question for a notice."""
        return self._frame(QUERY, {"PayCode": pay_code})

    def write_confirmation(self, order: Order) -> Sending:
        """Write a confirmation."""
        local = order.paid_at.astimezone(BEIJING)
        return self._frame(
            CONFIRMATION,
            {
                "PayCode": order.pay_code,
                "CfmDate": f"{local:%Y%m%d}",
                "CfmTime": f"{local:%H%M%S}",
                "Amt": order.amount,
                "PayMode": "13",
                "TraNoBus": order.trade_no,
                "PayerName": order.payer_name,
                "RecAcctType": "1",
                "RecAcct": order.account,
            },
        )

    def write_registration(self, fields: Mapping[str, str]) -> Sending:
        """Write that a unit registers a notice, or voids one."""
        return self._frame(REGISTRATION, fields)

    def spoil(self, sound: Sending, rng: random.Random) -> Sending:
        """Turn one bit of the XML, which the MAC is over."""
        raw = bytearray(sound.body)
        raw[rng.randrange(HEAD_SIZE, len(raw) - MAC_SIZE)] ^= 1 << rng.randrange(8)
        return replace(sound, body=bytes(raw))

    def deliver(self, sending: Sending, *, cut: bool = False) -> BankAnswer:
        """Send a frame and read the answer; ``cut`` closes before reading. Raises AnswerLost."""
        try:
            with socket.create_connection((self.host, self.port), self.timeout) as line:
                line.sendall(sending.body)
                if cut:
                    raise AnswerLost("cut")
                return self._answer_of(_read_frame(line))
        except (OSError, ValueError) as fault:
            raise AnswerLost(f"{type(fault).__name__}: {fault}") from fault

    def _frame(self, msg_no: str, voucher: Mapping[str, str]) -> Sending:
        day = f"{wall_time().astimezone(BEIJING):%Y%m%d}"
        head = Head(
            src=self.node,
            des=f"F{self.node[1:7]}",
            msg_no=msg_no,
            msg_id=f"{day}{next(_numbers) % NUMBER_MOST:012d}",
            msg_ref="",
            work_date=day,
        )
        raw = write_frame(msg_no, write_message(head, voucher), token=self.token)
        return Sending(FRAME, msg_no, {}, raw)

    def _answer_of(self, raw: bytes) -> BankAnswer:
        """Take an answer apart; its body is what it says, for its number is that of the question."""
        frame = Frame(raw)
        if not (mac_holds(frame, self.token) or mac_holds(frame, UNSIGNED)):
            raise AnswerLost("the answer's MAC does not hold")
        try:
            [voucher] = vouchers_in(open_envelope(frame.xml))
        except BankRefusal as fault:
            raise AnswerLost(f"the answer cannot be read: {fault.detail.en}") from fault
        document = _document_of(voucher)
        body = json.dumps(document, ensure_ascii=False, sort_keys=True).encode()
        return BankAnswer(_status_of(voucher), body)


def _document_of(voucher: Mapping[str, str]) -> dict[str, Any]:
    """Write an answer as the signed API would, as far as the bank in a box reads it."""
    if "Result" in voucher:
        return {"result": voucher["Result"], "information": voucher.get("Information", "")}
    return {
        "result": SUCCESS,
        "status": voucher.get("PayStats", ""),
        "payable": voucher.get("Amt", ""),
        "account": {"account_no": voucher.get("RecAcctReal", "")},
        "payer_name": voucher.get("PayerName", ""),
    }


def _status_of(voucher: Mapping[str, str]) -> int:
    """Give the HTTP status that stands for an answer: a general failure is the service's own."""
    result = voucher.get("Result", SUCCESS)
    if result == FAILURE and voucher.get("Information") == RESULTS[FAILURE].zh:
        return FAULT
    return GOOD if result == SUCCESS else REFUSED


def _read_frame(line: socket.socket) -> bytes:
    """Read one frame by its stated length. Raises OSError, ValueError."""
    raw = b""
    while len(raw) < LENGTH_SIZE or len(raw) < int(raw[:LENGTH_SIZE]):
        data = line.recv(PIECE_SIZE)
        if not data:
            raise ConnectionError("hung up inside an answer")
        raw += data
    return raw
