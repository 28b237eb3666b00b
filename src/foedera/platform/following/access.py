"""Who sees subscriptions and what they found: each his own, and of the records those that he may read whole at the moment."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.fences import as_parent, declare, of_person
from foedera.platform.access.policies import ALLOWED, Policy, Verdict, policy_for, register
from foedera.platform.access.roles import Role
from foedera.platform.lists.description import RecordType, record_types

from .models import FoundChange, Look, Subscription

FOLLOWERS = frozenset(Role) - {Role.PUBLIC}


def readable(kind: RecordType, actor: Actor) -> QuerySet[Any, Any]:
    """The records of a type that the actor may read whole."""
    return policy_for(kind.model).whole(kind.model._default_manager.all(), actor)


def about_readable(actor: Actor, type_path: str, key: str = "record_id") -> Q:
    """Condition: the record that a row names by its type and id may be read whole by the actor now."""
    seen = Q(pk__in=[])
    for kind in record_types():
        record = readable(kind, actor).filter(pk=OuterRef(key)).order_by()
        seen |= Q(**{type_path: kind.name}) & Q(Exists(record))
    return seen


class SubscriptionPolicy(Policy[Subscription]):
    """One's own."""

    def visible(self, rows: QuerySet[Subscription, Any], actor: Actor) -> QuerySet[Subscription, Any]:
        """As Policy.visible."""
        return rows.none() if actor.person_id is None else rows.filter(person=actor.person_id)

    def in_scope(self, record: Subscription, actor: Actor) -> Verdict:
        """As Policy.in_scope."""
        return ALLOWED if record.person_id == actor.person_id else Verdict(False, _("Only its owner may do this."))


class LookPolicy(Policy[Look]):
    """What was found under one's own subscriptions, where anything of it may be known still."""

    def visible(self, rows: QuerySet[Look, Any], actor: Actor) -> QuerySet[Look, Any]:
        """As Policy.visible."""
        if actor.person_id is None or actor.is_public:
            return rows.none()
        known = FoundChange.objects.filter(look=OuterRef("pk")).filter(
            about_readable(actor, "look__subscription__record_type")
        )
        return rows.filter(Exists(known), subscription__person=actor.person_id)

    def in_scope(self, record: Look, actor: Actor) -> Verdict:
        """As Policy.in_scope."""
        return Verdict(False, _("Only its owner may do this."))


register(Subscription, SubscriptionPolicy())
register(Look, LookPolicy())

# What was found are keys alone; the records are fenced themselves.
declare(Subscription, of_person())
declare(Look, lambda: as_parent(Look, "subscription"))
declare(FoundChange, lambda: as_parent(FoundChange, "look"))
