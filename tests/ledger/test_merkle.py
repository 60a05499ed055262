"""Merkle trees, held against the published vectors of RFC 6962's own test data."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeledger.ledger.merkle import (
    EMPTY_ROOT,
    hash_leaf,
    hash_node,
    path_in_tree,
    root_by_path,
    root_of_tree,
)

# The eight leaves and their roots of the Certificate Transparency test data (RFC 6962).
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
HASHED = [hash_leaf(leaf) for leaf in LEAVES]


def test_the_root_of_nothing_is_the_hash_of_nothing():
    assert (
        root_of_tree([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    assert root_of_tree([]) == EMPTY_ROOT


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_published_vectors(size):
    assert root_of_tree(HASHED[:size]).hex() == ROOTS[size - 1]


def test_the_path_of_the_first_of_eight_is_the_published_one():
    assert [each.hex() for each in path_in_tree(HASHED, 0)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


def test_a_tree_of_three_by_hand():
    a, b, c = (hashlib.sha256(b"\x00" + leaf).digest() for leaf in (b"a", b"b", b"c"))
    ab = hashlib.sha256(b"\x01" + a + b).digest()
    abc = hashlib.sha256(b"\x01" + ab + c).digest()

    leaves = [hash_leaf(leaf) for leaf in (b"a", b"b", b"c")]
    assert root_of_tree(leaves) == abc
    assert path_in_tree(leaves, 2) == (ab,)
    assert path_in_tree(leaves, 1) == (a, c)


def root_by_the_book(leaves):
    """RFC 6962, 2.1, word by word: split at the largest power of two below n."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hash_node(root_by_the_book(leaves[:k]), root_by_the_book(leaves[k:]))


@given(st.integers(1, 200), st.data())
def test_every_path_leads_to_the_root_and_no_other_place_does(size, data):
    leaves = [hash_leaf(str(number).encode()) for number in range(size)]
    position = data.draw(st.integers(0, size - 1))
    root, path = root_of_tree(leaves), path_in_tree(leaves, position)

    assert root == root_by_the_book(leaves)
    assert root_by_path(leaves[position], position, size, path) == root
    for other in range(size):
        if other != position:
            assert root_by_path(leaves[position], other, size, path) != root
            assert root_by_path(leaves[other], position, size, path) != root
    assert root_by_path(leaves[position], position, size, (*path, root)) is None
    assert root_by_path(leaves[position], size, size, path) is None
    if path:
        assert root_by_path(leaves[position], position, size, path[:-1]) is None


def test_there_is_no_path_to_a_leaf_that_is_not_there():
    for position in (-1, 8):
        with pytest.raises(IndexError):
            path_in_tree(HASHED, position)
