"""The acts of the bank in a box: what happens on a bad day, and what the rules say must come of it.

Each act takes a notice that nobody else touches, and ends with the notice paid exactly once.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Final

from feeledger.api.signing import AGE_MAX
from feeledger.banksim.client import BATCH, PAYMENTS, TRANSFERS, Order, Sending
from feeledger.banksim.scenario import Job, Scenario, lay_out
from feeledger.banksim.teller import SUCCESS, UNKNOWN, Run, Teller
from feeledger.banksim.wire import WireBank
from feeledger.clock import wall_time
from feeledger.codes import make_pay_code
from feeledger.money import Money, parse_amount

TWINS: Final = 4
FAILURE: Final = "99999"
NOT_KEPT_HERE: Final = "11006"
AGES: Final = timedelta(days=400)
STRANGE_ACCOUNT: Final = "9999-8888-7777-6666"
BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
TEST_REGION: Final = "130000"
TEST_SERIAL: Final = 99_999_999
# A notice's code as a bank may mistype it, and what the query answers (R-B1).
_GOOD: Final = make_pay_code(TEST_REGION, 13, TEST_SERIAL)
TEST_CODES: Final = MappingProxyType(
    {
        _GOOD: (UNKNOWN,),
        _GOOD[:-1] + str((int(_GOOD[-1]) + 1) % 10): ("11002", UNKNOWN),
        _GOOD[:-1]: ("10002",),
        _GOOD[:-1] + "X": ("10002",),
    }
)


def play(run: Run, scenario: Scenario) -> None:
    """Play a scenario to its end, by as many clients at once as it names."""

    def one(job: Job) -> None:
        teller = Teller(run, job.act, job.number, scenario.seed)
        if job.pay_code is None:
            _test_codes(teller)
            return
        order = teller.query(job.pay_code)
        if order is not None:
            _ACTS[job.act](teller, order)

    with ThreadPoolExecutor(scenario.clients) as clients:
        for done in [clients.submit(one, job) for job in lay_out(scenario)]:
            done.result()


def _test_codes(teller: Teller) -> None:
    for code, wanted in TEST_CODES.items():
        answer = teller.settle(partial(teller.run.bank.write_query, code))
        if answer is not None:
            teller.judge(code, answer, wanted)


def _pay(teller: Teller, order: Order) -> None:
    teller.confirm(order)


def _replay(teller: Teller, order: Order) -> None:
    for _ in range(teller.rng.randint(2, TWINS)):
        teller.confirm(order)
    teller.ask_serial(order, (SUCCESS,))


def _parallel(teller: Teller, order: Order) -> None:
    with ThreadPoolExecutor(TWINS) as pool:
        list(pool.map(teller.confirm, [order] * TWINS))


def _rivals(teller: Teller, order: Order) -> None:
    orders = [teller.rival(order, number) for number in range(TWINS)]
    with ThreadPoolExecutor(TWINS) as pool:
        answers = list(pool.map(lambda one: teller.confirm(one, (SUCCESS, "12001")), orders))
    won = sum(answer is not None and answer.result == SUCCESS for answer in answers)
    if None not in answers and won != 1:
        teller.run.record.broke(
            teller.act, subject=order.pay_code, wanted="1 accepted", got=f"{won} accepted"
        )


def _cut(teller: Teller, order: Order) -> None:
    teller.cut(order)
    teller.ask_serial(order)
    teller.confirm(order)
    teller.ask_serial(order, (SUCCESS,))


def _reorder(teller: Teller, order: Order) -> None:
    teller.ask_serial(order, (UNKNOWN,))
    steps: list[Callable[[Order], object]] = [teller.confirm, teller.arrive, teller.ask_serial]
    teller.rng.shuffle(steps)
    for step in steps:
        step(order)
    teller.confirm(order)
    teller.arrive(order)


def _reverse(teller: Teller, order: Order) -> None:
    """Take a payment back, once for all; its serial never pays again, another does (R-R8, R-B3)."""
    if teller.confirm(order) is None:
        return
    teller.told_twice(lambda: teller.run.signer.write_reversal(order), order.trade_no)
    teller.taken_back(order)
    teller.told(
        lambda: teller.run.bank.write_confirmation(order), (FAILURE,), subject=order.trade_no
    )
    teller.confirm(teller.rival(order, 0))


def _transfer(teller: Teller, order: Order) -> None:
    """Bring the money in a bulk transfer; told otherwise it is 14001, and 14002 off its sum."""
    sign = teller.run.signer.sign
    teller.confirm(order)
    sound = order.transfer()
    wrong = {**sound, "amount": _another_amount(order).amount}
    teller.told(lambda: sign("POST", TRANSFERS, wrong), ("14002",), subject=order.trade_no)
    teller.told_twice(lambda: sign("POST", TRANSFERS, sound), order.trade_no)
    voucher = {**sound["vouchers"][0], "amount": wrong["amount"]}
    other = {**wrong, "vouchers": [voucher]}
    teller.told(lambda: sign("POST", TRANSFERS, other), ("14001",), subject=order.trade_no)


def _batch(teller: Teller, order: Order) -> None:
    """Send one confirmation twice in a batch, and the batch twice: one payment, equal answers."""
    told = {"payments": [order.confirmation()] * 2}
    teller.run.record.opened(order.trade_no)
    teller.told_twice(lambda: teller.run.signer.sign("POST", BATCH, told), order.trade_no)
    teller.confirm(order)  # its own answer again: refused here, the batch was


def _account_flow(teller: Teller, order: Order) -> None:
    """State the money on the account, once; the number never stands for another income (R-R6)."""
    if not isinstance(bank := teller.run.bank, WireBank):
        raise TypeError(bank)
    teller.confirm(order)
    first = teller.told(
        lambda: bank.write_flow(order, order.amount), (SUCCESS, NOT_KEPT_HERE), order.trade_no
    )
    if first is None or first.result != SUCCESS:  # another bank keeps the account
        return
    teller.told(lambda: bank.write_flow(order, order.amount), (SUCCESS,), order.trade_no)
    other = _another_amount(order).amount
    teller.told(lambda: bank.write_flow(order, other), ("13001",), order.trade_no)


def end_day(run: Run) -> None:
    """Send the day's statement of each region and account, again, and ask what became of it (R-R1)."""
    if not isinstance(bank := run.bank, WireBank):
        raise TypeError(bank)
    teller = Teller(run, "day-end", 0, 0)
    listed: dict[tuple[str, str], list[Order]] = {}
    for order in run.paid.values():
        listed.setdefault((order.pay_code[:6], order.account), []).append(order)
    for at, orders in enumerate(listed.values()):
        number = f"{run.prefix}D{at}"
        write = partial(bank.write_day, number, orders)
        teller.told(write, (SUCCESS,), number)
        teller.told(write, ("15010",), number)
        teller.told(partial(bank.write_day_query, number, orders[0]), (SUCCESS,), number)


def _other_content(teller: Teller, order: Order) -> None:
    if teller.confirm(order) is None:
        return
    other = replace(order, paid_at=order.paid_at - timedelta(seconds=1))
    answer = teller.settle(lambda: teller.run.bank.write_confirmation(other))
    if answer is not None:
        teller.judge(order.trade_no, answer, (FAILURE,))
    teller.confirm(order)


def _wrong(change: Callable[[Order], Order], *wanted: str) -> Callable[[Teller, Order], None]:
    """Make an act of a refused message, which binds nothing: mended, its serial pays (R-B3)."""

    def act(teller: Teller, order: Order) -> None:
        teller.confirm(change(order), wanted)
        teller.confirm(order)

    return act


def _another_amount(order: Order) -> Order:
    return replace(order, amount=str(Money(parse_amount(order.amount).fen + 1)))


def _another_code(order: Order) -> Order:
    last = str((int(order.pay_code[-1]) + 1) % 10)
    return replace(order, pay_code=order.pay_code[:-1] + last)


def _damage(
    spoil: Callable[[Teller, Sending], Sending],
) -> Callable[[Teller, Order], None]:
    """Make an act of a damaged message, which changes nothing; the sound one is then taken."""

    def act(teller: Teller, order: Order) -> None:
        def make() -> Sending:
            return spoil(teller, teller.run.bank.write_confirmation(order))

        teller.damaged(make, teller.run.bank.damage_codes, order.trade_no)
        teller.ask_serial(order, (UNKNOWN,))
        teller.confirm(order)

    return act


def _spoil_body(teller: Teller, sound: Sending) -> Sending:
    return teller.run.bank.spoil(sound, teller.rng)


def _spoil_header(name: str) -> Callable[[Teller, Sending], Sending]:
    def spoil(teller: Teller, sound: Sending) -> Sending:
        value = sound.headers[name]
        at = value.index(":") + 1 + teller.rng.randrange(30)  # inside the base64, not its end
        other = BASE64[(BASE64.index(value[at]) + 1) % len(BASE64)]
        return replace(sound, headers={**sound.headers, name: value[:at] + other + value[at + 1 :]})

    return spoil


def _nonce_again(teller: Teller, order: Order) -> None:
    sending = teller.run.bank.write_query(order.pay_code)
    first = teller.once(sending)
    if first is not None and first.result == SUCCESS:
        teller.damaged(lambda: sending, ("nonce-used",), order.pay_code)
    teller.confirm(order)


def _old_date(teller: Teller, order: Order) -> None:
    def make() -> Sending:
        created = wall_time() - AGE_MAX - timedelta(seconds=30)
        return teller.run.signer.sign("POST", PAYMENTS, order.confirmation(), created=created)

    teller.damaged(make, ("signature-expired",), order.trade_no)
    teller.ask_serial(order, (UNKNOWN,))
    teller.confirm(order)


_ACTS: Final = MappingProxyType[str, Callable[[Teller, Order], None]](
    {
        "pay": _pay,
        "replay": _replay,
        "parallel": _parallel,
        "rivals": _rivals,
        "cut": _cut,
        "reorder": _reorder,
        "reverse": _reverse,
        "transfer": _transfer,
        "batch": _batch,
        "account-flow": _account_flow,
        "other-content": _other_content,
        "wrong-amount": _wrong(_another_amount, "12004"),
        "wrong-account": _wrong(lambda order: replace(order, account=STRANGE_ACCOUNT), "12003"),
        "wrong-day": _wrong(lambda order: replace(order, paid_at=order.paid_at + AGES), "12006"),
        "wrong-code": _wrong(_another_code, "11002", UNKNOWN),
        "damage-body": _damage(_spoil_body),
        "damage-digest": _damage(_spoil_header("Content-Digest")),
        "damage-signature": _damage(_spoil_header("Signature")),
        "nonce-again": _nonce_again,
        "old-date": _old_date,
    }
)
