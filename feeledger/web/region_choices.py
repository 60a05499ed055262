"""The fiscal regions a page offers, in the order of their code, counties under their city."""

from datetime import date
from functools import cache
from typing import Final

from feeledger.errors import Text
from feeledger.regions.reader import Region, Regions, load_regions
from feeledger.settings import ROOT
from feeledger.web.forms import Form, read_choice
from feeledger.web.language import say

PROVINCE: Final = "130000"
INDENT: Final = {"province": "", "city": "", "county": "　"}
REGION_NEEDED: Final = Text("请选择区划。", "Choose the region.")


@cache
def regions_known() -> Regions:
    """Read the regions once a process."""
    return load_regions(ROOT / "catalogs")


def region_choices(day: date) -> list[tuple[str, str]]:
    """Give the regions in being on a day, with names in the language of the page."""
    rows = [row for row in regions_known().rows if row.valid_on(day)]
    return [(row.code, f"{INDENT[row.level]}{say(row.name)}") for row in rows]


def read_region(form: Form, name: str, day: date) -> str:
    """Read a region that was in being on a day."""
    codes = [row.code for row in regions_known().rows if row.valid_on(day)]
    return read_choice(form, name, codes, needed=REGION_NEEDED)


def name_of_region(code: str, day: date) -> Text:
    """Name a region as it was called on a day; an unknown one by its code."""
    row: Region | None = regions_known().known_region(code, day)
    return row.name if row is not None else Text(code, code)
