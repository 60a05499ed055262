"""``feeledger gateway`` and ``feeledger gateway-node``, as an operator calls them."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from feeledger.cli import root
from feeledger.trail import TrailActRow
from tests.builders import BANK, WATER_UNIT, a_place
from tests.gateway.peers import NODE, TOKEN, UNIT_NODE, Line, a_query

ROOT = Path(__file__).parents[2]


@pytest.fixture
def env(store, sqlite_url):
    with store.write() as session:
        a_place(session)
    return {"FEELEDGER_MODE": "test", "FEELEDGER_DATABASE_URL": sqlite_url}


@pytest.fixture
def run(env):
    def call(*words, text=""):
        return CliRunner().invoke(root, words, env=env, input=text)

    return call


@contextmanager
def gateway_process(env):
    """The real command on a free port; ended by SIGTERM."""
    command = [sys.executable, "-m", "feeledger", "gateway", "--port", "0", "--node", "F130184"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, int(process.stdout.readline().rpartition(":")[2])
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def add_token(run, *words):
    return run("gateway-node", "add", NODE, "--bank", BANK, "--token", "-", *words, text=TOKEN)


def test_the_gateway_answers_until_it_is_told_to_end(run, env):
    add_token(run)

    with gateway_process(env) as (process, port):
        line = Line(port)
        told = line.ask(a_query("13018426000000000105"))
        broken = Line(port).ask(b"nonsense")

    assert (told.result, told.is_proved()) == ("11001", True)
    assert (broken.result, broken.head("SRC")) == ("10002", "F130184")
    assert process.returncode == 0


def test_a_token_that_is_made_here_is_told_once_and_listed_never(run):
    added = run("gateway-node", "add", NODE, "--bank", BANK)

    node, number, token = added.stdout.split()
    assert (node, number, len(token)) == (NODE, "1", 43)
    assert token not in run("gateway-node", "list").stdout
    assert token not in run("gateway-node", "list", "--json").stdout


def test_tokens_of_one_node_are_numbered_and_ended_one_by_one(run, store):
    add_token(run)
    add_token(run)

    ended = run("gateway-node", "end", NODE, "--token-no", "1", "--reason", "更换")

    assert ended.exit_code == 0
    listed = [
        json.loads(line) for line in run("gateway-node", "list", "--json").stdout.splitlines()
    ]
    assert [(one["token_no"], one["valid_to"] is None) for one in listed] == [
        ("1", False),
        ("2", True),
    ]
    with store.read() as session:
        acts = session.execute(
            select(TrailActRow.act, TrailActRow.subject, TrailActRow.reason, TrailActRow.region)
        ).all()
    assert ("enter-node", f"node:{NODE}", "", "130184") in [tuple(act) for act in acts]
    assert ("end-node-token", f"node:{NODE}", "更换", "130184") in [tuple(act) for act in acts]


def test_a_units_node_is_entered_in_its_region(run):
    added = run("gateway-node", "add", UNIT_NODE, "--unit", WATER_UNIT)

    assert added.exit_code == 0


@pytest.mark.parametrize(
    ("words", "text", "told"),
    [
        (("add", "F130184", "--bank", BANK, "--token", "-"), TOKEN, "such as K1303000001"),
        (("add", NODE, "--bank", BANK, "--token", "-"), "short", "16 to 128"),
        (("add", NODE, "--bank", BANK, "--token", "-"), "令牌" * 20, "16 to 128"),
        (("add", NODE, "--bank", "nobody", "--token", "-"), TOKEN, "no bank nobody"),
        (("add", NODE, "--unit", "nobody", "--token", "-"), TOKEN, "no collecting unit nobody"),
        (("add", NODE, "--token", "-"), TOKEN, "one of the two"),
        (("add", NODE, "--bank", BANK, "--unit", WATER_UNIT, "--token", "-"), TOKEN, "one of"),
        (("add", "K9999990001", "--bank", BANK, "--token", "-"), TOKEN, "no region 999999"),
        (("end", NODE, "--token-no", "1", "--reason", "x"), "", "no token 1 in force"),
    ],
)
def test_what_cannot_be_done_exits_1_and_says_why(run, words, text, told):
    refused = run("gateway-node", *words, text=text)

    assert refused.exit_code == 1
    assert told in refused.stderr


def test_a_node_cannot_change_hands(run):
    add_token(run)

    refused = run("gateway-node", "add", NODE, "--unit", WATER_UNIT)

    assert refused.exit_code == 1
    assert "change hands" in refused.stderr


def test_a_token_is_ended_once(run):
    add_token(run)
    end = ("gateway-node", "end", NODE, "--token-no", "1", "--reason", "x")

    assert [run(*end).exit_code, run(*end).exit_code] == [0, 1]


def test_a_gateway_with_a_wrong_number_or_a_taken_port_says_so(run):
    wrong = run("gateway", "--port", "0", "--node", "K1301840001")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        taken = run("gateway", "--port", str(port))

    assert (wrong.exit_code, taken.exit_code) == (1, 1)
    assert "F130184" in wrong.stderr
    assert str(port) in taken.stderr


@pytest.mark.parametrize(
    "words",
    [("gateway",), ("gateway-node",), *(("gateway-node", w) for w in ("add", "end", "list"))],
)
def test_every_command_has_help_with_an_example(run, words):
    told = run(*words, "--help")

    assert told.exit_code == 0
    assert "Example: python -m feeledger gateway" in told.stdout
