"""What goes with what: suggestions for claims, lists of claims, ages; the same on both databases."""

from datetime import timedelta

from feeledger.unmatched.ageing import BANDS, band_of
from feeledger.unmatched.ageing_queries import figures_by_age
from feeledger.unmatched.claim_list_queries import claim_seen, find_claims, total_of_claims
from feeledger.unmatched.draft_queries import (
    NoticesSought,
    draft_of,
    notices_sought,
    notices_suggested,
    receipts_suggested,
)
from tests.builders import NOW, REGION, TODAY, USCC
from tests.unmatched.books import Payer, a_receipt
from tests.unmatched.test_claims import a_licence_notice, audit, propose


def test_r_u4_every_age_has_its_band_and_the_bands_leave_no_gap():
    edges = {0: 0, 7: 0, 8: 8, 30: 8, 31: 31, 90: 31, 91: 91, 180: 91, 181: 181, 365: 181, 366: 366}
    assert {days: band_of(days).least for days in edges} == edges
    assert [band.least for band in BANDS if band.is_old] == [366, 181, 91, 31]


def test_what_fits_is_offered_and_claims_are_listed_as_they_stand(any_store, notice):
    """20.00 of one other notice; the receipt of 140.00 names nobody, that of 20.00 the code."""
    with any_store.write() as session:
        other = a_licence_notice(session, 2)
        nobody = a_receipt(session, "NOBODY", payer=Payer()).id
        named = a_receipt(
            session, "NAMED", amount="20.00", pay_code=other.pay_code,
            arrived_at=NOW - timedelta(days=40),
        ).id  # fmt: skip
        draft = draft_of(session, REGION, [nobody, 1], [])
        (offered,) = notices_suggested(session, REGION, draft)
        assert (offered.row.id, offered.fits, offered.same_payer) == (notice.id, True, False)
        draft = draft_of(session, REGION, [named], [])
        first, second = notices_suggested(session, REGION, draft)
        assert (first.row.id, first.fits, first.named, first.same_payer) == (
            other.id,
            True,
            True,
            True,
        )
        assert (second.row.id, second.fits, second.same_payer) == (notice.id, False, True)
        sought = notices_sought(session, REGION, draft, NoticesSought(text=USCC.lower()))
        assert [one.row.id for one in sought] == [other.id, notice.id]
        draft = draft_of(session, REGION, [named], [notice.pay_code])
        assert (str(draft.missing), draft.takes_notice) == ("120.00", True)
        assert receipts_suggested(session, REGION, draft) == ()  # no free receipt fits
        figures = {
            one.band.least: str(one.total) for one in figures_by_age(session, REGION, today=TODAY)
        }
        assert figures == {
            366: "0.00",
            181: "0.00",
            91: "0.00",
            31: "20.00",
            8: "0.00",
            0: "140.00",
        }

        claim = propose(session, [nobody], [notice.pay_code])
        assert [
            one.state for one in find_claims(session, REGION, "proposed", limit=9, offset=0)
        ] == ["proposed"]
        audit(session, claim, confirmed=True)
        assert total_of_claims(session, REGION, "proposed")[0] == 0
        seen = claim_seen(session, REGION, claim)
        assert (seen.state, len(seen.receipts), str(seen.notices[0].payable)) == (
            "audited",
            1,
            "140.00",
        )
