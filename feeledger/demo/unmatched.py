"""The demonstration's money without a notice, and its reliefs: one of every state that people meet."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.clock import BEIJING
from feeledger.demo.setting import ACCOUNT_NO, BANKS
from feeledger.money import Money
from feeledger.notices.queries import notice_by_pay_code
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import UnmatchedReceiptRow
from feeledger.people.demonstration import DEMO_REGION
from feeledger.reliefs.actions import apply_for_relief, approve_relief
from feeledger.reliefs.relief import Ground, Terms
from feeledger.unmatched.actions import record_arrival
from feeledger.unmatched.arrival import Arrival, Payer
from feeledger.unmatched.claim_actions import Proposal, audit_claim, book_claim, propose_claim
from feeledger.unmatched.receipt_actions import (
    ReturnAsked,
    ReturnDone,
    confirm_return,
    request_return,
    split_receipt,
)

CLERK: Final = "clerk"
REVIEWER: Final = "reviewer"
HOUR: Final = time(11)
STRANGER: Final = Payer("演示外县贸易公司", "0000-6222-0001", "演示银行乙")
TWO_YUAN: Final = Money(200)
PART: Final = Money(5000)
REASON: Final = "演示数据：付款凭证 12 号"


@dataclass(frozen=True, slots=True)
class Scene:
    """What the money is placed by: unpaid notices not used yet, one that is paid, the day and time."""

    unpaid: tuple[NoticeRow, ...]
    paid_code: str
    today: date
    now: datetime


def scene_of(session: Session, told: dict[str, Any], *, today: date, now: datetime) -> Scene:
    """Choose the notices: some that nobody has paid, the last ones issued, and one that is paid."""
    unpaid: list[NoticeRow] = []
    paid_code = ""
    for noticed in reversed(told["notices"]):
        row = notice_by_pay_code(session, noticed["pay_code"])
        if row is not None and row.status == "issued":
            unpaid.append(row)
        elif row is not None and not paid_code:
            paid_code = row.pay_code or ""
    return Scene(tuple(unpaid), paid_code, today, now)


def place_unmatched(session: Session, scene: Scene) -> dict[str, int]:
    """Let money arrive that has no notice yet, and let people claim, split and return some of it."""
    old, twice, waiting, booked, over = (scene.unpaid[at] for at in range(5))
    _arrive(session, scene, "W1", _amount(old), days=46, remark="演示：水土保持补偿费")
    _arrive(session, scene, "W2", Money(6600), days=12, code="13018426000000099999", payer=STRANGER)
    _arrive(session, scene, "W3", _amount(twice) + TWO_YUAN, days=3, code=twice.pay_code)
    _arrive(session, scene, "W4", PART, days=1, code=scene.paid_code)
    _claim(session, scene, _arrive(session, scene, "W5", _amount(waiting), of=waiting), waiting)
    claim = _claim(
        session, scene, _arrive(session, scene, "W6", _amount(booked), of=booked), booked
    )
    audit_claim(
        session,
        DEMO_REGION,
        claim,
        payer_confirmed=True,
        reason="相符",
        by=REVIEWER,
        now=scene.now,
    )
    book_claim(session, DEMO_REGION, claim, by=CLERK, now=scene.now)
    whole = _arrive(session, scene, "W7", _amount(over) + PART, days=5, of=over)
    split_receipt(session, DEMO_REGION, whole, PART, reason="多缴 50 元", by=CLERK, now=scene.now)
    _return(session, scene, _arrive(session, scene, "W8", Money(30000), days=20, payer=STRANGER))
    sent_back = _arrive(session, scene, "W9", Money(8800), days=25, payer=STRANGER)
    _return(session, scene, sent_back)
    done = ReturnDone(scene.today, "YSTK0001")
    confirm_return(session, DEMO_REGION, sent_back, done, by=REVIEWER, now=scene.now)
    return {"receipts": 9, "claims": 2}


def grant_reliefs(session: Session, scene: Scene) -> dict[str, int]:
    """Let a notice be reduced and one deferred, and let a waiver wait for its decision."""
    reduced, deferred, waiting = scene.unpaid[5:8]
    later = date(scene.today.year + 1, 2, 26)
    for notice, terms in (
        (reduced, Terms("reduce", 1, bp=2000)),
        (deferred, Terms("defer", due_on=later)),
    ):
        relief = _apply(session, scene, notice, terms)
        approve_relief(session, DEMO_REGION, relief, reason="同意", by=REVIEWER, now=scene.now)
    _apply(session, scene, waiting, Terms("waive", 1))
    return {"reliefs": 3}


def _apply(session: Session, scene: Scene, notice: NoticeRow, terms: Terms) -> int:
    ground = Ground("演示批〔2026〕6号", scene.today, "演示财政局", "演示数据：停产受灾")
    row = apply_for_relief(session, DEMO_REGION, notice.id, terms, ground, by=CLERK, now=scene.now)
    return row.id


def _claim(session: Session, scene: Scene, receipt: int, notice: NoticeRow) -> int:
    proposal = Proposal((receipt,), (notice.pay_code or "",), REASON)
    return propose_claim(session, DEMO_REGION, proposal, by=CLERK, now=scene.now)


def _return(session: Session, scene: Scene, receipt: int) -> None:
    asked = ReturnAsked("演示数据：非本区划款项", "演示数据：退款申请书 3 号")
    request_return(session, DEMO_REGION, receipt, asked, by=CLERK, now=scene.now)


def _amount(notice: NoticeRow) -> Money:
    return Money(notice.amount_fen)


def _arrive(
    session: Session,
    scene: Scene,
    serial: str,
    amount: Money,
    *,
    days: int = 2,
    code: str | None = None,
    payer: Payer | None = None,
    of: NoticeRow | None = None,
    remark: str = "演示数据",
) -> int:
    """Let money of a serial arrive some days ago; give its receipt."""
    day = scene.today - timedelta(days=days)
    own = Payer(of.payer_name, f"0000-6217-{serial}", "演示银行甲") if of is not None else Payer()
    trade_no = f"YS{day:%Y%m%d}{serial}"
    arrival = Arrival(
        region=DEMO_REGION,
        trade_no=trade_no,
        account=ACCOUNT_NO,
        amount=amount,
        arrived_at=datetime.combine(day, HOUR, BEIJING),
        payer=payer or own,
        pay_code=code,
        remark=remark,
    )
    outcome = record_arrival(session, arrival, bank=BANKS[0].code, now=scene.now)
    if outcome.refusal is not None:
        raise outcome.refusal
    query = select(UnmatchedReceiptRow.id).where(
        UnmatchedReceiptRow.region == DEMO_REGION, UnmatchedReceiptRow.trade_no == trade_no
    )
    return session.scalars(query).one()
