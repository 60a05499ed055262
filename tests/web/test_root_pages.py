"""The roots of the ledger: what anybody may see, and the states in which there is little to see."""

import hashlib
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from feeledger.ledger.actions import close_day
from feeledger.ledger.day_sealing import sign_day
from feeledger.ledger.seal_key_actions import add_seal_key
from feeledger.ledger.seal_keys import new_seal_key
from feeledger.ledger.seal_queries import seal_blocks, signed_day
from feeledger.ledger.sealing import seal_region
from feeledger.payments.proof_queries import payment_particulars
from tests.builders import NOW, REGION, TODAY
from tests.web.conftest import TODAY as DAY

KEY = new_seal_key()
PAYER = ("91130184MA0CQ3T535", "演示商行", "T0001")


def seal(store):
    return seal_region(store, REGION, particulars=payment_particulars, now=NOW)


def sign(store):
    with store.write() as session:
        add_seal_key(session, KEY.public, by="tests", now=NOW - timedelta(days=1))
        close_day(session, REGION, TODAY, next_day=TODAY + timedelta(days=1), by="tests", now=NOW)
    with store.write() as session:
        assert sign_day(session, REGION, TODAY, key=KEY, now=NOW)


def test_a_day_is_shown_before_and_after_it_is_signed(fresh):
    """Nothing, then a block not signed, then the signed day; never who paid."""
    path, day = "/ledger/roots", f"/ledger/roots/{REGION}/{DAY}"
    assert "还没有签署的日子" in fresh.client.get(path).text
    assert "尚未登记公钥" in fresh.client.get(path).text
    assert fresh.client.get(day).status_code == 404
    assert seal(fresh.store) > 0
    assert "尚未签署" in fresh.client.get(day).text
    sign(fresh.store)
    with fresh.store.read() as session:
        signed = signed_day(session, REGION, TODAY)
        block = seal_blocks(session, REGION, limit=1)[0]

    for prefix in ("", "/en"):
        listed, shown = fresh.client.get(prefix + path).text, fresh.client.get(prefix + day).text
        assert signed.root in listed
        assert all(
            value in shown for value in (signed.root, signed.signature, signed.previous, block.hash)
        )
        assert not any(word in listed + shown for word in PAYER)
    assert "Signed days" in fresh.client.get("/en" + path).text


def test_the_key_is_given_as_pem_by_its_fingerprint(fresh):
    sign_later = fresh.store
    with sign_later.write() as session:
        add_seal_key(session, KEY.public, by="tests", now=NOW)

    answer = fresh.client.get(f"/ledger/keys/{KEY.fingerprint}.pem")

    key = load_pem_public_key(answer.data)
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert hashlib.sha256(der).hexdigest() == KEY.fingerprint
    assert fresh.client.get(f"/ledger/keys/{'0' * 64}.pem").status_code == 404


@pytest.mark.parametrize("path", ["130184/soon", "999999/2026-11-24", "x/2026-02-30"])
def test_a_day_that_is_not_there_is_a_page_of_its_own_not_a_fault(client, path):
    assert client.get(f"/ledger/roots/{path}").status_code == 404


def test_an_unknown_region_is_said_so(client):
    assert "该地区在本系统没有账簿" in client.get("/ledger/roots?region=999999&page=9").text


def test_machines_read_the_same(fresh):
    api = "/api/v1/ledger"
    assert fresh.client.get(f"{api}/keys").get_json() == {"keys": []}
    assert fresh.client.get(f"{api}/{REGION}/days/{DAY}").status_code == 404
    seal(fresh.store)
    waiting = fresh.client.get(f"{api}/{REGION}/days/{DAY}").get_json()
    assert (waiting["signed"], waiting["total"]) == (None, 1)
    sign(fresh.store)

    days = fresh.client.get(f"{api}/{REGION}/days").get_json()
    block = fresh.client.get(f"{api}/{REGION}/blocks/1").get_json()

    assert (days["total"], days["days"][0]["head"]["key"]) == (1, KEY.fingerprint)
    assert block == waiting["blocks"][0]
    assert fresh.client.get(f"{api}/{REGION}/blocks/2").status_code == 404
    assert fresh.client.get(f"{api}/{REGION}/blocks/x").status_code == 404
    assert fresh.client.get(f"{api}/999999/days").status_code == 404
    assert fresh.client.get(f"{api}/keys").get_json()["keys"][0]["pem"].startswith("-----BEGIN")
