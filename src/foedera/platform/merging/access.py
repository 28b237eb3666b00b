"""Who knows of merges: whoever may read the record that stayed. Who may merge and take back, the actions ask of the records."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.access.fences import (
    ANYBODY,
    SIGNED_IN,
    WRITES,
    Fence,
    add_function,
    as_it_went,
    declare,
    of_type,
    show_besides,
)
from foedera.platform.access.policies import ALLOWED, Policy, Verdict, policy_for
from foedera.platform.history.models import Entry
from foedera.platform.lists.description import record_types

from .models import Merge


class MergePolicy(Policy[Merge]):
    """The rights on merges."""

    def visible(self, rows: QuerySet[Merge, Any], actor: Actor) -> QuerySet[Merge, Any]:
        """Of records that the actor may read whole; their numbers lead there for the public too."""
        seen = Q(pk__in=[])
        for kind in record_types():
            records = policy_for(kind.model).whole(kind.model._default_manager.filter(pk=OuterRef("leads_id")), actor)
            seen |= Q(kind=kind.name) & Q(Exists(records.order_by()))
        return rows.filter(seen)

    def in_scope(self, record: Merge, actor: Actor) -> Verdict:
        """As Policy.in_scope; that the record is his to change, the action asks."""
        return ALLOWED


def _fence() -> Fence:
    models_by_type = {kind.name: kind.model for kind in record_types()}
    seen = of_type("merges", models_by_type, "kind", "leads_id")
    return Fence(f"{ANYBODY} AND {seen}", writes=f"{SIGNED_IN} AND {WRITES}")


declare(Merge, _fence)

# Which records went in merges that stand; rights are asked elsewhere.
add_function("""
CREATE OR REPLACE FUNCTION foedera_merged_away() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(goes_id), '{}') FROM platform_merging_merge WHERE state IN ('done', 'undoing')
$$;
""")


def _of_history() -> str:
    """The history of a record that went is shown to whoever would read the record, as it last stood."""
    went = as_it_went("went", [kind.model for kind in record_types()], "{row}.subject_table", "{row}.subject_id")
    return f"{{row}}.subject_id = ANY ((SELECT foedera_merged_away())::bigint[]) AND {went}"


show_besides(Entry, _of_history)
