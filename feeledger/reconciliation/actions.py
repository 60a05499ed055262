"""Import a bank's day file, work on its differences, close a bank day.

A file is taken whole or not at all. The same key again changes nothing (R-R1, 15010). Nothing
closes a difference by itself but a cut-off shift or a batch that corrects its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.errors import FileRefused, Text
from feeledger.payments.reversal_tables import ReconDayRow
from feeledger.periods import beijing_date
from feeledger.reconciliation.batch_actions import (
    claim_batch,
    close_shifted,
    keep_match,
    replace_batch,
    settle_payments,
)
from feeledger.reconciliation.booked_queries import (
    claims_of_day,
    hold_notices,
    lock_notices,
    our_side,
)
from feeledger.reconciliation.difference import require_reason
from feeledger.reconciliation.difference_actions import difference_of, record_step
from feeledger.reconciliation.matching import DayMatch, match_day
from feeledger.reconciliation.moving_actions import RECONCILE, move_payments
from feeledger.reconciliation.queries import (
    day_closed,
    difference_of_id,
    held_up_differences,
    standing_batches,
    unreconciled_banks,
)
from feeledger.reconciliation.refusals import (
    AccountNotOfRegion,
    BankNotOfRegion,
    DayNotOver,
    DayNotReconciled,
    day_already_closed,
)
from feeledger.reconciliation.statements import DayFile, read_day_file
from feeledger.regions.tables import AgentBankRow, DesignatedAccountRow, RegionSettingRow
from feeledger.trail import record_act


@dataclass(frozen=True, slots=True)
class Import:
    """What an import did: the batch, the file as read, and how it matched."""

    batch: int
    file: DayFile
    match: DayMatch


def import_day_file(
    session: Session, *, region: str, raw: bytes, file_name: str, actor: str, now: datetime
) -> Import:
    """Take in a bank's day file and hold it against our payments.

    Raises FileRefused with every fault, BankNotOfRegion, AccountNotOfRegion, DayAlreadyClosed,
    DayNotOver, BatchSentAgain (15010) or BatchUnknown; nothing is changed then.
    """
    file, faults = read_day_file(raw, file_name)
    if file is None:
        raise FileRefused(faults)
    return import_batch(
        session, region=region, file=file, raw=raw, file_name=file_name, actor=actor, now=now
    )


def import_batch(
    session: Session,
    *,
    region: str,
    file: DayFile,
    raw: bytes,
    file_name: str,
    actor: str,
    now: datetime,
) -> Import:
    """Hold a bank's day against our payments, whichever way it came; ``raw`` is kept with it.

    Raises what ``import_day_file`` raises, but for FileRefused.
    """
    if file.day > beijing_date(now):
        raise DayNotOver(Text(f"{file.day} 尚未到。", f"{file.day} has not come."), day=file.day)
    accounts = demand_bank_and_account(session, region, file)
    if day_closed(session, region, file.day) is not None:
        raise day_already_closed(file.day)
    batch = claim_batch(session, region, file, raw, file_name=file_name, actor=actor, now=now)
    hold_notices(session, region, file, accounts)
    released: tuple[int, ...] = ()
    if file.replaces:
        released = replace_batch(session, region, file, batch, actor=actor, now=now)
    match = match_day(file, our_side(session, region, file, accounts=accounts, released=released))
    keep_match(session, region, file, batch, match, now=now)
    settle_payments(session, region, match)
    close_shifted(session, region, match, batch=batch, actor=actor, now=now)
    record_act(
        session,
        region=region,
        actor=actor,
        act="import-day-file",
        subject=f"recon-batch:{batch}",
        reason="",
        now=now,
        details={
            "bank": file.bank,
            "day": file.day.isoformat(),
            "accconfirm_no": file.accconfirm_no,
            "matched": len(match.matched),
            "differences": len(match.for_people),
            "file_name": file_name,
            "sha256": sha256(raw).hexdigest(),
            "booked": match.booked_count,
            "booked_fen": str(match.booked_total.fen),
        },
    )
    return Import(batch, file, match)


def demand_bank_and_account(session: Session, region: str, file: DayFile) -> tuple[int, ...]:
    """Give the announcements of a file's account. Raises BankNotOfRegion, AccountNotOfRegion."""
    _require_bank(session, region, file.bank)
    return _require_accounts(session, region, file.account)


def close_recon_day(
    session: Session,
    *,
    region: str,
    day: date,
    carried: Sequence[int],
    actor: str,
    reason: str,
    now: datetime,
) -> ReconDayRow:
    """Close a bank day: every difference is settled, or carried to the next day by name (R-R5).

    Claims of money of the day or before are reconciled with it (decision 0017). Raises DayNotOver,
    DayAlreadyClosed, DayNotReconciled, DifferenceUnknown or ReasonMissing.
    """
    require_reason(reason)
    if day >= beijing_date(now):
        raise DayNotOver(Text(f"{day} 尚未结束。", f"{day} is not over."), day=day)
    claims = _lock_claims_and_bank_days(session, region, day)
    if day_closed(session, region, day) is not None:
        raise day_already_closed(day)
    _carry(session, region, day, carried, actor=actor, reason=reason, now=now)
    _require_reconciled(session, region, day)
    batches = _close_batches(session, region, day)
    move_payments(session, region, claims, RECONCILE)
    named = sorted(str(one) for one in set(carried))
    closing = ReconDayRow(
        region=region,
        day=day,
        batches=batches,
        carried=len(named),
        closed_at=now,
        closed_by=actor,
        reason=reason,
    )
    session.add(closing)
    session.flush()
    record_act(
        session,
        region=region,
        actor=actor,
        act="close-recon-day",
        subject=f"recon-day:{day}",
        reason=reason,
        now=now,
        details={"batches": batches, "claims": len(claims), "carried": named},
    )
    return closing


def _close_batches(session: Session, region: str, day: date) -> int:
    batches = standing_batches(session, region, day)
    for batch in batches:
        batch.state = "closed"
    return len(batches)


def _lock_claims_and_bank_days(session: Session, region: str, day: date) -> tuple[int, ...]:
    """Give the claims that the day reconciles; wait for reversals of the region and let none begin.

    Notices are locked before the bank days, as reversals do it (R-R5).
    """
    claims = claims_of_day(session, region, day)
    lock_notices(session, region, claims.values())
    session.execute(
        select(RegionSettingRow.region)
        .where(RegionSettingRow.region == region)
        .with_for_update(key_share=True)
    )
    return tuple(claims)


def _require_bank(session: Session, region: str, bank: str) -> None:
    found = session.scalar(
        select(AgentBankRow.bank)
        .where(AgentBankRow.region == region, AgentBankRow.bank == bank)
        .limit(1)
    )
    if found is None:
        raise BankNotOfRegion(
            Text(
                f"银行 {bank} 未登记为 {region} 的代收银行。请核对文件的 bank 与所选区划。",
                f"Bank {bank} does not collect for {region}. Check the file's bank and the region.",
            ),
            bank=bank,
        )


def _require_accounts(session: Session, region: str, account: str) -> tuple[int, ...]:
    """Give the announcements of an account, whatever their day: money may come late."""
    found = session.scalars(
        select(DesignatedAccountRow.id).where(
            DesignatedAccountRow.region == region, DesignatedAccountRow.account_no == account
        )
    )
    ids = tuple(found)
    if not ids:
        raise AccountNotOfRegion(
            Text(
                f"账户 {account} 从未公布为 {region} 的统一收费账户。",
                f"Account {account} was never designated for {region}.",
            ),
            account=account,
        )
    return ids


def _carry(
    session: Session,
    region: str,
    day: date,
    carried: Iterable[int],
    *,
    actor: str,
    reason: str,
    now: datetime,
) -> None:
    """Carry differences to the next day, each by name."""
    for number in dict.fromkeys(carried):
        row = difference_of_id(session, region, number)
        if row.day == day and difference_of(row).holds_up:
            row.carried_to, row.changed_at = day + timedelta(days=1), now
            record_step(
                session,
                row,
                act="carry-difference",
                actor=actor,
                reason=reason,
                now=now,
                before=row.state,
            )
    session.flush()


def _require_reconciled(session: Session, region: str, day: date) -> None:
    banks = unreconciled_banks(session, region, day)
    held_up = held_up_differences(session, region, day)
    if not banks and not held_up:
        return
    zh = [f"{code} 未报送对账文件" for code in banks] + [f"差异 {row.id}" for row in held_up]
    en = [f"no file of {code}" for code in banks] + [f"difference {row.id}" for row in held_up]
    raise DayNotReconciled(
        Text(
            f"{day} 不能关闭：{'、'.join(zh)}。请先处理，或者逐笔结转次日。",
            f"{day} cannot close: {', '.join(en)}. Settle them, or carry them on by name.",
        ),
        banks=banks,
        differences=[str(row.id) for row in held_up],
    )
