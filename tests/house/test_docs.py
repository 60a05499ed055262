"""What the code can say, the documents explain: problems, bank results, commands, settings, storeys."""

import importlib
import pkgutil
import re
import tomllib
from pathlib import Path

import pytest

import feeledger
from feeledger.cli import COMMANDS
from feeledger.errors import Conflict, FeeLedgerError, Invalid, Missing, Refused
from feeledger.problems import status_of

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
READMES = ("README.md", "README.en.md")
PAGES = sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
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


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*READMES, "docs/architecture.md"])
def test_every_command_is_named(name):
    text = text_of(name)

    assert [each for each in COMMANDS if not re.search(rf"(?<![\w-]){each}(?![\w-])", text)] == []


@pytest.mark.parametrize("name", READMES)
def test_every_setting_is_named(name):
    read = re.findall(r"FEELEDGER_[A-Z_]*[A-Z]", text_of("feeledger/settings.py"))

    assert len(set(read)) > 6
    assert [each for each in sorted(set(read)) if each not in text_of(name)] == []


def test_every_storey_stands_on_the_map():
    contracts = tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    storeys = next(each["layers"] for each in contracts if each["type"] == "layers")
    block = text_of("docs/architecture.md").split("```")[1]
    named = {word for line in block.splitlines() for word in re.findall(r"\w+", line)}

    packages = {one.strip() for storey in storeys for one in storey.split("|")} - {"__main__"}
    assert packages - named == set()


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_a_file(name):
    links = re.findall(r"\]\(([^)#:]+)\)", text_of(name))
    made = {"docs/benchmarks.md"}  # written by `make bench`

    dead = [each for each in links if not (ROOT / name).parent.joinpath(each).exists()]
    assert set(dead) - made == set()


def test_the_readmes_are_twins():
    chinese, english = map(text_of, READMES)

    for pattern in (r"\]\((docs/[^)]*)\)", r"`(FEELEDGER_\w+)`", r"`(feeledger/\w+/)`"):
        assert set(re.findall(pattern, chinese)) == set(re.findall(pattern, english))
    assert chinese.count("\n## ") == english.count("\n## ")


def test_decisions_are_numbered_without_a_gap():
    names = sorted(path.name for path in (DOCS / "decisions").glob("*.md"))

    assert [name[:4] for name in names] == [f"{at:04d}" for at in range(1, len(names) + 1)]


# 凭证 is a voucher of a message or the paper of a payment; an entry of the ledger is a 分录.
PAPERS = re.compile(
    r"付款凭证|缴款凭证|作凭证|再作凭证|凭证据|凭证明|记账凭证|张凭证|凭证 \d+ 张|实有凭证|凭证[不须内 X（为]|、凭证或"
)


def test_an_entry_of_the_ledger_has_one_name():
    """docs/glossary.md: 分录 is an entry, 借贷对 a posting."""
    wrong = []
    for path in sorted([*(ROOT / "feeledger").rglob("*"), *DOCS.rglob("*.md")]):
        if path.suffix not in {".py", ".html", ".md"} or path.name == "changelog.md":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if "凭证" in PAPERS.sub("", line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}")

    assert wrong == []


# Papers that whoever reads the repository does not have.
ELSEWHERE = re.compile(
    r"[Ii]ssue \d|[Dd]esign (D\d|section)|scaleout|[Dd]omain section|catalog rules? \d|house style"
)


def test_nothing_cites_a_paper_that_is_not_in_the_repository():
    wrong = []
    for path in sorted(
        [
            *(ROOT / "feeledger").rglob("*.py"),
            *(ROOT / "tests").rglob("*.py"),
            *DOCS.rglob("*.md"),
            *ROOT.glob("*.md"),
        ]
    ):
        text = path.read_text(encoding="utf-8")
        if path != Path(__file__) and ELSEWHERE.search(text):
            wrong.append(str(path.relative_to(ROOT)))

    assert wrong == []
