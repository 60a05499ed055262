"""R-F3: evidence for another account is on file before the approval, kept once, and never changed."""

from hashlib import sha256
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from feeledger.audits import audit_books
from feeledger.errors import FeeLedgerError
from feeledger.files import FILE_SIZE_MAX, FileNotAccepted, Upload
from feeledger.people.roles import SamePerson
from feeledger.refunds.actions import (
    approve_refund,
    attach_refund_files,
    reject_refund,
    verify_refund,
)
from feeledger.refunds.evidence_actions import RefundEvidenceMissing
from feeledger.refunds.evidence_queries import RefundFileUnknown, file_of_refund, files_of_refund
from feeledger.refunds.refund import RefundNotMovable
from feeledger.refunds.tables import RefundFileRow
from feeledger.unmatched.arrival import Payer
from feeledger.unmatched.claim_actions import Proposal, audit_claim, book_claim, propose_claim
from tests.builders import (
    EVIDENCE,
    NOW,
    REGION,
    a_hand,
    a_notice,
    a_paid_notice,
    a_payment,
    a_place,
    a_query,
    an_applied_refund,
    an_enterprise,
    the_calendar,
)
from tests.unmatched.books import a_receipt

OTHER = {"to_account": "6333", "to_name": "承继企业", "evidence": "合并公告〔2026〕2号"}
DOING = {"calendar": the_calendar()}


def attach(session, refund, *uploads, by="water:one"):
    return attach_refund_files(session, REGION, refund, uploads, hand=a_hand(by))


def png(number):
    return Upload(f"{number}.png", b"\x89PNG\r\n\x1a\n" + str(number).encode())


def test_r_f3_without_its_evidence_on_file_no_other_account_is_approved(placed):
    with placed.write() as session:
        notice = a_paid_notice(session)
        row = an_applied_refund(session, notice, files=(), files_later=True, **OTHER)
        verify_refund(session, REGION, row.id, hand=a_hand("water:one"), **DOING)
        with pytest.raises(RefundEvidenceMissing):
            approve_refund(session, REGION, row.id, hand=a_hand("reviewer:1"), **DOING)

        assert attach(session, row.id, EVIDENCE, EVIDENCE) == 1  # the same content is one file
        assert attach(session, row.id, Upload("换名.pdf", EVIDENCE.content)) == 0  # sent again
        (kept,) = files_of_refund(session, REGION, row.id)
        assert (kept.name, kept.sha256) == ("证明.pdf", sha256(EVIDENCE.content).hexdigest())
        assert file_of_refund(session, REGION, row.id, 1).content == EVIDENCE.content
        with pytest.raises(RefundFileUnknown):
            file_of_refund(session, REGION, row.id, 2)

        for upload in (
            Upload("大.pdf", b"%PDF-" + bytes(FILE_SIZE_MAX - 4)),  # one byte too many
            Upload("空.pdf", b""),
            Upload("病毒.pdf", b"MZ\x90\x00"),
            Upload("页.pdf", b"<html><script>"),
        ):
            with pytest.raises(FileNotAccepted):
                attach(session, row.id, EVIDENCE, upload)
        with pytest.raises(FileNotAccepted):
            attach(session, row.id)
        for first in range(0, 15, 5):  # 1 + 15 = 16 of the 20 that a refund may have
            attach(session, row.id, *(png(n) for n in range(first, first + 5)))
        with pytest.raises(FileNotAccepted):
            attach(session, row.id, *(png(n) for n in range(100, 105)))
        assert len(files_of_refund(session, REGION, row.id)) == 16

        for reviewer in ("reviewer:1", "reviewer:2"):
            approve_refund(session, REGION, row.id, hand=a_hand(reviewer), **DOING)
        assert row.state == "finance_approved"
        with pytest.raises(RefundNotMovable):  # decided: what it was decided on is closed
            attach(session, row.id, png(200))
    for statement in ("UPDATE refund_file SET name = 'x'", "DELETE FROM refund_file"):
        with pytest.raises(DBAPIError), placed.write() as session:
            session.execute(text(statement))


def test_r_f3_where_the_account_that_paid_is_not_certain_two_approve(store):
    """The bank told none; or a claim took 100.00 and 40.00 in from two accounts."""
    with store.write() as session:
        a_place(session)
        an_enterprise(session)
        untold, mixed = a_notice(session), a_notice(session)
        a_query(session, untold)
        a_payment(session, untold).receipt()
        came = [
            a_receipt(session, serial, amount=amount, payer=Payer("演示商行", account)).id
            for serial, amount, account in (("T8", "100.00", "6222-1"), ("T9", "40.00", "6222-2"))
        ]
        proposal = Proposal(tuple(came), (mixed.pay_code,), "两笔合缴")
        claim = propose_claim(session, REGION, proposal, by="clerk:1", now=NOW)
        told = {"reason": "核对无误", "by": "reviewer:1", "now": NOW}
        audit_claim(session, REGION, claim, payer_confirmed=True, **told)
        book_claim(session, REGION, claim, by="clerk:1", now=NOW)

        for notice in (untold, mixed):
            row = an_applied_refund(session, notice, **OTHER)
            verify_refund(session, REGION, row.id, hand=a_hand("water:one"), **DOING)
            approve_refund(session, REGION, row.id, hand=a_hand("reviewer:1"), **DOING)
            assert (row.account_kind, row.state) == ("evidenced", "unit_verified")
            with pytest.raises(SamePerson):
                approve_refund(session, REGION, row.id, hand=a_hand("reviewer:1"), **DOING)
            approve_refund(session, REGION, row.id, hand=a_hand("reviewer:2"), **DOING)
            assert row.state == "finance_approved"
        assert audit_books(session, REGION) == ()


@pytest.mark.postgresql
def test_r_f3_an_upload_beside_the_decision_is_before_it_or_refused(pg_store):
    """Four refunds, each rejected while the same two files are sent to it three times over."""
    with pg_store.write() as session:
        a_place(session)
        an_enterprise(session)
        notice = a_paid_notice(session)
        refunds = [an_applied_refund(session, notice, "1.00").id for _ in range(4)]
    gate, told = Barrier(4), []

    def upload(refund):
        def work(session):
            return attach(session, refund, png(1), png(2))

        told.append((refund, _answer(pg_store, work)))

    def decide(refund):
        def work(session):
            hand = a_hand("reviewer:1", reason="不符")
            return reject_refund(session, REGION, refund, hand=hand, **DOING).state

        _answer(pg_store, work)

    def run(do, refund):
        gate.wait(20)
        do(refund)

    for refund in refunds:
        threads = [Thread(target=run, args=(upload, refund)) for _ in range(3)]
        threads.append(Thread(target=run, args=(decide, refund)))
        for each in threads:
            each.start()
        for each in threads:
            each.join(30)
    with pg_store.read() as session:
        for refund in refunds:
            answers = [answer for number, answer in told if number == refund]
            assert set(answers) <= {2, 0, "refund-not-movable"}
            assert answers.count(2) <= 1
            kept = files_of_refund(session, REGION, refund)
            assert len(kept) == 2 * answers.count(2)
            decided = session.execute(
                text("SELECT at FROM refund_move WHERE refund = :r AND event = 'reject'"),
                {"r": refund},
            ).all()
            assert len(decided) == 1
        assert session.scalars(select(RefundFileRow.file_no)).all().count(3) == 0


def _answer(store, work):
    try:
        return store.attempt(work)
    except FeeLedgerError as refused:
        return refused.code
