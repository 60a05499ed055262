"""The canonical forms that are hashed and signed: an entry, a block, a day (docs/proof.md).

A form is a JSON object as RFC 8785 writes it: keys in order, no blanks, UTF-8. Every value is a
text, a list, an object or null, never a number, so that any language writes the same bytes. A
form never changes; a new one gets a new name.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from feeledger.ledger.merkle import hash_leaf
from feeledger.signatures import canonical_bytes

ENTRY_FORM: Final = "feeledger-entry-1"
RECORDED_ENTRY_FORM: Final = "feeledger-entry-2"
RECORD_FORM: Final = "feeledger-record-1"
BLOCK_FORM: Final = "feeledger-block-1"
DAY_FORM: Final = "feeledger-day-1"
RECEIPT_FORM: Final = "feeledger-receipt-1"
NOTHING_BEFORE: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Bound:
    """What the seal binds of an entry besides its postings: the payment it books, the record behind it.

    ``record`` is the digest of a ``feeledger-record-1``; "" where no record stands behind an entry.
    ``earlier`` is that of the same record as it was sealed before more was bound; "" where that is one.
    """

    payment: Mapping[str, str] | None = None
    record: str = ""
    earlier: str = ""


NOTHING_BOUND: Final = Bound()


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry with its postings (debit, credit, fen) in order of leg, and what else is bound of it."""

    region: str
    id: int
    day: date
    kind: str
    subject: str
    reason: str
    reverses: int | None
    posted_at: datetime
    postings: Sequence[tuple[str, str, int]]
    bound: Bound = NOTHING_BOUND

    def document(self) -> dict[str, Any]:
        """Give the form of the entry: with its record where one stands behind it."""
        return self._recorded(self.bound.record)

    def as_sealed(self, leaf: bytes) -> dict[str, Any] | None:
        """Give the form that a leaf was made of; None where it was made of none.

        What was sealed before records were bound has the plain form (decision 0018), what was sealed
        before they bound as much the earlier record.
        """
        forms = (self.document(), self._recorded(self.bound.earlier), self._plain())
        return next((form for form in forms if hash_leaf(canonical_bytes(form)) == leaf), None)

    def _recorded(self, record: str) -> dict[str, Any]:
        form = {"form": RECORDED_ENTRY_FORM, "record": record}
        return self._plain() | (form if record else {})

    def _plain(self) -> dict[str, Any]:
        payment = self.bound.payment
        return {
            "form": ENTRY_FORM,
            "region": self.region,
            "entry": str(self.id),
            "day": self.day.isoformat(),
            "kind": self.kind,
            "subject": self.subject,
            "reason": self.reason,
            "reverses": None if self.reverses is None else str(self.reverses),
            "posted_at": instant_text(self.posted_at),
            "postings": [[debit, credit, str(fen)] for debit, credit, fen in self.postings],
            "payment": None if payment is None else dict(payment),
        }

    def leaf(self) -> bytes:
        """Give the entry's leaf in the tree of its block."""
        return hash_leaf(canonical_bytes(self.document()))


@dataclass(frozen=True, slots=True)
class BlockHead:
    """What a block says of itself: its place in the region's chain and the root of its entries."""

    region: str
    number: int
    day: date
    entries: int
    previous: str
    root: str
    made_at: datetime

    def document(self) -> dict[str, Any]:
        """Give the form of the block."""
        return {
            "form": BLOCK_FORM,
            "region": self.region,
            "number": str(self.number),
            "day": self.day.isoformat(),
            "entries": str(self.entries),
            "previous": self.previous,
            "root": self.root,
            "made_at": instant_text(self.made_at),
        }

    def hash(self) -> str:
        """Give the block's hash, which the next one carries."""
        return hash_of_form(self.document())


@dataclass(frozen=True, slots=True)
class DayHead:
    """What is signed of a closed day: the root over its blocks, and the day signed before it."""

    region: str
    day: date
    blocks: int
    entries: int
    previous: str
    root: str
    signed_at: datetime
    key: str

    def document(self) -> dict[str, Any]:
        """Give the form of the day; its canonical bytes are what is signed."""
        return {
            "form": DAY_FORM,
            "region": self.region,
            "day": self.day.isoformat(),
            "blocks": str(self.blocks),
            "entries": str(self.entries),
            "previous": self.previous,
            "root": self.root,
            "signed_at": instant_text(self.signed_at),
            "key": self.key,
        }

    def hash(self) -> str:
        """Give the day's hash, which the next signed day carries."""
        return hash_of_form(self.document())


def record_hash(kind: str, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Give the digest of a record: the kind of its entry, and its rows by table, each by column."""
    told = {
        name: [{column: text_of(value) for column, value in row.items()} for row in rows]
        for name, rows in tables.items()
    }
    return hash_of_form({"form": RECORD_FORM, "kind": kind, "tables": told})


def text_of(value: Any) -> str | None:
    """Write a value of a row as a record holds it: everything is a text, or null."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) else canonical_bytes(value).decode()


def hash_of_form(document: Any) -> str:
    """Give the SHA-256 of a form, in hexadecimal."""
    return hashlib.sha256(canonical_bytes(document)).hexdigest()


def leaf_of_block(block_hash: str) -> bytes:
    """Give a block's leaf in the tree of its day: its 32 bytes, hashed as a leaf."""
    return hash_leaf(bytes.fromhex(block_hash))


def instant_text(instant: datetime) -> str:
    """Write an instant in UTC to the microsecond, as ``2026-11-24T02:00:00.000000Z``."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
