"""Finding the actor of a request from its session or its token."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role

from . import second_factor
from .queries import Held, actor_of, duties_on, live_elevation

SESSION_KEY = "duty"
ELEVATION_KEY = "elevation"


def actor_of_request(request: HttpRequest) -> Actor | None:
    """The actor of the session: the duty chosen in the frame, else the first one; None without a duty today."""
    person = request.user
    if not person.is_authenticated:
        return None
    duties = duties_on(person.pk, timezone.localdate())
    if not duties:
        return None
    chosen = request.session.get(SESSION_KEY)
    # Nobody begins as an administrator who has another role to work in.
    first = next((d for d in duties if d.role != Role.ADMINISTRATOR), duties[0])
    duty = next((d for d in duties if d.id == chosen), first)
    language = (get_language() or "en")[:2]
    actor = actor_of(
        duty,
        language=language,
        channel="page",
        request_id=str(getattr(request, "request_id", "")),
        duties=tuple((d.id, _label(d, person.pk, language)) for d in duties),
        person=person,
    )
    return settled(request, actor)


def _label(duty: Held, person_id: int, language: str) -> str:
    label = f"{Role(duty.role).label} · {duty.body_in(language)}"
    if duty.person_id == person_id:
        return label
    return _("%(role)s (for %(whom)s)") % {"role": label, "whom": duty.person_name}


def settled(request: HttpRequest, actor: Actor) -> Actor:
    """The actor with what this session adds or takes: an administrator is one only while his session is switched on, and
    a role that demands a second factor is of use only with it."""
    if second_factor.demanded_of(actor.role) and not second_factor.was_given(request):
        return actor.switched_off("second_factor")
    if actor.role != Role.ADMINISTRATOR or actor.person_id is None:
        return actor
    elevation = live_elevation(request.session.get(ELEVATION_KEY), actor.person_id, actor.duty_id)
    if elevation is None:
        return actor.switched_off("elevation")
    return replace(actor, elevated_until=elevation.until, elevation_id=elevation.pk)
