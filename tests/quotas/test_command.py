"""The command: draft, audit, publish, show; exit codes and JSON for programs."""

import json

import pytest
from click.testing import CliRunner

from feeledger.cli import root
from tests.builders import REGION, a_region, an_edition
from tests.quotas.world import CLEAR, UNCHOSEN, YEAR, enter_enterprises, run_once

ON = "2026-11-24"


@pytest.fixture
def call(store, monkeypatch):
    monkeypatch.setenv("FEELEDGER_MODE", "demo")
    monkeypatch.setenv("FEELEDGER_DATABASE_URL", store.url)
    with store.write() as session:
        an_edition(session)
        a_region(session)
        enter_enterprises(session)

    def called(*words):
        return CliRunner().invoke(root, ["quota", words[0], "--region", REGION, *words[1:]])

    return called


def test_a_year_from_draft_to_publication_on_the_command_line(call, store):
    year = ("--year", str(YEAR))
    run = str(run_once(store))
    assert "quota draft" not in call("audit", *year, "--by", "x").output  # nothing drafted yet

    drafted = call("draft", "--run", run, "--by", "clerk", "--json")
    assert json.loads(drafted.output) == {"year": YEAR, "drafted": 4, "unchanged": 0}

    audited = call("audit", *year, "--by", "reviewer", "--json")
    assert audited.exit_code == 1  # three are left
    assert json.loads(audited.output) == {
        "audited": 1,
        "open_lines": 1,
        "nothing_stated": 1,
        "refused": 1,
        "own": 0,
    }
    paper = ("--medium", "演示日报", "--number", "1", "--document", "演示1号", "--on", ON)
    assert call("publish", *year, *paper, "--by", "reviewer", "--lang", "en").output == (
        "1 published\n"
    )
    shown = json.loads(call("show", *year, "--json").output)
    assert (shown["published"], shown["draft"], shown["total"]) == (1, 3, "230.00")

    one = json.loads(call("show", *year, "--uscc", CLEAR, "--json").output)
    assert (one["state"], one["total"]) == ("published", "230.00")
    other = call("show", *year, "--uscc", UNCHOSEN, "--lang", "zh").output
    assert "31.00  未审核" in other
    assert other.count("（未定）") == 2
    nobody = call("show", *year, "--uscc", "91130184MA0CQ3T535", "--lang", "zh")
    assert (nobody.exit_code, "不等于零" in nobody.output) == (1, True)
