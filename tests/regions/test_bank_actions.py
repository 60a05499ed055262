"""The designated account and who may collect into it, held by the database (domain 15a)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from feeledger.regions.actions import change_settings
from feeledger.regions.bank_actions import (
    AccountNumberRefused,
    AccountOverlaps,
    AccountUnknown,
    Replacement,
    add_bank_key,
    end_bank_key,
)
from feeledger.regions.queries import (
    RegionSettings,
    account_for,
    agent_banks_of,
    designated_accounts_on,
    is_agent_bank,
    is_printed,
    key_of_bank,
)
from feeledger.regions.tables import DesignatedAccountRow, RegionSettingRow
from tests.builders import (
    ACCOUNT_NO,
    BANK,
    CLERK,
    LONG_AGO,
    NOW,
    OTHER_BANK,
    OTHER_REGION,
    REGION,
    TODAY,
    a_bank,
    a_place,
    a_region,
    an_account,
)

NEXT_WEEK = TODAY + timedelta(days=7)


@pytest.fixture
def place(any_store):
    with any_store.write() as session:
        return a_place(session)


def numbers_on(store, day):
    with store.read() as session:
        return [row.account_no for row in designated_accounts_on(session, REGION, day)]


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("bank", [BANK, OTHER_BANK])
def test_a_region_has_one_account_a_day_unless_it_decides_otherwise(any_store, bank):
    with any_store.write() as session:
        a_bank(session, OTHER_BANK)

    with pytest.raises(AccountOverlaps), any_store.write() as session:
        an_account(session, "5555-6666-7777", bank=bank, valid_from=NEXT_WEEK)

    assert numbers_on(any_store, NEXT_WEEK) == [ACCOUNT_NO]


@pytest.mark.usefixtures("place")
def test_without_single_account_each_bank_may_have_one(any_store):
    with any_store.write() as session:
        a_bank(session, OTHER_BANK)
        settings = RegionSettings(single_account=False)
        change_settings(session, REGION, settings, reason="测试", by=CLERK, now=NOW)
        an_account(session, "5555-6666-7777", bank=OTHER_BANK)

    with any_store.write() as session, pytest.raises(AccountOverlaps):
        an_account(session, "8888-6666-7777", bank=OTHER_BANK, valid_from=NEXT_WEEK)
    with any_store.read() as session:
        own = account_for(session, REGION, OTHER_BANK, TODAY)
        assert own.account_no == "5555-6666-7777"
        assert account_for(session, REGION, BANK, TODAY).account_no == ACCOUNT_NO


@pytest.mark.usefixtures("place")
def test_single_account_is_not_switched_on_over_two_accounts(any_store):
    with any_store.write() as session:
        a_bank(session, OTHER_BANK)
        settings = RegionSettings(single_account=False)
        change_settings(session, REGION, settings, reason="测试", by=CLERK, now=NOW)
        an_account(session, "5555-6666-7777", bank=OTHER_BANK)

    with pytest.raises(IntegrityError), any_store.write() as session:
        change_settings(session, REGION, RegionSettings(), reason="测试", by=CLERK, now=NOW)


def test_the_database_refuses_an_overlap_whoever_writes_it(any_store, place):
    row = {
        name: getattr(place.account, name)
        for name in DesignatedAccountRow.__table__.columns.keys()  # noqa: SIM118 - columns
    }

    with pytest.raises(IntegrityError, match="overlaps"), any_store.write() as session:
        session.execute(insert(DesignatedAccountRow), {**row, "id": 1, "valid_from": NEXT_WEEK})


def test_an_announced_change_prints_the_new_one_and_lets_both_take_money(any_store, place):
    with any_store.write() as session:
        an_account(
            session,
            "5555-6666-7777",
            valid_from=NEXT_WEEK,
            replaces=Replacement(place.account.id, overlap_days=3),
        )

    eve, last = NEXT_WEEK - timedelta(days=1), NEXT_WEEK + timedelta(days=2)
    assert numbers_on(any_store, eve) == [ACCOUNT_NO]
    assert numbers_on(any_store, NEXT_WEEK) == ["5555-6666-7777", ACCOUNT_NO]
    assert numbers_on(any_store, last) == ["5555-6666-7777", ACCOUNT_NO]
    assert numbers_on(any_store, last + timedelta(days=1)) == ["5555-6666-7777"]
    with any_store.read() as session:
        rows = designated_accounts_on(session, REGION, NEXT_WEEK)
        assert [is_printed(row, NEXT_WEEK) for row in rows] == [True, False]


def test_without_overlap_the_old_account_ends_the_day_the_new_one_begins(any_store, place):
    with any_store.write() as session:
        an_account(
            session,
            "5555-6666-7777",
            valid_from=NEXT_WEEK,
            replaces=Replacement(place.account.id),
        )

    assert numbers_on(any_store, NEXT_WEEK) == ["5555-6666-7777"]


def test_only_a_standing_account_is_replaced_and_for_a_bounded_time(any_store, place):
    with any_store.write() as session, pytest.raises(AccountUnknown):
        an_account(session, "5555-6666", valid_from=NEXT_WEEK, replaces=Replacement(1))
    with any_store.write() as session, pytest.raises(AccountUnknown):
        an_account(session, "5555-6666", replaces=Replacement(place.account.id))
    with any_store.write() as session, pytest.raises(AccountOverlaps):
        an_account(
            session,
            "5555-6666",
            valid_from=NEXT_WEEK,
            replaces=Replacement(place.account.id, overlap_days=93),
        )


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("number", ["123", "6222 0000 0000", "账号12345678"])
def test_an_account_number_follows_rv6(any_store, number):
    with any_store.write() as session, pytest.raises(AccountNumberRefused):
        an_account(session, number)


@pytest.mark.postgresql
def test_two_designations_at_once_do_not_slip_past_each_other(pg_store):
    with pg_store.write() as session:
        a_region(session)
        a_bank(session)

    def designate(number):
        try:
            with pg_store.write() as session:
                an_account(session, f"5555-6666-{number:04d}")
        except AccountOverlaps:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        done = list(threads.map(designate, range(6)))

    assert done.count(True) == 1
    assert len(numbers_on(pg_store, TODAY)) == 1


@pytest.mark.usefixtures("place")
def test_regions_do_not_share_agents_or_accounts(any_store):
    with any_store.write() as session:
        a_region(session, OTHER_REGION)

    with any_store.read() as session:
        assert is_agent_bank(session, REGION, BANK, TODAY)
        assert not is_agent_bank(session, OTHER_REGION, BANK, TODAY)
        assert not is_agent_bank(session, REGION, BANK, LONG_AGO - timedelta(days=1))
        assert account_for(session, OTHER_REGION, BANK, TODAY) is None
        assert [bank.code for bank in agent_banks_of(session, REGION, TODAY)] == [BANK]


@pytest.mark.usefixtures("place")
def test_keys_overlap_while_a_bank_changes_them_and_end_at_once(any_store):
    with any_store.write() as session:
        for keyid, since in (("old", NOW), ("new", NOW + timedelta(hours=1))):
            add_bank_key(
                session,
                keyid,
                bank=BANK,
                algorithm="hmac-sha256",
                material="A" * 43 + "=",  # 32 bytes
                valid_from=since,
                by=CLERK,
                now=NOW,
            )
        end = NOW + timedelta(hours=2)
        end_bank_key(session, "old", valid_to=end, reason="更换", by=CLERK, now=NOW)

    def valid(hours):
        with any_store.read() as session:
            at = NOW + timedelta(hours=hours)
            return [key for key in ("old", "new") if key_of_bank(session, key, at)]

    assert [valid(hours) for hours in (-1, 0, 1, 2)] == [[], ["old"], ["old", "new"], ["new"]]


@pytest.mark.usefixtures("place")
def test_the_setting_is_in_force_for_designations_to_come(any_store):
    with any_store.write() as session:
        session.execute(
            update(RegionSettingRow)
            .where(RegionSettingRow.region == REGION)
            .values(single_account=True)
        )

    assert numbers_on(any_store, TODAY) == [ACCOUNT_NO]
