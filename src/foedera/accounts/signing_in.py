"""Finding the actor of a request from its session or its token."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role

from .queries import actor_of, body_name, duties_on

SESSION_KEY = "duty"


def actor_of_request(request: HttpRequest) -> Actor | None:
    """The actor of the session: the duty chosen in the frame, else the first one; None without a duty today."""
    person = request.user
    if not person.is_authenticated:
        return None
    duties = list(duties_on(person.pk, timezone.localdate()))
    if not duties:
        return None
    chosen = request.session.get(SESSION_KEY)
    duty = next((d for d in duties if d.id == chosen), duties[0])
    language = (get_language() or "en")[:2]
    labels = tuple((d.id, f"{Role(d.role).label} · {body_name(d.body, language)}") for d in duties)
    return actor_of(
        duty,
        language=language,
        channel="page",
        request_id=str(getattr(request, "request_id", "")),
        duties=labels,
    )
