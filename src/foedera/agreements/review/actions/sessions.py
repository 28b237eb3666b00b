"""Opening and closing review sessions."""

from __future__ import annotations

import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from foedera.agreements.models import (
    ReviewSession,
)
from foedera.platform.access.roles import BOUND_TO_PARTNERS, BOUND_TO_REGIONS
from foedera.platform.actions.errors import Words, invalid
from foedera.platform.actions.performing import Action, Reason, Run, register, save
from foedera.platform.lists.inputs import Input

from ..access import DECIDERS
from ..queries import territory_named


class SessionInput(Input):
    """A session over a region, a partner state, both or the whole register; territories by their codes."""

    title: str = Field(min_length=1, max_length=300)
    region: str = Field(default="", max_length=16)
    partner: str = Field(default="", max_length=16)
    held_on: datetime.date
    participants: str = Field(default="", max_length=4000)


def _open(run: Run[ReviewSession]) -> ReviewSession:
    given = run.input
    region = territory_named(given.region, own=True) if given.region else None
    partner = territory_named(given.partner, own=False) if given.partner else None
    if given.region and region is None:
        raise invalid("region", _("“%(value)s” was not found.") % {"value": given.region})
    if given.partner and partner is None:
        raise invalid("partner", _("“%(value)s” was not found.") % {"value": given.partner})
    actor = run.actor
    if actor.role in BOUND_TO_REGIONS and (region is None or region not in actor.own_territories):
        raise invalid("region", _("Choose one of your territories."))
    if actor.role in BOUND_TO_PARTNERS and (partner is None or partner not in actor.partner_states):
        raise invalid("partner", _("Choose one of your partner states."))
    session = ReviewSession(
        title=given.title.strip(),
        owner_id=actor.body_id,
        region_id=region,
        partner_id=partner,
        held_on=given.held_on,
        participants=given.participants.strip(),
    )
    save(session)
    return session


def _is_closed(session: ReviewSession) -> Words:
    return gettext_lazy("The session is closed.") if session.closed_at is not None else ""


def _close(run: Run[ReviewSession]) -> ReviewSession:
    session: ReviewSession = run.record
    session.closed_at = datetime.datetime.now(tz=datetime.UTC)
    save(session, fields=["closed_at"])
    return session


open_session = register(
    Action(
        name="agreements.open_session",
        label=gettext_lazy("Open a review session"),
        model=ReviewSession,
        body=_open,
        roles=DECIDERS,
        input=SessionInput,
        reason=Reason.NEVER,
        makes_record=True,
    )
)


close_session = register(
    Action(
        name="agreements.close_session",
        label=gettext_lazy("Close the session"),
        model=ReviewSession,
        body=_close,
        roles=DECIDERS,
        available=_is_closed,
        primary=True,
        confirm=gettext_lazy("Close the session? Its protocol then holds what was decided until now."),
    )
)
