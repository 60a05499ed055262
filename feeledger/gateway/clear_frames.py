"""The common confirmation by a frame in one statement: payment and both frames, all or none (PostgreSQL).

The database's ``take_frame`` books what ``book_clear_payment`` finds clear and keeps the frame and its
answer with it. Whatever is not clear (a printed account among it) is left untouched for the long way
of ``exchange.py``.
"""

import hashlib
from typing import Final

from feeledger.gateway.answering import Asked, Gateway, Moment, Told, write_answer
from feeledger.gateway.messages import ANSWER, CONFIRMATION, success_voucher
from feeledger.payments.advice import SUCCESS, Advice
from feeledger.payments.booking_actions import clear_values
from feeledger.prompts import Prompt
from feeledger.store import canonical_json, new_id

TAKE: Final = Prompt(
    "SELECT take_frame(%(region)s, %(bank)s, %(trade_no)s, %(pay_code)s, %(check_fits)s, "
    "%(amount_fen)s::bigint, %(account_no)s, %(paid_at)s, %(told)s, %(now)s, %(payment)s::bigint, "
    "%(entry)s::bigint, %(bank_day)s, %(channel)s, %(payer_name)s, %(payer_account)s, %(node)s, "
    "%(msg_id)s, %(msg_ref)s, %(came)s::bigint, %(came_raw)s, %(came_sha256)s, %(answer_no)s, "
    "%(answer_id)s, %(answer_ref)s, %(went)s::bigint, %(went_raw)s, %(went_sha256)s)"
)
BOOKED: Final = "booked"


def take_if_clear(
    gateway: Gateway, asked: Asked, advice: Advice, *, bank: str, moment: Moment
) -> bytes | None:
    """Take a clear confirmation and give its answer; None: nothing was written, judge it in full."""
    store, head = gateway.store, asked.head
    if store.dialect != "postgresql" or head is None or advice.lies_ahead(moment.now):
        return None
    values = clear_values(advice, bank=bank, now=moment.now)
    answer = values.pop("answer")
    told = Told(ANSWER, success_voucher(CONFIRMATION, answer["payment_id"]), SUCCESS)
    raw, answered = write_answer(gateway, asked, told, moment)
    values |= {
        "told": canonical_json(answer),
        "node": asked.claimed,
        "msg_id": head.msg_id,
        "msg_ref": head.msg_ref,
        "came": new_id(moment.now),
        "came_raw": asked.raw,
        "came_sha256": hashlib.sha256(asked.raw).hexdigest(),
        "answer_no": told.msg_no,
        "answer_id": answered.msg_id,
        "answer_ref": answered.msg_ref,
        "went": new_id(moment.now),
        "went_raw": raw,
        "went_sha256": hashlib.sha256(raw).hexdigest(),
    }
    return raw if store.at_once(TAKE, values) == BOOKED else None
