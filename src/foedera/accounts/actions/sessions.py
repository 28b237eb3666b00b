"""Sessions of people: when they were last used, and ending them."""

from __future__ import annotations

import datetime

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound
from foedera.platform.history.recording import record_action

from ..queries import address_of

SEEN_KEY = "seen"
# A session is noted as used at most this often: not every page shall write.
NOTED_EVERY = datetime.timedelta(minutes=5)


def note_presence(request: HttpRequest) -> None:
    """Keep when and from where the session was last used."""
    now = timezone.now()
    seen = float(request.session.get(SEEN_KEY, 0))
    if now.timestamp() - seen < NOTED_EVERY.total_seconds():
        return
    request.session[SEEN_KEY] = now.timestamp()
    changed = {"last_seen_at": now, "user_agent": request.headers.get("User-Agent", "")[:200]}
    address = address_of(request)
    if address is not None:
        changed["ip"] = address
    UserSession.objects.filter(session_key=request.session.session_key).update(**changed)


def end_session(*, actor: Actor, person_id: int, key: int) -> None:
    """Sign a person out in one browser. Raises NotFound when it is no session of his."""
    with transaction.atomic():
        record_action("accounts.end_session", actor)
        session = UserSession.objects.filter(pk=key, user_id=person_id).first()
        if session is None:
            raise NotFound()
        session.end()


def end_other_sessions(*, actor: Actor, person_id: int, kept: str) -> int:
    """Sign a person out everywhere but in the session with the key `kept`; returns how many sessions ended."""
    with transaction.atomic():
        record_action("accounts.end_sessions", actor)
        ended = list(UserSession.objects.filter(user_id=person_id).exclude(session_key=kept))
        for session in ended:
            session.end()
    return len(ended)
