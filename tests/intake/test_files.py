"""Files as officers send them: CSV in both encodings, Excel, Parquet; exact, or refused with why."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from feeledger.assessment.told_facts import limits_of
from feeledger.errors import FileRefused
from feeledger.intake.cells import Cell, day_of_cell, number_cell
from feeledger.intake.checking import Checker, Defaults
from feeledger.intake.headings import columns_of, heading_of
from feeledger.intake.results import file_with_faults
from feeledger.intake.sheets import lines_of_file
from feeledger.intake.templates import csv_template, excel_template
from feeledger.intake.wanted import FactsUnknown, facts_wanted
from tests.builders import REGION, SOIL_ITEM, TODAY, USCC, the_catalog

FACTS = the_catalog().facts
SINCE = Defaults(date(2026, 1, 1), None, "年报")


def read(raw, name="情况.csv", defaults=SINCE):
    """Read a whole file: what its rows tell, and its faults as (line, column, code)."""
    lines = lines_of_file(io.BytesIO(raw), name)
    number, header = next(lines)
    columns, faults = columns_of(header, FACTS, file=name, line=number)
    checker = Checker(columns, FACTS, defaults, name, limits_of(the_catalog()))
    told = []
    for number, cells in lines:
        row, wrong = checker.read_row(number, cells)
        faults += wrong
        told += [row] if row else []
    return told, faults


def codes(faults):
    return [(fault.line, fault.path, fault.code) for fault in faults]


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def with_sheet(raw, change):
    """Change the text of a workbook's sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, change(part) if name == "xl/worksheets/sheet1.xml" else part)
    return out.getvalue()


HEADER = "统一社会信用代码,企业名称,征占用土地面积（平方米）,用电量,依据材料"


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8-sig", ","), ("gb18030", "\t"), ("utf-8", ";"), ("utf-16", "\t")],
)
def test_a_csv_is_read_in_any_usual_encoding_and_delimiter(encoding, delimiter):
    label = FACTS["electricity_kwh"].label.zh
    text = f"{HEADER.replace('用电量', label)}\r\n{USCC.lower()},演示,１２０.５０,3000,\r\n,,,,\r\n"
    told, faults = read(text.replace(",", delimiter).encode(encoding))

    assert codes(faults) == []
    (row,) = told
    assert (row.line, row.uscc, row.document) == (2, USCC, "年报")
    assert row.facts == {"land_occupied_m2": "120.5", "electricity_kwh": "3000"}
    assert (row.valid_from, row.valid_to) == (date(2026, 1, 1), None)


def test_every_fault_of_every_row_is_told_with_its_remedy():
    text = (
        "信用代码,land_occupied_m2,vat_taxpayer_kind,headcount,disabled_employed,disabled_share,"
        "自何日,至何日\n"
        "9113018,-1,一般纳税人,1.5,,,2026-13-01,\n"
        f"{USCC},,,,,,,\n"
        f"{USCC},5,没有,10,1,0.2,2026-05-01,2026-04-30\n"
        f"{USCC},5,,,,,,2026-06-30\n"
        f"{USCC},6,,,,,2026-06-30,\n"
        f"{USCC},7,,,,,,,多一格\n"
    )
    _, faults = read(text.encode())

    assert codes(faults) == [
        (2, "统一社会信用代码", "uscc-wrong"),
        (2, "自何日", "day-wrong"),
        (2, "land_occupied_m2", "fact-wrong"),
        (2, "headcount", "fact-wrong"),
        (3, "", "row-without-facts"),
        (4, "至何日", "days-reversed"),
        (4, "vat_taxpayer_kind", "choice-wrong"),
        (4, "disabled_share", "fact-wrong"),
        (6, "统一社会信用代码", "row-twice"),
        (7, "", "cells-too-many"),
    ]
    assert all(fault.problem.zh and fault.problem.en and fault.remedy.en for fault in faults)
    assert "第 5 行" in faults[8].problem.zh


def test_headings_are_told_apart_strictly():
    text = "信用代码,征占用土地面积（亩）,land_occupied_m2,征占用土地面积,用电量用电,企业名称\n"
    _, faults = read(text.encode())

    assert codes(faults) == [
        (1, "征占用土地面积(亩)", "unit-differs"),
        (1, "用电量用电", "column-unknown"),
        (1, "征占用土地面积", "column-twice"),
    ]
    assert "平方米" in faults[0].remedy.zh
    _, faults = read("企业名称,land_occupied_m2\n".encode())
    assert codes(faults) == [(1, "统一社会信用代码", "column-missing")]
    assert faults[0].problem.en == "the column 'Credit code' is missing"


def test_excel_numbers_are_the_text_of_the_file_and_never_floats():
    raw = workbook(
        ["信用代码", "征占用土地面积", FACTS["electricity_kwh"].label.zh, "自何日"],
        [USCC, 0.1, None, date(2026, 3, 1)],
        [USCC, "=1+1", None, None],
        [USCC, 0.125, None, "2026-05-01"],
        [USCC, None, 1234567.8, "2027/1/1"],
    )
    raw = with_sheet(raw, lambda xml: xml.replace(b"0.125", b"0.30000000000000004"))
    told, faults = read(raw, "情况.xlsx")

    assert [(dict(row.facts), row.valid_from) for row in told] == [
        ({"land_occupied_m2": "0.1"}, date(2026, 3, 1)),
        ({"electricity_kwh": "1234567.8"}, date(2027, 1, 1)),
    ]
    assert codes(faults) == [
        (3, "征占用土地面积", "formula"),
        (4, "征占用土地面积", "number-inexact"),
    ]


def styled(*, since_1904=False, more=False):
    """Make a workbook as people make them: days, percentages, merged cells, a second sheet."""
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"in_memory": True, "date_1904": since_1904}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
        if more:
            sheet.merge_range("A1:C1", "企业情况")
        top = 1 if more else 0
        sheet.write_row(top, 0, ["信用代码", "征占用土地面积", "自何日"])
        for row in range(top + 1, top + 4):
            sheet.write_row(row, 0, [USCC, 5])
        sheet.write_datetime(top + 1, 2, date(2026, 1, 1), day)
        sheet.write_datetime(top + 2, 1, date(2026, 1, 1), day)
        sheet.write_number(top + 2, 2, 46_023)
        sheet.write_number(top + 3, 1, 0.5, book.add_format({"num_format": "0.0%"}))
        if more:
            sheet.merge_range("C5:C6", "2026-01-01")
            beside = book.add_worksheet("续表")
            beside.write_row(0, 0, [USCC, 7])
            book.add_worksheet("藏").write_row(0, 0, [USCC, 7])
            book.worksheets()[2].hide()
    return raw.getvalue()


def test_excel_days_are_read_by_the_books_own_calendar_and_are_no_numbers():
    told, faults = read(styled(), "情况.xlsx")
    # The calendar of 1904, which old Macs wrote, begins 1,462 days after that of 1900.
    old, wrong = read(styled(since_1904=True), "情况.xlsx")

    assert [row.valid_from for row in (*told, *old)] == [date(2026, 1, 1)] * 2
    assert codes(faults) == [
        (3, "征占用土地面积", "number-dated"),
        (4, "征占用土地面积", "number-percent"),
    ]
    assert "“50.0%”" in faults[1].problem.zh
    # A bare day number is not guessed at where the book counts from 1904.
    assert (3, "自何日", "day-wrong") in codes(wrong)


def test_what_excel_would_hide_is_a_fault_and_the_file_still_comes_back():
    raw = styled(more=True)
    with pytest.raises(FileRefused) as refused:
        list(lines_of_file(io.BytesIO(raw), "情况.xlsx"))

    # C5:C6 are merged under the headings of line 2; the title A1:C1 may be, and the hidden sheet.
    assert [(x.line, x.code, x.value) for x in refused.value.faults] == [
        (5, "cells-merged", "C5:C6"),
        (1, "sheet-beside", "续表"),
    ]
    made, _ = file_with_faults(io.BytesIO(raw), "情况.xlsx", refused.value.faults, "zh")
    rows = list(openpyxl.load_workbook(io.BytesIO(made)).active.values)
    assert "取消合并" in rows[4][0]
    assert rows[4][1] == USCC


def test_a_cell_under_no_heading_is_not_lost_and_a_wrong_heading_is_told_once():
    text = f"信用代码,,征占用土地面积\n{USCC},7,6\n{USCC},,5\n"
    _, faults = read(text.encode())
    assert codes(faults) == [(2, "", "heading-missing")]
    assert "第 2 列" in faults[0].problem.zh

    _, faults = read(f"信用代码,征占用土地面积（亩）\n{USCC},7\n".encode())
    assert codes(faults) == [(1, "征占用土地面积(亩)", "unit-differs")]


def test_parquet_takes_exact_columns_only():
    def parquet(**columns):
        raw = io.BytesIO()
        pq.write_table(pa.table(columns), raw)
        return raw.getvalue()

    told, faults = read(
        parquet(
            uscc=[USCC],
            land_occupied_m2=pa.array([Decimal("12.50")], pa.decimal128(12, 2)),
            headcount=pa.array([7], pa.int32()),
            valid_from=pa.array([date(2026, 2, 1)], pa.date32()),
        )
    )
    assert faults == []
    assert told[0].facts == {"land_occupied_m2": "12.5", "headcount": "7"}
    assert told[0].valid_from == date(2026, 2, 1)
    with pytest.raises(FileRefused) as caught:
        read(parquet(uscc=[USCC], land_occupied_m2=[12.5]))
    assert codes(caught.value.faults) == [(1, "land_occupied_m2", "column-type")]


BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><worksheet/>'


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old-excel"),
        (b"PK\x03\x04 cut off", "excel-malformed"),
        (b"PAR1 cut off PAR1", "parquet-malformed"),
        (b"a\x00b,c", "encoding-unknown"),
        (b"\xff\xff\xff", "encoding-unknown"),
        ('信用代码,"land\n'.encode(), "csv-malformed"),
        (b"uscc" + b",x" * 600 + b"\n", "columns-too-many"),
    ],
)
def test_damaged_files_are_refused_in_words(raw, code):
    with pytest.raises(FileRefused) as caught:
        list(lines_of_file(io.BytesIO(raw), "f"))

    assert caught.value.faults[0].code == code


def test_a_workbook_with_a_doctype_is_refused():
    raw = with_sheet(workbook(["a"]), lambda _: BOMB)
    with pytest.raises(FileRefused):
        list(lines_of_file(io.BytesIO(raw), "f.xlsx"))


def test_the_template_asks_only_what_the_fee_needs_and_is_read_back():
    facts = facts_wanted(the_catalog(), TODAY, REGION, items=[SOIL_ITEM])
    assert "land_occupied_m2" in {fact.name for fact in facts}
    assert len(facts) < len(FACTS) / 4
    for made, name in (
        (csv_template(facts, "zh"), "t.csv"),
        (excel_template(facts, "en"), "t.xlsx"),
    ):
        number, header = next(lines_of_file(io.BytesIO(made), name))
        columns, faults = columns_of(header, FACTS, file=name, line=number)
        assert faults == []
        assert [c.key for c in columns if c.fact] == [fact.name for fact in facts]
    with pytest.raises(FactsUnknown):
        facts_wanted(the_catalog(), TODAY, REGION, names=["land_ocupied"])


def test_every_fact_of_the_catalog_has_a_heading_of_its_own():
    for fact in FACTS.values():
        for heading in (fact.name, fact.label.zh, heading_of(fact).zh):
            columns, faults = columns_of([Cell("uscc"), Cell(heading)], FACTS, file="f", line=1)
            assert (faults, columns[1].key) == ([], fact.name), heading


def test_the_file_comes_back_with_its_faults_and_is_read_as_before():
    raw = f"信用代码\tland_occupied_m2\n{USCC}\t-5\n".encode("gb18030")
    _, faults = read(raw)
    back, ending = file_with_faults(io.BytesIO(raw), "f.csv", faults, "zh")

    assert ending == "csv"
    lines = back.decode("gb18030").splitlines()
    assert lines[0] == "问题\t信用代码\tland_occupied_m2"
    assert "须在 0 与" in lines[1]
    _, again = read(back)
    assert codes(again) == codes(faults)
    twice, _ = file_with_faults(io.BytesIO(back), "f.csv", again, "zh")
    assert twice == back


def test_numbers_and_days_of_cells_are_exact():
    assert number_cell("1E2") == Cell("100", "number")
    assert number_cell("nan").kind == "error"
    assert day_of_cell(Cell("46082", "number")) == date(2026, 3, 1)  # 46082 days after 1899-12-30
    assert day_of_cell(Cell("20260301")) == date(2026, 3, 1)
    assert day_of_cell(Cell("2026年3月1日")) == date(2026, 3, 1)
    assert day_of_cell(Cell("46082")) is None


def test_an_excel_file_comes_back_as_excel_with_its_faults():
    raw = workbook(["信用代码", "land_occupied_m2"], [USCC, "=1+1"])
    _, faults = read(raw, "f.xlsx")
    back, ending = file_with_faults(io.BytesIO(raw), "f.xlsx", faults, "en")

    assert ending == "xlsx"
    (_, head), (_, row) = lines_of_file(io.BytesIO(back), "f.xlsx")
    assert [cell.text for cell in head] == ["Faults", "信用代码", "land_occupied_m2"]
    assert "formula" in row[0].text
    assert row[2].text == "=1+1"  # as text: opening it computes nothing
