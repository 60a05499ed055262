"""What a comparison says: its groups in order, their names in both languages, sums as data."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from feeledger.catalog.items import Catalog
from feeledger.errors import Text
from feeledger.whatif.impact import SIZES, Hit, Impact, Sums

GROUP_NAMES: Final[Mapping[str, Text]] = {
    "items": Text("按项目", "by item"),
    "departments": Text("按部门", "by department"),
    "regions": Text("按区划", "by region"),
    "sizes": Text("按企业规模", "by size"),
}
SIZE_LABELS: Final[Mapping[str, Text]] = {
    "large": Text("大型", "large"),
    "medium": Text("中型", "medium"),
    "small": Text("小型", "small"),
    "micro": Text("微型", "micro"),
    "self_employed": Text("个体工商户", "sole trader"),
    "unknown": Text("规模未知", "size not known"),
}
SUM_NAMES: Final = (
    "before",
    "after",
    "difference",
    "more",
    "less",
    "undetermined_before",
    "undetermined_after",
)
Group = list[tuple[str, Sums]]


def groups_of(impact: Impact) -> dict[str, Group]:
    """Give the groups: those that change most first, sizes from large to small."""
    return {
        "items": _by_change(impact.items),
        "departments": _by_change(impact.departments),
        "regions": _by_change(impact.regions),
        "sizes": [(size, impact.sizes[size]) for size in SIZES if size in impact.sizes],
    }


def group_label(group: str, name: str, *editions: Catalog) -> Text:
    """Name a group: an item, a department by its official name, a region by its code, a size.

    What the change takes out is named by the edition that still has it.
    """
    items = {key: item for each in reversed(editions) for key, item in each.items.items()}
    if group == "items" and name in items:
        return items[name].name
    if group == "departments":
        return next(
            (i.department for i in items.values() if i.department.zh == name),
            Text(name, name),
        )
    return SIZE_LABELS.get(name, Text(name, name)) if group == "sizes" else Text(name, name)


def sums_as_data(sums: Sums) -> dict[str, Any]:
    """Give sums as data: yuan as texts with two decimals, counts as numbers."""
    return {
        "before": yuan(sums.before),
        "after": yuan(sums.after),
        "difference": yuan(sums.difference),
        "more": sums.more,
        "less": sums.less,
        "undetermined_before": sums.undetermined_before,
        "undetermined_after": sums.undetermined_after,
    }


def hits_of(hits: Iterable[Hit]) -> list[dict[str, str]]:
    """Give the enterprises that are hit most as data."""
    return [
        {
            "uscc": hit.uscc,
            "region": hit.region,
            "before": yuan(hit.before),
            "after": yuan(hit.after),
            "difference": yuan(hit.difference),
        }
        for hit in hits
    ]


def yuan(fen: int) -> str:
    """Write fen in yuan with two decimals and, below zero, a sign.

    >>> yuan(12345), yuan(-5), yuan(0)
    ('123.45', '-0.05', '0.00')
    """
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _by_change(groups: Mapping[str, Sums]) -> Group:
    return sorted(groups.items(), key=lambda each: (-abs(each[1].difference), each[0]))
