"""How long money has lain unmatched, in bands of days since it came (R-U4: over 30 days is old)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from feeledger.errors import Text
from feeledger.money import Money
from feeledger.unmatched.receipt import OLD_AFTER_DAYS


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Receipts that came from ``least`` to ``most`` days ago; None: however long."""

    least: int
    most: int | None

    @property
    def name(self) -> Text:
        """The band in words."""
        if self.most is None:
            return Text(f"{self.least - 1} 天以上", f"more than {self.least - 1} days")
        return Text(f"{self.least}–{self.most} 天", f"{self.least} to {self.most} days")

    @property
    def is_old(self) -> bool:
        """Say whether the bureau has to look at it every day (R-U4)."""
        return self.least > OLD_AFTER_DAYS

    def since(self, today: date) -> date | None:
        """Give the first bank day of the band; None where it has none."""
        return None if self.most is None else today - timedelta(days=self.most)

    def until(self, today: date) -> date:
        """Give the last bank day of the band."""
        return today - timedelta(days=self.least)


@dataclass(frozen=True, slots=True)
class AgeFigure:
    """How many receipts a band holds, and what they come to."""

    band: AgeBand
    count: int
    total: Money


# The oldest first: that is where people begin.
BANDS: Final[Sequence[AgeBand]] = (
    AgeBand(366, None),
    AgeBand(181, 365),
    AgeBand(91, 180),
    AgeBand(OLD_AFTER_DAYS + 1, 90),
    AgeBand(8, OLD_AFTER_DAYS),
    AgeBand(0, 7),
)


def band_of(days: int) -> AgeBand:
    """Give the band of an age; money whose day is still to come counts as come today."""
    return next(band for band in BANDS if max(days, 0) >= band.least)
