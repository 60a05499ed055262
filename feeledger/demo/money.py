"""The demonstration's payments: what the bank tells on the day before, and what is refused."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from feeledger.banksim.client import BankAnswer, BankSimulator, Order
from feeledger.clock import BEIJING
from feeledger.demo.setting import ACCOUNT_NO, WRONG_ACCOUNT_NO
from feeledger.money import Money, parse_amount

UNPAID_EVERY: Final = 3
FIRST_HOUR: Final = 9
SECONDS_BETWEEN: Final = 120
ONE_YUAN: Final = Money(100)


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid: the order, and the bank that told it."""

    order: Order
    bank: str


@dataclass(frozen=True, slots=True)
class Payments:
    """What the bank simulator did: payments taken, and the answers to what should be refused."""

    paid: tuple[Paid, ...]
    repeated: BankAnswer
    refused: tuple[tuple[str, BankAnswer], ...]


class UnexpectedAnswer(RuntimeError):
    """The service answered the demonstration's bank otherwise than it must."""


def pay_notices(
    banks: tuple[tuple[str, BankSimulator], ...],
    notices: tuple[tuple[str, str, str], ...],
    *,
    today: date,
) -> Payments:
    """Query and pay two of three notices (pay code, payer, amount), then try what must fail.

    Trade numbers are fixed, so that a second run is answered with the first answers.
    """
    day = today - timedelta(days=1)
    paid: list[Paid] = []
    for number, (pay_code, payer, amount) in enumerate(notices):
        if number % UNPAID_EVERY == UNPAID_EVERY - 1:
            continue
        name, bank = banks[number % len(banks)]
        order = Order(
            pay_code=pay_code,
            trade_no=f"YS{day:%Y%m%d}{number:06d}",
            amount=amount,
            account=ACCOUNT_NO,
            paid_at=_moment(day, number),
            payer_name=payer,
            payer_account=f"0000-0000-5555-{number:04d}",
        )
        _demand(bank.ask(pay_code), "00000")
        _demand(bank.pay(order), "00000")
        paid.append(Paid(order, name))
    unpaid = notices[UNPAID_EVERY - 1]
    bank = banks[0][1]
    return Payments(
        paid=tuple(paid),
        repeated=_demand(bank.pay(paid[0].order), "00000"),
        refused=_try_refusals(bank, paid[0].order, unpaid, day),
    )


def _try_refusals(
    bank: BankSimulator, first: Order, unpaid: tuple[str, str, str], day: date
) -> tuple[tuple[str, BankAnswer], ...]:
    pay_code, payer, amount = unpaid
    _demand(bank.ask(pay_code), "00000")
    moment = _moment(day, 1)
    short = str(Money(parse_amount(amount).fen - 1))

    def order(serial: str, code: str, money: str, account: str) -> Order:
        return Order(code, f"YS{day:%Y%m%d}{serial}", money, account, moment, payer)

    tried = (
        ("12004", order("R1", pay_code, short, ACCOUNT_NO)),
        ("12003", order("R2", pay_code, amount, WRONG_ACCOUNT_NO)),
        ("12001", order("R3", first.pay_code, first.amount, ACCOUNT_NO)),
        ("11002", order("R4", pay_code[:-1] + _other(pay_code[-1]), amount, ACCOUNT_NO)),
    )
    return tuple((result, _demand(bank.pay(one), result)) for result, one in tried)


def _other(digit: str) -> str:
    return str((int(digit) + 1) % 10)


def _moment(day: date, number: int) -> datetime:
    start = datetime.combine(day, time(FIRST_HOUR), BEIJING)
    return start + timedelta(seconds=SECONDS_BETWEEN * number)


def _demand(answer: BankAnswer, result: str) -> BankAnswer:
    if answer.result != result:
        raise UnexpectedAnswer(f"expected {result}: {answer.status} {answer.document}")
    return answer


def day_file_of(paid: tuple[Paid, ...], bank: str, *, day: date) -> bytes:
    """Write the bank's day file with three differences: one missing, one extra, one differing."""
    orders = [one.order for one in paid if one.bank == bank]
    lines = [(o.trade_no, o.pay_code, parse_amount(o.amount), o.paid_at) for o in orders]
    del lines[2]
    trade, code, amount, moment = lines[4]
    lines[4] = (trade, code, amount + ONE_YUAN, moment)
    lines.append((f"YS{day:%Y%m%d}X00001", orders[2].pay_code, Money(5000), orders[2].paid_at))
    total = Money(sum(line[2].fen for line in lines))
    head = [
        "feeledger-day-file,1",
        f"bank,{bank}",
        f"account,{ACCOUNT_NO}",
        f"date,{day.isoformat()}",
        f"accconfirm_no,{day:%Y%m%d}-1",
        f"count,{len(lines)}",
        f"total,{total}",
        "trade_no,pay_code,amount,paid_at,channel,remark",
    ]
    body = [f"{t},{c},{a},{m.isoformat(timespec='seconds')},13,演示数据" for t, c, a, m in lines]
    return ("\n".join(head + body) + "\n").encode("utf-8-sig")
