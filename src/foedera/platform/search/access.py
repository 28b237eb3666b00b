"""Entries of the index are seen as their records are; they are written by triggers alone."""

import re

from django.db import models

from foedera.platform.access.fences import ANYBODY, EVERYTHING, Fence, declare, fence_of, record_is_seen, through
from foedera.platform.lists.description import record_types

from .models import IndexedType, PastEntry, SearchEntry, SearchWord

COLUMN = re.compile(r"\{row\}\.(\w+)")


def through_record(model: type[models.Model]) -> str:
    """The condition that the record of an entry is read whole, asked of the record."""
    table = model._meta.db_table
    asked = through(f"entry_{table}", record_is_seen(model, "{row}.id"))
    return asked.replace("{row}.id", "{row}.record_id")


def _of_entries() -> Fence:
    """The rules of the records, asked of the columns of rights that an entry has under the same names."""
    arms = []
    columns = {field.column for field in SearchEntry._meta.concrete_fields}
    for kind in record_types():
        fence = fence_of(kind.model)
        if fence is None:
            continue
        # All words of a record are found by: whoever may see its title alone, or finds it named elsewhere, does not find it.
        whole = fence.condition("whole", "{row}").replace("{row}.id", "{row}.record_id")
        if not set(COLUMN.findall(whole)) <= columns:
            # It asks for more than an entry has: for the record, which is fenced itself.
            whole = through_record(kind.model)
        arms.append(f"WHEN '{kind.name}' THEN {whole}")
    return Fence(f"CASE {{row}}.record_type {' '.join(sorted(arms))} ELSE false END", writes="false")


def _of_past_entries() -> Fence:
    """Words that a record held once are seen by whoever reads the record today; of one that is gone by those who read everything."""
    seen, gone = [], []
    for kind in record_types():
        if fence_of(kind.model) is not None:
            seen.append(f"WHEN '{kind.name}' THEN {record_is_seen(kind.model, '{row}.record_id')}")
            gone.append(f"WHEN '{kind.name}' THEN foedera_is_gone('{kind.model._meta.db_table}', {{row}}.record_id)")
    there, not_there = (f"CASE {{row}}.record_type {' '.join(sorted(arms))} ELSE false END" for arms in (seen, gone))
    return Fence(f"{there} OR ({EVERYTHING} AND {not_there})", writes="false")


declare(SearchEntry, _of_entries)
declare(PastEntry, _of_past_entries)
# Single words without their records; corrections are told only where something is found under them.
declare(SearchWord, Fence(ANYBODY, writes="false"))
declare(IndexedType, Fence(ANYBODY, writes="false"))
