"""A proof holds as it was downloaded, and no other way: every value of it is bound."""

import copy
import json
from datetime import UTC, date, datetime

import pytest
from click.testing import CliRunner

from feeledger.cli import root
from feeledger.ledger.merkle import path_in_tree, root_of_tree
from feeledger.ledger.proof_forms import (
    BlockHead,
    Bound,
    DayHead,
    SealedEntry,
    leaf_of_block,
)
from feeledger.ledger.receipt_check import Trusted, block_hash_of, check_receipt
from feeledger.ledger.seal_keys import new_seal_key, pem_of_public_key
from feeledger.signatures import canonical_bytes, write_private_key

KEY = new_seal_key()
AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
DAY = date(2026, 11, 24)
PAYMENT = {
    "payment": "9",
    "pay_code": "13018426000000000105",
    "amount_fen": "14005",
    "late_fen": "5",
    "bank": "bank-a",
    "trade_no": "T1",
    "account_no": "0000",
    "paid_at": "2026-11-24T02:00:00.000000Z",
    "notice_sha256": "ab" * 32,
    "channel": "counter",
    "payer_name": "演示商行",
    "payer_account": "0200-1234",
}


def an_entry(number):
    return SealedEntry(
        region="130184",
        id=number,
        day=DAY,
        kind="payment",
        subject="payment:9",
        reason="更正",
        reverses=3,
        posted_at=AT,
        postings=[("designated/1", "income/U/i", 14000), ("designated/1", "late_fee/U/i", 5)],
        bound=Bound(PAYMENT),
    )


def a_proof():
    """The third of five entries, in the second of three blocks of a signed day."""
    entries = [an_entry(number) for number in range(5)]
    leaves = [entry.leaf() for entry in entries]
    block = BlockHead("130184", 2, DAY, 5, "cd" * 32, root_of_tree(leaves).hex(), AT)
    blocks = [leaf_of_block(each) for each in ("12" * 32, block.hash(), "34" * 32)]
    day = DayHead("130184", DAY, 3, 11, "ef" * 32, root_of_tree(blocks).hex(), AT, KEY.fingerprint)
    return {
        "form": "feeledger-receipt-1",
        "entry": entries[2].document(),
        "block": {
            "head": block.document(),
            "position": "2",
            "path": [each.hex() for each in path_in_tree(leaves, 2)],
        },
        "day": {
            "head": day.document(),
            "position": "1",
            "path": [each.hex() for each in path_in_tree(blocks, 1)],
            "signature": KEY.sign(canonical_bytes(day.document())),
            "public_key": KEY.public,
        },
    }


PROOF = a_proof()
PINNED = Trusted(fingerprint=KEY.fingerprint)


def checked(proof, trusted=PINNED):
    return check_receipt(json.dumps(proof).encode(), trusted)


def failed(proof, trusted=PINNED):
    found = checked(proof, trusted)
    return found.steps[-1].name if not found.holds else None


def places(value, at=()):
    """Walk every value that is no list and no object, and every key."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from places(part, (*at, key))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from places(part, (*at, number))
    else:
        yield at


def replaced(proof, at, change):
    found = copy.deepcopy(proof)
    holder = found
    for key in at[:-1]:
        holder = holder[key]
    holder[at[-1]] = change(holder[at[-1]])
    return found


def another(value):
    """Change the last sign for its neighbour: a digit stays a digit, a letter a letter."""
    if not value:
        return "x"
    last = value[-1]
    return value[:-1] + (str((int(last) + 1) % 10) if last.isdigit() else chr(ord(last) ^ 1))


def test_the_proof_holds_as_it_is():
    found = checked(PROOF)

    assert [step.name for step in found.steps] == [
        "form", "agreement", "block-proof", "day-proof", "key", "signature",
    ]  # fmt: skip
    assert found.holds
    assert found.is_signed


@pytest.mark.parametrize("at", list(places(PROOF)), ids=lambda at: ".".join(map(str, at)))
def test_no_value_can_be_changed(at):
    for change in (another, lambda value: value + "0", lambda _: "", lambda _: None, lambda _: 1):
        changed = replaced(PROOF, at, change)
        assert changed != PROOF
        assert failed(changed) is not None, changed


def test_nothing_can_be_added_left_out_or_put_in_another_order():
    for at in [
        (),
        ("entry",),
        ("entry", "payment"),
        ("block",),
        ("block", "head"),
        ("day",),
        ("day", "head"),
    ]:
        holder = PROOF
        for key in at:
            holder = holder[key]
        more = {**holder, "note": "x"}
        assert failed(replaced({"p": PROOF}, ("p", *at), lambda _, m=more: m)["p"]) == "form"
        for key in holder:
            less = {name: value for name, value in holder.items() if name != key}
            changed = replaced({"p": PROOF}, ("p", *at), lambda _, n=less: n)["p"]
            assert failed(changed) == "form"
    for at in (("block", "path"), ("day", "path"), ("entry", "postings")):
        assert failed(replaced(PROOF, at, lambda value: value[::-1]))
        assert failed(replaced(PROOF, at, lambda value: value[1:]))
        assert failed(replaced(PROOF, at, lambda value: [*value, value[0]]))


@pytest.mark.parametrize(
    ("at", "change", "step"),
    [
        (("entry", "payment", "amount_fen"), lambda _: "1", "block-proof"),
        (("entry", "region"), lambda _: "130183", "agreement"),
        (("block", "head", "made_at"), lambda _: "2026-11-24T03:00:00.000000Z", "day-proof"),
        (("block", "position"), lambda _: "3", "block-proof"),
        (("day", "head", "entries"), lambda _: "12", "signature"),
        (("day", "public_key"), lambda _: new_seal_key().public, "key"),
        (("day", "head", "key"), lambda _: "00" * 32, "key"),
        (("day", "signature"), lambda _: new_seal_key().sign(b""), "signature"),
    ],
)
def test_the_step_that_fails_is_named(at, change, step):
    assert failed(replaced(PROOF, at, change)) == step


def test_another_bureaus_key_signs_nothing_for_us():
    """Everything made anew by somebody else's key: it is sound, and not the trusted one."""
    stranger, forged = new_seal_key(), copy.deepcopy(PROOF)
    forged["day"]["head"]["key"] = stranger.fingerprint
    forged["day"]["public_key"] = stranger.public
    forged["day"]["signature"] = stranger.sign(canonical_bytes(forged["day"]["head"]))

    assert failed(forged) == "key"
    assert failed(forged, Trusted(fingerprint=stranger.fingerprint)) is None


def test_before_the_day_is_signed_only_the_published_block_proves_it():
    early = PROOF | {"day": None}

    assert failed(early) == "signature"
    assert failed(early, Trusted(block=block_hash_of(early))) is None
    assert failed(early, Trusted(block="00" * 32)) == "published-block"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"form": "a", "form": "b"}',
        json.dumps(PROOF).encode() + b" " * (1024 * 1024),
        json.dumps(PROOF).replace("T1", "\\ud800").encode(),
        json.dumps(PROOF).replace('"2026-11-24"', "NaN").encode(),
    ],
)
def test_what_is_no_proof_fails_by_its_form(text):
    found = check_receipt(text, PINNED)

    assert [(step.name, step.holds) for step in found.steps] == [("form", False)]
    assert found.steps[0].found.zh


@pytest.fixture
def run(tmp_path):
    (tmp_path / "key.pem").write_text(pem_of_public_key(KEY.public))
    write_private_key(tmp_path / "private.pem", KEY.private)

    def call(proof, *words):
        file = tmp_path / "proof.json"
        file.write_text(json.dumps(proof, indent=1))
        named = [word.replace("KEY", str(tmp_path / "key.pem")) for word in words]
        return CliRunner().invoke(root, ["verify-receipt", str(file), *named])

    return call


def test_the_command_says_what_is_proved_or_which_step_fails(run):
    good = run(PROOF, "--key", "KEY", "--lang", "en")
    assert good.exit_code == 0
    assert "pay code 13018426000000000105, 140.05 yuan, serial bank-a/T1" in good.stdout
    assert "已证明在账" in run(PROOF, "--fingerprint", KEY.fingerprint, "--lang", "zh").stdout
    bad = run(replaced(PROOF, ("entry", "reason"), lambda _: "x"), "--key", "KEY", "--lang", "en")
    assert bad.exit_code == 1
    assert "FAILS  block-proof" in bad.stdout
    told = json.loads(run(PROOF | {"day": None}, "--key", "KEY", "--json").stdout)
    assert (told["holds"], told["signed"], told["steps"][-1]["step"]) == (False, False, "signature")
    early = PROOF | {"day": None}
    assert run(early, "--block", block_hash_of(early)).exit_code == 0


def test_the_command_wants_something_to_trust(run):
    assert run(PROOF).exit_code == 2
    assert run(PROOF, "--fingerprint", "ab").exit_code == 2
    assert run(PROOF, "--key", "KEY", "--fingerprint", "ab" * 32).exit_code == 2
    found = CliRunner().invoke(root, ["verify-receipt", "-", "--key", "-"], input=json.dumps(PROOF))
    assert found.exit_code == 2
