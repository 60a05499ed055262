"""Claims (R-U1, R-U3), splits (R-U2) and returns of unmatched money, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from feeledger.money import parse_amount
from feeledger.notices.actions import expire_notices, void_notice
from feeledger.payments.tables import PaymentRow
from feeledger.people.roles import SamePerson
from feeledger.trail import acts_about
from feeledger.unmatched.claim import (
    ClaimNotMovable,
    ClaimShapeWrong,
    ClaimSumDiffers,
    NoticeNotClaimable,
    PayerNotConfirmed,
)
from feeledger.unmatched.claim_actions import (
    Proposal,
    audit_claim,
    book_claim,
    propose_claim,
    reject_claim,
    withdraw_claim,
)
from feeledger.unmatched.list_queries import ReceiptsWanted, find_receipts, kind_now
from feeledger.unmatched.receipt import ReceiptNotMovable
from feeledger.unmatched.receipt_actions import (
    Payee,
    PayeeDiffers,
    PayeeUnknown,
    ReturnAsked,
    ReturnDayImpossible,
    ReturnDone,
    SurplusImpossible,
    confirm_return,
    refuse_return,
    request_return,
    split_receipt,
)
from feeledger.unmatched.tables import ReceiptClaimRow, ReceiptReturnRow
from tests.builders import (
    CLERK,
    LICENCE_ITEM,
    LICENCE_LINE,
    NOW,
    POLICE_UNIT,
    REGION,
    TODAY,
    a_charge,
    a_notice,
    a_payment,
    a_ready_notice,
    an_answer,
)
from tests.unmatched.books import Payer, a_receipt, arrive, assert_clean, books, receipts

LATER = NOW + timedelta(minutes=5)
ASKED = ReturnAsked("重复缴款", "缴款人申请书 2026-11")
DONE = ReturnDone(TODAY, "R20261124001")


def propose(session, ids, codes, *, by="clerk", now=LATER):
    proposal = Proposal(tuple(ids), tuple(codes), "付款凭证")
    return propose_claim(session, REGION, proposal, by=by, now=now)


def audit(session, claim, *, by="reviewer", confirmed=False):
    audit_claim(session, REGION, claim, payer_confirmed=confirmed, reason="相符", by=by, now=LATER)


def book(session, claim, *, by="clerk"):
    book_claim(session, REGION, claim, by=by, now=LATER)


def claim_through(session, ids, codes):
    claim = propose(session, ids, codes)
    audit(session, claim)
    book(session, claim)
    return claim


def a_licence_notice(session, count):
    """A notice of 10.00 yuan for each vehicle licence."""
    licence = an_answer(LICENCE_ITEM, LICENCE_LINE, facts={"vehicle_licences": count})
    return a_notice(session, a_charge(POLICE_UNIT, licence))


def states(session):
    return [row.state for row in receipts(session)]


# --- R-U1 ---


def test_r_u1_several_receipts_pay_one_notice(any_store, notice):
    """100.00 + 40.00 = 140.00, the notice."""
    with any_store.write() as session:
        ids = [a_receipt(session, s, amount=a).id for s, a in (("A", "100.00"), ("B", "40.00"))]
        claim_through(session, ids, [notice.pay_code])

        assert books(session, notice) == (
            {"designated": 14000, "income": -14000},
            ["arrived"],
            "paid",
        )
        payment = session.scalars(select(PaymentRow)).one()
        assert (payment.kind, payment.channel, payment.amount_fen) == ("claim", "19", 14000)
        assert (payment.payer_name, payment.payer_account) == ("演示商行", "6222-0000-1111")
        assert states(session) == ["matched", "matched"]
    assert_clean(any_store)


def test_r_u1_one_receipt_pays_several_notices_and_closes_when_all_are_booked(any_store, notice):
    """140.00 + 20.00 + 30.00 = 190.00, the receipt."""
    with any_store.write() as session:
        others = [a_licence_notice(session, 2), a_licence_notice(session, 3)]
        receipt = a_receipt(session, amount="190.00")
        codes = [notice.pay_code, *(one.pay_code for one in others)]
        claim = propose(session, [receipt.id], codes)
        assert states(session) == ["claim_proposed"]
        audit(session, claim)
        assert states(session) == ["audited"]
        book(session, claim)

        assert states(session) == ["matched"]
        held, payments, _ = books(session)
        assert held == {"designated": 19000, "income": -19000}
        assert payments == ["arrived"] * 3
        acts = [act.act for act in acts_about(session, REGION, f"receipt-claim:{claim}")]
        assert sorted(acts) == ["audit-claim", "book-claim", "propose-claim"]
    assert_clean(any_store)


def test_r_u1_if_one_of_its_notices_was_paid_meanwhile_none_is_booked(any_store, notice):
    with any_store.write() as session:
        other = a_licence_notice(session, 2)
        receipt = a_receipt(session, "A", amount="160.00")
        claim = propose(session, [receipt.id], [notice.pay_code, other.pay_code])
        audit(session, claim)
        a_payment(session, notice)
    with pytest.raises(NoticeNotClaimable), any_store.write() as session:
        book(session, claim)

    with any_store.write() as session:
        assert states(session) == ["audited"]
        withdraw_claim(session, REGION, claim, reason="已另缴", by="clerk", now=LATER)
        assert states(session) == ["received"]
    assert_clean(any_store)


def test_r_u1_never_several_for_several_and_never_unequal(any_store, notice):
    with any_store.write() as session:
        other = a_licence_notice(session, 2)
        ids = [a_receipt(session, s, amount=a).id for s, a in (("A", "100.00"), ("B", "60.00"))]
        with pytest.raises(ClaimShapeWrong):
            propose(session, ids, [notice.pay_code, other.pay_code])
        with pytest.raises(ClaimSumDiffers) as raised:
            propose(session, ids, [notice.pay_code])
        assert raised.value.facts == {"receipts": "160.00", "notices": "140.00"}
        with pytest.raises(NoticeNotClaimable):
            propose(session, ids, ["13018426999999999999"])
        assert states(session) == ["received", "received"]


def test_a_late_fee_is_due_by_the_day_of_the_money_r_m5(store):
    """140.00 at 0.05 % a day, 8 days after the due date: 140.00 x 0.0005 x 8 = 0.56.

    No Hebei item has a late-fee rule; the line is given one behind its wall, which only the tests'
    own SQLite file allows.
    """
    with store.write() as session:
        notice = a_ready_notice(session)
        session.execute(text("DROP TRIGGER notice_line_no_update"))
        rule = '{"daily_rate":"0.0005","document":"测试"}'
        session.execute(text("UPDATE notice_line SET late_rule = :rule"), {"rule": rule})
        late = NOW + (notice.due_on + timedelta(days=8) - TODAY)
        amounts = {"A": "140.00", "B": "140.56"}
        short, whole = (
            a_receipt(session, serial, amount=amount, arrived_at=late, now=late).id
            for serial, amount in amounts.items()
        )
        with pytest.raises(ClaimSumDiffers):
            propose(session, [short], [notice.pay_code])
        claim_through(session, [whole], [notice.pay_code])

        payment = session.scalars(select(PaymentRow)).one()
        assert (payment.amount_fen, payment.late_fen) == (14056, 56)
        assert books(session)[0] == {
            "designated": 28056,
            "income": -14000,
            "late_fee": -56,
            "unmatched": -14000,
        }
    assert_clean(store)


def test_an_expired_notice_takes_money_that_came_in_time_and_no_other(any_store, notice):
    with any_store.write() as session:
        in_time = a_receipt(session, "A").id
        day = notice.valid_until + timedelta(days=1)
        late_now = NOW + (day - TODAY)
        late = a_receipt(session, "B", arrived_at=late_now, now=late_now).id
        expire_notices(session, REGION, today=day, now=late_now)
        with pytest.raises(NoticeNotClaimable):
            propose(session, [late], [notice.pay_code], now=late_now)
        claim_through(session, [in_time], [notice.pay_code])

        assert books(session, notice)[2] == "paid"
    assert_clean(any_store)


def test_a_notice_issued_after_the_money_came_takes_it(any_store, notice):
    """补录: the notice is made for money that is there already (R-U2)."""
    with any_store.write() as session:
        receipt = a_receipt(session, arrived_at=NOW - timedelta(days=40)).id
        claim_through(session, [receipt], [notice.pay_code])

        assert states(session) == ["matched"]
    assert_clean(any_store)


# --- two persons, R-U3 ---


def test_nobody_audits_or_rejects_his_own_claim(any_store, notice):
    with any_store.write() as session:
        claim = propose(session, [a_receipt(session).id], [notice.pay_code])
        with pytest.raises(SamePerson):
            audit(session, claim, by="clerk")
        with pytest.raises(SamePerson):
            reject_claim(session, REGION, claim, reason="不符", by="clerk", now=LATER)
        with pytest.raises(ClaimNotMovable):
            book(session, claim)
        reject_claim(session, REGION, claim, reason="不符", by="reviewer", now=LATER)

        assert states(session) == ["received"]
        with pytest.raises(ClaimNotMovable):
            audit(session, claim)
    with pytest.raises(DBAPIError), any_store.write() as session:
        session.execute(
            text("UPDATE receipt_claim SET audited_by = proposed_by, audited_at = :at"),
            {"at": "2026-11-24 00:00:00"},
        )
    assert_clean(any_store)


def test_r_u3_another_payer_needs_the_auditors_confirmation_not_a_refusal(any_store, notice):
    stranger = Payer("另一商行", "6222-9999-9999", None)
    with any_store.write() as session:
        claim = propose(session, [a_receipt(session, payer=stranger).id], [notice.pay_code])
        found = session.get_one(ReceiptClaimRow, (REGION, claim)).differences
        assert [(one["field"], one["told"], one["expected"]) for one in found] == [
            ("name", "另一商行", "演示商行")
        ]
        with pytest.raises(PayerNotConfirmed):
            audit(session, claim)
        audit(session, claim, confirmed=True)
        book(session, claim)

        assert books(session, notice)[2] == "paid"


def test_the_banks_own_confirmation_wins_over_a_claim_that_is_not_booked(any_store, notice):
    with any_store.write() as session:
        other = a_licence_notice(session, 15)  # 150.00
        own, second = a_receipt(session, "T0001").id, a_receipt(session, "B", amount="10.00").id
        claim = propose(session, [own, second], [other.pay_code])
        audit(session, claim)
        assert a_payment(session, notice).answer["result"] == "00000"

        assert states(session) == ["received", "matched"]
        with pytest.raises(ClaimNotMovable):
            book(session, claim)
    assert_clean(any_store)


def test_a_confirmation_of_money_that_was_claimed_split_or_returned_is_refused(any_store, notice):
    with any_store.write() as session:
        other = a_licence_notice(session, 14)  # 140.00
        claim_through(session, [a_receipt(session, "T0001").id], [other.pay_code])
        split_receipt(
            session,
            REGION,
            a_receipt(session, "T0002").id,
            parse_amount("1.00"),
            reason="",
            by="clerk",
            now=LATER,
        )
        request_return(
            session, REGION, a_receipt(session, "T0003").id, ASKED, by="clerk", now=LATER
        )
        for serial in ("T0001", "T0002", "T0003"):
            refusal = a_payment(session, notice, serial).refusal
            assert (refusal.code, refusal.result) == ("money-elsewhere", "99999")
        assert books(session, notice)[2] == "issued"
    assert_clean(any_store)


# --- R-U2: split and return ---


def test_r_u2_a_surplus_is_split_off_and_the_parts_keep_their_parent(any_store, notice):
    """150.00 = 140.00 for the notice + 10.00 to go back."""
    with any_store.write() as session:
        whole = a_receipt(session, amount="150.00", pay_code=notice.pay_code)
        rest, surplus = split_receipt(
            session, REGION, whole.id, parse_amount("10.00"), reason="多缴", by="clerk", now=LATER
        )
        assert [(r.amount_fen, r.kind, r.state, r.parent) for r in receipts(session)] == [
            (1000, "surplus", "received", whole.id),
            (14000, "amount_differs", "received", whole.id),
            (15000, "amount_differs", "split", None),
        ]
        claim_through(session, [rest], [notice.pay_code])
        request_return(session, REGION, surplus, ASKED, by="clerk", now=LATER)
        confirm_return(session, REGION, surplus, DONE, by="reviewer", now=LATER)

        assert books(session, notice)[0] == {"designated": 14000, "income": -14000}
        with pytest.raises(ReceiptNotMovable):
            split_receipt(
                session, REGION, whole.id, parse_amount("1"), reason="", by="clerk", now=LATER
            )
    assert_clean(any_store)


@pytest.mark.usefixtures("notice")
@pytest.mark.parametrize("surplus", ["0", "140.00", "140.01"])
def test_a_part_is_above_nothing_and_below_the_whole(any_store, surplus):
    with any_store.write() as session:
        receipt = a_receipt(session).id
        with pytest.raises(SurplusImpossible):
            split_receipt(
                session, REGION, receipt, parse_amount(surplus), reason="", by="c", now=LATER
            )


def test_r_f5_a_duplicate_is_sent_back_to_its_payer_and_the_notice_stays_paid(any_store, notice):
    with any_store.write() as session:
        a_payment(session, notice)
        receipt = a_receipt(session, "T0002", pay_code=notice.pay_code)
        assert receipt.kind == "duplicate"
        request_return(session, REGION, receipt.id, ASKED, by="clerk", now=LATER)
        asked = session.scalars(select(ReceiptReturnRow)).one()
        assert (asked.payee_name, asked.payee_account, asked.amount_fen) == (
            "演示商行",
            "6222-0000-1111",
            14000,
        )
        assert books(session)[0] == {"designated": 28000, "income": -14000, "unmatched": -14000}
        with pytest.raises(SamePerson):
            confirm_return(session, REGION, receipt.id, DONE, by="clerk", now=LATER)
        tomorrow = ReturnDone(TODAY + timedelta(days=1), "R1")
        with pytest.raises(ReturnDayImpossible):
            confirm_return(session, REGION, receipt.id, tomorrow, by="reviewer", now=LATER)
        confirm_return(session, REGION, receipt.id, DONE, by="reviewer", now=LATER)

        assert states(session) == ["returned"]
        assert books(session, notice) == (
            {"designated": 14000, "income": -14000},
            ["confirmed"],
            "paid",
        )
    assert_clean(any_store)


@pytest.mark.usefixtures("notice")
def test_money_goes_back_to_the_payers_own_account_only(any_store):
    other = Payee("演示商行", "6222-7777-7777")
    with any_store.write() as session:
        known = a_receipt(session, "A").id
        asked = ReturnAsked("退", "证据", other)
        with pytest.raises(PayeeDiffers):
            request_return(session, REGION, known, asked, by="clerk", now=LATER)
        cash = a_receipt(session, "B", payer=Payer("演示商行")).id
        with pytest.raises(PayeeUnknown):
            request_return(session, REGION, cash, ASKED, by="clerk", now=LATER)
        asked = ReturnAsked("退", "证据", Payee("另一商行", "6222-7777-7777"))
        with pytest.raises(PayeeDiffers):
            request_return(session, REGION, cash, asked, by="clerk", now=LATER)
        request_return(
            session, REGION, cash, ReturnAsked("退", "存款回单", other), by="clerk", now=LATER
        )
        refuse_return(session, REGION, cash, reason="再核", by="reviewer", now=LATER)

        assert states(session) == ["received", "received"]
    assert_clean(any_store)


# --- lists ---


def test_r_u4_the_list_tells_old_money_and_kinds_follow_the_notice(any_store, notice):
    with any_store.write() as session:
        arrive(session, "OLD", arrived_at=NOW - timedelta(days=31))
        held = a_receipt(session, "T9", pay_code=notice.pay_code)
        assert kind_now(session, held) == "unconfirmed"
        a_payment(session, notice)
        assert kind_now(session, held) == "duplicate"

        def found(**wanted):
            rows = find_receipts(session, REGION, ReceiptsWanted(**wanted), limit=9, offset=0)
            return [one.row.trade_no for one in rows]

        assert found(open_only=True) == ["OLD", "T9"]
        assert found(before=TODAY - timedelta(days=30)) == ["OLD"]
        assert found(kind="duplicate") == ["T9"]
        assert found(kind="unconfirmed") == []
        assert found(text="演示") == ["OLD", "T9"]
        assert found(state="matched") == []


def test_a_void_notice_is_not_claimable(any_store, notice):
    with any_store.write() as session:
        void_notice(session, REGION, notice.id, reason="开错", by=CLERK, now=NOW)
        with pytest.raises(NoticeNotClaimable):
            propose(session, [a_receipt(session).id], [notice.pay_code])
