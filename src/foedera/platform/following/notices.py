"""What followers are told: that something entered, left or changed."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.access.actors import Actor
from foedera.platform.notices.kinds import Due, Kind, Line, Reader, Shown, register

from . import queries
from .access import FOLLOWERS
from .looking import NEWS_DAYS, reader_for
from .models import FoundChange, Look, What


def _due(now: datetime.datetime, readers: Sequence[Reader]) -> Iterator[Due]:
    by_person: dict[int | None, list[Reader]] = {}
    for reader in readers:
        by_person.setdefault(reader.actor.person_id, []).append(reader)
    recent = Look.objects.filter(at__gte=now - datetime.timedelta(days=NEWS_DAYS))
    for look in recent.select_related("subscription").order_by("id"):
        told = reader_for(look.subscription, by_person.get(look.subscription.person_id, []))
        if told is not None:
            yield Due(reader=told, key=str(look.pk), subject_id=look.pk, on=timezone.localdate(look.at))


def _words(actor: Actor, lines: Sequence[Line]) -> Mapping[int, Shown]:
    found: dict[int, list[FoundChange]] = {}
    for change in queries.changes_of([line.subject_id for line in lines if line.subject_id is not None], actor):
        found.setdefault(change.look_id, []).append(change)
    told: dict[int, Shown] = {}
    for line in lines:
        changes = found.get(line.subject_id or 0)
        if changes:
            told[line.id] = _shown(changes, actor)
    return told


def _shown(changes: list[FoundChange], actor: Actor) -> Shown:
    row = changes[0].look.subscription
    url = reverse("following:subscription", args=[row.pk])
    if row.record_id is not None:
        news = queries.worded(row, changes, actor)
        steps = "; ".join(step for one in news for step in one.steps)
        kind = queries.followed_type(row.record_type)
        return Shown(
            _("Changed: %(steps)s") % {"steps": steps} if steps else _("Changed"),
            reverse(kind.detail_url, args=[row.name]) if kind.detail_url else url,
            number=row.name,
            title=news[0].title if news else "",
        )
    counts = Counter(change.what for change in changes)
    parts = [f"{What(what).label}: {counts[what]}" for what in What.values if counts[what]]
    return Shown("; ".join(parts), url, title=row.name)


register(
    Kind(
        name="following.changed",
        label=gettext_lazy("What you follow"),
        purpose=gettext_lazy("A record that you follow has changed, or something entered, left or changed in a list."),
        roles=FOLLOWERS,
        due=_due,
        words=_words,
        subjects=queries.looks,
    )
)
