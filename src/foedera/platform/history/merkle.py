"""Merkle trees over lists of leaves, as in RFC 6962, section 2.1: SHA-256, leaves and nodes kept apart by their first byte.

No database and no Django: an exported history is verified by these functions alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

LEAF = b"\x00"
NODE = b"\x01"
# A seal is hashed with a first byte of its own, so that nothing else can pass for one.
SEAL = b"\x02"
EMPTY = hashlib.sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf: SHA-256 of 0x00 and the data."""
    return hashlib.sha256(LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node: SHA-256 of 0x01 and the hashes of both its children."""
    return hashlib.sha256(NODE + left + right).digest()


def seal_hash(data: bytes) -> bytes:
    """The hash of a seal: SHA-256 of 0x02 and the data."""
    return hashlib.sha256(SEAL + data).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over hashes of leaves; of none, the hash of nothing.

    Of n > 1 leaves the left subtree holds the largest power of two below n. Worked off level by level, a node without a
    neighbour goes up as it is: that gives the same tree without recursion.
    """
    if not leaves:
        return EMPTY
    level = list(leaves)
    while len(level) > 1:
        above = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]
