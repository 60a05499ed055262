"""Re-assessments in the console: proposed by one person, read, decided by another, told in full."""

from decimal import Decimal

from feeledger.catalog.actions import publish_edition
from feeledger.catalog.canonical import seal_catalog
from feeledger.reassessments.queries import bookings_of
from tests.builders import CLERK, NOW, REGION, SOIL_LINE, USCC, the_catalog
from tests.reassessments.books import day, repriced

LIST = "/console/reassessments"


def publish(desk, amount, name):
    catalog = repriced(the_catalog(), SOIL_LINE, day("2026-03-01"), Decimal(amount))
    from dataclasses import replace

    edition = replace(catalog.edition, id=name, compiled_on=day("2026-11-25"))
    with desk.store.write() as session:
        publish_edition(session, seal_catalog(replace(catalog, edition=edition)), by=CLERK, now=NOW)


def test_a_proposal_is_made_read_and_approved_by_another_person(desk):
    """100 m² unpaid, 50 m² paid, 100 m² with a licence unpaid; at 1.20: −20.00, −10.00, −20.00."""
    publish(desk, "1.20", "cheaper")
    clerk, reviewer = desk.as_("clerk"), desk.as_("reviewer")
    assert "还没有重新测算" in clerk.text(LIST)
    assert "待重新测算的企业" in clerk.text(LIST)

    faulty = clerk.send(LIST, {"uscc": "", "reason": ""})
    assert faulty.status_code == 422
    assert "请填写企业的信用代码。" in faulty.text
    unknown = clerk.send(LIST, {"uscc": "91130184771329854W", "reason": "新目录"})
    assert (unknown.status_code, "没有登记信用代码" in unknown.text) == (422, True)

    made = clerk.send(LIST, {"uscc": USCC, "reason": "新目录"})
    assert made.status_code == 303, made.text
    page = made.location
    shown = clerk.text(page)
    assert "您提出了这份测算，须由另一人批准" in shown
    assert "−20.00" in shown
    assert "目录由 compiled-2026-11-24 改为 cheaper" in shown
    assert "edition cheaper in place of compiled-2026-11-24" in clerk.text(f"/en{page}")

    assert clerk.send(page, {"verdict": "approve"}).status_code == 403
    none = reviewer.send(page, {})
    assert (none.status_code, "请选择批准或不同意。" in none.text) == (422, True)
    refused = reviewer.send(page, {"verdict": "approve"})
    assert (refused.status_code, "请填写收款账号" in refused.text) == (422, True)
    account = {"to_account": "6222-1", "to_name": "演示商行", "evidence": "企业说明1号"}
    approved = reviewer.send(page, {"verdict": "approve", **account})
    assert approved.status_code == 303, approved.text
    number = int(page.rsplit("/", 1)[1])
    with desk.store.read() as session:
        booked = sorted((b.kind, b.fen) for b in bookings_of(session, REGION, number))
    assert booked == [
        ("refund", 10_00),
        ("replacement", 120_00),
        ("replacement", 130_00),  # 120.00 and the licence of 10.00
        ("void", 140_00),
        ("void", 150_00),
    ]
    told = reviewer.text(page)
    assert "重开通知书" in told
    assert "批准重新测算" in told
    again = clerk.send(LIST, {"uscc": USCC, "reason": "再测"})
    assert (again.status_code, "没有差额" in again.text) == (422, True)


def test_a_proposal_is_rejected_with_a_reason_and_found_by_filters(desk):
    publish(desk, "1.20", "cheaper")
    clerk, reviewer = desk.as_("clerk"), desk.as_("reviewer")
    page = clerk.send(LIST, {"uscc": USCC, "reason": "新目录"}).location

    assert reviewer.send(page, {"verdict": "reject"}).status_code == 422
    assert reviewer.send(page, {"verdict": "reject", "reason": "待核"}).status_code == 303

    assert "不同意" in reviewer.text(f"{LIST}?state=rejected")
    assert "没有符合条件的重新测算" in reviewer.text(f"{LIST}?state=proposed&text={USCC}")
    assert (
        "The differences are those of this one"
        in clerk.send(f"/en{LIST}", {"uscc": USCC, "reason": "again"}, follow_redirects=True).text
    )
    assert clerk.get(f"{LIST}/7").status_code == 404
    assert desk.as_("water").get(LIST).status_code == 403
