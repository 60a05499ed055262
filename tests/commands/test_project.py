"""``feeledger project``: recorded, asked facts of, worked out, noticed; told again it is the same."""

import json

import pytest
from click.testing import CliRunner

from feeledger.commands.project import project
from tests.builders import (
    LICENCE_ITEM,
    POLICE_UNIT,
    REGION,
    SOIL_ITEM,
    USCC,
    WATER_UNIT,
    a_place,
    an_edition,
    an_enterprise,
)

NEW = (
    "new", "--number", "XL-1", "--name", "演示厂房", "--uscc", USCC, "--on", "2026-11-02",
    "--item", f"{WATER_UNIT}:{SOIL_ITEM}", "--item", f"{REGION}:{POLICE_UNIT}:{LICENCE_ITEM}",
)  # fmt: skip


@pytest.fixture
def run(store):
    with store.write() as session:
        a_place(session)
        an_enterprise(session)
        an_edition(session)
    environ = {"FEELEDGER_MODE": "test", "FEELEDGER_DATABASE_URL": store.url}

    def call(*arguments):
        command, *rest = arguments
        return CliRunner().invoke(project, [command, "--region", REGION, *rest], env=environ)

    return call


def test_a_project_from_its_first_word_to_its_notice(run, tmp_path):
    """100 m² at 1.40 = 140.00; two licences at 10.00 = 20.00: one notice of 160.00."""
    bad = run(*NEW, "--fact", "land_occupied_m2=-1", "--lang", "en")
    assert (bad.exit_code, bad.stdout) == (1, "")
    assert "land_occupied_m2\t-1" in bad.stderr
    assert json.loads(run("list", "--json").stdout)["total"] == 0

    made = run(*NEW, "--fact", "land_occupied_m2=100", "--by", "甲", "--json")
    assert made.exit_code == 1, made.output  # the licences are not told yet
    document = json.loads(made.stdout)
    assert (document["number"], document["round"], document["open"] > 0) == ("XL-1", 1, True)
    assert json.loads(run(*NEW, "--fact", "land_occupied_m2=100", "--json").stdout) == document

    asked = run("facts", "--number", "XL-1", "--json")
    values = {each["fact"]: each["value"] for each in json.loads(asked.stdout)["facts"]}
    assert asked.exit_code == 1
    assert (values["land_occupied_m2"], values["vehicle_licences"]) == ("100", None)

    told = tmp_path / "facts.json"
    told.write_text('{"vehicle_licences": 2}', "utf-8")
    early = run("issue", "--number", "XL-1", "--lang", "en")
    assert early.exit_code == 1
    assert "Not settled" in early.stderr
    again = run("compute", "--number", "XL-1", "--facts", str(told), "--json")
    document = json.loads(again.stdout)
    assert (document["round"], document["parts"][0]["total"]) == (2, "160.00")
    settled = ("--settled-only",) if document["open"] else ()

    issued = run("issue", "--number", "XL-1", "--by", "乙", "--json", *settled)
    notice = json.loads(issued.stdout)
    assert (notice["amount"], notice["status"]) == ("160.00", "issued")
    assert json.loads(run("issue", "--number", "XL-1", "--json", *settled).stdout) == notice
    shown = run("show", "--number", "XL-1", "--lang", "zh")
    assert "160.00" in shown.stdout
    assert notice["pay_code"] in shown.stdout
    listed = json.loads(run("list", "--text", "厂房", "--json").stdout)
    assert [each["number"] for each in listed["projects"]] == ["XL-1"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("show", "--number", "NONE"), 1, "no project numbered NONE"),
        ((*NEW[:-2], "--item", "nothing"), 2, "[REGION:]UNIT:ITEM"),
        ((*NEW[:-2], "--item", "999:soil-water-compensation"), 1, "999"),
        ((*NEW, "--fact", "enterprise_size=small"), 2, "the register supplies it"),
    ],
)
def test_what_cannot_be_done_is_said(run, arguments, code, said):
    refused = run(*arguments, "--lang", "en")
    assert refused.exit_code == code
    assert said in refused.output
    assert json.loads(run("list", "--json").stdout)["projects"] == []
