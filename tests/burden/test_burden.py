"""A region's two years from run to page: groups, last year, the kind, what the public may see."""

import json
from datetime import date

import pytest
from click.testing import CliRunner

from feeledger.app import create_app
from feeledger.assessment.batches import assess_region, start_run
from feeledger.burden.queries import PUBLIC, burdened_of_region, cells_by_department
from feeledger.burden.weighing import cells_of, hide_small, position_among
from feeledger.catalog.plan import plan_of
from feeledger.cli import root
from feeledger.clock import Clock
from feeledger.demo.enterprises import synthetic_enterprises
from feeledger.enterprises.actions import (
    EnterpriseDetails,
    FactOrigin,
    record_facts,
    register_enterprise,
)
from feeledger.enterprises.lookup_actions import issue_lookup_code
from feeledger.people.actions import appoint_officer
from feeledger.quotas.batches import audit_clear_quotas, draft_quotas, publish_quotas
from feeledger.quotas.quota import Announcement
from tests.builders import CLERK, NOW, REGION, TODAY, a_region, an_edition, the_catalog
from tests.web.conftest import send_by, settings_of
from tests.web.desk import OFFICERS, PASSWORD

CODES = sorted(each.uscc for each in synthetic_enterprises()[:14])
FIRST = CODES[0]
YEARS = (2025, 2026)


def enter(session):
    """Twelve of trade 48 with 1 to 12 licences at 10 yuan, two of trade 13 with one each.

    In 2025 the first three alone had facts: one licence each.
    """
    for number, code in enumerate(CODES, 1):
        trade, size = ("E4812", "small") if number <= 12 else ("C1310", "micro")
        register_enterprise(
            session,
            code,
            EnterpriseDetails(
                name=f"演示 {number}",
                home_region=REGION,
                industry_version="2017",
                industry_code=trade,
                registered_on=date(2020, 1, 1),
                size_class=size,
            ),
            by=CLERK,
            now=NOW,
        )
        licences = {2025: 1 if number <= 3 else None, 2026: number if number <= 12 else 1}
        for year in YEARS:
            if licences[year] is not None:
                record_facts(
                    session,
                    REGION,
                    code,
                    {"vehicle_licences": licences[year]},
                    FactOrigin("enterprise", "年报"),
                    valid_from=date(year, 1, 1),
                    valid_to=date(year + 1, 1, 1),
                    by=CLERK,
                    now=NOW,
                )


@pytest.fixture
def weighed(any_store):
    """Both years drafted, audited and published."""
    store, plan = any_store, plan_of(the_catalog())
    with store.write() as session:
        an_edition(session)
        a_region(session)
        enter(session)
    for year in YEARS:
        day = date(year, 11, 24)
        with store.write() as session:
            run = start_run(session, plan, region=REGION, on=day, by=CLERK, now=NOW).id
        assess_region(store, plan, region=REGION, run=run, now=lambda: NOW)
        draft_quotas(store, plan, region=REGION, run=run, by=CLERK, now=lambda: NOW)
        audit_clear_quotas(store, REGION, year, by="reviewer:test", now=lambda: NOW)
        paper = Announcement("演示公报", f"{year}-1", f"演示公告〔{year}〕1号", TODAY)
        publish_quotas(store, REGION, year, paper, today=TODAY, by="reviewer:test", now=lambda: NOW)
    return store


def test_a_year_is_weighed_by_trade_beside_last_year_and_small_cells_are_hidden(weighed):
    """10 + 20 + … + 120 = 780.00, median between 60 and 70: 65.00; the first three 60.00 after 30.00."""
    with weighed.read() as session:
        rows = burdened_of_region(session, REGION, 2026, states=PUBLIC)
        cells = cells_of(rows, lambda row: row.trade)
        first = next(row for row in rows if row.uscc == FIRST)
        place = position_among(first, rows)
        departments = cells_by_department(session, REGION, 2026, the_catalog(), states=PUBLIC)

    told = [(c.name, c.enterprises, c.total, c.median, c.before, c.beside) for c in cells]
    assert told == [("48", 12, 78000, 6500, 3000, 6000), ("13", 2, 2000, 1000, 0, 0)]
    # Eleven others, 20 to 120: the median is 70.00; the enterprise itself owes 10.00.
    assert (place.others, place.median.fen, first.fen, first.before) == (11, 7000, 1000, 1000)
    # Two enterprises are too few, and the other cell would give them away: both are hidden.
    assert all(cell.hidden for cell in hide_small(cells))
    assert [(c.enterprises, c.total) for c in departments] == [(14, 80000)]
    assert [c.hidden for c in hide_small(departments)] == [False]


@pytest.fixture
def site(weighed):
    with weighed.write() as session:
        code = issue_lookup_code(session, FIRST, reason="", by=CLERK, now=NOW)
        appoint_officer(session, OFFICERS[0], PASSWORD, by="tests", now=NOW)
    settings = settings_of(str(weighed.url))
    return create_app(settings, store=weighed, clock=Clock(fixed=TODAY)), code


@pytest.mark.parametrize("any_store", ["sqlite"], indirect=True)
def test_pages_show_each_what_it_may_see(site):
    app, code = site
    anybody = app.test_client()
    public = anybody.get("/burden?by=department").text
    assert "800.00" in public
    assert FIRST not in public
    assert "不公布" in anybody.get("/burden?by=trade").text
    assert "780.00" not in anybody.get("/burden?by=trade").text
    assert "no single enterprise is" in anybody.get("/en/burden").text
    assert "没有可公布的" in anybody.get("/burden?year=2025").text  # three are fewer than ten
    assert anybody.get("/lookup/burden").status_code == 303

    send_by(anybody, "/lookup", {"uscc": FIRST, "code": code})
    own = anybody.get("/lookup/burden").text
    for said in ("10.00", "其余 11 户的中位数 70.00", "低于", "不比较"):
        assert said in own

    officer = app.test_client()
    assert officer.get("/console/burden").status_code == 303
    send_by(officer, "/sign-in", {"login": OFFICERS[0].login, "password": PASSWORD})
    desk = officer.get("/console/burden").text
    for said in ("780.00", "65.00", "演示 12", "120.00"):
        assert said in desk
    file = officer.get("/console/burden/export").data.decode("utf-8-sig").splitlines()
    assert len(file) == 15
    assert file[1].startswith(f"{FIRST},48,small,2026,10.00,10.00,65.00,12")


@pytest.mark.parametrize("any_store", ["sqlite"], indirect=True)
def test_the_command_tells_groups_and_hides_for_the_public(weighed, monkeypatch, tmp_path):
    monkeypatch.setenv("FEELEDGER_MODE", "demo")
    monkeypatch.setenv("FEELEDGER_DATABASE_URL", weighed.url)
    run = CliRunner().invoke
    ask = ["burden", "--region", REGION, "--year", "2026"]

    told = json.loads(run(root, [*ask, "--json", "--csv", str(tmp_path / "b.csv")]).output)
    assert [(g["name"], g["total"], g["median"]) for g in told["groups"]] == [
        ("48", "780.00", "65.00"),
        ("13", "20.00", "10.00"),
    ]
    assert len((tmp_path / "b.csv").read_text("utf-8-sig").splitlines()) == 15
    assert "780.00" not in run(root, [*ask, "--public", "--lang", "en"]).output
    assert run(root, [*ask, "--public", "--csv", "x"]).exit_code == 2
    assert "没有" in run(root, [*ask[:-1], "2020", "--lang", "zh"]).output
