"""Everything that moves money, at the same moment: fresh processes import the acts by name.

No act is done again here: a deadlock, or any fault of the database, ends the process and the test.
"""

from datetime import timedelta
from multiprocessing.synchronize import Barrier

from sqlalchemy.orm import Session

from feeledger.errors import FeeLedgerError
from feeledger.notices.actions import void_notice
from feeledger.notices.queries import notice_of
from feeledger.payments.actions import record_payment
from feeledger.payments.outcome import Outcome
from feeledger.refunds.actions import approve_refund
from feeledger.refunds.money_actions import pay_refund
from feeledger.settlements.actions import approve_settlement
from feeledger.store import Store
from feeledger.unmatched.actions import record_arrival
from feeledger.unmatched.claim_actions import book_claim
from feeledger.unmatched.receipt_actions import ReturnDone, confirm_return
from tests.builders import BANK, NOW, REGION, TODAY, a_hand, an_advice, the_calendar
from tests.racing import at_once
from tests.unmatched.books import an_arrival

LATER = NOW + timedelta(minutes=5)
DONE = "done"


def move_at_once(barrier: Barrier, url: str, jobs: list[tuple]) -> list:
    """Do each job, (name, act, its arguments), in a thread of its own; give (name, act, outcome)."""
    the_calendar()

    def move(store: Store, job: tuple) -> tuple[str, str, object]:
        name, act, *told = job
        try:
            with store.write() as session:
                return name, act, ACTS[act](session, *told)
        except FeeLedgerError as refused:
            return name, act, refused.code

    return at_once(barrier, url, jobs, move)


def _told(outcome: Outcome) -> object:
    return outcome.answer or outcome.refusal.result


def _confirm(session: Session, notice: int, serial: str) -> object:
    advice = an_advice(notice_of(session, REGION, notice), serial)
    return _told(record_payment(session, advice, bank=BANK, now=NOW))


def _arrive(session: Session, serial: str, amount: str) -> object:
    arrival = an_arrival(serial, amount=amount)
    return _told(record_arrival(session, arrival, bank=BANK, now=NOW))


def _void(session: Session, notice: int) -> str:
    void_notice(session, REGION, notice, reason="错开", by="clerk", now=LATER)
    return DONE


def _settle(session: Session, settlement: int) -> str:
    approve_settlement(session, REGION, settlement, hand=a_hand("reviewer:test"))
    return DONE


def _approve(session: Session, refund: int) -> str:
    hand = a_hand("reviewer:test")
    return str(approve_refund(session, REGION, refund, hand=hand, calendar=the_calendar()).route)


def _pay_back(session: Session, refund: int) -> str:
    pay_refund(session, REGION, refund, payment_no="R1", hand=a_hand("clerk:test"))
    return DONE


def _book(session: Session, claim: int) -> str:
    book_claim(session, REGION, claim, by="clerk", now=LATER)
    return DONE


def _return(session: Session, receipt: int) -> str:
    confirm_return(session, REGION, receipt, ReturnDone(TODAY, "R1"), by="reviewer", now=LATER)
    return DONE


ACTS = {
    "confirm": _confirm,
    "arrive": _arrive,
    "void": _void,
    "settle": _settle,
    "approve": _approve,
    "pay back": _pay_back,
    "book": _book,
    "return": _return,
}
