"""Pages of the tokens with which programs work for a body."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid, NotFound
from foedera.platform.lists.description import record_types
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from ..actions import keeps_service_tokens, make_service_token, revoke_service_token
from ..models import ServiceToken
from ..queries import body_by_number, body_name, service_tokens
from .elevating import access_tabs


class ServiceTokenForm(forms.Form):
    """A new token of a body: what it is for, what it may do, for how long."""

    name = forms.CharField(label=gettext_lazy("What it is for"), max_length=100)
    body = forms.CharField(
        label=gettext_lazy("Body"), help_text=gettext_lazy("Its number, such as BD-000012"), required=False
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), required=False)
    record_types = forms.MultipleChoiceField(
        label=gettext_lazy("Only these records"),
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        help_text=gettext_lazy("None chosen: all that the role may see."),
    )
    days = forms.IntegerField(label=gettext_lazy("Valid for days"), initial=90, min_value=1, max_value=366)
    reads_only = forms.BooleanField(label=gettext_lazy("It may only read"), initial=True, required=False)

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        kinds: Any = self.fields["record_types"]
        kinds.choices = [(kind.name, kind.plural) for kind in record_types()]
        if actor.role == Role.ADMINISTRATOR:
            roles: Any = self.fields["role"]
            roles.choices = [(r.value, r.label) for r in Role if r not in (Role.ADMINISTRATOR, Role.PUBLIC)]
            self.fields["body"].widget.attrs["data-lookup"] = reverse("lookup", args=["bodies"])
            self.fields["body"].required = self.fields["role"].required = True
        else:
            del self.fields["body"], self.fields["role"]


def tokens_page(request: HttpRequest) -> HttpResponse:
    """The tokens of one's body, and the form of a new one; its secret is shown once, in the answer that makes it."""
    actor = actor_of(request)
    keeps = keeps_service_tokens(actor)
    if not keeps and actor.role != Role.AUDITOR:
        raise NotFound()
    blocks: list[shapes.Block] = []
    form = ServiceTokenForm(request.POST or None, actor=actor)
    if request.method == "POST" and not keeps:
        raise NotFound()
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            _made, secret = make_service_token(
                actor=actor,
                body_id=body_by_number(data["body"]) if "body" in data else actor.body_id or 0,
                role=Role(data.get("role") or actor.role),
                name=data["name"],
                days=data["days"],
                reads_only=data["reads_only"],
                record_types=data["record_types"],
            )
        except Invalid as error:
            for problem in error.problems:
                form.add_error(problem.field if problem.field in form.fields else None, str(problem.message))
        else:
            form = ServiceTokenForm(actor=actor)
            lines = (_("Copy it now; it is not kept and cannot be shown again."),)
            blocks.append(shapes.Notice(title=_("Your new token"), text=secret, colour="green", lines=lines))
    blocks.append(_table(actor, keeps))
    title, lead = _("Tokens of bodies"), _("A token of a body lets a program work for it, whoever made the token.")
    tabs = access_tabs(actor, "service_tokens")
    if not keeps:
        return render_page(request, shapes.TablePage(title=title, lead=lead, tabs=tabs, blocks=tuple(blocks)))
    page = shapes.FormPage(
        title=title, lead=lead, form=form, submit=_("New token"), blocks=tuple(blocks), identifier="service-token"
    )
    return render_page(request, page)


def _table(actor: Actor, keeps: bool) -> shapes.Table:
    kinds = {kind.name: str(kind.plural) for kind in record_types()}

    def scope(token: ServiceToken) -> str:
        what = ", ".join(kinds.get(name, name) for name in token.record_types) or _("all records")
        return f"{_('Reads') if token.reads_only else _('Reads and writes')}: {what}"

    def state(token: ServiceToken) -> shapes.Chip:
        if token.revoked_at is not None:
            return shapes.Chip(_("Revoked"))
        return shapes.Chip(_("Expired")) if token.expires_on < actor.today else shapes.Chip(_("Valid"), "green")

    def row(token: ServiceToken) -> shapes.Row:
        open_ = keeps and token.revoked_at is None
        return shapes.Row(
            (
                shapes.Cell(
                    token.name, href=reverse("accounts:revoke_service_token", args=[token.pk]) if open_ else ""
                ),
                shapes.Cell(Role(token.role).label, note=body_name(token.body, actor.language)),
                shapes.Cell(scope(token)),
                shapes.Cell(token.made_by.name),
                shapes.Cell(date=token.expires_on),
                shapes.Cell(date=token.last_used_at),
                shapes.Cell(chip=state(token)),
            )
        )

    return shapes.Table(
        columns=(
            shapes.Column("name", _("What it is for")),
            shapes.Column("role", _("Role")),
            shapes.Column("scope", _("Rights")),
            shapes.Column("by", _("Made by")),
            shapes.Column("expires", _("Expires on")),
            shapes.Column("used", _("Last used")),
            shapes.Column("state", _("State")),
        ),
        rows=tuple(row(t) for t in service_tokens(actor)),
        empty_text=_("No token was made."),
    )


def revoke_page(request: HttpRequest, key: int) -> HttpResponse:
    """Asks, and then revokes a token of a body."""
    actor = actor_of(request)
    found = next((t for t in service_tokens(actor) if t.pk == key and t.revoked_at is None), None)
    if found is None or not keeps_service_tokens(actor):
        raise NotFound()
    if request.method == "POST":
        revoke_service_token(actor=actor, key=key)
        return HttpResponseRedirect(reverse("accounts:service_tokens"))
    page = shapes.FormPage(
        title=_("Revoke the token"),
        number=found.name,
        lead=_("Programs that use it will be refused from now on."),
        form=forms.Form(),
        submit=_("Revoke"),
        cancel_url=reverse("accounts:service_tokens"),
        danger=True,
    )
    return render_page(request, page)
