"""From a notice's rows to its printed sheet, on both databases."""

import io
from datetime import UTC, date, datetime

import pytest
from pypdf import PdfReader

from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import Request
from feeledger.catalog.actions import publish_edition
from feeledger.catalog.items import Catalog
from feeledger.catalog.plan import plan_of
from feeledger.catalog.reader import load_catalog
from feeledger.money import Money
from feeledger.notices.charges import explanation_of
from feeledger.notices.printing import notices_pdf
from feeledger.notices.queries import NoticeMissing
from feeledger.notices.sheet_queries import (
    NoticeNotPrintable,
    sheet_of_notice,
)
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.settings import DEFAULT_CATALOG
from feeledger.store import Store
from tests.reconciliation.books import REGION, USCC, a_region

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
DAY = date(2026, 11, 20)
PLATES = "vehicle-plate.car-reflective"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(DEFAULT_CATALOG)


@pytest.fixture
def books(any_store: Store, catalog: Catalog) -> Store:
    """Notice 7: two sets of plates at 100.00; notice 8 is waived."""
    request = Request(None, DAY, REGION, lines=(PLATES,), facts={"plates_car_reflective": 2})
    answer = assess(plan_of(catalog), request).lines[0]
    common = {
        "region": REGION, "uscc": USCC, "payer_name": "演示公司", "unit_code": "U1",
        "unit_name": "统一窗口", "issued_on": DAY, "due_on": date(2026, 12, 4),
        "valid_until": date(2026, 12, 31), "edition_id": catalog.edition.id,
        "edition_sha256": catalog.edition.sha256, "issued_at": NOW, "issued_by": "li",
    }  # fmt: skip
    with any_store.write() as session:
        a_region(session)
        publish_edition(session, catalog, by="li", now=NOW)
        session.add(
            NoticeRow(
                id=7, pay_code="13018426000000000105", status="issued", amount_fen=20_000,
                account=1, dates_provisional=True, **common,
            )
        )  # fmt: skip
        session.add(
            NoticeRow(
                id=8, pay_code=None, status="waived", amount_fen=0, account=None,
                dates_provisional=False, **common,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            NoticeLineRow(
                region=REGION, notice=7, line_no=1, unit_code="U1", unit_name="公安局",
                item_id="vehicle-plate", item_code="X0001", item_name="机动车号牌工本费",
                line_id=PLATES, obligation_on=DAY, outcome="due", amount_fen=20_000,
                explanation=explanation_of(answer),
            )
        )  # fmt: skip
    return any_store


def test_a_sheet_quotes_quantity_price_and_reasons_of_the_frozen_lines(
    books: Store, catalog: Catalog
):
    with books.read() as session:
        sheet = sheet_of_notice(session, REGION, 7, demo=True)

    (line,) = sheet.lines
    assert (line.unit_name, line.quantity, line.amount) == ("公安局", "2 副", Money(20_000))
    assert line.standard == catalog.line(PLATES).standard
    assert line.item_name == "机动车号牌工本费（汽车号牌(反光)）"
    assert any("2 副" in sentence and "100 元" in sentence for sentence in line.why)
    assert sheet.account.number == "DEMO-0001"
    assert "演示公告第1号" in sheet.account.announced
    assert "尚未正式公布" in sheet.remarks
    assert sheet.demo


def test_sheets_print(books: Store):
    with books.read() as session:
        sheets = [sheet_of_notice(session, REGION, 7, demo=False)] * 2

    pages = [
        "".join(page.extract_text().split())
        for page in PdfReader(io.BytesIO(notices_pdf(sheets))).pages
    ]
    assert len(pages) == 2
    assert all("贰佰元整" in page and "2副" in page for page in pages)


def test_what_has_no_pay_code_is_not_printed(books: Store):
    with books.read() as session:
        with pytest.raises(NoticeNotPrintable):
            sheet_of_notice(session, REGION, 8, demo=False)
        with pytest.raises(NoticeMissing):
            sheet_of_notice(session, REGION, 9, demo=False)
