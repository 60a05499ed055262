"""A yearly amount from a run to its publication and revision, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from feeledger.assessment.batches import start_run
from feeledger.assessment.run_queries import RunUnfinished
from feeledger.catalog.plan import plan_of
from feeledger.money import parse_amount
from feeledger.people.roles import SamePerson
from feeledger.quotas.actions import (
    audit_quota,
    correct_quota_line,
    publish_quota,
    revise_quota,
)
from feeledger.quotas.batches import audit_clear_quotas, draft_quotas, publish_quotas
from feeledger.quotas.bulk_actions import BulkAudit
from feeledger.quotas.queries import (
    quota_published_by,
    quota_read,
    quota_shown_to_payer,
    versions_of,
)
from feeledger.quotas.quota import (
    Announcement,
    Correction,
    NothingToPublish,
    PublicationDiffers,
    QuotaNotMovable,
    QuotaOpen,
    QuotaRunStale,
)
from feeledger.quotas.tables import AnnualQuotaRow
from tests.builders import CLERK, NOW, REGION, TODAY, a_region, an_edition, the_catalog
from tests.quotas.world import (
    AUDITOR,
    CLEAR,
    CODES,
    REFUSED,
    UNCHOSEN,
    UNKNOWN,
    YEAR,
    enter_enterprises,
    latest,
    run_and_draft,
    run_once,
    tell_facts,
)

PAPER = Announcement("演示日报", "2026-100", "演示公告〔2026〕5号", TODAY)
NEXT_PAPER = Announcement("演示日报", "2026-101", "演示公告〔2026〕6号", TODAY)
CLASS = Correction(
    "renewable-surcharge.other", parse_amount("190.00"), "按用户类别", "供电合同〔2026〕9号"
)


@pytest.fixture
def drafted(any_store):
    with any_store.write() as session:
        an_edition(session)
        a_region(session)
        enter_enterprises(session)
    ran = run_and_draft(any_store)
    assert (ran.drafted.year, ran.drafted.drafted, ran.drafted.unchanged) == (YEAR, 4, 0)
    return any_store


def test_from_a_run_to_publication_and_a_revision(drafted):
    store = drafted
    clear, open_one = latest(store, CLEAR), latest(store, UNCHOSEN)
    assert (clear.total_fen, clear.notice_fen, clear.open_lines) == (23_000, 23_000, 0)
    # The surcharge has no class yet: 26.00 + 5.00 stand, two lines are open.
    assert (open_one.total_fen, open_one.notice_fen, open_one.open_lines) == (3_100, 0, 2)
    assert (latest(store, UNKNOWN).stated, latest(store, REFUSED).refused) == (0, True)

    # Two persons: who drafted audits nothing; who audits leaves what is open.
    assert audit_clear_quotas(store, REGION, YEAR, by=CLERK, now=lambda: NOW) == BulkAudit(
        audited=0, open_lines=1, nothing_stated=1, refused=1, own=1
    )
    told = audit_clear_quotas(store, REGION, YEAR, by=AUDITOR, now=lambda: NOW)
    assert told == BulkAudit(audited=1, open_lines=1, nothing_stated=1, refused=1, own=0)

    with store.write() as session, pytest.raises(SamePerson):
        correct_quota_line(session, REGION, open_one.id, CLASS, by=CLERK, now=NOW)
    with store.write() as session:
        with pytest.raises(QuotaOpen):
            audit_quota(session, REGION, open_one.id, by=AUDITOR, now=NOW)
        row = correct_quota_line(session, REGION, open_one.id, CLASS, by=AUDITOR, now=NOW)
        # 190.00 + 26.00 + 5.00; the other class is settled by the choice.
        assert (row.total_fen, row.open_lines) == (22_100, 0)
        audit_quota(session, REGION, open_one.id, by=AUDITOR, now=NOW)
    for code in (UNKNOWN, REFUSED):
        with store.write() as session, pytest.raises(QuotaOpen):
            audit_quota(session, REGION, latest(store, code).id, by=AUDITOR, now=NOW)

    def publish(paper):
        return publish_quotas(store, REGION, YEAR, paper, today=TODAY, by=AUDITOR, now=lambda: NOW)

    assert publish(PAPER) == 2
    for paper in (PAPER, NEXT_PAPER):
        with pytest.raises(NothingToPublish):
            publish(paper)
    _revise(store, clear.id)
    assert [row.state for row in _versions(store, CLEAR)] == ["published", "revised"]
    with store.read() as session:  # what an enterprise was told on a day: the version of that day
        told = quota_published_by(session, REGION, CLEAR, YEAR, NOW)
        assert (told[0].version, told[0].total_fen, told[1].number) == (
            2,
            22_000,
            NEXT_PAPER.number,
        )
        before = NOW - timedelta(seconds=1)
        assert quota_published_by(session, REGION, CLEAR, YEAR, before) is None
    _draft_again(store)


def _revise(store, first):
    """Revise a published version by a correction; it stands until the new one is published."""
    fewer = Correction(
        "vehicle-certificate.licence", parse_amount("20.00"), "多报一本", "核查记录3号"
    )
    with store.write() as session:
        row = revise_quota(session, REGION, first, [fewer], by=CLERK, now=NOW)
        assert (row.version, row.state, row.total_fen) == (2, "draft", 22_000)
        assert quota_shown_to_payer(session, REGION, CLEAR, YEAR).id == first
        with pytest.raises(QuotaNotMovable):
            revise_quota(session, REGION, first, [fewer], by=AUDITOR, now=NOW)
        with pytest.raises(SamePerson):
            audit_quota(session, REGION, row.id, by=CLERK, now=NOW)
        audit_quota(session, REGION, row.id, by=AUDITOR, now=NOW)
        assert (row.state, row.total_fen) == ("audited", 22_000)
    wrong = Announcement(PAPER.medium, PAPER.number, "演示公告〔2026〕7号", TODAY)
    with store.write() as session:
        with pytest.raises(PublicationDiffers):
            publish_quota(session, REGION, row.id, wrong, today=TODAY, by=AUDITOR, now=NOW)
        publish_quota(session, REGION, row.id, NEXT_PAPER, today=TODAY, by=AUDITOR, now=NOW)


def _draft_again(store):
    """A later run makes new versions only where its figures or its open questions differ."""
    later = NOW + timedelta(hours=1)
    with store.write() as session:
        tell_facts(session, CLEAR, {"vehicle_licences": 4}, now=later)
    ran = run_and_draft(store, now=later)
    assert (ran.drafted.drafted, ran.drafted.unchanged) == (1, 3)
    assert [row.state for row in _versions(store, CLEAR)] == ["draft", "published", "revised"]
    with store.read() as session:
        old = quota_read(session, _versions(store, CLEAR)[2])
        # The old version is replayed by what its run knew: three licences, not four.
        assert (old.sheet.total_fen, old.sheet.differs) == (23_000, False)
    again = draft_quotas(
        store, plan_of(the_catalog()), region=REGION, run=ran.run, by=CLERK, now=lambda: later
    )
    assert (again.drafted, again.unchanged) == (0, 4)
    unfinished = start_unfinished(store)
    with pytest.raises(RunUnfinished):
        draft_quotas(
            store,
            plan_of(the_catalog()),
            region=REGION,
            run=unfinished,
            by=CLERK,
            now=lambda: later,
        )
    run = run_once(store, now=NOW + timedelta(minutes=1))
    with pytest.raises(QuotaRunStale):
        draft_quotas(
            store, plan_of(the_catalog()), region=REGION, run=run, by=CLERK, now=lambda: later
        )


def start_unfinished(store):
    with store.write() as session:
        plan = plan_of(the_catalog())
        return start_run(session, plan, region=REGION, on=TODAY, by=CLERK, now=NOW).id


def test_the_database_holds_what_the_code_holds(drafted):
    row = latest(drafted, CLEAR)
    for values in (
        {"state": "audited", "audited_by": CLERK, "audited_at": NOW},
        {"state": "published"},
        {"version": 7},
        {"run": 1},
    ):
        with pytest.raises(DBAPIError), drafted.write() as session:
            session.execute(
                update(AnnualQuotaRow)
                .where(AnnualQuotaRow.region == REGION, AnnualQuotaRow.id == row.id)
                .values(**values)
            )
    audit_clear_quotas(drafted, REGION, YEAR, by=AUDITOR, now=lambda: NOW)
    for statement in (
        "UPDATE annual_quota SET total_fen = total_fen + 1 WHERE state = 'audited'",
        "DELETE FROM annual_quota",
    ):
        with pytest.raises(DBAPIError), drafted.write() as session:
            session.execute(text(statement))


def _versions(store, uscc):
    with store.read() as session:
        return versions_of(session, REGION, uscc, YEAR)


@pytest.mark.postgresql
def test_bulk_steps_at_once_neither_cross_nor_double(pg_store):
    with pg_store.write() as session:
        an_edition(session)
        a_region(session)
        enter_enterprises(session)
    run = run_once(pg_store)
    plan = plan_of(the_catalog())

    def draft():
        draft_quotas(pg_store, plan, region=REGION, run=run, by=CLERK, now=lambda: NOW)

    def audit_and_publish():
        audit_clear_quotas(pg_store, REGION, YEAR, by=AUDITOR, now=lambda: NOW)
        with suppress(NothingToPublish):  # the other one was first
            publish_quotas(pg_store, REGION, YEAR, PAPER, today=TODAY, by=AUDITOR, now=lambda: NOW)

    at_once(draft, draft)
    at_once(audit_and_publish, audit_and_publish)
    states = {code: [row.state for row in _versions(pg_store, code)] for code in CODES}
    assert states == {
        CLEAR: ["published"],
        UNCHOSEN: ["draft"],
        UNKNOWN: ["draft"],
        REFUSED: ["draft"],
    }


def at_once(*works):
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(work) for work in works]:
            done.result()
