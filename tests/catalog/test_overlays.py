"""Overlays: laid over the real edition, read as strictly, each fault at its own line."""

from datetime import date

import pytest

from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import Request
from feeledger.catalog.overlays import read_overlay
from feeledger.catalog.plan import plan_of
from feeledger.errors import FileRefused
from tests.builders import CATALOGS, REGION, SOIL_ITEM, SOIL_LINE, the_catalog

EDITION = CATALOGS / "hebei" / "compiled-2026-11-24"
HEAD = """\
overlay:
  base: compiled-2026-11-24
  title: { zh: 试改, en: A try }
"""
LINE = """\
      id: soil-water.general-construction
      name: { zh: 一般性生产建设项目, en: General construction project }
      place: 河北省
      window: { from: unknown, not_before: "2017-07-01", to: open }
      period: per_event
      rate: { form: per_unit, amount: "1.20", unit: 平方米, quantities: [land_occupied_m2] }
      round_quantity_up_to: "1"
      standard: 1.20元/平方米
      basis: { documents: [发改价格〔2017〕1186号] }
      confidence: { level: high }
      sources: [cri-soil-2018]
"""
CHEAPER = f"{HEAD}replace_lines:\n  - item: {SOIL_ITEM}\n    line:\n{LINE}"


def lay(text):
    return read_overlay(EDITION, text.encode())


def faults(text):
    with pytest.raises(FileRefused) as refused:
        lay(text)
    return {(fault.code, fault.file, fault.line) for fault in refused.value.faults}


def amount(catalog, line=SOIL_LINE):
    request = Request(
        ref=None,
        on=date(2026, 11, 24),
        region=REGION,
        items=(SOIL_ITEM,),
        lines=(line,),
        facts={"land_occupied_m2": "100.2"},
    )
    return [str(a.amount) for a in assess(plan_of(catalog), request).lines if a.line == line]


def test_a_replaced_line_is_charged_and_all_else_stays():
    """100.2 m² count as 101; at 1.20 yuan 121.20, at 1.40 before 141.40."""
    laid = lay(CHEAPER)

    assert laid.items == {SOIL_ITEM}
    assert amount(laid.catalog) == ["121.20"]
    assert amount(the_catalog()) == ["141.40"]
    assert laid.catalog.edition.sha256 != the_catalog().edition.sha256
    same = {k: v for k, v in laid.catalog.items.items() if k != SOIL_ITEM}
    assert same == {k: v for k, v in the_catalog().items.items() if k != SOIL_ITEM}


def test_items_and_lines_are_taken_out_and_added():
    out = lay(f"{HEAD}remove_items: [vehicle-plate]\n")
    assert "vehicle-plate" not in out.catalog.items
    assert out.items == {"vehicle-plate"}
    more = lay(
        f"{HEAD}add_lines:\n  - item: {SOIL_ITEM}\n    line:\n"
        + LINE.replace("soil-water.general-construction", "soil-water.new").replace("1.20", "0.05")
    )
    assert amount(more.catalog, "soil-water.new") == ["5.05"]  # 101 times 0.05


def test_every_fault_of_an_overlay_is_told_at_its_line():
    """All of them at once: the base stands on line 2, the item on 5, the line's keys from 7 on."""
    assert faults(HEAD) == {("overlay-empty", "overlay.yaml", 1)}
    bad = (
        CHEAPER.replace("compiled-2026-11-24", "other", 1)
        .replace('"1.20"', "1.20")
        .replace("cri-soil-2018", "nobody")
        .replace("[land_occupied_m2]", "[__import__]")
    )
    bad += f"  - item: {SOIL_ITEM[:-1]}\n    line: {{ id: x }}\nsurprise: 1\n"
    bad += "add_documents: [{ key: x }]\n"
    found = faults(bad)
    assert {
        ("overlay-base", "overlay.yaml", 2),
        ("number-unquoted", "overlay.yaml", 12),
        ("source-unknown", "overlay.yaml", 17),
        ("overlay-unknown", "overlay.yaml", 18),
        ("key-unknown", "overlay.yaml", 20),
        ("key-missing", "overlay.yaml", 21),
    } <= found
    assert ("overlay.yaml", 12) in {(file, line) for code, file, line in found if "fact" in code}
    there = CHEAPER.replace("replace_lines", "add_lines")
    there += (
        f"remove_items: [vehicle-plate]\nremove_lines: [{{ item: {SOIL_ITEM}, line: nobody }}]\n"
    )
    there += "replace_items: [{ id: vehicle-plate }]\n"
    assert {"overlay-there", "overlay-twice", "overlay-unknown"} <= {c for c, _, _ in faults(there)}


def test_what_an_overlay_names_twice_is_refused_and_not_the_last_word_taken():
    again = CHEAPER + CHEAPER.partition("replace_lines:\n")[2].replace("1.20", "2.00")
    twice = HEAD + "remove_items: [vehicle-plate, vehicle-plate]\n"

    assert {code for code, _, _ in faults(again)} == {"overlay-twice"}
    assert {code for code, _, _ in faults(twice)} == {"overlay-twice"}
