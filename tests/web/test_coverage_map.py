"""The map of county units: each once, about where it lies, told in words; nothing for one unit alone."""

from feeledger.money import Money
from feeledger.quotas.list_queries import RegionCoverage
from feeledger.web.coverage_map import map_of_coverage
from feeledger.web.region_choices import regions_known
from tests.builders import REGION, TODAY


def covered(region, settled, left):
    return RegionCoverage(region, left, settled, 0, 0, Money(0))


def test_every_county_unit_of_the_province_stands_once_by_city():
    """1 of 3 audited is 33 per cent, filled so far; regions that are not open say so."""
    regions = regions_known()
    blocks = map_of_coverage(regions, "130000", [covered(REGION, 1, 2)], TODAY)
    tiles = [tile for block in blocks for tile in block.tiles]
    counties = {r.code for r in regions.rows if r.level == "county" and r.valid_on(TODAY)}
    assert sorted(tile.code for tile in tiles) == sorted(counties)
    assert [block.name.zh for block in blocks[:3]] == ["张家口市", "承德市", "秦皇岛市"]
    places = {(block.code, tile.x, tile.y) for block in blocks for tile in block.tiles}
    assert len(places) == len(tiles)
    assert all(tile.x < block.width and tile.y < block.height for block in blocks for tile in block.tiles)  # fmt: skip
    (open_one,) = [tile for tile in tiles if tile.covered]
    assert (open_one.says.zh, open_one.filled) == ("33%", 33)
    assert open_one.told.zh == "新乐市：3 户中已审核 1 户（33%）"
    assert tiles[0].told.zh.endswith("：未启用")
    assert all(1 < len(tile.short.zh) <= 4 and len(tile.short.en) <= 10 for tile in tiles)


def test_a_city_has_one_block_and_a_county_none():
    (block,) = map_of_coverage(regions_known(), "130100", [covered("130100", 0, 0)], TODAY)
    assert (block.name.zh, block.tiles[0].short.zh, block.tiles[0].says.zh) == (
        "石家庄市",
        "本级",
        "无企业",
    )
    assert map_of_coverage(regions_known(), REGION, [covered(REGION, 1, 0)], TODAY) == ()
