"""5996 交易确认通知 from the finance side to a unit's node: one frame out, one answer in.

Established are the message's direction and the names of its fields. Inferred [I]: their types, which
of them may be empty, that its answer is 8001 (numbers of a unit's node) or 5001, and that the finance
side opens the connection. docs/gateway.md says so too.
"""

import socket
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from feeledger.clock import BEIJING
from feeledger.gateway.actions import LoggedFrame, keep_frames
from feeledger.gateway.frames import BrokenFrame, Frame, FrameReader, mac_holds, write_frame
from feeledger.gateway.messages import ANSWER, CONFIRMATION, FINANCE_ACCOUNT
from feeledger.gateway.queries import NodeToken, tokens_in_force
from feeledger.gateway.vouchers import Head, Voucher, open_envelope, vouchers_in, write_message
from feeledger.outbox.letters import Letter, Receipt
from feeledger.outbox.lines import line_to
from feeledger.payments.advice import SUCCESS
from feeledger.payments.refusals import BankRefusal
from feeledger.store import Store

UNIT_ANSWER: Final = "8001"
ATTEMPT_SECONDS: Final = 10.0
PIECE_SIZE: Final = 1 << 16
MSG_ID_DIGITS: Final = 12


def frame_sender(
    store: Store,
    allowed: Sequence[str],
    clock: Callable[[], datetime],
    *,
    seconds: float = ATTEMPT_SECONDS,
) -> Callable[[Letter], Receipt]:
    """Make what sends a letter as 5996 to its node; ``clock`` is the real one, for tokens."""

    def send(letter: Letter) -> Receipt:
        with store.read() as session:
            tokens = tokens_in_force(session, letter.node or "", clock())
        if not tokens:
            return Receipt(error="no-token")
        sent = notification_frame(letter, tokens[0].token)
        way = line_to(letter.url, ("tcp",), allowed)
        if isinstance(way, Receipt):
            return way
        line = way[1]
        with line:
            came, fault = _exchange(line, sent, seconds)
        receipt = fault or _judge(letter, came, tokens)
        _keep(store, letter, sent, came, receipt=receipt, now=clock())
        return receipt

    return send


def notification_frame(letter: Letter, token: bytes) -> bytes:
    """Write the frame of a payment's letter: the same bytes at every attempt with the same token."""
    day = f"{letter.happened_at.astimezone(BEIJING):%Y%m%d}"
    head = Head(
        src=f"F{letter.region}",
        des=letter.node or "",
        msg_no=CONFIRMATION,
        msg_id=message_number(letter),
        msg_ref="",
        work_date=day,
    )
    return write_frame(CONFIRMATION, write_message(head, notification_voucher(letter)), token=token)


def notification_voucher(letter: Letter) -> Voucher:
    """Write the fields of 5996; what a bank did not tell us is empty."""
    told = letter.payload
    paid_at = datetime.fromisoformat(told["paid_at"]).astimezone(BEIJING)
    return {
        "PayCode": told["pay_code"],
        "CfmDate": f"{paid_at:%Y%m%d}",
        "CfmTime": f"{paid_at:%H%M%S}",
        "Amt": told["amount"],
        "BankOutlet": "",
        "Operator": "",
        "PayMode": told["channel"] or "",
        "TraNoBus": told["trade_no"],
        "PayerName": told["payer_name"] or told["notice_payer"],
        "PayerAcct": told["payer_account"] or "",
        "PayerOpBk": "",
        "PayerOpBkNo": "",
        "RecAcctType": FINANCE_ACCOUNT,
        "RecAcct": told["account"],
        "Hold1": "",
        "Hold2": "",
    }


def message_number(letter: Letter) -> str:
    """Give the MsgID: the Beijing day and twelve digits of the message's own number."""
    day = f"{letter.happened_at.astimezone(BEIJING):%Y%m%d}"
    return f"{day}{letter.message % 10**MSG_ID_DIGITS:0{MSG_ID_DIGITS}d}"


def _exchange(line: socket.socket, sent: bytes, seconds: float) -> tuple[bytes, Receipt | None]:
    """Send a frame and read the answer however its bytes arrive; give it, or what went wrong."""
    ends = time.monotonic() + seconds
    reader, came = FrameReader(), bytearray()
    try:
        line.settimeout(seconds)
        line.sendall(sent)
        while (frame := reader.take()) is None:
            line.settimeout(max(ends - time.monotonic(), 0.001))
            data = line.recv(PIECE_SIZE)
            if not data:
                return bytes(came), Receipt(error="broken-answer")
            came += data
            reader.add(data)
    except TimeoutError:
        return bytes(came), Receipt(error="too-slow")
    except OSError:
        return bytes(came), Receipt(error="broken-answer")
    broken = isinstance(frame, BrokenFrame)
    return frame.raw, Receipt(error="broken-answer") if broken else None


def _judge(letter: Letter, raw: bytes, tokens: Sequence[NodeToken]) -> Receipt:
    """Read an answer: proved by a token of the node, to this message, and saying yes."""
    frame = Frame(raw)
    if not any(mac_holds(frame, each.token) for each in tokens):
        return Receipt(error="broken-answer")
    try:
        envelope = open_envelope(frame.xml)
        vouchers = vouchers_in(envelope)
    except BankRefusal:
        return Receipt(error="broken-answer")
    head, told = envelope.head, vouchers[0] if vouchers else {}
    is_ours = (
        head.src == letter.node
        and head.msg_ref == message_number(letter)
        and frame.msg_no == head.msg_no
        and head.msg_no in (ANSWER, UNIT_ANSWER)
        and told.get("OriMsgNo") == CONFIRMATION
    )
    if not is_ours:
        return Receipt(error="broken-answer")
    result = told.get("Result", "")
    return Receipt(result) if result == SUCCESS else Receipt(result, "refused")


def _keep(
    store: Store, letter: Letter, sent: bytes, came: bytes, *, receipt: Receipt, now: datetime
) -> None:
    """Keep both frames byte for byte in the message log."""
    ours = message_number(letter)
    node = letter.node or ""
    frames = [("out", LoggedFrame(letter.region, node, CONFIRMATION, ours, "", sent))]
    if came:
        frames.append(("in", LoggedFrame(letter.region, node, "", "", ours, came)))
    result = receipt.answer or receipt.error
    store.retry(lambda session: keep_frames(session, frames, result=result, now=now))
