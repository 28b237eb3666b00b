"""Writes down every request of an administrator's session before it is carried out, and its answer after."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.urls import reverse

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of, actor_today
from foedera.platform.actions.errors import Invalid
from foedera.platform.pages.failures import failure

from .actions import log_request, note_presence, tell_answer
from .signing_in import ELEVATION_KEY

logger = logging.getLogger(__name__)
LONGEST_VALUE = 2000
MOST_VALUES = 500
# Parts of the names of fields whose values are nobody's to read.
SECRET = ("password", "secret", "token", "code", "credential", "proof")
HIDDEN = "•••"


class ElevationMiddleware:
    """An administrator's request that cannot be written down is not carried out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path_info == reverse("health"):
            # Whether the process answers is told without the database, to whoever asks.
            return self.get_response(request)
        try:
            actor = self._switched_on(request)
            if actor is None:
                return self.get_response(request)
            entry = log_request(
                actor=actor,
                elevation=actor.elevation_id or 0,
                method=request.method or "",
                path=request.get_full_path(),
                sent=sent_with(request),
                request_id=actor.request_id,
            )
        except (OperationalError, InterfaceError):
            return _unavailable(request)
        response = self.get_response(request)
        tell_answer(entry, response.status_code)
        return response

    @staticmethod
    def _switched_on(request: HttpRequest) -> Actor | None:
        if ELEVATION_KEY not in request.session:
            return None
        try:
            actor = actor_of(request)
            elevated = actor.elevation_id
        except Invalid:
            # The address names no day: it is answered with an error, and was asked for all the same.
            actor = actor_today(request)
            elevated = actor.elevation_id
        return actor if elevated is not None else None


def _unavailable(request: HttpRequest) -> HttpResponse:
    answer = failure(request, 503)
    assert isinstance(answer, HttpResponse)
    return answer


def sent_with(request: HttpRequest) -> dict[str, Any]:
    """What a request carries, secrets blotted out, long values cut, files by their names."""
    if request.method in ("GET", "HEAD"):
        return {}
    try:
        if request.content_type == "application/json":
            return _readable(orjson.loads(request.body or b"{}"))
        sent: dict[str, Any] = {key: values for key, values in request.POST.lists() if key != "csrfmiddlewaretoken"}
        sent.update({key: [f.name for f in files] for key, files in request.FILES.lists()})
    except (RequestDataTooBig, UnreadablePostError, MultiPartParserError, orjson.JSONDecodeError) as error:
        return {"": f"not readable: {type(error).__name__}"}
    return _readable(sent)


def _readable(value: Any) -> dict[str, Any]:
    cleaned = _without_secrets(value)
    return cleaned if isinstance(cleaned, dict) else {"": cleaned}


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            str(key).replace("\x00", ""): HIDDEN if any(s in str(key).lower() for s in SECRET) else _without_secrets(v)
            for key, v in list(value.items())[:MOST_VALUES]
        }
    if isinstance(value, list):
        return [_without_secrets(v) for v in value[:MOST_VALUES]]
    return value.replace("\x00", "")[:LONGEST_VALUE] if isinstance(value, str) else value


class PresenceMiddleware:
    """Keeps when and from where each session was last used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # Only where the page has asked who it is: nothing is looked up for its own sake.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and getattr(request, "_cached_user", None) is not None:
            try:
                if request.user.is_authenticated and request.session.session_key:
                    note_presence(request)
            except DatabaseError:
                logger.warning("the last use of a session was not kept", exc_info=True)
        return response
