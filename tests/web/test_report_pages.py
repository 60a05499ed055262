"""Report a direct collection."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy import func, select

from feeledger.callers.actions import REPORTS
from feeledger.supervision.tables import ReportFileRow, ReportRow

REPORT = {
    "region": "130184",
    "department": "新乐市某某局",
    "item": "环境监测服务费",
    "amount": "800",
    "charged_on": "2026-11-20",
    "how_paid": "cash",
}
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


def test_a_report_is_kept_and_answered_with_its_number(fresh):
    answer = fresh.send("/report", REPORT)

    assert answer.location == "/report/received"
    page = fresh.client.get("/report/received").text
    with fresh.store.read() as session:
        row = session.scalars(select(ReportRow)).one()
    assert str(row.id) in page.replace(" ", "")
    assert (row.amount_fen, row.department, row.channel) == (80000, "新乐市某某局", "page")
    assert row.anonymous
    assert row.case_id is not None  # an ended item: a signal, hence a case


def test_files_are_kept_by_their_content(fresh):
    data = {**REPORT, "files": [(BytesIO(PNG), "凭证.pdf")]}
    fresh.send("/report", data)

    with fresh.store.read() as session:
        kept = session.scalars(select(ReportFileRow)).one()
    assert (kept.name, kept.media_type) == ("凭证.pdf.png", "image/png")


@pytest.mark.parametrize(
    ("content", "fault"), [(b"#!/bin/sh", "不是 PDF、PNG 或 JPEG"), (b"", "0 字节")]
)
def test_a_file_that_is_not_taken_is_said_and_nothing_is_kept(fresh, content, fault):
    text = fresh.send("/report", {**REPORT, "files": [(BytesIO(content), "x.png")]}).text

    assert fault in text
    assert 'href="#files"' in text
    with fresh.store.read() as session:
        assert session.scalars(select(ReportRow)).all() == []


def test_more_files_than_allowed_are_refused(fresh):
    files = [(BytesIO(PNG), f"{n}.png") for n in range(6)]

    assert "至多 5 个" in fresh.send("/report", {**REPORT, "files": files}).text


def test_one_address_reports_so_often_and_no_more_within_the_hour(fresh):
    """Reports are open to everybody and their files take room; others are not held up."""
    fresh.hands["wall"] = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)

    sent = [fresh.send("/report", REPORT).status_code for _ in range(REPORTS.calls + 1)]

    assert sent == [303] * REPORTS.calls + [429]
    with fresh.store.read() as session:
        assert session.scalar(select(func.count()).select_from(ReportRow)) == REPORTS.calls
    fresh.hands["wall"] = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    assert fresh.send("/report", REPORT).status_code == 303


def test_every_fault_is_told_at_once_beside_its_field(send):
    text = send("/en/report", {"amount": "x", "department": "", "item": ""}).text

    for field in ("department", "item", "amount", "charged_on", "how_paid"):
        assert f'href="#{field}"' in text, field


def test_a_day_in_the_future_and_a_wrong_credit_code_are_refused(send):
    text = send("/report", {**REPORT, "charged_on": "2026-12-24", "payer": "9113"}).text

    assert 'href="#charged_on"' in text
    assert 'href="#payer"' in text
    assert 'value="9113"' in text


def test_the_verdicts_charge_is_filled_in(client):
    text = client.get("/report?item=environmental-monitoring&amount=800&department=某局").text

    assert 'value="环境监测服务费"' in text
    assert 'value="800"' in text
    assert 'value="某局"' in text


def test_the_number_is_shown_to_the_sender_only(client):
    assert client.get("/report/received").location == "/report"
