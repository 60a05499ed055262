"""Worked examples, written by hand from the published figures, hold in both evaluators."""

import re
from decimal import Decimal

import pytest
from yaml import safe_load

from tests.reference.decimal_reference import Request, answer
from tests.reference.edition_files import EDITION
from tests.reference.engine_side import engine_answer

FILES = sorted((EDITION / "examples").glob("*.yaml"))
KEYS = {"id", "line", "relief", "lines", "on", "region", "facts", "outcome", "amount"}
KEYS |= {"arithmetic", "needs", "allowed_range"}


def examples_of(path):
    return safe_load(path.read_text(encoding="utf-8"))["examples"]


def every_example():
    return [example for path in FILES for example in examples_of(path)]


def line_of(example):
    return example["line"] if "line" in example else example["lines"][0]


def request_of(example):
    lines = tuple(example.get("lines") or (example["line"],))
    return Request(example["on"], example["region"], (), lines, example["facts"])


def test_every_line_with_a_figure_and_every_relief_has_an_example(edition):
    items = edition["items"].values()
    lines = {line["id"]: line for item in items for line in item["lines"]}
    figured = {name for name, line in lines.items() if line["rate"]["form"] != "not_established"}
    shown = {example["line"] for example in every_example() if "line" in example}
    reliefs = {relief["id"] for item in items for relief in item["reliefs"]}
    assert len(figured) == 200
    assert len(reliefs) == 39
    assert figured <= shown <= set(lines)
    assert {e["relief"] for e in every_example() if "relief" in e} == reliefs


def test_an_example_stands_in_the_file_of_its_item(edition):
    files = {
        name["id"]: item["file"]
        for item in edition["items"].values()
        for name in (*item["lines"], *item["reliefs"])
    }
    strays = [
        example["id"]
        for path in FILES
        for example in examples_of(path)
        if files[line_of(example)] != path.stem
    ]
    assert not strays


def test_examples_are_written_out_with_text_for_every_number():
    seen = set()
    for example in every_example():
        assert set(example) <= KEYS, example["id"]
        assert example["id"] not in seen
        seen.add(example["id"])
        assert all(isinstance(value, str | bool) for value in example["facts"].values())
        assert re.search(r"[一-鿿]", example["arithmetic"])
        if example["amount"] is not None and example["outcome"] != "ended":
            assert f"{Decimal(example['amount']):.2f}" in example["arithmetic"], example["id"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_reference_gives_the_amount_worked_out_by_hand(edition, path):
    failures = []
    for example in examples_of(path):
        found = answer(edition, request_of(example)).lines.get(line_of(example))
        got = (found.outcome, found.amount) if found else None
        bounds = [found.low, found.high] if found else None
        wanted = (example["outcome"], example["amount"])
        if got != wanted or example.get("allowed_range", bounds) != bounds:
            failures.append(f"{example['id']}: {wanted}, reference {got} {bounds}")
        if set(example.get("needs", found.must_need)) != found.must_need:
            failures.append(f"{example['id']}: needs {sorted(found.must_need)}")
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_engine_gives_the_amount_worked_out_by_hand(edition, plan, path):
    failures = []
    for example in examples_of(path):
        given = engine_answer(plan, edition, request_of(example))
        lines = [] if isinstance(given, set) else given["lines"]
        found = next((x for x in lines if x["line"] in (line_of(example), None)), None)
        got = (found["outcome"], found["amount"]) if found else None
        if got != (example["outcome"], example["amount"]):
            failures.append(f"{example['id']}: {example['outcome']} {example['amount']}, got {got}")
        elif example.get("allowed_range", found["allowed_range"]) != found["allowed_range"]:
            failures.append(f"{example['id']}: range {found['allowed_range']}")
        elif "needs" in example and [n["fact"] for n in found["needs"]] != example["needs"]:
            failures.append(f"{example['id']}: needs {found['needs']}")
    assert not failures, "\n".join(failures)
