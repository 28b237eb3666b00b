"""Which entries an actor may be told of: the policy of each record type, asked of its entries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import FieldError
from django.db.models import Q, QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for
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
    withheld: Q | None = described.withheld(Context(actor)) if described.withheld is not None else None
    policy = policy_for(described.model)
    try:
        seen: Any = policy.visible(entries, actor)
        readable: QuerySet[SearchEntry, SearchEntry] = seen if withheld is None else seen.exclude(withheld)
        return readable
    except FieldError:
        records = policy.visible(described.model._default_manager.all(), actor)
        if withheld is not None:
            records = records.exclude(withheld)
        return entries.filter(record_id__in=records.order_by().values("pk"))
