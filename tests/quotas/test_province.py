"""A province's yearly amounts by one command: every region drafted, again nothing, on after a stop."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from feeledger.assessment.province_batches import assess_province, start_province
from feeledger.assessment.run_queries import RunUnfinished
from feeledger.catalog.plan import plan_of
from feeledger.cli import root
from feeledger.quotas import batches
from feeledger.quotas.province_batches import draft_province
from feeledger.quotas.tables import AnnualQuotaRow
from tests.assessment.test_batches import a_register
from tests.builders import CLERK, NOW, REGION, TODAY, a_region, an_edition, the_catalog

CITY = "130100"
HOMES = (REGION, "130102")


class Stopped(Exception):
    pass


def test_a_province_is_drafted_region_by_region_and_goes_on_after_a_stop(any_store, monkeypatch):
    """12 enterprises in two regions; stopped behind the first slice of four."""
    monkeypatch.setattr(batches, "SLICE", 4)
    plan = plan_of(the_catalog())
    with any_store.write() as session:
        an_edition(session)
        a_region(session)
        a_register(session, 12, HOMES)
        run = start_province(session, plan, region=CITY, on=TODAY, by=CLERK, now=NOW).id
    wish = {"region": CITY, "run": run, "by": CLERK, "now": lambda: NOW}
    with pytest.raises(RunUnfinished):
        draft_province(any_store, plan, **wish)
    assess_province(any_store, plan, region=CITY, run=run, now=lambda: NOW)

    def stop(done):
        assert (done.region, done.regions) == ("130102", 2)
        raise Stopped

    with pytest.raises(Stopped):
        draft_province(any_store, plan, **wish, watch=stop)
    rest = draft_province(any_store, plan, **wish)
    again = draft_province(any_store, plan, **wish)

    assert [place for place, _ in rest.parts] == ["130102", REGION]
    assert (rest.whole.drafted, again.whole.drafted, again.whole.unchanged) == (8, 0, 12)
    with any_store.read() as session:
        row = AnnualQuotaRow
        query = select(row.region, func.count(), func.max(row.version)).group_by(row.region)
        assert sorted(map(tuple, session.execute(query))) == [("130102", 6, 1), (REGION, 6, 1)]
    if any_store.url.startswith("sqlite"):
        monkeypatch.setenv("FEELEDGER_MODE", "demo")
        monkeypatch.setenv("FEELEDGER_DATABASE_URL", any_store.url)
        words = ["quota", "draft", "--region", CITY, "--whole", "--run", str(run), "--by", "x"]
        told = json.loads(CliRunner().invoke(root, [*words, "--json"]).output)
        assert (told["drafted"], told["unchanged"], len(told["regions"])) == (0, 12, 2)
