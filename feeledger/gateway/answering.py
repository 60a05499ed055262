"""What an exchange works with, and how an answer is written.

An answer carries the request's number as its own and as its reference, under the token that proved
the request; to a sender that proved nothing it is not signed.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from feeledger.clock import Clock
from feeledger.gateway.frames import UNSIGNED, write_frame
from feeledger.gateway.queries import NodeToken
from feeledger.gateway.vouchers import Head, Voucher, write_message
from feeledger.periods import Calendar
from feeledger.store import NATION, Store, new_id

MSG_ID_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Gateway:
    """What the frame door works with. ``node`` is our own number where a frame names none."""

    store: Store
    clock: Clock
    node: str
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as far as it is understood; ``token`` is None while nothing is proved."""

    raw: bytes
    msg_no: str = ""
    claimed: str = ""
    token: NodeToken | None = None
    head: Head | None = None
    region: str = NATION


@dataclass(frozen=True, slots=True)
class Told:
    """What is answered: the message, its voucher, and the result kept with it."""

    msg_no: str
    voucher: Voucher
    result: str


@dataclass(frozen=True, slots=True)
class Moment:
    """The business time of one exchange, and the working days it is counted in."""

    now: datetime
    today: date
    calendar: Calendar


def write_answer(gateway: Gateway, asked: Asked, told: Told, moment: Moment) -> tuple[bytes, Head]:
    """Write an answer: it carries the request's id as its own and as its reference."""
    day = f"{moment.today:%Y%m%d}"
    if asked.head is not None:
        src, des, msg_id = asked.head.des, asked.head.src, asked.head.msg_id
    else:
        src, des = "", asked.claimed if asked.token else ""
        msg_id = f"{day}{new_id(moment.now) % 10**MSG_ID_DIGITS:0{MSG_ID_DIGITS}d}"
    head = Head(
        src=src or gateway.node,
        des=des,
        msg_no=told.msg_no,
        msg_id=msg_id,
        msg_ref=asked.head.msg_id if asked.head else "",
        work_date=day,
    )
    token = asked.token.token if asked.token else UNSIGNED
    return write_frame(told.msg_no, write_message(head, told.voucher), token=token), head
