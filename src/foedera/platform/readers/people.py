"""Whom a login names. The accounts room knows and names its finder here."""

from __future__ import annotations

from collections.abc import Callable

# The id of whoever has a login; None when nobody has.
PersonFinder = Callable[[str], int | None]
_finder: PersonFinder | None = None


def find_person_with(finder: PersonFinder) -> None:
    """Name the function that finds somebody by his login."""
    global _finder
    _finder = finder


def person_of(login: str) -> int | None:
    """The id of whoever has that login; None when nobody has, or no accounts are installed."""
    return _finder(login) if _finder is not None else None
