"""What the directory tells people: sessions of formats that come near."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import BOUND_TO_PARTNERS, BOUND_TO_REGIONS, Role
from foedera.platform.notices.kinds import Due, Kind, Line, Reader, Shown, register

from .models import Format, Membership

SOON_DAYS = 30
CONCERNED = frozenset({*BOUND_TO_REGIONS, *BOUND_TO_PARTNERS, Role.COORDINATOR})


def visible_formats(actor: Actor) -> QuerySet[Any, Any]:
    """The formats of which the actor may know."""
    rows: QuerySet[Any, Any] = Format.objects.visible_to(actor)
    return rows


def formats_near(actor: Actor, members: set[int]) -> bool:
    """Whether a format with these members is the actor's work."""
    return actor.reads_everything or bool(members & (actor.own_territories | actor.partner_states))


def members_on(formats: Sequence[int], day: datetime.date) -> dict[int, set[int]]:
    """The territories that belong to formats on a day."""
    found: dict[int, set[int]] = {key: set() for key in formats}
    for key, territory in Membership.objects.filter(format__in=formats, during__contains=day).values_list(
        "format", "territory"
    ):
        found[key].add(territory)
    return found


def _sessions_due(now: datetime.datetime, readers: Sequence[Reader]) -> Iterator[Due]:
    today = timezone.localdate(now)
    latest = today + datetime.timedelta(days=SOON_DAYS)
    # Partial dates sort as text; only whole ones are of the length of a day.
    rows = Format.objects.filter(next_session__gte=str(today), next_session__lte=str(latest))
    dated = {key: day for key, day in rows.values_list("pk", "next_session") if len(day) == len("2026-03-17")}
    members = members_on(list(dated), today)
    for key, day in dated.items():
        for reader in readers:
            if formats_near(reader.actor, members[key]):
                on = datetime.date.fromisoformat(day)
                yield Due(reader=reader, key=f"{key}:{day}", subject_id=key, on=on)


def _session_words(actor: Actor, lines: Sequence[Line]) -> Mapping[int, Shown]:
    rows = visible_formats(actor).filter(pk__in=[line.subject_id for line in lines])
    named = {
        key: (number, (names or {}).get(actor.language) or name)
        for key, number, name, names in rows.values_list("pk", "number", "name", "names")
    }
    return {
        line.id: Shown(
            _("Session on %(day)s") % {"day": date_format(line.on, "DATE_FORMAT") if line.on else ""},
            reverse("directory:format", args=[named[line.subject_id][0]]),
            *named[line.subject_id],
        )
        for line in lines
        if line.subject_id in named
    }


register(
    Kind(
        name="directory.session_soon",
        label=gettext_lazy("Sessions of formats"),
        purpose=gettext_lazy("A commission, council or forum of your territory meets within thirty days."),
        roles=CONCERNED,
        due=_sessions_due,
        words=_session_words,
        subjects=visible_formats,
    )
)
