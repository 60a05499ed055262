"""Splits and returns of unmatched receipts in the console (R-U2), and who may do them."""

import pytest
from sqlalchemy import select

from feeledger.payments.tables import UnmatchedReceiptRow
from tests.builders import REGION
from tests.unmatched.books import Payer, a_receipt, assert_clean

PAGE = "/console/payments/unmatched"
ASK = {"evidence": "申请书 3 号", "return_reason": "重复缴款"}
DONE = {"returned_on": "2026-11-24", "bank_reference": "R1"}


@pytest.fixture
def receipt(desk):
    with desk.store.write() as session:
        return a_receipt(session, "TWICE", amount="70.00", pay_code=desk.world.paid_code).id


def send(desk, login, receipt, act, data):
    page = f"{PAGE}/{receipt}"
    return desk.as_(login).send(f"{page}/{act}", data, page=page)


def state(desk, receipt):
    with desk.store.read() as session:
        return session.get_one(UnmatchedReceiptRow, (REGION, receipt)).state


def test_r_u2_a_surplus_is_split_off_and_both_parts_add_up(desk, receipt):
    """70.00 = 60.00 + 10.00."""
    answer = send(desk, "clerk", receipt, "split", {"surplus": "10", "split_reason": "多缴"})

    assert answer.status_code == 303
    with desk.store.read() as session:
        query = select(UnmatchedReceiptRow.amount_fen).where(UnmatchedReceiptRow.parent == receipt)
        assert sorted(session.scalars(query)) == [1000, 6000]
    page = desk.as_("clerk").text(f"{PAGE}/{receipt}")
    assert "已拆分" in page
    assert "60.00" in page
    assert_clean(desk.store)


def test_a_split_that_cannot_be_stays_on_the_form(desk, receipt):
    answer = send(desk, "clerk", receipt, "split", {"surplus": "70", "split_reason": "写下的理由"})

    assert answer.status_code == 422
    assert "不能拆出 70.00 元" in answer.text
    assert "写下的理由" in answer.text
    assert state(desk, receipt) == "received"


def test_r_u2_money_goes_back_to_its_payer_when_another_person_confirms(desk, receipt):
    assert send(desk, "clerk", receipt, "return", ASK).status_code == 303
    assert "6222-0000-1111" in desk.as_("reviewer").text(f"{PAGE}/{receipt}")
    assert send(desk, "reviewer", receipt, "return/confirm", DONE).status_code == 303

    assert state(desk, receipt) == "returned"
    page = desk.as_("audit").text(f"{PAGE}/{receipt}")
    assert "待查退回" in page
    assert "复核丙" in page
    assert_clean(desk.store)


def test_a_return_needs_evidence_and_its_confirmation_a_possible_day(desk, receipt):
    bare = send(desk, "clerk", receipt, "return", {"return_reason": "重复"})
    assert bare.status_code == 422
    assert 'id="evidence-error"' in bare.text

    def waits(who):  # what waits stands before "none of these"
        return "待查收入退回待确认" in desk.as_(who).text("/console").partition("目前没有")[0]

    assert not waits("reviewer")
    assert send(desk, "clerk", receipt, "return", ASK).status_code == 303
    assert (waits("reviewer"), waits("clerk")) == (True, False)
    late = send(desk, "reviewer", receipt, "return/confirm", DONE | {"returned_on": "2026-11-25"})

    assert late.status_code == 422
    assert 'id="returned_on-error"' in late.text
    assert state(desk, receipt) == "return_requested"


def test_a_refused_return_frees_the_receipt(desk, receipt):
    assert send(desk, "clerk", receipt, "return", ASK).status_code == 303
    refusal = {"refuse_reason": "依据不足"}
    assert send(desk, "reviewer", receipt, "return/refuse", refusal).status_code == 303

    assert state(desk, receipt) == "received"
    assert "依据不足" in desk.as_("clerk").text(f"{PAGE}/{receipt}")
    again = send(desk, "reviewer", receipt, "return/refuse", refusal)
    assert again.status_code == 422


def test_a_payer_the_bank_did_not_tell_is_entered_from_evidence(desk):
    with desk.store.write() as session:
        bare = a_receipt(session, "BARE", payer=Payer()).id
    assert send(desk, "clerk", bare, "return", ASK).status_code == 422
    half = send(desk, "clerk", bare, "return", ASK | {"payee_name": "某户"})
    assert 'id="payee_account-error"' in half.text
    whole = ASK | {"payee_name": "某户", "payee_account": "622200"}
    assert send(desk, "clerk", bare, "return", whole).status_code == 303


def test_who_asked_may_not_confirm_whatever_the_role(desk, receipt):
    from feeledger.unmatched.receipt_actions import ReturnAsked, request_return
    from tests.builders import NOW

    with desk.store.write() as session:
        asked = ReturnAsked("重复", "申请书")
        request_return(session, REGION, receipt, asked, by="reviewer", now=NOW)
    assert "须由另一人确认" in desk.as_("reviewer").text(f"{PAGE}/{receipt}")
    answer = send(desk, "reviewer", receipt, "return/confirm", DONE)

    assert answer.status_code == 422
    assert state(desk, receipt) == "return_requested"


@pytest.mark.parametrize(
    ("act", "able"),
    [
        ("split", "clerk"),
        ("return", "clerk"),
        ("return/confirm", "reviewer"),
        ("return/refuse", "reviewer"),
    ],
)
def test_an_act_on_a_receipt_is_refused_to_every_other_role(desk, receipt, act, able):
    roles = ["clerk", "reviewer", "watch", "water", "audit"]
    page = f"{PAGE}/{receipt}/{act}"
    refused = [r for r in roles if desk.as_(r).send(page, {}, page="/console").status_code == 403]

    assert refused == [r for r in roles if r != able]
