"""The common confirmation in one statement: nonce, payment, message, all or none (PostgreSQL).

The database's ``take_confirmation`` (migration 0010; what is clear was narrowed by 0015 and 0028) books what is clear and leaves everything else
untouched for the long way of ``bank_calls.py``, which judges in full and gives the reasons. A
payment then costs one way to the server instead of seven.
"""

import hashlib
import secrets
from typing import Any, Final

from feeledger.api.actions import PRUNE_ODDS, ReceivedMessage, prune_guards
from feeledger.api.bank_calls import BankCall
from feeledger.api.signing import NONCE_KEPT
from feeledger.doors import kit
from feeledger.payments.advice import Advice
from feeledger.payments.booking_actions import clear_values
from feeledger.prompts import Prompt
from feeledger.store import canonical_json, new_id

TAKE: Final = Prompt(
    "SELECT take_confirmation(%(region)s, %(bank)s, %(trade_no)s, %(pay_code)s, %(check_fits)s, "
    "%(amount_fen)s::bigint, %(account_no)s, %(paid_at)s, %(told)s, %(now)s, %(payment)s::bigint, "
    "%(entry)s::bigint, %(bank_day)s, %(channel)s, %(payer_name)s, %(payer_account)s, %(keyid)s, "
    "%(nonce)s, %(at)s, %(forgotten)s, %(message)s::bigint, %(request_id)s, %(raw)s, %(sha256)s)"
)
BOOKED: Final = "booked"


def take_if_clear(
    call: BankCall, received: ReceivedMessage, advice: Advice
) -> dict[str, Any] | None:
    """Take a clear confirmation and give its answer; None: nothing was written, judge it in full."""
    store = kit().store
    if store.dialect != "postgresql" or advice.crc_code or advice.lies_ahead(call.now):
        return None
    values = clear_values(advice, bank=call.bank, now=call.now)
    answer: dict[str, Any] = values.pop("answer")
    values |= {
        "told": canonical_json(answer),
        "keyid": call.signature.key_id,
        "nonce": call.signature.nonce,
        "at": call.at,
        "forgotten": call.at - NONCE_KEPT,
        "message": new_id(call.now),
        "request_id": received.request_id,
        "raw": received.raw,
        "sha256": hashlib.sha256(received.raw).hexdigest(),
    }
    if store.at_once(TAKE, values) != BOOKED:
        return None
    if secrets.randbelow(PRUNE_ODDS) == 0:
        with store.write() as session:
            prune_guards(session, now=call.at)
    return answer
