"""What changed between two editions is told per item and field, in both languages."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from feeledger.catalog.changes import change_document, changes_between
from feeledger.catalog.reader import load_catalog

EDITION = Path(__file__).parents[2] / "catalogs" / "hebei" / "compiled-2026-11-24"


@pytest.fixture(scope="module")
def old():
    return load_catalog(EDITION)


@pytest.fixture
def changed(tmp_path):
    """Read a copy of the edition after some replacements in one file."""

    def read(file, *replacements):
        folder = tmp_path / "next"
        if not folder.exists():
            shutil.copytree(EDITION, folder, ignore=shutil.ignore_patterns("examples"))
        text = (folder / file).read_text(encoding="utf-8")
        for before, after in replacements:
            assert before in text
            text = text.replace(before, after, 1)
        (folder / file).write_text(text, encoding="utf-8")
        return load_catalog(folder)

    return read


SEWAGE = """      - id: sewage.wei-other
        name: { zh: 其他用水(魏县), en: "Other users, Wei county" }
        place: 邯郸市魏县
        window: { from: unknown, not_before: "2009-01-01", to: open }
"""
NEW_VERSION = """      - id: sewage.wei-other@2027
        name: { zh: 其他用水(魏县), en: "Other users, Wei county" }
        place: 邯郸市魏县
        window: { from: "2027-01-01", from_basis: seen, to: open }
        period: monthly
        rate: { form: per_unit, amount: "1.20", unit: 立方米, quantities: [sewage_m3] }
        standard: "1.20元/立方米"
        basis: { documents: [市物价(2009)25号] }
        confidence: { level: high }
        sources: [wei-sewage-2025]
"""


def test_equal_editions_have_no_changes(old):
    assert changes_between(old, old) == ()


def test_a_new_version_is_told_as_a_price_from_a_day_on(old, changed):
    new = changed(
        "environment.yaml",
        (SEWAGE, NEW_VERSION + SEWAGE.replace("to: open", 'to: "2026-12-31", to_basis: seen')),
    )

    changes = changes_between(old, new)

    price = next(change for change in changes if change.field == "rate.amount")
    assert (price.old, price.new, price.since) == ("0.90", "1.20", date(2027, 1, 1))
    assert price.subject.item == "sewage-treatment"
    assert price.sentence.zh == (
        "其他用水(魏县)：自 2027-01-01 起，费率·金额 0.90 → 1.20（市物价(2009)25号）"
    )
    assert price.sentence.en == (
        "Other users, Wei county: from 2027-01-01, rate · amount 0.90 → 1.20 (市物价(2009)25号)"
    )
    end = next(change for change in changes if change.field == "window.end")
    assert (end.subject.id, end.old, end.new) == ("sewage.wei-other", "", "2026-12-31")


def test_a_corrected_price_is_told_without_a_day(old, changed):
    new = changed("vehicles.yaml", ('amount: "15", unit: 本', 'amount: "16", unit: 本'))

    (change,) = changes_between(old, new)

    assert change.sentence.en == "Vehicle licence (until June 2017): rate · amount 15 → 16"
    assert (change.kind, change.since) == ("changed", None)


def test_an_added_relief_an_event_and_a_status_are_told(old, changed):
    new = changed(
        "vehicles.yaml",
        ("    status: in_force", "    status: cancelled"),
        (
            "\n  - id: vehicle-certificate\n",
            """    events:
      - kind: cancelled
        day: "2027-01-01"
        document: 冀价行费[2014]49号
        sources: [chengan-2021]
        confidence: high

  - id: vehicle-certificate
""",
        ),
    )

    sentences = [change.sentence.zh for change in changes_between(old, new)]

    assert sentences == [
        "机动车号牌工本费：状态 in_force → cancelled",
        "新增变更事件：机动车号牌工本费 取消 2027-01-01（冀价行费[2014]49号）",
    ]


def test_a_removed_line_and_a_removed_item_are_told(old, changed):
    text = (EDITION / "vehicles.yaml").read_text(encoding="utf-8")
    begin = text.index("      - id: vehicle-plate.frame-iron\n")
    end = text.index("      - id: vehicle-plate.frame-aluminium\n")
    item = text.index("\n  - id: vehicle-certificate\n")
    new = changed("vehicles.yaml", (text[begin:end], ""), (text[item:], ""))

    changes = changes_between(old, new)

    assert [(c.kind, c.subject.sort, c.subject.id) for c in changes] == [
        ("removed", "line", "vehicle-plate.frame-iron"),
        ("removed", "item", "vehicle-certificate"),
    ]


def test_an_added_item_is_told_with_its_documents(old):
    fewer = {name: item for name, item in old.items.items() if name != "idle-land"}

    (change,) = changes_between(replace(old, items=fewer), old)

    assert (change.kind, change.subject.sort) == ("added", "item")
    assert "《闲置土地处置办法》" in change.sentence.zh


def test_tables_and_the_edition_itself_are_compared(old, changed):
    new = changed("edition.yaml", ("id: compiled-2026-11-24", "id: compiled-2027-01-01"))
    new = changed("facts.yaml", ("zh: 行驶证数", "zh: 行驶证本数"))

    told = {(c.subject.sort, c.subject.id, c.field, c.new) for c in changes_between(old, new)}

    assert told == {
        ("edition", "compiled-2027-01-01", "id", "compiled-2027-01-01"),
        ("fact", "vehicle_licences", "label.zh", "行驶证本数"),
    }


def test_a_change_as_data_has_its_sentence_in_the_language_asked_for(old, changed):
    new = changed("vehicles.yaml", ('amount: "15", unit: 本', 'amount: "16", unit: 本'))

    (change,) = changes_between(old, new)

    assert change_document(change, "en") == {
        "kind": "changed",
        "subject": "line",
        "item": "vehicle-certificate",
        "id": "vehicle-certificate.licence@-2017",
        "field": "rate.amount",
        "old": "15",
        "new": "16",
        "since": None,
        "sentence": "Vehicle licence (until June 2017): rate · amount 15 → 16",
    }
