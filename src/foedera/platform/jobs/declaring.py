"""What each job is in words, so that people who look after the register can see what it does and when."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role

SEEN_BY = frozenset({Role.ADMINISTRATOR, Role.COORDINATOR, Role.AUDITOR})
RUN_BY = frozenset({Role.ADMINISTRATOR, Role.COORDINATOR})


@dataclass(frozen=True, slots=True)
class Description:
    """A job by the name of its task: its title, what it is for, and whether a run may be asked for by hand."""

    name: str
    title: str | Promise
    purpose: str | Promise = ""
    by_hand: bool = True


_descriptions: dict[str, Description] = {}


def describe(name: str, title: str | Promise, purpose: str | Promise = "", *, by_hand: bool = True) -> None:
    """Say what the job of that name is. Raises ValueError when it was said already."""
    if name in _descriptions:
        raise ValueError(f"the job {name} is described already")
    _descriptions[name] = Description(name, title, purpose, by_hand)


def description_of(name: str) -> Description:
    """The description of a job; its bare name where nobody described it."""
    return _descriptions.get(name) or Description(name, name, by_hand=False)


def descriptions() -> dict[str, Description]:
    """All descriptions by the name of the task."""
    return dict(_descriptions)


def sees_jobs(actor: Actor) -> bool:
    """Whether the actor may look at the background work."""
    return actor.role in SEEN_BY


def runs_jobs(actor: Actor) -> bool:
    """Whether the actor may ask for a run by hand; nothing is begun from another day."""
    return actor.role in RUN_BY and not actor.is_past
