"""What every background job works with: the desk, and going through regions one by one.

One transaction touches one region, and a region that fails does not stop the others.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from feeledger.clock import Clock
from feeledger.regions.queries import open_regions
from feeledger.settings import Settings
from feeledger.store import Store

log = structlog.get_logger()


class JobFailed(Exception):
    """A job could not be done everywhere; each failure was logged where it happened."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a job works with."""

    store: Store
    clock: Clock
    settings: Settings


def in_each_region(desk: Desk, work: Callable[[Session, str], int]) -> int:
    """Do work in every open region, each in a transaction of its own; give what it came to.

    Raises JobFailed at the end where a region failed.
    """
    return across_regions(
        open_codes(desk),
        lambda region: desk.store.retry(lambda session: work(session, region)),
    )


def across_regions(regions: list[str], work: Callable[[str], int]) -> int:
    """Do work region by region; one that fails is logged and stops no other. Raises JobFailed."""
    done, failed = 0, []
    for region in regions:
        try:
            done += work(region)
        except Exception:
            log.exception("job-failed-in-region", region=region)
            failed.append(region)
    if failed:
        raise JobFailed(", ".join(failed))
    return done


def open_codes(desk: Desk) -> list[str]:
    """Give the codes of the open regions."""
    with desk.store.read() as session:
        return [row.code for row in open_regions(session)]


def codes_with_books(desk: Desk) -> list[str]:
    """Give the codes of the regions whose book is open."""
    from feeledger.ledger.queries import regions_with_books

    with desk.store.read() as session:
        return list(regions_with_books(session))
