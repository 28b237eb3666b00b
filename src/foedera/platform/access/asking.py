"""On whose behalf the database is asked, for the third fence (row-level security; see `fences`).

The asker stands in a context variable. The database connection (`database.base`) tells it to PostgreSQL at the beginning of every
transaction, as settings that end with it; where nobody asks, no business row is visible to the role of the web process.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import connections

from .actors import Actor
from .roles import BOUND_TO_PARTNERS, BOUND_TO_REGIONS, READS_EVERYTHING, READS_ONLY

# Somebody has signed in and it is not yet found out which duties he holds: he sees himself and the directory.
ARRIVING = "arriving"
# The program itself in background work; a database role of its own is needed for it besides.
PROGRAM = "program"
SETTINGS = (
    "role", "person", "body", "duty", "everything", "writes", "territories", "partners", "today", "handles", "files",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as the rules of the database see it; empty text where nothing is known."""

    role: str = ""
    person: str = ""
    body: str = ""
    duty: str = ""
    everything: str = ""
    writes: str = ""
    territories: str = "{}"
    partners: str = "{}"
    today: str = ""
    # The records that an action has locked, as "table:{id,...}": they stay in sight also when the action moves them out of it.
    handles: str = ""
    # Files that were brought in this request and to which nothing refers yet.
    files: str = "{}"

    @property
    def is_program(self) -> bool:
        """Whether background work of the program asks, and nobody's."""
        return self.role == PROGRAM

    def statement(self, database_role: str = "") -> str:
        """The SQL that tells the database until the end of the transaction; with the name of a role, it works as that role."""
        named = {f"foedera.asker_{name}": getattr(self, name) for name in SETTINGS}
        if database_role:
            named = {"role": database_role, **named}
        return "SELECT " + ", ".join(f"set_config('{k}', {_quoted(v)}, true)" for k, v in named.items())


def _quoted(text: str) -> str:
    return "'" + text.replace("\x00", "").replace("'", "''") + "'"


NOBODY = Asker()


def asker_of(actor: Actor) -> Asker:
    """The asker that an actor is; whoever acts in nobody's name, for no body's program and is not the public is the program itself."""
    if actor.person_id is None and actor.service_id is None and not actor.is_public:
        return program(actor.today)
    return Asker(
        role=str(actor.role),
        person=_text(actor.person_id),
        body=_text(actor.body_id),
        duty=_text(actor.duty_id),
        everything="1" if actor.role in READS_EVERYTHING else "",
        writes="" if actor.role in READS_ONLY else "1",
        territories=_array(actor.own_territories) if actor.role in BOUND_TO_REGIONS else "{}",
        partners=_array(actor.partner_states) if actor.role in BOUND_TO_PARTNERS else "{}",
        today=actor.today.isoformat(),
    )


def arriving(person_id: int, today: datetime.date) -> Asker:
    """Somebody whose session or token has been recognised, before his duty is known."""
    return Asker(role=ARRIVING, person=str(person_id), today=today.isoformat())


def signing_in(today: datetime.date) -> Asker:
    """Somebody at the pages of sign-in, before it is known who: accounts are looked for, and nothing else is seen."""
    return Asker(role=ARRIVING, today=today.isoformat())


def arriving_for(body_id: int, today: datetime.date) -> Asker:
    """A program with the token of a body, before its role is known."""
    return Asker(role=ARRIVING, body=str(body_id), today=today.isoformat())


def program(today: datetime.date) -> Asker:
    """The program itself in background work, before it acts for somebody."""
    return Asker(role=PROGRAM, everything="1", writes="1", today=today.isoformat())


@contextmanager
def handling(table: str, keys: Iterable[int]) -> Iterator[None]:
    """Inside, the records that an action has locked stay in the asker's sight whatever the action makes of them."""
    asker = current()
    if asker is None:
        yield
        return
    with asking(replace(asker, handles=f"{table}:{{{','.join(map(str, keys))}}}")):
        yield


def keeps_file(key: int) -> None:
    """The asker has brought this file, and may refer to it."""
    asker = _asker.get()
    if asker is not None:
        kept = [k for k in asker.files.strip("{}").split(",") if k]
        _asker.set(replace(asker, files="{" + ",".join([*kept, str(key)]) + "}"))


def _text(key: int | None) -> str:
    return "" if key is None else str(key)


def _array(keys: frozenset[int]) -> str:
    return "{" + ",".join(map(str, sorted(keys))) + "}"


_asker: ContextVar[Asker | None] = ContextVar("asker", default=None)
_otherwise: Callable[[], Asker] | None = None


def current() -> Asker | None:
    """Who asks now; None outside of requests and jobs, where nothing is told to the database."""
    found = _asker.get()
    return _otherwise() if found is None and _otherwise is not None else found


def is_asked() -> bool:
    """Whether the database is told who asks; else it is asked by its owner, who sees everything."""
    return bool(settings.FOEDERA_FENCE) and current() is not None


def is_said() -> bool:
    """Whether somebody asks by name, and not only what is so otherwise."""
    return _asker.get() is not None


@contextmanager
def otherwise(asker: Callable[[], Asker]) -> Iterator[None]:
    """Who asks in this process when nothing else is said: the program, while it does background work."""
    global _otherwise
    before, _otherwise = _otherwise, asker
    try:
        yield
    finally:
        _otherwise = before


def ask_as(asker: Asker) -> None:
    """From now on this one asks, within the `asking` that surrounds it; nothing outside of one."""
    if _asker.get() is not None:
        _asker.set(asker)


@contextmanager
def asking(asker: Asker) -> Iterator[None]:
    """Inside, this one asks."""
    token = _asker.set(asker)
    try:
        yield
    finally:
        _asker.reset(token)
        _end_reading()


def _end_reading() -> None:
    """End the transactions in which this one has read, with all that was said of him in them."""
    for connection in connections.all(initialized_only=True):
        getattr(connection, "end_reading", int)()


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Inside, the actor asks; nothing is changed where nobody is asked for (commands of the owner)."""
    asker = current()
    if asker is None:
        yield
        return
    with asking(replace(asker_of(actor), files=asker.files)):
        yield
