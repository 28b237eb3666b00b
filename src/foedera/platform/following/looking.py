"""Looking what has changed under subscriptions since the last look: from state, so that a missed look loses nothing.

What is found is kept together with the state in which it was found, in one transaction for each subscription: a look that is cut off has
found nothing and is made up for, a repeated one finds nothing more.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.asking import acting
from foedera.platform.actions.errors import ActionError
from foedera.platform.notices.kinds import Reader, readers_on

from . import finding
from .access import readable
from .models import FoundChange, Look, Subscription, What

# So long what was found is shown and told; the state of the subscription is kept as long as it stands.
NEWS_DAYS = 30


def look(now: datetime.datetime) -> int:
    """Look at every subscription; returns how many had something new."""
    by_person: dict[int, list[Reader]] = {}
    for reader in readers_on(timezone.localdate(now)):
        if reader.actor.person_id is not None:
            by_person.setdefault(reader.actor.person_id, []).append(reader)
    found = 0
    for key, person in list(Subscription.objects.order_by("id").values_list("pk", "person")):
        with transaction.atomic():
            row = Subscription.objects.select_for_update(skip_locked=True).filter(pk=key).first()
            if row is not None:
                found += _look_at(row, by_person.get(person, []), now)
    Look.objects.filter(at__lt=now - datetime.timedelta(days=NEWS_DAYS)).delete()
    return found


def reader_for(subscription: Subscription, readers: Sequence[Reader]) -> Reader | None:
    """In which role its owner is told: the one in which he asked; of a single record in any other too once that is over."""
    own = [reader for reader in readers if reader.actor.duty_id == subscription.duty_id]
    if own or subscription.record_id is None:
        return own[0] if own else None
    return readers[0] if readers else None


def _look_at(row: Subscription, readers: Sequence[Reader], now: datetime.datetime) -> bool:
    reader = reader_for(row, readers)
    if reader is None:
        _sleep(row, _("The role in which you asked has ended."))
        return False
    with translation.override(reader.actor.language):
        try:
            with acting(reader.actor):
                present = snapshot(row, reader.actor)
        except ActionError as error:
            _sleep(row, str(error) or _("The view is no longer there, or not for you."))
            return False
    changes = differences(row, present, reader.actor)
    if changes:
        made = Look.objects.create(subscription=row, at=now)
        for change in changes:
            change.look = made
        FoundChange.objects.bulk_create(changes)
    keep(row, present, now)
    return bool(changes)


def _sleep(row: Subscription, words: str) -> None:
    if row.sleeps_because != words:
        Subscription.objects.filter(pk=row.pk).update(sleeps_because=words)


def snapshot(row: Subscription, actor: Actor) -> dict[int, int]:
    """The records under the subscription with the newest entry of each. Raises ActionError where it cannot be read."""
    return finding.newest_entries(finding.described(row), finding.members_of(row, actor))


def keep(row: Subscription, present: Mapping[int, int], now: datetime.datetime) -> None:
    """Keep the state that the next look compares with. A single record that is out of sight for a while is compared with its last one."""
    if row.record_id is not None and not present:
        present = dict(zip(row.members, row.entries, strict=True))
    row.members, row.entries = list(present), list(present.values())
    row.looked_at, row.sleeps_because = now, ""
    row.save(update_fields=["members", "entries", "looked_at", "sleeps_because"])


def differences(row: Subscription, present: Mapping[int, int], actor: Actor) -> list[FoundChange]:
    """What entered, left and changed since the last look; not what the follower did himself, nor what left only his sight."""
    before = dict(zip(row.members, row.entries, strict=True))
    kind = finding.described(row)
    whats = {key: What.CHANGED for key, entry in present.items() if key in before and before[key] != entry}
    spans = {key: (before[key], present[key]) for key in whats}
    if row.record_id is None:
        gone = [key for key in before if key not in present]
        left = list(readable(kind, actor).filter(pk__in=gone).values_list("pk", flat=True)) if gone else []
        newest = finding.newest_entries(kind, left) if left else {}
        for key in left:
            whats[key], spans[key] = What.LEFT, (before[key], newest[key])
        entered = [key for key in present if key not in before]
        since = finding.entries_before(kind, entered, row.looked_at) if entered else {}
        for key in entered:
            whats[key], spans[key] = What.ENTERED, (since[key], present[key])
    others = finding.by_others(kind, spans, row.person_id) if spans else set()
    return [
        FoundChange(record_id=key, what=what, since_entry=spans[key][0], until_entry=spans[key][1])
        for key, what in whats.items()
        if key in others
    ]
