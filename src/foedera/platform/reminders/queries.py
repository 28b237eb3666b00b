"""Reading reminders within the rights of the moment."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.errors import NotFound
from foedera.platform.lists import composing
from foedera.platform.lists.description import RecordType, record_type

from .access import readable
from .models import Reminder, ReminderState

PAGE = 200
# The desk shows what is due until so many days from now.
SOON = datetime.timedelta(days=7)


def visible(actor: Actor) -> QuerySet[Reminder, Any]:
    """The reminders that the actor may see, soonest first."""
    return policy_for(Reminder).visible(Reminder.objects.order_by("due_on", "id"), actor)


def reminder(number: str, actor: Actor) -> Reminder:
    """The reminder of that number. Raises NotFound."""
    found: Reminder | None = None if "\x00" in number else visible(actor).filter(number=number.upper()).first()
    if found is None:
        raise NotFound()
    return found


def mine(actor: Actor, *, until: datetime.date | None = None) -> QuerySet[Reminder, Any]:
    """The open reminders for the actor himself, those due until a day."""
    rows = visible(actor).filter(state=ReminderState.OPEN, person=actor.person_id)
    return rows if until is None else rows.filter(due_on__lte=until)


def reminded(name: str, number: str, actor: Actor) -> tuple[RecordType, Any]:
    """The type and the record of that number, if the actor may read it whole. Raises NotFound."""
    try:
        kind = record_type(name)
    except LookupError:
        raise NotFound() from None
    found = None
    if "\x00" not in number:
        found = readable(kind, actor).filter(**{kind.by_number: number.upper()}).first()
    if found is None:
        raise NotFound()
    return kind, found


def about(kind: RecordType, record: Any, actor: Actor) -> list[Reminder]:
    """The open reminders on a record that the actor may see."""
    on_it = {"about_type": kind.name, "about_id": composing.A_NUMBER, "state": ReminderState.OPEN}

    def any_one() -> QuerySet[Any, Any]:
        return Reminder.objects.filter(**on_it).order_by().values_list("pk")[:1]

    # Most records have none, and asking the rights of all kinds takes longer than to find that out.
    if not composing.statement(("reminded", kind.name), any_one).rows(int(record.pk)):
        return []
    key = ("reminders", kind.name, actor.eyes)
    return composing.loaded(key, Reminder, lambda: visible(actor).filter(**on_it)[:PAGE], int(record.pk))


def titles(rows: Sequence[Reminder], actor: Actor) -> dict[tuple[str, int], str]:
    """The titles of the records of reminders, by type and id, of those that the actor may read."""
    found: dict[tuple[str, int], str] = {}
    for name in {row.about_type for row in rows}:
        kind = record_type(name)
        keys = [row.about_id for row in rows if row.about_type == name]
        title = kind.column(kind.title).path
        named = readable(kind, actor).filter(pk__in=keys).values_list("pk", title)
        found.update({(name, key): str(words) for key, words in named})
    return found
