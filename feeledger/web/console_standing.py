"""Closing, revoking and restoring an enterprise in the console; what stays open is shown first."""

from typing import Any, Final, cast

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.doors import kit
from feeledger.enterprises.queries import enterprise_of
from feeledger.enterprises.standing import (
    ACTIVE,
    NAMES,
    Change,
    StandingChange,
    moves_from,
    standing_after,
)
from feeledger.enterprises.standing_queries import standing_changes
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.errors import Text
from feeledger.money import total_of
from feeledger.notices.queries import is_unpaid, notices_of_payer
from feeledger.notices.relief_queries import amount_due
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.reassessments.standing_actions import alter_standing
from feeledger.web.console_amend import demand_amendable
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    console_page,
    done,
    officers,
    refused_page,
)
from feeledger.web.forms import Form, read_choice, read_day, read_text
from feeledger.web.language import link
from feeledger.web.present import today

standing_pages = Blueprint("standing", __name__)

CHANGE_NEEDED: Final = Text("请选择变更的种类。", "Choose what is to be entered.")
DOCUMENT_NEEDED: Final = Text(
    "请填写文件名称和文号。", "Enter the name and number of the document."
)
CHOICES: Final[dict[str, Text]] = {
    "closed": Text("注销", "Close"),
    "revoked": Text("吊销营业执照", "Revoke the licence"),
    "restored": Text("恢复（撤销注销或吊销）", "Restore (the closing or revoking is annulled)"),
}
DUE: Final = Text(
    "此前通知的义务有在该日以后的，已列入待重新测算。",
    " Duties of later days were noticed before: a re-assessment is due.",
)
DONE: Final[dict[str, Text]] = {
    "closed": Text("已登记注销。", "The enterprise is closed."),
    "revoked": Text("已登记吊销。", "The licence is entered as revoked."),
    "restored": Text("已恢复登记。", "The enterprise is restored."),
}


@standing_pages.get("/console/enterprises/<uscc>/standing")
@officers(Right.REGISTER_ENTERPRISE)
def show_standing(officer: Officer, uscc: str) -> Shown:
    """Show the form: the changes that the standing allows, and what stays open."""
    return _standing_page(officer, uscc, Form())


@standing_pages.post("/console/enterprises/<uscc>/standing")
@officers(Right.REGISTER_ENTERPRISE)
def enter_standing(officer: Officer, uscc: str) -> Shown:
    """Close, revoke or restore the enterprise, or show what is wrong."""
    row = demand_amendable(officer, uscc)
    form = Form(request.form)
    change = read_choice(form, "change", CHOICES, needed=CHANGE_NEEDED)
    day = read_day(form, "day")
    document = read_text(form, "document", needed=DOCUMENT_NEEDED)
    reason = read_text(form, "reason", needed=REASON_NEEDED, longest=1000)
    if form.sound and day is not None:
        told = StandingChange(cast("Change", change), day, document, reason)
        kept = carry_out(
            form,
            "change",
            lambda session: alter_standing(
                session,
                row.uscc,
                told,
                today=today(),
                by=officer.login,
                now=kit().clock.now(),
            )[1:],
        )
        if kept is not None:
            said = (
                Text(DONE[change].zh + DUE.zh, DONE[change].en + DUE.en)
                if kept[0]
                else DONE[change]
            )
            return done(said, "enterprises.show_enterprise", uscc=row.uscc)
    return refused_page(_standing_page(officer, uscc, form))


def standing_shown(session: Session, row: EnterpriseRow) -> dict[str, Any]:
    """Give what pages say of an enterprise's standing: its name, its changes, what is still open."""
    changes = standing_changes(session, row.uscc)
    standing = standing_after(changes)
    unpaid = [each for each in notices_of_payer(session, row.uscc) if is_unpaid(each)]
    return {
        "standing": NAMES[standing],
        "stands": row.status == ACTIVE,
        "changes": [(NAMES[each.change], each) for each in reversed(changes)],
        "moves": {move: CHOICES[move] for move in moves_from(standing)},
        "unpaid_count": len(unpaid),
        "unpaid_total": total_of(amount_due(each) for each in unpaid),
    }


def _standing_page(officer: Officer, uscc: str, form: Form) -> str:
    row = demand_amendable(officer, uscc)
    with kit().store.read() as session:
        return console_page(
            "console/standing.html",
            officer,
            at=link("standing.show_standing", uscc=row.uscc),
            form=form,
            row=enterprise_of(session, row.uscc),
            day=today().isoformat(),
            **standing_shown(session, row),
        )
