"""Taking in a bank's statement by message, judging it afterwards, telling the bank (R-R1 to R-R3).

The message is answered as soon as it is kept; a background job holds it against our payments, as a
day file is, and writes the result into the outbox in the same transaction. The key of R-R1 decides
for ever: it comes again, identical or not, and nothing changes.
"""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from feeledger.errors import FeeLedgerError, Text
from feeledger.outbox.actions import Happening, enqueue_notification
from feeledger.outbox.kinds import STATEMENT_RECONCILED
from feeledger.payments.refusals import BankNotAgent
from feeledger.periods import beijing_date
from feeledger.reconciliation.actions import demand_bank_and_account, import_batch
from feeledger.reconciliation.queries import day_closed
from feeledger.reconciliation.refusals import (
    AccountNotOfRegion,
    BankNotOfRegion,
    BatchSentAgain,
    BatchSentOtherwise,
    DayNotOver,
    day_already_closed,
)
from feeledger.reconciliation.request_queries import (
    request_of,
    was_imported,
)
from feeledger.reconciliation.requests import (
    GENERAL_FAILURE,
    JUDGED,
    RECEIVED,
    REFUSED,
    BankStatement,
    RequestKey,
    judged_document,
    read_statement,
    refused_document,
    told_of,
)
from feeledger.reconciliation.statements import DayFile
from feeledger.reconciliation.tables import ReconRequestRefusalRow, ReconRequestRow
from feeledger.store import insert_for, table_of
from feeledger.unmatched.refusals import AccountNotDesignated


def take_statement(
    session: Session, region: str, told: BankStatement, *, now: datetime
) -> FeeLedgerError | None:
    """Keep a statement to be judged; give the refusal, which is recorded, where it is not taken.

    The refusals: DayNotOver (10002), BankNotAgent (11006), AccountNotDesignated (13002),
    BatchSentAgain and BatchSentOtherwise (15010), DayAlreadyClosed (99999).
    """
    try:
        _demand_new(session, region, told)
        _demand_day(session, region, told.file, now)
        _demand_place(session, region, told.file)
        _keep(session, region, told, now)
    except FeeLedgerError as refusal:
        _note_refusal(session, region, told, refusal, now=now)
        return refusal
    return None


def judge_request(session: Session, region: str, key: RequestKey, *, now: datetime) -> bool:
    """Hold a statement that was taken in against our payments; False where somebody else did.

    Whatever comes of it is kept, and told to the bank's platform.
    """
    row = request_of(session, region, key, for_update=True)
    if row is None or row.state != RECEIVED:
        return False
    raw = row.raw
    file = read_statement(key, raw)
    row.state, row.batch, row.result = _judge(session, region, file, raw, now)
    row.judged_at = now
    session.flush()
    _tell_bank(session, row, now)
    return True


def _judge(
    session: Session, region: str, file: DayFile, raw: bytes, now: datetime
) -> tuple[str, int | None, dict[str, Any]]:
    try:
        with session.begin_nested():
            done = import_batch(
                session,
                region=region,
                file=file,
                raw=raw,
                file_name=f"billfund-{file.accconfirm_no}.json",
                actor=f"bank:{file.bank}",
                now=now,
            )
    except FeeLedgerError as refusal:
        return REFUSED, None, refused_document(file, refusal)
    return JUDGED, done.batch, judged_document(file, done.match)


def _tell_bank(session: Session, row: ReconRequestRow, now: datetime) -> None:
    result = {**row.result, "account": row.account_no, "state": row.state}

    def tell() -> Happening:
        return Happening(frozenset(), "", result, banks=frozenset((row.bank,)))

    enqueue_notification(
        session,
        row.region,
        kind=STATEMENT_RECONCILED,
        subject=f"recon-request:{row.bank} {row.day} {row.accconfirm_no}",
        tell=tell,
        now=now,
    )


def _demand_new(session: Session, region: str, told: BankStatement) -> None:
    file = told.file
    key = RequestKey(file.bank, file.account, file.day, file.accconfirm_no)
    kept = request_of(session, region, key)
    if kept is not None:
        raise _sent_again(kept, told)
    if was_imported(session, region, key):
        raise BatchSentAgain(
            Text(
                f"批次 {file.accconfirm_no} 已以日文件报送并核对，未作任何更改。",
                f"Batch {file.accconfirm_no} came as a day file and was judged; nothing changed.",
            )
        )


def _sent_again(kept: ReconRequestRow, told: BankStatement) -> FeeLedgerError:
    number = told.file.accconfirm_no
    if kept.content_sha256 == told.sha256:
        return BatchSentAgain(
            Text(
                f"批次 {number} 已受理，未作任何更改；结果另行通知，也可查询。",
                f"Batch {number} was taken in before and nothing changed; its result is told by "
                f"itself, and can be asked for.",
            )
        )
    return BatchSentOtherwise(
        Text(
            f"批次 {number} 已受理，此次内容不同，未作任何更改，已记录。更正须用新批次号，并以 replaces 写明原批次号。",
            f"Batch {number} was taken in before, with other content; nothing changed, this is on "
            f"record. A correction needs a new number and names the old in replaces.",
        )
    )


def _demand_day(session: Session, region: str, file: DayFile, now: datetime) -> None:
    if file.day > beijing_date(now):
        raise DayNotOver(Text(f"{file.day} 尚未到。", f"{file.day} has not come."), day=file.day)
    if day_closed(session, region, file.day) is not None:
        raise day_already_closed(file.day)


def _demand_place(session: Session, region: str, file: DayFile) -> None:
    """Hold bank and account to the rules of the day file; a message has result codes for them."""
    try:
        demand_bank_and_account(session, region, file)
    except BankNotOfRegion as refused:
        raise BankNotAgent(refused.detail) from refused
    except AccountNotOfRegion as refused:
        raise AccountNotDesignated(refused.detail) from refused


def _keep(session: Session, region: str, told: BankStatement, now: datetime) -> None:
    """Insert the statement by its key; of two at once the database lets one in (R-R1)."""
    file = told.file
    statement = (
        insert_for(session, ReconRequestRow)
        .values(
            region=region,
            bank=file.bank,
            account_no=file.account,
            day=file.day,
            accconfirm_no=file.accconfirm_no,
            content_sha256=told.sha256,
            raw=told.raw,
            line_count=len(file.lines),
            total_fen=file.total.fen,
            state=RECEIVED,
            received_at=now,
        )
        .on_conflict_do_nothing(
            index_elements=["region", "bank", "account_no", "day", "accconfirm_no"]
        )
        .returning(table_of(ReconRequestRow).c.accconfirm_no)
    )
    if session.execute(statement).first() is None:
        key = RequestKey(file.bank, file.account, file.day, file.accconfirm_no)
        kept = request_of(session, region, key)
        if kept is None:
            raise TypeError(file.accconfirm_no)
        raise _sent_again(kept, told)


def _note_refusal(
    session: Session, region: str, told: BankStatement, refusal: FeeLedgerError, *, now: datetime
) -> None:
    """Keep a refused statement without its lines; equal ones are one row, counted."""
    row, file = ReconRequestRefusalRow, told.file
    statement = insert_for(session, row).values(
        region=region,
        bank=file.bank,
        accconfirm_no=file.accconfirm_no,
        code=refusal.code,
        content_sha256=told.sha256,
        result=str(getattr(refusal, "result", GENERAL_FAILURE)),
        told=dict(told_of(file)),
        detail_zh=refusal.detail.zh,
        detail_en=refusal.detail.en,
        first_at=now,
        last_at=now,
        times=1,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["region", "bank", "accconfirm_no", "code", "content_sha256"],
            set_={"times": row.times + 1, "last_at": now},
        )
    )
