"""The auditor that shares no code with us agrees with refunds, shares and settlements."""

from feeledger.auditor.program import audit_database
from feeledger.audits import audit_books
from feeledger.sharing.actions import keep_shares
from tests.builders import (
    NOW,
    REGION,
    a_paid_notice,
    a_paid_refund,
    a_place,
    a_settlement,
    a_share_rule,
    an_approved_refund,
    an_enterprise,
    reconcile_all,
)


def test_the_independent_auditor_finds_nothing_wrong_with_refunds_and_settlements(
    store, sqlite_url
):
    with store.write() as session:
        a_place(session)
        an_enterprise(session)
        a_share_rule(session)
        settled = a_paid_notice(session)
        before = a_paid_notice(session, trade_no="T2")
        a_paid_refund(session, before, "40.00")
        keep_shares(session, REGION, now=NOW)
        reconcile_all(session)
        a_settlement(session)
        a_paid_refund(session, settled, "140.00")
        an_approved_refund(session, before, "1.00")
        assert audit_books(session, REGION) == ()

    assert dict(audit_database(sqlite_url)) == {REGION: []}
