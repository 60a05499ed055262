"""Who is believed: declarations below departments, later above earlier, the bureau above all known."""

import json
from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from feeledger.assessment.known_queries import EnterpriseNotYetKnown, answer_as_known
from feeledger.commands.assess import assess
from feeledger.enterprises.actions import (
    EnterpriseDetails,
    FactOrigin,
    amend_enterprise,
    record_facts,
)
from feeledger.enterprises.decision_actions import (
    Decision,
    DecisionByRecorder,
    DecisionUnsound,
    decide_dispute,
)
from feeledger.enterprises.dispute_actions import (
    DisputeSettled,
    DisputesWanted,
    DisputeUnknown,
    find_disputes,
)
from feeledger.enterprises.queries import facts_on, words_on
from feeledger.enterprises.reassessment_actions import (
    count_reassessments_due,
    reassessments_due,
    settle_reassessments,
)
from tests.builders import (
    CLERK,
    NOW,
    REGION,
    SOIL_ITEM,
    SOIL_LINE,
    TODAY,
    USCC,
    WATER_UNIT,
    an_edition,
)

JANUARY = date(2026, 1, 1)
AREA = "land_occupied_m2"


def say(session, value, source="enterprise", *, hours=0, day=JANUARY, by=CLERK, name=AREA):
    said_by = WATER_UNIT if source == "department" else None
    origin = FactOrigin(source, "测试材料", said_by)
    now = NOW + timedelta(hours=hours)
    record_facts(session, REGION, USCC, {name: value}, origin, valid_from=day, by=by, now=now)


def standing(session, *, known_by=None):
    held = facts_on(session, REGION, USCC, TODAY, known_by=known_by)
    return held[AREA].value if AREA in held else None


def open_disputes(session):
    return find_disputes(session, REGION, DisputesWanted(), limit=9, offset=0)


def test_a_dispute_from_its_first_word_to_the_decision(placed):
    """The department said 120, the enterprise then says 100: 120 stands until the bureau decides."""
    with placed.write() as session:
        say(session, 120, "department", by="water")
        say(session, 100, hours=1, by="payer")
        assert standing(session) == 120
        held, disagree = words_on(session, REGION, USCC, TODAY)[AREA]
        assert [(each.value, each.source, each.said_by) for each in held] == [
            (120, "department", WATER_UNIT),
            (100, "enterprise", None),
        ]
        assert disagree
        (dispute,) = open_disputes(session)
        say(session, 101, hours=2, by="payer")  # another word in the same dispute
        assert [row.id for row in open_disputes(session)] == [dispute.id]
        assert [(d.cause, d.facts, d.since) for d in reassessments_due(session, REGION)] == [
            ("facts", [AREA], JANUARY)
        ]  # the first word only: the declarations changed nothing that stands

    chosen = {each.source: each.id for each in held}
    late = NOW + timedelta(hours=3)
    with placed.write() as session:
        for wrong, error in [
            (Decision(chosen["department"], " "), DecisionUnsound),
            (Decision(1, "理由"), DecisionUnsound),
        ]:
            with pytest.raises(error):
                decide_dispute(session, REGION, dispute.id, wrong, by="reviewer", now=late)
        own = Decision(chosen["enterprise"], "实地核实")
        with pytest.raises(DecisionByRecorder):
            decide_dispute(session, REGION, dispute.id, own, by="payer", now=late)
        with pytest.raises(DisputeUnknown):
            decide_dispute(session, REGION, 1, own, by="reviewer", now=late)
    with placed.write() as session:
        decide_dispute(session, REGION, dispute.id, own, by="reviewer", now=late)
        with pytest.raises(DisputeSettled):
            decide_dispute(session, REGION, dispute.id, own, by="reviewer", now=late)
        assert standing(session) == 100
        assert standing(session, known_by=NOW + timedelta(hours=2)) == 120
        assert open_disputes(session) == ()
        due = reassessments_due(session, REGION)
        assert [each.cause for each in due] == ["facts", "decision"]
        ids = [each.id for each in due]
        assert settle_reassessments(session, REGION, ids, by=CLERK, now=late) == 2
        assert settle_reassessments(session, REGION, ids, by=CLERK, now=late) == 0
        assert count_reassessments_due(session, REGION) == 0
        # What was known before the decision disagrees no more; a later word opens round two.
        say(session, 130, "department", hours=4, by="water")
        assert standing(session) == 130
        assert [row.round for row in open_disputes(session)] == [2]
        say(session, 130, hours=5, by="payer")
        say(session, 130, "decision", hours=6, by="reviewer")
        assert open_disputes(session) == ()


def test_a_later_day_overtakes_and_does_not_contradict(placed):
    with placed.write() as session:
        say(session, 100)
        say(session, 120, "department", hours=1, day=date(2026, 11, 1))
        assert open_disputes(session) == ()
        assert standing(session) == 120
        say(session, 100, "bureau", hours=2, day=date(2026, 11, 1))
        assert len(open_disputes(session)) == 1  # from the same day on: both cannot be right


def test_what_we_told_on_a_day_is_answered_by_what_was_known_then(placed, url):
    """100 m² at 1.40 = 140.00 as known at NOW; the correction to 120 m² = 168.00 came later."""
    with placed.write() as session:
        an_edition(session)
        say(session, 100)
        say(session, 120, "department", hours=30)
        details = EnterpriseDetails("改名", REGION, registered_on=date(2026, 11, 1))
        later = NOW + timedelta(hours=40)
        amend_enterprise(session, USCC, details, reason="更正", by=CLERK, now=later)

    def told(known_at):
        with placed.read() as session:
            known = answer_as_known(session, REGION, USCC, on=TODAY, known_at=known_at)
        amount = next(e.amount for e in known.answer.lines if e.line == SOIL_LINE)
        return str(amount), known.register.get("years_since_registration"), known.facts[AREA].value

    # Registered 2020-05-06: six whole years and 202 of 365 days by 2026-11-24, rounded down.
    assert [str(each) for each in told(NOW)] == ["140.00", "6.55", "100"]
    assert [str(each) for each in told(NOW + timedelta(hours=35))] == ["168.00", "6.55", "120"]
    assert [str(each) for each in told(NOW + timedelta(hours=41))] == ["168.00", "0.06", "120"]
    day, env = TODAY.isoformat(), {"FEELEDGER_MODE": "test", "FEELEDGER_DATABASE_URL": url}
    asked = ["--enterprise", USCC, "--region", REGION, "--on", day, "--as-known-on", day]
    done = CliRunner().invoke(assess, [*asked, "--item", SOIL_ITEM, "--json"], env=env)
    document = json.loads(done.stdout)  # by the end of 24 November Beijing time: NOW, not 30 h on
    assert [line["amount"] for line in document["lines"] if line["line"] == SOIL_LINE] == ["140.00"]
    assert [(f["fact"], f["value"], f["source"]) for f in document["facts"]] == [
        (AREA, 100, "enterprise")
    ]
    assert CliRunner().invoke(assess, [*asked[:4], "--facts", "-"]).exit_code == 2

    before = NOW - timedelta(seconds=1)
    with placed.read() as session, pytest.raises(EnterpriseNotYetKnown):
        answer_as_known(session, REGION, USCC, on=TODAY, known_at=before)
