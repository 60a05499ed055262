"""The columns of a region's facts: as known, made anew when anything was written down, never stale."""

from datetime import date, timedelta

import pytest

from feeledger.assessment import snapshot_batches
from feeledger.assessment.snapshot_batches import (
    read_fact_columns,
    refresh_snapshot,
    snapshot_path,
)
from feeledger.catalog.plan import plan_of
from feeledger.demo.enterprises import synthetic_enterprises
from feeledger.enterprises.actions import FactOrigin, record_facts
from feeledger.enterprises.standing import StandingChange
from feeledger.enterprises.standing_actions import change_standing
from tests.builders import (
    CLERK,
    NOW,
    OTHER_REGION,
    REGION,
    TODAY,
    USCC,
    an_edition,
    an_enterprise,
    the_catalog,
)

PLAN = plan_of(the_catalog())
OTHER, GUEST = (each.uscc for each in synthetic_enterprises(2))


@pytest.fixture
def told(placed):
    with placed.write() as session:
        an_edition(session)
        an_enterprise(session, OTHER)
        say(session, USCC, {"land_occupied_m2": "120.5", "headcount": 7})
    return placed


def say(session, uscc, facts, *, hours=0):
    origin, now = FactOrigin("bureau"), NOW + timedelta(hours=hours)
    record_facts(
        session, REGION, uscc, facts, origin, valid_from=date(2026, 1, 1), by=CLERK, now=now
    )


def values(store, folder, name, *, hours):
    known_at = NOW + timedelta(hours=hours)
    chunk = read_fact_columns(store, PLAN, REGION, TODAY, known_at, folder=folder)
    column = chunk.facts.columns.get(name)
    if column is None:
        return dict.fromkeys(chunk.codes)
    known = column.known if column.known is not True else [True] * len(chunk.codes)
    return {
        code: (int(value), column.scale) if is_known else None
        for code, value, is_known in zip(chunk.codes, column.values, known, strict=True)
    }


def test_columns_follow_what_is_written_down_and_the_past_stays_the_past(
    told, tmp_path, monkeypatch
):
    assert values(told, tmp_path, "land_occupied_m2", hours=1) == {USCC: (1205, 1), OTHER: None}
    written = []
    real = snapshot_batches.write_facts
    monkeypatch.setattr(
        snapshot_batches, "write_facts", lambda *a: (written.append(1), real(*a))[1]
    )
    assert values(told, tmp_path, "headcount", hours=2) == {USCC: (7, 0), OTHER: None}
    assert written == []  # nothing was written down meanwhile: the snapshot holds
    with told.write() as session:
        # Begun before the snapshot was made, committed after it: it is not overlooked.
        say(session, OTHER, {"headcount": 12}, hours=0.5)
    assert values(told, tmp_path, "headcount", hours=3) == {USCC: (7, 0), OTHER: (12, 0)}
    assert values(told, tmp_path, "headcount", hours=0) == {USCC: (7, 0), OTHER: None}
    assert len(written) == 2
    path = snapshot_path(tmp_path, REGION, TODAY)
    path.write_bytes(b"damaged")
    assert refresh_snapshot(told, PLAN, REGION, TODAY, NOW + timedelta(hours=3), folder=tmp_path)
    assert values(told, tmp_path, "headcount", hours=3)[OTHER] == (12, 0)


def test_an_enterprise_at_home_elsewhere_that_is_closed_leaves_the_columns(told, tmp_path):
    """The act stands on the trail of its home; the region that only knows facts of it follows."""
    with told.write() as session:
        an_enterprise(session, GUEST, region=OTHER_REGION)
        say(session, GUEST, {"headcount": 3})
    assert values(told, tmp_path, "headcount", hours=1)[GUEST] == (3, 0)
    gone = StandingChange("closed", TODAY - timedelta(days=1), "注销通知书", "办结注销")
    with told.write() as session:
        later = NOW + timedelta(hours=2)
        change_standing(session, GUEST, gone, today=TODAY, by=CLERK, now=later)

    assert GUEST not in values(told, tmp_path, "headcount", hours=3)
    assert GUEST in values(told, tmp_path, "headcount", hours=1)  # as it was known then
