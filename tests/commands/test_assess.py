"""``feeledger assess`` as a program: what it reads, what it prints, how it exits."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from feeledger.commands.assess import assess
from feeledger.commands.options import spoken_language

ELECTRICITY = '{"electricity_kwh": 120000}'
ON = ["--on", "2024-05-01"]
FUND = ["--item", "water-project-fund"]


def run(*arguments, text=ELECTRICITY, env=None):
    return CliRunner().invoke(assess, ["--facts", "-", *arguments], input=text, env=env or {})


def answers(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_one_object_of_facts_is_one_answer_of_one_line():
    result = run(*ON, *FUND, "--json")

    (answer,) = answers(result)
    assert result.exit_code == 0
    assert (answer["ref"], answer["on"], answer["region"]) == (None, "2024-05-01", "130000")
    assert (answer["total"], answer["complete"]) == ("236.25", True)
    assert list(answer) == ["ref", "catalog", "on", "region", "lines", "total", "complete"]


def test_facts_may_stand_on_many_lines_of_a_file(tmp_path: Path):
    file = tmp_path / "facts.json"
    file.write_text('\ufeff\n{\n  "electricity_kwh": 120000.0\n}\n', encoding="utf-8")

    result = CliRunner().invoke(assess, ["--facts", str(file), *ON, *FUND, "--json"])

    assert answers(result)[0]["total"] == "236.25"


def test_requests_a_line_are_answered_in_order_and_a_refused_one_goes_on():
    text = """
{"ref": "a", "on": "2017-06-30", "facts": {"electricity_kwh": 1000}}
{"ref": "b", "facts": {"electricity_kwh": -1, "elektricity": 1}}

{broken
{"ref": "c", "items": [], "lines": ["litigation.enforcement"], "facts": {"enforcement_amount": 1e4}}
{"ref": "d", "region": "1301", "facts": {}}
"""

    result = run(*ON, *FUND, "--json", "--lang", "en", text=text)

    told = answers(result)
    assert result.exit_code == 1
    assert [each["ref"] for each in told] == ["a", "b", None, "c", "d"]
    assert [each.get("total") for each in told] == ["7.00", None, None, "50.00", None]
    assert [[error["code"] for error in each.get("errors", [])] for each in told] == [
        [],
        ["unknown-fact", "out-of-bounds"],
        ["json-malformed"],
        [],
        ["region-malformed"],
    ]
    assert set(told[1]["errors"][0]) == {"code", "field", "value", "detail"}
    assert "electricity_kwh" in told[1]["errors"][0]["detail"]


def test_no_date_anywhere_is_a_usage_error():
    assert run(*FUND).exit_code == 2
    assert run(*FUND, text='{"facts": {}}').exit_code == 2
    assert run(*FUND, text='{"on": "2024-05-01", "facts": {}}').exit_code == 0


def test_an_empty_file_is_a_usage_error():
    assert run(*ON, text=" \n").exit_code == 2


@pytest.mark.parametrize("day", ["2024-02-30", "1.5.2024", "20240501"])
def test_a_day_that_is_none_is_a_usage_error(day):
    assert run("--on", day, *FUND).exit_code == 2


@pytest.mark.parametrize(
    "text",
    ["[1]", '"x"', "{", "{\n1\n", '{"electricity_kwh": NaN}', '{"a": 1, "a": 2}', "\xff\xfe"],
)
def test_what_is_no_request_is_answered_as_refused(text):
    result = run(*ON, *FUND, "--json", text=text)

    assert result.exit_code == 1
    assert len(answers(result)) == 1
    assert answers(result)[0]["errors"]


def test_numbers_are_taken_as_written():
    text = '{"electricity_kwh": 2539.682539}'  # x 0.00196875 = 4.99999999865625

    assert answers(run(*ON, *FUND, "--json", text=text))[0]["total"] == "5.00"


def test_people_read_a_table_and_sentences_in_their_language():
    chinese = run(*ON, *FUND, "--lang", "zh").stdout
    english = run(*ON, *FUND, "--lang", "en").stdout

    assert "用电量 120,000 千瓦时 × 每千瓦时 0.00196875 元 = 236.25 元。" in chinese
    assert "不是官方公布" in chinese
    assert "合计 236.25 元" in chinese
    assert "water-project-fund.2019  due  236.25" in english
    assert "236.25 yuan in all" in english


def test_people_read_why_a_request_was_refused():
    result = run(*ON, "--item", "water-projekt-fund", "--lang", "zh")

    assert result.exit_code == 1
    assert "unknown-item" in result.stdout
    assert "water-project-fund" in result.stdout


@pytest.mark.parametrize(
    ("spoken", "language"),
    [({"LANG": "en_GB.UTF-8"}, "en"), ({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LANG": "C"}, "zh"),
     ({"LC_ALL": "en_US", "LANG": "zh_CN"}, "en"), ({}, "zh")],
)  # fmt: skip
def test_the_environment_decides_the_language(monkeypatch, spoken, language):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in spoken.items():
        monkeypatch.setenv(name, value)

    assert spoken_language() == language


def test_a_folder_that_is_no_catalog_is_refused_with_its_faults(tmp_path: Path):
    result = run(*ON, *FUND, "--catalog", str(tmp_path))

    assert result.exit_code == 1
    assert "edition.yaml" in result.stderr
    assert run(*ON, "--catalog", str(tmp_path / "none")).exit_code == 2


def test_help_shows_an_example():
    result = CliRunner().invoke(assess, ["--help"])

    assert result.exit_code == 0
    assert "Example: " in result.stdout


@pytest.mark.parametrize("ref", ["\\ud800", "\\u2028", "a\\nb", "\\u0000", "企业"])
def test_an_answer_stays_one_line_whatever_its_reference(ref):
    text = f'{{"ref": "{ref}", "facts": {{"electricity_kwh": 1}}}}'

    result = run(*ON, *FUND, "--json", text=text)

    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1
    assert json.loads(result.stdout)["ref"] == json.loads(f'"{ref}"')
    assert run(*ON, *FUND, text=text).exit_code == 0
