"""What people do with their notices. Reading is no fact of the register and leaves no history; nobody but the person can do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound, invalid

from .kinds import Way, kinds_for
from .models import Choice, DigestHour
from .queries import notices_of, unread


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotFound()
    return actor.person_id


def mark_read(actor: Actor, keys: Sequence[int], *, read: bool = True) -> int:
    """Mark these of the actor's notices as read or unread; returns how many changed. Others are passed over."""
    _person(actor)
    rows = notices_of(actor).filter(pk__in=list(keys), read_at__isnull=read)
    return rows.update(read_at=timezone.now() if read else None)


def mark_all_read(actor: Actor, *, kind: str = "") -> int:
    """Mark everything that the actor sees in this role (of a kind) as read; returns how many changed."""
    _person(actor)
    rows = unread(notices_of(actor))
    if kind:
        rows = rows.filter(kind=kind)
    return rows.update(read_at=timezone.now())


def choose(actor: Actor, *, ways: Mapping[str, str], hour: int | None = None) -> None:
    """Keep how the actor wants kinds of notices by e-mail, and the hour of his digest. Raises Invalid, and then nothing is kept."""
    person = _person(actor)
    known = {kind.name for kind in kinds_for(actor.role)}
    for name, way in ways.items():
        if name not in known:
            raise invalid(name, _("There is no such field."))
        if way not in Way.values:
            raise invalid(name, _("Choose one of the values offered."))
    if hour is not None and not 0 <= hour <= 23:
        raise invalid("hour", _("Enter an hour from 0 to 23."))
    with transaction.atomic():
        for name, way in ways.items():
            Choice.objects.update_or_create(person_id=person, kind=name, defaults={"way": way})
        if hour is not None:
            DigestHour.objects.update_or_create(person_id=person, defaults={"hour": hour})
