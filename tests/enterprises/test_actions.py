"""The payer register: codes by R-V1, dated facts as they were known, acts, lookup codes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from feeledger.enterprises.actions import (
    CodeOverride,
    CreditCodeRefused,
    EnterpriseDetails,
    EnterpriseDetailsRefused,
    EnterpriseKnown,
    FactOrigin,
    PermitAct,
    PermitActKnown,
    amend_enterprise,
    record_facts,
    record_permit_act,
    register_enterprise,
)
from feeledger.enterprises.facts import FactRefused
from feeledger.enterprises.list_queries import EnterprisesWanted, find_enterprises
from feeledger.enterprises.lookup import LENGTH, SIGNS
from feeledger.enterprises.lookup_actions import (
    Tried,
    has_lookup_code,
    issue_lookup_code,
    payer_by_lookup_code,
    tries_are_used_up,
)
from feeledger.enterprises.queries import (
    EnterpriseUnknown,
    assessment_facts,
    enterprise_of,
    facts_on,
    permit_acts_of,
    words_about,
)
from feeledger.enterprises.tables import LookupCodeRow
from feeledger.trail import TrailActRow
from tests.builders import (
    CLERK,
    NOW,
    OTHER_REGION,
    REGION,
    SOIL_ITEM,
    TODAY,
    USCC,
    WATER_UNIT,
    a_place,
    an_enterprise,
)

DETAILS = EnterpriseDetails(name="演示商行", home_region=REGION)
ORIGIN = FactOrigin(source="enterprise", document="自报表")


@pytest.fixture
def place(any_store):
    with any_store.write() as session:
        a_place(session)
    return any_store


@pytest.fixture
def known(place):
    with place.write() as session:
        an_enterprise(session)
    return place


@pytest.mark.parametrize("text", [" 91130184ma0cq3t535 ", "９１１３０１８４ＭＡ０ＣＱ３Ｔ５３５"])
def test_a_credit_code_is_normalised_before_it_is_kept_rv1(place, text):
    with place.write() as session:
        assert register_enterprise(session, text, DETAILS, by=CLERK, now=NOW).uscc == USCC
        with pytest.raises(EnterpriseKnown):
            register_enterprise(session, USCC, DETAILS, by=CLERK, now=NOW)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("91130184MA0CQ3T536", "uscc-check"),
        ("9113010OMA07A1B27U", "uscc-character"),
        ("91130100MA07A1B27", "uscc-length"),
    ],
)
def test_a_damaged_credit_code_is_refused_with_its_reason_rv1(place, text, reason):
    with place.write() as session, pytest.raises(CreditCodeRefused) as caught:
        register_enterprise(session, text, DETAILS, by=CLERK, now=NOW)

    assert caught.value.facts["reason"] == reason


def test_an_override_registers_a_wrong_check_character_and_is_in_the_trail_rv1(place):
    override = CodeOverride("登记机关核发的证照如此")
    with place.write() as session:
        row = register_enterprise(
            session, "91350211M0000XUF46", DETAILS, by=CLERK, now=NOW, override=override
        )
        act = session.scalar(select(TrailActRow).where(TrailActRow.act == "override-credit-code"))

    assert (row.uscc_override_by, row.uscc_override_reason) == (CLERK, override.reason)
    assert (act.reason, act.subject) == (override.reason, "enterprise:91350211M0000XUF46")


@pytest.mark.parametrize(
    ("text", "reason"), [("91350211M0000XUF46", "  "), ("9113010OMA07A1B27U", "理由")]
)
def test_an_override_needs_a_reason_and_mends_no_other_fault_rv1(place, text, reason):
    with place.write() as session, pytest.raises(CreditCodeRefused):
        register_enterprise(
            session, text, DETAILS, by=CLERK, now=NOW, override=CodeOverride(reason)
        )


@pytest.mark.parametrize(
    "details",
    [
        EnterpriseDetails(name="  ", home_region=REGION),
        EnterpriseDetails(name="甲", home_region=REGION, industry_code="Z99"),
    ],
)
def test_details_are_held_against_their_rules(place, details):
    with place.write() as session, pytest.raises(EnterpriseDetailsRefused):
        register_enterprise(session, USCC, details, by=CLERK, now=NOW)


def test_what_the_register_said_before_stays_in_the_trail(known):
    with known.write() as session:
        amend_enterprise(
            session,
            USCC,
            EnterpriseDetails(name="改名商行", home_region=OTHER_REGION),
            reason="更名",
            by=CLERK,
            now=NOW,
        )
        act = session.scalar(select(TrailActRow).where(TrailActRow.act == "amend-enterprise"))

    assert act.details["before"]["name"] == "演示商行"
    with known.read() as session:
        assert enterprise_of(session, USCC).home_region == OTHER_REGION
        named = EnterprisesWanted(text="改名")
        assert find_enterprises(session, REGION, EnterprisesWanted(), limit=9, offset=0) == ()
        found = find_enterprises(session, OTHER_REGION, named, limit=9, offset=0)
        assert [row.uscc for row in found] == [USCC]
        with pytest.raises(EnterpriseUnknown):
            enterprise_of(session, "91130100MA07A1B27U")


def declare(session, facts, day, *, now=NOW, valid_to=None, region=REGION):
    record_facts(
        session,
        region,
        USCC,
        facts,
        ORIGIN,
        valid_from=day,
        valid_to=valid_to,
        by=CLERK,
        now=now,
    )


def values_on(store, day, *, known_by=None):
    with store.read() as session:
        held = facts_on(session, REGION, USCC, day, known_by=known_by)
        return {name: fact.value for name, fact in held.items()}


def test_facts_hold_from_their_day_and_the_later_knowledge_stands(known):
    with known.write() as session:
        declare(session, {"staff": 10, "area_m2": Decimal("12.50")}, date(2026, 1, 1))
        declare(session, {"staff": 12}, date(2026, 6, 1), now=NOW + timedelta(hours=1))
        declare(session, {"staff": 11}, date(2026, 1, 1), now=NOW + timedelta(hours=2))

    assert values_on(known, date(2025, 12, 31)) == {}
    assert values_on(known, date(2026, 5, 31)) == {"staff": 11, "area_m2": Decimal("12.50")}
    assert values_on(known, TODAY, known_by=NOW + timedelta(hours=1))["staff"] == 12
    assert values_on(known, TODAY, known_by=NOW)["staff"] == 10


def test_a_fact_ends_on_its_day_and_may_be_withdrawn(known):
    with known.write() as session:
        declare(session, {"staff": 10}, date(2026, 1, 1), valid_to=date(2026, 7, 1))
        declare(session, {"seats": 5, "rooms": 3}, date(2026, 1, 1))
        declare(session, {"seats": None}, date(2026, 1, 1), now=NOW + timedelta(hours=1))

    assert values_on(known, date(2026, 6, 30)) == {"staff": 10, "rooms": 3}
    assert values_on(known, date(2026, 7, 1)) == {"rooms": 3}
    with known.read() as session:
        assert [row.value for row in words_about(session, REGION, USCC, "seats")] == [None, "5"]


def test_facts_of_another_region_are_not_ours(known):
    with known.write() as session:
        declare(session, {"staff": 10}, date(2026, 1, 1), region=OTHER_REGION)

    assert values_on(known, TODAY) == {}


def test_a_float_is_no_fact(known):
    with known.write() as session, pytest.raises(FactRefused):
        declare(session, {"area_m2": 12.5}, TODAY)


def test_the_register_supplies_what_it_knows_over_what_was_declared(known):
    with known.write() as session:
        declare(session, {"years_since_registration": 99, "staff": 3}, date(2026, 1, 1))

    with known.read() as session:
        row = enterprise_of(session, USCC)
        facts, sources = assessment_facts(session, REGION, row, date(2023, 5, 6))
        assert facts == {"payer_kind": "enterprise", "years_since_registration": Decimal(3)}
        facts, sources = assessment_facts(session, REGION, row, TODAY)
    assert facts["staff"] == 3
    assert sources == {
        "staff": "enterprise",
        "payer_kind": "register",
        "years_since_registration": "register",
    }


def test_an_act_told_twice_is_one_and_other_content_is_refused(known):
    act = PermitAct(WATER_UNIT, "水许〔2026〕1号", "水土保持方案", TODAY, SOIL_ITEM, {"area": 10})
    with known.write() as session:
        first = record_permit_act(session, REGION, USCC, act, by=CLERK, now=NOW)
        again = record_permit_act(session, REGION, USCC, act, by=CLERK, now=NOW)
        assert first.id == again.id
        other = PermitAct(WATER_UNIT, act.act_no, act.kind, TODAY - timedelta(days=1))
        with pytest.raises(PermitActKnown):
            record_permit_act(session, REGION, USCC, other, by=CLERK, now=NOW)
        assert [row.act_no for row in permit_acts_of(session, REGION, USCC)] == [act.act_no]


def opened(store, uscc, code, *, now=NOW, caller="here"):
    with store.write() as session:
        row = payer_by_lookup_code(session, uscc, code, caller=caller, now=now)
        return row and row.uscc


def issued(store):
    with store.write() as session:
        return issue_lookup_code(session, USCC, reason="测试", by=CLERK, now=NOW)


def test_a_lookup_code_opens_the_page_however_it_is_typed(known):
    code = issued(known)

    assert len(code) == LENGTH
    assert set(code) <= set(SIGNS)
    assert not any(set(pair) <= set(SIGNS) for pair in ("0O", "1I", "1L", "2Z", "5S", "8B"))
    assert opened(known, f" {USCC.lower()}", f"{code[:5].lower()}-{code[5:]} ") == USCC


def test_a_code_is_kept_as_a_hash_and_a_new_one_replaces_it(known):
    old = issued(known)
    new = issued(known)

    assert old != new
    assert opened(known, USCC, old) is None
    assert opened(known, USCC, new) == USCC
    with known.read() as session:
        kept = session.get(LookupCodeRow, USCC)
        assert new.encode() not in kept.digest + kept.salt
        assert has_lookup_code(session, USCC)


def test_unknown_payers_and_wrong_codes_look_alike_and_tries_are_limited(known):
    code = issued(known)
    unknown = "91130100MA07A1B27U"

    for _ in range(5):
        assert opened(known, USCC, "AAAAAAAAAA") is None
        assert opened(known, unknown, "AAAAAAAAAA") is None
    assert opened(known, USCC, code) is None  # five in vain: the right one must wait too
    assert opened(known, USCC, code, now=NOW + timedelta(minutes=15)) == USCC


def test_a_right_code_forgets_the_tries_before_it(known):
    code = issued(known)
    for _ in range(3):
        for _ in range(4):
            assert opened(known, USCC, "AAAAAAAAAA") is None
        assert opened(known, USCC, code) == USCC


def test_nobody_can_shut_an_enterprise_out_by_wrong_tries(known):
    """Another's tries in vain do not count against who has the code; a hundred in all do."""
    code = issued(known)
    for address in range(20):
        assert opened(known, USCC, code) == USCC
        for _ in range(5):
            assert opened(known, USCC, "AAAAAAAAAA", caller=f"stranger {address}") is None

    assert opened(known, USCC, code) is None
    assert opened(known, USCC, code, now=NOW + timedelta(minutes=15)) == USCC


def test_what_is_no_credit_code_opens_nothing(known):
    assert opened(known, "不是代码", "AAAAAAAAAA") is None


def test_tries_that_come_at_once_are_counted_one_after_the_other(any_store):
    """Sixteen at a time: five are judged, the rest finds the tries used up; none breaks."""

    def try_in_vain(number):
        with any_store.write() as session:
            used_up = tries_are_used_up(session, Tried(USCC, "here"), now=NOW)
            typed = f"AAAAAAAAA{SIGNS[number]}"
            payer_by_lookup_code(session, USCC, typed, caller="here", now=NOW)
        return used_up

    with ThreadPoolExecutor(16) as threads:
        assert sorted(threads.map(try_in_vain, range(16))) == [False] * 5 + [True] * 11
