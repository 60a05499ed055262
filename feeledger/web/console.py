"""The console's first page: what waits for the officer, and the region's figures."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from flask import Blueprint
from sqlalchemy.orm import Session

from feeledger.catalog.draft_queries import count_drafts
from feeledger.clock import BEIJING
from feeledger.doors import kit
from feeledger.enterprises.dispute_actions import DisputesWanted, count_disputes
from feeledger.enterprises.reassessment_actions import count_reassessments_due
from feeledger.errors import Text
from feeledger.ledger.queries import balances_on, open_day_of
from feeledger.money import Money
from feeledger.notices.list_queries import (
    NoticesWanted,
    add_figures,
    figures_by_status,
    total_of_notices,
)
from feeledger.notices.notice import PAID, UNPAID
from feeledger.payments.list_queries import count_rejections
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.quotas.list_queries import QuotasWanted, total_of_quotas
from feeledger.reassessments.queries import ReassessmentsWanted, count_reassessments
from feeledger.reconciliation.queries import DifferencesWanted, count_differences
from feeledger.refunds.queries import RefundsWanted, total_of_refunds
from feeledger.settlements.view_queries import count_prepared
from feeledger.sharing.queries import count_undetermined
from feeledger.supervision.levels import LEVEL_TEXTS
from feeledger.supervision.queries import CasesWanted, find_cases
from feeledger.supervision.states import FINAL
from feeledger.unmatched.claim_list_queries import total_of_claims
from feeledger.unmatched.list_queries import ReceiptsWanted, total_of_receipts
from feeledger.unmatched.receipt import OLD_AFTER_DAYS
from feeledger.web.console_door import (
    Shown,
    case_clock,
    console_page,
    officers,
    own_unit,
)
from feeledger.web.language import link
from feeledger.web.present import today

console_pages = Blueprint("console", __name__)

EXPIRING_DAYS: Final = 7
REJECTED_DAYS: Final = 7
ISSUED: Final = PAID | UNPAID
REFUND_TURNS: Final = (
    (Right.VERIFY_REFUND, "applied", Text("退付待核实", "refunds to verify")),
    (Right.DECIDE_REFUND, "unit_verified", Text("退付待审批", "refunds to decide")),
    (Right.DECIDE_REFUND, "forwarded", Text("退付已上报待答复", "refunds passed up")),
    (Right.PAY_REFUND, "finance_approved", Text("退付待支付", "refunds to pay")),
)
TO_DECIDE: Final = frozenset({"explained", "awaiting_decision", "appealed", "rectified"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """One kind of thing that waits: how many, what, and where the list of them is."""

    count: int
    what: Text
    address: str
    grave: bool = False


@console_pages.get("/console")
@officers(Right.SEE_CONSOLE)
def show_console(officer: Officer) -> Shown:
    """Show what waits for the officer and the figures of the region."""
    with kit().store.read() as session:
        waiting = [
            *_waiting_cases(session, officer),
            *_waiting_facts(session, officer),
            *_waiting_money(session, officer),
            *_waiting_refunds(session, officer),
            *_waiting_notices(session, officer),
            *_waiting_quotas(session, officer),
            *_waiting_changes(session, officer),
        ]
        return console_page(
            "console/home.html",
            officer,
            waiting=[one for one in waiting if one.count],
            idle=[one for one in waiting if not one.count],
            figures=_figures(session, officer),
            balance=_balance(session, officer),
        )


def _waiting_cases(session: Session, officer: Officer) -> list[Waiting]:
    """Count the open cases by level, and those that wait for a decision."""
    wanted = CasesWanted(unit_code=own_unit(officer))
    found = find_cases(session, officer.region, wanted, today=today(), clock=case_clock())
    living = [view for view in found if view.now.state not in FINAL]
    levels = Counter(view.row.level for view in living)
    to_decide = sum(view.now.state in TO_DECIDE for view in living)
    rows = [
        Waiting(
            levels[level],
            Text(f"{name.zh}案件未结", f"open cases, {name.en}"),
            link("cases.list_cases", level=level, state="open"),
            grave=level == "red",
        )
        for level, name in reversed(list(LEVEL_TEXTS.items()))
    ]
    return [
        Waiting(
            to_decide,
            Text("案件待处理（已说明、待认定、申诉、待核实）", "cases wait for the bureau"),
            link("cases.list_cases", state="to_decide"),
            grave=True,
        ),
        *rows,
    ]


def _waiting_facts(session: Session, officer: Officer) -> list[Waiting]:
    """Count the facts in dispute, for those who decide them, and the re-assessments due."""
    if not officer.may(Right.SEE_ENTERPRISES):
        return []
    region = officer.region
    rows = [
        Waiting(
            count_reassessments_due(session, region),
            Text("企业待重新测算", "enterprises to be assessed again"),
            link("intake.list_due"),
        )
    ]
    if officer.may(Right.DECIDE_FACTS):
        count = count_disputes(session, region, DisputesWanted())
        what = Text("情况分歧待裁定", "facts in dispute to decide")
        rows.insert(0, Waiting(count, what, link("disputes.list_disputes")))
    return rows


def _waiting_money(session: Session, officer: Officer) -> list[Waiting]:
    if not officer.may(Right.SEE_PAYMENTS):
        return []
    region, day = officer.region, today()
    wanted = DifferencesWanted(unsettled=True)
    old = ReceiptsWanted(open_only=True, before=day - timedelta(days=OLD_AFTER_DAYS))
    return [
        Waiting(
            count_differences(session, region, wanted),
            Text("对账差异未处理", "differences not settled"),
            link("differences.list_differences"),
            grave=True,
        ),
        Waiting(
            count_rejections(session, region, since=_beijing_midnight(day, -REJECTED_DAYS)),
            Text(
                f"近 {REJECTED_DAYS} 天拒收的缴款确认",
                f"confirmations refused in the last {REJECTED_DAYS} days",
            ),
            link("payments.list_rejections"),
        ),
        Waiting(
            count_undetermined(session, region),
            Text("已缴款的收费行分成未定", "paid lines whose shares are undetermined"),
            link("shares.list_undetermined"),
        ),
        *_waiting_settlements(session, officer),
        Waiting(
            total_of_receipts(session, region, old)[0],
            Text(
                f"待查收入超过 {OLD_AFTER_DAYS} 天",
                f"unmatched receipts older than {OLD_AFTER_DAYS} days",
            ),
            link("unmatched.list_unmatched", age="old"),
            grave=True,
        ),
        *_waiting_claims(session, officer),
    ]


def _waiting_claims(session: Session, officer: Officer) -> list[Waiting]:
    """Count the claims, and the returns asked for, that the officer's own hand is needed for."""
    asked = (
        (Right.AUDIT_RECEIPT, "proposed", Text("认领待审核", "claims to be audited")),
        (Right.CLAIM_RECEIPT, "audited", Text("认领待入账", "claims to be booked")),
    )
    return [
        Waiting(
            total_of_claims(session, officer.region, state)[0],
            what,
            link("claims.list_claims", state=state),
        )
        for right, state, what in asked
        if officer.may(right)
    ] + _waiting_returns(session, officer)


def _waiting_returns(session: Session, officer: Officer) -> list[Waiting]:
    """Count the returns of unmatched money that wait for another person's word (R-U2)."""
    if not officer.may(Right.AUDIT_RECEIPT):
        return []
    asked = ReceiptsWanted(state="return_requested")
    return [
        Waiting(
            total_of_receipts(session, officer.region, asked)[0],
            Text("待查收入退回待确认", "returns of unmatched money to confirm"),
            link("unmatched.list_unmatched", state=asked.state),
        )
    ]


def _waiting_settlements(session: Session, officer: Officer) -> list[Waiting]:
    if not officer.may(Right.APPROVE_SETTLEMENT):
        return []
    count = count_prepared(session, officer.region)
    what = Text("划解单待批准", "settlements to approve")
    return [Waiting(count, what, link("settlements.list_settlements"))]


def _waiting_refunds(session: Session, officer: Officer) -> list[Waiting]:
    """Count the refunds past their legal limit, and those whose next step is the officer's."""
    region, unit = officer.region, own_unit(officer)

    def count(**narrowed: Any) -> int:
        wanted = RefundsWanted(unit_code=unit, **narrowed)
        return total_of_refunds(session, region, wanted, today=today())[0]

    rows = [
        Waiting(
            count(overdue=True),
            Text("退付超过法定期限", "refunds past their legal limit"),
            link("refunds.list_refunds", overdue="yes"),
            grave=True,
        )
    ]
    rows += [
        Waiting(
            count(state=state),
            what,
            link("refunds.list_refunds", state=state),
        )
        for right, state, what in REFUND_TURNS
        if officer.may(right)
    ]
    return rows


def _waiting_notices(session: Session, officer: Officer) -> list[Waiting]:
    wanted = NoticesWanted(
        status="issued",
        unit_code=own_unit(officer) or "",
        expiring_by=today() + timedelta(days=EXPIRING_DAYS),
    )
    return [
        Waiting(
            total_of_notices(session, officer.region, wanted).count,
            Text(
                f"通知书 {EXPIRING_DAYS} 天内到期未缴",
                f"unpaid notices that expire within {EXPIRING_DAYS} days",
            ),
            link("notices.list_notices", expiring="yes"),
        )
    ]


def _waiting_quotas(session: Session, officer: Officer) -> list[Waiting]:
    """Count the year's amounts that wait to be audited, to be settled, to be published."""
    if not officer.may(Right.SEE_QUOTAS):
        return []
    year = today().year
    waiting = (
        ("draft", "clear", Text("年收费额度待审核", "yearly amounts to be audited")),
        (
            "draft",
            "open_lines",
            Text("年收费额度有未定项目", "yearly amounts with undetermined lines"),
        ),
        ("audited", "", Text("年收费额度待公布", "yearly amounts to be published")),
    )
    return [
        Waiting(
            total_of_quotas(session, officer.region, QuotasWanted(year, state, bar=bar))[0],
            what,
            link("quotas.list_quotas", year=year, state=state, bar=bar or None),
        )
        for state, bar, what in waiting
    ]


def _waiting_changes(session: Session, officer: Officer) -> list[Waiting]:
    """Count re-assessments to be decided, and drafts of editions to be reviewed or published."""
    if not officer.may(Right.SEE_PAYMENTS):
        return []
    wanted = ReassessmentsWanted(state="proposed")
    return [
        Waiting(
            count_reassessments(session, officer.region, wanted)[0],
            Text("重新测算待批准", "re-assessments to be decided"),
            link("reassessments.list_reassessments", state="proposed"),
        ),
        Waiting(
            count_drafts(session, waiting=True),
            Text("目录草稿待复核或公布", "drafts of editions to be reviewed or published"),
            link("editions.list_editions"),
        ),
    ]


def _figures(session: Session, officer: Officer) -> dict[str, Any]:
    figures = figures_by_status(session, officer.region, unit_code=own_unit(officer))
    return {
        "issued": add_figures(figures, ISSUED),
        "paid": add_figures(figures, PAID),
        "unpaid": add_figures(figures, UNPAID),
        "voided": add_figures(figures, {"voided"}),
    }


def _balance(session: Session, officer: Officer) -> Money | None:
    """Add up the money in the designated accounts, by the ledger; None where it may not be seen."""
    if not officer.may(Right.SEE_PAYMENTS) or open_day_of(session, officer.region) is None:
        return None
    balances = balances_on(session, officer.region)
    fen = sum(kept.net_fen for name, kept in balances.items() if name.startswith("designated/"))
    return Money(fen)


def _beijing_midnight(day: date, days: int) -> datetime:
    """Give the first instant of the day that lies some days away."""
    return datetime.combine(day + timedelta(days=days), time.min, tzinfo=BEIJING)
