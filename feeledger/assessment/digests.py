"""The one digest of a run: the SHA-256 of its canonical export, wherever its lines are kept.

Head, counts, then the lines by enterprise and line. Neither a run's number nor an instant is in it,
nor which engine worked it out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from json import JSONEncoder
from operator import itemgetter
from typing import Any, Final

Line = Sequence[Any]
_ENCODER: Final = JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class RunHead:
    """What a run is about, and how many enterprises it went through and refused."""

    region: str
    on: str
    edition: str
    enterprises: int
    refused: int


def digest_of_export(
    head: RunHead, counts: Iterable[Sequence[object]], lines: Iterable[Line]
) -> str:
    """Digest a run; counts in order, lines in order of enterprise (uscc first, line second)."""
    digest = sha256()
    for text in _export(head, counts, lines):
        digest.update(text.encode())
        digest.update(b"\n")
    return digest.hexdigest()


def digest_of_parts(region: str, on: str, edition: str, parts: Iterable[tuple[str, str]]) -> str:
    """Digest a run of many regions: each region, in order of code, with the digest of its part."""
    digest = sha256()
    for each in ({"region": region, "on": on, "edition": edition}, *map(list, sorted(parts))):
        digest.update(_canonical(each).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _export(
    head: RunHead, counts: Iterable[Sequence[object]], lines: Iterable[Line]
) -> Iterator[str]:
    yield _canonical(
        {
            "region": head.region,
            "on": head.on,
            "edition": head.edition,
            "enterprises": head.enterprises,
            "refused": head.refused,
        }
    )
    for count in counts:
        yield _canonical(list(count))
    # The lines of one enterprise are put in order here: databases order "." and "-" differently.
    held: list[Line] = []
    for line in lines:
        if held and held[0][0] != line[0]:
            yield from _written(held)
            held = []
        held.append(line)
    yield from _written(held)


def _written(lines: list[Line]) -> Iterator[str]:
    for line in sorted(lines, key=itemgetter(0, 1)):
        yield _canonical(list(line))


def _canonical(value: object) -> str:
    return _ENCODER.encode(value)
