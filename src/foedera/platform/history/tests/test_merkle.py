"""Merkle roots are those of RFC 6962; canonical documents are the same whoever writes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foedera.platform.history import canonical as c
from foedera.platform.history import merkle


def by_definition(data: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return hashlib.sha256(b"\x01" + by_definition(data[:k]) + by_definition(data[k:])).digest()


@given(st.lists(st.binary(max_size=40), max_size=70))
def test_the_root_is_that_of_the_definition(data: list[bytes]) -> None:
    assert merkle.root([merkle.leaf_hash(d) for d in data]) == by_definition(data)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
def test_any_change_changes_the_root(data: list[bytes], draw: st.DataObject) -> None:
    before = merkle.root([merkle.leaf_hash(d) for d in data])
    place = draw.draw(st.integers(0, len(data) - 1))
    other = draw.draw(st.binary(max_size=8).filter(lambda b: b != data[place]))
    altered = [*data[:place], other, *data[place + 1 :]]
    for changed in (altered, [*data[:place], *data[place + 1 :]], [*data, other]):
        assert merkle.root([merkle.leaf_hash(d) for d in changed]) != before


def test_leaf_node_and_seal_never_pass_for_each_other() -> None:
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    assert len({merkle.node_hash(left, right), merkle.leaf_hash(left + right), merkle.seal_hash(left + right)}) == 3


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(JSONS)
def test_a_document_is_written_in_one_way(value: object) -> None:
    written = c.canonical(value)
    assert c.canonical(c.parse(written)) == written
    assert json.loads(written) == value


def test_numbers_stay_as_they_were_written() -> None:
    assert c.canonical(c.parse('{"b": 1.50, "a": [1e3, -0.0, 12345678901234567890123]}')) == (
        b'{"a":[1e3,-0.0,12345678901234567890123],"b":1.50}'
    )
    with pytest.raises(TypeError):
        c.canonical({"a": object()})


@given(st.lists(st.tuples(st.sampled_from("ae"), st.integers(1, 60)), unique=True))
def test_members_are_read_as_they_were_written(members: list[tuple[str, int]]) -> None:
    members.sort()
    assert c.members_of(c.spans(members)) == members
