"""A schematic map of county units: a tile each, filled as far as their enterprises are audited.

It shows who lies beside whom, not borders or sizes: the cities stand about where they lie, their
counties in order of code. The very figures stand in the table below it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from feeledger.catalog.items import stem_of_region
from feeledger.errors import Text
from feeledger.quotas.list_queries import RegionCoverage
from feeledger.regions.reader import Region, Regions

# Rows from north to south, within them from west to east; "" is left free.
PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "130000": (
        "130700", "130800", "130300",
        "130600", "131000", "130200",
        "130100", "133100", "130900",
        "130500", "131100", "130000",
        "130400",
    ),
}  # fmt: skip
ACROSS: Final = 4
SIDE: Final = 100
ENDINGS: Final = ("自治县", "新区", "市", "区", "县")
SHORT_MOST: Final = 4
SHORT_MOST_EN: Final = 10
TILES_LEAST: Final = 2


@dataclass(frozen=True, slots=True)
class Tile:
    """One county unit; ``covered`` is None where the region is not open. Figures are in tile units."""

    code: str
    name: Text
    short: Text
    x: int
    y: int
    covered: RegionCoverage | None

    @property
    def filled(self) -> int:
        """How high it is filled, from the bottom."""
        return 0 if self.covered is None else self.covered.share.percent * SIDE // 100

    @property
    def says(self) -> Text:
        """Write what stands in it: its share, or that there is none to show."""
        if self.covered is None:
            return Text("—", "—")
        if not self.covered.share.of:
            return Text("无企业", "none")
        share = f"{self.covered.share.percent}%"
        return Text(share, share)

    @property
    def told(self) -> Text:
        """Tell it in words."""
        if self.covered is None:
            return Text(f"{self.name.zh}：未启用", f"{self.name.en}: not open")
        share = self.covered.share
        return Text(
            f"{self.name.zh}：{share.of} 户中已审核 {share.settled} 户（{share.percent}%）",
            f"{self.name.en}: {share.settled} of {share.of} audited ({share.percent}%)",
        )


@dataclass(frozen=True, slots=True)
class Block:
    """One city with the tiles of its county units."""

    code: str
    name: Text
    tiles: tuple[Tile, ...]

    @property
    def width(self) -> int:
        """How wide it is drawn."""
        return ACROSS * SIDE

    @property
    def height(self) -> int:
        """How high it is drawn."""
        return -(-len(self.tiles) // ACROSS) * SIDE


def map_of_coverage(
    regions: Regions, region: str, covered: Iterable[RegionCoverage], day: date
) -> tuple[Block, ...]:
    """Lay the county units at or below a region out by city; nothing where there are not two."""
    known = {each.region: each for each in covered}
    stem = stem_of_region(region)
    below = [row for row in regions.rows if row.code.startswith(stem) and row.valid_on(day)]
    parents = {row.code: row for row in regions.rows if row.valid_on(day) and row.level != "county"}
    groups: dict[str, list[Region]] = {}
    for row in below:
        # By whom a county settles with: 辛集 has a code of 石家庄 and belongs to the province.
        if row.level == "county" and row.parent.startswith(stem):
            groups.setdefault(row.parent, []).append(row)
        elif row.level != "county" and row.code in known:
            groups.setdefault(row.code, []).insert(0, row)  # its own level
    if sum(map(len, groups.values())) < TILES_LEAST:
        return ()
    order = _order(groups, region)
    return tuple(_block(parents[code], groups[code], known) for code in order)


def _order(groups: Mapping[str, Sequence[Region]], region: str) -> list[str]:
    placed = PLACES.get(region, ())
    rank = {code: at for at, code in enumerate(placed)}
    return sorted(groups, key=lambda code: (rank.get(code, len(rank)), code))


def _block(head: Region, rows: Sequence[Region], known: Mapping[str, RegionCoverage]) -> Block:
    tiles = tuple(
        Tile(
            row.code,
            row.name,
            _short(row, head),
            at % ACROSS * SIDE,
            at // ACROSS * SIDE,
            known.get(row.code),
        )
        for at, row in enumerate(rows)
    )
    return Block(head.code, head.name, tiles)


def _short(row: Region, head: Region) -> Text:
    """Name a region as its tile has room for; the city's own level is named as such."""
    if row.code == head.code:
        return Text("本级", "Own level")
    zh = row.name.zh
    ending = next((each for each in ENDINGS if zh.endswith(each)), "")
    plain = zh.removesuffix(ending)
    en = row.name.en.rsplit(" ", 1)[0] if " " in row.name.en else row.name.en
    cut = en if len(en) <= SHORT_MOST_EN else f"{en[: SHORT_MOST_EN - 1].rstrip()}…"
    # A name of one character keeps its ending (唐县, not 唐).
    return Text((plain if len(plain) > 1 else zh)[:SHORT_MOST], cut)
