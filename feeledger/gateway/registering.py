"""Registering a unit's own notice (8994, R-B5), once for each pay code, and voiding it.

What is judged, in order: the sums, the node's unit (18012), the payer, the account (16004, S05), each line's item
on the bill date (16003), its amount against the catalog (16003, S04). A refusal changes nothing but
its own record; a signal opens a case once, however often the same message comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from feeledger.catalog.plan import plan_of
from feeledger.catalog.queries import edition_in_use
from feeledger.enterprises.actions import EnterpriseDetails, register_enterprise
from feeledger.enterprises.standing import EnterpriseClosed
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.errors import FeeLedgerError, Text
from feeledger.gateway.payers import demand_payer
from feeledger.gateway.queries import NodeToken
from feeledger.gateway.refusals import (
    AmountBeyondStandard,
    ItemNotCharged,
    PayeeAccountWrong,
    RegistrationDiffers,
    RegistrationImpossible,
    UnitNotOfNode,
    malformed,
)
from feeledger.gateway.registered_lines import JudgedLine, item_of_code, judge_line
from feeledger.gateway.registration import Registration, Voiding, demand_check_digit
from feeledger.gateway.tables import RegistrationRefusalRow, RegistrationRow
from feeledger.notices.actions import NoticeOrder, issue_notice, void_notice
from feeledger.notices.charges import Charge, DecidedAmount, ItemNotChargeable, Registered
from feeledger.notices.queries import notice_by_pay_code
from feeledger.payments.refusals import BankRefusal, PayCodeUnknown
from feeledger.periods import Calendar
from feeledger.regions.queries import (
    designated_accounts_on,
    region_settings,
    unit_of,
)
from feeledger.store import insert_for, table_of
from feeledger.supervision.actions import report_collection
from feeledger.supervision.notice_actions import Moment, signal_notice
from feeledger.supervision.report import Told
from feeledger.supervision.states import Clock

# Why a line bears its amount, as its basis keeps it and the sheet prints it.
BORNE_OUT: Final = "执收单位登记，与目录标准核对相符"
NOT_TOLD: Final = "执收单位登记；所知情况不足以核定，适用哪一档标准以单位所据为准"
SIGNAL_OF: Final = {AmountBeyondStandard: "S04", PayeeAccountWrong: "S05"}


@dataclass(frozen=True, slots=True)
class Registering:
    """Who registers, and when."""

    token: NodeToken
    now: datetime
    today: date
    calendar: Calendar

    @property
    def by(self) -> str:
        """The name that the trail knows the node by."""
        return f"node:{self.token.node}"


def settle_registration(
    session: Session, told: Registration | Voiding, hand: Registering
) -> BankRefusal | None:
    """Register or void a notice; give the refusal, which is kept, where nothing was done."""
    try:
        with session.begin_nested():
            if isinstance(told, Voiding):
                void_registered(session, told, hand)
            else:
                register(session, told, hand)
    except FeeLedgerError as fault:
        refusal = fault if isinstance(fault, BankRefusal) else RegistrationImpossible(fault.detail)
        if isinstance(told, Registration):
            keep_refusal(session, told, refusal, hand)
        return refusal
    return None


def register(session: Session, told: Registration, hand: Registering) -> None:
    """Register a notice; the same content again changes nothing.

    Raises UnitNotOfNode, PayCodeCheckFails, PayerNotHeld, PayeeAccountWrong, ItemNotCharged,
    AmountBeyondStandard, RegistrationDiffers, and what issuing a notice raises.
    """
    _demand_unit(told.unit_code, hand)
    kept = session.get(RegistrationRow, (told.region, told.pay_code))
    if kept is not None or notice_by_pay_code(session, told.pay_code) is not None:
        _demand_same(kept, told)
        return
    settings = region_settings(session, told.region)
    demand_check_digit(told.pay_code, own_profile=settings.paycode_profile == "own")
    _demand_day(told, hand.today)
    # A code that fails its check may stand in the register, entered with a reason (R-V1).
    if session.get(EnterpriseRow, told.uscc) is None:
        demand_payer(told.uscc)
    _demand_account(session, told)
    plan = plan_of(edition_in_use(session))
    judged = [judge_line(session, plan, told, line) for line in told.lines]
    _write(session, told, judged, hand)


def void_registered(session: Session, told: Voiding, hand: Registering) -> None:
    """Void a registered notice that is not paid; void already, nothing changes.

    Raises UnitNotOfNode, PayCodeUnknown, RegistrationDiffers, NoticeNotMovable.
    """
    _demand_unit(told.unit_code, hand)
    notice = notice_by_pay_code(session, told.pay_code)
    if notice is None:
        raise PayCodeUnknown(
            Text(
                f"没有缴款码为 {told.pay_code} 的缴款书。",
                f"No notice has the pay code {told.pay_code}.",
            )
        )
    if session.get(RegistrationRow, (told.region, told.pay_code)) is None or (
        notice.unit_code != told.unit_code
    ):
        raise RegistrationDiffers(
            Text("该缴款书不是本单位登记的。", "The notice was not registered by this unit.")
        )
    if notice.status == "voided":
        return
    void_notice(session, told.region, notice.id, reason="8994 PayStats 2", by=hand.by, now=hand.now)


def keep_refusal(
    session: Session, told: Registration, refusal: BankRefusal, hand: Registering
) -> None:
    """Keep a refused registration; equal ones are one row, counted, and signal once (R-B5)."""
    row = RegistrationRefusalRow
    found = session.get(row, (told.region, told.pay_code, refusal.result, told.content_sha256))
    statement = insert_for(session, row).values(
        region=told.region,
        pay_code=told.pay_code,
        result=refusal.result,
        content_sha256=told.content_sha256,
        node=hand.token.node,
        unit_code=told.unit_code,
        code=refusal.code,
        detail_zh=refusal.detail.zh,
        detail_en=refusal.detail.en,
        first_at=hand.now,
        last_at=hand.now,
        times=1,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["region", "pay_code", "result", "content_sha256"],
            set_={"times": row.times + 1, "last_at": hand.now},
        )
    )
    signal = SIGNAL_OF.get(type(refusal))
    if found is None and signal is not None and hand.token.unit_code == told.unit_code:
        _signal(session, told, signal, hand)


def _demand_unit(unit_code: str, hand: Registering) -> None:
    if hand.token.unit_code is None or hand.token.unit_code != unit_code:
        raise UnitNotOfNode(
            Text(
                f"节点 {hand.token.node} 不能为单位 {unit_code} 办理。",
                f"Node {hand.token.node} does not act for unit {unit_code}.",
            )
        )


def _demand_same(kept: RegistrationRow | None, told: Registration) -> None:
    if kept is None or kept.content_sha256 != told.content_sha256:
        raise RegistrationDiffers(
            Text(
                f"缴款码 {told.pay_code} 已用于内容不同的缴款书。",
                f"Pay code {told.pay_code} stands for a notice of other content.",
            )
        )


def _demand_day(told: Registration, today: date) -> None:
    if told.bill_date > today:
        raise malformed(
            f"BillDate {told.bill_date} 尚未到来", f"BillDate {told.bill_date} is still to come"
        )


def _demand_account(session: Session, told: Registration) -> None:
    accounts = designated_accounts_on(session, told.region, told.bill_date)
    if told.account not in {row.account_no for row in accounts}:
        raise PayeeAccountWrong(
            Text(
                f"RecAcctReal {told.account or '（空）'} 不是 {told.bill_date} 的指定账户。",
                f"RecAcctReal {told.account or '(empty)'} is not the account designated on "
                f"{told.bill_date}.",
            )
        )


def _write(
    session: Session, told: Registration, judged: Sequence[JudgedLine], hand: Registering
) -> None:
    """Bind the pay code, enter the payer if it is new, and issue the notice as it was told."""
    session.execute(
        insert(table_of(RegistrationRow)),
        {
            "region": told.region,
            "pay_code": told.pay_code,
            "content_sha256": told.content_sha256,
            "node": hand.token.node,
            "wants_notification": told.wants_notification,
            "registered_at": hand.now,
        },
    )
    if session.get(EnterpriseRow, told.uscc) is None:
        details = EnterpriseDetails(name=told.payer_name, home_region=told.region)
        register_enterprise(session, told.uscc, details, by=hand.by, now=hand.now)
    order = NoticeOrder(
        told.uscc,
        tuple(_charge_of(told, each) for each in judged),
        registered=Registered(told.pay_code, told.crc_code),
    )
    try:
        notice = issue_notice(
            session,
            told.region,
            order,
            calendar=hand.calendar,
            today=told.bill_date,
            by=hand.by,
            now=hand.now,
        )
    except (EnterpriseClosed, ItemNotChargeable) as refused:
        raise ItemNotCharged(refused.detail) from refused
    moment = Moment(hand.today, hand.now, Clock(hand.calendar))
    signal_notice(session, told.region, notice.id, moment)


def _charge_of(told: Registration, each: JudgedLine) -> Charge:
    """Make a line: the amount is the unit's, and what the catalog says of it stands beside it."""
    reason = BORNE_OUT if each.is_sure else NOT_TOLD
    decided = DecidedAmount(each.line.amount, f"8994 报文 {told.pay_code}", reason)
    return Charge(told.unit_code, each.answer, decided)


def _signal(session: Session, told: Registration, signal: str, hand: Registering) -> None:
    """Open or join a case on what the unit itself sent: S04 for a line, S05 for the account."""
    unit = unit_of(session, told.region, told.unit_code, told.bill_date)
    plan = plan_of(edition_in_use(session))
    for line in told.lines:
        reported = report_collection(
            session,
            Told(
                department=unit.name,
                item=item_of_code(plan, line.code) or line.name,
                amount=line.amount,
                charged_on=told.bill_date,
                how_paid="other",
                channel="api",
                unit_code=told.unit_code,
                payer=told.uscc,
                account=told.account if signal == "S05" else "",
                story=f"执收单位以 8994 报文登记缴款书 {told.pay_code}，系统未受理。",
                entered_by=hand.by,
                only=(signal,),
            ),
            region=told.region,
            plan=plan,
            today=hand.today,
            now=hand.now,
            clock=Clock(hand.calendar),
        )
        if reported.signals:
            return
