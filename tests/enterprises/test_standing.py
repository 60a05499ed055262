"""Closed, revoked, restored: what arose before stands, nothing arises after, nothing else moves."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from feeledger.assessment.known_queries import answer_as_known
from feeledger.catalog.plan import plan_of
from feeledger.enterprises.actions import PermitAct
from feeledger.enterprises.batch_queries import count_at_home, stretch_of_region
from feeledger.enterprises.queries import enterprise_of
from feeledger.enterprises.standing import (
    EnterpriseClosed,
    StandingChange,
    StandingNotMovable,
    StandingRefused,
    closing_before,
)
from feeledger.enterprises.standing_actions import change_standing
from feeledger.enterprises.standing_queries import closing_of, standing_changes
from feeledger.notices.queries import notice_of
from feeledger.projects.actions import record_duty_act
from feeledger.trail import TrailActRow
from tests.builders import (
    CLERK,
    NOW,
    REGION,
    SOIL_ITEM,
    TODAY,
    USCC,
    WATER_UNIT,
    a_charge,
    a_notice,
    a_payment,
    a_query,
    a_ready_notice,
    an_answer,
    an_edition,
    the_catalog,
)

CLOSED_ON = date(2026, 6, 30)
DOCUMENT = "准予注销登记通知书〔2026〕第 7 号"
LATER = NOW + timedelta(hours=1)


def change(session, kind, day, *, document=DOCUMENT, reason="核准", now=NOW, today=TODAY):
    told = StandingChange(kind, day, document, reason)
    return change_standing(session, USCC, told, today=today, by=CLERK, now=now)


def codes_on(session, on, known_at):
    stretch = stretch_of_region(session, REGION, after="", limit=9, on=on, known_at=known_at)
    assert len(stretch.codes) == count_at_home(session, REGION, on, known_at)
    return stretch.codes


def test_the_changes_of_a_year_leave_stretches_without_duties_the_days_themselves_not():
    told = [
        StandingChange("revoked", date(2026, 3, 1), "文", "因"),
        StandingChange("closed", date(2026, 4, 1), "文", "因"),
        StandingChange("restored", date(2026, 5, 1), "文", "因"),
        StandingChange("closed", date(2026, 5, 1), "文", "因"),
    ]
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2), date(2026, 4, 30)]
    days += [date(2026, 5, 1), date(2026, 5, 2)]

    out = [closing_before(told, day) is not None for day in days]

    assert out == [False, False, True, True, False, True]
    assert closing_before(told, date(2026, 4, 15)).change == "revoked"
    assert closing_before(told[:3], date(2027, 1, 1)) is None


def test_a_closed_enterprise_owes_what_arose_before_and_nothing_after(any_store):
    with any_store.write() as session:
        an_edition(session)
        open_notice = a_ready_notice(session)
        row = change(session, "closed", CLOSED_ON, now=LATER)
        assert (row.no, enterprise_of(session, USCC).status) == (1, "closed")

    after = CLOSED_ON + timedelta(days=1)
    with any_store.write() as session:
        # The region run: out of it from the day after; a run that knew it not yet is repeated.
        assert codes_on(session, CLOSED_ON, LATER) == (USCC,)
        assert codes_on(session, after, LATER) == ()
        assert codes_on(session, after, LATER - timedelta(seconds=1)) == (USCC,)
        # What was told on a day gone by.
        assert answer_as_known(session, REGION, USCC, on=CLOSED_ON, known_at=LATER).answer.lines
        assert answer_as_known(session, REGION, USCC, on=after, known_at=NOW).answer.lines
        with pytest.raises(EnterpriseClosed):
            answer_as_known(session, REGION, USCC, on=after, known_at=LATER)
        # Notices: of a duty before, yes, whenever it is printed; of one after, no.
        a_notice(session, a_charge(answer=an_answer(on=CLOSED_ON)))
        with pytest.raises(EnterpriseClosed) as refused:
            a_notice(session, a_charge(answer=an_answer(on=after)))
        assert "2026-06-30" in refused.value.detail.zh
        act = PermitAct(
            WATER_UNIT, "水保〔2026〕9 号", "水土保持方案批复", after, item_id=SOIL_ITEM
        )
        with pytest.raises(EnterpriseClosed):
            record_duty_act(
                session, plan_of(the_catalog()), REGION, USCC, act, today=TODAY, by=CLERK, now=LATER
            )
        # The open notice stays where it is, and is paid.
        a_query(session, open_notice)
        a_payment(session, open_notice)
        assert notice_of(session, REGION, open_notice.id).status == "paid"

    with any_store.write() as session:
        change(session, "restored", date(2026, 9, 1), document="撤销注销登记决定书", now=LATER)
        assert enterprise_of(session, USCC).status == "active"
        assert closing_of(session, USCC, date(2026, 8, 31)).change == "closed"
        for day, codes in ((after, ()), (date(2026, 8, 31), ()), (date(2026, 9, 1), (USCC,))):
            assert codes_on(session, day, LATER) == codes
        a_notice(session, a_charge(answer=an_answer(on=date(2026, 9, 1))))
        acts = select(TrailActRow.act).where(TrailActRow.subject == f"enterprise:{USCC}")
        told = set(session.scalars(acts))
    assert told >= {"close-enterprise", "restore-enterprise"}


def test_what_the_standing_or_the_day_does_not_allow_is_refused_and_nothing_is_kept(store):
    with store.write() as session:
        a_ready_notice(session)
        for kind, day, words in (
            ("closed", TODAY + timedelta(days=1), "在将来"),
            ("closed", date(2020, 5, 5), "2020-05-06"),  # registered on 6 May 2020
        ):
            with pytest.raises(StandingRefused) as refused:
                change(session, kind, day)
            assert words in refused.value.detail.zh
        with pytest.raises(StandingRefused):
            change(session, "closed", CLOSED_ON, document=" ")
        with pytest.raises(StandingNotMovable):
            change(session, "restored", CLOSED_ON)
        assert standing_changes(session, USCC) == ()
        kinds = ("revoked", "closed", "restored")
        for number, kind in enumerate(kinds):
            change(session, kind, CLOSED_ON + timedelta(days=number))
        with pytest.raises(StandingRefused):
            change(session, "closed", CLOSED_ON)  # before the restoring
        change(session, "closed", TODAY)
        for kind in ("closed", "revoked"):
            with pytest.raises(StandingNotMovable):
                change(session, kind, TODAY)
        rows = standing_changes(session, USCC)
        assert [row.change for row in rows] == [*kinds, "closed"]
        assert all(before.day <= then.day for before, then in pairwise(rows))
        early = datetime(2026, 1, 1, tzinfo=UTC)
        assert standing_changes(session, USCC, known_by=early) == ()
