"""The clock of the doors: the only place where feeledger reads the time.

Everything below a door gets "today" and "now" as arguments. The demonstration lives on a fixed
Beijing date: its days never move, only the time of day does.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")


def wall_time() -> datetime:
    """Give the machine's present instant, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """Business time: real, or of a fixed Beijing date (``fixed``) with the real time of day."""

    fixed: date | None = None
    source: Callable[[], datetime] = field(default=wall_time)

    def wall(self) -> datetime:
        """Give the real instant, for signatures and sessions only."""
        return self.source()

    def now(self) -> datetime:
        """Give the business instant, aware, in UTC."""
        real = self.source()
        if self.fixed is None:
            return real
        local = real.astimezone(BEIJING)
        return datetime.combine(self.fixed, local.timetz()).astimezone(UTC)

    def today(self) -> date:
        """Give the Beijing date of business."""
        return self.now().astimezone(BEIJING).date()
