"""Names of the partners by which hits are counted; the room that knows them says how to find them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

# Of ids, in a language: id -> (code, name).
Labels = Callable[[Sequence[int], str], dict[int, tuple[str, str]]]
# Of codes: ids; an unknown code gives none.
Keys = Callable[[Sequence[str]], list[int]]


@dataclass
class _Partners:
    labels: Labels | None = None
    keys: Keys | None = None


_partners = _Partners()


def name_partners_with(labels: Labels, keys: Keys) -> None:
    """Set how partners are named and how they are found by their codes."""
    _partners.labels, _partners.keys = labels, keys


def partner_labels(ids: Sequence[int], language: str) -> dict[int, tuple[str, str]]:
    """Code and name of each of the ids that are known."""
    return _partners.labels(ids, language) if _partners.labels and ids else {}


def partner_keys(codes: Sequence[str]) -> list[int]:
    """The ids behind codes; an unknown code gives none."""
    return _partners.keys(codes) if _partners.keys and codes else []
