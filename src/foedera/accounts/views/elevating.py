"""Pages on which an administrator's session is switched on and off, and seen by whoever watches over it."""

from __future__ import annotations

import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid, NotFound, Refused
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from .. import second_factor
from ..actions import end_elevation, switch_on
from ..confirming import fault_of_proof
from ..models import AccessEntry, Elevation, Person
from ..queries import address_of, elevations, requests_of
from ..signing_in import ELEVATION_KEY

SHOWN = 500


class SwitchOnForm(forms.Form):
    """Why an administrator's session is needed, for how long, and the proof that it is him."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=500,
        help_text=gettext_lazy("Stands in the history and in the list that the coordinator and the auditor see."),
    )
    minutes = forms.IntegerField(label=gettext_lazy("Minutes"), min_value=1)
    proof = forms.CharField(
        label=gettext_lazy("Your password, or the code of your authenticator"),
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        longest = settings.FOEDERA_ELEVATION_LONGEST
        self.fields["minutes"].initial = min(settings.FOEDERA_ELEVATION_MINUTES, longest)
        self.fields["minutes"].widget.attrs["max"] = longest
        self.fields["minutes"].help_text = _("At most %(most)d.") % {"most": longest}


def _back(request: HttpRequest) -> str:
    """Where the person came from, if that is one of our pages."""
    back = request.GET.get("next", "") or request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return back if allowed else "/"


def switch_on_page(request: HttpRequest) -> HttpResponse:
    """The form that switches an administrator's session on."""
    actor = actor_of(request)
    if actor.person_id is None:
        raise Refused(_("Sign in first."))
    if actor.elevation_id is not None:
        return HttpResponseRedirect(_back(request))
    if actor.off_because != "elevation":
        raise NotFound()
    form = SwitchOnForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        fault = fault_of_proof(request, form.cleaned_data["proof"])
        if fault:
            form.add_error("proof", str(fault))
        else:
            try:
                made = switch_on(
                    actor=actor,
                    reason=form.cleaned_data["reason"],
                    minutes=form.cleaned_data["minutes"],
                    address=address_of(request),
                )
            except Invalid as error:
                for problem in error.problems:
                    form.add_error(problem.field or None, str(problem.message))
            else:
                request.session[ELEVATION_KEY] = made.pk
                return HttpResponseRedirect(_back(request))
    page = shapes.FormPage(
        title=_("Switch the administrator's session on"),
        lead=_("For a time and with a reason. Every request is logged; the frame shows it until it ends."),
        form=form,
        submit=_("Switch on"),
        cancel_url=_back(request),
        blocks=_other_proofs(request),
    )
    return render_page(request, page)


def _other_proofs(request: HttpRequest) -> tuple[shapes.Block, ...]:
    """What else proves that it is the person: a passkey that was just used, or one that may be."""
    if second_factor.just_proved(request):
        text = _("You have just proved that it is you; the last field may stay empty.")
        return (shapes.Notice(text=text, colour="green"),)
    person = request.user
    if not isinstance(person, Person) or not second_factor.has_key(person):
        return ()
    here = urlencode({"next": request.get_full_path()})
    link = shapes.Link(_("Use a passkey instead"), f"{reverse('mfa_reauthenticate_webauthn')}?{here}")
    return (shapes.Notice(text=_("You need not type a password."), colour="blue", links=(link,)),)


def second_factor_page(request: HttpRequest) -> HttpResponse:
    """Leads whoever's role demands a second factor to where he gives it, or sets one up."""
    person = request.user
    if not isinstance(person, Person):
        raise Refused(_("Sign in first."))
    if not second_factor.has_any(person):
        return HttpResponseRedirect(reverse("mfa_index"))
    name = "mfa_reauthenticate_webauthn" if second_factor.has_key(person) else "mfa_reauthenticate"
    return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': _back(request)})}")


@require_POST
def switch_off(request: HttpRequest) -> HttpResponse:
    """Ends one's own switched-on session at once."""
    actor = actor_of(request)
    if actor.elevation_id is not None:
        end_elevation(actor=actor, key=actor.elevation_id)
    request.session.pop(ELEVATION_KEY, None)
    return HttpResponseRedirect("/")


def watcher(request: HttpRequest) -> Actor:
    """The actor, if he watches over access. Raises NotFound for everyone else."""
    actor = actor_of(request)
    if actor.role not in (Role.ADMINISTRATOR, Role.AUDITOR, Role.COORDINATOR):
        raise NotFound()
    return actor


def access_tabs(actor: Actor, active: str) -> tuple[shapes.Link, ...]:
    """The pages of whoever watches over access."""
    offered = {
        "administrators": (_("Administrators' sessions"), (Role.ADMINISTRATOR, Role.AUDITOR, Role.COORDINATOR)),
        "readings": (_("Opened readings"), (Role.AUDITOR, Role.COORDINATOR)),
        "service_tokens": (_("Tokens of bodies"), (Role.ADMINISTRATOR, Role.AUDITOR, Role.COORDINATOR)),
    }
    return tuple(
        shapes.Link(label, reverse(f"accounts:{name}"), active=name == active)
        for name, (label, roles) in offered.items()
        if actor.role in roles
    )


def _state(elevation: Elevation, now: datetime.datetime) -> shapes.Chip:
    if elevation.ended_at is not None:
        return shapes.Chip(_("Switched off"))
    return shapes.Chip(_("Switched on"), "red") if elevation.until > now else shapes.Chip(_("Ended by itself"))


def administrators(request: HttpRequest) -> HttpResponse:
    """Every administrator's session: whose, why, when."""
    actor = watcher(request)
    now = timezone.now()
    page = shapes.TablePage(
        title=_("Administrators' sessions"),
        lead=_("Nobody is an administrator all the time: each session was switched on with a reason and logged whole."),
        tabs=access_tabs(actor, "administrators"),
        blocks=(
            shapes.Table(
                columns=(
                    shapes.Column("who", _("Who")),
                    shapes.Column("reason", _("Reason")),
                    shapes.Column("on", _("Switched on")),
                    shapes.Column("until", _("Until")),
                    shapes.Column("address", _("Address")),
                    shapes.Column("state", _("State")),
                ),
                rows=tuple(
                    shapes.Row(
                        (
                            shapes.Cell(e.duty.person.name, href=reverse("accounts:administrator", args=[e.pk])),
                            shapes.Cell(e.reason),
                            shapes.Cell(date=e.started_at),
                            shapes.Cell(date=e.ended_at or e.until),
                            shapes.Cell(e.address or "", kind="code"),
                            shapes.Cell(chip=_state(e, now)),
                        )
                    )
                    for e in elevations(actor)[:SHOWN]
                ),
                empty_text=_("No session was switched on yet."),
            ),
        ),
    )
    return render_page(request, page)


def administrator(request: HttpRequest, key: int) -> HttpResponse:
    """One administrator's session with every request that was made in it; a switched-on administrator may end it."""
    actor = watcher(request)
    elevation = elevations(actor).filter(pk=key).first()
    if elevation is None:
        raise NotFound()
    now = timezone.now()
    ends = elevation.ended_at is None and elevation.until > now and actor.role == Role.ADMINISTRATOR
    if request.method == "POST":
        if not ends:
            raise NotFound()
        end_elevation(actor=actor, key=key)
        return HttpResponseRedirect(reverse("accounts:administrators"))
    end = shapes.Step(
        _("Switch off"), reverse("accounts:administrator", args=[key]), method="post", danger=True, confirm=_("End it?")
    )
    page = shapes.TablePage(
        title=elevation.duty.person.name,
        lead=elevation.reason,
        chips=(_state(elevation, now),),
        steps=(end,) if ends else (),
        breadcrumbs=(shapes.Link(_("Administrators' sessions"), reverse("accounts:administrators")),),
        blocks=(
            shapes.Table(
                title=_("Requests"),
                columns=(
                    shapes.Column("at", _("When")),
                    shapes.Column("method", _("Method")),
                    shapes.Column("path", _("Address of the page")),
                    shapes.Column("sent", _("What was sent")),
                    shapes.Column("status", _("Answer"), numeric=True),
                ),
                rows=tuple(_request_row(e) for e in requests_of(elevation)[:SHOWN]),
                empty_text=_("No request was made."),
            ),
        ),
    )
    return render_page(request, page)


def _request_row(entry: AccessEntry) -> shapes.Row:
    sent = "; ".join(
        f"{key}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for key, value in entry.sent.items()
    )
    return shapes.Row(
        (
            shapes.Cell(date=entry.at),
            shapes.Cell(entry.method, kind="code"),
            shapes.Cell(entry.path),
            shapes.Cell(sent),
            shapes.Cell(str(entry.status) if entry.status is not None else _("none")),
        )
    )
