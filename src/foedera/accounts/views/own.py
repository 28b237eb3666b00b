"""Pages of one's own account: duties, tokens, the role in which one works."""

from __future__ import annotations

import logging

from allauth.account.views import password_reset
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from requests.exceptions import RequestException

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import Invalid, NotFound, Refused
from foedera.platform.pages import shapes
from foedera.platform.pages.failures import failure_page
from foedera.platform.pages.views import render_page

from ..actions import keeps_service_tokens, make_token, revoke_token
from ..adapter import sends_mail
from ..queries import tokens_of
from ..signing_in import SESSION_KEY
from .delegating import delegations_table

logger = logging.getLogger(__name__)


class TokenForm(forms.Form):
    """A new token."""

    name = forms.CharField(label=gettext_lazy("What it is for"), max_length=100)
    days = forms.IntegerField(label=gettext_lazy("Valid for days"), initial=90, min_value=1, max_value=366)
    reads_only = forms.BooleanField(label=gettext_lazy("It may only read"), initial=True, required=False)


def account(request: HttpRequest) -> HttpResponse:
    """One's duties and tokens; a new token's secret is shown once, in the answer that makes it."""
    actor = actor_of(request)
    if actor.person_id is None:
        raise Refused(_("Sign in first."))
    form = TokenForm(request.POST or None)
    blocks: list[shapes.Block] = []
    if request.method == "POST" and form.is_valid():
        try:
            _token, secret = make_token(
                actor=actor,
                name=form.cleaned_data["name"],
                days=form.cleaned_data["days"],
                reads_only=form.cleaned_data["reads_only"],
            )
        except Invalid as error:
            for problem in error.problems:
                form.add_error(problem.field or None, str(problem.message))
        else:
            blocks.append(
                shapes.Notice(
                    title=_("Your new token"),
                    text=secret,
                    colour="green",
                    lines=(_("Copy it now; it is not kept and cannot be shown again."),),
                )
            )
            form = TokenForm()
    blocks.append(
        shapes.Table(
            title=_("Your roles"),
            columns=(shapes.Column("role", _("Role")),),
            rows=tuple(shapes.Row((shapes.Cell(label),)) for _key, label in actor.duties),
            steps=_ways(actor),
        )
    )
    blocks.append(delegations_table(request))
    blocks.append(
        shapes.Table(
            title=_("Tokens"),
            columns=(
                shapes.Column("name", _("What it is for")),
                shapes.Column("reads", _("Rights")),
                shapes.Column("expires", _("Expires on")),
                shapes.Column("used", _("Last used")),
                shapes.Column("state", _("State")),
            ),
            rows=tuple(
                shapes.Row(
                    (
                        shapes.Cell(t.name, href="" if t.revoked_at else reverse("accounts:revoke_token", args=[t.pk])),
                        shapes.Cell(_("Reads") if t.reads_only else _("Reads and writes")),
                        shapes.Cell(date=t.expires_on),
                        shapes.Cell(date=t.last_used_at),
                        shapes.Cell(_("Revoked") if t.revoked_at else _("Valid")),
                    )
                )
                for t in tokens_of(actor.person_id)
            ),
            empty_text=_("No token was made."),
        )
    )
    page = shapes.FormPage(
        title=_("My account"),
        lead=_("A token lets a program work in your present role over the interface for programs."),
        form=form,
        submit=_("New token"),
        blocks=tuple(blocks),
        identifier="token",
    )
    return render_page(request, page)


def _ways(actor: Actor) -> tuple[shapes.Step, ...]:
    """What else belongs to one's account, for whom it is there."""
    ways = [
        shapes.Step(_("Password"), reverse("account_change_password"), writes=False),
        shapes.Step(_("Second factor and passkeys"), reverse("mfa_index"), writes=False),
        shapes.Step(_("Where you are signed in"), reverse("accounts:sessions"), writes=False),
    ]
    if keeps_service_tokens(actor):
        ways.append(shapes.Step(_("Tokens of your body"), reverse("accounts:service_tokens"), writes=False))
    if not actor.is_public:
        ways.append(shapes.Step(_("Opened readings"), reverse("accounts:readings"), writes=False))
    return tuple(ways)


class NothingForm(forms.Form):
    """A form that only confirms."""


def revoke(request: HttpRequest, key: int) -> HttpResponse:
    """Asks whether a token shall be revoked, and revokes it."""
    actor = actor_of(request)
    if actor.person_id is None:
        raise Refused(_("Sign in first."))
    if request.method == "POST":
        revoke_token(actor=actor, key=key)
        return HttpResponseRedirect(reverse("accounts:account"))
    if all(token.pk != key for token in tokens_of(actor.person_id)):
        raise NotFound()
    page = shapes.FormPage(
        title=_("Revoke the token"),
        lead=_("Programs that use it will be refused from now on."),
        form=NothingForm(),
        submit=_("Revoke"),
        cancel_url=reverse("accounts:account"),
        danger=True,
    )
    return render_page(request, page)


@require_POST
def switch_duty(request: HttpRequest) -> HttpResponse:
    """Work in another of one's roles from now on."""
    actor = actor_of(request)
    chosen = request.POST.get("duty", "")
    duty = next((key for key, _label in actor.duties if str(key) == chosen), None)
    if duty is not None:
        request.session[SESSION_KEY] = duty
    back = request.POST.get("next", "/")
    allowed = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(back if allowed else "/")


def mail(_request: HttpRequest) -> dict[str, bool]:
    """Context processor: whether this register sends mail, for the page of a forgotten password."""
    return {"sends_mail": sends_mail()}


def reset_password(request: HttpRequest) -> HttpResponseBase:
    """allauth's page of a forgotten password; where no mail is sent it says so and takes nothing."""
    if request.method == "POST" and not sends_mail():
        return HttpResponseRedirect(reverse("account_reset_password"))
    answer: HttpResponseBase = password_reset(request)
    return answer


def identity_login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Goes to the identity provider; says so when it does not answer."""
    try:
        answer: HttpResponseBase = openid_connect.login(request, provider_id)
    except RequestException:
        return _provider_is_down(request)
    return answer


def identity_callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Comes back from the identity provider; says so when it does not answer."""
    try:
        answer: HttpResponseBase = openid_connect.callback(request, provider_id)
    except RequestException:
        return _provider_is_down(request)
    return answer


def _provider_is_down(request: HttpRequest) -> HttpResponse:
    logger.warning("the identity provider does not answer", exc_info=True)
    links = (shapes.Link(_("To the sign-in"), reverse("account_login")),)
    words = _("The identity provider does not answer. Try again in a minute, or sign in with your password.")
    return render_page(request, failure_page(503, text=words, links=links))
