"""Things for tests, made through the real actions, with values that do no harm.

A test names the values that matter to it; all others stand here. The region is 新乐市 130184, the
day 2026-11-24. Account numbers are invented.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import LineAnswer, Request
from feeledger.catalog.actions import publish_edition
from feeledger.catalog.items import Catalog
from feeledger.catalog.plan import plan_of
from feeledger.catalog.reader import load_catalog
from feeledger.enterprises.actions import EnterpriseDetails, register_enterprise
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.errors import Text
from feeledger.files import Upload
from feeledger.ledger.actions import open_book
from feeledger.money import Money, parse_amount
from feeledger.notices.actions import NoticeOrder, issue_notice
from feeledger.notices.charges import Charge, DecidedAmount
from feeledger.notices.tables import NoticeRow
from feeledger.payments.actions import query_notice, record_payment
from feeledger.payments.advice import Advice
from feeledger.payments.outcome import Outcome
from feeledger.periods import Calendar
from feeledger.refunds.actions import (
    apply_for_refund,
    approve_refund,
    forward_refund,
    verify_refund,
)
from feeledger.refunds.application import Application
from feeledger.refunds.money_actions import pay_refund
from feeledger.refunds.refund import Hand
from feeledger.regions.actions import add_unit, keep_regions, let_unit_charge, open_region
from feeledger.regions.bank_actions import (
    AccountDetails,
    Announcement,
    Replacement,
    add_bank,
    appoint_agent_bank,
    designate_account,
)
from feeledger.regions.queries import RegionSettings
from feeledger.regions.reader import Regions, load_regions
from feeledger.regions.tables import DesignatedAccountRow
from feeledger.regions.working_days import load_calendar
from feeledger.settlements.actions import approve_settlement, prepare_settlement
from feeledger.sharing.actions import enter_share_rule
from feeledger.sharing.levels import RuleText
from feeledger.signatures import KeyRing
from tests.day_files import reconcile_by_day_file

ROOT = Path(__file__).parents[1]
CATALOGS = ROOT / "catalogs"
REGION = "130184"
OTHER_REGION = "130183"
TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 10:00 in Beijing
LONG_AGO = date(2013, 1, 1)
CLERK = "clerk:test"
BANK = "bank-a"
OTHER_BANK = "bank-b"
USCC = "91130184MA0CQ3T535"
ACCOUNT_NO = "0000-1111-2222-3333"
CNAPS = "313651027012"
WINDOW = "130184-WINDOW"
WATER_UNIT = "130184-WATER"
POLICE_UNIT = "130184-POLICE"
SOIL_ITEM = "soil-water-compensation"
SOIL_LINE = "soil-water.general-construction"  # 1.40 yuan a square metre
LICENCE_ITEM = "vehicle-certificate"
LICENCE_LINE = "vehicle-certificate.licence"  # 10 yuan each


@cache
def the_catalog() -> Catalog:
    """The edition of the repository, read once."""
    return load_catalog(CATALOGS / "hebei" / "compiled-2026-11-24")


@cache
def the_calendar() -> Calendar:
    return load_calendar(CATALOGS)


@cache
def the_regions() -> Regions:
    return load_regions(CATALOGS)


@dataclass(frozen=True)
class Place:
    """A region made ready: its window, two units, one bank and the designated account."""

    region: str
    account: DesignatedAccountRow


def an_edition(session: Session) -> Catalog:
    """Publish the repository's edition."""
    catalog = the_catalog()
    publish_edition(session, catalog, by=CLERK, now=NOW)
    return catalog


def a_region(session: Session, region: str = REGION, settings: RegionSettings | None = None) -> str:
    """Enter the fiscal regions and open one of them, with a book."""
    keep_regions(session, the_regions(), by=CLERK, now=NOW)
    open_region(session, region, settings or RegionSettings(), by=CLERK, now=NOW)
    open_book(session, region, first_day=TODAY, by=CLERK, now=NOW)
    return region


def a_unit(
    session: Session,
    unit_code: str = WATER_UNIT,
    *,
    region: str = REGION,
    items: tuple[str, ...] = (SOIL_ITEM,),
    valid_from: date = LONG_AGO,
    is_window: bool = False,
) -> str:
    name = Text(f"演示单位 {unit_code}", f"demo unit {unit_code}")
    add_unit(
        session,
        region,
        unit_code,
        name=name,
        valid_from=valid_from,
        by=CLERK,
        now=NOW,
        is_window=is_window,
    )
    let_unit_charge(session, region, unit_code, items, valid_from=valid_from, by=CLERK, now=NOW)
    return unit_code


def a_bank(
    session: Session, code: str = BANK, *, region: str | None = REGION, since: date = LONG_AGO
) -> str:
    """Enter a bank; unless ``region`` is None, it is an agent bank there."""
    add_bank(session, code, name=Text(f"演示银行 {code}", f"demo {code}"), by=CLERK, now=NOW)
    if region is not None:
        appoint_agent_bank(session, region, code, valid_from=since, by=CLERK, now=NOW)
    return code


def an_account(
    session: Session,
    account_no: str = ACCOUNT_NO,
    *,
    region: str = REGION,
    bank: str = BANK,
    valid_from: date = LONG_AGO,
    replaces: Replacement | None = None,
) -> DesignatedAccountRow:
    return designate_account(
        session,
        region,
        AccountDetails(
            bank=bank,
            cnaps=CNAPS,
            account_no=account_no,
            name="演示财政专户",
            bank_name=f"演示银行 {bank}",
        ),
        Announcement(document="演示公告〔2026〕1号", medium="演示报", announced_on=valid_from),
        valid_from=valid_from,
        by=CLERK,
        now=NOW,
        replaces=replaces,
    )


def a_place(session: Session, region: str = REGION, *, bank: str = BANK) -> Place:
    """Make a region that can issue notices and take payments."""
    a_region(session, region)
    a_unit(session, WINDOW, region=region, items=(), is_window=True)
    a_unit(session, WATER_UNIT, region=region, items=(SOIL_ITEM,))
    a_unit(session, POLICE_UNIT, region=region, items=(LICENCE_ITEM,))
    a_bank(session, bank, region=region)
    return Place(region, an_account(session, region=region, bank=bank))


def an_enterprise(
    session: Session,
    uscc: str = USCC,
    *,
    name: str = "演示商行",
    region: str = REGION,
    registered_on: date | None = date(2020, 5, 6),
) -> EnterpriseRow:
    details = EnterpriseDetails(name=name, home_region=region, registered_on=registered_on)
    return register_enterprise(session, uscc, details, by=CLERK, now=NOW)


def an_answer(
    item: str = SOIL_ITEM,
    line: str = SOIL_LINE,
    *,
    on: date = TODAY,
    region: str = REGION,
    facts: dict[str, object] | None = None,
) -> LineAnswer:
    """Assess one line of the repository's edition."""
    request = Request(
        ref=None,
        on=on,
        region=region,
        items=(item,),
        lines=(line,),
        facts=facts if facts is not None else {"land_occupied_m2": 100},
    )
    found = [a for a in assess(plan_of(the_catalog()), request).lines if a.line in (line, None)]
    return found[0]


def a_charge(
    unit_code: str = WATER_UNIT,
    answer: LineAnswer | None = None,
    decided: DecidedAmount | None = None,
) -> Charge:
    return Charge(unit_code, answer or an_answer(), decided)


def a_notice(
    session: Session,
    *charges: Charge,
    region: str = REGION,
    uscc: str = USCC,
    today: date = TODAY,
    now: datetime = NOW,
    ring: KeyRing | None = None,
) -> NoticeRow:
    """Issue a notice; without charges, of one line of 140.00 yuan (100 m² at 1.40)."""
    order = NoticeOrder(uscc, charges or (a_charge(answer=an_answer(region=region)),), ring=ring)
    return issue_notice(
        session, region, order, calendar=the_calendar(), today=today, by=CLERK, now=now
    )


def a_ready_notice(session: Session, region: str = REGION) -> NoticeRow:
    """Make a place, an enterprise and a notice that the bank has queried."""
    place = a_place(session, region)
    an_enterprise(session, region=region)
    notice = a_notice(session, region=region)
    a_query(session, notice, bank=place.account.bank)
    return notice


def a_query(session: Session, notice: NoticeRow, *, bank: str = BANK) -> None:
    query_notice(session, notice.pay_code or "", bank=bank, today=TODAY, now=NOW)


def an_advice(
    notice: NoticeRow,
    trade_no: str = "T0001",
    *,
    amount: str | None = None,
    account: str = ACCOUNT_NO,
    paid_at: datetime = NOW,
    payer_account: str | None = None,
) -> Advice:
    return Advice(
        pay_code=notice.pay_code or "",
        trade_no=trade_no,
        amount=parse_amount(amount) if amount else Money(notice.amount_fen),
        account=account,
        paid_at=paid_at,
        payer_name=notice.payer_name,
        payer_account=payer_account,
    )


def a_payment(
    session: Session, notice: NoticeRow, trade_no: str = "T0001", *, bank: str = BANK
) -> Outcome:
    """Pay a notice in full, on the day of the tests."""
    return record_payment(
        session, an_advice(notice, trade_no), bank=bank, now=NOW + timedelta(seconds=1)
    )


PAYER_ACCOUNT = "6222-0000-0001"
EVIDENCE = Upload("证明.pdf", b"%PDF-1.4 evidence")


def a_paid_notice(session: Session, *charges: Charge, trade_no: str = "T0001") -> NoticeRow:
    """Issue a notice in a place made before and pay it from the payer's account."""
    notice = a_notice(session, *charges)
    a_query(session, notice)
    advice = an_advice(notice, trade_no, payer_account=PAYER_ACCOUNT)
    record_payment(session, advice, bank=BANK, now=NOW + timedelta(seconds=1)).receipt()
    return notice


def reconcile_all(session: Session, region: str = REGION) -> None:
    """Mark every standing payment and its notice as a day file without differences would."""
    reconcile_by_day_file(session, region, now=NOW)


def a_share_rule(
    session: Session,
    item: str = SOIL_ITEM,
    *,
    ratios: dict[str, str] | None = None,
    collecting: str = "county",
    valid_from: date = LONG_AGO,
    valid_to: date | None = None,
    unit_code: str | None = None,
) -> int:
    """Enter a ratio of the tests' own: no ratio of a Hebei item was found published."""
    text = RuleText(
        item_id=item,
        ratios=ratios or {"central": "10", "province": "20", "county": "70"},
        collecting=collecting,
        document="演示分成〔2026〕1号",
        valid_from=valid_from,
        valid_to=valid_to,
        unit_code=unit_code,
    )
    return enter_share_rule(session, REGION, text, by=CLERK, now=NOW)


def an_application(amount: str = "140.00", *, line: int = 1, **told: object) -> Application:
    """Ask money back of one line, to the account that paid."""
    values: dict[str, object] = {
        "applied_as": "payer",
        "ground": "mistaken_payment",
        "reason": "重复申报，多缴。",
        "amounts": {line: parse_amount(amount)},
    }
    if "evidence" in told:
        values["files"] = (EVIDENCE,)
    return Application(**{**values, **told})


def a_hand(actor: str, *, today: date = TODAY, reason: str = "") -> Hand:
    return Hand(actor, today, NOW, reason)


def an_applied_refund(session: Session, notice: NoticeRow, amount: str = "140.00", **told: object):
    return apply_for_refund(
        session,
        notice.region,
        notice.id,
        an_application(amount, **told),
        hand=a_hand("payer:" + USCC),
        calendar=the_calendar(),
    )


def a_verified_refund(session: Session, notice: NoticeRow, amount: str = "140.00", **told: object):
    row = an_applied_refund(session, notice, amount, **told)
    return verify_refund(
        session, row.region, row.id, hand=a_hand("water:test"), calendar=the_calendar()
    )


def an_approved_refund(session: Session, notice: NoticeRow, amount: str = "140.00", **told: object):
    """Apply, verify, pass up where an upper level has a part, and approve."""
    row = a_verified_refund(session, notice, amount, **told)
    doing = {"hand": a_hand("reviewer:test"), "calendar": the_calendar()}
    if row.shared:
        forward_refund(session, row.region, row.id, **doing)
    return approve_refund(session, row.region, row.id, **doing)


def a_paid_refund(session: Session, notice: NoticeRow, amount: str = "140.00", **told: object):
    row = an_approved_refund(session, notice, amount, **told)
    return pay_refund(session, row.region, row.id, payment_no="R0001", hand=a_hand(CLERK))


def a_settlement(session: Session, region: str = REGION):
    """Prepare and approve a settlement of all that may be settled."""
    row = prepare_settlement(
        session, region, document="演示划解〔2026〕1号", until=TODAY, hand=a_hand(CLERK)
    )
    return approve_settlement(session, region, row.id, hand=a_hand("reviewer:test"))
