"""A file of facts as it is offered, and what a look at it found. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from feeledger.catalog.items import Catalog
from feeledger.errors import Fault
from feeledger.intake.checking import Defaults

Watch = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Offer:
    """A file as it is offered: its name, what is said with it, and whether its bytes are kept.

    ``valid_to`` is the first day on which the facts no longer hold.
    """

    name: str
    source: str
    said_by: str | None = None
    document: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    keep_content: bool = False

    @property
    def defaults(self) -> Defaults:
        """What rows that say nothing of their own take from the file."""
        return Defaults(self.valid_from, self.valid_to, self.document)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The bytes of a file, and the catalog it is read by; ``watch`` is told the lines read.

    ``lines_max`` bounds what a door with little time takes.
    """

    catalog: Catalog
    file: BinaryIO
    watch: Watch | None = None
    lines_max: int | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file holds: its digest, lines, enterprises, facts told, and every fault."""

    sha256: str
    size: int
    lines: int
    enterprises: int
    told: int
    faults: tuple[Fault, ...]
