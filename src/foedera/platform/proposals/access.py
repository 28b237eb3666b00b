"""Who may propose, who sees a proposal, who decides on it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.fences import (
    BODY,
    EVERYTHING,
    PERSON,
    ROLE,
    SIGNED_IN,
    Fence,
    declare,
    fence_of,
    refers,
    widen,
)
from foedera.platform.access.policies import ALLOWED, Policy, Verdict, policy_for, register
from foedera.platform.access.roles import PROPOSERS
from foedera.platform.lists.description import RecordType, record_types

from .models import Proposal


def may_propose(actor: Actor) -> bool:
    """Whether the actor may propose at all: a person in a role, but not the auditor, who shall judge what others did."""
    return actor.person_id is not None and actor.role in PROPOSERS and not actor.is_past


def visible_records(kind: RecordType, actor: Actor) -> QuerySet[Any, Any]:
    """The records of a type that the actor may read whole: their values stand in a proposal."""
    from foedera.platform.lists.description import Context

    rows = policy_for(kind.model).visible(kind.model._default_manager.all(), actor)
    withheld = kind.withheld(Context(actor)) if kind.withheld is not None else None
    return rows if withheld is None else rows.exclude(withheld)


class ProposalPolicy(Policy[Proposal]):
    """A proposal is known to who made it, to the body that owns the record, and to those who read the whole country."""

    def visible(self, rows: QuerySet[Proposal, Any], actor: Actor) -> QuerySet[Proposal, Any]:
        """As Policy.visible."""
        if actor.is_public:
            return rows.none()
        seen = Q(pk__in=[])
        if actor.person_id is not None:
            seen |= Q(proposer_id=actor.person_id)
        for kind in record_types():
            if kind.change is None:
                continue
            of_kind = Q(record_type=kind.name, record_id__in=visible_records(kind, actor).values("pk"))
            seen |= of_kind if actor.reads_everything else of_kind & Q(owner_id=actor.body_id, owner__isnull=False)
        return rows.filter(seen)

    def in_scope(self, record: Proposal, actor: Actor) -> Verdict:
        """As Policy.in_scope; that the record itself may be changed, the action asks of its own policy."""
        if record.state != "open":
            return Verdict(False, _("This proposal was decided already."))
        return ALLOWED


register(Proposal, ProposalPolicy())


def _fence() -> Fence:
    """The same for the database."""
    arms = []
    for kind in record_types():
        fence = fence_of(kind.model)
        if fence is not None and kind.change is not None:
            table = kind.model._meta.db_table
            name = f"of_{table}"
            read = f"SELECT 1 FROM {table} {name} WHERE {name}.id = {{row}}.record_id AND ({fence.condition('whole', name)})"  # noqa: S608
            arms.append(f"WHEN '{kind.name}' THEN EXISTS ({read})")
    whole = f"CASE {{row}}.record_type {' '.join(sorted(arms))} ELSE false END"
    theirs = f"({EVERYTHING} OR {{row}}.owner_id = {BODY}) AND {whole}"
    # The inspector changes nothing, but may propose.
    proposers = ", ".join(f"'{role}'" for role in sorted(PROPOSERS))
    return Fence(f"{SIGNED_IN} AND ({{row}}.proposer_id = {PERSON} OR ({theirs}))", writes=f"{ROLE} IN ({proposers})")


declare(Proposal, _fence)
# Who proposed it is named in the proposal.
widen(Proposal._meta.get_field("proposer").remote_field.model, lambda: refers("proposals_proposal", "proposer_id"))
