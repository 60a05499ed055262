"""Postings and entries that cannot be wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeledger.ledger.chart import (
    Account,
    AccountMalformed,
    account_of,
    designated,
    income,
    late_fees,
    unmatched,
)
from feeledger.ledger.journal import Entry, NothingMoved, Posting, reverse_postings
from feeledger.money import Money

ACCOUNTS = st.sampled_from([designated(7), income("U1", "i1"), income("U2", "i1"), unmatched(7)])


@st.composite
def postings(draw):
    debit = draw(ACCOUNTS)
    credit = draw(ACCOUNTS.filter(lambda account: account != debit))
    return Posting(debit, credit, Money(draw(st.integers(1, 10**15))))


def test_a_posting_moves_an_amount_between_two_accounts():
    posting = Posting(designated(7), income("U1", "i1"), Money(1))

    assert (str(posting.debit), str(posting.credit)) == ("designated/7", "income/U1/i1")


@pytest.mark.parametrize(
    ("debit", "credit", "fen"),
    [(designated(7), designated(7), 1), (designated(7), income("U", "i"), 0)],
)
def test_a_posting_that_moves_nothing_cannot_be_made(debit, credit, fen):
    with pytest.raises(NothingMoved):
        Posting(debit, credit, Money(fen))


def test_an_entry_without_postings_cannot_be_made():
    with pytest.raises(NothingMoved):
        Entry("payment", "payment:1", ())


@given(st.lists(postings(), min_size=1, max_size=6))
def test_whatever_an_entry_holds_it_is_balanced_and_its_reverse_undoes_it(entry):
    net = {}
    for posting in (*entry, *reverse_postings(entry)):
        net[posting.debit] = net.get(posting.debit, 0) + posting.amount.fen
        net[posting.credit] = net.get(posting.credit, 0) - posting.amount.fen

    assert set(net.values()) == {0}


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("cash", ("1",)),
        ("designated", ()),
        ("income", ("U1",)),
        ("income", ("U/1", "i")),
        ("income", ("", "i")),
        ("designated", ("１",)),
    ],
)
def test_an_account_off_the_chart_cannot_be_named(kind, parts):
    with pytest.raises(AccountMalformed):
        Account(kind, parts)


@pytest.mark.parametrize(
    ("account", "side"),
    [(designated(1), "debit"), (income("U", "i"), "credit"), (late_fees("U", "i"), "credit")],
)
def test_an_account_reads_back_as_written_and_knows_its_side(account, side):
    assert account_of(str(account)) == account
    assert account.side == side
