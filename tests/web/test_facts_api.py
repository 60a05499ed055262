"""Facts over HTTP: for officers who are signed in, whole or not at all, for the own unit only."""

from tests.builders import USCC, WATER_UNIT

WRONG = {
    "valid_from": "2026-01-01",
    "rows": [
        {"uscc": USCC, "facts": {"land_occupied_m2": "-1", "headcount": 1.5}},
        {"uscc": "91130184", "facts": {"headcount": 3}},
    ],
}
RIGHT = {
    "valid_from": "2026-11-24",
    "document": "勘测 3 号",
    "source": "enterprise",
    "rows": [{"uscc": USCC, "facts": {"land_occupied_m2": 120.50, "headcount": "7"}}],
}


def post(visitor, message):
    return visitor.client.post("/api/v1/facts", json=message)


def test_a_department_tells_facts_of_its_own_and_only_once(desk):
    water = desk.as_("water")
    refused = post(water, WRONG)
    assert refused.status_code == 422
    assert {error["pointer"] for error in refused.json["errors"]} == {
        "/rows/0/facts/land_occupied_m2",
        "/rows/0/facts/headcount",
        "/rows/1/uscc",
    }
    first, again = post(water, RIGHT), post(water, RIGHT)
    assert (first.status_code, first.json["new"], first.json["again"]) == (200, 2, False)
    assert (again.json["intake"], again.json["again"]) == (first.json["intake"], True)
    page = desk.as_("clerk").text(f"/console/enterprises/{USCC}")
    assert "120.5 平方米" in page
    assert "执收单位提供" in page  # whatever the message claims, a department speaks for itself
    listed = water.text("/console/facts")
    assert "api" in listed


def test_others_sign_in_first_or_are_refused(desk):
    assert post(desk.visitor(), RIGHT).status_code == 401
    assert post(desk.as_("audit"), RIGHT).status_code == 403
    clerk = desk.as_("clerk")
    assert post(clerk, RIGHT | {"unit": WATER_UNIT}).json["errors"][0]["pointer"] == "/unit"
    assert post(clerk, RIGHT).status_code == 200


def test_facts_that_contradict_each_other_or_the_record_are_refused_at_every_door(desk):
    """By the record 45 employees, none of them disabled: at most 90 count (2 × 45)."""
    clerk = desk.as_("clerk")
    told = {"valid_from": "2026-01-01", "source": "bureau"}
    rows = [{"uscc": USCC, "facts": {"headcount": 45, "disabled_employed": 0}}]
    assert post(clerk, {**told, "rows": rows}).status_code == 200
    for facts, field in (
        ({"disabled_employed": 91}, "disabled_employed"),  # beside the record
        ({"headcount": 0, "disabled_employed": 1}, "disabled_employed"),  # among themselves
        ({"disabled_share": "0.2"}, "disabled_share"),  # 0 / 45 is none
    ):
        refused = post(clerk, {**told, "rows": [{"uscc": USCC, "facts": facts}]})
        assert refused.status_code == 422, facts
        assert [each["pointer"] for each in refused.json["errors"]] == [f"/rows/0/facts/{field}"]
    at = f"/console/enterprises/{USCC}/facts?item=disabled-employment"
    form = {"item": "disabled-employment", "source": "bureau", "since": "2026-01-01"}
    page = clerk.send(f"/en{at}", {**form, "fact-disabled_employed": "91"}, page=f"/en{at}")
    assert page.status_code == 422
    assert 'href="#fact-disabled_employed"' in page.text
    assert "contradicts headcount (employees, year before) = 45 since 2026-01-01" in page.text
    kept = clerk.send(at, {**form, "fact-headcount": "0"}, page=at)  # nobody: no fault
    assert kept.status_code == 303
