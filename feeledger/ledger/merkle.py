"""Merkle trees as RFC 6962 and RFC 9162 define them, over SHA-256.

A leaf is hashed behind the byte 0, a node behind the byte 1, so neither passes for the other. The
tree of n leaves splits at the largest power of two below n; paired from the bottom, that is: the
odd one out goes up alone.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def hash_leaf(content: bytes) -> bytes:
    """Hash what a leaf holds."""
    return hashlib.sha256(b"\0" + content).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """Hash two neighbours into the node above them."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of_tree(leaves: Sequence[bytes]) -> bytes:
    """Give the root over hashed leaves; that of none is the hash of nothing."""
    if not leaves:
        return EMPTY_ROOT
    level = list(leaves)
    while len(level) > 1:
        level = _level_above(level)
    return level[0]


def path_in_tree(leaves: Sequence[bytes], position: int) -> tuple[bytes, ...]:
    """Give the neighbours on the way from a leaf to the root, from the bottom up.

    Raises IndexError where there is no such leaf.
    """
    if not 0 <= position < len(leaves):
        raise IndexError(position)
    level, path = list(leaves), []
    while len(level) > 1:
        neighbour = position ^ 1
        if neighbour < len(level):
            path.append(level[neighbour])
        level, position = _level_above(level), position // 2
    return tuple(path)


def root_by_path(leaf: bytes, position: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Work out the root from one leaf and its path; None where the path fits no tree of that size.

    RFC 9162, 2.1.3.2.
    """
    if not 0 <= position < size:
        return None
    node, last = leaf, size - 1
    for neighbour in path:
        if last == 0:
            return None
        if position % 2 or position == last:
            node = hash_node(neighbour, node)
            while not position % 2 and position:
                position, last = position // 2, last // 2
        else:
            node = hash_node(node, neighbour)
        position, last = position // 2, last // 2
    return node if last == 0 else None


def _level_above(level: Sequence[bytes]) -> list[bytes]:
    pairs = range(0, len(level) - 1, 2)
    above = [hash_node(level[at], level[at + 1]) for at in pairs]
    return above if len(level) % 2 == 0 else [*above, level[-1]]
