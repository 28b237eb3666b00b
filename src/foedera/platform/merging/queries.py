"""Reading merges: one of them, those into a record, and where a number leads."""

from __future__ import annotations

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.errors import NotFound
from foedera.platform.history.instants import reading_today

from .models import STANDS, Merge


def merge_of(key: int, actor: Actor) -> Merge:
    """One merge of a record that the actor may read whole. Raises NotFound."""
    with reading_today():
        found: Merge | None = policy_for(Merge).visible(Merge.objects.filter(pk=key), actor).first()
    if found is None:
        raise NotFound()
    return found


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
