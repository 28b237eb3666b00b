"""Who sees and keeps webhooks: those who speak for a body, in the role with whose rights it is told."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.fences import ADMINISTRATOR, BODY, ROLE, WRITES, Fence, as_parent, declare, is_handled
from foedera.platform.access.policies import ALLOWED, Policy, Verdict, register
from foedera.platform.access.roles import Role

from .models import Call, Channel, Delivery, OutboxEvent, Webhook, WebhookState

KEEPERS = frozenset({Role.COORDINATOR, Role.OFFICE_HEAD, Role.REGION, Role.AGENCY, Role.MISSION, Role.DESK})
# An administrator sees every webhook and can end it; the auditor looks on.
OVERSEERS = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
ENDERS = KEEPERS | {Role.ADMINISTRATOR}


def sees_webhooks(actor: Actor) -> bool:
    """Whether webhooks are anything for the actor."""
    return actor.role in KEEPERS | OVERSEERS


def keeps_webhooks(actor: Actor) -> bool:
    """Whether the actor may make webhooks of his body: a person in a role of his own, today."""
    own = actor.person_id is not None and not actor.acting_for and actor.body_id is not None
    return own and actor.role in KEEPERS and not actor.is_past


def _is_program(actor: Actor) -> bool:
    return actor.person_id is None and actor.service_id is None and not actor.is_public


class WebhookPolicy(Policy[Webhook]):
    """A webhook is known to those of its body who work in its role, to administrators and to the auditor."""

    def visible(self, rows: QuerySet[Webhook, Any], actor: Actor) -> QuerySet[Webhook, Any]:
        """As Policy.visible."""
        if actor.role == Role.AUDITOR:
            return rows
        standing = rows.filter(~Q(state=WebhookState.REMOVED))
        if actor.role == Role.ADMINISTRATOR or _is_program(actor):
            return standing
        if actor.role not in KEEPERS or actor.body_id is None:
            return rows.none()
        return standing.filter(body_id=actor.body_id, role=str(actor.role))

    def in_scope(self, record: Webhook, actor: Actor) -> Verdict:
        """As Policy.in_scope."""
        if _is_program(actor) or (actor.person_id is not None and not actor.acting_for):
            return ALLOWED
        return Verdict(False, _("Only a person in a role of his own keeps webhooks."))


register(Webhook, WebhookPolicy())

# The same for the database. What happened is written by triggers and read in background work; secrets are encrypted.
_KEEPERS = ", ".join(f"'{role}'" for role in sorted(KEEPERS))
_OURS = f"({{row}}.body_id = {BODY} AND {{row}}.role = {ROLE} AND {ROLE} IN ({_KEEPERS}))"
_STANDING = f"({{row}}.state <> 'removed' AND ({ADMINISTRATOR} OR {_OURS}))"
declare(
    Webhook,
    Fence(
        f"{ROLE} = 'auditor' OR {_STANDING} OR {is_handled(Webhook._meta.db_table)}",
        writes=f"{WRITES} AND ({ADMINISTRATOR} OR {_OURS})",
    ),
)
declare(OutboxEvent, Fence("false", writes="false"))
declare(Channel, lambda: as_parent(Channel, "webhook"))
declare(Delivery, lambda: as_parent(Delivery, "webhook"))
declare(Call, lambda: as_parent(Call, "delivery"))
