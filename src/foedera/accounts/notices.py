"""What the accounts tell people: that somebody opened a restricted record of their body for reading."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.notices.kinds import Due, Kind, Line, Reader, Shown, Way, register

from .models import Elevation, OpenReading
from .queries import elevations, readings

NEWS_DAYS = 30


def _readings_due(now: datetime.datetime, readers: Sequence[Reader]) -> Iterator[Due]:
    since = now - datetime.timedelta(days=NEWS_DAYS)
    opened = OpenReading.objects.filter(valid_from__gte=since, owner__isnull=False).order_by("id")
    for key, owner, person, begun in opened.values_list("pk", "owner", "person", "valid_from"):
        for reader in readers:
            if reader.actor.body_id == owner and reader.actor.person_id != person:
                yield Due(reader=reader, key=str(key), subject_id=key, on=timezone.localdate(begun))


def _reading_words(actor: Actor, lines: Sequence[Line]) -> Mapping[int, Shown]:
    found = {row.pk: row for row in readings(actor).filter(pk__in=[line.subject_id for line in lines])}
    return {
        line.id: Shown(
            _("%(person)s opened it for reading until %(until)s: %(reason)s")
            % {
                "person": found[line.subject_id].person.name,
                "until": date_format(timezone.localtime(found[line.subject_id].valid_until), "DATETIME_FORMAT"),
                "reason": found[line.subject_id].reason,
            },
            reverse("accounts:readings"),
            found[line.subject_id].number,
        )
        for line in lines
        if line.subject_id in found
    }


register(
    Kind(
        name="accounts.reading_opened",
        label=gettext_lazy("Restricted records opened"),
        purpose=gettext_lazy(
            "Somebody of another body opened a restricted record of yours for reading, with a reason."
        ),
        roles=frozenset(set(Role) - {Role.PUBLIC}),
        due=_readings_due,
        words=_reading_words,
        subjects=readings,
        way=Way.AT_ONCE,
    )
)


def _switched_on(now: datetime.datetime, readers: Sequence[Reader]) -> Iterator[Due]:
    since = now - datetime.timedelta(days=NEWS_DAYS)
    rows = Elevation.objects.filter(started_at__gte=since).order_by("id")
    for key, person, begun in rows.values_list("pk", "duty__person", "started_at"):
        for reader in readers:
            if reader.actor.person_id != person:
                yield Due(reader=reader, key=str(key), subject_id=key, on=timezone.localdate(begun))


def _switched_on_words(actor: Actor, lines: Sequence[Line]) -> Mapping[int, Shown]:
    found = {row.pk: row for row in elevations(actor).filter(pk__in=[line.subject_id for line in lines])}
    told: dict[int, Shown] = {}
    for line in lines:
        row = found.get(line.subject_id or 0)
        if row is not None:
            words = {
                "person": row.duty.person.name,
                "until": date_format(timezone.localtime(row.until), "DATETIME_FORMAT"),
                "reason": row.reason,
            }
            text = _("%(person)s works as administrator until %(until)s: %(reason)s") % words
            told[line.id] = Shown(text, reverse("accounts:administrator", args=[row.pk]))
    return told


register(
    Kind(
        name="accounts.session_switched_on",
        label=gettext_lazy("Administrators' sessions"),
        purpose=gettext_lazy("An administrator has switched his session on, with a reason; it is logged whole."),
        roles=frozenset({Role.COORDINATOR, Role.AUDITOR}),
        due=_switched_on,
        words=_switched_on_words,
        subjects=elevations,
        way=Way.AT_ONCE,
    )
)
