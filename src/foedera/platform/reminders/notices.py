"""What people are reminded of: their reminders whose day has come."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from foedera.platform.access.actors import Actor
from foedera.platform.notices.kinds import Due, Kind, Line, Reader, Shown, Way, register

from . import queries
from .access import REMINDED
from .models import Reminder, ReminderState


def _due(now: datetime.datetime, readers: Sequence[Reader]) -> Iterator[Due]:
    by_person: dict[int | None, list[Reader]] = {}
    for reader in readers:
        by_person.setdefault(reader.actor.person_id, []).append(reader)
    open_ones = Reminder.objects.filter(state=ReminderState.OPEN, due_on__lte=timezone.localdate(now)).order_by("id")
    for key, person, owner, day in open_ones.values_list("pk", "person", "owner", "due_on"):
        held = by_person.get(person, [])
        # In the body in which it was set, where he still works there.
        told = next((reader for reader in held if reader.actor.body_id == owner), held[0] if held else None)
        if told is not None:
            yield Due(reader=told, key=f"{key}:{day}", subject_id=key, on=day)


def _words(actor: Actor, lines: Sequence[Line]) -> Mapping[int, Shown]:
    found = {row.pk: row for row in queries.visible(actor).filter(pk__in=[line.subject_id for line in lines])}
    titles = queries.titles(list(found.values()), actor)
    told: dict[int, Shown] = {}
    for line in lines:
        row = found.get(line.subject_id or 0)
        if row is not None:
            told[line.id] = Shown(
                row.text,
                reverse("reminders:reminder", args=[row.number]),
                number=row.about_number,
                title=titles.get((row.about_type, row.about_id), ""),
            )
    return told


register(
    Kind(
        name="reminders.due",
        label=gettext_lazy("Reminders"),
        purpose=gettext_lazy("The day of a reminder has come that you or a colleague set for you."),
        roles=REMINDED,
        due=_due,
        words=_words,
        subjects=queries.visible,
        way=Way.AT_ONCE,
    )
)
