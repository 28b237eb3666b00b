"""Puts the frame on each request, and turns what goes wrong in a page into a page that says so."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import urlencode

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.access.actors import Actor, signature_in_words
from foedera.platform.access.middleware import actor_of, actor_today
from foedera.platform.actions.errors import ActionError, Invalid, NotFound, Refused

from .addresses import address as address_of
from .failures import failure
from .frame import Duty, Frame
from .moved import moved_address
from .navigation import entries_for, inbox_for
from .shapes import Text

logger = logging.getLogger(__name__)


def _whoever_asks(request: HttpRequest) -> Actor:
    """The actor; also where the address names no day, for the page that says so has a frame too."""
    try:
        return actor_of(request)
    except Invalid:
        return actor_today(request)


_WHY_OFF = {
    "elevation": gettext_lazy("Your administrator's session is switched off; you see what the public sees."),
    "second_factor": gettext_lazy("Your role demands a second factor; until then you see what the public sees."),
}


def _role_in_words(actor: Actor) -> Text:
    if actor.held_role is None:
        return actor.role.label
    return _("%(role)s, switched off") % {"role": actor.held_role.label}


def _switch_on_url(actor: Actor, address: str) -> str:
    """Where a role that is switched off is switched on."""
    if actor.off_because == "elevation":
        return f"{reverse('accounts:switch_on')}?{urlencode({'next': address})}"
    if actor.off_because == "second_factor":
        return f"{reverse('accounts:second_factor')}?{urlencode({'next': address})}"
    return ""


def frame_of(request: HttpRequest) -> Frame:
    """The frame around a page for whoever asks."""
    actor = _whoever_asks(request)
    address = request.get_full_path()
    inbox_url, inbox_count = inbox_for(actor)
    present = request.GET.copy()
    present.pop("as_of", None)
    present.pop("known_at", None)
    return Frame(
        navigation=entries_for(request, actor),
        scope_role=_role_in_words(actor),
        scope_body=actor.body_name,
        scope_territory=", ".join(actor.territory_names)
        or (_("The whole country") if actor.reads_everything else _("Public register")),
        as_of=actor.as_of,
        as_of_name="as_of",
        known_at=actor.known_at,
        is_past=actor.is_past,
        present_url=request.path + (f"?{present.urlencode()}" if present else ""),
        user_name=signature_in_words(actor.signature),
        elevated_until=actor.elevated_until,
        end_elevation_url=reverse("accounts:switch_off") if actor.elevated_until else "",
        switch_on_url=_switch_on_url(actor, address),
        switch_on_text=_WHY_OFF.get(actor.off_because, ""),
        duties=tuple(Duty(str(key), label, key == actor.duty_id) for key, label in actor.duties),
        switch_duty_url=address_of("accounts:switch_duty"),
        account_url=address_of("accounts:account") if actor.person_id else "",
        sign_in_url="" if actor.person_id else f"{reverse('account_login')}?{urlencode({'next': address})}",
        sign_out_url=address_of("account_logout") if actor.person_id else "",
        search_url=address_of("desk:search"),
        palette_url=address_of("desk:palette"),
        inbox_url=inbox_url,
        inbox_count=inbox_count,
        request_id=str(getattr(request, "request_id", "")),
    )


class FrameMiddleware:
    """Sets `request.frame`; answers refusals of actions and a database that is gone with the page for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.frame = SimpleLazyObject(lambda: frame_of(request))  # type: ignore[attr-defined]  # the one place that sets it
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """The page for an error that a view did not answer itself."""
        if isinstance(error, OperationalError | InterfaceError):
            logger.error("the database does not answer", exc_info=error)
            return failure(request, 503)
        if isinstance(error, Refused) and not request.user.is_authenticated and request.method == "GET":
            return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}")
        if isinstance(error, NotFound) and (address := moved_address(request, actor_of(request))):
            return HttpResponseRedirect(address)
        if isinstance(error, ActionError):
            status = 404 if isinstance(error, NotFound) else error.status
            return failure(request, status, text=str(error) if not isinstance(error, NotFound) else "")
        return None
