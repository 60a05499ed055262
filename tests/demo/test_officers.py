"""The demonstration's officers: those of the province come into a console that works for them."""

import re

import pytest

from feeledger.app import create_app
from feeledger.catalog.actions import publish_edition
from feeledger.clock import Clock
from feeledger.demo.setting import build_setting
from feeledger.people.demonstration import DEMO_OFFICERS, DEMO_PROVINCE
from feeledger.people.roles import Role
from feeledger.regions.reader import load_regions
from feeledger.settings import DEFAULT_CATALOG, ROOT, Settings
from feeledger.store import Store
from tests.builders import NOW, TODAY, the_catalog
from tests.web.desk import Visitor

HREF = re.compile(r'href="(/console[^"#]*)"')


@pytest.fixture
def site(store: Store):
    with store.write() as session:
        publish_edition(session, the_catalog(), by="demonstration", now=NOW)
        build_setting(session, load_regions(ROOT / "catalogs"), today=TODAY, now=NOW)
    settings = Settings(
        mode="demo",
        database_url=store.url,
        owner_url=store.url,
        secret_key="a secret of the tests, long enough to be one",
        catalog=DEFAULT_CATALOG,
        demo_today=TODAY,
    )
    return create_app(settings, store=store, clock=Clock(fixed=TODAY))


def test_two_of_the_province_may_review_and_every_page_opens_for_them(site):
    """Whoever hands an edition in, another officer of the province is there to review it."""
    province = [one for one in DEMO_OFFICERS if one.region == DEMO_PROVINCE]
    assert sorted(one.role.value for one in province) == ["clerk", "reviewer", "reviewer"]
    assert all(one.name.startswith("演示") for one in DEMO_OFFICERS)
    for one in province[:2]:
        visitor = Visitor(site.test_client())
        visitor.send("/sign-in", {"login": one.login, "password": one.password})
        seen = {each for each in HREF.findall(visitor.text("/console/editions")) if "?" not in each}
        paths = sorted(seen) if one.role is Role.REVIEWER else ["/console", "/console/editions"]
        answers = {path: visitor.get(path).status_code for path in paths}
        assert {path: code for path, code in answers.items() if code not in (200, 303)} == {}
