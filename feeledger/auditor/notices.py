"""Notices: lines against amounts, states against what must stand beside them.

The check gives, of every notice, what payments and seals are held against later.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from struct import Struct
from typing import NamedTuple

from feeledger.auditor.database import Reader, Row, beijing_day, day_text, instant_text
from feeledger.auditor.findings import Finding, Peeked, Place
from feeledger.auditor.hashing import form_writer, quoted

STATES = frozenset(
    ["draft", "waived", "issued", "expired", "voided", "paid", "reconciled", "settled", "refunded"]
)  # fmt: skip
PAID = frozenset({"paid", "reconciled", "settled", "refunded"})
UNNUMBERED = frozenset({"draft", "waived"})
UNPAID = frozenset({"issued", "expired"})
NOT_ENDED = ("expiry-astray", "是否逾期与有效日、清理记录不符",
             "whether it is expired is not what its last day and the sweeps on record say")  # fmt: skip
CODE_LENGTH = 20
FORM = form_writer(
    "amount_fen", "form", "issued_on", "lines", "pay_code", "payer_name", "region", "unit_code",
    "unit_name", "uscc",
)  # fmt: skip
# What does not hold: its kind, and what to say of it.
Broken = Iterator[tuple[str, str, str]]
DIGEST = 32
PACKED = Struct(">16sq")  # income, fen; the pay code comes after

NOTICES = """
SELECT id, pay_code, status, uscc, payer_name, unit_code, unit_name, issued_on, due_on, valid_until,
       amount_fen, refunded_fen, voided_at, voided_by, relieved_fen, reliefs,
       (SELECT COUNT(*) FROM notice_relief r WHERE r.region = notice.region
        AND r.notice = notice.id AND r.state = 'approved' AND r.decided_by <> r.applied_by), issued_at
FROM notice WHERE region = :region ORDER BY id
"""
LINES = """
SELECT notice, line_no, unit_code, item_id, item_name, obligation_on, amount_fen
FROM notice_line WHERE region = :region ORDER BY notice, line_no
"""
SWEEPS = "SELECT details FROM trail_act WHERE region = :region AND act = 'expire-notices'"
TAKEN_BACK = """
SELECT p.notice, v.received_at FROM payment_reversal v JOIN payment p ON p.region = v.region AND p.id = v.payment
JOIN notice n ON n.region = p.region AND n.id = p.notice AND n.status = 'expired' WHERE v.region = :region
"""
RELIEFS = """
SELECT notice, line_no, seq, fen FROM line_relief WHERE region = :region ORDER BY notice, line_no, seq
"""


class NoticeSeen(NamedTuple):
    """A notice as later checks need it. ``income`` is a digest of what each unit's item gets.

    Of a relieved notice ``parts`` are its lines, and ``cuts`` what each relief took off them.
    """

    digest: bytes
    income: bytes
    pay_code: str
    amount_fen: int
    reliefs: int
    parts: tuple[tuple[str, int], ...] = ()
    cuts: tuple[tuple[int, str, int], ...] = ()

    def asked(self, reliefs: int) -> int:
        """Give what it asked after so many reliefs."""
        return self.amount_fen - sum(fen for seq, _, fen in self.cuts if seq <= reliefs)

    def income_after(self, reliefs: int) -> bytes:
        """Give the digest of what each unit's item got after so many reliefs."""
        taken = [(account, -fen) for seq, account, fen in self.cuts if seq <= reliefs]
        return income_digest([*self.parts, *taken]) if taken else self.income


def packed(income: bytes, pay_code: str, fen: int) -> bytes:
    """Pack what a notice without reliefs asks: half a million of them have to fit into memory."""
    return PACKED.pack(income, fen) + pay_code.encode()


def unpacked(told: bytes) -> NoticeSeen:
    """Unpack a notice without reliefs: its digest, and what it asks."""
    income, fen = PACKED.unpack_from(told, DIGEST)
    code = told[DIGEST + PACKED.size :].decode()
    return NoticeSeen(told[:DIGEST], income, code, fen, reliefs=0)


class Ending(NamedTuple):
    """What the records say of notices that expired.

    ``swept`` is the last day on which a sweep of the region let some expire, ``swept_before`` the day
    before it ("" for none); ``reversed_on`` the Beijing days on which payments of expired ones went back.
    """

    swept: str
    swept_before: str
    reversed_on: dict[int, str]

    def fits(self, row: Row) -> bool:
        """Say whether an unpaid notice is expired just where its last day was over by the records.

        A sweep may have passed over one that was locked: the next takes it, so a day is left for it.
        """
        last = day_text(row[9])
        if row[2] == "expired":
            return last < max(self.swept, self.reversed_on.get(row[0], ""))
        late = last < self.swept_before
        return not late or beijing_day(instant_text(row[17])) >= self.swept_before


def _ending_of(reader: Reader, region: str) -> Ending:
    asked = {"region": region}
    days = sorted(json.loads(row[0])["today"] for row in reader.rows(SWEEPS, asked))
    swept = days[-1] if days else ""
    before = (date.fromisoformat(swept) - timedelta(days=1)).isoformat() if swept else ""
    back: dict[int, str] = {}
    for notice, received in reader.rows(TAKEN_BACK, asked):
        back[notice] = max(back.get(notice, ""), beijing_day(instant_text(received)))
    return Ending(swept, before, back)


class NoticeCheck:
    """Goes through the notices of a region; afterwards it knows each, ``paid`` has those that say so."""

    def __init__(self, reader: Reader, region: str) -> None:
        """Begin a check."""
        self._reader = reader
        self._at = Place(region)
        self._seen: dict[int, bytes | NoticeSeen] = {}
        self._ending = Ending("", "", {})
        self.paid: set[int] = set()

    def seen_of(self, notice: int) -> NoticeSeen | None:
        """Give a notice as it was seen."""
        found = self._seen.get(notice)
        return unpacked(found) if isinstance(found, bytes) else found

    def digest_of(self, notice: int) -> str:
        """Give the digest of a notice, in hexadecimal; "" of none."""
        found = self._seen.get(notice, b"")
        return (found[:DIGEST] if isinstance(found, bytes) else found.digest).hex()

    def asks(self, notice: int, told: bytes) -> bool:
        """Say whether a notice never had a relief and asks just what ``packed`` told."""
        found = self._seen.get(notice)
        return isinstance(found, bytes) and found[DIGEST:] == told

    def findings(self) -> Iterator[Finding]:
        """Give what does not hold."""
        asked = {"region": self._at.region}
        self._ending = _ending_of(self._reader, self._at.region)
        lines = Peeked(self._reader.rows(LINES, asked))
        reliefs = Peeked(self._reader.rows(RELIEFS, asked))
        astray: list[Row] = []
        cut_astray: list[Row] = []
        for row in self._reader.rows(NOTICES, asked):
            yield from self._one(row, lines.at(row[0], astray), reliefs.at(row[0], cut_astray))
        yield from self._strays([*astray, *lines.rest()], "notice_line")
        yield from self._strays([*cut_astray, *reliefs.rest()], "line_relief")

    def _strays(self, lines: list[Row], table: str) -> Iterator[Finding]:
        for notice, number, *_ in lines:
            yield self._at.finding(
                "line-without-notice",
                f"{table}:{notice}/{number}",
                "没有通知书",
                "it has no notice",
            )

    def _one(self, row: Row, lines: list[Row], reliefs: list[Row]) -> Iterator[Finding]:
        parts = [(f"income/{li[2]}/{li[3]}", li[6]) for li in lines]
        digest, income, code = self._digest(row, lines), income_digest(parts), row[1] or ""
        if row[15] or reliefs:
            self._seen[row[0]] = NoticeSeen(
                digest, income, code, row[10], row[15], tuple(parts), _cuts(lines, reliefs)
            )
        else:
            self._seen[row[0]] = digest + packed(income, code, row[10])
        if row[2] in PAID:
            self.paid.add(row[0])
        broken = [*_broken(row, lines), *_broken_state(self._at.region, row)]
        if row[2] in UNPAID and not self._ending.fits(row):
            broken.append(NOT_ENDED)
        if reliefs or row[14] or row[15] or row[16] or row[2] == "waived":
            broken += _broken_reliefs(row, lines, reliefs)
        for kind, zh, en in broken:
            yield self._at.finding(kind, f"notice:{row[0]}", zh, en)

    def _digest(self, row: Row, lines: list[Row]) -> bytes:
        told = [
            f"[{quoted(li[2])},{quoted(li[3])},{quoted(li[4])},{quoted(day_text(li[5]))},"
            f"{quoted(str(li[6]))}]"
            for li in lines
        ]
        form = FORM(
            quoted(str(row[10])), '"feeledger-notice-1"', quoted(day_text(row[7])), f"[{','.join(told)}]",
            "null" if row[1] is None else quoted(row[1]), quoted(row[4]), quoted(self._at.region),
            quoted(row[5]), quoted(row[6]), quoted(row[3]),
        )  # fmt: skip
        return hashlib.sha256(form.encode()).digest()


def _broken(row: Row, lines: list[Row]) -> Broken:
    """Give what does not hold between a notice and its lines, and of its own days and sums."""
    amount, status = row[10], row[2]
    total = sum([li[6] for li in lines])
    if total != amount:
        yield ("lines-differ", f"各行合计 {total} 分，通知书 {amount} 分",
               f"the lines come to {total} fen, the notice to {amount}")  # fmt: skip
    if not lines or [li[1] for li in lines] != list(range(1, len(lines) + 1)):
        yield ("lines-missing", "行号不连续或没有行",
               "its lines are not numbered without a gap, or there are none")  # fmt: skip
    if not day_text(row[7]) <= day_text(row[8]) <= day_text(row[9]):
        yield ("days-astray", "开具、到期、有效日先后不对",
               "issue, due and last day are out of order")  # fmt: skip
    refunded = row[11]
    bounds = 0 <= refunded <= amount and (refunded == 0 or status in PAID)
    if not bounds or (status == "refunded") != (0 < amount - row[14] == refunded):
        yield ("refund-astray", "退付金额与状态不符", "what was refunded does not fit its state")  # fmt: skip


def _broken_state(region: str, row: Row) -> Broken:
    """Give what does not fit the state of a notice: the state, its pay code, its voiding."""
    code, status = row[1], row[2]
    if status not in STATES:
        yield "state-unknown", f"没有状态 {status}", f"there is no state {status}"
    if status not in UNNUMBERED or (status == "waived" and row[14] > 0):
        fits = code is not None and len(code) == CODE_LENGTH and code[:6] == region
    else:
        fits = code is None
    if not fits:
        yield ("pay-code-astray", "缴款码与区划或状态不符",
               "its pay code does not fit the region or the state")  # fmt: skip
    if (row[12] is not None and bool(row[13])) != (status == "voided"):
        yield ("void-astray", "作废状态与作废记录不符",
               "its state and the record of its voiding differ")  # fmt: skip


def _cuts(lines: list[Row], reliefs: list[Row]) -> tuple[tuple[int, str, int], ...]:
    accounts = {li[1]: f"income/{li[2]}/{li[3]}" for li in lines}
    return tuple((seq, accounts.get(number, ""), fen) for _, number, seq, fen in reliefs)


def _broken_reliefs(row: Row, lines: list[Row], reliefs: list[Row]) -> Broken:
    """Give what breaks the rules of relief after issue: sums, numbers, two persons, never below zero."""
    relieved, count, approved = row[14], row[15], row[16]
    taken: dict[int, int] = defaultdict(int)
    for _, number, _, fen in reliefs:
        taken[number] += fen
    owed = {li[1]: li[6] for li in lines}
    total = sum(taken.values())
    if total != relieved:
        yield ("relief-differs", f"各行减免 {total} 分，通知书 {relieved} 分",
               f"its lines were relieved by {total} fen, it says {relieved}")  # fmt: skip
    numbers = {seq for _, _, seq, _ in reliefs}
    if numbers != set(range(1, count + 1)) or approved != count:
        yield ("relief-unapproved", "减免次数与两人批准的不符",
               "its reliefs are not those that two persons granted")  # fmt: skip
    if any(fen > owed.get(number, -1) for number, fen in taken.items()):
        yield "relief-exceeds", "减免超过该行金额", "more was taken off a line than it asks"
    if (row[2] == "waived") != (relieved == row[10]):
        yield ("waived-astray", "免缴状态与减免金额不符",
               "its state and what was relieved of it differ")  # fmt: skip


def income_digest(parts: Sequence[tuple[str, int]]) -> bytes:
    """Give a short digest of what each account gets in all; parts of zero count for nothing."""
    sums: dict[str, int] = {}
    for account, fen in parts:
        sums[account] = sums.get(account, 0) + fen
    told = "\n".join([f"{name} {fen}" for name, fen in sorted(sums.items()) if fen])
    return hashlib.blake2b(told.encode(), digest_size=16).digest()
