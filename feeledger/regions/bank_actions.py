"""What is done about banks: entering them and their keys, appointing agents, the designated account.

The database holds the rule of the account (domain 15a); here its refusal gets words.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feeledger.accounts import judge_account, judge_cnaps
from feeledger.errors import Conflict, Invalid, Missing, Text
from feeledger.regions.key_formats import demand_material
from feeledger.regions.queries import NothingInForce, covers, is_agent_bank, region_settings
from feeledger.regions.tables import (
    AgentBankRow,
    BankKeyRow,
    BankRow,
    DesignatedAccountRow,
)
from feeledger.store import new_id
from feeledger.trail import record_act

OVERLAP_DAYS_MAX = 92


class AccountNumberRefused(Invalid):
    """The number of an account or of its bank breaks its rule."""

    code = "account-number-refused"
    title = Text("账号或行号不合规则", "The account or bank number breaks its rule")


class AccountOverlaps(Conflict):
    """Another account is designated in that time."""

    code = "account-overlaps"
    title = Text("同期已有指定账户", "Another account is designated in that time")


class AccountUnknown(Missing):
    """The account to be replaced is not one of the region's."""

    code = "account-unknown"
    title = Text("没有该指定账户", "There is no such designated account")


class BankUnknown(Missing):
    """No bank is entered under the code."""

    code = "bank-unknown"
    title = Text("没有该银行", "There is no such bank")


class BankKnown(Conflict):
    """The bank is entered, or collects in the region, already."""

    code = "bank-known"
    title = Text("银行已录入", "The bank is entered already")


class BankKeyKnown(Conflict):
    """The keyid names a key already: a new key has a new name."""

    code = "bank-key-known"
    title = Text("该密钥标识已使用", "The keyid is taken")


class BankKeyUnknown(Missing):
    """No key has this keyid."""

    code = "bank-key-unknown"
    title = Text("没有该密钥", "There is no such key")


@dataclass(frozen=True, slots=True)
class Announcement:
    """The public announcement an account rests on."""

    document: str
    medium: str
    announced_on: date


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """An account as its bank keeps it. ``printed_account`` may be a pseudo account."""

    bank: str
    cnaps: str
    account_no: str
    name: str
    bank_name: str
    printed_account: str = ""


@dataclass(frozen=True, slots=True)
class Replacement:
    """Which account a new one replaces, and for how many days both take money."""

    account_id: int
    overlap_days: int = 0


def add_bank(session: Session, code: str, *, name: Text, by: str, now: datetime) -> None:
    """Enter a bank. Raises BankKnown."""
    if session.get(BankRow, code) is not None:
        raise BankKnown(Text(f"银行 {code} 已录入。", f"Bank {code} is entered already."))
    session.add(BankRow(code=code, name=name.zh, name_en=name.en))
    session.flush()
    record_act(session, actor=by, act="add-bank", subject=f"bank:{code}", reason="", now=now)


def add_bank_key(
    session: Session,
    keyid: str,
    *,
    bank: str,
    algorithm: str,
    material: str,
    valid_from: datetime,
    by: str,
    now: datetime,
) -> None:
    """Enter a bank's key (``material`` is base64). An earlier key stays valid until it is ended.

    Raises BankKeyRefused, BankUnknown or BankKeyKnown.
    """
    demand_material(algorithm, material)
    _demand_bank(session, bank)
    if session.get(BankKeyRow, keyid) is not None:
        raise BankKeyKnown(
            Text(
                f"密钥标识 {keyid[:80]} 已使用；新密钥请另取标识。",
                f"The keyid {keyid[:80]} is taken; a new key has a new one.",
            )
        )
    session.add(
        BankKeyRow(
            keyid=keyid,
            bank=bank,
            algorithm=algorithm,
            material=material,
            valid_from=valid_from,
        )
    )
    session.flush()
    record_act(
        session,
        actor=by,
        act="add-bank-key",
        subject=f"bank-key:{keyid}",
        reason="",
        now=now,
        details={"bank": bank, "algorithm": algorithm},
    )


def end_bank_key(
    session: Session, keyid: str, *, valid_to: datetime, reason: str, by: str, now: datetime
) -> None:
    """End a key at an instant: nothing signed with it is taken from then on.

    Raises BankKeyUnknown.
    """
    row = session.get(BankKeyRow, keyid)
    if row is None:
        raise BankKeyUnknown(Text(f"没有密钥 {keyid[:80]}。", f"There is no key {keyid[:80]}."))
    row.valid_to = valid_to
    session.flush()
    record_act(
        session,
        actor=by,
        act="end-bank-key",
        subject=f"bank-key:{keyid}",
        reason=reason,
        now=now,
        details={"valid_to": valid_to.isoformat()},
    )


def appoint_agent_bank(
    session: Session, region: str, bank: str, *, valid_from: date, by: str, now: datetime
) -> None:
    """Let a bank collect in a region from a day on.

    Raises RegionNotOpen, BankUnknown or BankKnown (it collects there that day already).
    """
    region_settings(session, region)
    _demand_bank(session, bank)
    if is_agent_bank(session, region, bank, valid_from):
        raise BankKnown(
            Text(
                f"银行 {bank} 在 {valid_from} 已是 {region} 的代收银行。",
                f"Bank {bank} collects in {region} on {valid_from} already.",
            )
        )
    session.add(AgentBankRow(region=region, bank=bank, valid_from=valid_from))
    session.flush()
    record_act(
        session,
        region=region,
        actor=by,
        act="appoint-agent-bank",
        subject=f"bank:{bank}",
        reason="",
        now=now,
        details={"valid_from": valid_from.isoformat()},
    )


def dismiss_agent_bank(
    session: Session,
    region: str,
    bank: str,
    *,
    valid_to: date,
    reason: str,
    by: str,
    now: datetime,
) -> None:
    """End a bank's appointment: ``valid_to`` is the first day without it.

    Raises NothingInForce where it was no agent bank on the day before.
    """
    row = session.scalar(
        select(AgentBankRow).where(
            AgentBankRow.region == region,
            AgentBankRow.bank == bank,
            covers(AgentBankRow, valid_to - timedelta(days=1)),
        )
    )
    if row is None:
        raise NothingInForce(
            Text(
                f"{valid_to} 前一日，{bank} 不是 {region} 的代收银行；请先用 show 查看。",
                f"On the day before {valid_to} {bank} was no agent bank of {region}; look with show "
                f"first.",
            )
        )
    row.valid_to = valid_to
    session.flush()
    record_act(
        session,
        region=region,
        actor=by,
        act="dismiss-agent-bank",
        subject=f"bank:{bank}",
        reason=reason,
        now=now,
        details={"valid_to": valid_to.isoformat()},
    )


def designate_account(
    session: Session,
    region: str,
    details: AccountDetails,
    announcement: Announcement,
    *,
    valid_from: date,
    by: str,
    now: datetime,
    replaces: Replacement | None = None,
) -> DesignatedAccountRow:
    """Designate the account of a region (and bank) from a day on, perhaps in place of another.

    Raises AccountNumberRefused, AccountUnknown, AccountOverlaps, RegionNotOpen, BankUnknown.
    """
    region_settings(session, region)
    _demand_bank(session, details.bank)
    _demand_numbers(details)
    if replaces is not None:
        _end_account(session, region, replaces, valid_from)
    row = DesignatedAccountRow(
        region=region,
        id=new_id(now),
        bank=details.bank,
        cnaps=details.cnaps,
        account_no=details.account_no,
        printed_account=details.printed_account or details.account_no,
        name=details.name,
        bank_name=details.bank_name,
        document=announcement.document,
        medium=announcement.medium,
        announced_on=announcement.announced_on,
        valid_from=valid_from,
    )
    _keep_account(session, row)
    record_act(
        session,
        region=region,
        actor=by,
        act="designate-account",
        subject=f"account:{row.id}",
        reason=announcement.document,
        now=now,
        details={
            "bank": details.bank,
            "account_no": details.account_no,
            "valid_from": valid_from.isoformat(),
        },
    )
    return row


def _demand_bank(session: Session, bank: str) -> None:
    if session.get(BankRow, bank) is None:
        raise BankUnknown(
            Text(
                f"没有银行 {bank[:40]}，请先录入。",
                f"There is no bank {bank[:40]}; enter it first.",
            )
        )


def _demand_numbers(details: AccountDetails) -> None:
    fields = (
        (Text("账号：", "account number"), judge_account(details.account_no)),
        (Text("行号：", "CNAPS number"), judge_cnaps(details.cnaps)),
    )
    for label, judged in fields:
        if judged.problem is not None:
            told = Text(f"{label.zh}{judged.problem.zh}", f"{label.en}: {judged.problem.en}")
            raise AccountNumberRefused(told, code=judged.code)


def _end_account(session: Session, region: str, replaces: Replacement, day: date) -> None:
    """Stop printing the old account on a day, and taking money on it after the overlap."""
    row = session.get(DesignatedAccountRow, (region, replaces.account_id))
    if row is None or row.printed_to is not None or row.valid_from >= day:
        raise AccountUnknown(
            Text(
                f"{region} 在 {day} 之前没有可被替换的账户 {replaces.account_id}。",
                f"{region} has no account {replaces.account_id} that could be replaced on {day}.",
            )
        )
    if not 0 <= replaces.overlap_days <= OVERLAP_DAYS_MAX:
        raise AccountOverlaps(
            Text(
                f"并用期须为 0 至 {OVERLAP_DAYS_MAX} 天，不能是 {replaces.overlap_days} 天。",
                f"Two accounts stand side by side for 0 to {OVERLAP_DAYS_MAX} days, "
                f"not {replaces.overlap_days}.",
            )
        )
    row.printed_to = day
    row.valid_to = day + timedelta(days=replaces.overlap_days)
    session.flush()


def _keep_account(session: Session, row: DesignatedAccountRow) -> None:
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if "designated-account-overlaps" not in str(error.orig):
            raise
        raise AccountOverlaps(
            Text(
                f"{row.region} 在 {row.valid_from} 起已有指定账户，请注明替换哪一个。",
                f"{row.region} has a designated account from {row.valid_from} on; say which one "
                f"the new one replaces.",
            ),
            region=row.region,
        ) from error
