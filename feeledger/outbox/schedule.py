"""When an attempt that failed is made again: docs/webhooks.md shows the same table.

Eight attempts within 41 h 21 min; then the delivery has failed, is shown as such, and goes on only
when an officer sends it again.
"""

from datetime import datetime, timedelta
from typing import Final

WAITS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
)
LEASE: Final = timedelta(minutes=2)  # longer than any attempt lasts: then it is due again


def next_attempt(retries: int, now: datetime) -> datetime | None:
    """Say when to try again after the attempt that followed so many retries; None: never."""
    return now + WAITS[retries] if retries < len(WAITS) else None
