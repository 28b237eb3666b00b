"""Days of the directory in people's calendars: sessions of formats of their territory."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.notices.feed import Entry, register_source

from .notices import formats_near, members_on, visible_formats


def _sessions(actor: Actor, first: datetime.date, last: datetime.date) -> Iterator[Entry]:
    # Partial dates sort as text; only whole ones have a day in a calendar.
    rows = visible_formats(actor).filter(next_session__gte=str(first), next_session__lte=str(last))
    found = [row for row in rows.values_list("pk", "number", "name", "names", "next_session") if len(row[4]) == 10]
    members = members_on([row[0] for row in found], actor.today)
    for key, number, name, names, day in found:
        if formats_near(actor, members[key]):
            yield Entry(
                f"{number}-session-{day}",
                datetime.date.fromisoformat(day),
                _("Format meets"),
                number,
                (names or {}).get(actor.language) or name,
                reverse("directory:format", args=[number]),
            )


register_source(_sessions)
