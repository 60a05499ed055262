"""Vouchers: numbers without a gap inside their blocks, both signatures, what they say against the books."""

import json
from collections.abc import Iterator
from typing import Any

from feeledger.auditor.database import Reader, Row, day_text, instant_of, instant_text
from feeledger.auditor.findings import Finding, Place
from feeledger.auditor.hashing import signature_fits
from feeledger.auditor.payments import yuan_text

STATES = frozenset(
    ["assigned", "issued_unsigned_by_finance", "complete", "written_off", "voided", "red"]
)
SIGNED = frozenset({"complete", "written_off"})
MILLISECONDS = len("2026-11-24T02:00:00.000")
BLOCKS = """
SELECT ticket_code, first_no, last_no, next_no FROM ticket_block WHERE region = :region
ORDER BY ticket_code, first_no
"""
KEYS = "SELECT keyid, unit_code, material, valid_from, valid_to FROM signing_key WHERE region = :region"
VOUCHERS = """
SELECT v.id, v.ticket_code, v.number, v.state, v.check_code, v.amount_fen, v.refunded_fen, v.unit_code,
       v.unit_signature, v.content, v.bureau_signature, n.unit_code, n.signature, n.amount_fen,
       p.amount_fen, n.pay_code, n.payer_name, n.uscc, p.trade_no, p.late_fen, n.status,
       v.completed_at, v.assigned_on, v.assigned_at, v.replaces, o.state, o.notice, v.notice,
       v.written_off_at, v.ended_at, v.end_reason, p.bank_day, n.unit_name, n.issued_on,
       n.relieved_fen
FROM voucher v LEFT JOIN notice n ON n.region = v.region AND n.id = v.notice
LEFT JOIN payment p ON p.region = v.region AND p.notice = v.notice AND p.state <> 'reversed'
LEFT JOIN voucher o ON o.region = v.region AND o.id = v.replaces
WHERE v.region = :region ORDER BY v.ticket_code, v.number
"""
NAMES = (
    "id", "ticket_code", "number", "state", "check_code", "amount_fen", "refunded_fen", "unit_code",
    "unit_signature", "content", "bureau_signature", "notice_unit", "notice_signature",
    "notice_fen", "paid_fen", "pay_code", "payer_name", "uscc", "trade_no", "late_fen",
    "notice_status", "completed_at", "assigned_on", "assigned_at", "replaces", "former_state",
    "former_notice", "notice", "written_off_at", "ended_at",
    "end_reason", "bank_day", "unit_name", "issued_on",
    "relieved_fen",
)  # fmt: skip
Voucher = dict[str, Any]


def voucher_findings(reader: Reader, region: str) -> Iterator[Finding]:
    """Go through the vouchers of a region by their numbers and give what does not hold."""
    at, asked = Place(region), {"region": region}
    keys = {row[0]: row for row in reader.rows(KEYS, asked)}
    numbers = _Numbers(list(reader.rows(BLOCKS, asked)))
    for row in reader.rows(VOUCHERS, asked):
        voucher = dict(zip(NAMES, row, strict=True))
        place = f"voucher:{voucher['ticket_code']}/{voucher['number']}"
        if not numbers.follows(voucher["ticket_code"], voucher["number"]):
            yield at.finding("voucher-number-astray", place, "票号断号、重复或不在号段之内",
                             "its number leaves a gap, comes twice or lies in no block")  # fmt: skip
        for kind, holds, zh, en in _rules(voucher, keys):
            if not holds:
                yield at.finding(kind, place, zh, en)
    for code, first in numbers.unfinished():
        yield at.finding("voucher-number-astray", f"ticket_block:{code}/{first}", "号段记已发出的票号没有票据",
                         "it says that numbers were given out which no voucher has")  # fmt: skip


class _Numbers:
    """Follows the numbers of the blocks: each is given out from its first number without a gap."""

    def __init__(self, blocks: list[Row]) -> None:
        self._blocks = blocks
        self._next = {(block[0], block[1]): block[1] for block in blocks}

    def follows(self, code: str, number: int) -> bool:
        """Say whether a number is the next of its block, and take it."""
        for block in self._blocks:
            if block[0] == code and block[1] <= number <= block[2]:
                key = (block[0], block[1])
                expected, self._next[key] = self._next[key], number + 1
                return bool(expected == number < block[3])
        return False

    def unfinished(self) -> Iterator[tuple[str, int]]:
        """Give the blocks whose count of given numbers is not what vouchers hold."""
        for code, first, _, following in self._blocks:
            if self._next[code, first] != following:
                yield code, first


def _rules(voucher: Voucher, keys: dict[str, Row]) -> Iterator[tuple[str, bool, str, str]]:
    state, signed = voucher["state"], voucher["bureau_signature"] is not None
    stages = (
        state in STATES
        and (state in SIGNED) <= signed
        and signed == (voucher["content"] is not None) == (voucher["completed_at"] is not None)
        and (state == "assigned") <= (voucher["unit_signature"] is None)
        and (state == "issued_unsigned_by_finance") <= (voucher["unit_signature"] is not None)
        and (state == "written_off") <= (voucher["written_off_at"] is not None)
        and (state in ("voided", "red")) == (voucher["ended_at"] is not None)
        and (voucher["ended_at"] is None) == (voucher["end_reason"] is None)
        and (
            state == "voided"
            or state in SIGNED
            or voucher["written_off_at"] is None
            or state == "red"
        )
        and (state == "red") <= signed
    )
    yield "voucher-state-differs", stages, "状态与签章不符", "its state does not fit its signatures"
    fits = voucher["unit_code"] == voucher["notice_unit"] and _amount_fits(voucher)
    fits = fits and _former_fits(voucher) and _day_fits(voucher)
    yield "voucher-differs", fits, "与通知书、缴款或原票不符", "it does not fit its notice, payment or the voucher before"  # fmt: skip
    if voucher["unit_signature"] is not None:
        same = voucher["unit_signature"] == voucher["notice_signature"]
        yield (
            "voucher-signature-fails",
            same,
            "单位签章不是通知书的",
            "the unit's signature is not its notice's",
        )
    if signed:
        good = _bureau_signed(voucher, keys)
        yield (
            "voucher-signature-fails",
            good,
            "财政签章不成立",
            "the bureau's signature does not hold",
        )
        yield (
            "voucher-content-differs",
            _says(voucher),
            "票面内容与账不符",
            "what it says is not what the books say",
        )


def _amount_fits(voucher: Voucher) -> bool:
    """Say whether its amount is what was noticed or paid, less what had been refunded by then."""
    refunded, whole = voucher["refunded_fen"], voucher["amount_fen"] + voucher["refunded_fen"]
    if refunded < 0 or voucher["notice_fen"] is None:
        return False
    # Numbered before a relief or after it: until it is paid, either is what the notice asked then.
    noticed = voucher["notice_fen"] - voucher["relieved_fen"] <= whole <= voucher["notice_fen"]
    return bool(noticed or whole == voucher["paid_fen"])


def _former_fits(voucher: Voucher) -> bool:
    if voucher["replaces"] is None:
        return bool(voucher["refunded_fen"] == 0)
    return bool(voucher["former_state"] == "red" and voucher["former_notice"] == voucher["notice"])


def _day_fits(voucher: Voucher) -> bool:
    return day_text(voucher["assigned_on"])[:4] == "20" + str(voucher["ticket_code"])[-2:]


def _bureau_signed(voucher: Voucher, keys: dict[str, Row]) -> bool:
    """Check the signature ``keyid instant base64`` over the content as it is kept."""
    keyid, _, rest = str(voucher["bureau_signature"]).partition(" ")
    instant, _, value = rest.partition(" ")
    key = keys.get(keyid)
    if key is None or key[1] is not None:
        return False
    try:
        signed_at = instant_text(instant_of(instant))
    except ValueError:
        return False
    ends = instant_text(key[4])
    in_force = instant_text(key[3]) <= signed_at and (not ends or signed_at < ends)
    # A signature tells its instant to the millisecond, the voucher keeps it to the microsecond.
    same = signed_at[:MILLISECONDS] == instant_text(voucher["completed_at"])[:MILLISECONDS]
    return in_force and same and signature_fits(key[2], value, str(voucher["content"]).encode())


def _says(voucher: Voucher) -> bool:
    try:
        said = json.loads(voucher["content"] or "")
    except ValueError:
        return False
    if not isinstance(said, dict):
        return False
    wanted = {
        "ticket_code": voucher["ticket_code"],
        "number": f"{voucher['number']:010d}",
        "check_code": voucher["check_code"],
        "amount": yuan_text(voucher["amount_fen"]),
        "pay_code": voucher["pay_code"],
        "unit": {"code": voucher["unit_code"], "name": voucher["unit_name"]},
        "refunded": yuan_text(voucher["refunded_fen"]),
        "filled_on": day_text(voucher["issued_on"]),
        "unit_signature": voucher["unit_signature"],
    }
    return all(said.get(name) == value for name, value in wanted.items())
