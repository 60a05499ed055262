"""The seals: the chain of blocks, the roots of blocks and days, the signatures, and what is unsealed."""

from collections.abc import Iterator
from datetime import timedelta

from feeledger.auditor.books import BookCheck
from feeledger.auditor.database import Reader, Row, day_text, instant_of, instant_text
from feeledger.auditor.findings import Finding, Peeked, Place
from feeledger.auditor.hashing import (
    NOTHING_BEFORE,
    form_bytes,
    form_hash,
    key_fingerprint,
    leaf_hash,
    signature_fits,
    tree_root,
)

TAIL = timedelta(minutes=1)
SIGNED_WITHIN = timedelta(hours=1)
KEYS = "SELECT fingerprint FROM seal_key"
CHAIN = "SELECT blocks, head, checked_at FROM seal_chain WHERE region = :region"
BLOCKS = """
SELECT number, day, entries, previous, root, made_at, hash
FROM seal_block WHERE region = :region ORDER BY number
"""
LEAVES = """
SELECT block, position, leaf FROM entry_seal WHERE region = :region ORDER BY block, position
"""
DAYS = """
SELECT d.day, d.blocks, d.entries, d.previous, d.root, d.signed_at, d.key, d.signature, d.hash,
       k.public, k.valid_from, k.valid_to
FROM seal_day d LEFT JOIN seal_key k ON k.fingerprint = d.key
WHERE d.region = :region ORDER BY d.day
"""


class SealCheck:
    """Goes through a region's blocks and signed days after its entries were gone through."""

    def __init__(self, reader: Reader, region: str, books: BookCheck) -> None:
        """Begin a check; ``books`` knows the days of each block's entries, and what has no seal."""
        self._reader = reader
        self._at = Place(region)
        self._books = books
        self._of_day: dict[str, list[tuple[str, int, str]]] = {}
        self._signed: set[str] = set()

    def findings(self) -> Iterator[Finding]:
        """Give what does not hold."""
        yield from self._blocks()
        yield from self._days()
        yield from self._tail()

    def _blocks(self) -> Iterator[Finding]:
        asked = {"region": self._at.region}
        leaves = Peeked(self._reader.rows(LEAVES, asked))
        previous, number = NOTHING_BEFORE, 0
        for number, row in enumerate(self._reader.rows(BLOCKS, asked), 1):
            yield from self._strays(leaves.before(row[0]))
            made = self._hash(row)
            for kind, holds, zh, en in self._rules(row, number, previous, leaves.of(row[0])):
                if not holds:
                    yield self._at.finding(kind, f"seal_block:{row[0]}", zh, en)
            self._of_day.setdefault(day_text(row[1]), []).append(
                (made, row[2], instant_text(row[5]))
            )
            previous = made
        yield from self._strays(leaves.rest())
        chain = self._reader.first(CHAIN, asked) or (0, NOTHING_BEFORE, None)
        if (chain[0], chain[1]) != (number, previous):
            yield self._at.finding("chain-head-differs", "seal_chain:", f"链首记 {chain[0]} 块，实有 {number} 块，或末块散列不符",
                                   f"its head tells of {chain[0]} blocks, there are {number}, or the last hash differs")  # fmt: skip
        self._checked_at = instant_text(chain[2])

    def _strays(self, rows: Iterator[Row]) -> Iterator[Finding]:
        for block, position, _ in rows:
            yield self._at.finding(
                "seal-without-block",
                f"entry_seal:{block}/{position}",
                "没有区块",
                "it has no block",
            )

    def _hash(self, row: Row) -> str:
        number, day, entries, previous, root, made_at, _ = row
        return form_hash(
            {
                "form": "feeledger-block-1",
                "region": self._at.region,
                "number": str(number),
                "day": day_text(day),
                "entries": str(entries),
                "previous": previous,
                "root": root,
                "made_at": instant_text(made_at),
            }
        )

    def _rules(
        self, row: Row, number: int, previous: str, leaves: list[Row]
    ) -> Iterator[tuple[str, bool, str, str]]:
        yield ("block-missing", row[0] == number, "区块编号不连续", "a block is missing before it")
        yield (
            "chain-broken",
            row[3] == previous,
            "与前一区块的散列不符",
            "it does not carry the hash of the block before it",
        )
        yield ("block-changed", row[6] == self._hash(row), "区块散列不符", "its hash is another")
        positions = [leaf[1] for leaf in leaves]
        yield ("seals-missing", positions == list(range(row[2])), f"应有 {row[2]} 个封签，实有 {len(leaves)} 个",
               f"it tells of {row[2]} seals, there are {len(leaves)}")  # fmt: skip
        yield ("block-root-differs", tree_root([bytes(leaf[2]) for leaf in leaves]) == row[4],
               "区块根与封签不符", "its root is not that of its seals")  # fmt: skip
        days = self._books.block_days.get(row[0], set())
        yield (
            "block-day-differs",
            days <= {day_text(row[1])},
            "含有别的记账日的分录",
            "it holds entries of another day",
        )

    def _days(self) -> Iterator[Finding]:
        asked, previous = {"region": self._at.region}, NOTHING_BEFORE
        for row in self._reader.rows(DAYS, asked):
            day = day_text(row[0])
            self._signed.add(day)
            form = self._day_form(row)
            for kind, holds, zh, en in self._rules_of_day(row, form, previous):
                if not holds:
                    yield self._at.finding(kind, f"seal_day:{day}", zh, en)
            previous = form_hash(form)

    def _day_form(self, row: Row) -> dict[str, str]:
        return {
            "form": "feeledger-day-1",
            "region": self._at.region,
            "day": day_text(row[0]),
            "blocks": str(row[1]),
            "entries": str(row[2]),
            "previous": row[3],
            "root": row[4],
            "signed_at": instant_text(row[5]),
            "key": row[6],
        }

    def _rules_of_day(
        self, row: Row, form: dict[str, str], previous: str
    ) -> Iterator[tuple[str, bool, str, str]]:
        blocks = self._of_day.get(day_text(row[0]), [])
        told = (len(blocks), sum(entries for _, entries, _ in blocks))
        yield (
            "day-chain-broken",
            row[3] == previous,
            "与前一签署日的散列不符",
            "it does not carry the hash of the day before it",
        )
        yield ("day-changed", row[8] == form_hash(form), "日散列不符", "its hash is another")
        yield ("day-blocks-differ", (row[1], row[2]) == told, f"签署 {row[1]} 块 {row[2]} 笔，实有 {told[0]} 块 {told[1]} 笔",
               f"{row[1]} blocks and {row[2]} entries were signed; there are {told[0]} and {told[1]}")  # fmt: skip
        root = tree_root([leaf_hash(bytes.fromhex(made)) for made, _, _ in blocks])
        yield (
            "day-root-differs",
            row[4] == root,
            "日根与区块不符",
            "its root is not that of its blocks",
        )
        signed_at = instant_text(row[5])
        late = [made_at for _, _, made_at in blocks if made_at > signed_at]
        yield (
            "sealed-after-signing",
            not late,
            "签署之后又有区块",
            "a block was added after it was signed",
        )
        known = row[9] is not None and key_fingerprint(row[9]) == row[6]
        yield (
            "key-unknown",
            known,
            "没有该签名密钥或指纹不符",
            "its key is not there, or has another fingerprint",
        )
        fits = known and signature_fits(row[9], row[7], form_bytes(form))
        yield ("signature-fails", fits, "签名不成立", "its signature does not hold")
        ends = instant_text(row[11])
        in_time = not ends or instant_of(signed_at) < instant_of(ends)
        in_force = known and instant_text(row[10]) <= signed_at and in_time
        yield (
            "key-not-in-force",
            in_force,
            "签署时密钥不在有效期",
            "its key was not in force when it signed",
        )

    def _tail(self) -> Iterator[Finding]:
        """Say which days should be signed and entries sealed, and are not."""
        signs = self._reader.first(KEYS, {}) is not None
        for day, closed_at in self._books.closed.items():
            late = self._since(closed_at) > SIGNED_WITHIN
            if signs and late and day not in self._signed:
                yield self._at.finding("day-unsigned", f"seal_day:{day}", "关账已逾一小时而未签署",
                                       "it was closed more than an hour ago and is not signed")  # fmt: skip
        for entry, day, posted_at in self._books.unsealed:
            place = f"ledger_entry:{entry}"
            if day in self._signed:
                yield self._at.finding("entry-after-seal", place, f"{day} 已签署，此分录未封存",
                                       f"{day} was signed, and it has no seal")  # fmt: skip
            elif self._since(posted_at) > TAIL:
                yield self._at.finding("entry-left-unsealed", place, "封存工作已过而未封存",
                                       "the sealer came by later and left it unsealed")  # fmt: skip

    def _since(self, instant: str) -> timedelta:
        """Say how long before the sealer's last look an instant lies."""
        if not self._checked_at:
            return timedelta()
        return instant_of(self._checked_at) - instant_of(instant)
