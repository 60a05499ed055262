"""``feeledger bank-key``, as an operator calls it: enter, list, end."""

import base64
import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from feeledger.api.actions import note_refusal
from feeledger.api.signing import key_not_in_force
from feeledger.cli import root
from feeledger.regions.queries import key_of_bank
from feeledger.trail import TrailActRow
from tests.builders import BANK, a_bank

PUBLIC = base64.b64encode(b"\x01" * 32).decode()


@pytest.fixture
def run(store, sqlite_url):
    with store.write() as session:
        a_bank(session, region=None)
    env = {"FEELEDGER_MODE": "test", "FEELEDGER_DATABASE_URL": sqlite_url}

    def call(*words, text=""):
        return CliRunner().invoke(root, ["bank-key", *words], env=env, input=text)

    return call


def keys(run):
    return [json.loads(line) for line in run("list", "--json").stdout.splitlines()]


def test_a_public_key_is_entered_from_a_file_or_from_standard_input(run, store):
    added = run("add", "k-1", "--bank", BANK, "--material", "-", text=PUBLIC + "\n")

    assert (added.exit_code, added.stdout) == (0, "k-1\n")
    with store.read() as session:
        found = key_of_bank(session, "k-1", datetime.now(UTC))
    assert (found.bank, found.algorithm, found.material) == (BANK, "ed25519", PUBLIC)


def test_a_secret_that_is_made_here_is_told_once_and_listed_never(run):
    added = run("add", "k-2", "--bank", BANK, "--algorithm", "hmac-sha256")

    secret = added.stdout.strip()
    assert len(base64.b64decode(secret)) == 32
    assert secret not in run("list").stdout
    assert secret not in run("list", "--json").stdout


def test_a_key_that_is_ended_is_over_at_once_and_the_trail_says_why(run, store):
    run("add", "k-1", "--bank", BANK, "--material", "-", text=PUBLIC)

    ended = run("end", "k-1", "--reason", "密钥泄露")

    assert ended.exit_code == 0
    assert keys(run)[0]["valid_to"] is not None
    with store.read() as session:
        assert key_of_bank(session, "k-1", datetime.now(UTC)) is None
        acts = session.execute(select(TrailActRow.act, TrailActRow.reason)).all()
    assert ("end-bank-key", "密钥泄露") in [tuple(act) for act in acts]


@pytest.mark.parametrize(
    ("words", "text", "told"),
    [
        (("add", "k", "--bank", "nobody", "--material", "-"), PUBLIC, "no bank nobody"),
        (("add", "k", "--bank", BANK, "--material", "-"), "AAAA", "these are 3"),
        (("add", "k", "--bank", BANK, "--material", "-"), "钥", "these are 0"),
        (("end", "k", "--reason", "x"), "", "no key k"),
    ],
)
def test_what_cannot_be_done_exits_1_and_says_why(run, words, text, told):
    refused = run(*words, text=text)

    assert refused.exit_code == 1
    assert told in refused.stderr


def test_a_keyid_is_used_once(run):
    run("add", "k-1", "--bank", BANK, "--material", "-", text=PUBLIC)

    again = run("add", "k-1", "--bank", BANK, "--material", "-", text=PUBLIC)

    assert again.exit_code == 1
    assert "taken" in again.stderr
    assert len(keys(run)) == 1


def test_an_sm2_key_is_entered_as_its_bank_hands_it_out(run, store):
    """The key of the sample signature in GB/T 32918.5, hexadecimal; one sign changed is refused."""
    point = (
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    words = ("--bank", BANK, "--algorithm", "sm2-sm3", "--material", "-")

    refused = run("add", "k-sm2", *words, text="04" + point[:-1] + "4")
    added = run("add", "k-sm2", *words, text="04" + point)

    assert (refused.exit_code, added.exit_code) == (1, 0)
    assert "no point of the curve" in refused.stderr
    with store.read() as session:
        found = key_of_bank(session, "k-sm2", datetime.now(UTC))
    assert base64.b64decode(found.material).hex().upper() == point


def test_the_log_of_a_key_is_listed_as_text_and_as_json(run, store):
    run("add", "k-1", "--bank", BANK, "--material", "-", text=PUBLIC)
    refusal = key_not_in_force("k-1")
    with store.write() as session:
        note_refusal(session, refusal, now=datetime(2026, 11, 24, 17, tzinfo=UTC))

    told = json.loads(run("log", "k-1", "--json").stdout)

    assert (told["keyid"], told["day"], told["part"], told["times"]) == (
        "k-1",
        "2026-11-25",
        "key",
        1,
    )
    assert run("log").stdout.startswith("k-1\t2026-11-25\tkey\t1\t")
    assert run("log", "k-9").stdout == ""


def test_an_ed25519_key_without_its_public_half_is_a_wrong_call(run):
    assert run("add", "k-1", "--bank", BANK).exit_code == 2


@pytest.mark.parametrize("words", [(), ("add",), ("end",), ("list",), ("log",)])
def test_every_command_has_help_with_an_example(run, words):
    told = run(*words, "--help")

    assert told.exit_code == 0
    assert "Example: python -m feeledger bank-key" in told.stdout
