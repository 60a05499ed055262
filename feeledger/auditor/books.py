"""The books: every pair well formed, every entry in its place, balances and closed days added up again.

One walk over the entries in order of id, beside it the postings, the seals and the payments in the
same order: whatever the size, memory holds sums, not rows.
"""

from collections import defaultdict
from collections.abc import Iterator

from feeledger.auditor.database import Reader, Row, day_text, instant_text
from feeledger.auditor.findings import Finding, Peeked, Place
from feeledger.auditor.hashing import form_writer, leaf_hash, quoted
from feeledger.auditor.notices import NoticeCheck
from feeledger.auditor.payments import PAYMENTS, TWICE, Payment, PaymentCheck
from feeledger.auditor.records import record_digests

# The chart: how many parts name an account of each kind.
CHART = {
    "designated": 1,
    "income": 2,
    "late_fee": 2,
    "unmatched": 1,
    "refund_due": 1,
    "treasury": 1,
}
NAMES = ("day", "entry", "form", "kind", "payment", "posted_at", "postings", "reason")
PLAIN = form_writer(*NAMES, "region", "reverses", "subject")
BOUND = form_writer(*NAMES, "record", "region", "reverses", "subject")
BOOK = "SELECT opened_on, open_day FROM ledger_book WHERE region = :region"
ENTRIES = """
SELECT id, day, kind, subject, reason, reverses, posted_at
FROM ledger_entry WHERE region = :region ORDER BY id
"""
POSTINGS = """
SELECT entry, leg, debit, credit, fen FROM ledger_posting WHERE region = :region ORDER BY entry, leg
"""
SEALS = "SELECT entry, block, position, leaf FROM entry_seal WHERE region = :region ORDER BY entry"
CLOSED = """
SELECT day, next_day, entries, fen, closed_at FROM ledger_closed_day WHERE region = :region ORDER BY day
"""
SNAPSHOTS = """
SELECT day, account, debit_fen, credit_fen FROM ledger_snapshot WHERE region = :region ORDER BY day
"""
TAKEN_BACK = "SELECT reverses FROM ledger_entry WHERE region = :region AND reverses IS NOT NULL"
PAIRS = """
SELECT debit, credit, fen FROM ledger_posting WHERE region = :region AND entry = :entry ORDER BY leg
"""


class BookCheck:
    """Goes through a region's entries once; sums and the days of sealed blocks are kept."""

    def __init__(self, reader: Reader, region: str, notices: NoticeCheck) -> None:
        """Begin a check; ``notices`` are those that payments pay."""
        self._reader = reader
        self._at = Place(region)
        taken = {row[0] for row in reader.rows(TAKEN_BACK, {"region": region})}
        self._records = record_digests(reader, region)
        self._payments = PaymentCheck(self._at, notices, taken)
        # By day, what moved from each account credited to each account debited.
        self._moved: dict[str, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
        self._sound: set[str] = set()
        self.days: dict[str, dict[str, list[int]]] = {}
        self.counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self.block_days: dict[int, set[str]] = defaultdict(set)
        self.closed: dict[str, str] = {}
        self.unsealed: list[tuple[int, str, str]] = []
        # Entries whose leaf has a form from before records bound as much as now.
        self.sealed_before: set[int] = set()
        self._reversals: list[tuple[int, int, list[Row]]] = []

    def findings(self) -> Iterator[Finding]:
        """Give what does not hold."""
        asked = {"region": self._at.region}
        book = self._reader.first(BOOK, asked)
        if book is None:
            yield self._at.finding("book-missing", "ledger_book:", "没有账簿", "there is no book")
            return
        first, last = day_text(book[0]), day_text(book[1])
        beside = [Peeked(self._reader.rows(query, asked)) for query in (POSTINGS, SEALS, PAYMENTS)]
        strays: list[list[Row]] = [[] for _ in beside]
        for entry in self._reader.rows(ENTRIES, asked):
            yield from self._one(
                entry,
                *[stream.at(entry[0], kept) for stream, kept in zip(beside, strays, strict=True)],
            )
            if not first <= day_text(entry[1]) <= last:
                yield self._wrong(
                    "day-astray", entry[0], "记账日不在账簿之内", "its day lies outside the book"
                )
        for kind, stream, kept in zip(STRAYS, beside, strays, strict=True):
            for row in (*kept, *stream.rest()):
                yield self._at.finding(
                    kind[0], f"{kind[1]}:{row[0]}/{row[1]}", "没有分录", "it has no entry"
                )
        self.days = {day: _sums_of(moved) for day, moved in self._moved.items()}
        yield from self._reversed()
        yield from self._closed(first, last)
        yield from self._payments.unpaid()
        for bank, serial, times in self._reader.rows(TWICE, asked):
            yield self._at.finding("serial-twice", f"payment:{bank}/{serial}", f"同一流水入账 {times} 次",
                                   f"one serial was booked {times} times")  # fmt: skip

    def _one(
        self, entry: Row, postings: list[Row], seals: list[Row], paid: list[Row]
    ) -> Iterator[Finding]:
        number, day = entry[0], day_text(entry[1])
        if not postings:
            yield self._wrong("entry-empty", number, "没有借贷对", "it has no postings")
        sums, sound, total = self._moved[day], self._sound, 0
        for at, posting in enumerate(postings, 1):
            _, leg, debit, credit, fen = posting
            if leg != at or fen <= 0 or debit == credit or not (debit in sound and credit in sound):
                yield from self._pair(at, posting)
            sums[debit, credit] += fen
            total += fen
        counts = self.counts[day]
        counts[0] += 1
        counts[1] += total
        if entry[5] is not None:
            self._reversals.append((number, entry[5], [row[2:] for row in postings]))
        payments = [Payment._make(row) for row in paid]
        yield from self._payments.of_entry(entry, postings, payments)
        if seals:
            yield from self._sealed(day, entry, postings, seals[0], payments)
        else:
            self.unsealed.append((number, day, instant_text(entry[6])))

    def _pair(self, at: int, posting: Row) -> Iterator[Finding]:
        """Say what is wrong with a pair; an account that the chart has is not looked up again."""
        place = f"ledger_posting:{posting[0]}/{posting[1]}"
        _, leg, debit, credit, fen = posting
        if leg != at:
            yield self._at.finding(
                "leg-missing", place, "借贷对序号不连续", "a posting is missing before it"
            )
        if debit == credit or fen <= 0:
            yield self._at.finding("pair-malformed", place, "借贷同科目或金额不大于零",
                                   "both accounts are one, or it moves nothing")  # fmt: skip
        for account in (debit, credit):
            kind, *parts = account.split("/")
            if CHART.get(kind) != len(parts) or not all(parts):
                yield self._at.finding("account-unknown", place, f"没有科目 {account}",
                                       f"the chart has no account {account}")  # fmt: skip
            else:
                self._sound.add(account)

    def _sealed(
        self, day: str, entry: Row, postings: list[Row], seal: Row, paid: list[Payment]
    ) -> Iterator[Finding]:
        _, block, position, leaf = seal
        self.block_days[block].add(day)
        values = self._values(entry, postings, paid)
        records = self._records.get(entry[0], ())
        # What was sealed before records were bound has the plain form (decision 0018).
        forms = enumerate(_leaves_of(values, records))
        form = next((at for at, made in forms if made == bytes(leaf)), None)
        if form:
            self.sealed_before.add(entry[0])
        elif form is None:
            yield self._wrong("sealed-entry-changed", entry[0],
                              f"与区块 {block} 第 {position} 位封存时不同",
                              f"it is not what was sealed in block {block} at {position}")  # fmt: skip

    def _values(self, entry: Row, postings: list[Row], paid: list[Payment]) -> list[str]:
        """Write what a leaf binds of an entry, in order of the names of its plain form."""
        number, day, kind, subject, reason, reverses, posted_at = entry
        pairs = [
            f"[{quoted(debit)},{quoted(credit)},{quoted(str(fen))}]"
            for _, _, debit, credit, fen in postings
        ]
        return [
            quoted(day_text(day)),
            quoted(str(number)),
            '"feeledger-entry-1"',
            quoted(kind),
            self._payments.form_of(paid[0]) if paid else "null",
            quoted(instant_text(posted_at)),
            f"[{','.join(pairs)}]",
            quoted(reason),
            quoted(self._at.region),
            "null" if reverses is None else quoted(str(reverses)),
            quoted(subject),
        ]

    def _reversed(self) -> Iterator[Finding]:
        """Hold each reversing entry against the one that it takes back."""
        for number, original, postings in self._reversals:
            asked = {"region": self._at.region, "entry": original}
            found = [(credit, debit, fen) for debit, credit, fen in self._reader.rows(PAIRS, asked)]
            if sorted(found) != sorted(tuple(row) for row in postings):
                yield self._wrong("reversal-differs", number, f"不是分录 {original} 的反向",
                                  f"it is not the reverse of entry {original}")  # fmt: skip

    def _closed(self, first: str, last: str) -> Iterator[Finding]:
        """Follow the closed days from the book's first to the open one; add each up again."""
        expected, asked = first, {"region": self._at.region}
        kept: dict[str, dict[str, list[int]]] = defaultdict(dict)
        for day, account, debit, credit in self._reader.rows(SNAPSHOTS, asked):
            kept[day_text(day)][account] = [debit, credit]
        so_far: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for row in self._reader.rows(CLOSED, asked):
            day = day_text(row[0])
            self.closed[day] = instant_text(row[4])
            if day != expected:
                yield self._day(
                    "day-missing", day, "与前一关账日不衔接", "it does not follow the day before it"
                )
            for account, (debit, credit) in self._between(day, expected):
                so_far[account][0] += debit
                so_far[account][1] += credit
            if [row[2], row[3]] != self.counts[day]:
                yield self._day("closed-day-differs", day, f"关账记 {row[2]} 笔 {row[3]} 分，实为 {self.counts[day]}",
                                f"it closed with {row[2]} entries and {row[3]} fen; there are {self.counts[day]}")  # fmt: skip
            yield from self._snapshot(day, kept.pop(day, {}), so_far)
            expected = day_text(row[1])
        if expected != last:
            yield self._day(
                "open-day-differs",
                last,
                "开账日与最后关账记录不符",
                "the open day is not the one that followed",
            )
        for day in kept:
            yield self._day(
                "snapshot-astray",
                day,
                "余额快照没有关账日",
                "a snapshot of a day that was not closed",
            )

    def _between(self, day: str, expected: str) -> Iterator[tuple[str, list[int]]]:
        for each in sorted({expected, day}):
            yield from self.days.get(each, {}).items()

    def _snapshot(
        self, day: str, kept: dict[str, list[int]], found: dict[str, list[int]]
    ) -> Iterator[Finding]:
        for account in sorted({*kept, *found}):
            if kept.get(account, [0, 0]) != found.get(account, [0, 0]):
                yield self._at.finding(
                    "snapshot-differs", f"ledger_snapshot:{day}/{account}",
                    f"快照 {kept.get(account)}，重算 {found.get(account)}",
                    f"it keeps {kept.get(account)}, the postings come to {found.get(account)}",
                )  # fmt: skip

    def _day(self, kind: str, day: str, zh: str, en: str) -> Finding:
        return self._at.finding(kind, f"ledger_closed_day:{day}", zh, en)

    def _wrong(self, kind: str, entry: int, zh: str, en: str) -> Finding:
        return self._at.finding(kind, f"ledger_entry:{entry}", zh, en)

    def balances(self) -> dict[str, int]:
        """Give debits less credits of every account."""
        found: dict[str, int] = defaultdict(int)
        for sums in self.days.values():
            for account, (debit, credit) in sums.items():
                found[account] += debit - credit
        return found


def _sums_of(moved: dict[tuple[str, str], int]) -> dict[str, list[int]]:
    """Give debits and credits of each account."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (debit, credit), fen in moved.items():
        sums[debit][0] += fen
        sums[credit][1] += fen
    return sums


def _leaves_of(values: list[str], records: tuple[bytes, ...]) -> Iterator[bytes]:
    """Give the leaves an entry may have been sealed with: with its record, and without."""
    for record in records:
        told = [*values[:2], '"feeledger-entry-2"', *values[3:8], f'"{record.hex()}"', *values[8:]]
        yield leaf_hash(BOUND(*told).encode())
    yield leaf_hash(PLAIN(*values).encode())


STRAYS = (
    ("posting-without-entry", "ledger_posting"),
    ("seal-without-entry", "entry_seal"),
    ("payment-without-entry", "payment"),
)
