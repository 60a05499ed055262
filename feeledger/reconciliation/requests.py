"""A bank's statement of its day by message: what it says, and what the bank is answered later.

It is held against our payments by the very rules of the day file; only its form is another. Its
content is kept in one written form, so that a repetition is known by its digest.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from feeledger.errors import FeeLedgerError
from feeledger.money import Money, total_of
from feeledger.reconciliation.matching import DayMatch, result_document
from feeledger.reconciliation.statements import DayFile, DayLine

RECEIVED: Final = "received"
JUDGED: Final = "judged"
REFUSED: Final = "refused"
GENERAL_FAILURE: Final = "99999"


@dataclass(frozen=True, slots=True)
class BankStatement:
    """One batch of a bank's day as the bank itself sent it, with its digest."""

    file: DayFile
    raw: bytes

    @property
    def sha256(self) -> str:
        """The digest by which a repetition is known."""
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True, slots=True)
class RequestKey:
    """The key of a batch within a region (R-R1)."""

    bank: str
    account: str
    day: date
    accconfirm_no: str


def statement_of(key: RequestKey, replaces: str, lines: tuple[DayLine, ...]) -> BankStatement:
    """Make a statement of its lines."""
    total = total_of(line.amount for line in lines)
    file = DayFile(key.bank, key.account, key.day, key.accconfirm_no, replaces, total, lines)
    return BankStatement(file, _written(file))


def read_statement(key: RequestKey, raw: bytes) -> DayFile:
    """Read what ``statement_of`` wrote."""
    told = json.loads(raw)
    lines = tuple(
        DayLine(
            number,
            trade_no,
            pay_code,
            Money(fen),
            datetime.fromisoformat(paid_at),
            channel,
            "",
        )
        for number, (trade_no, pay_code, fen, paid_at, channel) in enumerate(told["lines"], 1)
    )
    return statement_of(key, told["replaces"], lines).file


def judged_document(file: DayFile, match: DayMatch) -> dict[str, Any]:
    """Give a statement's result: what matched, one entry for each difference (R-R3); in Chinese."""
    return result_document(file, match, "zh")


def refused_document(file: DayFile, refusal: FeeLedgerError) -> dict[str, Any]:
    """Give the result of a statement that could not be taken in: every line failed, and why."""
    code = str(getattr(refusal, "result", GENERAL_FAILURE))
    return {
        "date": file.day.isoformat(),
        "accconfirm_no": file.accconfirm_no,
        "succeedcount": 0,
        "failcount": len(file.lines),
        "faillist": [
            {"trade_no": line.trade_no, "code": code, "msg": refusal.detail.zh}
            for line in file.lines
        ],
    }


def told_of(file: DayFile) -> Mapping[str, str]:
    """Give what a statement says, without its lines, for records that people read."""
    return {
        "account": file.account,
        "date": file.day.isoformat(),
        "accconfirm_no": file.accconfirm_no,
        "replaces": file.replaces,
        "count": str(len(file.lines)),
        "total": str(file.total),
    }


def _written(file: DayFile) -> bytes:
    lines = [
        (
            line.trade_no,
            line.pay_code,
            line.amount.fen,
            line.paid_at.astimezone(UTC).isoformat(),
            line.channel,
        )
        for line in file.lines
    ]
    told = {**told_of(file), "bank": file.bank, "lines": lines}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
