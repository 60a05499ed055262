"""``feeledger reassess``: looks, proposes once, and tells what cannot be told."""

import json
from decimal import Decimal

import pytest
from click.testing import CliRunner

from feeledger.commands.reassess import reassess
from feeledger.reassessments.queries import ReassessmentsWanted, count_reassessments
from tests.builders import REGION, SOIL_LINE, USCC, a_place, an_enterprise
from tests.reassessments.books import at, day, kept, noticed, paid, repriced, the_base, told


@pytest.fixture
def run(store):
    with store.write() as session:
        a_place(session)
        an_enterprise(session)
        kept(session, the_base(), "base", day("2026-01-02"))
        told(session, USCC, {"land_occupied_m2": 100}, day("2026-01-01"), now=at(day("2026-01-05")))
        now = at(day("2026-03-24"))
        paid(session, noticed(session, USCC, day("2026-03-20"), now=now), "T1", now=now)
        dearer = repriced(the_base(), SOIL_LINE, day("2026-03-01"), Decimal("1.65"))
        kept(session, dearer, "dearer", day("2026-05-04"))
    environ = {"FEELEDGER_MODE": "test", "FEELEDGER_DATABASE_URL": store.url}

    def call(*arguments):
        return CliRunner().invoke(reassess, ["--region", REGION, *arguments], env=environ)

    return call


def test_reassess_looks_proposes_once_and_says_why(run, store):
    """100 m²: 140.00 counted, 165.00 by the later edition."""
    looked = run("--dry-run", "--lang", "en")
    assert looked.exit_code == 0, looked.output
    assert "assessed again 165.00, counted 140.00, to be added 25.00" in looked.stdout
    assert "1 enterprises, 1 with differences: 25.00 to be added" in looked.stdout

    first = json.loads(run("--json", "--by", "甲", "--due").stdout)
    again = json.loads(run("--json", "--by", "甲", "--enterprise", USCC).stdout)
    assert (first["proposed"], again["proposed"]) == (True, False)
    assert first["reassessment"] == again["reassessment"]
    assert first["differences"][0]["difference_fen"] == 25_00
    assert run("--due", "--lang", "zh").stdout.startswith("测算 0 户")
    assert "有差额 0 户" in run("--edition", "base", "--dry-run", "--lang", "zh").stdout
    with store.read() as session:
        assert count_reassessments(session, REGION, ReassessmentsWanted()) == (1, 25_00, 0)


def test_what_is_wrong_is_told(run):
    assert run("--since", "soon").exit_code == 2
    unknown = run("--edition", "none", "--lang", "en")
    assert (unknown.exit_code, "No edition" in unknown.stderr) == (1, True)
    assert "Example: python -m feeledger reassess" in run("--help").stdout
