"""Reminders in the calendar of whom they are for."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.urls import reverse

from foedera.platform.access.actors import Actor
from foedera.platform.notices.feed import Entry, register_source

from . import queries


def _reminders(actor: Actor, first: datetime.date, last: datetime.date) -> Iterator[Entry]:
    rows = list(queries.mine(actor, until=last).filter(due_on__gte=first))
    titles = queries.titles(rows, actor)
    for row in rows:
        yield Entry(
            f"{row.number}-reminder",
            row.due_on,
            row.text,
            row.about_number,
            titles.get((row.about_type, row.about_id), ""),
            reverse("reminders:reminder", args=[row.number]),
        )


register_source(_reminders)
