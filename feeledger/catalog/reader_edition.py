"""What an edition says of itself: its id and kind, its publication, its gaps."""

import re
from datetime import date
from typing import get_args

from feeledger.catalog.items import Edition, Kind, UnlistedEnding
from feeledger.catalog.reader_parts import Known, read_document
from feeledger.catalog.values import Section, Value
from feeledger.codes import spans_of_division
from feeledger.errors import Text

EDITION_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
DAY_OR_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?")
PUBLICATION_KEYS = ("medium", "number", "document", "published_on", "author", "reviewer")
UNKNOWN_DAY = date(1, 1, 1)


def blank_edition() -> Edition:
    """Give what stands in for an edition that could not be read."""
    blank = Text("", "")
    return Edition("", "compilation", blank, "", UNKNOWN_DAY, (), "")


def read_edition(value: Value, known: Known) -> Edition:
    """Read the edition; a publication names medium, number, date, 文号 and two people."""
    section = value.section()
    province = section.need("province")
    code = province.text()
    if code and not (code.endswith("0000") and spans_of_division(code)):
        province.refuse("region-unknown", code)
    kind: Kind = section.need("kind").choice(get_args(Kind))  # type: ignore[assignment]
    notice = section.maybe("notice").pair() if section.has("notice") else None
    edition = Edition(
        id=section.need("id").name(EDITION_ID),
        kind=kind,
        title=section.need("title").pair(),
        province=code,
        compiled_on=section.need("compiled_on").day() or UNKNOWN_DAY,
        gaps=tuple(each.pair() for each in section.maybe("gaps").each()),
        sha256="",
        notice=notice,
        unlisted=tuple(_read_unlisted(e, known) for e in section.maybe("unlisted_endings").each()),
        medium=section.maybe("medium").text(),
        number=section.maybe("number").text(),
        document=section.maybe("document").text(),
        published_on=section.maybe("published_on").day(),
        author=section.maybe("author").text(),
        reviewer=section.maybe("reviewer").text(),
    )
    section.close()
    _judge_kind(value, section, edition)
    return edition


def _judge_kind(value: Value, section: Section, edition: Edition) -> None:
    """Judge what a publication must have, or what a compilation must not claim."""
    if section.void:
        return
    if edition.kind == "publication":
        _judge_publication(value, section, edition)
        return
    for key in ("medium", "number", "document", "published_on"):
        if section.has(key):
            section.need(key).refuse("publication-data-misplaced", key)
    if edition.notice is None:
        value.refuse("notice-missing")


def _judge_publication(value: Value, section: Section, edition: Edition) -> None:
    """Refuse a publication that is incomplete or reviewed by its author."""
    for key in PUBLICATION_KEYS:
        if not section.has(key):
            value.refuse("publication-incomplete", key)
    if edition.author and edition.author.casefold() == edition.reviewer.casefold():
        section.need("reviewer").refuse("author-is-reviewer", edition.reviewer)


def _read_unlisted(value: Value, known: Known) -> UnlistedEnding:
    """Read one notice whose list of ended charges was not readable."""
    section = value.section()
    document = section.maybe("document")
    found = UnlistedEnding(
        day=section.need("day").name(DAY_OR_MONTH),
        what=section.need("what").pair(),
        item_list=section.need("item_list").pair(),
        document=None if document.void else read_document(document, known) or None,
        source=section.need("source").listed(known.sources, "source-unknown"),
    )
    section.close()
    return found
