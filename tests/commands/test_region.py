"""``feeledger region``: an operator makes a county ready from an empty database, command by command."""

import json

import pytest
from click.testing import CliRunner

from feeledger.cli import root
from feeledger.regions.queries import account_for
from tests.builders import BANK, CNAPS, TODAY, an_edition

ACCOUNT = "0000-1111-2222-3333"
SINCE = ("--since", "2026-01-01")


@pytest.fixture
def run(store, sqlite_url):
    with store.write() as session:
        an_edition(session)
    env = {"FEELEDGER_MODE": "test", "FEELEDGER_DATABASE_URL": sqlite_url}

    def call(*words):
        return CliRunner().invoke(root, ["region", *words], env=env)

    return call


def unit(run, code, *more):
    return run("add-unit", "130184", code, "--name", "演示单位", "--name-en", "demo", *SINCE, *more)


def account(run, number=ACCOUNT, *more):
    return run(
        "designate", "130184", "--bank", BANK, "--account", number, "--name", "演示专户",
        "--bank-name", "演示支行", "--cnaps", CNAPS, "--document", "演示公告〔2026〕1号",
        "--medium", "演示报", "--announced", "2025-12-20", *SINCE, *more,
    )  # fmt: skip


@pytest.fixture
def county(run):
    steps = [
        run("open", "130184", "--first-day", "2026-01-01"),
        unit(run, "101", "--window"),
        unit(run, "204", "--item", "水土保持补偿费"),
        run("add-bank", BANK, "--name", "演示银行", "--name-en", "demo bank"),
        run("appoint", "130184", BANK, *SINCE),
        account(run),
    ]
    assert [step.exit_code for step in steps] == [0] * len(steps), [s.output for s in steps]
    return run


def shown(run):
    return json.loads(run("show", "130184", "--on", "2026-11-24", "--json").stdout)


def test_a_county_is_made_ready_and_shown(county):
    told = shown(county)

    assert told["open_day"] == "2026-01-01"
    assert told["window_unit"] == "101"
    assert told["units"] == [
        {"unit": "101", "name": "演示单位", "items": []},
        {"unit": "204", "name": "演示单位", "items": ["soil-water-compensation"]},
    ]
    assert told["banks"] == [BANK]
    assert [a["account"] for a in told["accounts"]] == [ACCOUNT]


@pytest.mark.usefixtures("county")
def test_what_was_entered_is_what_the_bank_collects_into(store):
    with store.read() as session:
        found = account_for(session, "130184", BANK, TODAY)

    assert found is not None
    assert found.account_no == ACCOUNT


def test_a_unit_is_let_charge_more_later_by_the_names_people_use(county):
    county("let-charge", "130184", "204", "城市道路挖掘修复费", "--since", "2026-05-01")

    assert shown(county)["units"][1]["items"] == ["road-excavation", "soil-water-compensation"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("open", "130184"), "已启用"),
        (("open", "999999"), "999999"),
        (("let-charge", "130184", "999", "road-excavation", *SINCE), "999"),
        (("let-charge", "130184", "204", "road-excavatoin", *SINCE), "road-excavation"),
        (("add-bank", BANK, "--name", "x", "--name-en", "x"), "已录入"),
        (("appoint", "130184", BANK, *SINCE), "已是"),
        (("appoint", "130184", "nobody", *SINCE), "nobody"),
        (("appoint", "130183", BANK, *SINCE), "130183"),
        (("show", "130183"), "130183"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence_and_changes_nothing(county, words, said):
    before = shown(county)

    refused = county(*words)

    assert refused.exit_code == 1
    assert said in refused.output
    assert "Traceback" not in refused.output
    assert shown(county) == before


def test_an_unknown_item_leaves_no_half_entered_unit(county):
    refused = unit(county, "205", "--item", "没有这一项")

    assert refused.exit_code == 1
    assert [u["unit"] for u in shown(county)["units"]] == ["101", "204"]


def test_a_second_account_needs_to_replace_the_first(county):
    first = shown(county)["accounts"][0]["id"]

    assert account(county, "0000-1111-2222-4444").exit_code == 1
    replaced = county(
        "designate", "130184", "--bank", BANK, "--account", "0000-1111-2222-4444", "--name",
        "演示专户", "--bank-name", "演示支行", "--cnaps", CNAPS, "--document", "演示公告〔2026〕2号",
        "--medium", "演示报", "--announced", "2026-06-01", "--since", "2026-07-01",
        "--replaces", first,
    )  # fmt: skip

    assert replaced.exit_code == 0, replaced.output
    assert [a["account"] for a in shown(county)["accounts"]] == ["0000-1111-2222-4444"]


def test_a_wrong_date_is_a_usage_error(run):
    refused = run("open", "130184", "--first-day", "24.11.2026")

    assert refused.exit_code == 2
    assert "2026-11-24" in refused.output


def test_what_was_entered_ends_and_settings_change_with_a_reason(county):
    until = ("--until", "2026-12-01", "--reason", "演示文号")
    ended = [
        county("stop-charge", "130184", "204", "soil-water-compensation", *until),
        county("dismiss", "130184", BANK, *until),
        county("settings", "130184", "--no-prior-query", "--signature", "--reason", "演示文号"),
    ]

    assert [step.exit_code for step in ended] == [0, 0, 0], [step.output for step in ended]
    before = json.loads(county("show", "130184", "--on", "2026-11-30", "--json").stdout)
    after = json.loads(county("show", "130184", "--on", "2026-12-01", "--json").stdout)
    items = [{unit["unit"]: unit["items"] for unit in told["units"]} for told in (before, after)]
    assert [each["204"] for each in items] == [["soil-water-compensation"], []]
    assert (before["banks"], after["banks"]) == ([BANK], [])
    assert county("settings", "130184").stdout.split() == [
        "paycode_profile=own",
        "require_prior_query=False",
        "single_account=True",
        "signature_required=True",
    ]


def test_what_is_not_in_force_cannot_end_and_a_change_needs_its_reason(county):
    early = ("--until", "2026-01-01", "--reason", "x")  # in force from that very day

    for words in (
        ("stop-charge", "130184", "204", "soil-water-compensation", *early),
        ("stop-charge", "130184", "101", "soil-water-compensation", "--until", "2026-12-01", "--reason", "x"),
        ("dismiss", "130184", "bank-z", "--until", "2026-12-01", "--reason", "x"),
        ("dismiss", "130184", BANK, *early),
    ):  # fmt: skip
        refused = county(*words)
        assert refused.exit_code == 1, refused.output
        assert "show" in refused.output
    assert county("settings", "130184", "--signature").exit_code == 2
    assert shown(county)["banks"] == [BANK]
