"""Day reconciliation: each batch against the bank's bytes it was read from, lines, differences, the trail.

The bytes are read here once more, by docs/day-file.md alone. One batch is in memory at a time.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from feeledger.auditor.database import Reader, Row, day_text, instant_of, instant_text
from feeledger.auditor.findings import Finding, Peeked, Place

BATCHES = """
SELECT b.id, b.bank, b.account_no, b.day, b.accconfirm_no, o.accconfirm_no, b.file_count, b.file_fen,
       b.sha256, b.raw, b.imported_at
FROM recon_batch b LEFT JOIN recon_batch o ON o.region = b.region AND o.id = b.replaces
WHERE b.region = :region ORDER BY b.id
"""
LINES = """
SELECT batch, line_no, trade_no, pay_code, amount_fen, paid_at, channel, remark, reason
FROM recon_line WHERE region = :region ORDER BY batch, line_no
"""
REQUESTS = """
SELECT r.bank, r.account_no, r.day, r.accconfirm_no, r.content_sha256, r.raw, r.line_count, r.total_fen,
       r.received_at, r.judged_at, r.result, r.state, b.account_no, b.day, b.accconfirm_no, b.sha256,
       b.matched_count, b.imported_at, b.bank
FROM recon_request r LEFT JOIN recon_batch b ON b.region = r.region AND b.id = r.batch
WHERE r.region = :region
"""
COLUMNS = 6
ENDED = frozenset({"judged", "refused"})


class DayTold(NamedTuple):
    """What a bank's bytes say: the key, the batch corrected, the count, the fen, the lines."""

    bank: str
    account: str
    day: str
    number: str
    replaces: str
    said: int
    fen: int
    lines: list[tuple[Any, ...]]


def batch_findings(reader: Reader, region: str) -> Iterator[Finding]:
    """Hold every batch, and its lines, against the bytes that are kept with it."""
    at, asked = Place(region), {"region": region}
    lines = Peeked(reader.rows(LINES, asked))
    for row in reader.rows(BATCHES, asked):
        yield from _strays(at, list(lines.before(row[0])))
        told = lines.of(row[0])
        yield from _doubles(at, told)
        its = [_line_of(line[1:-1]) for line in told]
        if not _fits(row, its):
            yield at.finding("batch-differs", f"recon_batch:{row[0]}", "与银行原文件不符",
                             "it is not what the bank's bytes say")  # fmt: skip
    yield from _strays(at, list(lines.rest()))


def request_findings(reader: Reader, region: str) -> Iterator[Finding]:
    """Hold every statement by message against its bytes, its batch and what the bank is told."""
    at = Place(region)
    for row in reader.rows(REQUESTS, {"region": region}):
        if not _request_fits(row):
            key = "/".join((row[0], row[1], day_text(row[2]), row[3]))
            yield at.finding("statement-differs", f"recon_request:{key}", "与原报文、批次或答复不符",
                             "it is not what its bytes, its batch or the answer say")  # fmt: skip


def _strays(at: Place, lines: list[Row]) -> Iterator[Finding]:
    for line in lines:
        yield at.finding("batch-differs", f"recon_line:{line[0]}/{line[1]}", "没有批次",
                         "it has no batch")  # fmt: skip


def _doubles(at: Place, lines: list[Row]) -> Iterator[Finding]:
    """Hold what is said to stand twice in a file against the lines before it (R-R3)."""
    seen: set[str] = set()
    for line in lines:
        if (line[2] in seen) != (line[-1] == "duplicate_in_file"):
            yield at.finding("line-judged-wrongly", f"recon_line:{line[0]}/{line[1]}", "流水是否重复与判定不符",
                             "whether its serial stands twice is not how it was judged")  # fmt: skip
        seen.add(line[2])


def _line_of(row: Row) -> tuple[Any, ...]:
    return (*row[:4], instant_text(row[4]), *row[5:])


def _fits(row: Row, lines: list[tuple[Any, ...]]) -> bool:
    raw = bytes(row[9])
    told = day_told(raw)
    if told is None or hashlib.sha256(raw).hexdigest() != row[8]:
        return False
    held = DayTold(row[1], row[2], day_text(row[3]), row[4], row[5] or "", row[6], row[7], lines)
    return told == held and told.said == len(told.lines)


def _request_fits(row: Row) -> bool:
    raw = bytes(row[5])
    told = day_told(raw)
    if told is None or hashlib.sha256(raw).hexdigest() != row[4]:
        return False
    key = (row[0], row[1], day_text(row[2]), row[3])
    sound = key == told[:4] and (row[6], row[7]) == (told.said, told.fen)
    if row[11] == "judged":
        batch = (row[18], row[12], day_text(row[13]), row[14])
        sound &= (batch, row[15], instant_text(row[17])) == (key, row[4], instant_text(row[9]))
    if row[11] not in ENDED:
        return sound and row[11] == "received"
    answer = json.loads(row[10])
    matched = row[16] if row[11] == "judged" else 0
    head = (answer.get("date"), answer.get("accconfirm_no"), answer.get("succeedcount"))
    return bool(sound and head == (key[2], key[3], matched)
                and instant_text(row[8]) <= instant_text(row[9]))  # fmt: skip


def day_told(raw: bytes) -> DayTold | None:
    """Read a bank's bytes: a day file, or a statement in its one written form; None for neither."""
    try:
        return _message_told(raw) if raw[:1] == b"{" else _file_told(raw)
    except (ValueError, KeyError, TypeError, csv.Error):
        return None


def _message_told(raw: bytes) -> DayTold:
    told = json.loads(raw)
    lines = [
        (number, *line[:3], instant_text(instant_of(line[3])), line[4], "")
        for number, line in enumerate(told["lines"], 1)
    ]
    return DayTold(told["bank"], told["account"], told["date"], told["accconfirm_no"], told["replaces"],
                   int(told["count"]), _fen_of(told["total"]), lines)  # fmt: skip


def _file_told(raw: bytes) -> DayTold:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    head: dict[str, str] = {}
    lines: list[tuple[Any, ...]] = []
    rows, begin = csv.reader(io.StringIO(text, newline=""), strict=True), 1
    for row in rows:
        if len(row) == COLUMNS and row[0] != "trade_no":
            lines.append((begin, row[0], row[1], _fen_of(row[2]),
                          instant_text(instant_of(row[3])), row[4], row[5]))  # fmt: skip
        elif len(row) > 1:
            head[row[0]] = row[1]
        begin = rows.line_num + 1
    return DayTold(head["bank"], head["account"], head["date"], head["accconfirm_no"],
                   head.get("replaces", ""), int(head["count"]), _fen_of(head["total"]), lines)  # fmt: skip


def _fen_of(yuan: str) -> int:
    whole, _, part = yuan.partition(".")
    return int(whole) * 100 + int(f"{part:0<2}")
