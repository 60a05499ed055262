"""Vouchers at the doors: the API and the page verify (R-D1); the commands open, follow and hold."""

import re
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from feeledger.app import create_app
from feeledger.cli import root
from feeledger.clock import Clock
from feeledger.settings import Settings
from feeledger.signatures import read_key_ring
from feeledger.vouchers.queries import vouchers_of_notice
from tests.builders import (
    REGION,
    TODAY,
    WATER_UNIT,
    a_notice,
    a_payment,
    a_place,
    a_query,
    an_edition,
    an_enterprise,
)

VERIFY = "/api/v1/vouchers/verify"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def run(sqlite_url, tmp_path):
    """Run a command as the operator does, in the demonstration's fixed day."""
    environment = {
        "FEELEDGER_MODE": "demo",
        "FEELEDGER_DATABASE_URL": sqlite_url,
        "FEELEDGER_SIGNING_KEYS": str(tmp_path / "keys"),
        "FEELEDGER_DEMO_TODAY": TODAY.isoformat(),
    }

    def run(*words):
        return CliRunner(env=environment).invoke(root, [*words, "--region", REGION])

    return run


@pytest.fixture
def client(store):
    settings = replace(Settings.from_environ({"FEELEDGER_MODE": "test"}), database_url=store.url)
    return create_app(settings, store=store, clock=Clock(fixed=TODAY)).test_client()


@pytest.fixture
def paper(store, run, tmp_path):
    """A signed, unpaid notice, and its numbered voucher, all made by the commands."""
    with store.write() as session:
        an_edition(session)
        a_place(session)
        an_enterprise(session)
    by = ("--by", "operator")
    assert run("signing-key", "make", "unit-key", "--unit", WATER_UNIT, *by).exit_code == 0
    assert run("signing-key", "make", "bureau-key", *by).exit_code == 0
    assert run("voucher", "bind", "--unit", WATER_UNIT, *by).exit_code == 0
    opened = run("voucher", "open", "--year", "2026", "--count", "9", "--reason", "年初", *by)
    assert opened.output == "13030126\t0000000001\t0000000009\n"
    with store.write() as session:
        # The demonstration's clock stands within the day of the tests; so do the keys.
        now = Clock(fixed=TODAY).now()
        notice = a_notice(session, now=now, ring=read_key_ring(tmp_path / "keys"))
    assert run("voucher", "follow").output == "2\n"
    return notice


def voucher_of(store, notice):
    with store.read() as session:
        return vouchers_of_notice(session, REGION, notice.id)[0]


def pay(store, notice):
    with store.write() as session:
        a_query(session, notice)
        assert a_payment(session, notice).answer is not None


def test_r_d1_the_api_tells_a_notice_from_a_receipt_and_an_unknown_paper(client, store, run, paper):
    voucher = voucher_of(store, paper)
    asked = {"code": "13030126", "number": "0000000001", "check": voucher.check_code}

    first = client.get(VERIFY, query_string=asked)
    assert (first.status_code, first.json["state"]) == (200, "notice_only")
    assert first.json["voucher"]["signatures"]["bureau"] == {
        "standing": "missing",
        "fingerprint": None,
    }
    pay(store, paper)
    assert run("voucher", "follow").output == "1\n"
    paid = client.get(VERIFY, query_string=asked).json
    assert (paid["state"], paid["voucher"]["amount"]) == ("complete", "140.00")
    assert re.fullmatch(r"[0-9a-f]{64}", paid["voucher"]["signatures"]["bureau"]["fingerprint"])

    for wrong in ({"check": "zzzzzz"}, {"number": "0000000002"}, {"code": "13030127"}):
        answer = client.get(VERIFY, query_string=asked | wrong)
        assert (answer.status_code, answer.json) == (200, {"state": "unknown", "voucher": None})
    for malformed in ({"check": "校验码"}, {"number": "1"}, {"code": ""}):
        assert client.get(VERIFY, query_string=asked | malformed).status_code == 422


SAID = {
    "": ("只是缴款通知，不是收据", "完整票据，缴款凭证有效", "没有与三项全部相符的票据"),
    "/en": ("A notice only, not a receipt", "a valid receipt", "No voucher fits all three"),
}


def test_the_page_says_it_in_both_languages(client, store, run, paper):
    voucher = voucher_of(store, paper)

    def send(prefix, **changed):
        token = TOKEN.search(client.get(f"{prefix}/voucher").text)[1]
        typed = {"code": "1303 0126", "number": "0000000001", "check": voucher.check_code}
        return client.post(f"{prefix}/voucher", data={"csrf_token": token, **typed, **changed}).text

    for prefix, (unpaid, _, nothing) in SAID.items():
        assert unpaid in send(prefix)
        assert nothing in send(prefix, check="zzzzzz")
        assert 'href="#number"' in send(prefix, number="1")
    pay(store, paper)
    run("voucher", "follow")
    for prefix, (_, complete, _) in SAID.items():
        assert complete in send(prefix)


@pytest.mark.usefixtures("paper")
def test_the_command_finds_what_is_wrong_and_says_when_nothing_is(store, run):
    assert (run("voucher", "verify", "--json").exit_code) == 0
    with store.write() as session:
        session.execute(text("UPDATE ticket_block SET next_no = 4"))

    told = run("voucher", "verify", "--lang", "en")
    assert (told.exit_code, told.output) == (1, "a gap in the numbers: 13030126 0000000002\n")


@pytest.mark.usefixtures("paper")
def test_keys_are_listed_by_fingerprint_and_revoked(run):
    listed = run("signing-key", "list").output.splitlines()
    assert [line.split("\t")[0] for line in listed] == ["bureau-key", "unit-key"]
    assert run("signing-key", "make", "unit-key", "--by", "operator").exit_code == 1
    ended = run("signing-key", "revoke", "unit-key", "--reason", "更换", "--by", "operator")
    assert ended.exit_code == 0
    assert run("signing-key", "revoke", "none", "--reason", "x", "--by", "x").exit_code == 1
