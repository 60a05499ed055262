"""Whether this process can work: what a watcher or a balancer asks, at either HTTP door."""

from typing import Final

import structlog
from flask import Blueprint, Response

from feeledger.api.door import answer, handle_refusals
from feeledger.api.openapi import Operation, describe
from feeledger.api.refusals import NotReady
from feeledger.api.schemas import HealthSchema
from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.revisions import find_unreadiness, newest_revision

RETRY_SECONDS: Final = 5

log = structlog.get_logger()
health = Blueprint("api_health", __name__, url_prefix="/api/v1")
handle_refusals(health)


@health.get("/health")
@describe(
    Operation(
        Text("服务是否就绪", "Whether the service is ready"),
        {200: HealthSchema},
        errors=(503,),
        tag="operation",
    )
)
def show_health() -> Response:
    """Say that the database answers and has the schema wanted; raises NotReady."""
    found = find_unreadiness(kit().store)
    if found is not None:
        detail, cause = found
        log.warning("not-ready", reason=cause)
        raise NotReady(detail, retry_after=RETRY_SECONDS)
    return answer({"status": "ok", "schema": newest_revision()})
