"""Who finds, changes and shares a view. What a view shows is always what its reader may see: it holds no rows."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import ALLOWED, Policy, Verdict
from foedera.platform.access.roles import Role

from .models import Audience, FirstView, SavedView

SIGNED_IN = frozenset(Role) - {Role.PUBLIC}
# Who keeps views for everyone, and says with which a list opens for a role.
SHARERS = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


def may_share(actor: Actor, audience: str) -> Verdict:
    """Whether the actor may keep a view for an audience."""
    if audience == Audience.EVERYONE and actor.role not in SHARERS:
        return Verdict(False, _("Only the coordinator at the centre keeps views for everyone."))
    if audience == Audience.BODY and (actor.body_id is None or actor.reads_only):
        return Verdict(False, _("Your role does not keep views for its body."))
    return ALLOWED


def audiences_for(actor: Actor) -> tuple[tuple[str, Any], ...]:
    """For whom the actor may keep a view, with labels."""
    return tuple((str(a.value), a.label) for a in Audience if may_share(actor, a))


class ViewPolicy(Policy[SavedView]):
    """The rights on views."""

    def visible(self, rows: models.QuerySet[SavedView, Any], actor: Actor) -> models.QuerySet[SavedView, Any]:
        """One's own, those of one's body, those for everyone; without a sign-in only those with which a list opens."""
        if actor.is_public:
            return rows.filter(Exists(FirstView.objects.filter(view=OuterRef("pk"), role=Role.PUBLIC)))
        if actor.person_id is None and actor.channel == "command":
            return rows
        found = Q(audience=Audience.EVERYONE)
        if actor.person_id is not None:
            found |= Q(audience=Audience.MINE, person_id=actor.person_id)
        if actor.body_id is not None:
            found |= Q(audience=Audience.BODY, body_id=actor.body_id)
        return rows.filter(found)

    def in_scope(self, record: SavedView, actor: Actor) -> Verdict:
        """Whoever made it; those of a body its head too; those for everyone the coordinator."""
        if record.audience == Audience.EVERYONE:
            return may_share(actor, Audience.EVERYONE)
        if actor.person_id is not None and record.person_id == actor.person_id:
            return ALLOWED
        if record.audience == Audience.BODY and actor.role in {Role.OFFICE_HEAD, *SHARERS}:
            return ALLOWED
        return Verdict(False, _("Only who made this view may change it."))


class FirstViewPolicy(Policy[FirstView]):
    """The rights on the choice of a first view: one's own, and those for roles."""

    def visible(self, rows: models.QuerySet[FirstView, Any], actor: Actor) -> models.QuerySet[FirstView, Any]:
        """One's own choice and that for one's role."""
        found = Q(role=actor.role)
        return rows.filter(found if actor.person_id is None else found | Q(person_id=actor.person_id))

    def in_scope(self, record: FirstView, actor: Actor) -> Verdict:
        """One's own choice; that for a role only for those who share with everyone."""
        return ALLOWED if record.person_id == actor.person_id else may_share(actor, Audience.EVERYONE)
