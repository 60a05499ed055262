"""Issuing, voiding, reissuing, expiring: through the real actions, on both databases."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from feeledger.codes import judge_pay_code
from feeledger.enterprises.queries import EnterpriseUnknown
from feeledger.notices.actions import (
    EditionsDiffer,
    NoAccountToPrint,
    NothingToCharge,
    NoticeOrder,
    WindowMissing,
    expire_notices,
    issue_notice,
    reissue_notice,
    take_serials,
    void_notice,
)
from feeledger.notices.charges import ItemNotChargeable
from feeledger.notices.notice import NoticeNotMovable
from feeledger.notices.queries import (
    NoticeMissing,
    lines_of,
    notice_by_pay_code,
    notice_of,
    notices_of,
    notices_of_payer,
)
from feeledger.notices.relief_queries import due_lines
from feeledger.notices.signature_actions import SignatureMissing
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.periods import Calendar, CalendarYearMissing
from feeledger.regions.actions import change_settings
from feeledger.regions.queries import RegionNotOpen, RegionSettings, UnitUnknown
from tests.builders import (
    BANK,
    CLERK,
    LICENCE_ITEM,
    LICENCE_LINE,
    NOW,
    OTHER_REGION,
    POLICE_UNIT,
    REGION,
    SOIL_ITEM,
    SOIL_LINE,
    TODAY,
    USCC,
    WATER_UNIT,
    WINDOW,
    a_bank,
    a_charge,
    a_notice,
    a_payment,
    a_place,
    a_query,
    a_ready_notice,
    a_region,
    a_unit,
    an_account,
    an_answer,
    an_enterprise,
    the_calendar,
    the_catalog,
)


@pytest.fixture
def place(any_store):
    with any_store.write() as session:
        a_place(session)
        an_enterprise(session)
    return any_store


def licences(count=3):
    answer = an_answer(LICENCE_ITEM, LICENCE_LINE, facts={"vehicle_licences": count})
    return a_charge(POLICE_UNIT, answer)


def issue(store, *charges, **options):
    with store.write() as session:
        return a_notice(session, *charges, **options)


def test_a_notice_freezes_payer_lines_amount_account_and_edition(place):
    notice = issue(place)

    assert (notice.status, notice.amount_fen, notice.uscc) == ("issued", 14_000, USCC)
    assert notice.edition_sha256 == the_catalog().edition.sha256
    with place.read() as session:
        (line,) = lines_of(session, REGION, notice.id)
        assert (line.line_id, line.amount_fen, line.unit_code) == (SOIL_LINE, 14_000, WATER_UNIT)
        assert line.item_code == "X0011"
        assert line.explanation["amount"] == "140.00"
        assert line.obligation_on == TODAY
        assert due_lines((line,), ())[0].late_rule is None


def test_dates_follow_rt3_and_rt4(place):
    """Issued Tuesday 2026-11-24: ten working days on is Tuesday 2026-12-08, valid to New Year."""
    notice = issue(place)

    assert (notice.issued_on, notice.due_on) == (TODAY, date(2026, 12, 8))
    assert notice.valid_until == date(2026, 12, 31)
    assert not notice.dates_provisional


def test_near_new_year_the_notice_stays_valid_through_the_due_year_rt4(place):
    notice = issue(place, today=date(2026, 12, 28))

    assert notice.due_on.year == 2027
    assert notice.valid_until == date(2027, 12, 31)
    assert notice.dates_provisional


def test_pay_codes_are_rp2_codes_in_order(place):
    first, second = issue(place), issue(place)

    assert first.pay_code[:18] == "130184260000000000"
    assert [int(each.pay_code[8:19]) for each in (first, second)] == [1, 2]
    assert judge_pay_code(first.pay_code, "own").sound
    with place.read() as session:
        assert notice_by_pay_code(session, second.pay_code).id == second.id
        assert notice_by_pay_code(session, "13018426000000000105") is None


def test_each_region_and_year_counts_by_itself_rp4(place):
    with place.write() as session:
        a_region(session, OTHER_REGION)
        taken = [
            list(take_serials(session, region, year, count))
            for region, year, count in (
                (REGION, 2026, 1),
                (REGION, 2027, 1),
                (OTHER_REGION, 2026, 2),
                (REGION, 2026, 3),
            )
        ]

    assert taken == [[1], [1], [1, 2], [2, 3, 4]]


def test_a_rolled_back_issue_gives_no_code_away(place):
    with pytest.raises(ZeroDivisionError), place.write() as session:
        session.info["half done"] = (a_notice(session), 1 / 0)

    assert issue(place).pay_code[8:19] == "00000000001"


def test_several_units_stand_under_one_pay_code_of_the_window(place):
    notice = issue(place, a_charge(), licences())

    assert notice.unit_code == WINDOW
    assert notice.amount_fen == 14_000 + 3_000
    with place.read() as session:
        assert [line.unit_code for line in lines_of(session, REGION, notice.id)] == [
            WATER_UNIT,
            POLICE_UNIT,
        ]


def test_without_a_window_several_units_cannot_share_a_notice(any_store):
    with any_store.write() as session:
        a_region(session)
        a_unit(session, WATER_UNIT)
        a_unit(session, POLICE_UNIT, items=(LICENCE_ITEM,))
        a_bank(session)
        an_account(session)
        an_enterprise(session)

        with pytest.raises(WindowMissing):
            a_notice(session, a_charge(), licences())
        assert a_notice(session).unit_code == WATER_UNIT


def test_16003_is_judged_by_each_lines_own_unit_rc2(place):
    with place.write() as session, pytest.raises(ItemNotChargeable):
        a_notice(session, a_charge(POLICE_UNIT))
    with place.write() as session, pytest.raises(ItemNotChargeable):
        a_notice(session, a_charge(WINDOW))


def test_the_right_to_charge_is_that_of_the_obligation_date_rc2(any_store):
    with any_store.write() as session:
        a_region(session)
        a_unit(session, WATER_UNIT, valid_from=TODAY)
        a_bank(session)
        an_account(session)
        an_enterprise(session)
        yesterday = an_answer(on=TODAY - timedelta(days=1))

        with pytest.raises(ItemNotChargeable):
            a_notice(session, a_charge(answer=yesterday))
        assert a_notice(session).status == "issued"


def test_a_duty_from_before_the_end_of_an_item_is_noticed_afterwards_rc2(place):
    """The answer of the day before the end is what counts, whenever the notice is printed."""
    before = an_answer(on=date(2020, 1, 1))

    assert issue(place, a_charge(answer=before)).issued_on == TODAY


def test_a_notice_that_reliefs_take_whole_is_waived_without_a_code(place):
    exempt = replace(an_answer(), outcome="exempt")

    notice = issue(place, a_charge(answer=exempt))

    assert (notice.status, notice.pay_code, notice.amount_fen) == ("waived", None, 0)


def test_an_order_must_hold_together(place):
    elsewhere = a_charge(answer=an_answer(region=OTHER_REGION))
    calendar = {"calendar": the_calendar(), "today": TODAY, "by": CLERK, "now": NOW}

    with place.write() as session:
        with pytest.raises(EditionsDiffer):
            a_notice(session, a_charge(), elsewhere)
        with pytest.raises(NothingToCharge):
            issue_notice(session, REGION, NoticeOrder(USCC, ()), **calendar)
        with pytest.raises(EnterpriseUnknown):
            a_notice(session, uscc="91130100MA07A1B27U")
        with pytest.raises(UnitUnknown):
            a_notice(session, a_charge("NOBODY"))
        with pytest.raises(RegionNotOpen):
            a_notice(session, elsewhere, region=OTHER_REGION)


def test_a_missing_calendar_year_fails_loudly_rt1(place):
    with place.write() as session, pytest.raises(CalendarYearMissing):
        issue_notice(
            session,
            REGION,
            NoticeOrder(USCC, (a_charge(),)),
            calendar=Calendar({}),
            today=TODAY,
            by=CLERK,
            now=NOW,
        )


def test_no_account_no_notice(any_store):
    with any_store.write() as session:
        a_region(session)
        a_unit(session)
        a_bank(session)
        an_enterprise(session)
        with pytest.raises(NoAccountToPrint):
            a_notice(session)


def test_the_signature_guard_is_off_until_it_is_switched_on(place):
    """What a good signature is: tests/vouchers."""
    with place.write() as session:
        assert a_notice(session).signature is None
        settings = RegionSettings(signature_required=True)
        change_settings(session, REGION, settings, reason="测试", by=CLERK, now=NOW)
        with pytest.raises(SignatureMissing):
            a_notice(session)


def test_a_void_says_who_when_and_why_and_happens_once(place):
    notice = issue(place)
    with place.write() as session:
        void_notice(session, REGION, notice.id, reason="开错", by=CLERK, now=NOW)

    with place.write() as session:
        row = notice_of(session, REGION, notice.id)
        assert (row.status, row.void_reason, row.voided_by) == ("voided", "开错", CLERK)
        with pytest.raises(NoticeNotMovable):
            void_notice(session, REGION, notice.id, reason="再次", by=CLERK, now=NOW)
        with pytest.raises(NoticeMissing):
            void_notice(session, REGION, 1, reason="无", by=CLERK, now=NOW)


def test_a_paid_notice_is_not_voided(place):
    with place.write() as session:
        notice = a_notice(session)
        a_query(session, notice, bank=BANK)
        a_payment(session, notice)
    with place.write() as session, pytest.raises(NoticeNotMovable):
        void_notice(session, REGION, notice.id, reason="开错", by=CLERK, now=NOW)


def test_r_t4_a_notice_expires_the_day_after_its_last_day_and_another_takes_its_place(store):
    """Issued on 24 November 2026, due on 8 December: payable until 31 December."""
    last = date(2026, 12, 31)
    with store.write() as session:
        old = a_ready_notice(session)
        assert old.valid_until == last
        assert expire_notices(session, REGION, today=last, now=NOW) == 0
        assert expire_notices(session, REGION, today=last + timedelta(days=1), now=NOW) == 1
        assert notice_of(session, REGION, old.id).status == "expired"
        new = reissue_notice(
            session, REGION, old.id, NoticeOrder(USCC, (a_charge(),)), reason="过期换开",
            calendar=the_calendar(), today=TODAY, by=CLERK, now=NOW,
        )  # fmt: skip
        session.expire_all()
        assert notice_of(session, REGION, old.id).status == "voided"
        assert (new.status, new.supersedes) == ("issued", old.id)


def test_a_reissued_notice_refers_to_the_one_it_replaces(place):
    old = issue(place)
    order = NoticeOrder(USCC, (licences(),))
    with place.write() as session:
        new = reissue_notice(
            session,
            REGION,
            old.id,
            order,
            reason="项目有误",
            calendar=the_calendar(),
            today=TODAY,
            by=CLERK,
            now=NOW,
        )

    assert (new.supersedes, new.amount_fen) == (old.id, 3_000)
    assert new.pay_code != old.pay_code
    with place.read() as session:
        assert notice_of(session, REGION, old.id).status == "voided"


def test_notices_expire_the_day_after_their_last(place):
    notice = issue(place)

    def expire(day):
        with place.write() as session:
            return expire_notices(session, REGION, today=day, now=NOW)

    assert expire(date(2026, 12, 31)) == 0
    assert expire(date(2027, 1, 1)) == 1
    assert expire(date(2027, 1, 2)) == 0
    with place.read() as session:
        assert notice_of(session, REGION, notice.id).status == "expired"


def test_a_payers_page_adds_its_regions_up(place):
    with place.write() as session:
        a_place(session, OTHER_REGION, bank="bank-z")
        a_notice(session)
        a_notice(session, region=OTHER_REGION)

    with place.read() as session:
        assert {row.region for row in notices_of_payer(session, USCC)} == {REGION, OTHER_REGION}
        assert len(notices_of(session, REGION, USCC)) == 1
        assert notices_of(session, REGION, USCC, status="paid") == ()
        assert notices_of(session, REGION, unit_code=WINDOW) == ()
        assert len(notices_of(session, REGION, since=TODAY)) == 1


@pytest.mark.parametrize(
    "column",
    [
        {"amount_fen": 1},
        {"pay_code": "13018426000000000105"},
        {"payer_name": "他人"},
        {"account": None},
        {"edition_sha256": "0" * 64},
    ],
)
def test_the_database_refuses_to_change_what_an_issued_notice_says(place, column):
    notice = issue(place)

    with pytest.raises(DBAPIError, match=r"append-only|permission"), place.write() as session:
        session.execute(
            update(NoticeRow)
            .where(NoticeRow.region == REGION, NoticeRow.id == notice.id)
            .values(**column)
        )


def test_the_database_refuses_to_delete_a_notice_or_touch_its_lines(place):
    issue(place)

    for statement in (
        "DELETE FROM notice",
        "DELETE FROM notice_line",
        "UPDATE notice_line SET amount_fen = 1",
    ):
        with pytest.raises(DBAPIError, match=r"append-only|permission"), place.write() as session:
            session.execute(text(statement))


def test_a_line_without_its_notice_is_refused(place):
    with pytest.raises(IntegrityError), place.write() as session:
        session.execute(
            insert(NoticeLineRow),
            {
                "region": REGION,
                "notice": 1,
                "line_no": 1,
                "unit_code": WATER_UNIT,
                "unit_name": "x",
                "item_id": SOIL_ITEM,
                "item_code": "X",
                "item_name": "x",
                "line_id": None,
                "obligation_on": TODAY,
                "outcome": "due",
                "amount_fen": 1,
                "explanation": {},
                "basis": None,
                "late_rule": None,
            },
        )
