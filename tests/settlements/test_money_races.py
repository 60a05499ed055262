"""All that moves money at the same moment, on both databases: one outcome each, no deadlock.

One crowd for all of it, because they also meet each other: they share the region's book and its day.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import chain, cycle

from feeledger.auditor.program import audit_database
from feeledger.audits import audit_books
from feeledger.payments.queries import payment_of_notice
from feeledger.refunds.queries import refund_of
from feeledger.settlements.actions import prepare_settlement
from feeledger.sharing.actions import keep_shares
from feeledger.unmatched.receipt_actions import request_return
from tests.builders import (
    CLERK,
    NOW,
    REGION,
    TODAY,
    a_hand,
    a_notice,
    a_paid_notice,
    a_query,
    a_share_rule,
    a_verified_refund,
    an_approved_refund,
    reconcile_all,
)
from tests.racing import in_processes
from tests.settlements.crowd import DONE, move_at_once
from tests.unmatched.books import a_receipt
from tests.unmatched.test_claims import ASKED, audit, propose

PAIRS = 4


def jobs_of(session) -> Iterator[tuple[str, list[tuple]]]:
    """Prepare each contest; give its name and what its rivals do."""
    a_share_rule(session, ratios={"county": "100"}, collecting="county")
    settling = [a_paid_notice(session, trade_no=f"S{n}") for n in range(PAIRS)]
    keep_shares(session, REGION, now=NOW)
    reconcile_all(session)
    order = prepare_settlement(
        session, REGION, document="划解1号", until=TODAY, hand=a_hand(CLERK)
    ).id
    asked = [a_verified_refund(session, notice, "40.00").id for notice in settling[:2]]
    yield "settlement", [("settle", order)] * 2 + [("approve", refund) for refund in asked]

    paid = a_paid_notice(session, trade_no="P1")
    back = an_approved_refund(session, paid, "140.00")
    yield "refund paid", [("pay back", back.id)] * 4

    for number in range(PAIRS):
        notice = queried(session)
        yield f"void {number}", [("void", notice), ("confirm", notice, f"V{number}")]

    own, other = a_receipt(session, "C1", amount="70.00"), a_receipt(session, "C2", amount="70.00")
    claimed, elsewhere = a_notice(session), queried(session)
    claim = propose(session, [own.id, other.id], [claimed.pay_code])
    audit(session, claim, confirmed=True)
    rivals = [("book", claim)] * 3 + [("arrive", serial, "70.00") for serial in ("C1", "C2") * 2]
    yield "claim", [*rivals, ("confirm", elsewhere, "C2")]

    sent = a_receipt(session, "R1").id
    request_return(session, REGION, sent, ASKED, by="clerk", now=NOW)
    yield "return", [("return", sent)] * 3 + [("confirm", queried(session), "R1")]


def the_64s(session) -> Iterator[tuple[str, list[tuple]]]:
    """One serial 64 times, and 64 serials on one notice; on PostgreSQL tests/payments does it."""
    one, contested = queried(session), queried(session)
    yield "same", [("confirm", one, "SAME")] * 64
    yield "many", [("confirm", contested, f"M{number}") for number in range(64)]


def queried(session) -> int:
    notice = a_notice(session)
    a_query(session, notice)
    return notice.id


def run(url, contests) -> dict[str, list[tuple[str, object]]]:
    """Let two processes do everything at once; give the outcomes by contest."""
    hands: tuple[list, list] = ([], [])
    every = chain.from_iterable([(name, *job) for job in jobs] for name, jobs in contests.items())
    for hand, job in zip(cycle(hands), every, strict=False):
        hand.append(job)
    found: dict[str, list[tuple[str, object]]] = {}
    for name, act, outcome in in_processes(move_at_once, [(url, hand) for hand in hands]):
        found.setdefault(name, []).append((act, outcome))
    return found


def test_everything_that_moves_money_at_once_has_one_outcome_each(placed, url):
    with placed.write() as session:
        contests = dict(jobs_of(session))
        if placed.dialect == "sqlite":
            contests |= dict(the_64s(session))

    told = run(url, contests)

    assert_one_settlement(told["settlement"])
    assert Counter(told["refund paid"]) == {
        ("pay back", DONE): 1, ("pay back", "refund-not-movable"): 3,
    }  # fmt: skip
    for number in range(PAIRS):
        outcome = dict(told[f"void {number}"])
        won = ("void", outcome["void"] == DONE), ("confirm", isinstance(outcome["confirm"], dict))
        assert [yes for _, yes in won].count(True) == 1, outcome
        assert outcome["void"] in (DONE, "notice-not-movable")
        assert outcome["confirm"] == "11004" or outcome["void"] != DONE
    assert_one_claim(told["claim"])
    assert [outcome for act, outcome in told["return"] if act == "return"].count(DONE) == 1
    assert not any(isinstance(outcome, dict) for _, outcome in told["return"])
    if placed.dialect == "sqlite":
        assert_the_64s(told["same"], told["many"])
    with placed.read() as session:
        assert audit_books(session, REGION) == ()
        for _, refund in contests["settlement"][2:]:
            row = refund_of(session, REGION, refund)
            assert row.payment == payment_of_notice(session, REGION, row.notice).id
    assert dict(audit_database(url))[REGION] == []


def assert_one_settlement(told):
    """Either the order is approved and refunds come from the treasury, or a refund was first."""
    orders = [outcome for act, outcome in told if act == "settle"]
    routes = {outcome for act, outcome in told if act == "approve"}
    if DONE in orders:
        assert sorted(orders) == [DONE, "settlement-not-open"]
        assert routes == {"treasury"}
    else:
        assert orders == ["settlement-changed"] * 2
        assert routes == {"account"}


def assert_one_claim(told):
    """The claim is booked, or the bank confirms one of its receipts for another notice."""
    booked = [outcome for act, outcome in told if act == "book"]
    (confirmed,) = [outcome for act, outcome in told if act == "confirm"]
    assert booked.count(DONE) + (confirmed != "99999") == 1, told
    assert set(booked) <= {DONE, "claim-not-movable"}
    arrivals = [outcome for act, outcome in told if act == "arrive"]
    assert all(isinstance(outcome, dict) for outcome in arrivals)


def assert_the_64s(same, many):
    """64 equal answers; one of 64 serials pays."""
    answers = [outcome for _, outcome in same]
    assert len(answers) == 64
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["result"] == "00000"
    told = [outcome for _, outcome in many]
    assert [isinstance(outcome, dict) for outcome in told].count(True) == 1
    assert told.count("12001") == 63
