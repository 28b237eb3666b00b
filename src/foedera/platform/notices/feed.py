"""The calendar feed of a person: days of his territory as iCalendar, at a secret address that he can renew and revoke.

The address alone opens it, since calendar programs cannot sign in. Only its digest is kept; what it shows is read with the rights of the
moment, of a person who may still sign in, in all roles he holds today.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from foedera.platform.access.actors import Actor
from foedera.platform.access.asking import acting, arriving, ask_as, is_asked
from foedera.platform.actions.errors import NotFound

from .kinds import Reader, readers_on
from .models import CalendarAddress
from .server import absolute

BACK = datetime.timedelta(days=31)
AHEAD = datetime.timedelta(days=730)
# More would be no calendar any more.
MOST = 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """A day in the calendar. `key` names it for good, so that a changed day moves instead of standing twice."""

    key: str
    day: datetime.date
    text: str
    number: str
    title: str
    url: str


Source = Callable[[Actor, datetime.date, datetime.date], Iterable[Entry]]
_sources: list[Source] = []


def register_source(source: Source) -> None:
    """Add a room's days: a function of an actor and the first and last day that the feed shows, by the rights of the actor."""
    _sources.append(source)


def digest_of(secret: str) -> str:
    """What is kept of a secret; it is long and random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def address_of(actor: Actor) -> CalendarAddress | None:
    """The address that the actor's calendar has now; None without one."""
    return CalendarAddress.objects.filter(person=actor.person_id, revoked_at__isnull=True).first()


def renew_address(actor: Actor) -> str:
    """Give the actor's calendar a new address, whole and to be shown once; the one before leads nowhere from now on."""
    if actor.person_id is None:
        raise NotFound()
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        revoke_address(actor)
        CalendarAddress.objects.create(person_id=actor.person_id, digest=digest_of(secret))
    return absolute(f"/calendar/{secret}.ics")


def revoke_address(actor: Actor) -> bool:
    """Make the address of the actor's calendar lead nowhere; returns whether there was one."""
    if actor.person_id is None:
        raise NotFound()
    standing = CalendarAddress.objects.filter(person=actor.person_id, revoked_at__isnull=True)
    return bool(standing.update(revoked_at=timezone.now()))


def feed_of(secret: str, now: datetime.datetime) -> bytes:
    """The calendar at a secret address. Raises NotFound when it is unknown or revoked, or its person holds no role today."""
    today = timezone.localdate(now)
    if is_asked():
        with connection.cursor() as cursor:
            cursor.execute("SELECT foedera_person_of_calendar(%s)", [digest_of(secret)])
            person = cursor.fetchone()[0]
        if person is None:
            raise NotFound()
        ask_as(arriving(person, today))
    found = CalendarAddress.objects.filter(digest=digest_of(secret), revoked_at__isnull=True).first()
    if found is None:
        raise NotFound()
    readers = readers_on(today, found.person_id)
    if not readers:
        raise NotFound()
    if found.read_at is None or now - found.read_at > datetime.timedelta(hours=1):
        CalendarAddress.objects.filter(pk=found.pk).update(read_at=now)
    with translation.override(readers[0].actor.language):
        return calendar(entries_of(readers, today))


def entries_of(readers: Iterable[Reader], today: datetime.date) -> list[Entry]:
    """The days of all roles of a person, each once, in order."""
    found: dict[str, Entry] = {}
    for reader in readers:
        with acting(reader.actor):
            for source in _sources:
                for entry in source(reader.actor, today - BACK, today + AHEAD):
                    found.setdefault(entry.key, entry)
    return sorted(found.values(), key=lambda e: (e.day, e.key))[:MOST]


def calendar(entries: Iterable[Entry]) -> bytes:
    """The entries as iCalendar (RFC 5545): whole days that keep nobody busy. The same entries give the same bytes."""
    made = Calendar()
    made.add("prodid", "-//Foedera//Foedera//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", f"Foedera: {_('Days of your territory')}")
    for entry in entries:
        event = Event()
        event.add("uid", f"{entry.key}@foedera")
        # When it was made says nothing here; a fixed moment keeps the feed the same as long as its facts are.
        event.add("dtstamp", datetime.datetime.combine(entry.day, datetime.time(), datetime.UTC))
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + datetime.timedelta(days=1))
        event.add("summary", f"{entry.text}: {entry.title}" if entry.title else entry.text)
        event.add("description", " ".join(filter(None, (entry.number, entry.title))))
        event.add("url", absolute(entry.url))
        event.add("transp", "TRANSPARENT")
        made.add_component(event)
    content: bytes = made.to_ical()
    return content


__all__ = ["Entry", "address_of", "feed_of", "register_source", "renew_address", "revoke_address"]
