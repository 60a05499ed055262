"""Reversals against everything else, in real processes: one outcome each, on both databases."""

import pytest
from sqlalchemy import func, select

from feeledger.audits import audit_books
from feeledger.notices.tables import NoticeRow
from feeledger.payments.reversal_tables import ReversalRow
from feeledger.payments.tables import PaymentRow
from feeledger.payments.verify_queries import verify_region
from tests.builders import (
    ACCOUNT_NO,
    BANK,
    REGION,
    TODAY,
    a_notice,
    a_paid_notice,
    a_payment,
    a_place,
    a_query,
    a_ready_notice,
    a_verified_refund,
    an_enterprise,
)
from tests.racing import (
    approve_at_once,
    close_at_once,
    import_at_once,
    in_processes,
    pay_at_once,
    reverse_at_once,
)
from tests.reconciliation.books import a_day_file


@pytest.fixture
def notice(any_store):
    with any_store.write() as session:
        return a_ready_notice(session)


def state(store):
    with store.read() as session:
        assert verify_region(session, REGION) == ()
        return (
            session.scalar(select(NoticeRow.status)),
            list(session.scalars(select(PaymentRow.state))),
            session.scalar(select(func.count()).select_from(ReversalRow)),
        )


def test_one_reversal_64_times_is_one_entry_and_one_answer(any_store, url, notice):
    with any_store.write() as session:
        a_payment(session, notice)

    answers = in_processes(reverse_at_once, [(url, notice.id, ["T0001"] * 16)] * 4)

    assert len(answers) == 64
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][1]["result"] == "00000"
    assert state(any_store) == ("issued", ["reversed"], 1)


def test_a_reversal_against_its_own_confirmation_ends_reversed_whoever_is_first(
    any_store, url, notice
):
    told = in_processes(pay_at_once, [(url, notice.id, ["T0001"])] * 2) + in_processes(
        reverse_at_once, [(url, notice.id, ["T0001"])] * 2
    )
    assert [answer["result"] for _, answer in told] == ["00000"] * 4
    with any_store.write() as session:
        other = a_notice(session)
        a_query(session, other)

    in_processes(_pay_or_reverse, [(url, other.id, way) for way in ("pay", "reverse") * 2])

    with any_store.read() as session:
        assert session.scalar(select(NoticeRow.status).where(NoticeRow.id == other.id)) == "issued"
        assert verify_region(session, REGION) == ()


def _pay_or_reverse(barrier, url, notice_id, way):
    work = pay_at_once if way == "pay" else reverse_at_once
    return work(barrier, url, notice_id, ["S0001"])


def test_a_reversal_against_another_confirmation(any_store, url, notice):
    with any_store.write() as session:
        a_payment(session, notice)

    in_processes(_reverse_or_pay_again, [(url, notice.id, way) for way in ("reverse", "pay") * 2])

    status, states, reversals = state(any_store)
    assert reversals == 1
    assert (status, sorted(states)) in (
        ("issued", ["reversed"]),
        ("paid", ["confirmed", "reversed"]),
    )


def _reverse_or_pay_again(barrier, url, notice_id, way):
    if way == "reverse":
        return reverse_at_once(barrier, url, notice_id, ["T0001"])
    return pay_at_once(barrier, url, notice_id, ["T0002"])


def test_reversals_against_the_days_file_are_each_matched_or_reversed(any_store, url, notice):
    with any_store.write() as session:
        notices = [notice, *(a_notice(session) for _ in range(11))]
        for number, each in enumerate(notices):
            a_query(session, each)
            a_payment(session, each, f"T{number}")
    raw = a_day_file(
        *((f"T{n}", each.pay_code, "140.00") for n, each in enumerate(notices)),
        day=TODAY,
        bank=BANK,
        account=ACCOUNT_NO,
    )
    work = [(url, each.id, f"T{n}") for n, each in enumerate(notices)]

    told = in_processes(_import_or_reverse, [(url, raw, None), (url, None, work)])

    matched = next(count for name, count in told if name == "matched")
    reversed_ones = [name for name, answer in told if isinstance(answer, dict)]
    assert matched + len(reversed_ones) == 12
    with any_store.read() as session:
        states = sorted(session.scalars(select(PaymentRow.state)))
        assert states == ["reconciled"] * matched + ["reversed"] * len(reversed_ones)
        assert verify_region(session, REGION) == ()


def _import_or_reverse(barrier, url, raw, work):
    if raw is not None:
        return import_at_once(barrier, url, raw)
    barrier.wait(60)
    told = []
    for its_url, notice_id, serial in work:
        told += reverse_at_once(_Open(), its_url, notice_id, [serial])
    return told


class _Open:
    def wait(self, _seconds):
        """Everybody is here already."""


def test_a_reversal_against_the_closing_of_its_bank_day(any_store, url, notice):
    with any_store.write() as session:
        a_payment(session, notice)

    told = dict(in_processes(_close_or_reverse, [(url, notice.id, way) for way in ("close", "go")]))

    # The day closes only once nothing of it stands unreconciled, and then nothing is left to reverse.
    assert isinstance(told["T0001"], dict)
    assert state(any_store) == ("issued", ["reversed"], 1)


def _close_or_reverse(barrier, url, notice_id, way):
    if way == "close":
        return close_at_once(barrier, url, TODAY)
    return reverse_at_once(barrier, url, notice_id, ["T0001"])


def test_a_reversal_against_the_approval_of_a_refund_has_one_winner(any_store, url):
    with any_store.write() as session:
        a_place(session)
        an_enterprise(session)
        notice = a_paid_notice(session)
        refund = a_verified_refund(session, notice, "140.00").id

    told = in_processes(_refund_or_reverse, [(url, notice.id, refund), (url, notice.id, None)])

    approved = "finance_approved" in told
    reversal = next(answer[1] for answer in told if isinstance(answer, tuple))
    assert (reversal == "99999") == approved
    with any_store.read() as session:
        assert session.scalar(select(NoticeRow.status)) == ("paid" if approved else "issued")
        assert audit_books(session, REGION) == ()


def _refund_or_reverse(barrier, url, notice_id, refund):
    if refund is not None:
        return approve_at_once(barrier, url, [refund])
    return reverse_at_once(barrier, url, notice_id, ["T0001"])
