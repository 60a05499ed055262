"""Books with every kind of event in them, sealed and signed, and an open tail with some again."""

from datetime import timedelta

from feeledger.audits import audit_books, bound_by_seal
from feeledger.ledger.actions import close_day
from feeledger.ledger.day_sealing import sign_day
from feeledger.ledger.seal_key_actions import add_seal_key
from feeledger.ledger.seal_keys import new_seal_key
from feeledger.ledger.sealing import seal_region
from feeledger.money import Money
from feeledger.notices.queries import notice_of
from feeledger.payments.actions import record_payment
from feeledger.payments.reversal import ReversalAdvice
from feeledger.payments.reversal_actions import record_reversal
from feeledger.refunds.actions import approve_refund, reject_refund, withdraw_refund
from feeledger.refunds.money_actions import pay_refund
from feeledger.regions.signing_actions import enrol_signing_key
from feeledger.reliefs.relief import Terms
from feeledger.settlements.actions import cancel_settlement, prepare_settlement
from feeledger.sharing.actions import keep_shares
from feeledger.signatures import make_private_key, read_key_ring
from feeledger.unmatched.claim_actions import withdraw_claim
from feeledger.unmatched.receipt_actions import (
    confirm_return,
    refuse_return,
    request_return,
    split_receipt,
)
from feeledger.vouchers.actions import Round, follow_vouchers
from feeledger.vouchers.stock_actions import bind_ticket_kind, open_ticket_block
from tests.auditor.days import open_ends, reconciled
from tests.builders import (
    BANK,
    CLERK,
    NOW,
    REGION,
    TODAY,
    WATER_UNIT,
    a_hand,
    a_notice,
    a_paid_notice,
    a_paid_refund,
    a_place,
    a_query,
    a_settlement,
    a_share_rule,
    a_verified_refund,
    an_advice,
    an_applied_refund,
    an_approved_refund,
    an_edition,
    an_enterprise,
    reconcile_all,
    the_calendar,
)
from tests.reliefs.test_actions import grant
from tests.reliefs.test_actions import pay as pay_relieved
from tests.unmatched.books import a_receipt, arrive
from tests.unmatched.test_claims import ASKED, DONE, audit, book, propose

KEY = new_seal_key()
LATER = NOW + timedelta(seconds=5)
EVENING = NOW + timedelta(minutes=10)
OTHER = {
    "to_account": "6222-9",
    "to_name": "某人",
    "to_bank": "某行",
    "evidence": "授权委托书第1号",
}


def fill_everything(store, folder):
    """A signed day with every kind of event; then an open day with some of them, not sealed yet."""
    with store.write() as session:
        ring = begin(session, folder)
        settled_then_refunded(session, ring)
        money_without_notice(session)
        taken_back(session)
        relieved(session)
        reconciled(session)
    seal_region(store, REGION, particulars=bound_by_seal, now=LATER)
    with store.write() as session:
        tomorrow = TODAY + timedelta(days=1)
        close_day(session, REGION, TODAY, next_day=tomorrow, by=CLERK, now=LATER)
        sign_day(session, REGION, TODAY, key=KEY, now=LATER + timedelta(seconds=5))
    with store.write() as session:
        the_tail(session)
        follow(session, ring)
        open_ends(session)
        assert audit_books(session, REGION) == ()


def begin(session, folder):
    """A place with share rules, a stock of voucher numbers, and the keys of unit and bureau."""
    add_seal_key(session, KEY.public, by=CLERK, now=NOW - timedelta(days=1))
    an_edition(session)
    a_place(session)
    an_enterprise(session)
    a_share_rule(session, ratios={"central": "10", "province": "20", "county": "70"})
    bind_ticket_kind(session, REGION, WATER_UNIT, "0301", by=CLERK, now=NOW)
    asked = {"kind": "0301", "year": 2026, "count": 50, "reason": "首批"}
    open_ticket_block(session, REGION, **asked, by=CLERK, now=NOW)
    return ring_of(session, folder)


def ring_of(session, folder):
    """Enrol a key of the unit and one of the bureau."""
    for keyid, unit in (("unit-1", WATER_UNIT), ("bureau-1", None)):
        told = {"unit_code": unit, "material": make_private_key(folder, keyid)}
        enrol_signing_key(session, REGION, keyid, **told, by=CLERK, now=NOW - timedelta(days=1))
    return read_key_ring(folder)


def follow(session, ring):
    while follow_vouchers(session, REGION, Round(ring, TODAY, LATER)).moved:
        pass


def pay(session, ring, serial):
    """Pay a signed notice from the payer's account."""
    notice = a_notice(session, ring=ring)
    a_query(session, notice)
    told = an_advice(notice, serial, payer_account="6222-0000-0001")
    record_payment(session, told, bank=BANK, now=NOW + timedelta(seconds=1)).receipt()
    return notice


def settled_then_refunded(session, ring):
    """Refunds before and after the settlement, to the payer and to another, and some that came to nothing."""
    first, second, third = (pay(session, ring, f"S{number}") for number in (1, 2, 3))
    keep_shares(session, REGION, now=NOW)
    follow(session, ring)
    reconcile_all(session)
    a_paid_refund(session, first, "40.01")
    order = prepare_settlement(session, REGION, document="划解0号", until=TODAY, hand=a_hand(CLERK))
    cancel_settlement(session, REGION, order.id, hand=a_hand("reviewer:test", reason="重编"))
    a_settlement(session)
    follow(session, ring)
    a_paid_refund(session, second, "140.00")
    refund = an_approved_refund(session, third, "10.00", **OTHER)
    assert refund.approved_by is not None
    second_approval(session, refund)
    doing = {"hand": a_hand("water:two"), "calendar": the_calendar()}
    reject_refund(session, REGION, an_applied_refund(session, third, "1.00").id, **doing)
    withdraw_refund(session, REGION, an_applied_refund(session, third, "2.00").id, **doing)
    follow(session, ring)


def second_approval(session, refund):
    doing = {"hand": a_hand("reviewer:two"), "calendar": the_calendar()}
    approve_refund(session, REGION, refund.id, **doing)
    pay_refund(session, REGION, refund.id, payment_no="R0002", hand=a_hand(CLERK))


def money_without_notice(session):
    """Claims of several receipts and for several notices, splits, returns; money before its confirmation."""
    one = a_notice(session)
    halves = [a_receipt(session, serial, amount="70.00").id for serial in ("H1", "H2")]
    claim = propose(session, halves, [one.pay_code])
    audit(session, claim, confirmed=True)
    book(session, claim)
    big = a_receipt(session, "BIG", amount="150.00")
    rest, surplus = split_receipt(
        session, REGION, big.id, Money(1000), reason="多缴", by="clerk", now=NOW
    )
    claim_through_confirmed(session, rest, a_notice(session))
    request_return(session, REGION, surplus, ASKED, by="clerk", now=NOW)
    confirm_return(session, REGION, surplus, DONE, by="reviewer", now=LATER)
    early = a_notice(session)
    a_query(session, early)
    a_receipt(session, "OWN")
    record_payment(session, an_advice(early, "OWN"), bank=BANK, now=LATER).receipt()
    assert arrive(session, "S1").answer  # the money of a confirmed payment


def claim_through_confirmed(session, receipt, notice):
    claim = propose(session, [receipt], [notice.pay_code])
    audit(session, claim, confirmed=True)
    book(session, claim)


def relieved(session):
    """A notice of 140.00 reduced by 40.00, paid under it."""
    notice = a_notice(session)
    a_query(session, notice)
    grant(session, notice, Terms("reduce", line_no=1, amount=Money(4000)))
    assert pay_relieved(session, notice, "100.00", serial="RELIEF") == "00000"


def taken_back(session):
    notice = a_paid_notice(session, trade_no="REV")
    told = ReversalAdvice(notice.pay_code, "REV", Money(notice.amount_fen), reason="客户取消")
    assert record_reversal(session, told, bank=BANK, now=LATER).answer
    kept = notice_of(session, REGION, notice.id)
    assert kept.status == "issued"


def the_tail(session):
    """What is not sealed yet: a payment, an approved refund, a claim under way, a return asked for."""
    paid = a_paid_notice(session, trade_no="TAIL")
    keep_shares(session, REGION, now=NOW)
    a_verified_refund(
        session, paid, "140.00"
    )  # asked before the next was approved: it fits no more
    an_approved_refund(session, paid, "5.00")
    a_verified_refund(session, paid, "6.00")
    open_one = a_receipt(session, "OPEN").id
    withdrawn = propose(session, [open_one], [a_notice(session).pay_code])
    withdraw_claim(session, REGION, withdrawn, reason="错认", by="clerk", now=EVENING)
    waiting = a_receipt(session, "WAIT").id
    audit(session, propose(session, [waiting], [a_notice(session).pay_code]), confirmed=True)
    back = a_receipt(session, "BACK").id
    request_return(session, REGION, back, ASKED, by="clerk", now=NOW)
    refuse_return(session, REGION, back, reason="无依据", by="reviewer", now=LATER)
    request_return(session, REGION, back, ASKED, by="clerk", now=LATER)
