"""The demonstration's shares, refunds and one settlement: a refund in every state, all of it invented.

No ratio of a Hebei item was found published, so the ratios here are marked as a demonstration; two
items have none, and their payments stay undetermined.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from feeledger.demo.setting import SINCE
from feeledger.files import Upload
from feeledger.money import Money
from feeledger.notices.queries import lines_of, notice_by_pay_code
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.people.demonstration import DEMO_REGION
from feeledger.periods import Calendar
from feeledger.refunds.actions import (
    apply_for_refund,
    approve_refund,
    forward_refund,
    reject_refund,
    verify_refund,
    withdraw_refund,
)
from feeledger.refunds.application import Application
from feeledger.refunds.money_actions import pay_refund
from feeledger.refunds.refund import Hand
from feeledger.settlements.actions import approve_settlement, prepare_settlement
from feeledger.sharing.actions import enter_share_rule, keep_shares
from feeledger.sharing.levels import RuleText

DOCUMENT: Final = "演示分成〔2026〕1号（演示数据，不是公布的比例）"
RATIOS: Final[Mapping[str, Mapping[str, str]]] = {
    "vehicle-plate": {"province": "30", "county": "70"},
    "vehicle-certificate": {"county": "100"},
    "civil-air-defence": {"province": "20", "city": "20", "county": "60"},
}
CLERK, REVIEWER, UNIT = "clerk", "reviewer", "unit"
Act = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """When and by which working days the demonstration's refunds are worked."""

    calendar: Calendar
    today: date
    now: datetime

    def hand(self, actor: str, reason: str = "") -> Hand:
        """Give a step's hand: who, today, why."""
        return Hand(actor, self.today, self.now, reason)


@dataclass(frozen=True, slots=True)
class PaidNotice:
    """A paid notice of the demonstration with its lines."""

    row: NoticeRow
    lines: tuple[NoticeLineRow, ...]

    def line_of(self, item: str) -> NoticeLineRow:
        """Give the notice's first line of an item."""
        return next(line for line in self.lines if line.item_id == item)


def demo_pdf(words: str) -> bytes:
    """Make a one-page PDF of one line of Latin letters."""
    text = f"BT /F1 18 Tf 60 760 Td ({words}) Tj ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
            "/Resources<</Font<</F1 5 0 R>>>>>>"
        ),
        f"<</Length {len(text)}>>stream\n{text}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    body, places = "%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(f"{len(body):010d} 00000 n \n")
        body += f"{number} 0 obj{one}endobj\n"
    count = len(objects) + 1
    table = f"xref\n0 {count}\n0000000000 65535 f \n{''.join(places)}"
    return (
        f"{body}{table}trailer<</Size {count}/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF".encode()
    )


@dataclass(frozen=True, slots=True)
class RefundsTold:
    """What there is to tell: how many refunds, and what was settled."""

    refunds: int
    settled: Money


def tell_refunds(session: Session, scene: Scene, told: Mapping[str, Any]) -> RefundsTold:
    """Enter ratios, settle what is reconciled, and leave a refund in every state."""
    _share(session, scene)
    vehicles, buildings = _paid(session, told)
    _pay_back(session, scene, vehicles[0], "vehicle-certificate", None, number="演示退付0001")
    settlement = _settle(session, scene)
    _pay_back(session, scene, vehicles[1], "vehicle-plate", Money(10_000), number="演示退库0002")
    _leave_open(session, scene, buildings)
    _end_early(session, scene, vehicles[2], buildings[3])
    return RefundsTold(refunds=10, settled=settlement)


def _share(session: Session, scene: Scene) -> None:
    for item, ratios in RATIOS.items():
        text = RuleText(
            item_id=item,
            ratios=ratios,
            collecting="county",
            document=DOCUMENT,
            valid_from=SINCE,
        )
        enter_share_rule(session, DEMO_REGION, text, by=CLERK, now=scene.now)
    while keep_shares(session, DEMO_REGION, now=scene.now):
        pass


def _paid(
    session: Session, told: Mapping[str, Any]
) -> tuple[Sequence[PaidNotice], Sequence[PaidNotice]]:
    """Give paid notices: reconciled ones for vehicles alone, and those of buildings, the showcase first."""
    vehicles: list[PaidNotice] = []
    buildings: list[PaidNotice] = []
    for one in told["notices"]:
        row = notice_by_pay_code(session, one["pay_code"])
        if row is None or row.status not in ("paid", "reconciled"):
            continue
        notice = PaidNotice(row, tuple(lines_of(session, row.region, row.id)))
        items = {line.item_id for line in notice.lines}
        if items == {"vehicle-plate", "vehicle-certificate"} and row.status == "reconciled":
            vehicles.append(notice)
        elif len(items) == len(notice.lines) and "civil-air-defence" in items:
            buildings.append(notice)
    buildings.sort(key=lambda notice: notice.row.uscc != told["showcase_uscc"])
    return vehicles, buildings


def _apply(
    session: Session,
    scene: Scene,
    notice: PaidNotice,
    item: str,
    amount: Money | None,
    **asked: Any,
) -> int:
    """Ask money of one line back, all of it where no amount is given; the payer asks unless said."""
    line = notice.line_of(item)
    values: dict[str, Any] = {
        "applied_as": "payer",
        "ground": "mistaken_payment",
        "reason": "演示数据：申报数量有误，多缴。",
        "amounts": {line.line_no: amount or Money(line.amount_fen)},
    }
    actor = asked.pop("actor", f"payer:{notice.row.uscc}")
    return apply_for_refund(
        session,
        DEMO_REGION,
        notice.row.id,
        Application(**{**values, **asked}),
        hand=scene.hand(actor),
        calendar=scene.calendar,
    ).id


def _move(session: Session, scene: Scene, refund: int, *steps: tuple[Act, str, str]) -> None:
    for act, actor, reason in steps:
        hand = scene.hand(actor, reason)
        act(session, DEMO_REGION, refund, hand=hand, calendar=scene.calendar)


def _pay_back(
    session: Session,
    scene: Scene,
    notice: PaidNotice,
    item: str,
    amount: Money | None,
    *,
    number: str,
) -> None:
    """Take a refund all the way: from the account, or from the treasury once the money is settled."""
    refund = _apply(session, scene, notice, item, amount)
    verified = (verify_refund, CLERK, "")
    up = [(forward_refund, REVIEWER, "演示数据：省级有分成")] if len(RATIOS[item]) > 1 else []
    _move(session, scene, refund, verified, *up, (approve_refund, REVIEWER, ""))
    pay_refund(session, DEMO_REGION, refund, payment_no=number, hand=scene.hand(CLERK))


def _settle(session: Session, scene: Scene) -> Money:
    row = prepare_settlement(
        session,
        DEMO_REGION,
        document="演示划解〔2026〕1号",
        until=scene.today,
        hand=scene.hand(CLERK),
    )
    approve_settlement(session, DEMO_REGION, row.id, hand=scene.hand(REVIEWER))
    return Money(row.fen)


def _leave_open(session: Session, scene: Scene, buildings: Sequence[PaidNotice]) -> None:
    """Leave refunds that wait: for each step, for the upper level, for a second approver."""
    _apply(session, scene, buildings[0], "soil-water-compensation", Money(50_000))
    found = scene.today - timedelta(days=1)
    _apply(
        session,
        scene,
        buildings[4],
        "civil-air-defence",
        Money(200_000),
        applied_as="unit",
        found_on=found,
        ground="technical_error",
        reason="演示数据：面积录入有误，单位自行发现。",
        actor=UNIT,
    )
    other = _apply(
        session,
        scene,
        buildings[2],
        "soil-water-compensation",
        Money(30_000),
        to_account="0000-0000-7777-0001",
        to_name="演示承继企业",
        evidence="演示合并公告〔2026〕2号，原件存水利局",
        files=(Upload("演示合并公告.pdf", demo_pdf("Demonstration data: no real document")),),
    )
    _move(session, scene, other, (verify_refund, CLERK, ""), (approve_refund, REVIEWER, ""))
    up = _apply(session, scene, buildings[1], "civil-air-defence", Money(500_000))
    _move(
        session,
        scene,
        up,
        (verify_refund, UNIT, ""),
        (forward_refund, REVIEWER, "演示数据：报市级"),
    )
    over = _apply(
        session,
        scene,
        buildings[5],
        "infrastructure-matching",
        Money(100_000),
        ground="over_standard",
        reason="演示数据：按较高一档标准计收。",
    )
    _move(session, scene, over, (verify_refund, CLERK, ""), (approve_refund, REVIEWER, ""))


def _end_early(session: Session, scene: Scene, withdrawn: PaidNotice, refused: PaidNotice) -> None:
    """Leave one that the payer withdrew, and two that were refused: by finance, and by the unit."""
    refund = _apply(session, scene, withdrawn, "vehicle-plate", Money(10_000))
    _move(
        session, scene, refund, (withdraw_refund, f"payer:{withdrawn.row.uscc}", "演示数据：填错")
    )
    refund = _apply(session, scene, refused, "infrastructure-matching", Money(300_000))
    reason = "演示数据：经复测面积无误，标准适用正确。"
    _move(session, scene, refund, (verify_refund, CLERK, ""), (reject_refund, REVIEWER, reason))
    refund = _apply(session, scene, refused, "civil-air-defence", Money(100_000))
    _move(session, scene, refund, (reject_refund, UNIT, "演示数据：申请人未提交面积证明。"))
