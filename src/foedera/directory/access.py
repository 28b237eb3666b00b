"""Who sees and who changes what in the directory."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.asking import ARRIVING
from foedera.platform.access.fences import ANYBODY, BODY, IS_PUBLIC, ROLE, SIGNED_IN, Fence, as_parent, declare
from foedera.platform.access.marks import Sensitivity, reads
from foedera.platform.access.policies import ALLOWED, Policy, Verdict, opened_for_reading, register, subject_of
from foedera.platform.access.roles import BOUND_TO_PARTNERS, BOUND_TO_REGIONS, OFFICES
from foedera.platform.records.models import Publicity, is_public, named_to

from .models import Body, BodyKind, Format, Function, Holder, Installation, Position, Territory

# Bodies of states, which a region does not keep even where they sit in it.
OF_THE_STATE = frozenset(
    {
        BodyKind.MINISTRY,
        BodyKind.MINISTRY_DEPARTMENT,
        BodyKind.OFFICE_IN_REGION,
        BodyKind.PRESIDENTIAL_ENVOY,
        BodyKind.EMBASSY,
        BodyKind.CONSULATE_GENERAL,
        BodyKind.CONSULATE,
        BodyKind.HONORARY_CONSULATE,
        BodyKind.PERMANENT_MISSION,
        BodyKind.REPRESENTATIVE_OFFICE,
        BodyKind.TRADE_OFFICE,
        BodyKind.STATE_BODY,
    }
)


class BodyPolicy(Policy[Body]):
    """The directory is open inside the network; the public sees what is published; restricted bodies only their owner's people."""

    def visible(self, rows: QuerySet[Body, Any], actor: Actor) -> QuerySet[Body, Any]:
        """As Policy.visible."""
        if actor.is_public:
            return rows.filter(is_public(actor.today))
        opened = opened_for_reading(subject_of(rows), actor) | named_to(actor, subject_of(rows))
        return rows.filter(~Q(publicity=Publicity.RESTRICTED) | Q(owner=actor.body_id) | Q(pk=actor.body_id) | opened)

    def in_scope(self, record: Body, actor: Actor) -> Verdict:
        """As Policy.in_scope: the centre changes all; others their own body, their territories' bodies, or those they own."""
        if record.pk == actor.body_id or (record.owner_id is not None and record.owner_id == actor.body_id):
            return ALLOWED
        if record.owner_id is not None and record.publicity == Publicity.RESTRICTED:
            return Verdict(False, _("This record is restricted to its owner; it may only be read."))
        if actor.reads_everything:
            return ALLOWED
        if actor.role in BOUND_TO_REGIONS and record.territory_id in actor.own_territories:
            if actor.role not in OFFICES and record.kind in OF_THE_STATE:
                return Verdict(False, _("This body is kept by the ministry."))
            return ALLOWED
        if actor.role in BOUND_TO_PARTNERS and record.country_id in actor.partner_states:
            return ALLOWED
        return Verdict(False, _("This body is not in your territory."))


class FormatPolicy(Policy[Format]):
    """Formats are open inside the network and, when published, to the public; the centre keeps them."""

    def visible(self, rows: QuerySet[Format, Any], actor: Actor) -> QuerySet[Format, Any]:
        """As Policy.visible."""
        if actor.is_public:
            return rows.filter(is_public(actor.today))
        opened = opened_for_reading(subject_of(rows), actor) | named_to(actor, subject_of(rows))
        return rows.filter(~Q(publicity=Publicity.RESTRICTED) | Q(owner=actor.body_id) | opened)

    def in_scope(self, record: Format, actor: Actor) -> Verdict:
        """As Policy.in_scope."""
        if record.owner_id is not None and record.owner_id == actor.body_id:
            return ALLOWED
        if record.owner_id is not None and record.publicity == Publicity.RESTRICTED:
            return Verdict(False, _("This record is restricted to its owner; it may only be read."))
        if actor.reads_everything:
            return ALLOWED
        return Verdict(False, _("Formats are kept at the centre."))


def sees_holders(actor: Actor) -> bool:
    """Whether the actor may know who holds a post: that is personal data of a body."""
    return reads(actor, Sensitivity.PERSONAL, Body)


class InstallationPolicy(Policy[Installation]):
    """Whose register this is, everybody may know; only the centre loads a profile."""

    def visible(self, rows: QuerySet[Installation, Any], actor: Actor) -> QuerySet[Installation, Any]:
        """As Policy.visible."""
        return rows

    def in_scope(self, record: Installation, actor: Actor) -> Verdict:
        """As Policy.in_scope."""
        return ALLOWED


register(Installation, InstallationPolicy())
register(Body, BodyPolicy())
register(Format, FormatPolicy())

OPEN_INSIDE = f"{SIGNED_IN} AND ({{row}}.publicity <> 'restricted' OR {{row}}.owner_id = {BODY}"
declare(Body, Fence(f"{IS_PUBLIC} OR {OPEN_INSIDE} OR {{row}}.id = {BODY} OR {ROLE} = '{ARRIVING}')"))
declare(Format, Fence(f"{IS_PUBLIC} OR {OPEN_INSIDE})"))
# Names of people are for those who are signed in.
declare(Holder, lambda: as_parent(Holder, "body", extra=SIGNED_IN))
for model in (Territory, Position, Function, Installation):
    declare(model, Fence(ANYBODY))
