"""What a change would cost whom: by hand on four enterprises, by command and on the page."""

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from feeledger.catalog.overlays import read_overlay
from feeledger.cli import root
from feeledger.demo.enterprises import synthetic_enterprises
from feeledger.enterprises.actions import (
    EnterpriseDetails,
    FactOrigin,
    record_facts,
    register_enterprise,
)
from feeledger.ledger.tables import EntryRow
from feeledger.notices.tables import NoticeRow
from feeledger.trail import TrailActRow
from feeledger.whatif.batches import Question, compare_region
from feeledger.whatif.change_queries import change_from_edition
from feeledger.whatif.comparing import added, total_of
from feeledger.whatif.impact import Impact, Sums
from feeledger.whatif.telling import group_label
from tests.builders import (
    CLERK,
    NOW,
    OTHER_REGION,
    REGION,
    SOIL_ITEM,
    TODAY,
    a_region,
    an_edition,
    the_catalog,
)
from tests.catalog.test_overlays import CHEAPER, EDITION, HEAD

CODES = [each.uscc for each in synthetic_enterprises()[:4]]
AREAS = ["100", "10.5", None, "1000"]  # m²; the third says nothing
SIZES = ["small", "micro", "micro", None]


@pytest.fixture
def region(any_store):
    with any_store.write() as session:
        an_edition(session)
        a_region(session)
        a_region(session, OTHER_REGION)
        for code, area, size in zip(CODES, AREAS, SIZES, strict=True):
            home = OTHER_REGION if code == CODES[3] else REGION
            details = EnterpriseDetails(name=f"演示 {code}", home_region=home, size_class=size)
            register_enterprise(session, code, details, by=CLERK, now=NOW)
            if area is not None:
                record_facts(
                    session,
                    home,
                    code,
                    {"land_occupied_m2": area},
                    FactOrigin("bureau"),
                    valid_from=date(2026, 1, 1),
                    by=CLERK,
                    now=NOW,
                )
    return any_store


def compared(store, folder, text=CHEAPER, **told):
    laid = read_overlay(EDITION, text.encode())
    with store.read() as session:
        change = change_from_edition(session, laid)
    asked = Question(REGION, TODAY, NOW + timedelta(hours=1), folder, **told)
    return compare_region(store, change, asked)


def counted(store):
    with store.read() as session:
        rows = (NoticeRow, EntryRow, TrailActRow)
        return [session.scalar(select(func.count()).select_from(row)) for row in rows]


def test_a_cheaper_price_is_told_by_item_department_size_and_enterprise_and_nothing_is_kept(
    region, tmp_path
):
    """100 m² at 1.40 and 1.20: 140.00, 120.00; 10.5 m² count as 11: 15.40, 13.20. −22.20 in all."""
    before = counted(region)
    impact = compared(region, tmp_path)

    total = impact.total
    assert (impact.enterprises, total.before, total.after) == (3, 15540, 13320)
    assert (total.more, total.less, total.difference) == (0, 2, -2220)
    assert impact.items.keys() == {SOIL_ITEM}
    assert [(n, s.difference) for n, s in impact.departments.items()] == [("水利部门", -2220)]
    assert {size: s.difference for size, s in impact.sizes.items()} == {
        "small": -2000,
        "micro": -220,
    }
    assert [(h.uscc, h.difference) for h in impact.gaining] == [(CODES[0], -2000), (CODES[1], -220)]
    assert impact.losing == []
    assert total.undetermined_before > 0  # the third enterprise said nothing of its land
    assert counted(region) == before


def test_a_whole_province_is_added_up_region_by_region_and_top_bounds_the_names(region, tmp_path):
    """1000 m² more: 1,400.00 to 1,200.00; with the 22.20 above 222.20 less."""
    laid = read_overlay(EDITION, CHEAPER.encode())
    with region.read() as session:
        change = change_from_edition(session, laid)
    seen = []
    asked = Question("130000", TODAY, NOW + timedelta(hours=1), tmp_path, whole=True, top=1)
    impact = compare_region(region, change, asked, lambda code, n: seen.append((code, n)))

    assert impact.total.difference == -22220
    assert {code: s.difference for code, s in impact.regions.items()} == {
        OTHER_REGION: -20000,
        REGION: -2220,
    }
    assert [hit.uscc for hit in impact.gaining] == [CODES[3]]
    assert seen == [(OTHER_REGION, 1), (REGION, 3)]


def test_an_item_taken_out_costs_its_department_all_of_it(region, tmp_path):
    impact = compared(region, tmp_path, f"{HEAD}remove_items: [{SOIL_ITEM}]\n")

    assert (impact.total.before, impact.total.after) == (15540, 0)
    assert impact.departments["水利部门"].difference == -15540
    without = replace(the_catalog(), items={})
    assert group_label("items", SOIL_ITEM, without, the_catalog()).zh == "水土保持补偿费"
    assert group_label("departments", "水利部门", without, the_catalog()).en != "水利部门"


def test_sums_never_wrap():
    """2^62 and 2^62 are 2^63, one more than 64 bits hold; three of 2^62 are added up whole."""
    half = np.array([2**62], np.int64)

    assert added(half, half).tolist() == [2**63]
    assert total_of(np.array([2**62] * 3, np.int64)) == 3 * 2**62
    impact = Impact(1)
    impact.take(Impact(1, total=Sums(before=2**62, after=2**63)))
    impact.take(Impact(1, total=Sums(before=2**62, after=0)))
    assert (impact.total.before, impact.total.difference) == (2**63, 0)


def test_the_command_tells_it_as_data_and_in_words(store, tmp_path, monkeypatch):
    with store.write() as session:
        an_edition(session)
        a_region(session)
    path = tmp_path / "cheaper.yaml"
    path.write_text(CHEAPER, encoding="utf-8")
    monkeypatch.setenv("FEELEDGER_MODE", "demo")
    monkeypatch.setenv("FEELEDGER_DATABASE_URL", store.url)
    monkeypatch.setenv("FEELEDGER_DATA", str(tmp_path))
    run = CliRunner().invoke
    ask = ["whatif", "--with", str(path), "--region", REGION, "--on", "2026-11-24"]

    told = run(root, [*ask, "--json", "--csv", str(tmp_path / "groups.csv")])
    assert told.exit_code == 0, told.output
    found = json.loads(told.output)
    assert (found["enterprises"], found["total"]["difference"]) == (0, "0.00")
    assert (tmp_path / "groups.csv").read_text("utf-8-sig").startswith("group,name,before")
    assert "未留存" in run(root, [*ask, "--lang", "zh"]).output
    assert "nothing kept" in run(root, [*ask, "--lang", "en"]).output
    path.write_text(CHEAPER + "surprise: 1\n", encoding="utf-8")
    wrong = run(root, [*ask, "--lang", "en"])
    assert wrong.exit_code == 1
    assert "cheaper.yaml:18" in wrong.stderr
