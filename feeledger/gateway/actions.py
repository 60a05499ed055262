"""What the frame door keeps: nodes with their tokens, and every frame byte for byte."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Missing, Text
from feeledger.gateway.nodes import NodeRefused, demand_node
from feeledger.gateway.tables import NodeTokenRow
from feeledger.payments.tables import MessageLogRow
from feeledger.regions.bank_actions import BankUnknown
from feeledger.regions.queries import region_named
from feeledger.regions.tables import BankRow, CollectingUnitRow
from feeledger.store import new_id
from feeledger.trail import record_act


class NodeUnknown(Missing):
    """No token of this number was entered for the node, or it has ended."""

    code = "node-unknown"
    title = Text("没有该节点令牌", "There is no such token of a node")


class NodeHeldByAnother(Conflict):
    """The node belongs to another bank or unit already."""

    code = "node-held-by-another"
    title = Text("该节点属于其他银行或单位", "The node is another's")


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a node is: a bank's or a unit's of the node's region, one of the two."""

    bank: str | None = None
    unit_code: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedFrame:
    """A frame as it is kept. ``region`` is that of the pay code, 000000 where there is none."""

    region: str
    node: str
    msg_no: str
    msg_id: str
    msg_ref: str
    raw: bytes


def enter_node(
    session: Session, node: str, holder: Holder, *, token: str, by: str, now: datetime
) -> int:
    """Enter a token of a node, valid at once; earlier ones stay valid until they are ended.

    Gives the token's number. Raises NodeRefused, BankUnknown, NodeHeldByAnother.
    """
    region = demand_node(node, token)
    _demand_holder(session, region, holder)
    row = NodeTokenRow
    kept = session.scalars(select(row).where(row.region == region, row.node == node)).all()
    if any((one.bank, one.unit_code) != (holder.bank, holder.unit_code) for one in kept):
        raise NodeHeldByAnother(
            Text(
                f"节点 {node} 属于 {kept[0].bank or kept[0].unit_code}，不能改属他人。",
                f"Node {node} is of {kept[0].bank or kept[0].unit_code} and cannot change hands.",
            )
        )
    token_no = max((one.token_no for one in kept), default=0) + 1
    session.add(
        row(
            region=region,
            node=node,
            token_no=token_no,
            bank=holder.bank,
            unit_code=holder.unit_code,
            token=token,
            valid_from=now,
        )
    )
    session.flush()
    record_act(
        session,
        region=region,
        actor=by,
        act="enter-node",
        subject=f"node:{node}",
        reason="",
        now=now,
        details={"token_no": token_no, "bank": holder.bank, "unit_code": holder.unit_code},
    )
    return token_no


def end_node_token(
    session: Session, node: str, token_no: int, *, reason: str, by: str, now: datetime
) -> None:
    """End a token: no frame made with it is taken from now on. Raises NodeUnknown."""
    row = session.get(NodeTokenRow, (node[1:7], node, token_no))
    if row is None or row.valid_to is not None:
        raise NodeUnknown(
            Text(
                f"节点 {node[:20]} 没有第 {token_no} 号有效令牌。",
                f"Node {node[:20]} has no token {token_no} in force.",
            )
        )
    row.valid_to = now
    session.flush()
    record_act(
        session,
        region=row.region,
        actor=by,
        act="end-node-token",
        subject=f"node:{node}",
        reason=reason,
        now=now,
        details={"token_no": token_no},
    )


def keep_exchange(
    session: Session, asked: LoggedFrame, told: LoggedFrame, *, result: str, now: datetime
) -> None:
    """Keep a frame and its answer byte for byte, with digest and result (append-only)."""
    keep_frames(session, [("in", asked), ("out", told)], result=result, now=now)


def keep_frames(
    session: Session,
    frames: Sequence[tuple[str, LoggedFrame]],
    *,
    result: str,
    now: datetime,
) -> None:
    """Keep frames byte for byte, each with its direction, "in" or "out" (append-only)."""
    session.execute(
        insert(MessageLogRow),
        [
            {
                "region": frame.region,
                "id": new_id(now),
                "direction": direction,
                "node": frame.node,
                "msg_no": frame.msg_no,
                "msg_id": frame.msg_id,
                "msg_ref": frame.msg_ref,
                "raw": frame.raw,
                "sha256": hashlib.sha256(frame.raw).hexdigest(),
                "result": result,
                "received_at": now,
            }
            for direction, frame in frames
        ],
    )


def _demand_holder(session: Session, region: str, holder: Holder) -> None:
    """Demand a region, and a bank or a unit, that exist."""
    if region_named(session, region) is None:
        raise NodeRefused(Text(f"没有区划 {region}。", f"There is no region {region}."))
    if holder.bank is not None and session.get(BankRow, holder.bank) is None:
        raise BankUnknown(
            Text(
                f"没有银行 {holder.bank[:40]}，请先录入。",
                f"There is no bank {holder.bank[:40]}; enter it first.",
            )
        )
    unit = holder.unit_code
    if unit is not None and session.get(CollectingUnitRow, (region, unit)) is None:
        raise NodeRefused(
            Text(
                f"{region} 没有执收单位 {unit[:40]}，请先录入。",
                f"{region} has no collecting unit {unit[:40]}; enter it first.",
            )
        )
    if (holder.bank is None) == (unit is None):
        raise NodeRefused(
            Text("节点属于银行或执收单位之一。", "A node is a bank's or a unit's, one of the two.")
        )
