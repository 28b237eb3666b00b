"""Which entries an actor may be told of: the policy of each record type, asked of its entries."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from django.core.exceptions import FieldError
from django.db.models import QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for, visible_rows
from foedera.platform.lists.description import Context, RecordType, record_types

from .models import SearchEntry
from .triggers import is_indexed


def indexed_types() -> list[RecordType]:
    """The record types that are searched, in the order of registration."""
    return [t for t in record_types() if is_indexed(t)]


def visible_entries(actor: Actor, types: Iterable[RecordType]) -> QuerySet[SearchEntry, SearchEntry]:
    """The entries of these types that the actor may know of and read whole, as one condition over the index.

    Entries bear the columns of rights of their records, so the policy is asked of the entries themselves; where it asks for
    more than those, it is asked of the records.
    """
    found: QuerySet[SearchEntry, SearchEntry] | None = None
    for described in types:
        entries = _of_type(described, actor)
        found = entries if found is None else found | entries
    return SearchEntry.objects.none() if found is None else found


def _of_type(described: RecordType, actor: Actor) -> QuerySet[SearchEntry, SearchEntry]:
    entries = SearchEntry.objects.filter(record_type=described.name)
    policy = policy_for(described.model)
    if actor.known_at is None:
        entries.stands_for = described.model  # type: ignore[attr-defined]  # read by `subject_of`
        with suppress(FieldError):
            readable: QuerySet[SearchEntry, SearchEntry] = policy.whole(entries, actor)
            return readable
        return entries.filter(record_id__in=policy.whole(described.model._default_manager.all(), actor).values("pk"))
    # Of the past one sees what could be seen then and may be seen whole today.
    records = visible_rows(described.model._default_manager.all(), actor)
    withheld = described.withheld(Context(actor)) if described.withheld is not None else None
    return entries.filter(
        record_id__in=(records if withheld is None else records.exclude(withheld)).order_by().values("pk")
    )
