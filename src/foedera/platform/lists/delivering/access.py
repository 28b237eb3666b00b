"""Who may have exports made and fetch them: each only his own. Their rows are read with his rights when the file is written."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import ALLOWED, Policy, Verdict
from foedera.platform.access.roles import Role

SIGNED_IN = frozenset(Role) - {Role.PUBLIC}


class OwnPolicy(Policy[Any]):
    """The rights on exports and on schedules: one's own, in a role that one holds still."""

    def visible(self, rows: models.QuerySet[Any, Any], actor: Actor) -> models.QuerySet[Any, Any]:
        """One's own."""
        if actor.person_id is None:
            return rows.none()
        return rows.filter(person_id=actor.person_id)

    def in_scope(self, record: Any, actor: Actor) -> Verdict:
        """One's own, in a role that one holds still."""
        held = {actor.duty_id, *(key for key, _label in actor.duties)}
        if record.person_id != actor.person_id:
            return Verdict(False, _("Only its owner may do this."))
        if record.duty_id not in held:
            return Verdict(False, _("You no longer hold the role in which this was made."))
        return ALLOWED

    def may(self, actor: Actor, roles: frozenset[Any], record: Any | None) -> Verdict:
        """An export changes nothing, so that it may be asked for while looking at another day."""
        if actor.role not in roles or actor.person_id is None or actor.duty_id is None:
            return Verdict(False, _("Sign in to have exports made."))
        return self.in_scope(record, actor) if record is not None else ALLOWED


class RunPolicy(OwnPolicy):
    """The rights on exports."""


class SchedulePolicy(OwnPolicy):
    """The rights on schedules; what was left of a role that has ended may still be taken away."""

    def in_scope(self, record: Any, actor: Actor) -> Verdict:
        """One's own."""
        return ALLOWED if record.person_id == actor.person_id else Verdict(False, _("Only its owner may do this."))
