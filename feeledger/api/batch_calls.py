"""The confirmations of a batch, one region at a time: the clear ones at once, the others one by one.

On PostgreSQL the database's ``take_confirmations`` books all that is clear in one call. Everything
else is judged as if it had been sent alone, each in a transaction of its own and in the order of the
request, so that batches that overlap never wait for each other in a ring. The nonce is used up once,
with the first region; the message is kept in every region that it speaks of, at the instant its
payments bear as the time of acceptance.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from feeledger.api.actions import keep_message, message_stands, prune_seldom, use_nonce
from feeledger.api.bank_calls import BankCall, found_or_refusal, note_signature_refusal
from feeledger.api.json_text import write_json
from feeledger.api.signing import NONCE_KEPT, NonceUsed, SignatureRefused
from feeledger.doors import kit
from feeledger.errors import FeeLedgerError
from feeledger.payments.actions import record_payment
from feeledger.payments.advice import SUCCESS, Advice
from feeledger.payments.booking_actions import clear_row
from feeledger.payments.queries import answers_of_trades
from feeledger.payments.refusal_actions import RefusedMessage, keep_refused
from feeledger.prompts import Prompt
from feeledger.store import canonical_json, new_id

KIND: Final = "batch"
TAKE: Final = Prompt(
    "SELECT take_confirmations(%(region)s, %(bank)s, %(told)s, %(now)s, %(keyid)s, %(nonce)s, "
    "%(at)s, %(forgotten)s, %(message)s::bigint, %(subject)s, %(request_id)s, %(raw)s, %(sha256)s)"
)
TAKEN: Final = "taken"
# What became of a confirmation: the text of its first answer, or the refusal.
Verdict = str | FeeLedgerError


@dataclass(frozen=True, slots=True)
class Told:
    """A confirmation of a batch: its place, what was told, and how it was read."""

    at: int
    region: str
    told: dict[str, Any]
    read: Advice | FeeLedgerError


def take_region(
    call: BankCall, region: str, told: Sequence[Told], *, is_first: bool
) -> dict[int, Verdict]:
    """Take in the confirmations of one region and give each its verdict, by its place.

    Raises what a signature is refused with, where the nonce or the key is no longer good.
    """
    verdicts = _take_clear(call, region, told, is_first=is_first)
    rest = [one for one in told if one.at not in verdicts]
    verdicts |= _told_before(call, region, rest)
    for one in rest:
        if one.at not in verdicts:
            verdicts[one.at] = _take_alone(call, one)
    return verdicts


def _take_clear(
    call: BankCall, region: str, told: Sequence[Told], *, is_first: bool
) -> dict[int, Verdict]:
    """Use up the nonce, keep the message, and book what is clear, all or none."""
    store, subject = kit().store, f"{len(told)}"
    number = new_id(call.now)
    if store.dialect == "postgresql":
        answers, rows = _clear_rows(call, told)
        received = call.received(KIND, region=region, subject=subject)
        found = store.at_once(
            TAKE,
            {
                "region": region,
                "bank": call.bank,
                "told": write_json(rows).decode(),
                "now": call.now,
                "keyid": call.signature.key_id if is_first else None,
                "nonce": call.signature.nonce,
                "at": call.at,
                "forgotten": call.at - NONCE_KEPT,
                "message": number,
                "subject": subject,
                "request_id": received.request_id,
                "raw": received.raw,
                "sha256": hashlib.sha256(received.raw).hexdigest(),
            },
        )
        state, *serials = (found or "").split(" ")
        if state == TAKEN:
            return dict(answers[serial] for serial in serials if serial)
    _begin_long_way(call, region, subject, crossed=number, is_first=is_first)
    return {}


def _clear_rows(
    call: BankCall, told: Sequence[Told]
) -> tuple[dict[str, tuple[int, str]], list[dict[str, Any]]]:
    """Give what may be clear, with its place and answer by serial; of equals only the first."""
    answers: dict[str, tuple[int, str]] = {}
    serials: set[str] = set()
    codes: set[str] = set()
    rows = []
    for one in told:
        advice = one.read
        if isinstance(advice, FeeLedgerError):
            continue
        is_first = advice.trade_no not in serials and advice.pay_code not in codes
        serials.add(advice.trade_no)
        codes.add(advice.pay_code)
        if is_first and not advice.crc_code and not advice.lies_ahead(call.now):
            row = clear_row(advice, now=call.now)
            answers[advice.trade_no] = (one.at, row["answer"])
            rows.append(row)
    return answers, rows


def _begin_long_way(
    call: BankCall, region: str, subject: str, *, crossed: int, is_first: bool
) -> None:
    """Use up the nonce and keep the message, where no statement did both.

    One that did, and whose answer was lost, is known by the number of its message.
    """
    numbers = [crossed]

    def begin(session: Session) -> None:
        used = None
        if is_first:
            try:
                use_nonce(session, call.signature, now=call.at)
            except NonceUsed as refusal:
                used = refusal
        if any(message_stands(session, region, number) for number in numbers):
            return
        if used is not None:
            raise used
        received = call.received(KIND, region=region, subject=subject)
        numbers.append(keep_message(session, received, result=SUCCESS, now=call.now))
        prune_seldom(session, now=call.at)

    try:
        kit().store.retry(begin)
    except SignatureRefused as refusal:
        note_signature_refusal(refusal, call.at)
        raise


def _told_before(call: BankCall, region: str, rest: Sequence[Told]) -> dict[int, Verdict]:
    """Give the first answers of what was accepted before with the same content (R-B3)."""
    advices = {one.at: one.read for one in rest if isinstance(one.read, Advice)}
    if not advices:
        return {}
    serials = {advice.trade_no for advice in advices.values()}
    with kit().store.read() as session:
        kept = answers_of_trades(session, region, call.bank, serials)
    return {
        at: canonical_json(kept[advice.trade_no].answer)
        for at, advice in advices.items()
        if advice.trade_no in kept and kept[advice.trade_no].holds(advice.content())
    }


def _take_alone(call: BankCall, one: Told) -> Verdict:
    """Judge and book one confirmation as if it had come alone; a refusal is recorded (R-B4)."""

    def take(session: Session) -> Verdict:
        if isinstance(one.read, FeeLedgerError):
            refused = RefusedMessage(one.region, call.bank, "confirmation", one.told)
            keep_refused(session, refused, one.read, now=call.now)
            return one.read
        outcome = record_payment(session, one.read, bank=call.bank, now=call.now)
        answer = found_or_refusal(outcome.receipt)
        return answer if isinstance(answer, FeeLedgerError) else canonical_json(answer)

    return kit().store.retry(take)
