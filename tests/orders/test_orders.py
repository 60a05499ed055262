"""Whatever order events come in, the books say what a page of rules says, after every step."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from feeledger.notices.tables import NoticeRow
from feeledger.payments.verify_queries import verify_region
from feeledger.refunds.verify_queries import verify_refunds
from feeledger.store import Store
from feeledger.unmatched.verify_queries import verify_unmatched
from tests.builders import REGION, a_notice, a_place, an_enterprise
from tests.orders.events import Books
from tests.orders.model import DUE, SERIALS, Event, Model

MOSTLY_RIGHT = st.sampled_from([DUE, DUE, DUE, DUE - 100])
PARTS = st.sampled_from([4000, 10000, DUE])  # 40.00, 100.00 and all of 140.00 yuan
SERIAL = st.sampled_from(SERIALS)
EVENT = st.one_of(
    st.builds(Event, st.sampled_from(["confirm", "arrive", "reverse"]), SERIAL, st.just(DUE)),
    st.builds(Event, st.just("refund"), fen=PARTS),
    st.builds(Event, st.just("close")),
)


@pytest.fixture(scope="module")
def billed(migrated_file, tmp_path_factory) -> Iterator[tuple[Store, NoticeRow]]:
    """A region with one notice of 140.00 yuan that no bank has asked for yet."""
    path = tmp_path_factory.mktemp("orders") / "feeledger.db"
    shutil.copyfile(migrated_file, path)
    store = Store(f"sqlite:///{path}")
    with store.write() as session:
        a_place(session)
        an_enterprise(session)
        notice = a_notice(session)
    yield store, notice
    store.close()


@contextmanager
def fresh_books(store: Store, notice: NoticeRow) -> Iterator[Books]:
    """Give the notice as it was issued, and undo afterwards whatever is done to it."""
    with store.write() as session:
        yield Books(session, session.get_one(NoticeRow, (REGION, notice.id)))
        session.rollback()


def assert_clean(books: Books) -> None:
    for verify in (verify_region, verify_unmatched, verify_refunds):
        assert verify(books.session, REGION) == ()


@pytest.mark.fuzz
def test_any_500_sequences_of_events_agree_with_the_model_after_every_step(billed):
    """Done by hypothesis: 500 sequences of up to 12 events, wrong amounts among them."""

    class Sequence(RuleBasedStateMachine):
        done = 0

        def __init__(self):
            super().__init__()
            self.model, self.kept = Model(), ExitStack()
            self.books = self.kept.enter_context(fresh_books(*billed))

        def happen(self, event):
            entries = self.books.entries()
            expected = self.model.take(event)
            assert self.books.take(event) == expected, event
            assert self.books.state() == self.model.state(), event
            if expected in ("refused", "repeated", "kept"):
                assert self.books.entries() == entries  # nothing is posted

        @rule()
        def query(self):
            self.happen(Event("query"))

        @rule(serial=SERIAL, fen=MOSTLY_RIGHT)
        def confirm(self, serial, fen):
            self.happen(Event("confirm", serial, fen))

        @rule(serial=SERIAL, fen=MOSTLY_RIGHT)
        def arrive(self, serial, fen):
            self.happen(Event("arrive", serial, fen))

        @rule(serial=SERIAL, fen=MOSTLY_RIGHT)
        def reverse(self, serial, fen):
            self.happen(Event("reverse", serial, fen))

        @rule(fen=PARTS)
        def refund(self, fen):
            self.happen(Event("refund", fen=fen))

        @rule()
        def close(self):
            self.happen(Event("close"))

        def teardown(self):
            Sequence.done += 1
            if Sequence.done % 20 == 0:  # the auditors read everything: a sample of the ends
                assert_clean(self.books)
            self.kept.close()

    run_state_machine_as_test(
        Sequence,
        settings=settings(max_examples=500, stateful_step_count=12, deadline=None),
    )


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_two_orders_of_the_same_accepted_events_end_in_the_same_state(billed, data):
    """What an order may accept is the model's to say; where both accept the same, all is the same."""
    first = data.draw(st.lists(EVENT, min_size=2, max_size=6, unique=True))
    second = data.draw(st.permutations(first))
    one, other = verdicts(first), verdicts(second)
    assume(first != second and one == other)

    ends = []
    for order in (first, second):
        with fresh_books(*billed) as books:
            books.take(Event("query"))
            assert {event: books.take(event) for event in order} == one
            ends.append(books.state())
            assert_clean(books)

    assert ends[0] == ends[1]


def verdicts(order: list[Event]) -> dict[Event, str]:
    model = Model(queried=True)
    return {event: model.take(event) for event in order}
