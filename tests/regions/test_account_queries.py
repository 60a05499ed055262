"""The account numbers a charge may be paid into on a day."""

from datetime import date

import pytest

from feeledger.regions.account_queries import account_numbers_on
from feeledger.regions.tables import BankRow, DesignatedAccountRow, RegionRow, RegionSettingRow
from feeledger.store import Store

REGION = "130184"


def an_account(
    number: int, *, begin: date, printed_to: date | None, end: date | None
) -> DesignatedAccountRow:
    return DesignatedAccountRow(
        region=REGION,
        id=number,
        bank="demo-bank",
        cnaps="313651027012",
        account_no=f"0000-0000-000{number}",
        printed_account=f"9999-0000-000{number}",
        name="演示数据 财政专户",
        bank_name="演示银行",
        document="演示〔2026〕1号",
        medium="演示数据",
        announced_on=date(2025, 12, 1),
        valid_from=begin,
        printed_to=printed_to,
        valid_to=end,
    )


@pytest.fixture
def announced(store: Store) -> Store:
    with store.write() as session:
        session.add(
            RegionRow(code=REGION, name="新乐市", name_en="Xinle City", level="county", parent=None,
                      gb_code=REGION, valid_from=None, valid_to=None)
        )  # fmt: skip
        session.add(BankRow(code="demo-bank", name="演示银行", name_en="Demonstration bank"))
        session.flush()
        session.add(RegionSettingRow(region=REGION))
        session.flush()
        session.add(
            an_account(
                1, begin=date(2026, 1, 1), printed_to=date(2026, 6, 1), end=date(2026, 6, 11)
            )
        )
        session.flush()
        session.add(an_account(2, begin=date(2026, 6, 1), printed_to=None, end=None))
    return store


@pytest.mark.parametrize(
    ("day", "numbers"),
    [
        (date(2025, 12, 31), ()),
        (date(2026, 1, 1), ("0000-0000-0001", "9999-0000-0001")),
        (
            date(2026, 6, 10),
            ("0000-0000-0001", "0000-0000-0002", "9999-0000-0001", "9999-0000-0002"),
        ),
        (date(2026, 6, 11), ("0000-0000-0002", "9999-0000-0002")),
    ],
)
def test_real_and_printed_numbers_are_designated_by_day(
    announced: Store, day: date, numbers: tuple[str, ...]
) -> None:
    with announced.read() as session:
        assert account_numbers_on(session, REGION, day) == numbers


def test_a_region_that_announced_no_account_says_nothing(announced: Store) -> None:
    with announced.read() as session:
        assert account_numbers_on(session, "130100", date(2026, 1, 1)) is None
