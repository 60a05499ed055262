"""A pay code opens its own payer's page, and no other; tries in vain are counted."""

from datetime import timedelta

import pytest

from feeledger.enterprises.lookup_actions import Tried, tries_are_used_up
from feeledger.notices.payer_actions import payer_by_pay_code
from tests.builders import NOW, USCC, a_ready_notice

UNKNOWN = "91130184MA0CQ4N34H"


def test_the_pay_code_of_a_notice_opens_its_payer(any_store):
    with any_store.write() as session:
        notice = a_ready_notice(session)

        found = payer_by_pay_code(session, USCC.lower(), notice.pay_code, caller="here", now=NOW)

        assert found.uscc == USCC


@pytest.mark.parametrize("uscc", [UNKNOWN, "", "91130184"])
def test_it_opens_nobody_elses(store, uscc):
    with store.write() as session:
        notice = a_ready_notice(session)

        assert payer_by_pay_code(session, uscc, notice.pay_code, caller="here", now=NOW) is None


def test_after_five_wrong_codes_the_right_one_waits_fifteen_minutes(store):
    with store.write() as session:
        notice = a_ready_notice(session)
        for _ in range(5):
            payer_by_pay_code(session, USCC, "13018426999999999999", caller="here", now=NOW)
        assert tries_are_used_up(session, Tried(USCC, "here"), now=NOW)

        assert payer_by_pay_code(session, USCC, notice.pay_code, caller="here", now=NOW) is None
        later = NOW + timedelta(minutes=15)
        assert (
            payer_by_pay_code(session, USCC, notice.pay_code, caller="here", now=later) is not None
        )
