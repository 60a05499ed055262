"""``feeledger verdict`` from the outside: exit codes, JSON, the account of a database."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from feeledger.regions.tables import BankRow, DesignatedAccountRow, RegionRow, RegionSettingRow
from feeledger.store import Store

ROOT = Path(__file__).parents[2]


def run_verdict(
    *arguments: str, given: str = "", **environ: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "feeledger", "verdict", *arguments]
    environment = os.environ | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"} | environ
    return subprocess.run(
        command, cwd=ROOT, input=given, capture_output=True, text=True, check=False, env=environment
    )


def test_a_lawful_charge_exits_0_with_the_fixed_shape() -> None:
    done = run_verdict(
        "--item", "车牌工本费", "--amount", "100", "--on", "2026-01-01", "--facts", "-", "--json",
        given='{"plates_car_reflective": 1}',
    )  # fmt: skip

    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert told["item"] == "vehicle-plate"
    assert (told["match"]["how"], told["match"]["sure"]) == ("alias", True)
    assert [finding["code"] for finding in told["findings"]] == ["lawful"]


def test_facts_may_stand_under_a_key_as_in_assess(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_text('{"facts": {"plates_car_reflective": 1}}', encoding="utf-8")

    done = run_verdict(
        "--item", "vehicle-plate", "--amount", "100", "--on", "2026-01-01", "--facts", str(path)
    )

    assert done.returncode == 0


def test_an_unlawful_charge_exits_1_and_says_what_may_be_done() -> None:
    done = run_verdict("--item", "白蚁防治费", "--amount", "500", "--on", "2020-01-01")

    assert done.returncode == 1
    assert "项目已停止收取 [ended]" in done.stdout
    assert "可以拒绝缴纳" in done.stdout
    assert "财税〔2017〕20号" in done.stdout
    assert "汇编" in done.stdout


def test_english_is_complete() -> None:
    done = run_verdict(
        "--item", "白蚁防治费", "--amount", "500", "--on", "2020-01-01", "--lang", "en"
    )

    assert "The item has ended [ended]" in done.stdout
    assert "you may refuse to pay" in done.stdout


def test_a_guess_is_shown_as_a_guess() -> None:
    done = run_verdict("--item", "白蚁防治", "--amount", "500", "--on", "2020-01-01")

    assert "推测，请核对" in done.stdout


def test_without_a_database_an_account_cannot_be_judged(tmp_path: Path) -> None:
    database = tmp_path / "none.db"

    done = run_verdict(
        "--item", "车牌工本费", "--amount", "100", "--on", "2026-01-01", "--facts", "-", "--json",
        "--account", "1234-5678",
        given='{"plates_car_reflective": 1}', FEELEDGER_DATABASE_URL=f"sqlite:///{database}",
    )  # fmt: skip

    assert done.returncode == 1
    assert json.loads(done.stdout)["findings"][0]["needs"] == ["designated_account"]
    assert not database.exists()


def test_facts_that_are_refused_are_answered_with_their_errors() -> None:
    done = run_verdict(
        "--item", "车牌工本费", "--amount", "100", "--on", "2026-01-01", "--facts", "-", "--json",
        given='{"plates_car_reflectiv": 1}',
    )  # fmt: skip

    assert done.returncode == 1
    assert json.loads(done.stdout)["errors"][0]["code"] == "unknown-fact"


@pytest.mark.parametrize("text", ["[]", "{", '{"a": NaN}', '{"a": 1, "a": 2}', ""])
def test_facts_that_are_no_object_are_refused(text: str) -> None:
    done = run_verdict(
        "--item", "车牌工本费", "--amount", "1", "--on", "2026-01-01", "--facts", "-", given=text
    )

    assert done.returncode == 1
    assert "json-malformed" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--item", "车牌工本费", "--amount", "1,000", "--on", "2026-01-01"),
        ("--item", "车牌工本费", "--amount", "1"),
        ("--item", "车牌工本费", "--amount", "1", "--on", "2026-02-30"),
        ("--item", "车牌工本费", "--amount", "1", "--on", "2026-01-01", "--facts", "no-such-file"),
    ],
)
def test_wrong_usage_exits_2(arguments: tuple[str, ...]) -> None:
    assert run_verdict(*arguments).returncode == 2


def test_the_help_shows_an_example() -> None:
    assert "Example: python -m feeledger verdict" in run_verdict("--help").stdout


def test_the_account_is_held_against_the_database(sqlite_url: str) -> None:
    store = Store(sqlite_url)
    with store.write() as session:
        announce_account(session, "130184", "0000-0000-0001")
    store.close()

    def codes_for(account: str) -> list[str]:
        done = run_verdict(
            "--item", "车牌工本费", "--amount", "100", "--on", "2026-01-01", "--facts", "-", "--json",
            "--region", "130184", "--account", account,
            given='{"plates_car_reflective": 1}', FEELEDGER_DATABASE_URL=sqlite_url,
        )  # fmt: skip
        return [finding["code"] for finding in json.loads(done.stdout)["findings"]]

    assert codes_for("0000-0000-0001") == ["lawful"]
    assert codes_for("0000-0000-0009") == ["wrong_account"]


def announce_account(session: Session, region: str, number: str) -> None:
    session.add(
        RegionRow(
            code=region, name="新乐市", name_en="Xinle City", level="county", parent=None,
            gb_code=region, valid_from=None, valid_to=None,
        )
    )  # fmt: skip
    session.add(BankRow(code="demo-bank", name="演示银行", name_en="Demonstration bank"))
    session.flush()
    session.add(RegionSettingRow(region=region))
    session.flush()
    session.add(
        DesignatedAccountRow(
            region=region, id=1, bank="demo-bank", cnaps="313651027012", account_no=number,
            printed_account=number, name="演示数据", bank_name="演示银行", document="演示〔2026〕1号",
            medium="演示数据", announced_on=date(2025, 12, 1), valid_from=date(2026, 1, 1),
            printed_to=None, valid_to=None,
        )
    )  # fmt: skip
