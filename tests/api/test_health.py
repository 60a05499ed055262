"""``GET /api/v1/health``: what a watcher or a balancer asks, at both HTTP doors, on both databases."""

from dataclasses import replace

import pytest

from feeledger.app import create_app
from feeledger.revisions import newest_revision
from feeledger.store import Store

ADDRESS = "/api/v1/health"


@pytest.mark.parametrize("banks_only", [False, True])
def test_a_service_that_can_work_says_so(any_store, settings, banks_only):
    app = create_app(replace(settings, banks_only=banks_only), store=any_store)

    told = app.test_client().get(ADDRESS)

    assert (told.status_code, told.get_json()) == (
        200,
        {"status": "ok", "schema": newest_revision()},
    )
    assert told.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("url", ["sqlite:///{0}/empty.db", "postgresql://a:secret@127.0.0.1:1/c"])
def test_a_service_that_cannot_work_says_503_and_nothing_of_the_inside(tmp_path, settings, url):
    store = Store(url.format(tmp_path))
    told = create_app(settings, store=store).test_client().get(ADDRESS)
    store.close()

    assert (told.status_code, told.get_json()["code"]) == (503, "not-ready")
    assert told.headers["Retry-After"] == "5"
    assert "127.0.0.1" not in told.text
