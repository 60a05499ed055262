"""What a bank tells us of money that reached a designated account: one arrival, or a bulk transfer.

Content, for the key of R-B3, is the pay code ("" where none is named), the amount, the real account
and the bank's time to the second; nothing else. Whatever a payer wrote for a pay code is taken as
it stands: money is not refused for it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from feeledger.errors import Text
from feeledger.money import Money, total_of
from feeledger.payments.advice import SUCCESS
from feeledger.payments.refusals import AdviceMalformed
from feeledger.periods import beijing_date

ARRIVAL: Final = "arrival"
IN_TRANSIT: Final = "in_transit"
CLOCK_AHEAD_MAX: Final = timedelta(seconds=60)
# How the bank is told what became of its money, in its first answer.
ARRIVED: Final = "arrived"
UNMATCHED: Final = "unmatched"


@dataclass(frozen=True, slots=True)
class Payer:
    """Who sent the money, as far as the bank tells."""

    name: str | None = None
    account: str | None = None
    bank: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """Money of one serial in a designated account of a region (wp.outer.account.arrival)."""

    region: str
    trade_no: str
    account: str
    amount: Money
    arrived_at: datetime
    payer: Payer = Payer()
    pay_code: str | None = None
    remark: str | None = None
    batch_no: str | None = None

    def __post_init__(self) -> None:
        """Demand an amount and an instant. Raises AdviceMalformed."""
        _demand_amount(self.amount)
        object.__setattr__(self, "arrived_at", _second_of(self.arrived_at))

    @property
    def arrived_on(self) -> date:
        """The bank's day, Beijing (R-R4)."""
        return beijing_date(self.arrived_at)

    def content(self) -> dict[str, object]:
        """Give the content that the key binds."""
        return {
            "pay_code": self.pay_code or "",
            "amount_fen": self.amount.fen,
            "account_no": self.account,
            "paid_at": self.arrived_at,
        }

    def told(self) -> dict[str, str]:
        """Give the content as texts, for records that people read."""
        return {
            "pay_code": self.pay_code or "",
            "amount": str(self.amount),
            "account": self.account,
            "paid_at": self.arrived_at.isoformat(),
        }

    def told_whole(self) -> dict[str, str]:
        """Give all that was told, for the record of a refusal: it must lead to the money."""
        more = {
            "payer_name": self.payer.name,
            "payer_account": self.payer.account,
            "payer_bank": self.payer.bank,
            "remark": self.remark,
            "batch_no": self.batch_no,
        }
        return self.told() | {name: text for name, text in more.items() if text}


@dataclass(frozen=True, slots=True)
class Voucher:
    """One payment inside a bulk transfer: the serial and pay code it was taken under, its sum."""

    pay_code: str | None
    trade_no: str
    amount: Money

    def __post_init__(self) -> None:
        """Demand an amount. Raises AdviceMalformed."""
        _demand_amount(self.amount)


@dataclass(frozen=True, slots=True)
class Transfer:
    """在途: one sum that a bank moves into the account for the payments it lists (R-R6)."""

    region: str
    trade_no: str
    account: str
    amount: Money
    arrived_at: datetime
    vouchers: tuple[Voucher, ...]

    def __post_init__(self) -> None:
        """Demand an amount, an instant and vouchers of different serials. Raises AdviceMalformed."""
        _demand_amount(self.amount)
        object.__setattr__(self, "arrived_at", _second_of(self.arrived_at))
        serials = [voucher.trade_no for voucher in self.vouchers]
        if not serials:
            raise AdviceMalformed(
                Text("在途划转须列明缴款。", "A transfer lists its payments."), field="vouchers"
            )
        twice = sorted({serial for serial in serials if serials.count(serial) > 1})
        if twice:
            raise AdviceMalformed(
                Text(
                    f"流水号 {twice[0]} 在清单中出现两次。",
                    f"Serial {twice[0]} stands twice in it.",
                ),
                field="vouchers",
            )

    @property
    def arrived_on(self) -> date:
        """The bank's day, Beijing (R-R4)."""
        return beijing_date(self.arrived_at)

    @property
    def listed(self) -> Money:
        """The sum of the vouchers."""
        return total_of(voucher.amount for voucher in self.vouchers)

    def content(self) -> dict[str, object]:
        """Give the content that the key binds: the digest of the list stands for the pay code."""
        return {
            "pay_code": self.list_digest(),
            "amount_fen": self.amount.fen,
            "account_no": self.account,
            "paid_at": self.arrived_at,
        }

    def list_digest(self) -> str:
        """Give the digest of the vouchers, in whatever order they are listed."""
        lines = sorted(f"{v.trade_no} {v.pay_code or ''} {v.amount}" for v in self.vouchers)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def told(self) -> dict[str, str]:
        """Give the content as texts, for records that people read."""
        return {
            "vouchers": str(len(self.vouchers)),
            "vouchers_sha256": self.list_digest(),
            "amount": str(self.amount),
            "account": self.account,
            "paid_at": self.arrived_at.isoformat(),
        }

    def told_whole(self) -> dict[str, str]:
        """Give all that was told, for the record of a refusal."""
        return self.told() | {"listed": str(self.listed)}

    def arrival_of(self, voucher: Voucher) -> Arrival:
        """Give the arrival that a voucher stands for."""
        return Arrival(
            region=self.region,
            trade_no=voucher.trade_no,
            account=self.account,
            amount=voucher.amount,
            arrived_at=self.arrived_at,
            pay_code=voucher.pay_code,
            batch_no=self.trade_no,
        )


def lies_ahead(arrived_on: date, now: datetime) -> bool:
    """Say whether a day is still to come, be the bank's clock a minute fast."""
    return arrived_on > beijing_date(now + CLOCK_AHEAD_MAX)


def digest_of(told: Mapping[str, str]) -> str:
    """Give the digest of what was told, to know identical refusals by."""
    lines = [f"{name}={told[name]}" for name in sorted(told)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def answer_of_arrival(arrival: Arrival, *, status: str, received_at: datetime) -> dict[str, Any]:
    """Give the answer to an accepted arrival: kept, and given again for ever."""
    return {
        "result": SUCCESS,
        "region": arrival.region,
        "trade_no": arrival.trade_no,
        "amount": str(arrival.amount),
        "account": arrival.account,
        "pay_code": arrival.pay_code,
        "arrived_at": arrival.arrived_at.isoformat(),
        "received_at": received_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "status": status,
    }


def answer_of_transfer(
    transfer: Transfer, *, arrived: int, received_at: datetime
) -> dict[str, Any]:
    """Give the answer to an accepted transfer: how many of its vouchers met their payment."""
    return {
        "result": SUCCESS,
        "region": transfer.region,
        "trade_no": transfer.trade_no,
        "amount": str(transfer.amount),
        "account": transfer.account,
        "arrived_at": transfer.arrived_at.isoformat(),
        "received_at": received_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "vouchers": len(transfer.vouchers),
        "arrived": arrived,
        "unmatched": len(transfer.vouchers) - arrived,
    }


def arrival_under(arrival: Arrival, pay_code: str | None) -> Arrival:
    """Give an arrival with the pay code under which its serial was refused before."""
    return arrival if arrival.pay_code or not pay_code else replace(arrival, pay_code=pay_code)


def _demand_amount(amount: Money) -> None:
    if not amount:
        raise AdviceMalformed(
            Text("金额须大于零。", "The amount must be above zero."), field="amount"
        )


def _second_of(at: datetime) -> datetime:
    """Give an instant to the second, in UTC. Raises AdviceMalformed at either end of the calendar."""
    if at.tzinfo is None:
        raise AdviceMalformed(
            Text("到账时间须带时区。", "The time of arrival needs its offset."), field="arrived_at"
        )
    try:
        second = at.astimezone(UTC).replace(microsecond=0)
        beijing_date(second)
    except OverflowError as fault:
        raise AdviceMalformed(
            Text(
                f"到账时间 {at.isoformat()} 超出历法范围。",
                f"The time of arrival {at.isoformat()} lies beyond the calendar.",
            ),
            field="arrived_at",
        ) from fault
    return second
