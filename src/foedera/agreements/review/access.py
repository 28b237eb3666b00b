"""Who sees and decides findings and next steps: who may work on the agreement; seeing a published agreement is not enough."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from foedera.agreements.access import RegisterPolicy
from foedera.agreements.models import Finding, FollowUp
from foedera.platform.access.actors import Actor
from foedera.platform.access.fences import as_parent, declare
from foedera.platform.access.policies import ALLOWED, Policy, Verdict, register
from foedera.platform.access.roles import BOUND_TO_PARTNERS, BOUND_TO_REGIONS, Role
from foedera.platform.records.models import Publicity

# Roles that decide in the review; a region, a mission and other bodies see what concerns them and are asked.
DECIDERS = frozenset({Role.COORDINATOR, Role.LEGAL, Role.DESK, Role.OFFICE_HEAD, Role.OFFICE_OFFICER})
REVIEWERS = frozenset(set(Role) - {Role.PUBLIC})


class OfAgreementPolicy(Policy[Any]):
    """Rows that hang on an agreement: the centre and oversight see all, others those of their own territories or body."""

    def visible(self, rows: QuerySet[Any, Any], actor: Actor) -> QuerySet[Any, Any]:
        """As Policy.visible."""
        if actor.is_public:
            return rows.none()
        open_to_others = ~Q(agreement__publicity=Publicity.RESTRICTED)
        owned = Q(agreement__owner=actor.body_id) if actor.body_id is not None else Q(pk__in=[])
        if actor.reads_everything:
            return rows.filter(open_to_others | owned)
        if actor.role in BOUND_TO_REGIONS:
            theirs = Q(agreement__own_ids__overlap=sorted(actor.own_territories))
        elif actor.role in BOUND_TO_PARTNERS:
            theirs = Q(agreement__partner_ids__overlap=sorted(actor.partner_states))
        else:
            theirs = Q(pk__in=[])
        return rows.filter(owned | (theirs & open_to_others))

    def in_scope(self, record: Any, actor: Actor) -> Verdict:
        """As Policy.in_scope."""
        if actor.reads_only:
            return Verdict(False, _("Your role does not include this step."))
        return RegisterPolicy().in_scope(record.agreement, actor) and ALLOWED


register(Finding, OfAgreementPolicy())
register(FollowUp, OfAgreementPolicy())
declare(Finding, lambda: as_parent(Finding, "agreement", "works"))
declare(FollowUp, lambda: as_parent(FollowUp, "agreement", "works"))
