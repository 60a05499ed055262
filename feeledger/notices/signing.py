"""What the issuing unit signs of a notice: what the unit itself says, in one canonical form.

Pay code, number of the voucher and check code are the bureau's and stand under the bureau's own
signature; the due day is not signed, because a deferral moves it (R-M4, R-T4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from feeledger.money import Money
from feeledger.signatures import canonical_bytes, instant_text

CONTENT_VERSION = 1


@dataclass(frozen=True, slots=True)
class SaidLine:
    """One line as it is signed."""

    unit_code: str
    item_id: str
    line_id: str | None
    obligation_on: date
    outcome: str
    amount: Money


@dataclass(frozen=True, slots=True)
class SaidNotice:
    """A notice as its unit signs it."""

    region: str
    unit_code: str
    uscc: str
    payer_name: str
    issued_on: date
    edition_sha256: str
    external_no: str | None
    lines: Sequence[SaidLine]


def message_of(said: SaidNotice, signed_at: datetime) -> bytes:
    """Give the bytes that are signed."""
    return canonical_bytes(
        {
            "kind": "notice",
            "version": CONTENT_VERSION,
            "region": said.region,
            "unit": said.unit_code,
            "payer": said.uscc,
            "payer_name": said.payer_name,
            "issued_on": said.issued_on.isoformat(),
            "edition": said.edition_sha256,
            "external_no": said.external_no,
            "signed_at": instant_text(signed_at),
            "lines": [
                {
                    "unit": line.unit_code,
                    "item": line.item_id,
                    "line": line.line_id,
                    "obligation_on": line.obligation_on.isoformat(),
                    "outcome": line.outcome,
                    "amount": str(line.amount),
                }
                for line in said.lines
            ],
        }
    )
