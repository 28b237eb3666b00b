"""Reading merges: one of them, those into a record, and where a number leads."""

from __future__ import annotations

import datetime
from typing import Any

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.errors import NotFound
from foedera.platform.history.instants import reading_at, reading_today
from foedera.platform.lists.description import record_type

from .models import STANDS, Merge

MOMENT = datetime.timedelta(microseconds=1)


def merge_of(key: int, actor: Actor) -> Merge:
    """One merge of a record that the actor may read whole. Raises NotFound."""
    with reading_today():
        found: Merge | None = policy_for(Merge).visible(Merge.objects.filter(pk=key), actor).first()
    if found is None:
        raise NotFound()
    return found


def went(merge: Merge, actor: Actor) -> Any | None:
    """The record that goes, where the actor may read it whole: as it stands, or as it stood when it went."""
    model: Any = record_type(merge.kind).model
    with reading_today():
        if merge.state not in STANDS or merge.merged_at is None:
            return _whole(model, merge.goes_id, actor)
        with reading_at(merge.merged_at - MOMENT):
            return _whole(model, merge.goes_id, actor)


def later_merge(merge: Merge, actor: Actor) -> Merge | None:
    """The merge by which the record that stayed went in its turn, if it did."""
    if merge.leads_id == merge.stays_id:
        return None
    with reading_today():
        rows = Merge.objects.filter(kind=merge.kind, goes_id=merge.stays_id, state__in=STANDS)
        found: Merge | None = policy_for(Merge).visible(rows, actor).first()
    return found


def _whole(model: Any, key: int, actor: Actor) -> Any | None:
    return policy_for(model).whole(model._default_manager.filter(pk=key), actor).first()


def merges_into(kind: str, record_id: int) -> list[Merge]:
    """What was merged into a record and not taken back, newest first."""
    return list(Merge.objects.filter(kind=kind, leads_id=record_id, state__in=STANDS).order_by("-id")[:50])


def moved_to(number: str, actor: Actor) -> str:
    """The number of the record into which the one of this number was merged, as far as the actor may know of it; else empty."""
    if actor.known_at is not None:
        return ""
    with reading_today():
        found = Merge.objects.filter(goes_number=number.upper(), state__in=STANDS).first()
        if found is None or not policy_for(Merge).visible(Merge.objects.filter(pk=found.pk), actor).exists():
            return ""
    return found.leads_number
