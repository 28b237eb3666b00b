"""Kinds of notices, as the rooms declare them: what is due now, for whom, who may know of it, and in which words."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.actors import Actor


class Way(models.TextChoices):
    """How a person is sent notices of a kind by e-mail. The inbox has them in any case."""

    AT_ONCE = "at_once", _("At once")
    DIGEST = "digest", _("In the daily digest")
    OFF = "off", _("Not by e-mail")


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may be told: the actor of one of his duties today, and his e-mail address (empty: none)."""

    actor: Actor
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is to be told to one reader now. The key names it for good: what was told under a key is never told again.

    `facts` are dates and counts alone; what a record says is read when the notice is shown, with the rights of that moment.
    """

    reader: Reader
    key: str
    subject_id: int | None = None
    on: datetime.date | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """What the words of a notice are made from: its key in the table, its subject, the day it is about, its facts."""

    id: int
    subject_id: int | None
    on: datetime.date | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice in words: what is the matter, the record it is about by number and title, and where to look."""

    text: str
    url: str
    number: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of notice.

    `due` yields what is due at a moment for the readers given (those with one of `roles`), from state alone: called twice
    it yields the same, and a notice that it no longer yields is settled. `subjects` are the rows about which an actor may know
    now (None: the notice is about no record, and its facts hold for its reader only). `words` makes the words for notices
    whose subjects the actor may know.
    """

    name: str
    label: str | Promise
    purpose: str | Promise
    roles: frozenset[Any]
    due: Callable[[datetime.datetime, Sequence[Reader]], Iterable[Due]]
    words: Callable[[Actor, Sequence[Line]], Mapping[int, Shown]]
    subjects: Callable[[Actor], QuerySet[Any, Any]] | None = None
    way: Way = Way.DIGEST


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Make a kind known. Raises ValueError when its name is taken."""
    if kind.name in _kinds:
        raise ValueError(f"a kind of notice named {kind.name} exists")
    _kinds[kind.name] = kind
    return kind


def kinds() -> tuple[Kind, ...]:
    """All kinds in the order of registration."""
    return tuple(_kinds.values())


def kind_named(name: str) -> Kind | None:
    """The kind of that name; None for one that no room declares any more."""
    return _kinds.get(name)


def kinds_for(role: Any) -> tuple[Kind, ...]:
    """The kinds that somebody with the role is told."""
    return tuple(kind for kind in _kinds.values() if role in kind.roles)


ReaderFinder = Callable[[datetime.date, int | None], list[Reader]]
_find_readers: ReaderFinder | None = None


def find_readers_with(finder: ReaderFinder) -> None:
    """Name the function (of the accounts room) that lists everybody who holds a duty on a day, once for each duty."""
    global _find_readers
    _find_readers = finder


def readers_on(day: datetime.date, person_id: int | None = None) -> list[Reader]:
    """Everybody (or one person) who may be told something on the day, once for each duty; nobody when no accounts are installed."""
    return _find_readers(day, person_id) if _find_readers is not None else []
