"""The canonical data of an edition: nothing lost on the way there and back, one hash a content."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from feeledger.catalog.canonical import (
    canonical_text,
    catalog_document,
    catalog_from_document,
    seal_catalog,
)
from feeledger.catalog.reader import load_catalog
from feeledger.errors import Text

EDITION = Path(__file__).parents[2] / "catalogs" / "hebei" / "compiled-2026-11-24"


@pytest.fixture(scope="module")
def catalog():
    return load_catalog(EDITION)


def test_an_edition_comes_back_whole_from_its_canonical_text(catalog):
    text = canonical_text(catalog)

    again = catalog_from_document(json.loads(text))

    assert again == catalog
    assert list(again.items) == list(catalog.items)
    assert canonical_text(again) == text


def test_the_canonical_text_has_no_float_and_no_blank_around_marks(catalog):
    text = canonical_text(catalog)

    assert json.loads(text, parse_float=pytest.fail)
    assert (
        json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        == text
    )


def test_comments_order_of_files_and_layout_change_no_hash(catalog, tmp_path):
    folder = tmp_path / "other-name"
    shutil.copytree(EDITION, folder, ignore=shutil.ignore_patterns("examples"))
    vehicles = folder / "vehicles.yaml"
    text = vehicles.read_text(encoding="utf-8").replace(
        'rate: { form: per_unit, amount: "100", ', 'rate: { amount: "100", form: per_unit, '
    )
    (folder / "zz-vehicles.yaml").write_text(f"# moved\n\n{text}", encoding="utf-8")
    vehicles.unlink()

    assert load_catalog(folder).edition.sha256 == catalog.edition.sha256


def test_any_change_of_content_changes_the_hash(catalog):
    item = catalog.items["vehicle-plate"]
    other = replace(item, note=Text("另一说明", "another note"))

    changed = seal_catalog(replace(catalog, items={**catalog.items, item.id: other}))

    assert changed.edition.sha256 != catalog.edition.sha256


def test_the_hash_is_no_part_of_what_is_hashed(catalog):
    assert (
        "sha256" not in catalog_document(catalog)["edition"]
        or not catalog_document(catalog)["edition"]["sha256"]
    )
    assert seal_catalog(catalog) == catalog


def test_numbers_and_texts_of_conditions_stay_apart(catalog):
    document = catalog_document(catalog)
    tests = [
        test
        for item in document["items"]
        for line in item["lines"]
        for test in line.get("applies_when", {}).get("tests", ())
    ]

    assert {"fact": "idle_months", "op": "gte", "value": {"decimal": "12"}} in tests
    assert {"fact": "property_kind", "op": "eq", "value": "garage"} in tests
