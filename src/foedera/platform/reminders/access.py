"""Who sees a reminder: whom it is for, who set it, the head of their body; each as long as he may read the record whole."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.fences import BODY, PERSON, ROLE, Fence, declare, is_handled, of_type
from foedera.platform.access.policies import ALLOWED, Policy, Verdict, policy_for, register
from foedera.platform.access.roles import READS_ONLY, Role
from foedera.platform.lists.description import RecordType, record_types

from .models import Reminder, ReminderState

REMINDED = frozenset(Role) - READS_ONLY


def readable(kind: RecordType, actor: Actor) -> QuerySet[Any, Any]:
    """The records of a type that the actor may read whole."""
    return policy_for(kind.model).whole(kind.model._default_manager.all(), actor)


class ReminderPolicy(Policy[Reminder]):
    """The rights on reminders."""

    def visible(self, rows: QuerySet[Reminder, Any], actor: Actor) -> QuerySet[Reminder, Any]:
        """As Policy.visible."""
        if actor.is_public or actor.person_id is None:
            return rows.none()
        concerned = Q(person=actor.person_id) | Q(maker=actor.person_id)
        if actor.role == Role.OFFICE_HEAD:
            concerned |= Q(owner=actor.body_id)
        seen = Q(pk__in=[])
        for kind in record_types():
            record = readable(kind, actor).filter(pk=OuterRef("about_id")).order_by()
            seen |= Q(about_type=kind.name) & Q(Exists(record))
        return rows.filter(concerned, seen)

    def in_scope(self, record: Reminder, actor: Actor) -> Verdict:
        """As Policy.in_scope: whoever sees it may close and move it, as long as it is open."""
        if record.state != ReminderState.OPEN:
            return Verdict(False, _("This reminder is closed."))
        return ALLOWED


register(Reminder, ReminderPolicy())


def _fence() -> Fence:
    """The same for the database."""
    concerned = f"({{row}}.person_id = {PERSON} OR {{row}}.maker_id = {PERSON} OR ({ROLE} = 'office_head' AND {{row}}.owner_id = {BODY}))"
    record = of_type("reminded", {kind.name: kind.model for kind in record_types()}, "about_type", "about_id")
    return Fence(f"({concerned} AND {record}) OR {is_handled(Reminder._meta.db_table)}")


declare(Reminder, _fence)
