"""Reading subscriptions and what was found under them, within the rights of the moment."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from foedera.platform.access.actors import Actor, signature_in_words
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.errors import NotFound
from foedera.platform.actions.performing import label_of
from foedera.platform.history.models import Entry
from foedera.platform.lists import composing
from foedera.platform.lists.description import RecordType, record_type

from .access import about_readable, readable
from .models import FoundChange, Look, Subscription, What

PAGE = 50
MOST = 200


@dataclass(frozen=True, slots=True)
class News:
    """A record that entered, left or changed under a subscription: when, by number and title, and by which steps of whom."""

    at: datetime.datetime
    what: What
    number: str
    title: str
    steps: tuple[str, ...]


def subscriptions(actor: Actor) -> QuerySet[Subscription, Any]:
    """The subscriptions of the actor, newest first."""
    return policy_for(Subscription).visible(Subscription.objects.order_by("-id"), actor)


def subscription(key: int, actor: Actor) -> Subscription:
    """One subscription of the actor. Raises NotFound."""
    found: Subscription | None = subscriptions(actor).filter(pk=key).first()
    if found is None:
        raise NotFound()
    return found


def subscribed(kind: RecordType, record: Any, actor: Actor) -> int | None:
    """The key of the actor's subscription to a record; None without one."""

    def mine() -> QuerySet[Any, Any]:
        rows = subscriptions(actor).filter(record_type=kind.name, record_id=composing.A_NUMBER)
        return rows.order_by("pk").values_list("pk")[:1]

    found = composing.statement(("subscribed", kind.name, actor.eyes), mine).rows(int(record.pk))
    return found[0][0] if found else None


def followed_type(name: str) -> RecordType:
    """The record type of that name. Raises NotFound."""
    try:
        return record_type(name)
    except LookupError:
        raise NotFound() from None


def followed(name: str, number: str, actor: Actor) -> tuple[RecordType, Any]:
    """The type and the record of that number, if the actor may read it whole. Raises NotFound."""
    kind = followed_type(name)
    found = None
    if "\x00" not in number:
        found = readable(kind, actor).filter(**{kind.by_number: number.upper()}).first()
    if found is None:
        raise NotFound()
    return kind, found


def looks(actor: Actor) -> QuerySet[Look, Any]:
    """What was found under the actor's subscriptions, where he may know anything of it now."""
    return policy_for(Look).visible(Look.objects.all(), actor)


def changes_of(found: Iterable[int], actor: Actor) -> QuerySet[FoundChange, Any]:
    """The changes of these looks about records that the actor may read whole now, newest first."""
    rows = FoundChange.objects.filter(look__in=list(found), look__subscription__person=actor.person_id)
    rows = rows.filter(about_readable(actor, "look__subscription__record_type"))
    return rows.select_related("look__subscription").order_by("-look__at", "-id")


def news(row: Subscription, actor: Actor) -> list[News]:
    """What was found under a subscription lately, newest first, with the rights of this moment."""
    keys = list(row.looks.order_by("-id").values_list("pk", flat=True)[:MOST])
    return worded(row, list(changes_of(keys, actor)[:MOST]), actor)


def worded(row: Subscription, changes: Sequence[FoundChange], actor: Actor) -> list[News]:
    """Changes under a subscription in words; of those that left or entered by time alone there are no steps."""
    kind = followed_type(row.record_type)
    title = kind.column(kind.title).path
    rows = readable(kind, actor).filter(pk__in={change.record_id for change in changes})
    named = {key: (number, str(words)) for key, number, words in rows.values_list("pk", kind.by_number, title)}
    steps = steps_of(kind, changes)
    return [
        News(change.look.at, What(change.what), *named[change.record_id], steps[change.pk])
        for change in changes
        if change.record_id in named
    ]


def steps_of(kind: RecordType, changes: Sequence[FoundChange]) -> dict[int, tuple[str, ...]]:
    """Which steps of whom made each change, in the order in which they were taken."""
    if not changes:
        return {}
    spans = [c for c in changes if c.until_entry > c.since_entry]
    least = min((c.since_entry for c in spans), default=0)
    most = max((c.until_entry for c in spans), default=0)
    entries = Entry.objects.filter(
        subject_table=kind.model._meta.db_table,
        subject_id__in={c.record_id for c in spans},
        id__gt=least,
        id__lte=most,
    ).order_by("id")
    made: dict[int, list[str]] = {c.pk: [] for c in changes}
    told = list(entries.values_list("subject_id", "id", "action__name", "action__person_name"))
    for change in spans:
        for record, entry, action, person in told:
            if record == change.record_id and change.since_entry < entry <= change.until_entry:
                words = f"{label_of(action)} ({signature_in_words(person)})" if action and person else action
                line = str(words or "")
                if line and line not in made[change.pk]:
                    made[change.pk].append(line)
    return {key: tuple(lines) for key, lines in made.items()}
