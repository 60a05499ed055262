"""The tale of the demonstration, told as it happens: load, bank, day file, reports, proof.

Every step notes itself as done; a second start tells what is there and repeats nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from feeledger.audits import audit_books, bound_by_seal
from feeledger.banksim.client import BankSimulator
from feeledger.catalog.items import Catalog
from feeledger.catalog.plan import plan_of
from feeledger.demo.loading import load_demonstration
from feeledger.demo.money import day_file_of, pay_notices
from feeledger.demo.refunds import Scene, tell_refunds
from feeledger.demo.reports import tell_reports
from feeledger.demo.setting import BANKS, BY
from feeledger.demo.steps import details_of, is_done, note_done
from feeledger.demo.unmatched import grant_reliefs, place_unmatched, scene_of
from feeledger.demo.vouchers import demonstration_keys, follow_all, open_vouchers
from feeledger.demo.year import tell_year
from feeledger.errors import Text
from feeledger.ledger.actions import close_day
from feeledger.ledger.day_sealing import sign_day
from feeledger.ledger.queries import balances_on
from feeledger.ledger.seal_keys import SealKey
from feeledger.ledger.seal_queries import signed_days
from feeledger.ledger.sealing import seal_region
from feeledger.money import Money, format_cny, parse_amount
from feeledger.notices.queries import lines_of, notice_by_pay_code
from feeledger.people.demonstration import DEMO_OFFICERS, DEMO_PROVINCE, DEMO_REGION
from feeledger.periods import Calendar
from feeledger.reconciliation.actions import import_day_file
from feeledger.regions.reader import Regions
from feeledger.store import Store
from feeledger.supervision.refund_actions import signal_refunds
from feeledger.supervision.states import Clock as CaseClock

Say = Callable[[Text], None]
TRAFFIC_POLICE = "201"
PAID = frozenset({"paid", "reconciled"})


@dataclass(frozen=True, slots=True)
class Stage:
    """What the tale needs: the store, the catalog, days and regions, the demonstration's time."""

    store: Store
    catalog: Catalog
    regions: Regions
    calendar: Calendar
    today: date
    now: datetime
    seal_key: SealKey
    signing_keys: Path


def load(stage: Stage, say: Say) -> dict[str, Any]:
    """Load what is there before any door opens, and tell of it."""
    with stage.store.write() as session:
        told: dict[str, Any] = load_demonstration(
            session,
            stage.catalog,
            stage.regions,
            stage.calendar,
            today=stage.today,
            now=stage.now,
        )
    say(
        Text(
            f"【演示数据】演示日 {stage.today}，新乐市 130184。目录 {len(stage.catalog.items)} 项（真实条目汇编）；"
            f"合成企业 {told['enterprises']} 家，已发通知书 {len(told['notices'])} 份，每份一个缴款码。",
            f"[Demonstration data] Day {stage.today}, Xinle City 130184. {len(stage.catalog.items)} catalog items "
            f"(real, compiled); {told['enterprises']} invented enterprises, {len(told['notices'])} notices, "
            "one pay code each.",
        )
    )
    year: dict[str, Any] = tell_year(
        stage.store, plan_of(stage.catalog), stage.calendar, today=stage.today, now=stage.now
    )
    say(
        Text(
            f"{stage.today.year} 年收费额度：已公布 {year['published']} 户，已审核 {year['audited']} 户，"
            f"未审核 {year['draft']} 户（有未定的留下，不算零）；建设项目 {year['project']} 三个单位"
            f"一次核定 {year['project_total']} 元，一张通知书。",
            f"Yearly amounts of {stage.today.year}: {year['published']} published, {year['audited']} audited, "
            f"{year['draft']} not yet (what is open is left, never zero); the building project "
            f"{year['project']}: three departments, {year['project_total']} yuan worked out once, one notice.",
        )
    )
    return told


def pay(stage: Stage, told: dict[str, Any], *, port: int, say: Say) -> None:
    """Let two banks pay through the signed API, import a day file, and tell of it."""
    notices = tuple((n["pay_code"], n["payer"], n["amount"]) for n in told["notices"])
    banks = tuple((bank.code, BankSimulator(bank.key, port=port)) for bank in BANKS)
    with stage.store.read() as session:
        done = is_done(session, "pay")
        noted = details_of(session, "pay")
    if not done:
        payments = pay_notices(banks, notices, today=stage.today)
        day = stage.today - timedelta(days=1)
        raw = day_file_of(payments.paid, BANKS[0].code, day=day)
        with stage.store.write() as session:
            taken = import_day_file(
                session,
                region=DEMO_REGION,
                raw=raw,
                file_name=f"演示数据-{BANKS[0].code}-{day}.csv",
                actor="clerk",
                now=stage.now,
            )
            noted = {
                "paid": len(payments.paid),
                "refused": [result for result, _ in payments.refused],
                "matched": len(taken.match.matched),
                "differences": len(taken.match.differences),
            }
            note_done(session, "pay", now=stage.now, **noted)
    refused: Any = noted["refused"]
    say(
        Text(
            f"两家演示银行经签名接口查询并缴款 {noted['paid']} 笔；同一流水号再报一次，得到同一答复；"
            f"金额不符、账户不符、重复缴款、校验位错误各被拒收并留痕（{'、'.join(refused)}）。",
            f"Two demonstration banks queried and paid {noted['paid']} notices through the signed API; the same "
            f"serial again got the same answer; wrong amount, wrong account, paid already and a wrong check "
            f"digit were refused and recorded ({', '.join(refused)}).",
        )
    )
    say(
        Text(
            f"演示银行甲的日文件：相符 {noted['matched']} 笔，差异 {noted['differences']} 笔（短款、长款、金额不符）。",
            f"The day file of bank A: {noted['matched']} matched, {noted['differences']} differences "
            "(missing, extra, differing).",
        )
    )


def sign_papers(stage: Stage, say: Say) -> None:
    """Let units sign the notices and the bureau the receipts, each under its number; tell of it."""
    ring = demonstration_keys(stage.signing_keys)
    with stage.store.read() as session:
        done = is_done(session, "vouchers")
    if not done:
        with stage.store.write() as session:
            open_vouchers(session, ring, today=stage.today, now=stage.now)
        completed = follow_all(stage.store, ring, today=stage.today, now=stage.now)
        with stage.store.write() as session:
            note_done(session, "vouchers", now=stage.now, completed=completed)
    with stage.store.read() as session:
        completed = int(str(details_of(session, "vouchers")["completed"]))
    say(
        Text(
            f"电子票据已逐张赋码，由单位签章；已缴款的 {completed} 张由财政监制签章，成为完整票据，可在票据查验页核验。",
            f"Vouchers are numbered and signed by their units; those of {completed} payments are signed by the "
            "bureau as well and are receipts, which the page of vouchers verifies.",
        )
    )


def report(stage: Stage, told: dict[str, Any], *, say: Say) -> None:
    """Let enterprises report direct collections, and people decide; tell of it."""
    with stage.store.write() as session:
        if not is_done(session, "report"):
            uscc, amount = _paid_to_the_police(session, told)
            outcome = tell_reports(
                session,
                plan_of(stage.catalog),
                CaseClock(stage.calendar),
                payer=told["showcase_uscc"],
                paid=(uscc, amount),
                today=stage.today,
                now=stage.now,
            )
            note_done(
                session,
                "report",
                now=stage.now,
                confirmed=str(outcome.confirmed),
                waiting=str(outcome.waiting),
            )
    say(
        Text(
            "企业反映五笔收费：一笔直接转入单位账户（已认定，该单位在控制台被标记）、一笔已取消项目收现金无票据"
            "（红牌，待处理）、一笔目录外押金（说明后不成立）、一笔工地收现金（已认定、整改、销号，公开在“公开的案件”）、"
            "一笔经核对合规（不立案）。",
            "Enterprises reported five collections: one paid straight into a department's account (confirmed, the "
            "department is flagged in the console), a cancelled item taken in cash without ticket (red, waiting), "
            "an off-catalog deposit (dismissed after an explanation), cash taken at a building site (confirmed, put "
            "right, closed and published at /cases), and one that was lawful (no case).",
        )
    )


def _paid_to_the_police(session: Session, told: dict[str, Any]) -> tuple[str, str]:
    """Find a paid notice of the traffic police: its payer, and what its plates came to."""
    for notice in told["notices"]:
        row = notice_by_pay_code(session, notice["pay_code"])
        if row is None or row.unit_code != TRAFFIC_POLICE or row.status not in PAID:
            continue
        for line in lines_of(session, row.region, row.id):
            if line.item_id == "vehicle-plate":
                return row.uscc, str(Money(line.amount_fen))
    raise LookupError(BY)


def refund(stage: Stage, told: dict[str, Any], *, say: Say) -> None:
    """Share, settle and refund, look for the signals that refunds open, and tell of it."""
    with stage.store.write() as session:
        noted = details_of(session, "refund")
        if not is_done(session, "refund"):
            scene = Scene(stage.calendar, stage.today, stage.now)
            outcome = tell_refunds(session, scene, told)
            signal_refunds(
                session,
                DEMO_REGION,
                plan=plan_of(stage.catalog),
                today=stage.today,
                now=stage.now,
                clock=CaseClock(stage.calendar),
            )
            noted = {"refunds": outcome.refunds, "settled": str(outcome.settled)}
            note_done(session, "refund", now=stage.now, **noted)
    settled = parse_amount(str(noted["settled"]))
    say(
        Text(
            f"分成比例为演示数据（本目录没有见到公布的比例）；一张划解单划出 {format_cny(settled, 'zh')} 元；退付 {noted['refunds']} 笔，"
            "每种状态都有：待核实、待审批、待第二人批准、已上报、待支付、由统一账户退、由国库退、不予退付、已撤回；"
            "超标准的一笔自动形成预警案件。",
            f"Ratios are the demonstration's own (none was found published); one settlement passed {format_cny(settled, 'en')} on; "
            f"{noted['refunds']} refunds stand in every state: to verify, to decide, waiting for a second approver, passed "
            "up, to be paid, paid from the account, paid by the treasury, refused, withdrawn; one over the standard "
            "opened a case by itself.",
        )
    )


def place(stage: Stage, told: dict[str, Any], *, say: Say) -> None:
    """Let money come that has no notice, and reliefs be granted; tell of it."""
    with stage.store.write() as session:
        done = is_done(session, "place")
        if not done:
            scene = scene_of(session, told, today=stage.today, now=stage.now)
            placed = place_unmatched(session, scene) | grant_reliefs(session, scene)
            note_done(session, "place", now=stage.now, **placed)
        placed_now = details_of(session, "place")
    say(
        Text(
            f"另有 {placed_now['receipts']} 笔钱到账时没有对上通知书：有的待查，有的已提出认领、已认领入账、已拆分、"
            f"待退回、已退回；{placed_now['reliefs']} 项减免缓：一项减缴、一项缓缴已批准，一项免缴待审批。",
            f"{placed_now['receipts']} more sums came without a notice: some wait, others are claimed, booked, split, "
            f"to be returned or returned; {placed_now['reliefs']} reliefs: one reduction and one deferral granted, "
            "one waiver waiting.",
        )
    )


def prove(stage: Stage, say: Say) -> None:
    """Close the day, seal and sign it, add the ledger up again, and tell of it."""
    _seal(stage)
    with stage.store.read() as session:
        faults = audit_books(session, DEMO_REGION)
        signed = signed_days(session, DEMO_REGION, limit=1)[0]
        balances = balances_on(session, DEMO_REGION)
    fen = sum(
        b.debit_fen - b.credit_fen for name, b in balances.items() if name.startswith("designated/")
    )
    money = Money(fen)
    say(
        Text(
            f"账簿逐笔重新加总：{'无误' if not faults else f'{len(faults)} 处错误'}；统一账户余额 {format_cny(money, 'zh')} 元。",
            f"The ledger added up again: {'clean' if not faults else f'{len(faults)} faults'}; the designated "
            f"account holds {format_cny(money, 'en')}.",
        )
    )
    say(
        Text(
            f"{signed.day} 已日结：{signed.entries} 笔分录封入 {signed.blocks} 个区块，日根已签署，公布于“账簿日根”页。",
            f"{signed.day} is closed: {signed.entries} entries sealed in {signed.blocks} blocks, the day's root signed "
            "and published on the page of ledger roots.",
        )
    )


def _seal(stage: Stage) -> None:
    """Close and sign the demonstration's day, once; what came later is sealed for the next."""
    with stage.store.write() as session:
        if not is_done(session, "close"):
            following = stage.today + timedelta(days=1)
            close_day(session, DEMO_REGION, stage.today, next_day=following, by=BY, now=stage.now)
            note_done(session, "close", now=stage.now)
    seal_region(stage.store, DEMO_REGION, particulars=bound_by_seal, now=stage.now)
    with stage.store.write() as session:
        sign_day(session, DEMO_REGION, stage.today, key=stage.seal_key, now=stage.now)


def where_to_look(told: dict[str, Any], *, port: int) -> tuple[Text, ...]:
    """Say where each part can be seen."""
    root = f"http://127.0.0.1:{port}"
    first = told["notices"][0]["pay_code"]
    officers = "、".join(f"{o.login} / {o.password}（{o.name}）" for o in DEMO_OFFICERS)
    logins = ", ".join(f"{o.login} / {o.password} ({o.role.value})" for o in DEMO_OFFICERS)
    return (
        Text(f"收费目录      {root}/catalog", f"Fee catalog    {root}/en/catalog"),
        Text(f"应缴测算      {root}/owe", f"What I'd owe   {root}/en/owe"),
        Text(
            f"查我单位应缴  {root}/lookup  信用代码 {told['showcase_uscc']}，查询码 {told['showcase_lookup_code']} 或缴款码 {first}",
            f"What we owe    {root}/en/lookup  credit code {told['showcase_uscc']}, lookup code "
            f"{told['showcase_lookup_code']} or pay code {first}",
        ),
        Text(f"这笔收费合规吗 {root}/lawful", f"Is it lawful   {root}/en/lawful"),
        Text(
            f"控制台        {root}/console  {officers}",
            f"Console        {root}/en/console  {logins}",
        ),
        Text(
            f"目录版本      {root}/console/editions  提交与复核须为两人，均为省级（{DEMO_PROVINCE}）演示人员",
            f"Editions       {root}/en/console/editions  handed in by one, reviewed by another of the "
            f"province's ({DEMO_PROVINCE}) invented officers",
        ),
    )
