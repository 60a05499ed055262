"""Worked examples are read strictly, none is missing, and the engine agrees with all of them."""

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from feeledger.assessment.worked import differences_of_examples
from feeledger.catalog.examples import read_examples
from feeledger.catalog.plan import plan_of
from feeledger.catalog.rates import NotEstablished
from feeledger.catalog.reader import load_catalog

EDITION = Path(__file__).parents[2] / "catalogs" / "hebei" / "compiled-2026-11-24"
PLATE = """examples:
  - id: "vehicle-plate.car-reflective"
    line: "vehicle-plate.car-reflective"
    "on": "2026-03-02"
    region: "130000"
    facts:
      plates_car_reflective: "3"
    outcome: "due"
    amount: "300.00"
    arithmetic: "3 副 × 100 元/副 = 300.00 元"
"""


@pytest.fixture(scope="module")
def catalog():
    return load_catalog(EDITION)


@pytest.fixture
def read(tmp_path, catalog):
    """Read one file of examples; the faults of what is missing are left out."""

    def read_text(text):
        folder = tmp_path / "examples"
        folder.mkdir(exist_ok=True)
        (folder / "plates.yaml").write_text(text, encoding="utf-8")
        examples, faults = read_examples(tmp_path, catalog)
        return examples, [fault for fault in faults if fault.code != "example-missing"]

    return read_text


def test_every_line_with_a_figure_and_every_relief_has_an_example(catalog):
    examples, faults = read_examples(EDITION, catalog)

    lines = [line for item in catalog.items.values() for line in item.lines]
    figured = {line.id for line in lines if not isinstance(line.rate, NotEstablished)}
    assert faults == ()
    assert len(figured) == 200
    assert figured <= {example.line for example in examples}
    assert {r.id for item in catalog.items.values() for r in item.reliefs} <= {
        example.relief for example in examples
    }


def test_the_engine_agrees_with_every_worked_example(catalog):
    examples, _ = read_examples(EDITION, catalog)

    differences = differences_of_examples(plan_of(catalog), examples)

    assert [fault.to("en") for fault in differences] == []


def test_an_example_is_read_in_full(read):
    (example,), faults = read(PLATE)

    assert faults == []
    assert example.on == date(2026, 3, 2)
    assert example.facts == {"plates_car_reflective": Decimal(3)}
    assert (example.outcome, example.amount) == ("due", "300.00")
    assert example.lines == ("vehicle-plate.car-reflective",)
    assert (example.needs, example.allowed_range) == (None, None)


def test_a_wrong_amount_is_told_at_its_place(read, catalog):
    examples, _ = read(PLATE.replace("300.00", "300.01", 1))

    (fault,) = differences_of_examples(plan_of(catalog), examples)

    assert (fault.code, fault.file, fault.line) == ("example-differs", "examples/plates.yaml", 2)
    assert "due 300.01" in fault.problem.en
    assert "due 300.00" in fault.problem.en


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('outcome: "due"', 'outcome: "no_rate"', "example-amount"),
        ('amount: "300.00"', "amount: null", "example-amount"),
        ('amount: "300.00"', 'amount: "300"', "id-malformed"),
        ('amount: "300.00"', 'amount: "300.00"\n    allowed_range: ["1.00"]', "example-range"),
        ('line: "vehicle-plate.car-reflective"', "line: vehicle-plate.cars", "line-unknown"),
        ('    "on"', '    relief: levy-31\n    "on"', "relief-unknown"),
        ('    "on"', '    relief: levy-30\n    "on"', "line-foreign"),
        ('    "on"', "    on", "key-implicit"),
        ("plates_car_reflective:", "plates_cars:", "fact-unknown"),
        ('plates_car_reflective: "3"', "plates_car_reflective: 3", "number-unquoted"),
        ('plates_car_reflective: "3"', 'plates_car_reflective: "-3"', "number-out-of-bounds"),
        ('plates_car_reflective: "3"', "property_kind: house", "enum-value-unknown"),
        ('plates_car_reflective: "3"', 'forest_public_welfare: "true"', "flag-malformed"),
        ('region: "130000"', 'region: "139999"', "region-unknown"),
        ('outcome: "due"', 'outcome: "owed"', "choice-unknown"),
        ('    arithmetic: "3 副', '    sum: "3 副', "key-unknown"),
        ('"2026-03-02"', '"2026-02-30"', "date-unreadable"),
    ],
)
def test_a_damaged_example_is_refused(old, new, code, read):
    assert old in PLATE

    _, faults = read(PLATE.replace(old, new, 1))

    assert code in {fault.code for fault in faults}


def test_an_id_twice_is_refused(read):
    _, faults = read(PLATE + PLATE.removeprefix("examples:\n"))

    assert [(fault.code, fault.line) for fault in faults] == [("id-duplicate", 11)]


def test_missing_examples_are_told_by_name(tmp_path, catalog):
    shutil.copytree(EDITION / "examples", tmp_path / "examples")
    (tmp_path / "examples" / "vehicles.yaml").unlink()

    _, faults = read_examples(tmp_path, catalog)

    assert {fault.code for fault in faults} == {"example-missing"}
    assert "vehicle-plate.temporary" in {fault.value for fault in faults}


def test_an_exemption_is_no_example_of_the_figure_it_frees_from(tmp_path, catalog):
    shutil.copytree(EDITION / "examples", tmp_path / "examples")
    path = tmp_path / "examples" / "tax-collected.yaml"
    head, _, rest = path.read_text(encoding="utf-8").partition("  - id:")
    path.write_text(f"{head}  - id:{rest.partition('  - id:')[2]}", encoding="utf-8")

    _, faults = read_examples(tmp_path, catalog)  # levy-small-20 still names the line, for 0.00

    told = [(fault.code, fault.value) for fault in faults]
    assert told == [("example-missing", "disabled-employment.uncapped@-2017")]


def test_an_edition_without_examples_lacks_them_all(tmp_path, catalog):
    _, faults = read_examples(tmp_path, catalog)

    assert len(faults) == 200 + 39


def test_a_stray_file_among_the_examples_is_told(read, tmp_path, catalog):
    read(PLATE)
    (tmp_path / "examples" / "notes.txt").write_text("", encoding="utf-8")

    _, faults = read_examples(tmp_path, catalog)

    assert ("file-unexpected", "examples/notes.txt") in {(f.code, f.file) for f in faults}
