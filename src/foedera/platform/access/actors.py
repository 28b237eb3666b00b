"""Who asks: a person in a role in a body, with the territories that follow from it on a day."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from .roles import READS_EVERYTHING, READS_ONLY, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Whose eyes and hands a request, job or command uses.

    `own_territories` and `partner_states` hold territory ids and matter only for roles bound to them. `as_of` is the day for
    which statuses are read; `today` the day on which the actor works; `known_at` the instant as of whose knowledge the actor
    reads (None: now).
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
    known_at: datetime.datetime | None = None
    duties: tuple[tuple[int, str], ...] = field(default=(), compare=False)
    # Whose role is used, where it was lent for a leave.
    acting_for: str = ""
    # A role that is held but switched off, so that `role` is public; `off_because` is "elevation" or "second_factor".
    held_role: Role | None = None
    off_because: str = ""
    # Until when an administrator's session is switched on, and its id.
    elevated_until: datetime.datetime | None = None
    elevation_id: int | None = None
    # The token of a body that asks, and the record types it is for (None: all).
    service_id: int | None = None
    record_types: frozenset[str] | None = None

    @property
    def eyes(self) -> tuple[Hashable, ...]:
        """All that may decide which rows and values are seen; two actors with the same eyes see the same."""
        return (
            self.person_id,
            self.role,
            self.duty_id,
            self.body_id,
            self.own_territories,
            self.partner_states,
            self.today,
            self.as_of,
            self.known_at,
            self.language,
            self.service_id,
            self.record_types,
        )

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
        """Whether the actor looks at another day than today, or at what was known before now; writing is off then."""
        return self.as_of != self.today or self.known_at is not None

    @property
    def signature(self) -> str:
        """The name under which the history keeps what is done: with the name of whose role it is, where it was lent."""
        # The history keeps 200 characters.
        return f"{self.name[:95]} [for {self.acting_for[:95]}]" if self.acting_for else self.name

    def switched_off(self, because: str) -> Actor:
        """The same person without the rights of his role: he sees what the public sees until it is switched on."""
        return replace(
            self,
            role=Role.PUBLIC,
            body_id=None,
            own_territories=frozenset(),
            partner_states=frozenset(),
            territory_names=(),
            held_role=self.role,
            off_because=because,
        )

    def at(self, as_of: datetime.date, known_at: datetime.datetime | None = None) -> Actor:
        """The same actor looking at another day, with what was known at an instant (None: now)."""
        return replace(self, as_of=as_of, known_at=known_at)


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


_LENT = re.compile(r"(.*) \[for (.*)\]", re.DOTALL)


def signature_in_words(signature: str) -> str:
    """A name as the history keeps it (`Actor.signature`) in the reader's language."""
    lent = _LENT.fullmatch(signature)
    return _("%(who)s for %(whom)s") % {"who": lent[1], "whom": lent[2]} if lent else signature


@dataclass(frozen=True, slots=True)
class Territories:
    """What a body covers on a day: ids of own regions, ids of partner states, and names for the frame."""

    own: frozenset[int]
    partners: frozenset[int]
    names: tuple[str, ...]


Resolver = Callable[[int, datetime.date, str], Territories]
_resolver: Resolver | None = None
# For many bodies at once, by their ids.
ResolverOfMany = Callable[[Sequence[int], datetime.date, str], Mapping[int, Territories]]
_resolver_of_many: ResolverOfMany | None = None


def resolve_territories_with(resolver: Resolver, of_many: ResolverOfMany) -> None:
    """Name the functions (of the directory) that tell what a body, or each of many, covers on a day, in a language."""
    global _resolver, _resolver_of_many
    _resolver, _resolver_of_many = resolver, of_many


def territories_of(body_id: int, on: datetime.date, language: str) -> Territories:
    """What the body covers on that day. Raises RuntimeError when no directory is installed."""
    if _resolver is None:
        raise RuntimeError("no room has named a resolver of territories")
    return _resolver(body_id, on, language)


def territories_of_many(body_ids: Sequence[int], on: datetime.date, language: str) -> Mapping[int, Territories]:
    """What each of the bodies covers on that day, by its id. Raises RuntimeError when no directory is installed."""
    if _resolver_of_many is None:
        raise RuntimeError("no room has named a resolver of territories")
    return _resolver_of_many(body_ids, on, language)
