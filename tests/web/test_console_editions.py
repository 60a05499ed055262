"""Editions in the console: the list, a draft reviewed with reasons, published by another person."""

from dataclasses import replace

import pytest

from feeledger.catalog.canonical import seal_catalog
from feeledger.catalog.draft_actions import draft_edition
from feeledger.catalog.draft_queries import draft_of
from feeledger.catalog.linting import lints_of
from feeledger.people.actions import Appointment, appoint_officer
from feeledger.people.roles import Role
from tests.builders import NOW, the_catalog
from tests.catalog.test_drafts import the_next
from tests.web.desk import PASSWORD

LIST = "/console/editions"
PROVINCE = "130000"


@pytest.fixture
def drafted(desk):
    """A draft with one changed price, and the province's officers."""
    catalog = the_next()
    item = catalog.items["vehicle-certificate"]
    lines = tuple(
        replace(x, rate=replace(x.rate, amount=x.rate.amount + 1))
        if x.id.endswith(".licence")
        else x
        for x in item.lines
    )
    items = {**catalog.items, item.id: replace(item, lines=lines)}
    with desk.store.write() as session:
        row = draft_edition(
            session,
            seal_catalog(replace(catalog, items=items)),
            reasons={},
            by="pclerk",
            now=NOW,
        )
        for login, role in (("pclerk", Role.CLERK), ("previewer", Role.REVIEWER)):
            appoint_officer(
                session, Appointment(login, login, role, PROVINCE), PASSWORD, by="tests", now=NOW
            )
    return row.id


def test_a_draft_is_read_reviewed_and_published_by_two_people(desk, drafted):
    page = f"{LIST}/drafts/{drafted}"
    reviewer, clerk = desk.as_("previewer"), desk.as_("pclerk")
    listed = reviewer.text(LIST)
    assert listed.index("published-2027") < listed.index("compiled-2026-11-24")
    shown = reviewer.text(page)
    assert "费率·金额 10 → 11" in shown
    assert "接受的理由" in shown
    assert "rate · amount 10 → 11" in reviewer.text(f"/en{page}")
    assert "接受的理由</label>" not in clerk.text(page)

    bare = reviewer.send(f"{page}/review", {"verdict": "pass"}, page=page)
    assert bare.status_code == 422
    assert bare.text.count("请写明理由。") >= 2 * len(lints_of(the_catalog()))

    count = len(lints_of(the_catalog()))
    reasons = {f"why-{at}": "文件如此" for at in range(1, count + 1)}
    assert (
        reviewer.send(
            f"{page}/review", {"verdict": "pass", "note": "照办"} | reasons, page=page
        ).status_code
        == 303
    )
    assert reviewer.client.post(f"{page}/publish").status_code == 400
    sent = clerk.send(f"{page}/publish", {}, page=page)
    assert sent.status_code == 303, sent.text

    published = clerk.text(f"{LIST}/published-2027")
    assert "previewer" in published
    assert "接受的理由：文件如此" in published
    # Thirteen and more prices of one quantity are one finding with its number, the places beside.
    assert f"共 {count} 条，相同的合为" in published
    assert published.count("文件如此") < count
    assert " 处</strong>" in published
    assert "目录复核通过" in published


def test_a_draft_is_sent_back_with_a_reason_or_withdrawn(desk, drafted):
    page = f"{LIST}/drafts/{drafted}"
    reviewer, clerk = desk.as_("previewer"), desk.as_("pclerk")

    assert reviewer.send(f"{page}/review", {"verdict": "return"}, page=page).status_code == 422
    early = clerk.send(f"{page}/publish", {}, page=page)
    assert early.status_code == 422
    assert "尚未复核" in early.text
    back = reviewer.send(f"{page}/review", {"verdict": "return", "note": "缺附件"}, page=page)
    assert back.status_code == 303
    with desk.store.read() as session:
        assert draft_of(session, drafted).state == "returned"
    # A page left open still offers the step; it is told that the draft is finished.
    late = clerk.send(f"{page}/withdraw", {"reason": "另报"}, page="/console/enterprises/register")
    assert (late.status_code, "该草稿“已退回”，不能撤回" in late.text) == (422, True)


def test_only_officers_of_the_province_decide(desk, drafted):
    page = f"{LIST}/drafts/{drafted}"
    here = desk.as_("reviewer")

    assert "由本版所属省份的复核人员复核" in here.text(page)
    refused = here.send(f"{page}/review", {"verdict": "pass"}, page="/console/reconciliation")
    assert refused.status_code == 403
    assert "目录由 130000 的人员复核、公布" in refused.text
    assert here.get(f"{LIST}/drafts/7").status_code == 404
    assert here.get(f"{LIST}/none").status_code == 404
