"""Pages on which a role is lent to a colleague for a leave, and taken back."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.access.middleware import actor_of
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid, NotFound, Refused
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from ..actions import lend_role, take_back_role
from ..models import Delegation
from ..queries import body_name, delegations_of
from ..rules import lent


class LendForm(forms.Form):
    """To whom a role is lent, for which days, and why."""

    login = forms.CharField(
        label=gettext_lazy("Login of the colleague"),
        max_length=60,
        help_text=gettext_lazy("Somebody who holds a role in the same body."),
    )
    valid_from = forms.DateField(label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}))
    valid_until = forms.DateField(label=gettext_lazy("Until"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, help_text=gettext_lazy("Leave, for instance.")
    )


def lend(request: HttpRequest) -> HttpResponse:
    """The form that lends the role in which one works now."""
    actor = actor_of(request)
    if actor.person_id is None:
        raise Refused(_("Sign in first."))
    if actor.is_public or actor.acting_for or actor.role == Role.ADMINISTRATOR:
        raise Refused(_("Only a role of your own can be lent."))
    form = LendForm(request.POST or None, initial={"valid_from": actor.today})
    if request.method == "POST" and form.is_valid():
        try:
            lend_role(actor=actor, **form.cleaned_data)
        except Invalid as error:
            for problem in error.problems:
                form.add_error(problem.field or None, str(problem.message))
        else:
            return HttpResponseRedirect(reverse("accounts:account"))
    page = shapes.FormPage(
        title=_("Lend your role"),
        lead=_("%(role)s, %(body)s. What your colleague does in it stands in the history with both names.")
        % {"role": actor.role.label, "body": actor.body_name},
        form=form,
        submit=_("Lend"),
        cancel_url=reverse("accounts:account"),
    )
    return render_page(request, page)


def take_back(request: HttpRequest, key: int) -> HttpResponse:
    """Asks, and then ends a delegation at once."""
    actor = actor_of(request)
    if actor.person_id is None:
        raise Refused(_("Sign in first."))
    found = next((d for d in delegations_of(actor.person_id) if d.pk == key), None)
    if found is None or found.duty.person_id != actor.person_id or found.revoked_at is not None:
        raise NotFound()
    if request.method == "POST":
        take_back_role(actor=actor, key=key)
        return HttpResponseRedirect(reverse("accounts:account"))
    page = shapes.FormPage(
        title=_("Take the role back"),
        lead=_("%(who)s works in your role no more from now on.") % {"who": found.person.name},
        form=forms.Form(),
        submit=_("Take it back"),
        cancel_url=reverse("accounts:account"),
        danger=True,
    )
    return render_page(request, page)


def delegations_table(request: HttpRequest) -> shapes.Table:
    """The roles that one has lent or been lent, with what became of them."""
    actor = actor_of(request)
    assert actor.person_id is not None

    def state(d: Delegation) -> shapes.Chip:
        if d.revoked_at is not None:
            return shapes.Chip(_("Taken back"))
        if lent((d.duty.valid_from, d.duty.valid_until), (d.valid_from, d.valid_until), False, actor.today):
            return shapes.Chip(_("Lent now"), "amber")
        return shapes.Chip(_("Planned"), "blue") if d.valid_from > actor.today else shapes.Chip(_("Over"))

    def row(d: Delegation) -> shapes.Row:
        mine = d.duty.person_id == actor.person_id
        ends = mine and d.revoked_at is None and d.valid_until >= actor.today
        return shapes.Row(
            (
                shapes.Cell(Role(d.duty.role).label, note=body_name(d.duty.body, actor.language)),
                shapes.Cell(d.duty.person.name),
                shapes.Cell(d.person.name),
                shapes.Cell(date=d.valid_from),
                shapes.Cell(date=d.valid_until),
                shapes.Cell(chip=state(d)),
                shapes.Cell(
                    _("Take back") if ends else "", href=reverse("accounts:take_back", args=[d.pk]) if ends else ""
                ),
            )
        )

    lends = shapes.Step(_("Lend your role"), reverse("accounts:lend"))
    return shapes.Table(
        title=_("Lent roles"),
        columns=(
            shapes.Column("role", _("Role")),
            shapes.Column("whose", _("Whose")),
            shapes.Column("to", _("To")),
            shapes.Column("from", _("From")),
            shapes.Column("until", _("Until")),
            shapes.Column("state", _("State")),
            shapes.Column("step", _("Step")),
        ),
        rows=tuple(row(d) for d in delegations_of(actor.person_id)),
        steps=() if actor.is_public or actor.acting_for or actor.role == Role.ADMINISTRATOR else (lends,),
        empty_text=_("No role was lent."),
    )
