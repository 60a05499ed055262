"""Blocks, signed days, proofs, and what the audit notices, on both databases."""

import base64
import hashlib
import json
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from feeledger.ledger.actions import close_day, open_day_held, post_entry, post_on_day
from feeledger.ledger.chart import designated, income
from feeledger.ledger.day_sealing import DayNotSealed, SealKeyNotValid, days_to_sign, sign_day
from feeledger.ledger.journal import Entry, Posting
from feeledger.ledger.seal_key_actions import (
    SealKeyKnown,
    SealKeyUnknown,
    add_seal_key,
    end_seal_key,
)
from feeledger.ledger.seal_keys import (
    SealKeyUnreadable,
    fingerprint_of_key,
    new_seal_key,
    pem_of_public_key,
    read_public_key,
    read_seal_key,
)
from feeledger.ledger.seal_queries import (
    entry_proof,
    seal_blocks,
    signed_day,
    signed_days,
)
from feeledger.ledger.seal_tables import EntrySealRow, SealBlockRow, SealChainRow
from feeledger.ledger.seal_verify_queries import seal_remarks
from feeledger.ledger.sealing import seal_entries, seal_region, unsealed_entries
from feeledger.money import Money
from feeledger.payments.proof_queries import payment_particulars
from feeledger.payments.queries import payment_of_trade
from feeledger.payments.verify_queries import verify_region
from feeledger.signatures import fingerprint_of, signature_fits, write_private_key
from feeledger.store import Store
from tests.builders import (
    ACCOUNT_NO,
    BANK,
    CLERK,
    NOW,
    REGION,
    TODAY,
    a_notice,
    a_payment,
    a_query,
    a_ready_notice,
)
from tests.racing import in_processes, post_at_once, seal_at_once

TOMORROW = TODAY + timedelta(days=1)
KEY = new_seal_key()
SECOND = timedelta(seconds=1)


@pytest.fixture
def paid(any_store):
    """A payment on the open day, and the key entered."""
    with any_store.write() as session:
        add_seal_key(session, KEY.public, by=CLERK, now=NOW - timedelta(days=1))
        a_payment(session, a_ready_notice(session))
    return any_store


def an_entry(store, *, now=NOW):
    moved = Posting(designated(7), income("U", "i"), Money(100))
    with store.write() as session:
        return post_entry(session, REGION, Entry("test", "test:1", (moved,)), now=now)


def seal(store, *, now=NOW + 5 * SECOND):
    return seal_region(store, REGION, particulars=payment_particulars, now=now)


def close(store, day=TODAY, next_day=TOMORROW):
    with store.write() as session:
        close_day(session, REGION, day, next_day=next_day, by=CLERK, now=NOW)


def sign(store, day=TODAY, key=KEY, *, now=NOW + 9 * SECOND):
    with store.write() as session:
        return sign_day(session, REGION, day, key=key, now=now)


def codes(store):
    with store.read() as session:
        return {fault.code for fault in verify_region(session, REGION)}


def the_entry(store):
    with store.read() as session:
        return payment_of_trade(session, REGION, BANK, "T0001").entry


def proof(store, entry):
    with store.read() as session:
        return entry_proof(session, REGION, entry, payment_particulars)


def canonical(document):
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def test_a_payment_and_its_notice_are_bound_by_the_leaf_as_documented(paid):
    """docs/proof.md, by hand: 140.00 yuan are 14000 fen; 02:00:00 UTC is the bank's time."""
    entry = the_entry(paid)
    assert seal(paid) == 1

    found = proof(paid, entry)

    with paid.read() as session:
        payment = payment_of_trade(session, REGION, BANK, "T0001")
        kept = {
            "form": "feeledger-notice-1",
            "region": "130184",
            "pay_code": payment.pay_code,
            "uscc": "91130184MA0CQ3T535",
            "payer_name": "演示商行",
            "unit_code": "130184-WATER",
            "unit_name": "演示单位 130184-WATER",
            "issued_on": "2026-11-24",
            "amount_fen": "14000",
            "lines": [
                [
                    "130184-WATER",
                    "soil-water-compensation",
                    "水土保持补偿费",
                    "2026-11-24",
                    "14000",
                ]
            ],
        }
    assert found["entry"] == {
        "form": "feeledger-entry-1",
        "region": "130184",
        "entry": str(entry),
        "day": "2026-11-24",
        "kind": "payment",
        "subject": f"payment:{payment.id}",
        "reason": "",
        "reverses": None,
        "posted_at": "2026-11-24T02:00:01.000000Z",
        "postings": [
            [
                f"designated/{payment.account}",
                "income/130184-WATER/soil-water-compensation",
                "14000",
            ]
        ],
        "payment": {
            "payment": str(payment.id),
            "pay_code": payment.pay_code,
            "amount_fen": "14000",
            "late_fen": "0",
            "bank": BANK,
            "trade_no": "T0001",
            "account_no": ACCOUNT_NO,
            "paid_at": "2026-11-24T02:00:00.000000Z",
            "notice_sha256": hashlib.sha256(canonical(kept)).hexdigest(),
            "channel": "",
            "payer_name": "演示商行",
            "payer_account": "",
        },
    }
    leaf = hashlib.sha256(b"\x00" + canonical(found["entry"])).hexdigest()
    assert found["block"] == {
        "head": {
            "form": "feeledger-block-1",
            "region": "130184",
            "number": "1",
            "day": "2026-11-24",
            "entries": "1",
            "previous": "0" * 64,
            "root": leaf,  # the only leaf of its tree
            "made_at": "2026-11-24T02:00:05.000000Z",
        },
        "position": "0",
        "path": [],
    }
    assert found["day"] is None


def test_before_the_seal_there_is_no_proof_and_after_the_close_there_is_the_days(paid):
    entry = the_entry(paid)
    assert proof(paid, entry) is None
    seal(paid)
    close(paid)
    assert sign(paid)

    found = proof(paid, entry)["day"]

    block = hashlib.sha256(canonical(proof(paid, entry)["block"]["head"])).digest()
    assert found["head"] == {
        "form": "feeledger-day-1",
        "region": "130184",
        "day": "2026-11-24",
        "blocks": "1",
        "entries": "1",
        "previous": "0" * 64,
        "root": hashlib.sha256(b"\x00" + block).hexdigest(),
        "signed_at": "2026-11-24T02:00:09.000000Z",
        "key": KEY.fingerprint,
    }
    assert (found["position"], found["path"], found["public_key"]) == ("0", [], KEY.public)
    assert signature_fits(KEY.public, canonical(found["head"]), found["signature"])
    assert codes(paid) == set()


def test_each_run_seals_what_is_new_and_chains_it_to_the_block_before(paid):
    assert (seal(paid), seal(paid)) == (1, 0)
    for number in range(3):
        an_entry(paid, now=NOW + number * SECOND)
    assert seal(paid) == 3

    with paid.read() as session:
        second, first = seal_blocks(session, REGION, limit=9)
        assert (first.number, first.entries, second.number, second.entries) == (1, 1, 2, 3)
        assert second.previous == first.hash
        chain = session.get_one(SealChainRow, REGION)
        assert (chain.blocks, chain.head) == (2, second.hash)
        assert chain.checked_at == NOW + 5 * SECOND
        assert unsealed_entries(session, REGION) == []
        assert seal_remarks(session, REGION).sealed_late == 0
    assert codes(paid) <= {"account-off-payments"}  # the entries stand for no payments


def test_blocks_hold_one_day_each_and_days_are_signed_in_order_once(paid):
    close(paid)  # with the payment unsealed
    an_entry(paid)
    day_after = TOMORROW + timedelta(days=1)
    close(paid, TOMORROW, day_after)
    assert not sign(paid)  # its entry is not sealed yet

    assert seal(paid) == 2

    with paid.read() as session:
        assert days_to_sign(session, REGION) == (TODAY, TOMORROW)
        assert [block.day for block in seal_blocks(session, REGION, limit=9)] == [TOMORROW, TODAY]
    assert not sign(paid, TOMORROW)  # its turn comes after today's
    assert [sign(paid), sign(paid), sign(paid, TOMORROW)] == [True, False, True]
    with paid.read() as session:
        second, first = signed_days(session, REGION, limit=9)
        assert (first.previous, second.previous) == ("0" * 64, first.hash)


def test_a_day_without_entries_is_signed_with_the_root_of_nothing(paid):
    seal(paid)
    close(paid)
    close(paid, TOMORROW, TOMORROW + timedelta(days=1))
    assert sign(paid)
    assert sign(paid, TOMORROW)

    with paid.read() as session:
        row = signed_day(session, REGION, TOMORROW)
        assert (row.blocks, row.entries) == (0, 0)
        assert row.root == hashlib.sha256(b"").hexdigest()
    assert codes(paid) == set()


def test_an_open_day_is_not_signed(paid):
    seal(paid)

    assert not sign(paid)


def test_a_key_signs_while_it_is_valid_and_its_days_stay_verifiable(paid):
    seal(paid)
    close(paid)
    close(paid, TOMORROW, TOMORROW + timedelta(days=1))
    stranger = new_seal_key()
    with pytest.raises(SealKeyNotValid):
        sign(paid, key=stranger)
    sign(paid)
    with paid.write() as session:
        end_seal_key(session, KEY.fingerprint, reason="更换", by=CLERK, now=NOW + 20 * SECOND)
        with pytest.raises(SealKeyUnknown):
            end_seal_key(session, KEY.fingerprint, reason="更换", by=CLERK, now=NOW + 21 * SECOND)
    with pytest.raises(SealKeyNotValid):
        sign(paid, TOMORROW, now=NOW + 30 * SECOND)
    with paid.write() as session:
        add_seal_key(session, stranger.public, by=CLERK, now=NOW + 20 * SECOND)
        with pytest.raises(SealKeyKnown):
            add_seal_key(session, stranger.public, by=CLERK, now=NOW + 20 * SECOND)

    assert sign(paid, TOMORROW, stranger, now=NOW + 30 * SECOND)

    assert codes(paid) == set()


def test_keys_are_told_by_the_fingerprint_that_openssl_gives(tmp_path):
    """RFC 8032 test 1; the DER prefix of RFC 8410 before its 32 bytes."""
    raw = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    public = base64.b64encode(raw).decode()
    der = bytes.fromhex("302a300506032b6570032100") + raw
    assert fingerprint_of_key(public) == hashlib.sha256(der).hexdigest()
    pem = pem_of_public_key(public)
    assert base64.b64decode("".join(pem.splitlines()[1:-1])) == der
    assert read_public_key(pem.encode()) == read_public_key(public.encode()) == public
    kept = tmp_path / "key.pem"
    assert (write_private_key(kept, KEY.private), write_private_key(kept, KEY.private)) == (
        True,
        False,
    )
    assert kept.stat().st_mode & 0o777 == 0o600
    assert read_seal_key(kept.read_bytes()).fingerprint == KEY.fingerprint
    assert fingerprint_of(public) == hashlib.sha256(der).hexdigest()
    for wrong in (b"", b"x", b"-----BEGIN PUBLIC KEY-----", base64.b64encode(raw[:31])):
        with pytest.raises(SealKeyUnreadable):
            read_public_key(wrong)
    with pytest.raises(SealKeyUnreadable):
        read_seal_key(pem.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE seal_block SET root = 'x'",
        "DELETE FROM seal_block",
        "UPDATE entry_seal SET position = 9",
        "DELETE FROM entry_seal",
        "UPDATE seal_day SET signature = 'x'",
        "DELETE FROM seal_day",
        "DELETE FROM seal_chain",
        "UPDATE seal_key SET public = 'x'",
        "DELETE FROM seal_key",
    ],
)
def test_no_seal_is_changed_or_taken_away(paid, statement):
    seal(paid)
    close(paid)
    sign(paid)

    with pytest.raises(DBAPIError), paid.write() as session:
        session.execute(text(statement))


def test_an_entry_that_commits_late_lands_in_the_next_block(pg_store: Store):
    """Its id and its time come first, its commit comes after the block of its neighbours."""
    with pg_store.write() as session:
        a_ready_notice(session)
    with pg_store.write() as session:
        day = open_day_held(session, REGION)
        moved = Posting(designated(7), income("U", "i"), Money(1))
        early = post_on_day(session, REGION, Entry("t", "t:1", (moved,)), day=day, now=NOW)
        later = an_entry(pg_store, now=NOW + SECOND)
        assert seal(pg_store) == 1
    assert seal(pg_store) == 1

    with pg_store.read() as session:
        places = dict(session.execute(select(EntrySealRow.entry, EntrySealRow.block)).all())
    assert places == {later: 1, early: 2}


def test_entries_that_a_rival_sealed_meanwhile_are_left_out(paid):
    more = [an_entry(paid) for _ in range(2)]
    with paid.read() as session:
        seen = [entry for _, entry in unsealed_entries(session, REGION)]
    with paid.write() as session:
        seal_entries(session, REGION, more[:1], day=TODAY, particulars=payment_particulars, now=NOW)

    with paid.write() as session:
        taken = seal_entries(
            session, REGION, seen, day=TODAY, particulars=payment_particulars, now=NOW
        )

    assert taken == 2
    with paid.read() as session:
        assert [block.entries for block in seal_blocks(session, REGION, limit=9)] == [2, 1]


@pytest.mark.postgresql
def test_two_sealers_under_eight_writers_seal_every_entry_once(pg_store: Store, pg_database):
    """With a close in between: no entry of the closed day is missed, none is sealed twice."""
    with pg_store.write() as session:
        add_seal_key(session, KEY.public, by=CLERK, now=NOW - timedelta(days=1))
        a_ready_notice(session)
    url = pg_database.service_url
    jobs = [("post", url, 4, 25), ("post", url, 4, 25), ("seal", url), ("seal", url)]

    told = in_processes(post_or_seal, jobs)
    sealed = sum(told) + seal(pg_store)
    close(pg_store, TOMORROW, TOMORROW + timedelta(days=1))

    assert sealed == 200
    assert sign(pg_store)
    assert sign(pg_store, TOMORROW)
    with pg_store.read() as session:
        assert len(set(session.scalars(select(EntrySealRow.entry)))) == 200
        blocks = seal_blocks(session, REGION, limit=999)
        assert sum(block.entries for block in blocks) == 200
        assert [block.number for block in blocks] == list(range(len(blocks), 0, -1))
        assert len(blocks) > 2
        assert sum(day.entries for day in signed_days(session, REGION, limit=9)) == 200
    assert codes(pg_store) <= {"account-off-payments"}  # the entries stand for no payments


def post_or_seal(barrier, what, *rest):
    """Run in a process of its own: write entries with threads, or seal until told to end."""
    return (post_at_once if what == "post" else seal_at_once)(barrier, *rest)


def tampered(url, *statements):
    engine = create_engine(url)
    with engine.begin() as connection:
        for name in connection.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def sealed(store, sqlite_url):
    """A signed day of two blocks with three payments, and a sealed one today."""
    with store.write() as session:
        add_seal_key(session, KEY.public, by=CLERK, now=NOW - timedelta(days=1))
        notices = [a_ready_notice(session), *(a_notice(session) for _ in range(3))]
        for notice in notices[1:]:
            a_query(session, notice)
        a_payment(session, notices[0], "T1")
    seal(store)
    with store.write() as session:
        a_payment(session, notices[1], "T2")
        a_payment(session, notices[2], "T3")
    seal(store)
    close(store)
    sign(store)
    with store.write() as session:
        a_payment(session, notices[3], "T4")
    seal(store)
    assert codes(store) == set()
    return store, sqlite_url


LAST = "(SELECT max(id) FROM ledger_entry)"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (f"UPDATE ledger_entry SET reason = 'x' WHERE id = {LAST}", "sealed-entry-changed"),
        (f"UPDATE ledger_entry SET subject = 'x' WHERE id = {LAST}", "sealed-entry-changed"),
        (
            f"UPDATE ledger_entry SET posted_at = '2026-11-24 02:00:02.000000' WHERE id = {LAST}",
            "sealed-entry-changed",
        ),
        (f"UPDATE ledger_entry SET day = '2026-11-24' WHERE id = {LAST}", "sealed-entry-changed"),
        (f"UPDATE ledger_posting SET fen = 1 WHERE entry = {LAST}", "sealed-entry-changed"),
        (
            f"UPDATE ledger_posting SET debit = 'designated/9' WHERE entry = {LAST}",
            "sealed-entry-changed",
        ),
        (f"DELETE FROM ledger_entry WHERE id = {LAST}", "sealed-entry-changed"),
        ("UPDATE payment_key SET trade_no = 'X' WHERE trade_no = 'T4'", "sealed-entry-changed"),
        ("UPDATE payment_key SET amount_fen = 1 WHERE trade_no = 'T4'", "sealed-entry-changed"),
        ("UPDATE notice SET payer_name = 'x'", "sealed-entry-changed"),
        ("UPDATE notice_line SET item_name = 'x'", "sealed-entry-changed"),
        (f"DELETE FROM entry_seal WHERE entry = {LAST}", "seals-missing"),
        ("UPDATE entry_seal SET leaf = x'00' WHERE block = 3", "root-differs"),
        ("UPDATE entry_seal SET block = 7 WHERE block = 3", "block-missing"),
        ("UPDATE entry_seal SET position = 1 - position WHERE block = 3", "seals-missing"),
        ("UPDATE seal_block SET root = previous WHERE number = 3", "root-differs"),
        ("UPDATE seal_block SET made_at = '2026-11-24 03:00:00.000000'", "block-changed"),
        ("UPDATE seal_block SET hash = root WHERE number = 2", "block-changed"),
        ("UPDATE seal_block SET previous = root WHERE number = 2", "chain-broken"),
        ("DELETE FROM seal_block WHERE number = 1", "chain-broken"),
        ("DELETE FROM seal_block WHERE number = 3", "chain-head-differs"),
        ("UPDATE seal_chain SET head = 'x'", "chain-head-differs"),
        ("DELETE FROM seal_chain", "chain-head-differs"),
        ("UPDATE seal_day SET root = previous", "day-root-differs"),
        ("UPDATE seal_day SET entries = 4", "day-root-differs"),
        ("UPDATE seal_day SET previous = root", "signed-day-out-of-turn"),
        ("UPDATE seal_day SET signature = 'AAAA'", "day-signature-fails"),
        ("UPDATE seal_day SET signed_at = '2026-11-24 05:00:00.000000'", "day-signature-fails"),
        ("UPDATE seal_key SET valid_from = '2026-11-25 00:00:00.000000'", "day-signature-fails"),
        ("DELETE FROM seal_key", "day-signature-fails"),
        ("DELETE FROM ledger_closed_day", "signed-day-out-of-turn"),
    ],
)
def test_the_audit_notices(sealed, statement, code):
    store, url = sealed

    tampered(url, statement)

    assert code in codes(store)


def test_the_audit_notices_an_entry_slipped_into_a_signed_day_or_past_the_sealer(sealed):
    store, url = sealed
    copied = (
        "INSERT INTO ledger_entry SELECT region, {0}, '{1}', kind, subject, reason, NULL, "
        "'2026-11-24 01:00:00.000000' FROM ledger_entry WHERE id = " + LAST
    )

    tampered(url, copied.format(1, TODAY), copied.format(2, TOMORROW))

    with store.read() as session:
        found = {(f.code, f.subject) for f in verify_region(session, REGION)}
    assert {("entry-after-seal", "entry:1"), ("entry-unsealed", "entry:2")} <= found


def test_a_payment_taken_out_with_all_its_traces_breaks_what_was_published(sealed):
    """Entry, postings, payment, key, notice and seal gone, block and chain made anew."""
    store, url = sealed
    with store.read() as session:
        payment = payment_of_trade(session, REGION, BANK, "T1")
        block = session.get(SealBlockRow, (REGION, 1))
        assert block.entries == 1

    tampered(
        url,
        f"DELETE FROM payment WHERE id = {payment.id}",
        "DELETE FROM payment_key WHERE trade_no = 'T1'",
        f"UPDATE notice SET status = 'issued' WHERE id = {payment.notice}",
        f"DELETE FROM entry_seal WHERE entry = {payment.entry}",
        f"DELETE FROM ledger_posting WHERE entry = {payment.entry}",
        f"DELETE FROM ledger_entry WHERE id = {payment.entry}",
        "DELETE FROM seal_block WHERE number = 1",
        "UPDATE ledger_closed_day SET entries = 2, fen = 28000",
    )

    assert {"chain-broken", "chain-head-differs", "day-root-differs"} & codes(store) == {
        "chain-broken",
        "day-root-differs",
    }


def test_entries_sealed_late_and_days_unsigned_are_remarks(paid):
    seal(paid, now=NOW + timedelta(seconds=62))  # posted one second after NOW
    close(paid)
    an_entry(paid)

    with paid.read() as session:
        found = seal_remarks(session, REGION)

    assert (found.waiting, found.sealed_late, found.days_unsigned) == (1, 1, 1)
    assert found.checked_at == NOW + timedelta(seconds=62)


def test_a_day_whose_seals_are_not_what_it_closed_with_is_not_signed(store, sqlite_url):
    with store.write() as session:
        add_seal_key(session, KEY.public, by=CLERK, now=NOW - timedelta(days=1))
        a_payment(session, a_ready_notice(session))
    seal(store)
    close(store)
    tampered(sqlite_url, "UPDATE ledger_closed_day SET entries = 2")

    with pytest.raises(DayNotSealed):
        sign(store)
