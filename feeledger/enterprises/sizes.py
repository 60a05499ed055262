"""Enterprise size by 工信部联企业〔2011〕300号 (R-V4): tables, and the rule that reads them.

An enterprise has the highest class of which *every* indicator reaches the lower bound; none: micro.
A sole trader (个体工商户, category 92) is self-employed before any figure. Sectors whose bounds are not
entered (property management, leasing and business services, others) stay undetermined.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from feeledger.errors import Text
from feeledger.money import Money

Size = Literal["large", "medium", "small", "micro", "self_employed"]
Indicator = Literal["people", "revenue", "assets"]
IndustryVersion = Literal["2011", "2017"]
Bounds = tuple[int, int, int]

SOLE_TRADER: Final = "92"
CLASSES: Final[tuple[Size, ...]] = ("large", "medium", "small")
FEN_IN_WAN: Final = 1_000_000  # 万元 in fen

SIZE_NAMES: Final[Mapping[Size, Text]] = {
    "large": Text("大型", "large"),
    "medium": Text("中型", "medium"),
    "small": Text("小型", "small"),
    "micro": Text("微型", "micro"),
    "self_employed": Text("个体工商户", "sole trader"),
}
INDICATOR_NAMES: Final[Mapping[Indicator, Text]] = {
    "people": Text("从业人员", "people employed"),
    "revenue": Text("营业收入", "revenue"),
    "assets": Text("资产总额", "total assets"),
}


@dataclass(frozen=True, slots=True)
class Sector:
    """A sector of the tables: lower bounds for large, medium, small; people, or 万元."""

    key: str
    name: Text
    bounds: Mapping[Indicator, Bounds]


@dataclass(frozen=True, slots=True)
class SizeFinding:
    """A size, or None with what is needed to tell (indicators, or "sector")."""

    size: Size | None
    needs: tuple[str, ...] = ()


def _sector(
    key: str,
    name: Text,
    *,
    people: Bounds | None = None,
    revenue: Bounds | None = None,
    assets: Bounds | None = None,
) -> Sector:
    given: dict[Indicator, Bounds | None] = {
        "people": people,
        "revenue": revenue,
        "assets": assets,
    }
    return Sector(key, name, {name: bounds for name, bounds in given.items() if bounds is not None})


SECTORS: Final[Mapping[str, Sector]] = {
    sector.key: sector
    for sector in (
        _sector(
            "farming",
            Text("农、林、牧、渔业", "farming, forestry and fishing"),
            revenue=(20000, 500, 50),
        ),
        _sector(
            "industry",
            Text("工业", "industry"),
            people=(1000, 300, 20),
            revenue=(40000, 2000, 300),
        ),
        _sector(
            "construction",
            Text("建筑业", "construction"),
            revenue=(80000, 6000, 300),
            assets=(80000, 5000, 300),
        ),
        _sector(
            "wholesale",
            Text("批发业", "wholesale"),
            people=(200, 20, 5),
            revenue=(40000, 5000, 1000),
        ),
        _sector(
            "retail", Text("零售业", "retail"), people=(300, 50, 10), revenue=(20000, 500, 100)
        ),
        _sector(
            "transport",
            Text("交通运输业", "transport"),
            people=(1000, 300, 20),
            revenue=(30000, 3000, 200),
        ),
        _sector(
            "storage", Text("仓储业", "storage"), people=(200, 100, 20), revenue=(30000, 1000, 100)
        ),
        _sector("post", Text("邮政业", "post"), people=(1000, 300, 20), revenue=(30000, 2000, 100)),
        _sector(
            "lodging", Text("住宿业", "lodging"), people=(300, 100, 10), revenue=(10000, 2000, 100)
        ),
        _sector(
            "catering",
            Text("餐饮业", "catering"),
            people=(300, 100, 10),
            revenue=(10000, 2000, 100),
        ),
        _sector(
            "information",
            Text("信息传输业", "information transmission"),
            people=(2000, 100, 10),
            revenue=(100000, 1000, 100),
        ),
        _sector(
            "software",
            Text("软件和信息技术服务业", "software and information services"),
            people=(300, 100, 10),
            revenue=(10000, 1000, 50),
        ),
        _sector(
            "real_estate",
            Text("房地产开发经营", "real-estate development"),
            revenue=(200000, 1000, 100),
            assets=(10000, 5000, 2000),
        ),
    )
}
# Sections and divisions of GB/T 4754; the longest prefix decides, "" leaves it undetermined.
_BY_INDUSTRY: Final[Mapping[str, str]] = {
    "A": "farming",
    "B": "industry",
    "C": "industry",
    "D": "industry",
    "E": "construction",
    "F51": "wholesale",
    "F52": "retail",
    "G53": "",  # railways are left out of transport
    "G54": "transport",
    "G55": "transport",
    "G56": "transport",
    "G57": "transport",
    "G58": "transport",
    "G59": "storage",
    "G60": "post",
    "H61": "lodging",
    "H62": "catering",
    "I63": "information",
    "I64": "information",
    "I65": "software",
    "K701": "real_estate",
}
# The edition of 2017 moved loading and unloading from division 58 to 591.
_MOVED: Final[Mapping[IndustryVersion, Mapping[str, str]]] = {
    "2011": {},
    "2017": {"G59": "", "G591": "transport", "G592": "storage", "G593": "storage"}
    | {f"G59{last}": "storage" for last in "4569"},
}


def sector_of_industry(code: str, version: IndustryVersion) -> Sector | None:
    """Find the sector of an industry code of GB/T 4754; None where its bounds are not entered."""
    table = {**_BY_INDUSTRY, **_MOVED[version]}
    for length in range(len(code), 0, -1):
        key = table.get(code[:length])
        if key is not None:
            return SECTORS.get(key)
    return None


def size_of(
    credit_code: str,
    sector: Sector | None,
    *,
    people: int | None,
    revenue: Money | None,
    assets: Money | None,
) -> SizeFinding:
    """Work out the size class; figures are of the last year, None where not known."""
    if credit_code.startswith(SOLE_TRADER):
        return SizeFinding("self_employed")
    if sector is None:
        return SizeFinding(None, ("sector",))
    figures: dict[Indicator, int | None] = {
        "people": people,
        "revenue": revenue.fen if revenue is not None else None,
        "assets": assets.fen if assets is not None else None,
    }
    for rank, size in enumerate(CLASSES):
        reached = {
            name: _reaches(name, figures[name], bounds[rank])
            for name, bounds in sector.bounds.items()
        }
        if False in reached.values():
            continue
        missing = tuple(name for name, known in reached.items() if known is None)
        return SizeFinding(None, missing) if missing else SizeFinding(size)
    return SizeFinding("micro")


def _reaches(name: Indicator, figure: int | None, bound: int) -> bool | None:
    """Compare a figure with a lower bound, which belongs to the class; None where not known."""
    if figure is None:
        return None
    return figure >= (bound if name == "people" else bound * FEN_IN_WAN)
