"""What pages of the burden show: groups under their names, the whole of a region's year."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from feeledger.burden.queries import burdened_of_region, cells_by_department
from feeledger.burden.trades import TRADES
from feeledger.burden.weighing import (
    CELL_LEAST,
    GROUPINGS,
    UNKNOWN,
    Burdened,
    Cell,
    Grouping,
    cell_of,
    cells_of,
    hide_small,
)
from feeledger.catalog.queries import edition_in_use
from feeledger.enterprises.sizes import SIZE_NAMES
from feeledger.errors import Text
from feeledger.web.forms import Form

GROUPING_NAMES: Final[dict[Grouping, Text]] = {
    "trade": Text("按行业大类", "by trade"),
    "size": Text("按企业规模", "by size"),
    "department": Text("按主管部门", "by department"),
}
NOT_KNOWN: Final = Text("未知", "not known")


@dataclass(frozen=True, slots=True)
class BurdenShown:
    """A region's year: the whole, and its groups; ``whole`` None where nothing may be told."""

    whole: Cell | None
    cells: tuple[tuple[Text, Cell], ...]
    rows: tuple[Burdened, ...]


def burden_shown(
    session: Session,
    region: str,
    year: int,
    by: Grouping,
    *,
    states: tuple[str, ...],
    public: bool = False,
) -> BurdenShown:
    """Weigh a region's year; for the public what is too small is hidden."""
    rows = burdened_of_region(session, region, year, states=states)
    if by == "department":
        catalog = edition_in_use(session)
        cells = cells_by_department(session, region, year, catalog, states=states)
    else:
        cells = cells_of(rows, lambda row: row.trade if by == "trade" else row.size)
    whole: Cell | None = cell_of("", rows)
    if public:
        cells = hide_small(cells, overlapping=by == "department")
        whole = whole if len(rows) >= CELL_LEAST else None
    named = tuple((_name(by, cell.name), cell) for cell in cells)
    return BurdenShown(whole, named, rows)


def grouping_asked(form: Form) -> Grouping:
    """Read the grouping asked for; by trade where none is."""
    asked = form.value("by")
    return next((each for each in GROUPINGS if each == asked), "trade")


def _name(by: Grouping, name: str) -> Text:
    if name == UNKNOWN:
        return NOT_KNOWN
    if by == "trade":
        trade = TRADES.get(name, Text("行业大类", "trade"))
        return Text(f"{name} {trade.zh}", f"{name} {trade.en}")
    if by == "size":
        return next((label for size, label in SIZE_NAMES.items() if size == name), NOT_KNOWN)
    return Text(name, name)
