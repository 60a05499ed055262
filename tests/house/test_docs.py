"""What the code can say, the documents explain: every problem code, every bank result."""

import importlib
import pkgutil
import re
from pathlib import Path

import feeledger
from feeledger.errors import Conflict, FeeLedgerError, Invalid, Missing, Refused
from feeledger.problems import status_of

DOCS = Path(__file__).parents[2] / "docs"
# The kinds themselves are never raised; refusals of doors build on DoorRefused alone.
KINDS = {FeeLedgerError, Missing, Conflict, Invalid, Refused}
HEADING = re.compile(r"^### `([a-z0-9-]+)` · ([0-9]{3})$", re.MULTILINE)
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def errors_of_the_project():
    for module in pkgutil.walk_packages(feeledger.__path__, "feeledger."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found, waiting = [], [FeeLedgerError]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        found += below
    ours = {one for one in found if one.__module__.startswith("feeledger.")} - KINDS
    return sorted(
        (one for one in ours if "code" in vars(one)), key=lambda one: (one.code, one.__name__)
    )


def headings():
    return dict(HEADING.findall((DOCS / "problems.md").read_text(encoding="utf-8")))


def test_every_problem_code_has_a_heading_with_its_status():
    documented = headings()
    missing = [
        f"### `{one.code}` · {status_of(one)}"
        for one in errors_of_the_project()
        if documented.get(one.code) != str(status_of(one))
    ]

    assert missing == []


def test_no_heading_names_a_code_that_is_gone():
    known = {one.code for one in errors_of_the_project()} | {"internal"}

    assert sorted(set(headings()) - known) == []


def test_codes_are_kebab_case_and_name_one_error_each():
    seen = {}
    for one in errors_of_the_project():
        assert KEBAB.fullmatch(one.code), one
        seen.setdefault(one.code, set()).add(one.__qualname__)

    assert {code: names for code, names in seen.items() if len(names) > 1} == {}


def test_every_title_stands_in_both_languages():
    for one in errors_of_the_project():
        assert re.search(r"[\u4e00-\u9fff]", one.title.zh), one
        assert one.title.en.isascii(), one
        assert one.title.en, one


def test_every_bank_result_is_in_the_table_of_the_bank_api():
    text = (DOCS / "bank-api.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| ([0-9]{5}) \| ([0-9]{3})", text, flags=re.MULTILINE))
    wrong = [
        (one.__name__, one.result, status_of(one))
        for one in errors_of_the_project()
        if isinstance(vars(one).get("result"), str) and table.get(one.result) != str(status_of(one))
    ]

    assert wrong == []
