"""A place with a queried notice of 140.00 yuan, on both databases."""

import pytest

from tests.builders import a_ready_notice


@pytest.fixture
def notice(any_store):
    with any_store.write() as session:
        return a_ready_notice(session)
