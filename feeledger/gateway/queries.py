"""What the frame door asks of the database: nodes and their tokens."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from feeledger.gateway.nodes import region_of_node
from feeledger.gateway.tables import NodeTokenRow


@dataclass(frozen=True, slots=True)
class NodeToken:
    """A token in force, and whose it is."""

    node: str
    token: bytes
    bank: str | None
    unit_code: str | None


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


def node_tokens(session: Session) -> tuple[NodeTokenRow, ...]:
    """Give every token that was ever entered, by node and number."""
    row = NodeTokenRow
    return tuple(session.scalars(select(row).order_by(row.region, row.node, row.token_no)))
