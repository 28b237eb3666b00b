"""Who finds tags, puts them on records and looks after them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.fences import BODY, PERSON, ROLE, WRITES, Fence, as_parent, declare
from foedera.platform.access.fences import SIGNED_IN as ASKED_BY_NAME
from foedera.platform.access.policies import ALLOWED, Policy, Verdict, policy_for
from foedera.platform.access.roles import Role
from foedera.platform.lists.saving.models import Audience

from .models import Tag, Tagging

SIGNED_IN = frozenset(Role) - {Role.PUBLIC}
# Who keeps tags for everyone.
SHARERS = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


def of(actor: Actor, prefix: str = "") -> Q:
    """Condition: the tag is one that the actor finds; `prefix` is the way from the row to the tag."""
    if actor.is_public:
        return Q(pk__in=[])
    found = Q(**{f"{prefix}audience": Audience.EVERYONE})
    if actor.person_id is not None:
        found |= Q(**{f"{prefix}audience": Audience.MINE, f"{prefix}person_id": actor.person_id})
    if actor.body_id is not None:
        found |= Q(**{f"{prefix}audience": Audience.BODY, f"{prefix}body_id": actor.body_id})
    return found


def may_keep(actor: Actor, audience: str) -> Verdict:
    """Whether the actor may make a tag for an audience."""
    if audience == Audience.EVERYONE and actor.role not in SHARERS:
        return Verdict(False, _("Only the coordinator at the centre keeps tags for everyone."))
    if audience == Audience.BODY and (actor.body_id is None or actor.reads_only):
        return Verdict(False, _("Your role does not keep tags for its body."))
    if audience == Audience.MINE and actor.person_id is None:
        return Verdict(False, _("Only people have tags of their own."))
    return ALLOWED


def audiences_for(actor: Actor) -> tuple[tuple[str, Any], ...]:
    """For whom the actor may make a tag, with labels."""
    return tuple((str(a.value), a.label) for a in Audience if may_keep(actor, a))


def may_put(actor: Actor, tag: Tag, record: Any) -> Verdict:
    """Whether the actor may put a tag that he finds on a record that he reads, or take it away."""
    if tag.audience == Audience.MINE:
        return ALLOWED
    if actor.reads_only:
        return Verdict(False, _("Your role puts only tags of its own on records."))
    if tag.audience == Audience.EVERYONE:
        return policy_for(type(record)).in_scope(record, actor)
    return ALLOWED


class TagPolicy(Policy[Tag]):
    """The rights on tags."""

    def visible(self, rows: models.QuerySet[Tag, Any], actor: Actor) -> models.QuerySet[Tag, Any]:
        """One's own, those of one's body, those of everyone."""
        return rows.filter(of(actor))

    def in_scope(self, record: Tag, actor: Actor) -> Verdict:
        """Whoever made it; those of a body its head too; those of everyone the coordinator."""
        if record.audience == Audience.EVERYONE:
            return may_keep(actor, Audience.EVERYONE)
        if record.audience == Audience.BODY and (actor.reads_only or record.body_id != actor.body_id):
            return Verdict(False, _("This tag is of another body."))
        if actor.person_id is not None and record.person_id == actor.person_id:
            return ALLOWED
        if record.audience == Audience.BODY and actor.role in {Role.OFFICE_HEAD, *SHARERS}:
            return ALLOWED
        return Verdict(False, _("Only who made this tag may change it."))


# The same for the database. Tags of one's own are also put and kept by those whose role only reads.
_MINE = f"({{row}}.audience = 'mine' AND {{row}}.person_id = {PERSON})"
_BODY = f"({{row}}.audience = 'body' AND {{row}}.body_id = {BODY})"
_SHARED = f"({{row}}.audience = 'everyone' AND {ROLE} IN ({', '.join(repr(str(role)) for role in sorted(SHARERS))}))"
declare(
    Tag,
    Fence(
        f"{ASKED_BY_NAME} AND ({{row}}.audience = 'everyone' OR {_MINE} OR {_BODY})",
        writes=f"{_MINE} OR ({WRITES} AND ({_BODY} OR {_SHARED}))",
    ),
)


def _of_taggings() -> Fence:
    reads = as_parent(Tagging, "tag").reads
    own = f"EXISTS (SELECT 1 FROM {Tag._meta.db_table} mine WHERE mine.id = {{row}}.tag_id AND {_MINE.replace('{row}', 'mine')})"  # noqa: S608
    return Fence(reads, writes=f"({WRITES} AND {reads}) OR {own}")


declare(Tagging, _of_taggings)
