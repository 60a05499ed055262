"""What pages show of a notice's vouchers, brought up to date when somebody looks."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from feeledger.doors import key_ring, kit
from feeledger.errors import Missing, Text
from feeledger.money import Money
from feeledger.signatures import canonical_bytes
from feeledger.vouchers.actions import Round, follow_vouchers
from feeledger.vouchers.printing import VoucherSheet, voucher_pdf
from feeledger.vouchers.queries import (
    SignatureCheck,
    Standing,
    voucher_checked,
    vouchers_of_notice,
)
from feeledger.vouchers.tables import VoucherRow
from feeledger.vouchers.voucher import STATE_LABELS, number_text

STANDINGS: Final[dict[Standing, tuple[Text, str]]] = {
    "complete": (Text("完整票据，缴款凭证有效", "A complete voucher: a valid receipt"), "good"),
    "notice_only": (Text("只是缴款通知，不是收据", "A notice only, not a receipt"), "warn"),
    "red": (Text("已红冲，不能再作凭证", "Cancelled (red): no receipt any more"), "bad"),
    "voided": (Text("已作废", "Void"), "bad"),
}
SIGNATURES: Final = {
    "good": Text("核验通过", "good"),
    "wrong": Text("核验不通过", "wrong"),
    "missing": Text("没有", "none"),
}
END_REASONS: Final = {
    "notice-voided": Text("通知书作废", "the notice was voided"),
    "refund": Text("已退付", "money was refunded"),
    "reversal": Text("缴款已冲正", "the payment was reversed"),
}


class VoucherNotComplete(Missing):
    """A paper is asked for that the bureau has not signed."""

    code = "voucher-not-complete"
    title = Text("票据尚不完整", "The voucher is not complete yet")


@dataclass(frozen=True, slots=True)
class ShownVoucher:
    """One voucher as pages show it: what it is worth, and how its signatures stand."""

    row: VoucherRow
    number: str
    amount: Money
    standing: Standing
    told: Text
    tone: str
    state: Text
    signatures: tuple[tuple[Text, SignatureCheck], ...]

    @property
    def is_printable(self) -> bool:
        """Say whether there is a paper to print: the bureau signed it, good or cancelled since."""
        return self.row.content is not None


def follow_notice(region: str, notice: int) -> None:
    """Bring the voucher of one notice as far as the notice has come."""
    clock, ring = kit().clock, key_ring()
    asked = Round(ring, clock.today(), clock.now(), (notice,))
    kit().store.retry(lambda session: follow_vouchers(session, region, asked))


def vouchers_shown(session: Session, region: str, notice: int) -> list[ShownVoucher]:
    """Give the vouchers of a notice, the latest first."""
    return [shown_voucher(session, row) for row in vouchers_of_notice(session, region, notice)]


def shown_voucher(session: Session, row: VoucherRow) -> ShownVoucher:
    """Say what a voucher is worth, both signatures held against their keys."""
    found = voucher_checked(session, row)
    told, tone = STANDINGS[found.standing]
    return ShownVoucher(
        row=row,
        number=number_text(row.number),
        amount=Money(row.amount_fen),
        standing=found.standing,
        told=told,
        tone=tone,
        state=STATE_LABELS[row.state],
        signatures=(
            (Text("单位签章", "The unit's signature"), found.unit),
            (Text("财政监制签章", "The bureau's signature"), found.bureau),
        ),
    )


def voucher_of_notice(session: Session, region: str, notice: int, voucher: int) -> VoucherRow:
    """Find a voucher of a notice that can be printed. Raises VoucherNotComplete."""
    row = session.get(VoucherRow, (region, voucher))
    if row is None or row.notice != notice or row.content is None:
        raise VoucherNotComplete(
            Text(
                "这张票据还没有财政监制签章；缴款并签章后才能打印。",
                "The bureau has not signed this voucher; it can be printed once paid and signed.",
            )
        )
    return row


def print_voucher(row: VoucherRow) -> bytes:
    """Print what the bureau signed. Raises GlyphMissing."""
    return voucher_pdf(
        VoucherSheet(
            row.content,
            row.bureau_signature or "",
            is_red=row.state == "red",
            demo=kit().settings.mode == "demo",
        )
    )


def voucher_file(row: VoucherRow) -> bytes:
    """Give the voucher as data for bookkeeping: the content as it was signed, and the signature."""
    document: dict[str, Any] = {
        "content": row.content,
        "bureau_signature": row.bureau_signature,
        "state": row.state,
    }
    return canonical_bytes(document)
