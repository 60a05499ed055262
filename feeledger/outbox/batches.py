"""One round of delivering: every receiver for itself, so that a slow one holds up no other.

A receiver gets its messages one after the other until one fails or the round is over. Sending is
done by threads, which touch nothing but the network; taking up and writing down is done here.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from feeledger.outbox.delivery_actions import drop_ended, note_attempt, take_up
from feeledger.outbox.letters import Letter, Receipt
from feeledger.outbox.queries import receivers_due, regions_with_subscriptions
from feeledger.store import Store

ROUND_SECONDS: Final = 15.0
THREADS: Final = 16
log = structlog.get_logger()

Send = Callable[[Letter], Receipt]


@dataclass(frozen=True, slots=True)
class Post:
    """What a round works with: the ways to send, by channel, and the clock of business."""

    store: Store
    senders: Mapping[str, Send]
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Sent:
    """An attempt that is over."""

    letter: Letter
    receipt: Receipt
    at: datetime
    took_ms: int


def deliver_due(post: Post, *, seconds: float = ROUND_SECONDS, threads: int = THREADS) -> int:
    """Deliver what is due, region by region; give how many messages arrived.

    No new attempt begins once the seconds are over; those under way are waited for.
    """
    ends = time.monotonic() + seconds
    with post.store.read() as session:
        regions = regions_with_subscriptions(session)
    with ThreadPoolExecutor(threads, thread_name_prefix="outbox") as pool:
        return sum(_deliver_region(post, pool, region, ends, threads) for region in regions)


def _deliver_region(
    post: Post, pool: ThreadPoolExecutor, region: str, ends: float, threads: int
) -> int:
    """Keep up to so many receivers of a region busy until nothing is due or the round is over."""
    with post.store.write() as session:
        drop_ended(session, region, now=post.clock())
    with post.store.read() as session:
        waiting = iter(receivers_due(session, region, now=post.clock()))
    busy: set[Future[_Sent]] = set()
    arrived = 0
    while True:
        while len(busy) < threads and time.monotonic() < ends:
            future = _begin_next(post, pool, region, waiting)
            if future is None:
                break
            busy.add(future)
        if not busy:
            return arrived
        finished, busy = wait(busy, return_when=FIRST_COMPLETED)
        for future in finished:
            sent = future.result()
            _write_down(post, sent)
            arrived += sent.receipt.delivered
            if sent.receipt.delivered and time.monotonic() < ends:
                following = _begin(post, pool, region, sent.letter.subscription)
                busy |= set() if following is None else {following}


def _begin_next(
    post: Post, pool: ThreadPoolExecutor, region: str, waiting: Iterator[int]
) -> Future[_Sent] | None:
    """Begin an attempt for the next receiver that still has something due."""
    for receiver in waiting:
        future = _begin(post, pool, region, receiver)
        if future is not None:
            return future
    return None


def _begin(
    post: Post, pool: ThreadPoolExecutor, region: str, receiver: int
) -> Future[_Sent] | None:
    letter = post.store.retry(lambda session: take_up(session, region, receiver, now=post.clock()))
    return None if letter is None else pool.submit(_send, post, letter)


def _send(post: Post, letter: Letter) -> _Sent:
    at, began = post.clock(), time.monotonic()
    try:
        receipt = post.senders[letter.channel](letter)
    except Exception:
        log.exception("delivery-failed", message=letter.message_id)
        receipt = Receipt(error="our-fault")
    return _Sent(letter, receipt, at, int((time.monotonic() - began) * 1000))


def _write_down(post: Post, sent: _Sent) -> None:
    state = post.store.retry(
        lambda session: note_attempt(
            session,
            sent.letter,
            sent.receipt,
            at=sent.at,
            took_ms=sent.took_ms,
            now=post.clock(),
        )
    )
    if state == "failed":
        log.warning(
            "delivery-given-up",
            message=sent.letter.message_id,
            subscription=str(sent.letter.subscription),
            error=sent.receipt.error,
        )
