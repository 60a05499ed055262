"""``feeledger subscription``, as an operator calls it."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from feeledger.cli import root
from feeledger.outbox.tables import DeliveryRow
from tests.builders import NOW, REGION, WATER_UNIT, a_payment, a_ready_notice

URL = "https://fee.example.org/hook"


@pytest.fixture
def run(store, sqlite_url):
    with store.write() as session:
        notice = a_ready_notice(session)
    env = {
        "FEELEDGER_MODE": "test",
        "FEELEDGER_DATABASE_URL": sqlite_url,
        "FEELEDGER_WEBHOOK_HOSTS": "*.example.org",
    }

    def call(*words):
        return CliRunner().invoke(root, ["subscription", *words, "--region", REGION], env=env)

    call.notice = notice
    return call


def told(result):
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_a_subscription_is_entered_shown_tried_again_and_stopped(run, store):
    wish = ("--unit", WATER_UNIT, "--url", URL, "--kind", "payment-confirmed")
    (entered,) = told(run("add", *wish, "--json"))
    number = entered["subscription"]
    assert len(entered["secret"]) == 44  # 32 bytes in base64
    with store.write() as session:
        a_payment(session, run.notice)
        session.execute(
            update(DeliveryRow).values(state="failed", finished_at=NOW + timedelta(days=2))
        )
    (listed,) = told(run("list", "--json"))
    assert (listed["holder"], listed["url"], "secret" in listed) == (WATER_UNIT, URL, False)
    _, delivery = told(run("show", number, "--state", "failed", "--json"))
    assert (delivery["kind"], delivery["state"]) == ("payment-confirmed", "failed")
    assert run("retry", number).output == "1\n"
    assert told(run("show", number, "--json"))[1]["state"] == "pending"
    (renewed,) = told(run("renew", number, "--reason", "定期更换", "--json"))
    assert renewed["keyid"].endswith(".2")
    assert renewed["secret"] != entered["secret"]
    assert run("stop", number, "--reason", "停用").exit_code == 0
    assert told(run("show", number, "--json"))[1]["state"] == "dropped"
    assert run("stop", number, "--reason", "x").exit_code == 1
    plain = run("list").output
    assert plain.split("\t")[1] == WATER_UNIT


def test_what_cannot_be_is_refused_with_the_reason(run):
    outside = run(
        "add",
        "--unit",
        WATER_UNIT,
        "--url",
        "https://elsewhere.net/",
        "--kind",
        "payment-confirmed",
        "--lang",
        "en",
    )
    assert outside.exit_code == 1
    assert "lsewhere.net is not among the hosts" in outside.output
    both = run("add", "--url", URL, "--kind", "payment-confirmed")
    assert both.exit_code == 1
    assert "三者择一" in both.output
    assert run("show", "1").exit_code == 1
    assert run("retry", "1", "--lang", "en").output.strip().endswith("in force.")
    assert run("add", "--unit", WATER_UNIT).exit_code == 2
