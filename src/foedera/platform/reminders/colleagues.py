"""Whom one may remind: people who work in one's body today. The accounts room knows them and names its finder here."""

from __future__ import annotations

from collections.abc import Callable

from foedera.platform.access.actors import Actor

# Ids and names of those who hold a role in the actor's body today, the actor among them.
ColleagueFinder = Callable[[Actor], list[tuple[int, str]]]
_finder: ColleagueFinder | None = None


def find_colleagues_with(finder: ColleagueFinder) -> None:
    """Name the function that lists who works in an actor's body."""
    global _finder
    _finder = finder


def colleagues_of(actor: Actor) -> list[tuple[int, str]]:
    """Whom the actor may remind, himself first; only himself when no accounts are installed."""
    if actor.person_id is None:
        return []
    others = _finder(actor) if _finder is not None else []
    return [(actor.person_id, actor.name), *((key, name) for key, name in others if key != actor.person_id)]
