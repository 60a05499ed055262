"""Workers for the races of this package: fresh processes import them by name."""

from multiprocessing.synchronize import Barrier

from sqlalchemy.orm import Session

from feeledger.errors import FeeLedgerError
from feeledger.money import Money
from feeledger.notices.queries import notice_of
from feeledger.payments.actions import record_payment
from feeledger.store import Store
from feeledger.unmatched.actions import record_arrival
from feeledger.unmatched.claim_actions import Proposal, book_claim, propose_claim
from feeledger.unmatched.receipt_actions import split_receipt
from tests.builders import BANK, NOW, REGION, an_advice
from tests.racing import at_once
from tests.unmatched.books import an_arrival


def arrive_at_once(barrier: Barrier, url: str, serials: list[str]) -> list:
    """Tell of money from as many threads as there are serials."""

    def arrive(store: Store, serial: str) -> object:
        outcome = store.retry(
            lambda session: record_arrival(session, an_arrival(serial), bank=BANK, now=NOW)
        )
        return outcome.answer or outcome.refusal.result

    return at_once(barrier, url, serials, arrive)


def meet_at_once(barrier: Barrier, url: str, jobs: list[tuple[str, int | None]]) -> list:
    """Confirm notices, or (without one) let the money arrive, each under its serial."""

    def meet(store: Store, job: tuple[str, int | None]) -> object:
        serial, notice_id = job
        if notice_id is None:
            arrival = an_arrival(serial)
            told = store.retry(lambda session: record_arrival(session, arrival, bank=BANK, now=NOW))
            return ("arrival", serial, told.answer is not None)
        with store.read() as session:
            advice = an_advice(notice_of(session, REGION, notice_id), serial)
        told = store.retry(lambda session: record_payment(session, advice, bank=BANK, now=NOW))
        return ("confirmation", serial, told.answer is not None)

    return at_once(barrier, url, jobs, meet)


def settle_at_once(barrier: Barrier, url: str, jobs: list[tuple]) -> list:
    """Propose, split, book or confirm at the same moment; give (what, whether it was done)."""

    def settle(store: Store, job: tuple) -> tuple[str, bool]:
        what, *told = job
        try:
            done = store.retry(lambda session: ACTS[what](session, *told))
        except FeeLedgerError:
            return what, False
        return what, getattr(done, "answer", done) is not None

    return at_once(barrier, url, jobs, settle)


def _confirm(session: Session, notice_id: int, serial: str) -> object:
    advice = an_advice(notice_of(session, REGION, notice_id), serial)
    return record_payment(session, advice, bank=BANK, now=NOW)


def _propose(session: Session, receipt: int, code: str) -> object:
    proposal = Proposal((receipt,), (code,), "凭证")
    return propose_claim(session, REGION, proposal, by="clerk", now=NOW)


def _split(session: Session, receipt: int) -> object:
    return split_receipt(session, REGION, receipt, Money(100), reason="", by="clerk", now=NOW)


def _book(session: Session, claim: int) -> object:
    book_claim(session, REGION, claim, by="clerk", now=NOW)
    return True


ACTS = {"confirm": _confirm, "propose": _propose, "split": _split, "book": _book}
