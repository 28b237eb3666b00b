"""Where one is signed in, and signing out there."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import NotFound, Refused
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from ..actions import end_other_sessions, end_session
from ..models import Person
from ..queries import person_by_id, sessions_of
from .people import administrator

BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("YaBrowser/", "Yandex"), ("Firefox/", "Firefox"), ("Chrome/", "Chromium"),
            ("Safari/", "Safari"))  # fmt: skip
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def device(user_agent: str) -> str:
    """Browser and system in short, as far as the browser tells them."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    first = re.split(r"[ /(]", user_agent.strip(), maxsplit=1)[0]
    return browser or system or first or _("Unknown device")


def _person(request: HttpRequest) -> Person:
    if not isinstance(request.user, Person):
        raise Refused(_("Sign in first."))
    return request.user


def _table(sessions: list[Any], present: str, end_url: Any) -> shapes.Table:
    def row(session: Any) -> shapes.Row:
        here = session.session_key == present
        return shapes.Row(
            (
                shapes.Cell(device(session.user_agent)),
                shapes.Cell(session.ip, kind="code"),
                shapes.Cell(date=session.created_at),
                shapes.Cell(date=session.last_seen_at),
                shapes.Cell(chip=shapes.Chip(_("This one"), "green") if here else None),
                shapes.Cell("" if here else _("Sign out there"), href="" if here else end_url(session.pk)),
            )
        )

    return shapes.Table(
        columns=(
            shapes.Column("device", _("Device")),
            shapes.Column("address", _("Address")),
            shapes.Column("began", _("Signed in")),
            shapes.Column("used", _("Last used")),
            shapes.Column("state", _("State")),
            shapes.Column("step", _("Step")),
        ),
        rows=tuple(row(s) for s in sessions),
        empty_text=_("No session is open."),
    )


def sessions(request: HttpRequest) -> HttpResponse:
    """Every browser in which one is signed in."""
    person = _person(request)
    present = request.session.session_key or ""
    found = sessions_of(person)
    others = shapes.Step(
        _("Sign out everywhere else"), reverse("accounts:end_other_sessions"), method="post", danger=True, writes=False
    )
    page = shapes.TablePage(
        title=_("Where you are signed in"),
        lead=_("If you do not know one of these, sign out there and change your password."),
        steps=(others,) if any(s.session_key != present for s in found) else (),
        blocks=(_table(found, present, lambda key: reverse("accounts:end_session", args=[key])),),
        breadcrumbs=(shapes.Link(_("My account"), reverse("accounts:account")),),
    )
    return render_page(request, page)


def end_one(request: HttpRequest, key: int) -> HttpResponse:
    """Asks, and then signs one out in another browser."""
    person = _person(request)
    session = next((s for s in sessions_of(person) if s.pk == key), None)
    if session is None:
        raise NotFound()
    if request.method == "POST":
        end_session(actor=actor_of(request), person_id=person.pk, key=key)
        return HttpResponseRedirect(reverse("accounts:sessions"))
    return _asks(request, session, reverse("accounts:sessions"))


def _asks(request: HttpRequest, session: Any, back: str) -> HttpResponse:
    page = shapes.FormPage(
        title=_("Sign out there"),
        lead=f"{device(session.user_agent)}, {session.ip}",
        form=forms.Form(),
        submit=_("Sign out there"),
        cancel_url=back,
        danger=True,
    )
    return render_page(request, page)


@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Signs one out in every other browser."""
    person = _person(request)
    end_other_sessions(actor=actor_of(request), person_id=person.pk, kept=request.session.session_key or "")
    return HttpResponseRedirect(reverse("accounts:sessions"))


def sessions_of_person(request: HttpRequest, key: int) -> HttpResponse:
    """For an administrator: every browser in which somebody is signed in; a POST signs him out everywhere."""
    actor = administrator(request)
    person = person_by_id(key)
    here = reverse("accounts:person_sessions", args=[key])
    if request.method == "POST":
        end_other_sessions(actor=actor, person_id=person.pk, kept="")
        return HttpResponseRedirect(here)
    found = sessions_of(person)
    step = shapes.Step(_("Sign out everywhere"), here, method="post", danger=True)
    page = shapes.TablePage(
        title=_("Sessions of %(name)s") % {"name": person.name},
        number=person.login,
        steps=(step,) if found else (),
        blocks=(_table(found, "", lambda session: reverse("accounts:person_end_session", args=[key, session])),),
        breadcrumbs=(shapes.Link(person.name, reverse("accounts:person", args=[key])),),
    )
    return render_page(request, page)


def end_one_of_person(request: HttpRequest, key: int, session: int) -> HttpResponse:
    """For an administrator: asks, and then signs somebody out in one browser."""
    actor = administrator(request)
    person = person_by_id(key)
    found = next((s for s in sessions_of(person) if s.pk == session), None)
    if found is None:
        raise NotFound()
    back = reverse("accounts:person_sessions", args=[key])
    if request.method == "POST":
        end_session(actor=actor, person_id=person.pk, key=session)
        return HttpResponseRedirect(back)
    return _asks(request, found, back)
