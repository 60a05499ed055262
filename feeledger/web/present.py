"""What is so at present: the day of business, and the catalog edition that answers."""

from datetime import date

from feeledger.catalog.items import Catalog
from feeledger.catalog.queries import edition_in_use
from feeledger.doors import kit


def today() -> date:
    """Give the Beijing date of business."""
    return kit().clock.today()


def catalog_in_use() -> Catalog:
    """Give the catalog edition that answers.

    Raises what ``edition_in_use`` raises where none was published yet.
    """
    with kit().store.read() as session:
        return edition_in_use(session)
