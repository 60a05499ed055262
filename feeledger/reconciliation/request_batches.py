"""Judging what waits: each statement in a transaction of its own, so that none holds up another."""

from collections.abc import Callable
from datetime import datetime

import structlog

from feeledger.reconciliation.request_actions import judge_request
from feeledger.reconciliation.request_queries import requests_waiting
from feeledger.store import Store

log = structlog.get_logger()


class StatementsFailed(Exception):
    """Some statements could not be judged, by a fault of ours; each was logged and waits."""


def judge_waiting(store: Store, region: str, clock: Callable[[], datetime]) -> int:
    """Judge a region's statements in the order in which they came; give how many.

    Raises StatementsFailed at the end where one failed.
    """
    with store.read() as session:
        waiting = requests_waiting(session, region)
    judged, failed = 0, []
    for key in waiting:
        try:
            judged += store.retry(
                lambda session, key=key: judge_request(  # type: ignore[misc]  # bound here
                    session, region, key, now=clock()
                )
            )
        except Exception:
            log.exception("statement-not-judged", region=region, number=key.accconfirm_no)
            failed.append(key.accconfirm_no)
    if failed:
        raise StatementsFailed(", ".join(failed))
    return judged
