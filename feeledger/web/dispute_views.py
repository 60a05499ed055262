"""What sources say of facts, in words: side by side where they disagree, and all that was ever said."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from feeledger.catalog.items import Catalog
from feeledger.enterprises.queries import facts_on, words_about, words_on
from feeledger.enterprises.tables import EnterpriseFactRow, EnterpriseRow
from feeledger.errors import Language, Text
from feeledger.web.lookup_views import FACT_SOURCES, FactShown, shown_fact
from feeledger.web.region_choices import name_of_region


@dataclass(frozen=True, slots=True)
class Disputed:
    """A fact on which sources disagree: what each says, what stands first."""

    label: Text
    words: tuple[FactShown, ...]


@dataclass(frozen=True, slots=True)
class WordOnce:
    """One thing that was ever said of a fact; ``value`` None where it was withdrawn."""

    row: EnterpriseFactRow
    value: str | None
    source: Text
    stands: bool


def disputed_facts(
    session: Session, payer: EnterpriseRow, catalog: Catalog, day: date, language: Language
) -> list[Disputed]:
    """Give the facts of an enterprise on which sources disagree in its home region."""
    region, uscc = payer.home_region, payer.uscc
    place = name_of_region(region, day)
    found = []
    for held, disagree in words_on(session, region, uscc, day).values():
        if disagree:
            words = tuple(shown_fact(each, place, catalog, language) for each in held)
            found.append(Disputed(words[0].label, words))
    return found


def all_said(session: Session, region: str, uscc: str, name: str, day: date) -> list[WordOnce]:
    """Give all that was ever said of a fact, the latest knowledge first, and which stands on a day."""
    standing = facts_on(session, region, uscc, day).get(name)
    return [
        WordOnce(
            row,
            row.value if row.value is None else row.value.strip('"'),
            FACT_SOURCES.get(row.source, Text(row.source, row.source)),
            standing is not None and standing.id == row.id,
        )
        for row in words_about(session, region, uscc, name)
    ]
