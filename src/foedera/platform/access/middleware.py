"""Puts on each request whose eyes it uses. Who that is, the accounts room knows; it names its finders here."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from foedera.platform.actions.errors import invalid

from .actors import Actor, public

Finder = Callable[[HttpRequest], Actor | None]
_finder: Finder | None = None


def find_actor_with(finder: Finder) -> None:
    """Name the function (of the accounts room) that finds the signed-in actor of a request."""
    global _finder
    _finder = finder


def as_of_of(request: HttpRequest, today: datetime.date) -> datetime.date:
    """The day that the address asks to look at. Raises Invalid when it is no date."""
    text = request.GET.get("as_of", "")
    if not text:
        return today
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise invalid("as_of", _("Enter a date such as 2026-03-17.")) from None


def actor_today(request: HttpRequest) -> Actor:
    """The actor of a request, whatever day its address names; the public when nobody is signed in."""
    found = _finder(request) if _finder is not None else None
    today = timezone.localdate()
    if found is None:
        request_id = str(getattr(request, "request_id", ""))
        found = public(today, language=(get_language() or "en")[:2], request_id=request_id)
    return found


def find_actor(request: HttpRequest) -> Actor:
    """The actor of a request, looking at the day that its address names. Raises Invalid when that is no day."""
    found = actor_today(request)
    as_of = as_of_of(request, found.today)
    return found if as_of == found.today else found.at(as_of)


class ActorMiddleware:
    """Sets `request.actor`, found when it is first asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: find_actor(request))  # type: ignore[attr-defined]  # the one place that sets it
        return self.get_response(request)


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a request. Raises Invalid when its address names no day."""
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    return actor
