"""200,000 boundary rows of every line of the edition against the independent Decimal reference."""

import os
from random import Random

import pytest

from feeledger.catalog.plan import plan_of
from feeledger.catalog.reader import load_catalog
from tests.reference.column_side import against_reference
from tests.reference.edition_files import EDITION, read_edition
from tests.reference.test_columns_agree_with_reference import drawn_rows, lines_of, shown

ROWS = int(os.environ.get("FEELEDGER_EQUAL", "200000"))
SHARES, EACH = 4, 50


@pytest.mark.parametrize("share", range(SHARES))
def test_columns_and_reference_agree_on_rows_of_boundary_values(share):
    edition, plan = read_edition(), plan_of(load_catalog(EDITION))
    lines, failures, drawn, seen = lines_of(edition), [], 0, set()

    for turn in range(ROWS // SHARES // EACH):
        place = (turn * SHARES + share) % len(lines)
        item, line = lines[place]
        seen.add(place)
        asked = drawn_rows(edition, item, line, Random(f"{share} {turn}"), EACH)
        failures += against_reference(plan, edition, asked)
        drawn += len(asked)

    assert not failures, shown(failures)
    assert drawn == ROWS // SHARES
    assert len(seen) == min(len(lines), ROWS // SHARES // EACH)
