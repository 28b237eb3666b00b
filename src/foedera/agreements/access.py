"""Who sees and who changes what in the register."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from foedera.directory.models import Body
from foedera.platform.access.actors import Actor
from foedera.platform.access.fences import (
    BODY,
    EVERYTHING,
    IS_PUBLIC,
    PARTNERS,
    TERRITORIES,
    Fence,
    declare,
    refers,
    widen,
)
from foedera.platform.access.policies import ALLOWED, Policy, Verdict, opened_for_reading, register, subject_of
from foedera.platform.access.roles import BOUND_TO_PARTNERS, BOUND_TO_REGIONS, Role
from foedera.platform.records.models import Publicity, is_public, named_to

from .models import Agreement, ReviewSession, Tie


def _territory(actor: Actor) -> Q:
    """Records that touch the actor's territories."""
    if actor.role in BOUND_TO_REGIONS:
        return Q(own_ids__overlap=sorted(actor.own_territories))
    if actor.role in BOUND_TO_PARTNERS:
        return Q(partner_ids__overlap=sorted(actor.partner_states))
    return Q(pk__in=[])


class RegisterPolicy(Policy[Any]):
    """Agreements and ties: the whole country for the centre and oversight, else the actor's territories and what is public.

    Records of which only the title is public are seen by the public and by other territories too; the rest of their facts is
    withheld by the queries that show them.
    """

    def visible(self, rows: QuerySet[Any, Any], actor: Actor) -> QuerySet[Any, Any]:
        """As Policy.visible; rights are those of today, whichever day is looked at."""
        listed = is_public(actor.today) | Q(publicity=Publicity.TITLE_ONLY)
        if actor.is_public:
            return rows.filter(listed)
        owned = Q(owner=actor.body_id) | named_to(actor, subject_of(rows))
        if actor.reads_everything:
            return rows.filter(~Q(publicity=Publicity.RESTRICTED) | owned | opened_for_reading(subject_of(rows), actor))
        return rows.filter(listed | owned | (_territory(actor) & ~Q(publicity=Publicity.RESTRICTED)))

    def whole(self, rows: QuerySet[Any, Any], actor: Actor) -> QuerySet[Any, Any]:
        """As Policy.whole: without those of which this actor may see the title alone."""
        withheld = withheld_from_actor(actor, subject_of(rows))
        seen = self.visible(rows, actor)
        return seen if withheld is None else seen.exclude(withheld)

    def in_scope(self, record: Any, actor: Actor) -> Verdict:
        """As Policy.in_scope."""
        if record.owner_id is not None and record.owner_id == actor.body_id:
            return ALLOWED
        if record.owner_id is not None and record.publicity == Publicity.RESTRICTED:
            return Verdict(False, _("This record is restricted to its owner; it may only be read."))
        if actor.role in (Role.COORDINATOR, Role.LEGAL, Role.ADMINISTRATOR):
            return ALLOWED
        if actor.role in BOUND_TO_REGIONS and actor.own_territories & set(record.own_ids):
            return ALLOWED
        if actor.role in BOUND_TO_PARTNERS and actor.partner_states & set(record.partner_ids):
            return ALLOWED
        return Verdict(False, _("This record is not in your territory."))


def reads_whole(record: Any, actor: Actor) -> bool:
    """Whether more than the title may be shown to the actor."""
    if record.publicity != Publicity.TITLE_ONLY or actor.reads_everything:
        return True
    if RegisterPolicy().in_scope(record, actor):
        return True
    return bool(type(record)._default_manager.filter(named_to(actor, type(record)), pk=record.pk).exists())


def withheld_from(context: Any, model: type[Agreement] | type[Tie] = Agreement) -> Q | None:
    """Condition of the visible agreements or ties of which this reader may see the title alone; None when there are none."""
    return withheld_from_actor(context.actor, model)


def withheld_from_actor(actor: Actor, model: type[Any] = Agreement) -> Q | None:
    """The same condition for an actor."""
    if actor.reads_everything:
        return None
    title_only = Q(publicity=Publicity.TITLE_ONLY)
    if actor.is_public:
        return title_only
    return title_only & ~(_territory(actor) | Q(owner=actor.body_id, owner__isnull=False) | named_to(actor, model))


class SessionPolicy(Policy[ReviewSession]):
    """Review sessions are seen inside the network by the centre, oversight and the body that holds them."""

    def visible(self, rows: QuerySet[ReviewSession, Any], actor: Actor) -> QuerySet[ReviewSession, Any]:
        """As Policy.visible."""
        if actor.is_public:
            return rows.none()
        if actor.reads_everything:
            return rows
        seen = Q(owner=actor.body_id) | Q(region__in=sorted(actor.own_territories))
        return rows.filter(seen | Q(partner__in=sorted(actor.partner_states)))

    def in_scope(self, record: ReviewSession, actor: Actor) -> Verdict:
        """As Policy.in_scope."""
        if actor.role == Role.COORDINATOR or record.owner_id == actor.body_id:
            return ALLOWED
        return Verdict(False, _("This session is held by another body."))


register(Agreement, RegisterPolicy())
register(Tie, RegisterPolicy())
register(ReviewSession, SessionPolicy())

# The same for the database: what somebody works on, may read whole, may know of.
WORKS = (
    f"({{row}}.owner_id = {BODY} OR ({{row}}.publicity <> 'restricted' AND "
    f"({EVERYTHING} OR {{row}}.own_ids && {TERRITORIES} OR {{row}}.partner_ids && {PARTNERS})))"
)
WHOLE = f"({IS_PUBLIC} OR {WORKS})"
for model in (Agreement, Tie):
    declare(model, Fence(f"{WHOLE} OR {{row}}.publicity = 'title_only'", WHOLE, WORKS))
declare(
    ReviewSession,
    Fence(
        f"{EVERYTHING} OR {{row}}.owner_id = {BODY} OR {{row}}.region_id = ANY ({TERRITORIES}::bigint[]) "
        f"OR {{row}}.partner_id = ANY ({PARTNERS}::bigint[])"
    ),
)
# Whoever may read a tie or an agreement may read whose it is.
for table, column in (("agreements_tie", "first_id"), ("agreements_tie", "second_id"), ("agreements_party", "body_id")):
    widen(Body, lambda table=table, column=column: refers(table, column))  # type: ignore[misc]  # bound now
