"""Background jobs of the books: seal, sign, close; shares, vouchers, and what banks' statements told."""

from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from feeledger.commands.job_desk import Desk, across_regions, codes_with_books, in_each_region

VOUCHERS_LOOKED_BACK: Final = timedelta(days=90)
CLOCK: Final = "clock"  # who acts where nobody does


def seal_all(desk: Desk) -> int:
    """Seal what is committed and has no seal, in every region; give how many entries."""
    from feeledger.audits import bound_by_seal
    from feeledger.ledger.sealing import seal_region

    return across_regions(
        codes_with_books(desk),
        lambda region: seal_region(
            desk.store, region, particulars=bound_by_seal, now=desk.clock.now()
        ),
    )


def sign_all(desk: Desk) -> int:
    """Sign the closed days whose entries are all sealed; give how many.

    Raises SealKeyMissing where there is a day to sign and no key.
    """
    from feeledger.commands.seal_key import key_of_settings
    from feeledger.ledger.day_sealing import days_to_sign, sign_day

    def sign(region: str) -> int:
        with desk.store.read() as session:
            days = days_to_sign(session, region)
        key, signed = key_of_settings(desk.settings) if days else None, 0
        for day in days:
            if key is not None:
                signed += desk.store.retry(
                    lambda session, day=day: sign_day(  # type: ignore[misc]  # bound here
                        session, region, day, key=key, now=desk.clock.now()
                    )
                )
        return signed

    return across_regions(codes_with_books(desk), sign)


def close_all(desk: Desk) -> int:
    """Close, after midnight in Beijing, every book's day that is over; give how many.

    The next ledger day is today, whatever lies between: what came meanwhile was posted on the day
    that stood open. A day that a person closed early, opening tomorrow, is left alone. Notices
    whose last day is over expire with it.
    """
    from feeledger.ledger.actions import close_day
    from feeledger.ledger.queries import open_day_of
    from feeledger.notices.actions import expire_notices

    today, now = desk.clock.today(), desk.clock.now()

    def close(session: Session, region: str) -> int:
        day = open_day_of(session, region)
        if day is None or day >= today:
            return 0
        close_day(session, region, day, next_day=today, by=CLOCK, now=now)
        expire_notices(session, region, today=today, now=now)
        return 1

    return across_regions(
        codes_with_books(desk),
        lambda region: desk.store.retry(lambda session: close(session, region)),
    )


def keep_all_shares(desk: Desk) -> int:
    """Keep the shares of paid lines that have a rule and none yet (R-M6); give how many lines."""
    from feeledger.sharing.actions import keep_shares

    def keep(region: str) -> int:
        kept = 0
        while found := desk.store.retry(
            lambda session: keep_shares(session, region, now=desk.clock.now())
        ):
            kept += found
        return kept

    return across_regions(codes_with_books(desk), keep)


def follow_all_vouchers(desk: Desk) -> int:
    """Bring vouchers after their notices: number, sign, complete, write off; give how many moved."""
    from feeledger.signatures import read_key_ring
    from feeledger.vouchers.actions import Round, follow_vouchers

    today, ring = desk.clock.today(), read_key_ring(desk.settings.signing_keys)
    asked = Round(ring, today, desk.clock.now(), since=today - VOUCHERS_LOOKED_BACK)

    def follow(region: str) -> int:
        moved = 0
        while step := desk.store.retry(
            lambda session: follow_vouchers(session, region, asked).moved
        ):
            moved += step
        return moved

    return across_regions(codes_with_books(desk), follow)


def meet_all_flows(desk: Desk) -> int:
    """Let money that a statement brought meet payments confirmed since; give how many met."""
    from feeledger.unmatched.flow_actions import meet_later_payments

    now = desk.clock.now()
    return in_each_region(
        desk, lambda session, region: meet_later_payments(session, region, now=now)
    )


def judge_statements(desk: Desk) -> int:
    """Hold the banks' statements that came by message against our payments; give how many."""
    from feeledger.reconciliation.request_batches import judge_waiting

    return across_regions(
        codes_with_books(desk),
        lambda region: judge_waiting(desk.store, region, desk.clock.now),
    )
