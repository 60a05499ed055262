"""Proof of rectification is added up from the books (R-S7)."""

from datetime import timedelta

import pytest

from feeledger.supervision.proof_queries import proof_of_rectification
from feeledger.supervision.tables import SupervisionCaseRow
from tests.builders import (
    NOW,
    POLICE_UNIT,
    REGION,
    SOIL_ITEM,
    WATER_UNIT,
    a_notice,
    a_payment,
    a_ready_notice,
)


def a_case(**changed):
    given = {"region": REGION, "unit_code": WATER_UNIT, "item_id": SOIL_ITEM, "opened_at": NOW}
    return SupervisionCaseRow(**given | changed)


@pytest.fixture
def paid(store):
    """A paid notice of 140.00 (100 m² at 1.40), received one second after NOW."""
    with store.write() as session:
        notice = a_ready_notice(session)
        a_payment(session, notice)
        return notice.pay_code


def proof(store, case, codes):
    with store.read() as session:
        return proof_of_rectification(session, case, codes).fen


def test_a_payment_since_the_opening_counts_once_however_often_its_code_is_named(store, paid):
    assert proof(store, a_case(), [paid, paid]) == 14_000


@pytest.mark.parametrize(
    "changed",
    [
        {"unit_code": POLICE_UNIT},
        {"item_id": "vehicle-certificate"},
        {"region": "130183"},
        {"opened_at": NOW + timedelta(minutes=1)},
    ],
)
def test_another_unit_item_or_region_and_money_paid_before_count_for_nothing(store, paid, changed):
    assert proof(store, a_case(**changed), [paid]) == 0


def test_a_case_without_an_item_counts_all_of_its_units_lines(store, paid):
    assert proof(store, a_case(item_id=""), [paid]) == 14_000


@pytest.mark.usefixtures("paid")
def test_an_unpaid_notice_and_no_code_at_all_prove_nothing(store):
    with store.write() as session:
        unpaid = a_notice(session).pay_code

    assert proof(store, a_case(), [unpaid]) == 0
    assert proof(store, a_case(), []) == 0
