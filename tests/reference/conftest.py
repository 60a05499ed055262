"""The edition, its edge requests and the engine's plan, made once for a run."""

import pytest

from feeledger.catalog.plan import plan_of
from feeledger.catalog.reader import load_catalog
from tests.reference.edges import all_requests
from tests.reference.edition_files import EDITION, read_edition


@pytest.fixture(scope="session")
def edition():
    return read_edition()


@pytest.fixture(scope="session")
def requests(edition):
    return all_requests(edition)


@pytest.fixture(scope="session")
def plan():
    return plan_of(load_catalog(EDITION))
