"""Bringing one notice's voucher up to date when somebody looks at it, and what its page shows."""

from feeledger.doors import key_ring, kit
from feeledger.vouchers.actions import Round, follow_vouchers


def follow_notice(region: str, notice: int) -> None:
    """Bring the voucher of one notice as far as the notice has come."""
    clock, ring = kit().clock, key_ring()
    asked = Round(ring, clock.today(), clock.now(), (notice,))
    kit().store.retry(lambda session: follow_vouchers(session, region, asked))
