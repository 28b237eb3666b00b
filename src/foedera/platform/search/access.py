"""Entries of the index are seen as their records are; they are written by triggers alone."""

from foedera.platform.access.fences import ANYBODY, Fence, declare, fence_of
from foedera.platform.lists.description import record_types

from .models import IndexedType, SearchEntry, SearchWord


def _of_entries() -> Fence:
    """The rules of the records, asked of the columns of rights that an entry has under the same names."""
    arms = []
    for kind in record_types():
        fence = fence_of(kind.model)
        if fence is None:
            continue
        # All words of a record are found by: whoever may see its title alone, or finds it named elsewhere, does not find it.
        whole = fence.condition("whole", "{row}").replace("{row}.id", "{row}.record_id")
        arms.append(f"WHEN '{kind.name}' THEN {whole}")
    return Fence(f"CASE {{row}}.record_type {' '.join(sorted(arms))} ELSE false END", writes="false")


declare(SearchEntry, _of_entries)
# Single words without their records; corrections are told only where something is found under them.
declare(SearchWord, Fence(ANYBODY, writes="false"))
declare(IndexedType, Fence(ANYBODY, writes="false"))
