"""What the frame door asks of the database: nodes and their tokens."""

import json
from dataclasses import dataclass
from datetime import datetime
from threading import Semaphore
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from feeledger.gateway.nodes import region_of_node
from feeledger.gateway.tables import NodeTokenRow
from feeledger.prompts import Prompt
from feeledger.store import Store

_TOKENS: Final = Prompt(
    "SELECT coalesce(json_agg(json_build_array(g.token, g.bank, g.unit_code) "
    "ORDER BY g.token_no DESC), '[]')::text FROM gateway_node AS g "
    "WHERE g.region = %(region)s AND g.node = %(node)s AND g.valid_from <= %(at)s "
    "AND (g.valid_to IS NULL OR g.valid_to > %(at)s)"
)


@dataclass(frozen=True, slots=True)
class NodeToken:
    """A token in force, and whose it is."""

    node: str
    token: bytes
    bank: str | None
    unit_code: str | None


# Each glance takes a connection of its own, and as many greenlets as lines may ask at the same time.
GLANCES_AT_A_TIME: Final = 12
_berths: Final = Semaphore(GLANCES_AT_A_TIME)
_known: Final[WeakKeyDictionary[Store, dict[str, tuple[NodeToken, ...]]]] = WeakKeyDictionary()


def tokens_in_force(session: Session, node: str, at: datetime) -> tuple[NodeToken, ...]:
    """Give the tokens of a node that are valid at an instant; none for what is no node."""
    region = region_of_node(node)
    if region is None:
        return ()
    row = NodeTokenRow
    query = (
        select(row)
        .where(
            row.region == region,
            row.node == node,
            row.valid_from <= at,
            or_(row.valid_to.is_(None), row.valid_to > at),
        )
        .order_by(row.token_no.desc())
    )
    return tuple(
        NodeToken(one.node, one.token.encode(), one.bank, one.unit_code)
        for one in session.scalars(query)
    )


def glance_at_tokens(store: Store, node: str, at: datetime) -> tuple[NodeToken, ...]:
    """Give the tokens of a node that are valid at an instant, on PostgreSQL in one way to the server.

    The long way asks this before anything else of a frame is believed, so an ended token fails at
    once. What is found is kept in mind for ``known_tokens``.
    """
    region = region_of_node(node)
    if region is None:
        return ()
    found = _look_for_tokens(store, region, node, at)
    known = _known.setdefault(store, {})
    if found:
        known[node] = found
    else:
        known.pop(node, None)
    return found


def known_tokens(store: Store, node: str, at: datetime) -> tuple[NodeToken, ...]:
    """Give a node's tokens as this process saw them last; one of them may have ended since.

    Only for what is asked again where something is written by it.
    """
    known = _known.get(store)
    return (known.get(node) if known else None) or glance_at_tokens(store, node, at)


def _look_for_tokens(store: Store, region: str, node: str, at: datetime) -> tuple[NodeToken, ...]:
    if store.dialect != "postgresql":
        with store.read() as session:
            return tokens_in_force(session, node, at)
    with _berths, store.lone_connection() as lone:
        row = _TOKENS.first_row(lone, {"region": region, "node": node, "at": at})
    found = json.loads(row[0]) if row is not None else []
    return tuple(NodeToken(node, token.encode(), bank, unit) for token, bank, unit in found)


def node_tokens(session: Session) -> tuple[NodeTokenRow, ...]:
    """Give every token that was ever entered, by node and number."""
    row = NodeTokenRow
    return tuple(session.scalars(select(row).order_by(row.region, row.node, row.token_no)))
