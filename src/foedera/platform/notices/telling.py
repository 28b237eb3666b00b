"""Telling what is due: from state, so that a missed run loses nothing and a repeated run tells nobody twice."""

from __future__ import annotations

import datetime
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from foedera.platform.access.actors import Actor
from foedera.platform.access.asking import acting

from .kinds import Due, Kind, Reader, Way, kinds, readers_on
from .models import FIRST_DIGEST_HOUR, Choice, Notice
from .server import sends_mail

# Known already is decided by the database alone, so that two runs at once tell nobody twice either.
TELL = """
INSERT INTO notices_notice (person_id, kind, key, subject_id, "on", facts, way, told_at)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::date[], %s::jsonb[], %s::text[], %s::timestamptz[])
ON CONFLICT (person_id, kind, key) DO NOTHING
RETURNING id, person_id, way
"""
MAIL = """
INSERT INTO notices_mail (person_id, key, digest, message_id, state, attempts, next_attempt_at, fault)
VALUES (%s, %s, %s, %s, 'waiting', 0, %s, '') ON CONFLICT (key) DO NOTHING RETURNING id
"""
DIGESTS = """
SELECT n.person_id, array_agg(n.id ORDER BY n.id) FROM notices_notice n
LEFT JOIN notices_digesthour h ON h.person_id = n.person_id
WHERE n.way = 'digest' AND n.mail_id IS NULL AND n.settled_at IS NULL AND n.read_at IS NULL
  AND coalesce(h.hour, %s) <= %s
  AND NOT EXISTS (SELECT FROM notices_mail m WHERE m.key = 'digest:' || n.person_id || ':' || %s)
GROUP BY n.person_id ORDER BY n.person_id
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did: notices told, settled and standing again, mails made."""

    told: int = 0
    settled: int = 0
    again: int = 0
    mails: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.told + other.told,
            self.settled + other.settled,
            self.again + other.again,
            self.mails + other.mails,
        )


def tell(now: datetime.datetime, *, only: Iterable[str] | None = None) -> Outcome:
    """Tell everybody what is due at a moment, settle what is no longer; one transaction for each kind. `only`: these kinds."""
    readers = readers_on(_day(now))
    outcome = Outcome()
    for kind in kinds():
        if only is None or kind.name in set(only):
            outcome += _tell_kind(kind, now, [r for r in readers if r.actor.role in kind.roles])
    return outcome


def _day(now: datetime.datetime) -> datetime.date:
    return timezone.localtime(now).date()


def _tell_kind(kind: Kind, now: datetime.datetime, readers: Sequence[Reader]) -> Outcome:
    with transaction.atomic():
        wanted: dict[tuple[int, str], Due] = {}
        for due in kind.due(now, readers):
            person = due.reader.actor.person_id
            if person is not None:
                wanted.setdefault((person, due.key), due)
        standing, settled = _known(kind, wanted)
        fresh = [due for mark, due in wanted.items() if mark not in standing and mark not in settled]
        gone = [key for mark, key in standing.items() if mark not in wanted]
        again = [key for mark, key in settled.items() if mark in wanted]
        Notice.objects.filter(pk__in=gone).update(settled_at=now)
        # Its ground is there again. It was told once; it stands in the inbox as it did, and nothing is sent.
        Notice.objects.filter(pk__in=again).update(settled_at=None)
        told, mails = _write(kind, now, _permitted(kind, fresh))
    return Outcome(told, len(gone), len(again), mails)


def _known(
    kind: Kind, wanted: dict[tuple[int, str], Due]
) -> tuple[dict[tuple[int, str], int], dict[tuple[int, str], int]]:
    """The notices of a kind that stand, and the settled ones whose key is wanted, by person and key."""
    rows = Notice.objects.filter(kind=kind.name)
    standing = {(p, k): i for i, p, k in rows.filter(settled_at__isnull=True).values_list("id", "person_id", "key")}
    keys = list({key for _person, key in wanted})
    old = rows.filter(settled_at__isnull=False, key__in=keys).values_list("id", "person_id", "key")
    return standing, {(p, k): i for i, p, k in old}


def _permitted(kind: Kind, fresh: list[Due]) -> list[Due]:
    """Those of which the reader may know at this moment."""
    subjects = kind.subjects
    if subjects is None:
        return fresh
    by_actor: dict[int, tuple[Actor, list[Due]]] = {}
    for due in fresh:
        by_actor.setdefault(id(due.reader), (due.reader.actor, []))[1].append(due)
    allowed: list[Due] = []
    for actor, dues in by_actor.values():
        keys = {due.subject_id for due in dues}
        with acting(actor):
            may = set(subjects(actor).filter(pk__in=keys).values_list("pk", flat=True))
        allowed.extend(due for due in dues if due.subject_id in may)
    return allowed


def _write(kind: Kind, now: datetime.datetime, dues: list[Due]) -> tuple[int, int]:
    if not dues:
        return 0, 0
    people = {due.reader.actor.person_id: due.reader for due in dues}
    chosen = dict(Choice.objects.filter(kind=kind.name, person__in=list(people)).values_list("person_id", "way"))
    ways = {person: _way(kind, chosen.get(person or 0), reader) for person, reader in people.items()}
    columns: list[list[Any]] = [
        [due.reader.actor.person_id for due in dues],
        [kind.name] * len(dues),
        [due.key for due in dues],
        [due.subject_id for due in dues],
        [due.on for due in dues],
        [Jsonb(dict(due.facts)) for due in dues],
        [ways[due.reader.actor.person_id].value for due in dues],
        [now] * len(dues),
    ]
    at_once: dict[int, list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(TELL, columns)
        made = cursor.fetchall()
    for key, person, way in made:
        if way == Way.AT_ONCE:
            at_once[person].append(key)
    # What comes at once comes together: one mail for all notices of a kind that a run tells a person.
    mails = sum(_make_mail(p, f"notices:{min(keys)}", keys, now, digest=False) for p, keys in at_once.items())
    return len(made), mails


def _way(kind: Kind, chosen: str | None, reader: Reader) -> Way:
    if not sends_mail() or not reader.address:
        return Way.OFF
    return Way(chosen) if chosen else kind.way


def _make_mail(person: int, key: str, notices: list[int], now: datetime.datetime, *, digest: bool) -> int:
    """Make a mail that carries the notices, unless there is one with this key; returns how many were made."""
    with connection.cursor() as cursor:
        cursor.execute(MAIL, [person, key, digest, uuid.uuid4(), now])
        row = cursor.fetchone()
    if row is None:
        return 0
    Notice.objects.filter(pk__in=notices).update(mail=row[0])
    return 1


def make_digests(now: datetime.datetime) -> int:
    """Make the digests of the day for everybody whose hour has come and who has not had one today; returns how many.

    Notices that were read or settled meanwhile are left out. A run that was missed is made up for by the next one.
    """
    if not sends_mail():
        return 0
    local = timezone.localtime(now)
    day = local.date().isoformat()
    with connection.cursor() as cursor:
        cursor.execute(DIGESTS, [FIRST_DIGEST_HOUR, local.hour, day])
        due = cursor.fetchall()
    made = 0
    for person, notices in due:
        with transaction.atomic():
            made += _make_mail(person, f"digest:{person}:{day}", notices, now, digest=True)
    return made
