"""Many at once, on both databases: one outcome each, no deadlock, no fault of the database."""

from sqlalchemy import func, select

from feeledger.payments.tables import UnmatchedReceiptRow
from feeledger.unmatched.tables import FundsArrivalRow
from tests.builders import a_notice, a_query, a_ready_notice
from tests.racing import in_processes
from tests.unmatched.books import a_receipt, assert_clean, books
from tests.unmatched.crowd import arrive_at_once, meet_at_once, settle_at_once
from tests.unmatched.test_claims import audit, propose


def count(store, row):
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(row))


def test_one_arrival_64_times_is_one_money_and_one_answer(any_store, url):
    with any_store.write() as session:
        a_ready_notice(session)

    answers = in_processes(arrive_at_once, [(url, ["T0001"] * 16)] * 4)

    assert len(answers) == 64
    assert all(answer == answers[0] for answer in answers)
    assert count(any_store, FundsArrivalRow) == count(any_store, UnmatchedReceiptRow) == 1
    assert_clean(any_store)


def test_confirmations_against_arrivals_of_the_same_serials(any_store, url):
    """Each pair at the same moment from two processes; however it falls, the money stands once."""
    pairs = 24
    with any_store.write() as session:
        notices = [a_ready_notice(session), *(a_notice(session) for _ in range(pairs - 1))]
        for notice in notices:
            a_query(session, notice)
    confirm = [(f"T{n}", notice.id) for n, notice in enumerate(notices)]
    arrive = [(f"T{n}", None) for n in range(pairs)]

    told = in_processes(meet_at_once, [(url, confirm), (url, arrive)])

    assert [ok for _, _, ok in told] == [True] * (2 * pairs)
    with any_store.read() as session:
        fen = 14000 * pairs
        assert books(session)[:2] == ({"designated": fen, "income": -fen}, ["arrived"] * pairs)
    assert_clean(any_store)


def test_claims_and_a_split_of_one_receipt_have_one_winner(any_store, url):
    with any_store.write() as session:
        notice = a_ready_notice(session)
        receipt = a_receipt(session).id
    jobs = [("propose", receipt, notice.pay_code)] * 4 + [("split", receipt)] * 4

    told = in_processes(settle_at_once, [(url, jobs)] * 2)

    assert [done for _, done in told].count(True) == 1
    assert_clean(any_store)


def test_a_claim_against_confirmations_of_its_notice_pays_it_once(any_store, url):
    """One confirmation is of the claimed money itself, others are of other money."""
    with any_store.write() as session:
        notice = a_ready_notice(session)
        claim = propose(session, [a_receipt(session, "OWN").id], [notice.pay_code])
        audit(session, claim)
    confirms = [("confirm", notice.id, serial) for serial in ("OWN", "B", "C")]

    told = in_processes(settle_at_once, [(url, [("book", claim)] * 3), (url, confirms)])

    assert [done for _, done in told].count(True) == 1
    with any_store.read() as session:
        assert books(session, notice)[2] == "paid"
    assert_clean(any_store)
