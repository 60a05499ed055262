"""One statement without a session: the same row, the same types, and a connection left as it was."""

import pytest
from sqlalchemy import bindparam, literal_column, select

from feeledger.glances import Glance
from feeledger.regions.tables import BankKeyRow, BankRow
from tests.api.banks import SINCE, a_key
from tests.builders import BANK, a_bank

KEY_OF_BANK = Glance(
    select(BankKeyRow.bank, BankKeyRow.valid_from, BankKeyRow.valid_to).where(
        BankKeyRow.keyid == bindparam("keyid"), BankKeyRow.valid_from <= bindparam("at")
    )
)


@pytest.fixture
def key_store(any_store):
    with any_store.write() as session:
        a_bank(session, region=None)
        a_key(session)
    return any_store


def test_a_glance_gives_the_row_with_the_types_of_its_columns(key_store):
    found = [KEY_OF_BANK.first_row(key_store, {"keyid": "key-1", "at": SINCE}) for _ in range(9)]

    assert found == [(BANK, SINCE, None)] * 9


def test_a_glance_at_nothing_gives_none(key_store):
    assert KEY_OF_BANK.first_row(key_store, {"keyid": "key-x", "at": SINCE}) is None


def test_a_glance_sees_what_was_committed_just_now(key_store):
    KEY_OF_BANK.first_row(key_store, {"keyid": "key-1", "at": SINCE})
    with key_store.write() as session:
        session.get_one(BankKeyRow, "key-1").valid_to = SINCE

    assert KEY_OF_BANK.first_row(key_store, {"keyid": "key-1", "at": SINCE})[2] == SINCE


def test_a_glance_that_fails_leaves_no_connection_in_another_mode(key_store):
    broken = Glance(select(literal_column("nowhere")).where(BankKeyRow.keyid == bindparam("keyid")))

    with pytest.raises(Exception, match="nowhere"):
        broken.first_row(key_store, {"keyid": "key-1"})

    with pytest.raises(RuntimeError):
        add_a_bank_and_fail(key_store)
    with key_store.read() as session:
        assert session.execute(select(BankKeyRow.bank)).scalars().all() == [BANK]
        assert session.get(BankRow, "bank-z") is None


def test_many_glances_need_no_more_connections_than_the_pool_has(key_store):
    for _ in range(200):
        KEY_OF_BANK.first_row(key_store, {"keyid": "key-1", "at": SINCE})

    assert key_store.reader.pool.checkedout() == 0


def add_a_bank_and_fail(store):
    with store.write() as session:
        a_bank(session, "bank-z", region=None)
        raise RuntimeError
