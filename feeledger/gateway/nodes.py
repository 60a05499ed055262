"""Numbers of nodes and what a token must be.

``F`` and a region's six digits is the finance side; ``K``, six digits and four more a bank or a unit.
"""

import re
from typing import Final

from feeledger.errors import Invalid, Text

TOKEN_LEAST: Final = 16
TOKEN_MOST: Final = 128

_NODE: Final = re.compile("K([0-9]{6})[0-9]{4}")
_FINANCE_NODE: Final = re.compile("F[0-9]{6}")


class NodeRefused(Invalid):
    """The number of a node or its token breaks its rule."""

    code = "node-refused"
    title = Text("节点号或令牌不符合要求", "The node's number or its token cannot be used")


def region_of_node(node: str) -> str | None:
    """Give the region in a bank's or unit's node number; None where it is no such number."""
    found = _NODE.fullmatch(node)
    return found[1] if found else None


def demand_node(node: str, token: str) -> str:
    """Give the region of a node that may be entered with a token. Raises NodeRefused."""
    region = region_of_node(node)
    if region is None:
        raise NodeRefused(
            Text(
                f"节点号 {node[:20]} 须为 K、6 位区划、4 位序号，如 K1303000001。",
                f"Node {node[:20]}: write K, the region's 6 digits and 4 more, such as K1303000001.",
            )
        )
    if not (TOKEN_LEAST <= len(token) <= TOKEN_MOST and token.isascii() and token.isprintable()):
        raise NodeRefused(
            Text(
                f"令牌须为 {TOKEN_LEAST} 至 {TOKEN_MOST} 个可打印 ASCII 字符。",
                f"A token is {TOKEN_LEAST} to {TOKEN_MOST} printable ASCII characters.",
            )
        )
    return region


def demand_finance_node(node: str) -> str:
    """Give a finance side's own node number back. Raises NodeRefused."""
    if _FINANCE_NODE.fullmatch(node):
        return node
    raise NodeRefused(
        Text(
            f"财政节点号 {node[:20]} 须为 F 和 6 位区划，如 F130184。",
            f"Finance node {node[:20]}: write F and the region's 6 digits, such as F130184.",
        )
    )
