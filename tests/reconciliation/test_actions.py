"""Import of day files, work on differences, closing of days: R-R1 to R-R5, on both databases."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import func, select

from feeledger.errors import FeeLedgerError, FileRefused
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import PaymentRow
from feeledger.people.roles import SamePerson
from feeledger.reconciliation.actions import Import, close_recon_day, import_day_file
from feeledger.reconciliation.difference_actions import take_step
from feeledger.reconciliation.matching import result_document
from feeledger.reconciliation.queries import (
    DifferencesWanted,
    batch_page,
    count_differences,
    day_overview,
    find_differences,
    raw_of_batch,
    recent_batches,
)
from feeledger.reconciliation.refusals import (
    AccountNotOfRegion,
    BankNotOfRegion,
    BatchSentAgain,
    BatchUnknown,
    DayAlreadyClosed,
    DayNotOver,
    DayNotReconciled,
)
from feeledger.reconciliation.tables import ReconBatchRow, ReconDifferenceRow, ReconLineRow
from feeledger.store import Store
from feeledger.trail import TrailActRow
from tests.reconciliation.books import (
    DAY,
    NEXT_DAY,
    NOW,
    REGION,
    a_day_file,
    a_notice,
    a_payment,
    a_region,
)

CODE = [f"1301842600000000{number:04d}" for number in range(10)]


@pytest.fixture
def books(any_store: Store) -> Store:
    """A region with two payments of 100.00 on the day."""
    with any_store.write() as session:
        a_region(session)
        a_payment(session, "T1", CODE[1])
        a_payment(session, "T2", CODE[2])
    return any_store


def imported(store: Store, raw: bytes, *, now: datetime = NOW, region: str = REGION) -> Import:
    with store.write() as session:
        return import_day_file(
            session, region=region, raw=raw, file_name="day.csv", actor="li", now=now
        )


def step(store: Store, difference: int, name: str, actor: str, **more: str) -> ReconDifferenceRow:
    with store.write() as session:
        return take_step(
            session, region=REGION, difference=difference, step=name, actor=actor,
            reason="经核对", now=NOW, **more,
        )  # fmt: skip


def closed(store: Store, *carried: int, day=DAY) -> None:
    with store.write() as session:
        close_recon_day(
            session, region=REGION, day=day, carried=carried, actor="wang", reason="日终",
            now=NOW,
        )  # fmt: skip


def states(store: Store) -> dict[str, tuple[str, str]]:
    with store.read() as session:
        rows = session.execute(
            select(PaymentRow.trade_no, PaymentRow.state, NoticeRow.status).join(
                NoticeRow,
                (NoticeRow.region == PaymentRow.region) & (NoticeRow.id == PaymentRow.notice),
            )
        )
        return {trade_no: (state, status) for trade_no, state, status in rows}


def differences(store: Store) -> list[tuple[str, str, str]]:
    with store.read() as session:
        rows = find_differences(session, REGION, DifferencesWanted(), limit=50, offset=0)
        return sorted((row.result, row.trade_no, row.state) for row in rows)


def difference_id(store: Store, trade_no: str) -> int:
    with store.read() as session:
        return session.scalars(
            select(ReconDifferenceRow.id).where(ReconDifferenceRow.trade_no == trade_no)
        ).one()


GOOD = a_day_file(("T1", CODE[1], "100.00"), ("T2", CODE[2], "100.00"))


def test_a_file_that_agrees_reconciles_payments_and_notices(books: Store):
    done = imported(books, GOOD)

    assert [found.result for found in done.match.findings] == ["00000", "00000"]
    assert states(books) == {
        "T1": ("reconciled", "reconciled"),
        "T2": ("reconciled", "reconciled"),
    }
    with books.read() as session:
        page = batch_page(session, REGION, done.batch, limit=20, offset=0)
        assert (page.batch.state, page.batch.matched_count, page.batch.file_fen) == (
            "matched",
            2,
            20_000,
        )
        assert [line.line_no for line in page.lines] == [9, 10]
        assert raw_of_batch(session, REGION, done.batch) == GOOD


def test_the_four_outcomes_are_kept_and_told_to_the_bank_r_r3(books: Store):
    with books.write() as session:
        a_payment(session, "T3", CODE[3])
        a_notice(session, CODE[4], 5_000, "voided")

    done = imported(
        books,
        a_day_file(
            ("T1", CODE[1], "100.00"),
            ("T2", CODE[2], "99.99"),
            ("T4", CODE[4], "50.00"),
            ("T5", CODE[5], "1.00"),
            ("T1", CODE[1], "100.00"),
        ),
    )

    assert result_document(done.file, done.match, "zh") == {
        "date": "2026-11-23",
        "accconfirm_no": "1",
        "succeedcount": 1,
        "failcount": 5,
        "faillist": [
            {"trade_no": "T2", "code": "15001", "msg": "金额不一致"},
            {"trade_no": "T4", "code": "15003", "msg": "缴款通知书已作废"},
            {"trade_no": "T5", "code": "15003", "msg": "缴款码不存在"},
            {"trade_no": "T1", "code": "15003", "msg": "同一流水号在文件中重复"},
            {"trade_no": "T3", "code": "15002", "msg": "日终文件中没有此笔"},
        ],
    }
    assert differences(books) == [
        ("15001", "T2", "open"),
        ("15002", "T3", "open"),
        ("15003", "T1", "open"),
        ("15003", "T4", "open"),
        ("15003", "T5", "open"),
    ]
    assert states(books)["T1"] == ("reconciled", "reconciled")
    assert states(books)["T2"] == ("confirmed", "paid")
    with books.read() as session:
        row = session.scalars(
            select(ReconDifferenceRow).where(ReconDifferenceRow.result == "15001")
        ).one()
        assert (row.bank_fen, row.booked_fen) == (9_999, 10_000)
        assert session.get(ReconBatchRow, (REGION, done.batch)).state == "with_differences"


@pytest.mark.parametrize("again", [GOOD, a_day_file(("T9", CODE[9], "1.00"))])
def test_the_same_key_again_is_refused_and_changes_nothing_r_r1(books: Store, again: bytes):
    imported(books, a_day_file(("T1", CODE[1], "100.00")))
    before = (states(books), differences(books))

    with pytest.raises(BatchSentAgain) as refusal:
        imported(books, again)

    assert refusal.value.result == "15010"
    assert (states(books), differences(books)) == before
    with books.read() as session:
        assert session.scalar(select(func.count()).select_from(ReconBatchRow)) == 1


def test_a_correction_has_a_new_number_and_names_the_old_r_r1(books: Store):
    first = imported(books, a_day_file(("T1", CODE[1], "100.00"), ("T2", CODE[2], "99.00")))

    second = imported(books, a_day_file(("T2", CODE[2], "100.00"), number="2", replaces="1"))

    with books.read() as session:
        old = session.get(ReconBatchRow, (REGION, first.batch))
        new = session.get(ReconBatchRow, (REGION, second.batch))
        assert (old.replaced_by, new.replaces) == (second.batch, first.batch)
        assert session.scalar(select(func.count()).select_from(ReconLineRow)) == 3
    assert states(books) == {"T1": ("confirmed", "paid"), "T2": ("reconciled", "reconciled")}
    assert differences(books) == [("15001", "T2", "auto_closed"), ("15002", "T1", "open")]


@pytest.mark.parametrize("named", ["7", "2"])
def test_a_correction_of_what_is_not_there_is_refused_whole_r_r1(books: Store, named: str):
    with pytest.raises(BatchUnknown):
        imported(books, a_day_file(("T1", CODE[1], "100.00"), number="2", replaces=named))

    with books.read() as session:
        assert session.scalar(select(func.count()).select_from(ReconBatchRow)) == 0
    assert states(books)["T1"] == ("confirmed", "paid")


def test_a_batch_is_corrected_once(books: Store):
    imported(books, GOOD)
    imported(books, a_day_file(("T1", CODE[1], "100.00"), number="2", replaces="1"))

    with pytest.raises(BatchUnknown):
        imported(books, a_day_file(("T1", CODE[1], "100.00"), number="3", replaces="1"))


def test_a_correction_that_drops_a_shifted_payment_misses_it_anew(books: Store):
    imported(books, a_day_file(("T1", CODE[1], "100.00")))
    imported(books, a_day_file(("T2", CODE[2], "100.00"), day=NEXT_DAY))

    imported(books, a_day_file(day=NEXT_DAY, number="2", replaces="1"))

    assert states(books)["T2"] == ("confirmed", "paid")
    assert differences(books) == [("15002", "T2", "auto_closed"), ("15002", "T2", "open")]


def test_equal_totals_hide_no_differences_r_r2(books: Store):
    done = imported(books, a_day_file(("T1", CODE[1], "100.01"), ("T2", CODE[2], "99.99")))

    assert done.match.file_total == done.match.booked_total
    assert differences(books) == [("15001", "T1", "open"), ("15001", "T2", "open")]


def test_a_payment_in_the_next_days_file_closes_itself_r_r4(books: Store):
    imported(books, a_day_file(("T1", CODE[1], "100.00")))
    assert differences(books) == [("15002", "T2", "open")]

    done = imported(books, a_day_file(("T2", CODE[2], "100.00"), day=NEXT_DAY))

    assert done.match.findings[0].reason == "cutoff_shift"
    assert differences(books) == [("15002", "T2", "auto_closed")]
    assert states(books)["T2"] == ("reconciled", "reconciled")


def test_what_is_faulty_is_refused_with_every_fault_and_nothing_is_kept(books: Store):
    with pytest.raises(FileRefused) as refusal:
        imported(books, a_day_file(("T1", CODE[1], "100.00"), total="99.00"))

    assert [fault.code for fault in refusal.value.faults] == ["total-differs"]
    with books.read() as session:
        assert session.scalar(select(func.count()).select_from(ReconBatchRow)) == 0


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (a_day_file(bank="OTHER"), BankNotOfRegion),
        (a_day_file(account="DEMO-9999"), AccountNotOfRegion),
        (a_day_file(day=NEXT_DAY + timedelta(days=1)), DayNotOver),
    ],
)
def test_a_file_of_another_bank_account_or_day_to_come_is_refused(
    books: Store, raw: bytes, error: type[FeeLedgerError]
):
    with pytest.raises(error):
        imported(books, raw)


def test_another_region_is_not_touched_d8(books: Store):
    other = "130181"
    with books.write() as session:
        a_region(session, other)
        a_payment(session, "T1", CODE[1], region=other)

    imported(books, GOOD)

    with books.read() as session:
        assert (
            session.scalars(select(PaymentRow.state).where(PaymentRow.region == other)).one()
            == "confirmed"
        )


def test_a_difference_is_worked_on_by_people_and_closed_by_another(books: Store):
    imported(books, a_day_file(("T1", CODE[1], "100.00")))
    number = difference_id(books, "T2")

    step(books, number, "assign", "zhang", assignee="li")
    step(books, number, "explain", "li")
    step(books, number, "correct", "li")
    with pytest.raises(SamePerson):
        step(books, number, "close", "li")
    row = step(books, number, "close", "wang")

    assert (row.state, row.assignee, row.corrected_by, row.closed_by) == (
        "closed",
        "li",
        "li",
        "wang",
    )
    with books.read() as session:
        acts = session.scalars(
            select(TrailActRow.act).where(TrailActRow.subject == f"recon-difference:{number}")
        )
        assert sorted(acts) == [
            "assign-difference",
            "close-difference",
            "correct-difference",
            "explain-difference",
        ]


def test_a_day_closes_with_no_open_difference_r_r5(books: Store):
    imported(books, GOOD)

    closed(books)

    with books.read() as session:
        overview = day_overview(session, REGION, DAY)
        assert overview.closed is not None
        assert [batch.state for batch in recent_batches(session, REGION, limit=9, offset=0)] == [
            "closed"
        ]
    for raw in (GOOD, a_day_file(number="2"), a_day_file(number="3", replaces="1")):
        with pytest.raises(DayAlreadyClosed):
            imported(books, raw)
    with pytest.raises(DayAlreadyClosed):
        closed(books)


def test_a_day_with_an_open_difference_closes_only_if_it_is_carried_by_name_r_r5(books: Store):
    imported(books, a_day_file(("T1", CODE[1], "100.00")))
    number = difference_id(books, "T2")

    with pytest.raises(DayNotReconciled) as refusal:
        closed(books)
    assert refusal.value.facts["differences"] == [str(number)]
    closed(books, number)

    with books.read() as session:
        row = session.get(ReconDifferenceRow, (REGION, number))
        assert (row.carried_to, row.state) == (NEXT_DAY, "open")
    assert step(books, number, "assign", "zhang").state == "assigned"
    imported(books, a_day_file(("T2", CODE[2], "100.00"), day=NEXT_DAY))
    assert differences(books) == [("15002", "T2", "auto_closed")]


def test_a_settled_difference_of_a_closed_day_is_left_alone(books: Store):
    imported(
        books,
        a_day_file(("T1", CODE[1], "100.00"), ("T2", CODE[2], "100.00"), ("T9", CODE[9], "1.00")),
    )
    number = difference_id(books, "T9")
    step(books, number, "assign", "li")
    step(books, number, "explain", "li")
    step(books, number, "write_off", "li")
    step(books, number, "close", "wang")
    closed(books)

    with pytest.raises(DayAlreadyClosed):
        step(books, number, "assign", "li")


def test_a_bank_without_a_file_holds_the_day_up(books: Store):
    with books.read() as session:
        assert day_overview(session, REGION, DAY).banks[0].without_file

    with pytest.raises(DayNotReconciled) as refusal:
        closed(books)

    assert refusal.value.facts["banks"] == ("DEMOBANK",)


def test_a_payment_confirmed_after_its_days_file_holds_the_day_up(books: Store):
    imported(books, GOOD)
    with books.write() as session:
        a_payment(session, "T3", CODE[3])

    with pytest.raises(DayNotReconciled):
        closed(books)


def test_a_day_that_is_not_over_does_not_close(books: Store):
    with pytest.raises(DayNotOver):
        closed(books, day=NEXT_DAY)


def test_beijing_decides_when_a_day_is_over(books: Store):
    imported(books, GOOD)
    late = datetime(2026, 11, 23, 15, 59, tzinfo=UTC)  # Beijing 23:59 on the 23rd

    with books.write() as session, pytest.raises(DayNotOver):
        close_recon_day(
            session, region=REGION, day=DAY, carried=(), actor="wang", reason="日终", now=late
        )


def test_differences_are_found_by_day_state_and_result(books: Store):
    imported(books, a_day_file(("T1", CODE[1], "99.00"), ("T9", CODE[9], "1.00")))

    with books.read() as session:

        def number(**wanted: object) -> int:
            return count_differences(session, REGION, DifferencesWanted(**wanted))

        assert number() == 3
        assert number(result="15003") == 1
        assert number(day=NEXT_DAY) == 0
        assert number(state="closed") == 0
        assert number(unsettled=True) == 3


def test_the_same_file_sent_by_many_at_once_is_taken_once_r_r1(books: Store):
    outcomes: list[str] = []

    def send() -> None:
        try:
            imported(books, GOOD)
            outcomes.append("taken")
        except BatchSentAgain:
            outcomes.append("15010")

    threads = [Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["15010"] * 7 + ["taken"]
    assert set(states(books).values()) == {("reconciled", "reconciled")}
