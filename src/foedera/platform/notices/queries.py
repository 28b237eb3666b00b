"""Reading one's notices: the inbox, its count, and the words of notices for whoever may know them."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.access.asking import acting
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.errors import NotFound
from foedera.platform.history.instants import reading_today
from foedera.platform.lists import composing

from .access import may_know
from .kinds import Kind, Line, Shown, Way, kind_named, kinds_for
from .models import FIRST_DIGEST_HOUR, Choice, DigestHour, Notice

PAGE = 50
# The bell does not count further.
COUNTED = 100


@dataclass(frozen=True, slots=True)
class Item:
    """A notice with its words, for whom it is now."""

    id: int
    kind: Kind
    shown: Shown
    on: datetime.date | None
    told_at: datetime.datetime
    read: bool
    settled: bool


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of the inbox, newest first, and the id before which the next page begins (None: there is none)."""

    items: tuple[Item, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class Preference:
    """How a person wants the notices of a kind by e-mail, and whether he has said so himself."""

    kind: Kind
    way: Way
    own: bool


def notices_of(actor: Actor) -> QuerySet[Notice]:
    """The actor's notices about which he may know now."""
    rows: QuerySet[Notice] = policy_for(Notice).visible(Notice.objects.all(), actor)
    return rows


def unread(rows: QuerySet[Notice]) -> QuerySet[Notice]:
    """Those that wait to be read."""
    return rows.filter(read_at__isnull=True, settled_at__isnull=True)


def unread_count(actor: Actor) -> int:
    """How many notices wait to be read now, whichever day is looked at, counted up to COUNTED."""
    if actor.person_id is None or not kinds_for(actor.role):
        return 0
    present = actor.at(actor.today)
    with reading_today():
        # Rights are asked of the kinds that wait alone: each brings the fences of what it is about, and planning those of all kinds
        # takes many times as long as the answer.
        def mine() -> QuerySet[Notice]:
            return unread(Notice.objects.filter(person=actor.person_id)).order_by()

        found = composing.statement(("kinds", present.person_id), lambda: mine().values_list("kind").distinct())
        kinds = frozenset(kind for (kind,) in found.rows())
        if not kinds:
            return 0

        def waiting() -> QuerySet[Any, Any]:
            return mine().filter(may_know(present, kinds)).values_list("pk")[:COUNTED]

        # Asked by every page: composing the rights takes longer than the answer.
        return len(composing.statement(("unread", present.eyes, kinds), waiting).rows())


def unread_by_kind(actor: Actor) -> dict[str, int]:
    """How many notices wait to be read, by kind."""
    return dict(unread(notices_of(actor)).order_by().values_list("kind").annotate(Count("id")))


def inbox(
    actor: Actor, *, kind: str = "", only_unread: bool = False, before: int | None = None, limit: int = PAGE
) -> Inbox:
    """A page of the inbox."""
    rows = notices_of(actor)
    if kind:
        rows = rows.filter(kind=kind)
    if only_unread:
        rows = unread(rows)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-id")[: limit + 1])
    following = found[limit - 1].pk if len(found) > limit else None
    return Inbox(tuple(worded(actor, found[:limit])), following)


def notice(actor: Actor, key: int) -> Notice:
    """One notice of the actor's. Raises NotFound."""
    found = notices_of(actor).filter(pk=key).first()
    if found is None:
        raise NotFound()
    return found


def worded(actor: Actor, notices: Sequence[Notice]) -> list[Item]:
    """Visible notices with their words, in the order given. One whose record vanished between the two reads is left out."""
    by_kind: dict[str, list[Notice]] = defaultdict(list)
    for one in notices:
        by_kind[one.kind].append(one)
    words: dict[int, Shown] = {}
    for name, rows in by_kind.items():
        kind = kind_named(name)
        if kind is not None:
            words.update(kind.words(actor, [Line(n.pk, n.subject_id, n.on, n.facts) for n in rows]))
    items = []
    for one in notices:
        kind, shown = kind_named(one.kind), words.get(one.pk)
        if kind is not None and shown is not None:
            read = one.read_at is not None
            items.append(Item(one.pk, kind, shown, one.on, one.told_at, read, one.settled_at is not None))
    return items


def worded_for_any(actors: Iterable[Actor], notices: Sequence[Notice]) -> list[Item]:
    """Notices of a person with their words, each through the first of his duties in which he may know of it now."""
    found: dict[int, Item] = {}
    for actor in actors:
        left = [n.pk for n in notices if n.pk not in found]
        if left:
            with acting(actor):
                may = list(notices_of(actor).filter(pk__in=left))
                found.update((item.id, item) for item in worded(actor, may))
    return [found[n.pk] for n in notices if n.pk in found]


def preferences(actor: Actor) -> list[Preference]:
    """For each kind that the actor's role is told, how he wants it."""
    own = dict(Choice.objects.filter(person=actor.person_id).values_list("kind", "way"))
    return [Preference(k, Way(own.get(k.name, k.way)), k.name in own) for k in kinds_for(actor.role)]


def digest_hour(actor: Actor) -> int:
    """The hour from which the actor's digest is sent."""
    hour = DigestHour.objects.filter(person=actor.person_id).values_list("hour", flat=True).first()
    return FIRST_DIGEST_HOUR if hour is None else hour
