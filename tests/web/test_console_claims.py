"""Claims in the console (R-U1, R-U3) and the ageing list (R-U4): from a receipt to a paid notice."""

from datetime import timedelta

from sqlalchemy import select

from feeledger.notices.queries import notice_of
from feeledger.payments.tables import PaymentRow, UnmatchedReceiptRow
from tests.builders import NOW, REGION, a_notice
from tests.unmatched.books import Payer, a_receipt, assert_clean
from tests.web.conftest import send_by

LIST = "/console/payments/claims"
NEW = f"{LIST}/new"


def seat(desk, login):
    """Give an officer's browser, signed in once a test."""
    seats = vars(desk).setdefault("seats", {})
    if login not in seats:
        seats[login] = desk.as_(login)
    return seats[login]


def receipt_in(desk, serial, amount, **told):
    with desk.store.write() as session:
        return a_receipt(session, serial, amount=amount, **told).id


def drawn(desk, receipts, codes, more=""):
    query = "&".join([*(f"receipt={one}" for one in receipts), *(f"code={one}" for one in codes)])
    return seat(desk, "clerk").text(f"{NEW}?{query}{more}")


def propose(desk, receipts, codes, login="clerk", reason="付款凭证 7 号"):
    data = {"receipt": receipts, "code": codes, "reason": reason}
    token_page = f"/console/payments/unmatched/{receipts[0]}"
    return seat(desk, login).send(NEW, data, page=token_page)


def act(desk, login, claim, name, **data):
    return seat(desk, login).send(f"{claim}/{name}", data, page=claim)


def state_of(desk, receipt):
    with desk.store.read() as session:
        return session.get_one(UnmatchedReceiptRow, (REGION, receipt)).state


def status_of(desk, notice):
    with desk.store.read() as session:
        return notice_of(session, REGION, notice).status


def test_r_u1_two_receipts_pay_one_notice_and_the_payer_reads_how(desk):
    """100.00 + 40.00 = 140.00; the other receipt of the payer is offered as what fills the gap."""
    first, second = receipt_in(desk, "A1", "100.00"), receipt_in(desk, "B2", "40.00")
    code = desk.world.unpaid_code
    assert "sum fits" not in drawn(desk, [first], [])
    page = drawn(desk, [first], [code])
    assert "还差 40.00 元" in page
    assert "正好补足" in page
    assert f"receipt={first}&amp;receipt={second}&amp;code={code}" in page
    assert "两边合计相等" in drawn(desk, [first, second], [code])

    sent = propose(desk, [first, second], [code])
    assert sent.status_code == 303
    claim = sent.location
    assert "待审核" in seat(desk, "clerk").text(LIST)
    home = seat(desk, "reviewer").text("/console")
    assert f'{LIST}?state=proposed"><strong class="fl-number">1</strong>' in home
    assert act(desk, "reviewer", claim, "audit").status_code == 303
    assert f"{LIST}?state=audited" in seat(desk, "clerk").text("/console")
    assert act(desk, "clerk", claim, "book").status_code == 303

    assert status_of(desk, desk.world.unpaid) == "paid"
    shown = seat(desk, "audit").text(claim)
    for told in ("已入账", "经办甲", "复核丙", "认领审核通过", "A1", "B2"):
        assert told in shown
    with desk.store.read() as session:
        payment = session.scalars(select(PaymentRow).where(PaymentRow.kind == "claim")).one()
    assert claim in seat(desk, "audit").text(f"/console/payments/{payment.id}")
    assert "财政部门认领入账" in seat(desk, "clerk").text(f"/console/notices/{desk.world.unpaid}")
    told = {"pay_code": code, "amount": "140.00"}
    public = send_by(desk.site.test_client(), "/en/receipt", told).text
    assert "the bureau matched it to the notice" in public
    assert_clean(desk.store)


def test_r_u1_one_receipt_for_all_notices_of_its_payer_never_several_for_several(desk):
    """140.00 (unpaid) + 150.00 (of two units) = 290.00: offered together."""
    whole, other = receipt_in(desk, "WHOLE", "290.00"), receipt_in(desk, "OTHER", "1.00")
    with desk.store.read() as session:
        codes = [
            notice_of(session, REGION, one).pay_code
            for one in (desk.world.unpaid, desk.world.joint)
        ]
    page = drawn(desk, [whole], [])
    assert "2 张未缴通知书，合计正好" in page
    assert f"receipt={whole}&amp;code={codes[0]}&amp;code={codes[1]}" in page
    several = propose(desk, [whole, other], codes)
    assert several.status_code == 422
    assert "只能多笔款项对一张" in several.text
    short = propose(desk, [whole], codes[:1])
    assert short.status_code == 422
    assert "多缴部分请先拆分" in short.text
    assert "付款凭证 7 号" in short.text  # what was written is kept

    claim = propose(desk, [whole], codes).location
    assert act(desk, "reviewer", claim, "audit").status_code == 303
    assert act(desk, "clerk", claim, "book").status_code == 303
    assert (status_of(desk, desk.world.unpaid), status_of(desk, desk.world.joint)) == (
        "paid",
        "paid",
    )
    again = act(desk, "clerk", claim, "book")
    assert again.status_code == 422
    assert_clean(desk.store)


def test_r_u3_another_payer_must_be_confirmed_by_another_person(desk):
    stranger = Payer("某某贸易公司", "6222-9", "演示银行")
    receipt = receipt_in(desk, "STRANGE", "140.00", payer=stranger)
    code = desk.world.unpaid_code
    page = drawn(desk, [receipt], [])
    assert "金额正好" in page
    assert f"code={code}" in page
    assert "某某贸易公司" in drawn(desk, [receipt], [code], "&text=演示&amount=140")
    claim = propose(desk, [receipt], [code]).location

    assert act(desk, "clerk", claim, "audit").status_code == 403  # a clerk audits nothing
    bare = act(desk, "reviewer", claim, "audit")
    assert bare.status_code == 422
    assert "请核实并勾选确认" in bare.text
    assert act(desk, "reviewer", claim, "audit", payer_confirmed="yes").status_code == 303
    assert (
        act(desk, "clerk", claim, "withdraw", withdraw_reason="付款人来函更正").status_code == 303
    )
    assert state_of(desk, receipt) == "received"
    assert "付款人来函更正" in seat(desk, "audit").text(claim)

    claim = propose(desk, [receipt], [code]).location
    assert act(desk, "reviewer", claim, "reject").status_code == 422  # no reason
    assert act(desk, "reviewer", claim, "reject", reject_reason="凭证不足").status_code == 303
    assert state_of(desk, receipt) == "received"
    assert "凭证不足" in seat(desk, "audit").text(claim)


def test_who_proposed_may_not_audit_whatever_the_role(desk):
    from feeledger.unmatched.claim_actions import Proposal, propose_claim

    receipt = receipt_in(desk, "SELF", "140.00")
    with desk.store.write() as session:
        proposal = Proposal((receipt,), (desk.world.unpaid_code,), "凭证")
        claim = propose_claim(session, REGION, proposal, by="reviewer", now=NOW)
    page = f"{LIST}/{claim}"
    assert "须由另一人审核" in seat(desk, "reviewer").text(page)
    sent = seat(desk, "reviewer").send(f"{page}/audit", {}, page="/console")
    assert sent.status_code == 422
    assert "须由另一人决定" in sent.text
    assert seat(desk, "audit").get(NEW).status_code == 403
    assert seat(desk, "audit").get(f"{LIST}/1").status_code == 404


def test_a_claim_page_without_a_choice_and_lists_without_entries_say_so(desk):
    visitor = seat(desk, "clerk")
    assert "还没有选择款项" in visitor.text(NEW)
    assert "没有待审核的认领" in visitor.text(LIST)
    assert "There is no claim in this state" in visitor.text(f"/en{LIST}?state=booked")
    nobody = receipt_in(desk, "NOBODY", "3.33", payer=Payer())
    page = drawn(desk, [nobody], ["nonsense"], "&text=没有这家&amount=lots")
    assert "没有金额、缴款码或缴款人相符" in page
    assert "没有查到未缴的通知书" in page
    assert 'id="amount-error"' in page
    bare = propose(desk, [nobody], [])
    assert bare.status_code == 422
    assert "请先选择款项和通知书" in bare.text


def test_r_u4_the_ageing_list_adds_up_by_band_the_oldest_first_and_is_exported(desk):
    """31 days: 12.00; 30 days: 30.00; today: 70.00 + 8.00; together 120.00."""
    visitor = seat(desk, "audit")
    page = "/console/payments/unmatched/ageing"
    assert "没有待查收入" in visitor.text(page)
    for serial, amount, days in (
        ("OLD", "12.00", 31), ("EDGE", "30.00", 30), ("N1", "70.00", 0), ("N2", "8.00", 0),
    ):  # fmt: skip
        receipt_in(desk, serial, amount, arrived_at=NOW - timedelta(days=days), remark="=1+1")
    shown = visitor.text(page)

    rows = [" ".join(row.split()) for row in shown.split("<tr>")]
    bands = [
        (name, sum(f">{name}" in row or f"> {name}" in row for row in rows))
        for name in ("31–90 天", "8–30 天", "0–7 天")
    ]
    assert all(count for _, count in bands)
    assert shown.index("31–90 天") < shown.index("8–30 天") < shown.index("0–7 天")
    for total in ("12.00", "30.00", "78.00", "120.00"):
        assert total in shown
    assert shown.count("超期") == 2  # the band, and the receipt in it
    taken = visitor.get("/console/payments/unmatched/export?age=old")
    lines = taken.get_data().decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "OLD" in lines[1]
    assert "31–90 天" in lines[1]
    assert "'=1+1" in lines[1]
    assert "导出待查收入清单" in seat(desk, "audit").text("/console/trail")


def test_a_long_list_of_claims_turns_pages(desk):
    from feeledger.unmatched.claim_actions import Proposal, propose_claim

    with desk.store.write() as session:
        for number in range(21):
            receipt = a_receipt(session, f"P{number:02}", amount="140.00").id
            notice = a_notice(session)
            proposal = Proposal((receipt,), (notice.pay_code,), "凭证")
            propose_claim(
                session, REGION, proposal, by="clerk", now=NOW + timedelta(seconds=number)
            )
    visitor = seat(desk, "audit")
    assert "state=proposed&amp;page=2" in visitor.text(LIST)
    assert visitor.text(f"{LIST}?page=2").count("1</span> 笔对") == 1
    assert visitor.text(f"{LIST}?page=9").count("1</span> 笔对") == 1
