"""``feeledger reconcile`` as an operator runs it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feeledger.cli import root
from feeledger.store import Store
from tests.reconciliation.books import REGION, a_day_file, a_payment, a_region

CODE = "13018426000000000105"


@pytest.fixture
def run(store: Store, sqlite_url: str, tmp_path: Path):
    with store.write() as session:
        a_region(session)
        a_payment(session, "T1", CODE)
    environ = {
        "FEELEDGER_DATABASE_URL": sqlite_url,
        "FEELEDGER_MODE": "demo",
        "FEELEDGER_DEMO_TODAY": "2026-11-24",
        "LANG": "zh_CN.UTF-8",
        "LC_ALL": "zh_CN.UTF-8",
    }

    def call(raw: bytes, *options: str) -> Result:
        path = tmp_path / "day.csv"
        path.write_bytes(raw)
        arguments = ["reconcile", str(path), "--region", REGION, "--by", "li", *options]
        return CliRunner().invoke(root, arguments, env=environ)

    return call


GOOD = a_day_file(("T1", CODE, "100.00"))


def test_a_file_that_agrees_exits_0(run):
    result = run(GOOD)

    assert result.exit_code == 0
    assert "一致 1 笔，差异 0 笔" in result.stdout


def test_differences_exit_1_and_are_listed(run):
    result = run(a_day_file(("T1", CODE, "99.00"), ("T9", "9" * 20, "1.00")), "--json")

    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["succeedcount"], told["failcount"]) == (0, 2)
    assert [entry["code"] for entry in told["faillist"]] == ["15001", "15003"]


def test_a_table_in_english(run):
    result = run(a_day_file(("T1", CODE, "99.00")), "--lang", "en")

    assert "0 matched, 1 differences" in result.stdout
    assert "15001\tT1\tthe amounts differ" in result.stdout


def test_the_same_batch_again_is_refused_with_15010(run):
    run(GOOD)

    result = run(GOOD)

    assert result.exit_code == 1
    assert result.stderr.startswith("15010 recon-batch-repeated: ")


def test_every_fault_is_printed_with_its_line(run):
    result = run(GOOD.replace(b"100.00,2026", b"1OO.00,2026"))

    assert result.exit_code == 1
    assert "day.csv:9: amount：" in result.stderr
    assert result.stdout == ""


def test_a_dry_run_reads_and_keeps_nothing(run):
    assert run(GOOD, "--dry-run").stdout.startswith("DEMOBANK 2026-11-23 1：1 笔，100.00 元")
    assert run(GOOD).exit_code == 0


def test_a_missing_region_is_a_usage_error(tmp_path: Path):
    path = tmp_path / "day.csv"
    path.write_bytes(GOOD)

    assert CliRunner().invoke(root, ["reconcile", str(path)]).exit_code == 2


def test_help_has_an_example():
    assert "Example: python -m feeledger reconcile" in (
        CliRunner().invoke(root, ["reconcile", "--help"]).stdout
    )
