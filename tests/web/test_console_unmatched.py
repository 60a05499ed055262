"""Unmatched receipts in the console: the work list (R-U4), one receipt, refused arrivals."""

from datetime import timedelta

import pytest

from feeledger.payments.tables import UnmatchedReceiptRow
from tests.builders import ACCOUNT_NO, NOW, OTHER_BANK
from tests.unmatched.books import Payer, a_receipt, arrive

LIST = "/console/payments/unmatched"
OLD = NOW - timedelta(days=31)  # the 31st day before 24 November: 24 October


@pytest.fixture
def money(desk):
    """Three receipts: 31 days old without a code, 30 days old of an unknown code, paid twice today."""
    with desk.store.write() as session:
        old = a_receipt(session, "OLD", amount="12.00", arrived_at=OLD, remark="占用费").id
        edge = a_receipt(
            session, "EDGE", amount="30.00", pay_code="1" * 20, arrived_at=NOW - timedelta(days=30)
        ).id
        twice = a_receipt(session, "TWICE", amount="70.00", pay_code=desk.world.paid_code).id
    return {"OLD": old, "EDGE": edge, "TWICE": twice}


def serials(page):
    return [one for one in ("OLD", "EDGE", "TWICE") if f">{one}</a>" in page]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["OLD", "EDGE", "TWICE"]),
        ("?age=old", ["OLD"]),
        ("?kind=duplicate", ["TWICE"]),
        ("?kind=no_code&state=received", ["OLD"]),
        ("?state=matched", []),
        ("?since=2026-10-25", ["EDGE", "TWICE"]),
        ("?until=2026-10-24", ["OLD"]),
        ("?least=30&most=３０.00", ["EDGE"]),
        ("?text=EDGE", ["EDGE"]),
        (f"?bank={OTHER_BANK}", []),
    ],
)
def test_the_list_of_unmatched_money_finds_by_each_filter(desk, money, query, found):
    assert money
    assert serials(desk.as_("audit").text(LIST + query)) == found


def test_the_list_counts_and_adds_up_what_fits(desk, money):
    """12.00 + 30.00 + 70.00 = 112.00."""
    assert money
    page = desk.as_("audit").text(LIST)

    assert "112.00" in page
    assert page.index(">OLD</a>") < page.index(">EDGE</a>") < page.index(">TWICE</a>")
    assert page.count("超期") == 1


def test_r_u4_the_desk_counts_what_is_older_than_thirty_days(desk, money):
    assert money
    home = desk.as_("clerk").text("/console")

    assert f'{LIST}?age=old"><strong class="fl-number">1</strong>' in home


def test_a_filter_that_cannot_be_read_is_named_and_kept(desk):
    page = desk.as_("audit").text(f"/en{LIST}?least=much&since=soon")

    assert "is not a date" in page
    assert 'value="much"' in page
    assert 'id="least-error"' in page


def test_an_empty_list_says_so_and_long_ones_turn_pages(desk):
    visitor = desk.as_("audit")
    assert "没有待查收入" in visitor.text(LIST)
    assert "没有符合条件的待查收入" in visitor.text(f"{LIST}?kind=surplus")
    with desk.store.write() as session:
        for number in range(21):
            arrive(session, f"N{number:02}", amount="1.00")
    assert ">N20</a>" not in visitor.text(f"{LIST}?kind=no_code")
    second = visitor.text(f"{LIST}?kind=no_code&page=2")
    assert ">N20</a>" in second
    assert "kind=no_code&amp;page=1" in second


def test_a_receipt_tells_what_the_bank_told_and_how_the_money_is_booked(desk, money):
    page = desk.as_("audit").text(f"{LIST}/{money['TWICE']}")

    for told in ("重复缴款", "70.00", ACCOUNT_NO, "6222-0000-1111", "演示商行", "到账待查"):
        assert told in page
    assert "超过 30 天" in desk.as_("audit").text(f"{LIST}/{money['OLD']}")
    assert "还没有认领" in page


def test_a_receipt_that_became_its_payment_leads_there(desk):
    """The money of T0001 came after its confirmation: no receipt; that of T0007 comes before it."""
    from feeledger.notices.queries import notice_of
    from feeledger.payments.actions import record_payment
    from tests.builders import BANK, REGION, an_advice

    with desk.store.write() as session:
        receipt = a_receipt(session, "T0007", pay_code=desk.world.unpaid_code).id
        notice = notice_of(session, REGION, desk.world.unpaid)
        assert record_payment(session, an_advice(notice, "T0007"), bank=BANK, now=NOW)
        payment = session.get_one(UnmatchedReceiptRow, (REGION, receipt)).payment
    page = desk.as_("audit").text(f"{LIST}/{receipt}")

    assert f"/console/payments/{payment}" in page
    assert "已入账" in page
    assert "冲正" in page  # the arrival's entry, taken back


def test_a_receipt_without_a_payer_says_that_the_bank_did_not_tell(desk):
    with desk.store.write() as session:
        receipt = a_receipt(session, "BARE", payer=Payer()).id

    assert "not told by the bank" in desk.as_("audit").text(f"/en{LIST}/{receipt}")


@pytest.mark.parametrize("number", ["1", "9" * 40, "x"])
def test_a_receipt_that_is_not_there_is_answered_404(desk, number):
    assert desk.as_("audit").get(f"{LIST}/{number}").status_code == 404


def test_a_refused_arrival_is_shown_whole_because_its_money_may_have_come(desk):
    visitor = desk.as_("audit")
    assert "没有拒收的到账" in visitor.text("/console/payments/refused-arrivals")
    with desk.store.write() as session:
        for _ in range(2):
            arrive(session, "LOST", account="9999-0000", remark="水费", amount="8.00")
    page = visitor.text("/console/payments/refused-arrivals")

    for told in ("13002", "LOST", "9999-0000", "水费", "8.00", "6222-0000-1111"):
        assert told in page
    assert 'data-label="次数"><span>2</span>' in page
