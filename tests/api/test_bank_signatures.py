"""Signatures through the door: damage, replays, expiry, rotation; what is told and what is kept."""

from dataclasses import replace
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import func, select

from feeledger.api.actions import prune_guards
from feeledger.api.log_queries import signature_refusals
from feeledger.api.signing import NONCE_KEPT, SigningKey
from feeledger.api.tables import NonceRow
from feeledger.regions.bank_actions import end_bank_key
from tests.api.banks import Bank, a_key, an_advice_message
from tests.builders import CLERK, NOW

PATH = "/api/v1/bank/payments"


def code_of(answer):
    assert answer.mimetype == "application/problem+json"
    return answer.status_code, answer.get_json()["code"]


def resend(bank, *, method=None, path=None, body=None, headers=None):
    """Send the last signed call with parts of it exchanged."""
    sent_method, sent_path, sent_body, sent_headers = bank.sent[-1]
    return bank.client.open(
        path or sent_path,
        method=method or sent_method,
        data=sent_body if body is None else body,
        headers=sent_headers if headers is None else headers,
    )


@pytest.fixture
def signed(world):
    """A confirmation that was signed but has not reached us yet."""
    bank = world.bank
    real, bank.client = bank.client, _Nowhere()
    bank.pay(world.pay_code)
    bank.client = real
    return bank


class _Nowhere:
    def open(self, *_, **__):
        return None


def test_an_unsigned_call_is_told_what_is_wanted(world):
    answer = world.bank.client.post(PATH, json=an_advice_message(world.pay_code))

    assert code_of(answer) == (401, "signature-missing")
    assert answer.headers["WWW-Authenticate"]
    assert answer.headers["Accept-Signature"].startswith("sig1=(")
    assert world.messages() == []


DAMAGE = {
    "body": lambda bank: resend(bank, body=bank.sent[-1][2].replace(b"140.00", b"140.01")),
    "path": lambda bank: resend(bank, path="/api/v1/bank/payments/"),
    "encoded path": lambda bank: resend(bank, path="/api/v1/bank/payment%73"),
    "query": lambda bank: resend(bank, path=PATH + "?region=130184"),
    "created": lambda bank: _changed(bank, "Signature-Input", "created=", "created=1"),
    "keyid": lambda bank: _changed(bank, "Signature-Input", "key-1", "key-ed"),
    "unknown keyid": lambda bank: _changed(bank, "Signature-Input", "key-1", "key-x"),
    "nonce": lambda bank: _changed(bank, "Signature-Input", "nonce-", "nonce_"),
    "alg": lambda bank: _changed(bank, "Signature-Input", "hmac-sha256", "ed25519"),
    "digest": lambda bank: _changed(bank, "Content-Digest", "sha-256", "sha-512"),
    "signature": lambda bank: _changed(bank, "Signature", "sig1=:", "sig1=:AAAA"),
}


def _changed(bank, header, old, new):
    headers = bank.sent[-1][3]
    assert old in headers[header]
    return resend(bank, headers={**headers, header: headers[header].replace(old, new)})


@pytest.mark.parametrize("what", [name for name in DAMAGE if name != "path"])
def test_a_call_that_was_changed_on_its_way_is_refused_and_uses_nothing_up(world, signed, what):
    answer = DAMAGE[what](signed)

    assert code_of(answer) == (401, "signature-invalid")
    assert answer.get_json()["facts"] == {}
    assert (world.payments(), world.nonces(), world.messages()) == (0, 0, [])
    assert signed.again().status_code == 409, "the call itself is good: 12005, never queried"


def test_another_address_is_not_found_at_all(signed):
    assert code_of(DAMAGE["path"](signed)) == (404, "address-unknown")


def test_a_get_whose_query_was_changed_is_refused(world):
    world.bank.query(world.pay_code)
    world.bank.pay(world.pay_code)
    world.bank.ask("T0001")

    changed = resend(world.bank, path="/api/v1/bank/payments/T0001?region=130100")

    assert code_of(changed) == (401, "signature-invalid")


def test_a_signature_for_a_query_does_not_sign_a_payment(world):
    world.bank.query(world.pay_code)

    answer = resend(world.bank, method="POST", path=PATH, body=b"{}")

    assert code_of(answer) == (401, "signature-invalid")


def test_why_a_signature_fails_goes_to_the_log_only(signed):
    with structlog.testing.capture_logs() as logs:
        answer = DAMAGE["body"](signed)

    refused = [entry for entry in logs if entry["event"] == "signature refused"]
    assert [entry["code"] for entry in refused] == ["signature-invalid"]
    assert "Digest" in refused[0]["reason"]
    assert "Digest" not in answer.get_json()["detail"]


@pytest.mark.parametrize("late", [301, 3600, -61])
def test_a_signature_out_of_time_is_told_the_servers_time(world, late):
    answer = world.bank.get(f"/api/v1/bank/notices/{world.pay_code}", late=late)

    assert code_of(answer) == (401, "signature-expired")
    assert answer.get_json()["facts"] == {"server_time": "2026-11-24T02:00:00+00:00"}
    assert world.nonces() == 0


@pytest.mark.parametrize("late", [300, 0, -60])
def test_a_signature_in_time_is_taken(world, late):
    answer = world.bank.get(f"/api/v1/bank/notices/{world.pay_code}", late=late)

    assert answer.status_code == 200


def test_a_nonce_is_used_up_even_by_a_call_that_is_refused(any_world):
    refused = any_world.bank.pay(any_world.pay_code)
    again = any_world.bank.again()

    assert refused.get_json()["result"] == "12005"
    assert code_of(again) == (401, "nonce-used")
    assert len(any_world.messages()) == 1


def test_a_replay_of_an_accepted_confirmation_is_refused_and_changes_nothing(any_world):
    any_world.bank.query(any_world.pay_code)
    any_world.bank.pay(any_world.pay_code)

    assert code_of(any_world.bank.again()) == (401, "nonce-used")
    assert any_world.payments() == 1


def test_a_nonce_is_a_keys_own(any_world):
    other = SigningKey("key-2", "hmac-sha256", b"second-secret-of-32-bytes-000000")
    with any_world.store.write() as session:
        a_key(session, other)
    path = f"/api/v1/bank/notices/{any_world.pay_code}"

    first = any_world.bank.get(path, nonce="same")
    second = Bank(any_world.app.test_client(), key=other).get(path, nonce="same")

    assert (first.status_code, second.status_code) == (200, 200)


@pytest.mark.parametrize(("seconds", "status"), [(599, 401), (600, 401), (601, 200)])
def test_a_nonce_may_come_again_after_600_seconds(any_world, seconds, status):
    path = f"/api/v1/bank/notices/{any_world.pay_code}"
    any_world.bank.get(path, nonce="same")

    any_world.set_time(NOW + timedelta(seconds=seconds))

    assert any_world.bank.get(path, nonce="same").status_code == status


def test_old_nonces_are_forgotten_and_young_ones_kept(any_world):
    any_world.bank.query(any_world.pay_code)
    any_world.set_time(NOW + timedelta(seconds=30))
    any_world.bank.query(any_world.pay_code)

    with any_world.store.write() as session:
        prune_guards(session, now=NOW + NONCE_KEPT + timedelta(seconds=1))

    with any_world.store.read() as session:
        assert session.scalar(select(func.count()).select_from(NonceRow)) == 1


def test_two_keys_are_good_while_one_replaces_the_other(any_world):
    new = SigningKey("key-2", "hmac-sha256", b"second-secret-of-32-bytes-000000")
    with any_world.store.write() as session:
        a_key(session, new)
    later = Bank(any_world.app.test_client(), key=new)

    assert any_world.bank.query(any_world.pay_code).status_code == 200
    assert later.query(any_world.pay_code).status_code == 200
    end_key(any_world, "key-1")
    assert code_of(any_world.bank.query(any_world.pay_code)) == (401, "signature-invalid")
    assert later.query(any_world.pay_code).status_code == 200


def test_a_revoked_key_is_refused_at_once_and_looks_like_a_wrong_one(any_world):
    """The process has seen the key and holds it in memory: the database is asked all the same."""
    any_world.bank.query(any_world.pay_code)
    end_key(any_world, "key-1")

    revoked = any_world.bank.query(any_world.pay_code)
    wrong = Bank(
        any_world.app.test_client(), key=replace(any_world.bank.key, material=b"x" * 32)
    ).query(any_world.pay_code)

    assert code_of(revoked) == code_of(wrong) == (401, "signature-invalid")
    assert revoked.get_json()["detail"] == wrong.get_json()["detail"]
    assert len(any_world.messages()) == 1


def test_a_key_is_not_good_before_its_time(world):
    key = SigningKey("key-3", "hmac-sha256", b"third-secret-of-32-bytes-0000000")
    with world.store.write() as session:
        a_key(session, key, valid_from=NOW + timedelta(seconds=1))
    bank = Bank(world.app.test_client(), key=key)

    early = bank.query(world.pay_code)
    world.set_time(NOW + timedelta(seconds=1))
    in_time = bank.query(world.pay_code)

    assert code_of(early) == (401, "signature-invalid")
    assert in_time.status_code == 200


def test_the_signature_comes_before_the_form(world):
    answer = world.bank.client.post(PATH, data=b"{", content_type="application/json")

    assert code_of(answer) == (401, "signature-missing")


def end_key(world, keyid):
    with world.store.write() as session:
        end_bank_key(session, keyid, valid_to=NOW, reason="更换", by=CLERK, now=NOW)


def test_a_banks_own_log_says_which_part_failed_counted_by_day(any_world):
    """The caller hears the same each time; the log of the key hears what it was."""
    bank = any_world.bank
    bank.query(any_world.pay_code)
    answers = [
        bank.again(),
        bank.again(),
        resend(bank, path=f"{bank.sent[-1][1]}?x=1"),
        bank.get(f"/api/v1/bank/notices/{any_world.pay_code}", late=301),
        Bank(any_world.app.test_client(), key=replace(bank.key, id="nobody")).query("1"),
    ]

    assert [answer.status_code for answer in answers] == [401] * 5
    with any_world.store.read() as session:
        noted = {
            (row.keyid, row.day.isoformat(), row.part): row.times
            for row in signature_refusals(session)
        }
    day = "2026-11-24"
    assert noted == {
        ("key-1", day, "nonce"): 2,
        ("key-1", day, "signed"): 1,
        ("key-1", day, "time"): 1,
    }


def test_an_ended_key_is_noted_in_its_log_as_such(world):
    end_key(world, "key-1")
    world.bank.query(world.pay_code)

    with world.store.read() as session:
        (noted,) = signature_refusals(session, "key-1")
        assert (noted.part, noted.times) == ("key", 1)
        assert signature_refusals(session, "key-2") == ()


def test_noted_refusals_are_forgotten_after_400_days(world):
    world.bank.query(world.pay_code)
    world.bank.again()
    with world.store.write() as session:
        prune_guards(session, now=NOW + timedelta(days=400))
        assert len(signature_refusals(session)) == 1
        prune_guards(session, now=NOW + timedelta(days=401))
        assert signature_refusals(session) == ()
