"""Who knows of merges: whoever may read the record that stayed. Who may merge and take back, the actions ask of the records."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.access.fences import ANYBODY, SIGNED_IN, WRITES, Fence, declare, of_type
from foedera.platform.access.policies import ALLOWED, Policy, Verdict, policy_for
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
