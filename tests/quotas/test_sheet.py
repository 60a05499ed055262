"""The states of a yearly amount, and what of a sheet counts, stays open, may be corrected."""

from datetime import date

import pytest

from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import Request
from feeledger.catalog.plan import plan_of
from feeledger.demo.enterprises import synthetic_enterprises
from feeledger.enterprises.facts import RegisterEntry
from feeledger.enterprises.queries import register_facts
from feeledger.money import parse_amount
from feeledger.quotas.open_columns import Place, standings_of
from feeledger.quotas.quota import (
    MOVES,
    STATES,
    Announcement,
    Correction,
    CorrectionRefused,
    PublicationRefused,
    QuotaLineUnknown,
    QuotaNotMovable,
    demand_announcement,
    quota_state_after,
)
from feeledger.quotas.sheet import demand_correctable, sheet_of, stated_names
from tests.builders import REGION, TODAY, the_catalog
from tests.quotas.world import POWER, VEHICLES


def sheet_for(facts):
    catalog = the_catalog()
    answer = assess(plan_of(catalog), Request(None, TODAY, REGION, facts=facts))
    return sheet_of(answer, catalog, stated=stated_names(facts), stored={}, corrected={})


def test_a_version_moves_only_as_the_states_allow():
    for state in STATES:
        for event in ("correct", "audit", "publish", "revise"):
            if (state, event) in MOVES:
                assert quota_state_after(state, event) == MOVES[state, event]
            else:
                with pytest.raises(QuotaNotMovable):
                    quota_state_after(state, event)


def test_a_sheet_adds_what_is_owed_and_leaves_an_unchosen_class_open():
    sheet = sheet_for({**VEHICLES, **POWER})

    # 2 × 100 + 3 × 10 by notice; 26.00 + 5.00 with the power bill; the surcharge has no class yet.
    assert (sheet.total_fen, sheet.notice_fen) == (26_100, 23_000)
    assert sorted(each.answer.line for each in sheet.lines if each.open) == [
        "renewable-surcharge.other",
        "renewable-surcharge.resident",
    ]


def test_what_is_open_over_columns_is_what_is_open_on_the_sheet():
    rows = []
    for each in synthetic_enterprises(14):
        entry = RegisterEntry(each.uscc, each.size, each.registered_on)
        rows.append({**dict(each.facts), **register_facts(entry, TODAY)})
    rows.append({"headcount": "45", "disabled_employed": "0"})

    found = standings_of(plan_of(the_catalog()), Place(TODAY, REGION), rows)

    assert [each.open_lines for each in found] == [sheet_for(row).open_lines for row in rows]
    assert [each.stated for each in found] == [len(stated_names(row)) for row in rows]
    assert found[-1].open_lines == 1  # the levy of 45 heads needs the wages


def test_a_correction_needs_grounds_an_own_line_and_stays_in_the_bounds():
    sheet = sheet_for({"headcount": 45, "disabled_employed": 0})
    line = next(each.answer.line for each in sheet.lines if each.open)

    def told(amount, *, line=line, reason="复核", document="演示〔2026〕1号"):
        return Correction(line, parse_amount(amount), reason, document)

    assert demand_correctable(sheet, told("0.00")).answer.line == line
    with pytest.raises(CorrectionRefused):
        demand_correctable(sheet, told("1.00", document=" "))
    with pytest.raises(QuotaLineUnknown):
        demand_correctable(sheet, told("1.00", line="port-construction"))


def test_an_announcement_names_all_its_faults_at_once():
    with pytest.raises(PublicationRefused) as refused:
        demand_announcement(Announcement(" ", "", "", date(2026, 12, 1)), TODAY)

    assert [name for name, _ in refused.value.errors] == [
        "medium",
        "number",
        "document",
        "published_on",
    ]
