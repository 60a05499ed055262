"""Bytes ↔ frames: length(8) CNNONTAX(8) 1.0(3) MsgNo(4) XML MAC(64), the first half of R-B6.

The length counts the whole frame, itself included. However the bytes arrive, the same frames come
out, or the first fault; after a fault nothing more is read, for the next frame's place is unknown.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

from feeledger.gateway.refusals import malformed, version_refused
from feeledger.payments.refusals import BankRefusal

APPLICATION: Final = "CNNONTAX"
VERSION: Final = "1.0"
FRAME_MOST: Final = 1 << 20
LENGTH_SIZE: Final = 8
VERSION_END: Final = 19
HEAD_SIZE: Final = 23
MAC_SIZE: Final = 64
FRAME_LEAST: Final = HEAD_SIZE + MAC_SIZE
UNSIGNED: Final = b""

_LENGTH: Final = re.compile(rb"[0-9]{1,8} *")
_KIND: Final = (APPLICATION + VERSION).encode()


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole frame. Nothing inside ``raw`` is proved before ``mac_holds``."""

    raw: bytes

    @property
    def msg_no(self) -> str:
        """The message number of the frame's head, as it came."""
        return self.raw[VERSION_END:HEAD_SIZE].decode("latin-1")

    @property
    def xml(self) -> bytes:
        """The bytes that the MAC is over, with the token before them."""
        return self.raw[HEAD_SIZE:-MAC_SIZE]

    @property
    def mac(self) -> bytes:
        """The MAC as it came."""
        return self.raw[-MAC_SIZE:]


@dataclass(frozen=True, slots=True)
class BrokenFrame:
    """What came instead of a frame: the bytes as far as they came, and why they are refused."""

    raw: bytes
    refusal: BankRefusal


class FrameReader:
    """Gather bytes and take frames from them, one connection long."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._kept = bytearray()
        self._broken = False

    @property
    def begun(self) -> bool:
        """Say whether a frame has begun."""
        return bool(self._kept)

    def add(self, data: bytes) -> None:
        """Keep bytes as they arrive; those after a fault are dropped."""
        if not self._broken:
            self._kept += data

    def take(self) -> Frame | BrokenFrame | None:
        """Take the next frame, or the fault of its head; None: more bytes are needed."""
        refusal = _refusal_of_head(bytes(self._kept[:VERSION_END]))
        if refusal is not None:
            return self._break(refusal)
        if len(self._kept) < VERSION_END or len(self._kept) < self._stated():
            return None
        size = self._stated()
        frame = Frame(bytes(self._kept[:size]))
        del self._kept[:size]
        return frame

    def break_off(self) -> BrokenFrame | None:
        """Give the fault of a frame whose bytes will not come any more; None: none had begun."""
        if not self._kept:
            return None
        came = len(self._kept)
        return self._break(
            malformed(f"报文不完整，只收到 {came} 字节", f"only {came} bytes of the frame came")
        )

    def _stated(self) -> int:
        return int(self._kept[:LENGTH_SIZE])

    def _break(self, refusal: BankRefusal) -> BrokenFrame:
        broken = BrokenFrame(bytes(self._kept), refusal)
        self._kept.clear()
        self._broken = True
        return broken


def mac_of(token: bytes, xml: bytes) -> bytes:
    """Give the MAC: SHA-256 over token and XML, hex, lower case."""
    return hashlib.sha256(token + xml).hexdigest().encode()


def mac_holds(frame: Frame, token: bytes) -> bool:
    """Hold a frame's MAC against a token, in constant time, whatever the case of its letters."""
    return hmac.compare_digest(mac_of(token, frame.xml), frame.mac.lower())


def write_frame(msg_no: str, xml: bytes, *, token: bytes) -> bytes:
    """Write a frame; ``token`` is ``UNSIGNED`` only in answers to a peer that proved nothing.

    Raises ValueError beyond the greatest length or for a number that is not of four digits.
    """
    size = FRAME_LEAST + len(xml)
    if size > FRAME_MOST or not re.fullmatch("[0-9]{4}", msg_no):
        raise ValueError(f"no frame of {size} bytes and message number {msg_no!r}")
    head = f"{size:<{LENGTH_SIZE}}{APPLICATION}{VERSION}{msg_no}".encode()
    return head + xml + mac_of(token, xml)


def _refusal_of_head(head: bytes) -> BankRefusal | None:
    """Judge length, then application and version, as soon as they are there."""
    if len(head) < LENGTH_SIZE:
        return None
    stated = head[:LENGTH_SIZE]
    if not _LENGTH.fullmatch(stated) or not FRAME_LEAST <= int(stated) <= FRAME_MOST:
        return malformed(
            f"长度域须为 {FRAME_LEAST} 至 {FRAME_MOST} 的数字，左对齐、右补空格",
            f"the length is a number of {FRAME_LEAST} to {FRAME_MOST}, blanks behind it",
        )
    if len(head) == VERSION_END and head[LENGTH_SIZE:] != _KIND:
        return version_refused(
            f"报文头须为 {APPLICATION} {VERSION}", f"the head is {APPLICATION} {VERSION}"
        )
    return None
