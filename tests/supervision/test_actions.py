"""Reports, cases and who may see what: R-S1 to R-S8 on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from feeledger.catalog.plan import Plan
from feeledger.files import FileNotAccepted, Upload
from feeledger.money import Money
from feeledger.notices.tables import NoticeLineRow
from feeledger.people.roles import SamePerson
from feeledger.regions.queries import RegionNotOpen
from feeledger.regions.tables import CollectingUnitRow, UnitItemRow
from feeledger.store import Store
from feeledger.supervision.actions import Reported, report_collection
from feeledger.supervision.case_actions import (
    CaseOfAnother,
    CaseUnknown,
    age_cases,
    explain_case,
    move_case,
    publish_case,
)
from feeledger.supervision.guards import MoveOutOfTurn, NotYetHeard, PublicationNotYet
from feeledger.supervision.queries import (
    CasePage,
    CasesWanted,
    case_page,
    find_cases,
    flagged_units,
    published_cases,
)
from feeledger.supervision.report import ReportRefused, Told
from feeledger.supervision.report_queries import (
    ReportFileUnknown,
    file_of_move,
    file_of_report,
    files_of_moves,
    reports_without_case,
)
from feeledger.supervision.signals import RULES
from feeledger.supervision.states import Act, Clock
from feeledger.supervision.tables import (
    CaseMoveRow,
    ReportRow,
    SignalRow,
    SupervisionCaseRow,
)
from feeledger.trail import TrailActRow
from tests.reconciliation.books import ACCOUNT, REGION, USCC, a_payment, a_region

TODAY = date(2026, 11, 24)  # a Tuesday
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
POLICE = "新乐市公安局"
TOLD = Told(
    department=POLICE,
    item="机动车号牌工本费",
    amount=Money(10_000),
    charged_on=date(2026, 11, 20),
    how_paid="cash",
    channel="page",
    payer=USCC,
    story="在窗口交了现金，没有票据",
    anonymous=True,
    reporter_name="刘某",
    reporter_contact="电话",
    facts={"plates_car_reflective": 1},
)


@pytest.fixture
def region(any_store: Store) -> Store:
    """A county whose police unit U2 may charge for number plates."""
    with any_store.write() as session:
        a_region(session)
        begun = date(2020, 1, 1)
        session.add(
            CollectingUnitRow(
                region=REGION, unit_code="U2", name=POLICE, name_en="Police", level="county",
                valid_from=begun,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            UnitItemRow(region=REGION, unit_code="U2", item_id="vehicle-plate", valid_from=begun)
        )
    return any_store


@pytest.fixture
def desk(region: Store, plan: Plan, clock: Clock) -> "Desk":
    return Desk(region, plan, clock)


class Desk:
    """The bureau's desk: reports and moves on a day."""

    def __init__(self, store: Store, plan: Plan, clock: Clock) -> None:
        self.store, self.plan, self.clock = store, plan, clock

    def report(self, told: Told = TOLD, *, today: date = TODAY) -> Reported:
        with self.store.write() as session:
            return report_collection(
                session, told, region=REGION, plan=self.plan, today=today, now=NOW,
                clock=self.clock,
            )  # fmt: skip

    def decide(self, case: int, outcome: str = "confirm", *, actor="li", hearing="当面听取"):
        with self.store.write() as session:
            act = Act(outcome, actor, TODAY, "证据充分", hearing)
            return move_case(
                session, region=REGION, case=case, act=act, now=NOW, clock=self.clock
            ).state

    def explain(self, case: int, unit_code: str | None = "U2", files=()):
        with self.store.write() as session:
            return explain_case(
                session, region=REGION, case=case, unit_code=unit_code, actor="police.wang",
                reason="已退还并补开票据", files=files, today=TODAY, now=NOW, clock=self.clock,
            ).state  # fmt: skip

    def move(self, case: int, event: str, *, actor="zhao", on=TODAY, **more: object):
        with self.store.write() as session:
            return move_case(
                session, region=REGION, case=case, act=Act(event, actor, on, "理由", **more),
                now=NOW, clock=self.clock,
            ).state  # fmt: skip

    def page(self, case: int, viewer: str = "bureau", *, today=TODAY, unit=None) -> CasePage:
        with self.store.read() as session:
            return case_page(
                session, REGION, case, viewer=viewer, unit_code=unit, today=today,
                clock=self.clock,
            )  # fmt: skip

    def flagged(self) -> list[str]:
        with self.store.read() as session:
            units = flagged_units(session, REGION, today=TODAY, clock=self.clock)
            return [unit.unit_name for unit in units]

    def count(self, table: type) -> int:
        with self.store.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


def test_one_report_opens_one_case_at_the_highest_level_r_s1(desk: Desk):
    done = desk.report()

    assert [signal.code for signal in done.signals] == ["S01", "S14"]
    assert done.opened
    page = desk.page(done.case)
    assert (page.view.now.state, page.view.row.level) == ("red", "red")
    assert page.view.row.unit_code == "U2"
    assert [signal.code for signal in page.signals] == ["S01", "S14"]
    assert [(move.event, move.before, move.after) for move in page.moves] == [
        ("open", "detected", "red")
    ]
    assert page.view.now.due.day == date(2026, 12, 1)  # five working days after a Tuesday


def test_a_signal_flags_nobody_only_a_confirmed_case_does_r_s1(desk: Desk):
    done = desk.report()
    assert desk.flagged() == []

    assert desk.decide(done.case) == "confirmed"

    assert desk.flagged() == [POLICE]


def test_a_dismissed_case_flags_nobody(desk: Desk):
    done = desk.report()

    assert desk.decide(done.case, "dismiss") == "dismissed"

    assert desk.flagged() == []


def test_who_entered_the_report_is_the_opener_and_does_not_decide_r_s1(desk: Desk):
    done = desk.report(replace(TOLD, channel="console", entered_by="zhang"))

    with pytest.raises(SamePerson):
        desk.decide(done.case, actor="zhang")
    assert desk.decide(done.case, actor="li") == "confirmed"


def test_who_joined_does_not_decide_either(desk: Desk):
    done = desk.report()
    desk.report(replace(TOLD, channel="console", entered_by="wang"))

    with pytest.raises(SamePerson):
        desk.decide(done.case, actor="wang")


def test_nothing_is_decided_unheard(desk: Desk):
    done = desk.report()

    with pytest.raises(NotYetHeard):
        desk.decide(done.case, hearing="")
    desk.explain(done.case)
    assert desk.decide(done.case, hearing="") == "confirmed"


def test_the_same_charge_reported_again_joins_and_adds_nothing_r_s2(desk: Desk):
    first = desk.report()

    second = desk.report(replace(TOLD, item="机动车号牌 工本费"))

    assert (second.case, second.opened) == (first.case, False)
    assert (desk.count(SupervisionCaseRow), desk.count(SignalRow)) == (1, 2)
    assert desk.count(ReportRow) == 2


def test_a_new_signal_of_the_same_thing_joins_the_case_r_s2(desk: Desk):
    first = desk.report()

    desk.report(replace(TOLD, account="6222000011112222", how_paid="transfer"))

    assert [signal.code for signal in desk.page(first.case).signals] == ["S01", "S05", "S14"]


def test_a_new_report_after_the_end_opens_a_new_case(desk: Desk):
    first = desk.report()
    desk.decide(first.case, "dismiss")

    second = desk.report()

    assert second.opened
    assert second.case != first.case


def test_two_reporters_of_unknown_payers_are_two_cases(desk: Desk):
    unknown = replace(TOLD, payer="")

    assert desk.report(unknown).case != desk.report(unknown).case


def test_the_same_report_sent_at_once_opens_one_case(desk: Desk):
    done: list[Reported] = []
    threads = [Thread(target=lambda: done.append(desk.report())) for _ in range(6)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({reported.case for reported in done}) == 1
    assert [reported.opened for reported in done].count(True) == 1
    assert (desk.count(SupervisionCaseRow), desk.count(SignalRow)) == (1, 2)


def test_a_report_that_shows_nothing_is_kept_for_the_bureau_to_read(desk: Desk):
    done = desk.report(replace(TOLD, how_paid="transfer", account=ACCOUNT))

    assert (done.case, done.signals) == (None, ())
    with desk.store.read() as session:
        (view,) = reports_without_case(session, REGION, limit=10)
        assert (view.id, view.reporter_name) == (done.report, "刘某")


def test_a_charge_paid_by_notice_is_no_direct_receipt(desk: Desk):
    with desk.store.write() as session:
        number = a_payment(session, "T1", "13018426000000000105", day=date(2026, 11, 20))
        session.add(
            NoticeLineRow(
                region=REGION, notice=number - 1, line_no=1, unit_code="U2", unit_name=POLICE,
                item_id="vehicle-plate", item_code="X0001", item_name="号牌", line_id=None,
                obligation_on=TODAY, outcome="due", amount_fen=10_000, explanation={},
            )
        )  # fmt: skip
    paid = replace(TOLD, how_paid="transfer")

    assert desk.report(paid).signals == ()
    assert desk.report(replace(paid, charged_on=date(2026, 11, 10))).signals != ()
    by_ticket = replace(paid, charged_on=date(2026, 11, 10), ticket_no="1301 8426 0000 0000 0105")
    assert desk.report(by_ticket).signals == ()


def test_a_signal_keeps_its_inputs_and_explanation_r_s4(desk: Desk):
    done = desk.report(replace(TOLD, amount=Money(15_000)))

    signal = next(one for one in desk.page(done.case).signals if one.code == "S04")
    assert signal.version == 1
    assert "50.00" in signal.explanation.zh
    assert signal.inputs["charge"]["amount"] == "150.00"
    assert signal.inputs["evidence"]["excess"]["highest"] == "100.00"


def test_the_reporter_is_seen_by_the_bureau_alone_r_s3(desk: Desk):
    done = desk.report(replace(TOLD, files=(Upload("收据.png", PNG),)))

    bureau = desk.page(done.case).reports[0]
    assert (bureau.reporter_name, bureau.reporter_contact, bureau.payer) == ("刘某", "电话", USCC)
    assert [file.name for file in bureau.files] == ["收据.png"]

    overseer = desk.page(done.case, "overseer").reports[0]
    assert (overseer.reporter_name, overseer.reporter_contact, overseer.payer) == ("", "", "")
    assert overseer.story == TOLD.story

    page = desk.page(done.case, "department", unit="U2")
    department = page.reports[0]
    assert (department.payer, department.story, department.files) == ("", "", ())
    assert department.amount == Money(10_000)
    assert USCC not in repr(page)
    assert "刘某" not in repr(page)
    assert all(signal.inputs is None for signal in page.signals)


def test_a_named_report_shows_the_department_the_payer_but_not_the_reporter_r_s3(desk: Desk):
    done = desk.report(replace(TOLD, anonymous=False))

    view = desk.page(done.case, "department", unit="U2").reports[0]

    assert (view.payer, view.story, view.reporter_name) == (USCC, TOLD.story, "")


def test_a_department_sees_and_answers_its_own_cases_only(desk: Desk):
    done = desk.report()

    with pytest.raises(CaseUnknown):
        desk.page(done.case, "department", unit="U1")
    with pytest.raises(CaseOfAnother):
        desk.explain(done.case, "U1")
    with desk.store.write() as session, pytest.raises(CaseOfAnother):
        move_case(
            session, region=REGION, case=done.case, act=Act("dismiss", "wang", TODAY, "x", "y"),
            now=NOW, clock=desk.clock, unit_code="U2",
        )  # fmt: skip
    assert desk.page(done.case, "department", unit="U2").events == ("explain", "appeal")
    assert desk.explain(done.case) == "explained"


def test_files_are_kept_byte_for_byte_and_not_for_the_department(desk: Desk):
    done = desk.report(replace(TOLD, files=(Upload("收据.png", PNG),)))
    desk.explain(done.case, files=(Upload("退款.pdf", b"%PDF-1.7 x"),))

    with desk.store.read() as session:
        kept = file_of_report(session, REGION, done.report, 1, viewer="overseer")
        assert (kept.content, kept.media_type) == (PNG, "image/png")
        with pytest.raises(ReportFileUnknown):
            file_of_report(session, REGION, done.report, 1, viewer="department")
        with pytest.raises(ReportFileUnknown):
            file_of_report(session, REGION, done.report, 2, viewer="bureau")
        assert files_of_moves(session, REGION, done.case)[2][0].name == "退款.pdf"
        assert file_of_move(session, REGION, done.case, 2, 1).content == b"%PDF-1.7 x"


def test_a_refused_report_or_file_keeps_nothing(desk: Desk):
    with pytest.raises(ReportRefused):
        desk.report(replace(TOLD, amount=Money(0)))
    with pytest.raises(FileNotAccepted):
        desk.report(replace(TOLD, files=(Upload("a.html", b"<html>"),)))

    assert (desk.count(ReportRow), desk.count(SupervisionCaseRow)) == (0, 0)


def test_a_region_that_is_not_open_takes_no_report(desk: Desk):
    with desk.store.write() as session, pytest.raises(RegionNotOpen):
        report_collection(
            session, TOLD, region="130181", plan=desk.plan, today=TODAY, now=NOW,
            clock=desk.clock,
        )  # fmt: skip


def test_open_cases_are_not_public_and_confirmed_ones_only_when_ordered_r_s5(desk: Desk):
    """Confirmed on Tuesday 24 November: an appeal is open until Tuesday 1 December."""
    done = desk.report()

    def public() -> int:
        with desk.store.read() as session:
            return len(published_cases(session, REGION))

    def publish(today: date) -> None:
        with desk.store.write() as session:
            publish_case(
                session, region=REGION, case=done.case, actor="li", reason="公开", today=today,
                now=NOW, clock=desk.clock,
            )  # fmt: skip

    with pytest.raises(PublicationNotYet):
        publish(TODAY)
    desk.decide(done.case)
    assert public() == 0
    with pytest.raises(PublicationNotYet):
        publish(date(2026, 12, 1))
    publish(date(2026, 12, 2))
    assert public() == 1


def test_two_confirmed_cards_raise_the_third_r_s6(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """The rule is made a warning here, so that there is a level to rise to."""
    rules = tuple(
        replace(rule, level="warning" if rule.code == "S01" else rule.level) for rule in RULES
    )
    for day in (1, 2):
        told = replace(TOLD, charged_on=date(2026, 11, day))
        desk.decide(desk.report(told).case)
    monkeypatch.setattr("feeledger.supervision.signals.RULES", rules)
    warned = replace(TOLD, how_paid="transfer", charged_on=date(2026, 11, 3))

    assert desk.page(desk.report(warned).case).view.row.level == "warning"  # confirmed today
    later = desk.report(
        replace(warned, charged_on=date(2026, 11, 4)), today=TODAY + timedelta(days=1)
    )
    assert desk.page(later.case).view.row.level == "yellow"


def test_elapsed_limits_show_at_once_and_are_written_when_cases_are_aged(desk: Desk):
    """Red until Tuesday 1 December; on the list from Wednesday on."""
    done = desk.report()
    after = date(2026, 12, 2)

    assert desk.page(done.case, today=after).view.now.state == "awaiting_decision"
    with desk.store.read() as session:
        wanted = CasesWanted(state="awaiting_decision")
        found = find_cases(session, REGION, wanted, today=after, clock=desk.clock)
        assert [view.row.state for view in found] == ["red"]
    for moved in (1, 0):
        with desk.store.write() as session:
            assert (
                age_cases(session, region=REGION, today=after, now=NOW, clock=desk.clock) == moved
            )
    page = desk.page(done.case, today=after)
    assert [(move.event, move.actor, move.day) for move in page.moves][1:] == [
        ("time_out", "", date(2026, 12, 2))
    ]


def test_the_whole_way_to_the_end_is_on_record_r_s7_r_s8(desk: Desk):
    done = desk.report()
    desk.explain(done.case)
    desk.decide(done.case, hearing="")
    assert desk.move(done.case, "appeal", actor="police.wang") == "appealed"
    assert desk.move(done.case, "reject_appeal") == "confirmed"
    assert desk.move(done.case, "order_rectification", amount=Money(10_000)) == "rectifying"
    assert desk.move(done.case, "report_rectification", amount=Money(10_000)) == "rectified"
    assert desk.move(done.case, "verify_rectification") == "closed"

    moves = desk.page(done.case).moves
    assert [move.seq for move in moves] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert all(move.actor and move.reason for move in moves[1:])
    assert moves[5].amount_fen == 10_000
    assert desk.flagged() == []
    with pytest.raises(MoveOutOfTurn):
        desk.move(done.case, "appeal")
    with desk.store.read() as session:
        acts = session.scalars(
            select(TrailActRow.act).where(TrailActRow.subject == f"case:{done.case}")
        ).all()
        assert len(acts) == 8
        assert "confirm-case" in acts


@pytest.mark.parametrize("table", [ReportRow, SignalRow, CaseMoveRow])
def test_what_is_evidence_cannot_be_changed_r_s8(desk: Desk, table: type):
    desk.report()

    with pytest.raises(DatabaseError), desk.store.write() as session:
        session.execute(table.__table__.update().values(region=REGION))
    with pytest.raises(DatabaseError), desk.store.write() as session:
        session.execute(table.__table__.delete())


def test_cases_are_found_by_level_unit_and_words(desk: Desk):
    desk.report()

    with desk.store.read() as session:

        def found(**wanted: object) -> int:
            return len(
                find_cases(session, REGION, CasesWanted(**wanted), today=TODAY, clock=desk.clock)
            )

        assert found() == found(level="red") == found(unit_code="U2") == found(text="公安") == 1
        assert found(level="yellow") == found(unit_code="U1") == found(text="税务") == 0
        assert found(state="red") == 1
        assert found(state="confirmed") == 0
