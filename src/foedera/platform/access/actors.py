"""Who asks: a person in a role in a body, with the territories that follow from it on a day."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from .roles import READS_EVERYTHING, READS_ONLY, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Whose eyes and hands a request, job or command uses.

    `own_territories` and `partner_states` hold territory ids and matter only for roles bound to them. `as_of` is the day for
    which statuses are read; `today` the day on which the actor works.
    """

    person_id: int | None
    name: str
    role: Role
    duty_id: int | None = None
    body_id: int | None = None
    body_name: str = ""
    own_territories: frozenset[int] = frozenset()
    partner_states: frozenset[int] = frozenset()
    territory_names: tuple[str, ...] = ()
    today: datetime.date
    as_of: datetime.date
    channel: str = "page"
    language: str = "en"
    request_id: str = ""
    duties: tuple[tuple[int, str], ...] = field(default=(), compare=False)

    @property
    def reads_everything(self) -> bool:
        """Whether the role's work is the whole country."""
        return self.role in READS_EVERYTHING

    @property
    def reads_only(self) -> bool:
        """Whether the role changes nothing."""
        return self.role in READS_ONLY

    @property
    def is_public(self) -> bool:
        """Whether nobody is signed in (or nobody with a duty)."""
        return self.role == Role.PUBLIC

    @property
    def is_past(self) -> bool:
        """Whether the actor looks at another day than today; writing is off then."""
        return self.as_of != self.today

    def at(self, as_of: datetime.date) -> Actor:
        """The same actor looking at another day."""
        return replace(self, as_of=as_of)


def public(today: datetime.date, *, language: str = "en", request_id: str = "", channel: str = "page") -> Actor:
    """Nobody in particular."""
    return Actor(
        person_id=None,
        name="",
        role=Role.PUBLIC,
        today=today,
        as_of=today,
        language=language,
        request_id=request_id,
        channel=channel,
    )


def system(today: datetime.date, *, channel: str = "command", name: str = "Foedera") -> Actor:
    """The program itself, for loading and for commands run by whoever runs the machine."""
    return Actor(person_id=None, name=name, role=Role.COORDINATOR, today=today, as_of=today, channel=channel)


@dataclass(frozen=True, slots=True)
class Territories:
    """What a body covers on a day: ids of own regions, ids of partner states, and names for the frame."""

    own: frozenset[int]
    partners: frozenset[int]
    names: tuple[str, ...]


Resolver = Callable[[int, datetime.date, str], Territories]
_resolver: Resolver | None = None


def resolve_territories_with(resolver: Resolver) -> None:
    """Name the function (of the directory) that tells what a body covers on a day, in a language."""
    global _resolver
    _resolver = resolver


def territories_of(body_id: int, on: datetime.date, language: str) -> Territories:
    """What the body covers on that day. Raises RuntimeError when no directory is installed."""
    if _resolver is None:
        raise RuntimeError("no room has named a resolver of territories")
    return _resolver(body_id, on, language)
