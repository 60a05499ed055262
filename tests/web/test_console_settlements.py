"""Shares, settlements and the month's account in the console."""

from openpyxl import load_workbook
from sqlalchemy import select

from feeledger.settlements.tables import SettlementRow
from feeledger.sharing.actions import keep_shares
from tests.builders import NOW, REGION, SOIL_ITEM, a_paid_notice, a_paid_refund, reconcile_all
from tests.unmatched.books import assert_clean

RULE = {
    "item": SOIL_ITEM,
    "ratio-central": "10",
    "ratio-province": "20",
    "ratio-county": "70",
    "collecting": "county",
    "document": "演示分成〔2026〕1号",
    "valid_from": "2014-01-01",
}


def settlement(desk):
    with desk.store.read() as session:
        return session.scalars(select(SettlementRow)).one()


def settle(desk):
    """Pay 140.00 beside the 70.00 of the desk, refund 100.01, share and reconcile all."""
    with desk.store.write() as session:
        notice = a_paid_notice(session, trade_no="T0100")
        keep_shares(session, REGION, now=NOW)
        a_paid_refund(session, notice, "100.01")
        reconcile_all(session)


def test_r_m6_a_ratio_is_entered_with_its_document_and_payments_show_their_shares(desk):
    clerk = desk.as_("clerk")
    payment = f"/console/payments/{desk.world.payment}"
    assert "分成未定" in clerk.text(payment)
    assert "没有比例" in clerk.text("/console/shares/undetermined")
    assert "没有见到公布的比例" in clerk.text("/console/shares")
    for data, field in (
        ({"item": ""}, "item"),
        ({"document": " "}, "document"),
        ({"ratio-central": "1/3"}, "ratio-central"),
        ({"collecting": "city"}, "collecting"),
        ({"valid_to": "2013-01-01"}, "valid_to"),
    ):
        answer = clerk.send("/console/shares", RULE | data)
        assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True), field

    assert clerk.send("/console/shares", RULE).status_code == 303

    again = clerk.send("/console/shares", RULE)
    assert 'id="valid_from-error"' in again.text
    assert "稍候自动分成" in clerk.text("/console/shares/undetermined")
    with desk.store.write() as session:
        keep_shares(session, REGION, now=NOW)
    # 70.00 at 10 : 20 : 70.
    shown = clerk.text(payment)
    for part in ("7.00", "14.00", "49.00"):
        assert f'<span class="fl-number">{part}</span>' in shown
    assert "没有分成未定的缴款" in clerk.text("/console/shares/undetermined")
    page = clerk.text("/en/console/shares")
    rule = page.split("/console/shares/")[2].split("/end")[0]
    late = clerk.send(
        f"/console/shares/{rule}/end", {f"valid_to_{rule}": "2026-11-01"}, page="/console/shares"
    )
    assert f'id="valid_to_{rule}-error"' in late.text
    assert desk.as_("reviewer").send("/console/shares", RULE, page="/console").status_code == 403


def test_a_settlement_is_prepared_by_one_approved_by_another_and_the_month_adds_up(desk, tmp_path):
    clerk = desk.as_("clerk")
    assert clerk.send("/console/shares", RULE).status_code == 303
    assert "目前没有可划解的缴款" in clerk.text("/console/settlements")
    settle(desk)
    assert "编制划解单" in clerk.text("/console/settlements")
    order = {"until": "2026-11-24", "document": "演示划解〔2026〕1号"}
    early = clerk.send("/console/settlements", order | {"until": "2026-11-25"})
    assert 'id="until-error"' in early.text
    assert clerk.send("/console/settlements", order).status_code == 303
    row = settlement(desk)
    page = f"/console/settlements/{row.id}"
    # 210.00 less 100.01 refunded.
    assert row.fen == 10999
    assert "批准并记账" not in clerk.text(page)
    reviewer = desk.as_("reviewer")
    assert "划解单待批准" in reviewer.text("/console")
    assert reviewer.send(f"{page}/approval", {}, page=page).status_code == 303
    assert reviewer.send(f"{page}/approval", {}, page="/console").status_code == 422

    shown = desk.as_("audit").text(page)
    # 14.00 + 7.00 = 21.00 less 10.00; 42.00 less 20.00; 147.00 less 70.01.
    for part in ("21.00", "10.00", "11.00", "22.00", "76.99", "109.99", "复核丙", "已划解"):
        assert part in shown
    month = desk.as_("audit").text("/console/month?month=2026-11")
    assert "相符" in month
    assert "109.99" in month
    assert "请写成 2026-11" in clerk.text("/console/month?month=2027-01")
    assert "该月没有收支" in clerk.text("/console/month?month=2026-10")
    book = tmp_path / "month.xlsx"
    book.write_bytes(clerk.get("/console/month/export?month=2026-11&as=xlsx").data)
    rows = list(load_workbook(book).active.iter_rows(values_only=True))
    assert rows[0][-3:] == ("划解中央", "划解省级", "划解县级")
    assert rows[-1][0] is None
    assert rows[-1][-3:] == (11, 22, 76.99)
    csv = clerk.get(f"{page}/export").get_data(as_text=True)
    assert "T0100,2026-11-24,140.00,39.99,4.00,8.00,27.99" in csv
    assert_clean(desk.store)
