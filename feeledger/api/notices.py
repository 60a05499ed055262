"""One notice as JSON, for an officer who is signed in; another's region or unit looks like nothing."""

import hashlib
from datetime import date
from functools import lru_cache
from typing import Final

from flask import Blueprint, Response, current_app, request

from feeledger.api.door import handle_refusals
from feeledger.api.notice_queries import FrozenNotice, SeenNotice, frozen_notice, seen_notice
from feeledger.api.openapi import Operation, describe
from feeledger.api.record_schemas import NoticeSchema
from feeledger.api.schemas import REGION_PATTERN
from feeledger.catalog.items import stem_of_region
from feeledger.doors import SESSION_COOKIE, kit, note_session_use, sign_in_needed
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.notices.notice import UNPAID
from feeledger.notices.queries import NoticeMissing
from feeledger.people.actions import IDLE_TIME
from feeledger.people.roles import Right, Role
from feeledger.store import Store

NOTICES_KEPT: Final = 2048
ID_PATTERN: Final = r"^[0-9]{1,19}$"
ID_MAX: Final = 2**63

notices = Blueprint("api_notices", __name__, url_prefix="/api/v1")
handle_refusals(notices)


@notices.get("/notices/<region>/<int:notice>")
@describe(
    Operation(
        Text("一张缴款通知书（须登录）", "One notice, for an officer who is signed in"),
        {200: NoticeSchema},
        errors=(403, 404),
        path={"region": REGION_PATTERN, "notice": ID_PATTERN},
        security="session",
        tag="console",
    )
)
def show_notice(region: str, notice: int) -> Response:
    """Give a notice; raises SignInNeeded, NotYourRight or NoticeMissing."""
    token = request.cookies.get(SESSION_COOKIE, "")
    digest = hashlib.sha256(token.encode()).hexdigest()
    here = kit()
    now = here.clock.wall()
    if notice >= ID_MAX:
        raise notice_missing(region, notice)
    seen = seen_notice(here.store, digest, region, notice, now=now, idle=IDLE_TIME)
    if seen is None:
        raise sign_in_needed()
    note_session_use(token, seen.seen_at, now)
    seen.officer.require(Right.SEE_NOTICES)
    if seen.status in (None, "draft"):
        raise notice_missing(region, notice)
    frozen = _frozen(here.store, region, notice, seen.reliefs)
    if not may_see(seen, frozen, region):
        raise notice_missing(region, notice)
    response = current_app.response_class(_body(seen, frozen), mimetype="application/json")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def may_see(seen: SeenNotice, frozen: FrozenNotice, region: str) -> bool:
    """Say whether a notice lies in the officer's region, and for a department, with its unit."""
    officer = seen.officer
    if not region.startswith(stem_of_region(officer.region)):
        return False
    return officer.role is not Role.DEPARTMENT or officer.unit_code in frozen.units


def notice_missing(region: str, notice: int) -> NoticeMissing:
    """Make the one refusal for what is not there and for what is not the officer's to see."""
    return NoticeMissing(
        Text(
            f"{region[:12]} 没有编号为 {notice} 的通知书，或不在您的辖区、单位之内。",
            f"{region[:12]} has no notice {notice}, or it is not of your region or unit.",
        )
    )


def _body(seen: SeenNotice, frozen: FrozenNotice) -> bytes:
    """Set what moves before the part that is written down already."""
    unpaid = seen.status in UNPAID
    payable = _payable(frozen, kit().clock.today()) if unpaid else Money(0)
    moving = (
        f'{{"status":"{seen.status}","payable":"{payable}","refunded":"{seen.refunded}",'
        f'"relieved":"{seen.relieved}",'
    )
    return moving.encode() + frozen.body[1:]


@lru_cache(maxsize=NOTICES_KEPT)
def _payable(frozen: FrozenNotice, day: date) -> Money:
    return frozen.payable_on(day)


@lru_cache(maxsize=NOTICES_KEPT)
def _frozen(store: Store, region: str, notice: int, _reliefs: int) -> FrozenNotice:
    """Keep a notice as it stands after so many reliefs."""
    with store.read() as session:
        return frozen_notice(session, region, notice)
