"""What notices show when they are laid side by side: one duty charged twice (S12), a year's sum (S13).

Both rest on our own notices, so nothing is recomputed here; the sentences say which notice, how much,
and against what it was held (R-S4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from feeledger.errors import Text
from feeledger.money import Money, total_of
from feeledger.supervision.charge import Evidence, ReportedCharge, inputs_of
from feeledger.supervision.signals import Signal, rule_of


@dataclass(frozen=True, slots=True)
class NoticedLine:
    """A line of a notice that counts: what it asks after reliefs and refunds, whose it is, who issued it."""

    notice: int
    pay_code: str
    payer: str
    payer_name: str
    unit_code: str
    unit_name: str
    item_id: str
    item_name: str
    line_id: str
    obligation_on: date
    issued_on: date
    issued_by: str
    edition_sha256: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Yardstick:
    """The audited yearly amount: its version, all of it, and the part that is collected by notice."""

    quota: int
    year: int
    version: int
    total: Money
    by_notice: Money


def thing_of_year(uscc: str, year: int) -> str:
    """Name an enterprise's year as the thing of a case: one case an enterprise and year."""
    return _digest("quota", uscc, str(year))


def thing_of_duty(line: NoticedLine) -> str:
    """Name a duty as the thing of a case: one price of one item, of one day, for one enterprise."""
    day = line.obligation_on.isoformat()
    return _digest("duty", line.payer, line.item_id, line.line_id, day)


def crossing_line(lines: Sequence[NoticedLine], limit: Money) -> NoticedLine | None:
    """Give the first line with which the sum of lines exceeds a limit; equal to it is not over it."""
    reached = Money(0)
    for line in lines:
        reached += line.amount
        if reached > limit:
            return line
    return None


def charge_of_line(line: NoticedLine, amount: Money) -> tuple[ReportedCharge, Evidence]:
    """Put a noticed line as a report would tell of it; ``amount`` is what is at issue."""
    charge = ReportedCharge(
        payer=line.payer,
        department=line.unit_name,
        unit_code=line.unit_code,
        item=line.item_name,
        amount=amount,
        charged_on=line.issued_on,
        arose_on=line.obligation_on,
        how_paid="other",
    )
    evidence = Evidence(
        item_id=line.item_id,
        item_name=line.item_name,
        item_sure=True,
        edition_sha256=line.edition_sha256,
    )
    return charge, evidence


def signal_of_year(
    lines: Sequence[NoticedLine], first: NoticedLine, quota: Yardstick, over: Money
) -> Signal:
    """S13: a year's notices ask more than the audited amount."""
    noticed = total_of(line.amount for line in lines)
    said = Text(
        f"“{first.payer_name}”{quota.year} 年各单位有效通知书合计 {noticed:,} 元，已审核的年收费额度（第 "
        f"{quota.version} 版）中由通知书收取的为 {quota.by_notice:,} 元，多 {over:,} 元；自缴款码 "
        f"{first.pay_code} 的“{first.item_name}”起超过。作废的不计；项目的只计额度中列有的项目；减免和退付已扣除。",
        f"The notices of {first.payer_name!r} for {quota.year} that stand ask {noticed:,}; the audited "
        f"yearly amount (version {quota.version}) lets {quota.by_notice:,} be collected by notice: {over:,} "
        f"too much, from {first.item_name!r} of pay code {first.pay_code} on. Void ones are left out, of "
        f"projects what the yearly amount has no line for; reliefs and refunds are taken off.",
    )
    more: dict[str, object] = {
        "year": {
            "year": quota.year,
            "noticed": str(noticed),
            "by_notice": str(quota.by_notice),
            "over": str(over),
            "quota": {
                "number": str(quota.quota),
                "version": quota.version,
                "total": str(quota.total),
            },
            "notices": list(dict.fromkeys(line.pay_code for line in lines)),
        }
    }
    return _signal("S13", first, over, said, more)


def signal_of_duty(line: NoticedLine, earlier: NoticedLine) -> Signal:
    """S12: a duty is noticed twice."""
    said = Text(
        f"“{line.payer_name}”{line.obligation_on} 发生的同一项义务“{line.item_name}”已由缴款码 "
        f"{earlier.pay_code} 通知 {earlier.amount:,} 元，又由缴款码 {line.pay_code} 通知 {line.amount:,} 元。"
        f"作废的通知书不计；经批准分期的请说明。",
        f"One duty of {line.payer_name!r} for {line.item_name!r}, of {line.obligation_on}, was noticed "
        f"with {earlier.amount:,} under pay code {earlier.pay_code} and again with {line.amount:,} under "
        f"{line.pay_code}. Void notices do not count; where instalments were approved, say so.",
    )
    more: dict[str, object] = {
        "duty": {
            "line": line.line_id,
            "first": {"pay_code": earlier.pay_code, "amount": str(earlier.amount)},
            "again": {"pay_code": line.pay_code, "amount": str(line.amount)},
        }
    }
    return _signal("S12", line, line.amount, said, more)


def _signal(
    code: str, line: NoticedLine, amount: Money, said: Text, more: dict[str, object]
) -> Signal:
    rule = rule_of(code)
    return Signal(
        code, rule.level, rule.version, said, inputs_of(*charge_of_line(line, amount)) | more
    )


def _digest(*parts: str) -> str:
    """Name a thing by a digest, since it stands where the payer may not be seen (R-S3)."""
    return sha256("|".join(parts).encode()).hexdigest()
