"""Puts on each request whose eyes it uses. Who that is, the accounts room knows; it names its finders here."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from foedera.platform.actions.errors import Invalid
from foedera.platform.history.instants import reading_at, reading_today, streamed_at

from .actors import Actor, public
from .asking import NOBODY, Asker, ask_as, asker_of, asking, current, signing_in
from .looking import parse_looking

Finder = Callable[[HttpRequest], Actor | None]
_finder: Finder | None = None


def find_actor_with(finder: Finder) -> None:
    """Name the function (of the accounts room) that finds the signed-in actor of a request."""
    global _finder
    _finder = finder


def looked_at(request: HttpRequest, today: datetime.date) -> tuple[datetime.date, datetime.datetime | None]:
    """The day that the address asks to look at, and the instant whose knowledge it asks for (None: now). Raises Invalid."""
    return parse_looking(request.GET.get("as_of", ""), request.GET.get("known_at", ""), today)


def looking(request: HttpRequest, actor: Actor) -> Actor:
    """The actor looking at the day and instant that the address names. Raises Invalid when it names none that can be read."""
    refused: Invalid | None = getattr(request, "instant_refused", None)
    if refused is not None:
        raise refused
    as_of, known_at = looked_at(request, actor.today)
    return actor if as_of == actor.today and known_at is None else actor.at(as_of, known_at)


def actor_today(request: HttpRequest) -> Actor:
    """The actor of a request, whatever day its address names; the public when nobody is signed in."""
    with reading_today():
        found = _finder(request) if _finder is not None else None
    today = timezone.localdate()
    if found is None:
        request_id = str(getattr(request, "request_id", ""))
        found = public(today, language=(get_language() or "en")[:2], request_id=request_id)
    ask_as(asker_of(found))
    return found


def find_actor(request: HttpRequest) -> Actor:
    """The actor of a request, looking at the day that its address names. Raises Invalid when that is no day."""
    return looking(request, actor_today(request))


class FenceMiddleware:
    """Nobody asks the database until it is found out who does; when the answer is sent, nobody does again.

    At the pages of sign-in accounts can be found, for that is what they are for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        at_the_door = request.path.startswith(settings.FOEDERA_SIGN_IN)
        with asking(signing_in(timezone.localdate()) if at_the_door else NOBODY):
            response = self.get_response(request)
            asker = current() or NOBODY
        if isinstance(response, StreamingHttpResponse):
            parts: Iterator[bytes] = iter(response)
            response.streaming_content = _asked_by(asker, parts)
        return response


def _asked_by(asker: Asker, parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts of an answer that is made while it is sent, each made for whoever asked."""
    while True:
        with asking(asker):
            part = next(parts, None)
        if part is None:
            return
        yield part


class ActorMiddleware:
    """Sets `request.actor`, found when it is first asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: find_actor(request))  # type: ignore[attr-defined]  # the one place that sets it
        return self.get_response(request)


class InstantMiddleware:
    """Lets a request that asks for an instant read what was known then; files that are made while they are sent as well.

    Innermost, so that sessions and sign-in stay in the present. An address that is not understood is left to its view, which
    says so; what is sent to be written is refused by the actor being in the past.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            _day, instant = looked_at(request, timezone.localdate())
        except Invalid:
            instant = None
        if instant is None or request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        try:
            with reading_at(instant):
                response = self.get_response(request)
        except Invalid as error:
            # An instant to come, or one of which nothing is known; what goes wrong inside the view is answered there.
            request.instant_refused = error  # type: ignore[attr-defined]  # read by `looking`
            return self.get_response(request)
        if response.streaming:
            answer = cast(StreamingHttpResponse, response)
            answer.streaming_content = streamed_at(instant, iter(answer))
        return response


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a request. Raises Invalid when its address names no day."""
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    # Found now, so that whatever is read next is read for him.
    actor.as_of  # noqa: B018
    return actor
