"""Notices: lines against amounts, states against what must stand beside them.

The check gives, of every notice, what payments and seals are held against later.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import Any

from feeledger.auditor.database import Reader, Row, day_text
from feeledger.auditor.findings import Finding, Peeked, Place
from feeledger.auditor.hashing import form_hash

STATES = frozenset(
    ["draft", "waived", "issued", "expired", "voided", "paid", "reconciled", "settled", "refunded"]
)  # fmt: skip
PAID = frozenset({"paid", "reconciled", "settled", "refunded"})
UNNUMBERED = frozenset({"draft", "waived"})
CODE_LENGTH = 20
PACKED = Struct(">32s16sq")  # digest, income, fen; the pay code comes after

NOTICES = """
SELECT id, pay_code, status, uscc, payer_name, unit_code, unit_name, issued_on, due_on, valid_until,
       amount_fen, refunded_fen, voided_at, voided_by, relieved_fen, reliefs,
       (SELECT COUNT(*) FROM notice_relief r WHERE r.region = notice.region
        AND r.notice = notice.id AND r.state = 'approved' AND r.decided_by <> r.applied_by)
FROM notice WHERE region = :region ORDER BY id
"""
LINES = """
SELECT notice, line_no, unit_code, item_id, item_name, obligation_on, amount_fen
FROM notice_line WHERE region = :region ORDER BY notice, line_no
"""
RELIEFS = """
SELECT notice, line_no, seq, fen FROM line_relief WHERE region = :region ORDER BY notice, line_no, seq
"""


@dataclass(frozen=True, slots=True)
class NoticeSeen:
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

    def packed(self) -> bytes:
        """Pack a notice without reliefs: half a million of them have to fit into memory."""
        return PACKED.pack(self.digest, self.income, self.amount_fen) + self.pay_code.encode()

    def asked(self, reliefs: int) -> int:
        """Give what it asked after so many reliefs."""
        return self.amount_fen - sum(fen for seq, _, fen in self.cuts if seq <= reliefs)

    def income_after(self, reliefs: int) -> bytes:
        """Give the digest of what each unit's item got after so many reliefs."""
        taken = [(account, -fen) for seq, account, fen in self.cuts if seq <= reliefs]
        return income_digest([*self.parts, *taken]) if taken else self.income


def unpacked(told: bytes) -> NoticeSeen:
    """Unpack a notice without reliefs."""
    digest, income, fen = PACKED.unpack_from(told)
    return NoticeSeen(digest, income, told[PACKED.size :].decode(), fen, reliefs=0)


class NoticeCheck:
    """Goes through the notices of a region; afterwards it knows each, ``paid`` has those that say so."""

    def __init__(self, reader: Reader, region: str) -> None:
        """Begin a check."""
        self._reader = reader
        self._at = Place(region)
        self._seen: dict[int, bytes | NoticeSeen] = {}
        self._last: tuple[int, NoticeSeen | None] = (0, None)
        self.paid: set[int] = set()

    def seen_of(self, notice: int) -> NoticeSeen | None:
        """Give a notice as it was seen."""
        if notice != self._last[0]:
            found = self._seen.get(notice)
            self._last = notice, unpacked(found) if isinstance(found, bytes) else found
        return self._last[1]

    def findings(self) -> Iterator[Finding]:
        """Give what does not hold."""
        asked = {"region": self._at.region}
        lines = Peeked(self._reader.rows(LINES, asked))
        reliefs = Peeked(self._reader.rows(RELIEFS, asked))
        for row in self._reader.rows(NOTICES, asked):
            yield from self._strays(lines.before(row[0]))
            yield from self._strays(reliefs.before(row[0]), "line_relief")
            yield from self._one(row, lines.of(row[0]), reliefs.of(row[0]))
        yield from self._strays(lines.rest())
        yield from self._strays(reliefs.rest(), "line_relief")

    def _strays(self, lines: Iterator[Row], table: str = "notice_line") -> Iterator[Finding]:
        for notice, number, *_ in lines:
            yield self._at.finding(
                "line-without-notice",
                f"{table}:{notice}/{number}",
                "没有通知书",
                "it has no notice",
            )

    def _one(self, row: Row, lines: list[Row], reliefs: list[Row]) -> Iterator[Finding]:
        region, place = self._at.region, f"notice:{row[0]}"
        form = {
            "form": "feeledger-notice-1",
            "region": region,
            "pay_code": row[1],
            "uscc": row[3],
            "payer_name": row[4],
            "unit_code": row[5],
            "unit_name": row[6],
            "issued_on": day_text(row[7]),
            "amount_fen": str(row[10]),
            "lines": [[li[2], li[3], li[4], day_text(li[5]), str(li[6])] for li in lines],
        }
        seen = NoticeSeen(
            digest=bytes.fromhex(form_hash(form)),
            income=income_digest([(f"income/{li[2]}/{li[3]}", li[6]) for li in lines]),
            pay_code=row[1] or "",
            amount_fen=row[10],
            reliefs=row[15],
            parts=tuple((f"income/{li[2]}/{li[3]}", li[6]) for li in lines) if reliefs else (),
            cuts=_cuts(lines, reliefs),
        )
        self._seen[row[0]] = seen if seen.reliefs or seen.cuts else seen.packed()
        if row[2] in PAID:
            self.paid.add(row[0])
        touched = bool(reliefs or row[14] or row[15] or row[16] or row[2] == "waived")
        for rules in (
            _rules(region, row, lines),
            _relief_rules(row, lines, reliefs) if touched else (),
        ):
            for rule in rules:
                if not rule[1]:
                    kind, _, zh, en, *told = rule
                    yield self._at.finding(kind, place, zh.format(*told), en.format(*told))


def _rules(region: str, row: Row, lines: list[Row]) -> Iterator[tuple[Any, ...]]:
    """Give every rule of one notice, whether it holds, and what it says where it does not."""
    code, status, amount, refunded = row[1], row[2], row[10], row[11]
    days = [day_text(row[at]) for at in (7, 8, 9)]
    yield "state-unknown", status in STATES, "没有状态 {}", "there is no state {}", status
    total = sum(li[6] for li in lines)
    yield ("lines-differ", total == amount, "各行合计 {} 分，通知书 {} 分",
           "the lines come to {} fen, the notice to {}", total, amount)  # fmt: skip
    numbers = [li[1] for li in lines]
    yield ("lines-missing", numbers == list(range(1, len(lines) + 1)) and bool(lines),
           "行号不连续或没有行", "its lines are not numbered without a gap, or there are none")  # fmt: skip
    yield ("days-astray", days == sorted(days), "开具、到期、有效日先后不对",
           "issue, due and last day are out of order")  # fmt: skip
    waived_later = status == "waived" and row[14] > 0
    numbered = status not in UNNUMBERED or waived_later
    fits = code is not None and len(code) == CODE_LENGTH and code[:6] == region
    yield ("pay-code-astray", fits if numbered else code is None, "缴款码与区划或状态不符",
           "its pay code does not fit the region or the state")  # fmt: skip
    voided = row[12] is not None and bool(row[13])
    yield ("void-astray", voided == (status == "voided"), "作废状态与作废记录不符",
           "its state and the record of its voiding differ")  # fmt: skip
    bounds = 0 <= refunded <= amount and (refunded == 0 or status in PAID)
    asked = amount - row[14]
    yield ("refund-astray", bounds and (status == "refunded") == (0 < asked == refunded),
           "退付金额与状态不符", "what was refunded does not fit its state")  # fmt: skip


def _cuts(lines: list[Row], reliefs: list[Row]) -> tuple[tuple[int, str, int], ...]:
    accounts = {li[1]: f"income/{li[2]}/{li[3]}" for li in lines}
    return tuple((seq, accounts.get(number, ""), fen) for _, number, seq, fen in reliefs)


def _relief_rules(row: Row, lines: list[Row], reliefs: list[Row]) -> Iterator[tuple[Any, ...]]:
    """Give the rules of what was relieved after issue: sums, numbers, two persons, never below zero."""
    relieved, count, approved = row[14], row[15], row[16]
    taken: dict[int, int] = defaultdict(int)
    for _, number, _, fen in reliefs:
        taken[number] += fen
    owed = {li[1]: li[6] for li in lines}
    yield ("relief-differs", sum(taken.values()) == relieved, "各行减免 {} 分，通知书 {} 分",
           "its lines were relieved by {} fen, it says {}", sum(taken.values()), relieved)  # fmt: skip
    numbers = {seq for _, _, seq, _ in reliefs}
    yield ("relief-unapproved", numbers == set(range(1, count + 1)) and approved == count,
           "减免次数与两人批准的不符", "its reliefs are not those that two persons granted")  # fmt: skip
    yield ("relief-exceeds", all(fen <= owed.get(number, -1) for number, fen in taken.items()),
           "减免超过该行金额", "more was taken off a line than it asks")  # fmt: skip
    yield ("waived-astray", (row[2] == "waived") == (relieved == row[10]), "免缴状态与减免金额不符",
           "its state and what was relieved of it differ")  # fmt: skip


def income_digest(parts: list[tuple[str, int]]) -> bytes:
    """Give a short digest of what each account gets in all; parts of zero count for nothing."""
    sums: dict[str, int] = defaultdict(int)
    for account, fen in parts:
        sums[account] += fen
    told = "\n".join(f"{name} {sums[name]}" for name in sorted(sums) if sums[name])
    return hashlib.blake2b(told.encode(), digest_size=16).digest()
