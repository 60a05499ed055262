"""One frame in, one frame out: prove, parse, do, keep and answer.

Nothing of a frame is believed before a token of the node it claims to come from proves its MAC. What
comes of it and both frames' bytes are kept in one transaction, before the answer leaves. An answer
to a sender that proved nothing is not signed, so nobody can try tokens on it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.gateway.actions import LoggedFrame, keep_exchange
from feeledger.gateway.answering import Asked, Gateway, Moment, Told, write_answer
from feeledger.gateway.clear_frames import take_if_clear
from feeledger.gateway.frames import BrokenFrame, Frame, mac_holds
from feeledger.gateway.messages import (
    ANSWER,
    CONFIRMATION,
    QUERY,
    QUERY_ANSWER,
    notice_voucher,
    read_confirmation,
    read_query,
    refusal_voucher,
    success_voucher,
)
from feeledger.gateway.queries import NodeToken, glance_at_tokens, known_tokens
from feeledger.gateway.refusals import FrameUnproved, malformed
from feeledger.gateway.registering import Registering, settle_registration
from feeledger.gateway.registration import REGISTRATION, read_registration
from feeledger.gateway.results import FAILURE, RESULTS
from feeledger.gateway.vouchers import (
    Envelope,
    Voucher,
    claimed_source,
    demand_head,
    open_envelope,
    shown,
    vouchers_in,
)
from feeledger.notices.queries import lines_of
from feeledger.payments.actions import query_notice, record_payment
from feeledger.payments.advice import REGION_DIGITS, SUCCESS, Advice
from feeledger.payments.refusal_actions import RefusedMessage, keep_refused
from feeledger.payments.refusals import BankNotAgent, BankRefusal
from feeledger.regions.queries import account_meant
from feeledger.store import NATION, Store

REVERSED_WORDS: Final = " 已随先到的冲正冲正"
log = structlog.get_logger()

Work = Callable[[Session, Moment], Told]
# Gives the tokens of a node by which a frame may prove itself at an instant.
TokensOf = Callable[[Store, str, datetime], tuple[NodeToken, ...]]


def answer_frame(gateway: Gateway, came: Frame | BrokenFrame) -> bytes:
    """Give the answer to what came. Our own mistakes are logged and answered with 99999.

    The outcome of a confirmation so answered is unknown; sent again, it gets its first answer.
    """
    asked = Asked(came.raw)
    moment = Moment(gateway.clock.now(), gateway.clock.today(), gateway.calendar)
    try:
        raw = _take_at_once(gateway, came, moment)
        if raw is not None:
            return raw
        asked, work = _understand(gateway, came, glance_at_tokens)
        return _settle(gateway, asked, work, moment)
    except Exception:
        log.exception("frame_failed", node=asked.claimed, msg_no=asked.msg_no)
        words = {"OriMsgNo": asked.msg_no, "Result": FAILURE, "Information": RESULTS[FAILURE].zh}
        return write_answer(gateway, asked, Told(ANSWER, words, FAILURE), moment)[0]


def _take_at_once(gateway: Gateway, came: Frame | BrokenFrame, moment: Moment) -> bytes | None:
    """Take a clear confirmation by a token this process has seen; None: go the long way.

    Whether the token is still in force, the statement asks that books; the long way glances afresh.
    """
    if (
        gateway.store.dialect != "postgresql"
        or isinstance(came, BrokenFrame)
        or came.msg_no != CONFIRMATION
    ):
        return None
    asked, work = _understand(gateway, came, known_tokens)
    if not isinstance(work, TakePayment):
        return None
    return take_if_clear(gateway, asked, work.advice, bank=work.bank, moment=moment)


def _understand(
    gateway: Gateway, came: Frame | BrokenFrame, tokens_of: TokensOf
) -> tuple[Asked, Work]:
    """Go the way of R-B6 as far as the frame lets us, to what is to be done."""
    asked = Asked(came.raw)
    if isinstance(came, BrokenFrame):
        return asked, _refusing(asked, came.refusal)
    asked = replace(asked, msg_no=_number_of(came), claimed=claimed_source(came.xml))
    tokens = tokens_of(gateway.store, asked.claimed, gateway.clock.wall())
    token = next((each for each in tokens if mac_holds(came, each.token)), None)
    if token is None:
        return asked, _refusing(asked, FrameUnproved(FrameUnproved.title))
    asked = replace(asked, token=token)
    try:
        envelope = open_envelope(came.xml)
        asked = replace(asked, head=envelope.head)
        voucher = _voucher_asked(asked, envelope)
    except BankRefusal as refusal:
        return asked, _refusing(asked, refusal)
    asked = replace(asked, region=_region_of(voucher))
    try:
        return asked, _MESSAGES[asked.msg_no](token, voucher)
    except BankRefusal as refusal:
        return asked, _recording(asked, voucher, refusal)


def _voucher_asked(asked: Asked, envelope: Envelope) -> Voucher:
    """Give the one voucher of a request. Raises FrameMalformed, FrameVersionRefused."""
    demand_head(envelope.head, msg_no=asked.msg_no)
    if envelope.head.src != asked.claimed:
        raise malformed("HEAD 中 SRC 与验签节点不一致", "SRC in HEAD is not the node that signed")
    if asked.msg_no not in _MESSAGES:
        raise malformed(f"不受理报文 {shown(asked.msg_no)}", "no such message is taken here")
    vouchers = vouchers_in(envelope)
    if len(vouchers) != 1:
        raise malformed(
            f"每个报文须有一张凭证，实有 {len(vouchers)} 张", "a message has one voucher here"
        )
    return vouchers[0]


def _tell_notice(token: NodeToken, voucher: Voucher) -> Work:
    """Answer 8997 with 5997: what is payable today; the query is remembered for 12005."""
    bank, told = _bank_of(token), read_query(voucher)

    def look(session: Session, moment: Moment) -> Told:
        try:
            found = query_notice(
                session,
                told["PayCode"],
                bank=bank,
                today=moment.today,
                now=moment.now,
                crc_code=told["Hold1"] or None,
            )
        except BankRefusal as refusal:
            return _refusal_of(QUERY, refusal)
        lines = lines_of(session, found.notice.region, found.notice.id)
        return Told(QUERY_ANSWER, notice_voucher(found, lines, bank=bank), SUCCESS)

    return look


@dataclass(frozen=True, slots=True)
class TakePayment:
    """Answer 5996 with 5001: the payment is booked once, its first answer is the answer for ever."""

    bank: str
    advice: Advice

    def __call__(self, session: Session, moment: Moment) -> Told:
        """Judge and book the payment."""
        meant = _with_real_account(session, self.advice, self.bank)
        outcome = record_payment(session, meant, bank=self.bank, now=moment.now)
        try:
            answer = outcome.receipt()
        except BankRefusal as refusal:
            return _refusal_of(CONFIRMATION, refusal)
        # An early reversal may have taken the payment back at once: the bank is told so (R-R8).
        words = f"{answer['payment_id']}{REVERSED_WORDS if answer.get('reversed') else ''}"
        return Told(ANSWER, success_voucher(CONFIRMATION, words), SUCCESS)


def _take_payment(token: NodeToken, voucher: Voucher) -> Work:
    return TakePayment(_bank_of(token), read_confirmation(voucher))


def _take_registration(token: NodeToken, voucher: Voucher) -> Work:
    """Answer 8994 with 5001: a unit's notice is registered or voided; 00000 tells its pay code."""
    told = read_registration(voucher, region=token.node[1:7])

    def take(session: Session, moment: Moment) -> Told:
        hand = Registering(token, moment.now, moment.today, moment.calendar)
        refusal = settle_registration(session, told, hand)
        if refusal is not None:
            return _refusal_of(REGISTRATION, refusal)
        return Told(ANSWER, success_voucher(REGISTRATION, told.pay_code), SUCCESS)

    return take


_MESSAGES: Final[dict[str, Callable[[NodeToken, Voucher], Work]]] = {
    QUERY: _tell_notice,
    CONFIRMATION: _take_payment,
    REGISTRATION: _take_registration,
}


def _bank_of(token: NodeToken) -> str:
    """Give the bank behind a node; queries and confirmations are for banks. Raises BankNotAgent."""
    if token.bank is None:
        raise BankNotAgent(
            Text(f"节点 {token.node} 不是银行节点。", f"Node {token.node} is no bank's.")
        )
    return token.bank


def _with_real_account(session: Session, advice: Advice, bank: str) -> Advice:
    account = account_meant(session, advice.region, advice.account, bank=bank, on=advice.paid_on)
    return replace(advice, account=account)


def _number_of(frame: Frame) -> str:
    """Give a frame's message number; "" for signs that are none: no such message is taken."""
    number = frame.msg_no
    return number if number.isascii() and number.isdigit() else ""


def _region_of(voucher: Voucher) -> str:
    head = voucher.get("PayCode", "")[:REGION_DIGITS]
    return head if len(head) == REGION_DIGITS and head.isascii() and head.isdigit() else NATION


def _refusing(asked: Asked, refusal: BankRefusal) -> Work:
    return lambda _session, _moment: _refusal_of(asked.msg_no, refusal)


def _recording(asked: Asked, voucher: Voucher, refusal: BankRefusal) -> Work:
    """Refuse what a voucher says; a bank's confirmation leaves a record of it (R-B4)."""
    bank = asked.token.bank if asked.token else None
    if asked.msg_no != CONFIRMATION or bank is None:
        return _refusing(asked, refusal)
    named = {"pay_code": voucher.get("PayCode", ""), "trade_no": voucher.get("TraNoBus", "")}
    message = RefusedMessage(asked.region, bank, "confirmation", {**voucher, **named})

    def refuse(session: Session, moment: Moment) -> Told:
        keep_refused(session, message, refusal, now=moment.now)
        return _refusal_of(asked.msg_no, refusal)

    return refuse


def _refusal_of(msg_no: str, refusal: BankRefusal) -> Told:
    return Told(ANSWER, refusal_voucher(msg_no, refusal), refusal.result)


def _settle(gateway: Gateway, asked: Asked, work: Work, moment: Moment) -> bytes:
    """Do the work and keep both frames in one transaction; give the answer's bytes."""

    def do(session: Session) -> bytes:
        told = work(session, moment)
        raw, head = write_answer(gateway, asked, told, moment)
        keep_exchange(
            session,
            LoggedFrame(
                region=asked.region,
                node=asked.claimed,
                msg_no=asked.msg_no,
                msg_id=asked.head.msg_id if asked.head else "",
                msg_ref=asked.head.msg_ref if asked.head else "",
                raw=asked.raw,
            ),
            LoggedFrame(asked.region, asked.claimed, told.msg_no, head.msg_id, head.msg_ref, raw),
            result=told.result,
            now=moment.now,
        )
        return raw

    return gateway.store.retry(do)
