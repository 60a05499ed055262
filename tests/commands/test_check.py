"""``feeledger check`` from the outside: exit codes, streams, files, speed."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run_check(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "feeledger", "check", *arguments]
    return subprocess.run(command, cwd=ROOT, input=given, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("kind", "value", "normal"),
    [
        ("uscc", " 91130184ma0cq3t535 ", "91130184MA0CQ3T535"),
        ("region", "130184", "130184"),
        ("industry", "C3411", "C3411"),
        ("cnaps", "313651027012", "313651027012"),
        ("card", "6225881414207430", "6225881414207430"),
        ("account", "1234-5678", "1234-5678"),
        ("doc-number", "财税[2016]33号", "财税〔2016〕33号"),
        ("pay-code", "13018426000000000105", "13018426000000000105"),
        ("amount", "12.3", "12.30"),
    ],
)
def test_a_sound_value_prints_its_normal_form_and_exits_0(
    kind: str, value: str, normal: str
) -> None:
    done = run_check(kind, value)

    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, f"{normal}\n", b"")


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("uscc", "91130100MA07A1B27T", "uscc-check"),
        ("region", "139999", "region-unknown"),
        ("industry", "Z34", "industry-section"),
        ("cnaps", "313651027013", "cnaps-check"),
        ("card", "6225881414207431", "card-check"),
        ("account", "12", "account-length"),
        ("doc-number", "财税2016年33号", "doc-number-irregular"),
        ("pay-code", "13018426000000000106", "pay-code-check"),
        ("pay-code", "1303001400000000", "pay-code-central"),
        ("amount", "1,000", "amount-malformed"),
    ],
)
def test_a_refused_value_exits_1_with_the_reason_and_nothing_on_stdout(
    kind: str, value: str, code: str
) -> None:
    done = run_check(kind, value)

    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().startswith(f"{code}: ")


def test_a_value_may_begin_with_a_dash_after_two_dashes() -> None:
    done = run_check("amount", "--lang", "en", "--", "-5")

    assert done.returncode == 1
    assert "character 1" in done.stderr.decode()


def test_warnings_stand_on_stderr_and_do_not_fail() -> None:
    done = run_check("region", "130185", "--on", "2026-11-24")

    assert (done.returncode, done.stdout) == (0, b"130185\n")
    assert done.stderr.decode().startswith("警告：")


def test_a_region_is_judged_by_the_day_named() -> None:
    assert run_check("region", "130185", "--on", "2014-01-01").stderr == b""


def test_the_profile_decides_whether_a_check_digit_is_asked_for() -> None:
    assert run_check("pay-code", "32068222300000000007", "--profile", "none").returncode == 0
    assert run_check("pay-code", "32068222300000000007", "--profile", "own").returncode == 1


def test_every_line_of_a_file_gets_one_answer_in_order(tmp_path: Path) -> None:
    path = tmp_path / "amounts.txt"
    path.write_bytes(b"\xef\xbb\xbf1.5\n-2\n\n3\r\n\xff\n 4")

    done = run_check("amount", "--file", str(path))

    answers = [line.split("\t") for line in done.stdout.decode().splitlines()]
    assert done.returncode == 1
    assert [answer[:2] for answer in answers] == [
        ["ok", "1.50"],
        ["error", "amount-malformed"],
        ["error", "amount-malformed"],
        ["ok", "3.00"],
        ["error", "amount-malformed"],
        ["error", "amount-malformed"],
    ]


def test_hostile_signs_never_break_a_line_of_answers() -> None:
    done = run_check("amount", "--file", "-", given=b"1\t2\x1b[31m\r5\n")

    assert done.stdout.count(b"\n") == 1
    assert done.stdout.count(b"\t") == 2
    assert b"\x1b" not in done.stdout


def test_standard_input_is_read_and_all_sound_exits_0() -> None:
    done = run_check("amount", "--file", "-", given=b"1\n2\n")

    assert (done.returncode, done.stdout) == (0, b"ok\t1.00\nok\t2.00\n")


def test_an_empty_file_is_all_sound() -> None:
    assert run_check("amount", "--file", "-").returncode == 0


def test_json_gives_one_object_a_value() -> None:
    done = run_check(
        "uscc", "--json", "--lang", "en", "--file", "-", given=b"91130184MA0CQ3T535\nx\n"
    )

    first, second = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert done.returncode == 1
    assert first == {
        "kind": "uscc",
        "input": "91130184MA0CQ3T535",
        "ok": True,
        "value": "91130184MA0CQ3T535",
        "code": "ok",
        "reason": None,
        "warnings": [],
    }
    assert (second["ok"], second["value"], second["code"]) == (False, None, "uscc-length")
    assert "1 characters instead of 18" in second["reason"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("uscc",),
        ("uscc", "a", "--file", "-"),
        ("passport", "1"),
        ("uscc", "--file", "no-such-file"),
    ],
)
def test_wrong_usage_exits_2(arguments: tuple[str, ...]) -> None:
    assert run_check(*arguments).returncode == 2


def test_the_help_shows_an_example_and_the_form_of_answers() -> None:
    text = run_check("--help").stdout.decode()

    assert "Example: python -m feeledger check uscc" in text
    assert "error<TAB>" in text


def test_a_check_starts_in_well_under_half_a_second() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run_check("region", "130184")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)

    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < 0.4


def test_a_check_imports_neither_database_nor_web() -> None:
    code = (
        "import sys; sys.argv = ['feeledger', 'check', 'region', '130184']\n"
        "from feeledger.cli import root\n"
        "try:\n    root()\nexcept SystemExit: pass\n"
        "print([name for name in ('sqlalchemy', 'flask', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines() == ["130184", "[]"]
