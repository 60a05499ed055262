"""Templates to fill in: only the facts asked for, headings with units, and the notes that explain them."""

import csv
import io
from collections.abc import Sequence
from typing import Final

import xlsxwriter

from feeledger.catalog.items import Fact
from feeledger.errors import Language, Text
from feeledger.intake.headings import DOCUMENT, NAME, OWN, SINCE, UNTIL, USCC, heading_of, unit_text

FIRST: Final = (USCC, NAME)
LAST: Final = (SINCE, UNTIL, DOCUMENT)
OPTIONS: Final = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
NOTES: Final = Text("填表说明", "Notes")
DATA: Final = Text("数据", "Data")
NOTE_COLUMNS: Final = (
    Text("列名", "Column"),
    Text("单位", "Unit"),
    Text("可填内容", "What may stand there"),
    Text("必填", "Needed"),
)
TEXT_FORMAT: Final = "@"
WIDTH: Final = 22


def headings_of(facts: Sequence[Fact], language: Language) -> list[str]:
    """Give the headings of a template, in order."""
    own = [OWN[key].to(language) for key in FIRST]
    return [*own, *(heading_of(fact).to(language) for fact in facts),
            *(OWN[key].to(language) for key in LAST)]  # fmt: skip


def csv_template(facts: Sequence[Fact], language: Language) -> bytes:
    """Make a CSV template: UTF-8 with a mark, so that spreadsheets read it right."""
    text = io.StringIO()
    csv.writer(text).writerow(headings_of(facts, language))
    return text.getvalue().encode("utf-8-sig")


def excel_template(facts: Sequence[Fact], language: Language) -> bytes:
    """Make an Excel template: text cells, so that no code loses digits, and a sheet of notes."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {**OPTIONS, "in_memory": True}) as book:
        head = book.add_format(
            {"bold": True, "text_wrap": True, "border": 1, "bg_color": "#E7EEF5"}
        )
        text = book.add_format({"num_format": TEXT_FORMAT})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(DATA.to(language))
        headings = headings_of(facts, language)
        sheet.set_column(0, len(headings) - 1, WIDTH, text)
        for place, heading in enumerate(headings):
            sheet.write_string(0, place, heading, head)
        sheet.freeze_panes(1, 1)
        notes = book.add_worksheet(NOTES.to(language))
        notes.set_column(0, 0, 2 * WIDTH, wrap)
        notes.set_column(1, 3, WIDTH, wrap)
        rows = [tuple(each.to(language) for each in NOTE_COLUMNS), *_notes(facts, language)]
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                notes.write_string(number, place, cell, head if number == 0 else wrap)
    return made.getvalue()


def _notes(facts: Sequence[Fact], language: Language) -> list[tuple[str, str, str, str]]:
    yes, no = Text("是", "yes").to(language), Text("否", "no").to(language)
    day = Text(
        "日期，如 2026-01-31；不填用导入时给出的", "a date such as 2026-01-31; else the file's"
    )
    paper = Text("文号或材料名称，至多 200 字", "the number or name of the paper, 200 characters")
    code = Text("18 位", "18 signs")
    rows = [
        (OWN[USCC].to(language), "", code.to(language), yes),
        (
            OWN[NAME].to(language),
            "",
            Text("便于核对，不读取", "for people, not read").to(language),
            no,
        ),
    ]
    rows += [
        (heading_of(fact).to(language), unit_text(fact.unit).to(language),
         bounds_text(fact).to(language), no)
        for fact in facts
    ]  # fmt: skip
    rows += [(OWN[key].to(language), "", day.to(language), no) for key in (SINCE, UNTIL)]
    return [*rows, (OWN[DOCUMENT].to(language), "", paper.to(language), no)]


def bounds_text(fact: Fact) -> Text:
    """Say what may stand for a fact: the choices, or the bounds and the decimals of a number."""
    if fact.type == "bool":
        return Text("是、否", "yes, no")
    if fact.type == "enum":
        labels = fact.value_labels or tuple(Text(each, each) for each in fact.values)
        return Text("、".join(e.zh for e in labels), ", ".join(e.en for e in labels))
    low, high = f"{fact.low:,f}", f"{fact.high:,f}"
    if fact.type == "int":
        return Text(f"整数，{low} 至 {high}", f"a whole number, {low} to {high}")
    return Text(
        f"{low} 至 {high}，至多 {fact.decimals} 位小数",
        f"{low} to {high}, {fact.decimals} decimals at most",
    )
