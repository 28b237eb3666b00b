"""Pages on which an administrator makes people, hands out roles and takes them back."""

from __future__ import annotations

from collections.abc import Callable
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
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from ..actions import end_duty, forget_failures, give_duty, make_person, set_active, set_identity, set_password
from ..models import Person
from ..queries import body_by_number, duties_of_person, people, person_by_id


class PersonForm(forms.Form):
    """A new person."""

    login = forms.CharField(label=gettext_lazy("Login"), max_length=60)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    email = forms.CharField(label=gettext_lazy("E-mail"), required=False)
    external_id = forms.CharField(
        label=gettext_lazy("Identifier at the identity provider"), required=False, max_length=191
    )
    password = forms.CharField(
        label=gettext_lazy("First password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "At least twelve characters; tell it to the person by another way. Without one he signs in at the identity provider only."
        ),
    )


class DutyForm(forms.Form):
    """A role in a body from a day."""

    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=[(r.value, r.label) for r in Role if r is not Role.PUBLIC]
    )
    body = forms.CharField(label=gettext_lazy("Body"), help_text=gettext_lazy("Its number, such as BD-000012"))
    valid_from = forms.DateField(label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}))
    valid_until = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["body"].widget.attrs["data-lookup"] = reverse("lookup", args=["bodies"])


class EndForm(forms.Form):
    """The last day of a duty."""

    valid_until = forms.DateField(label=gettext_lazy("Last day"), widget=forms.DateInput(attrs={"type": "date"}))


class PasswordForm(forms.Form):
    """A new password set by the administrator."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class IdentityForm(forms.Form):
    """Where mail reaches a person, and who he is at the identity provider."""

    email = forms.CharField(label=gettext_lazy("E-mail"), required=False)
    external_id = forms.CharField(
        label=gettext_lazy("Identifier at the identity provider"), required=False, max_length=191
    )


def administrator(request: HttpRequest) -> Actor:
    """The actor, if he is an administrator. Raises NotFound for everyone else: the pages do not exist for them."""
    actor = actor_of(request)
    if actor.role != Role.ADMINISTRATOR:
        raise NotFound()
    return actor


def _home() -> tuple[shapes.Link, ...]:
    return (shapes.Link(_("People"), reverse("accounts:people")),)


def people_list(request: HttpRequest) -> HttpResponse:
    """Everyone who may sign in, with their roles."""
    administrator(request)
    rows = tuple(
        shapes.Row(
            (
                shapes.Cell(person.name, href=reverse("accounts:person", args=[person.pk])),
                shapes.Cell(person.login, kind="code"),
                shapes.Cell("; ".join(f"{Role(d.role).label}, {d.body.name}" for d in duties)),
                shapes.Cell(chip=None if person.is_active else shapes.Chip(_("Blocked"), "red")),
            )
        )
        for person, duties in people()
    )
    page = shapes.TablePage(
        title=_("People"),
        lead=_("Who may sign in, and the roles they hold today."),
        steps=(shapes.Step(_("New person"), reverse("accounts:person_create"), primary=True),),
        blocks=(
            shapes.Table(
                columns=(
                    shapes.Column("name", _("Name")),
                    shapes.Column("login", _("Login")),
                    shapes.Column("roles", _("Roles")),
                    shapes.Column("state", _("State")),
                ),
                rows=rows,
            ),
        ),
    )
    return render_page(request, page)


def person_create(request: HttpRequest) -> HttpResponse:
    """The form of a new person."""
    actor = administrator(request)
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = make_person(actor=actor, **form.cleaned_data)
        except Invalid as error:
            _show(form, error)
        else:
            return HttpResponseRedirect(reverse("accounts:person", args=[person.pk]))
    page = shapes.FormPage(
        title=_("New person"),
        form=form,
        submit=_("New person"),
        cancel_url=reverse("accounts:people"),
        breadcrumbs=_home(),
    )
    return render_page(request, page)


def person_record(request: HttpRequest, key: int) -> HttpResponse:
    """One person with all roles ever held."""
    administrator(request)
    person = person_by_id(key)
    duties = duties_of_person(key)
    table = shapes.Table(
        title=_("Roles"),
        columns=(
            shapes.Column("role", _("Role")),
            shapes.Column("body", _("Body")),
            shapes.Column("from", _("From")),
            shapes.Column("until", _("Until")),
            shapes.Column("step", _("Step")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(Role(d.role).label),
                    shapes.Cell(d.body.name, note=d.body.number),
                    shapes.Cell(date=d.valid_from),
                    shapes.Cell(date=d.valid_until),
                    shapes.Cell(
                        "" if d.valid_until else _("End"),
                        href="" if d.valid_until else reverse("accounts:duty_end", args=[key, d.pk]),
                    ),
                )
            )
            for d in duties
        ),
        empty_text=_("No role was given; without one nothing but the public register is seen."),
    )
    page = shapes.TablePage(
        title=person.name,
        number=person.login,
        chips=() if person.is_active else (shapes.Chip(_("Blocked"), "red"),),
        steps=(shapes.Step(_("Give a role"), reverse("accounts:duty_give", args=[key]), primary=True),),
        more_steps=(
            shapes.Step(_("Set a new password"), reverse("accounts:person_password", args=[key])),
            shapes.Step(_("Where he is signed in"), reverse("accounts:person_sessions", args=[key]), writes=False),
            shapes.Step(_("Change mail and identifier"), reverse("accounts:person_identity", args=[key])),
            shapes.Step(
                _("Block") if person.is_active else _("Unblock"),
                reverse("accounts:person_active", args=[key]),
                danger=person.is_active,
            ),
        ),
        blocks=(table,),
        breadcrumbs=_home(),
    )
    return render_page(request, page)


def _person_form(
    request: HttpRequest,
    person: Person,
    form: forms.Form,
    carry_out: Callable[[dict[str, Any]], object],
    *,
    title: str,
    submit: str,
    **more: Any,
) -> HttpResponse:
    """A form on a person: carried out when it is sent and sound, else shown with what was typed and what is wrong."""
    url = reverse("accounts:person", args=[person.pk])
    if request.method == "POST" and form.is_valid():
        try:
            carry_out(form.cleaned_data)
        except Invalid as error:
            _show(form, error)
        else:
            return HttpResponseRedirect(url)
    page = shapes.FormPage(
        title=title, number=person.login, form=form, submit=submit, cancel_url=url, **{"breadcrumbs": _home(), **more}
    )
    return render_page(request, page)


def duty_give(request: HttpRequest, key: int) -> HttpResponse:
    """The form that gives a person a role."""
    actor = administrator(request)
    person = person_by_id(key)
    form = DutyForm(request.POST or None, initial={"valid_from": actor.today})

    def give(data: dict[str, Any]) -> None:
        give_duty(
            actor=actor,
            person=person,
            role=Role(data["role"]),
            body_id=body_by_number(data["body"]),
            valid_from=data["valid_from"],
            valid_until=data["valid_until"],
        )

    return _person_form(request, person, form, give, title=_("Give a role"), submit=_("Give the role"))


def duty_end(request: HttpRequest, key: int, duty: int) -> HttpResponse:
    """The form that ends a role."""
    actor = administrator(request)
    person = person_by_id(key)
    form = EndForm(request.POST or None, initial={"valid_until": actor.today})

    def end(data: dict[str, Any]) -> None:
        end_duty(actor=actor, person=person, key=duty, last_day=data["valid_until"])

    return _person_form(request, person, form, end, title=_("End a role"), submit=_("End the role"))


def person_password(request: HttpRequest, key: int) -> HttpResponse:
    """The form that sets a new password; open sessions of the person end with it."""
    actor = administrator(request)
    person = person_by_id(key)
    form = PasswordForm(request.POST or None)

    def change(data: dict[str, Any]) -> None:
        set_password(actor=actor, person=person, password=data["password"])
        forget_failures(person.login)

    return _person_form(request, person, form, change, title=_("Set a new password"), submit=_("Set"))


def person_identity(request: HttpRequest, key: int) -> HttpResponse:
    """The form of a person's address for mail and identifier at the identity provider."""
    actor = administrator(request)
    person = person_by_id(key)
    held = {"email": person.email, "external_id": person.external_id}
    form = IdentityForm(request.POST or None, initial=held)

    def change(data: dict[str, Any]) -> None:
        set_identity(actor=actor, person=person, **data)

    return _person_form(request, person, form, change, title=_("Change mail and identifier"), submit=_("Change"))


def person_active(request: HttpRequest, key: int) -> HttpResponse:
    """Asks, and then blocks or unblocks a person."""
    actor = administrator(request)
    person = person_by_id(key)
    form = forms.Form(request.POST if request.method == "POST" else None)

    def turn(_data: dict[str, Any]) -> None:
        set_active(actor=actor, person=person, active=not person.is_active)

    label = _("Block") if person.is_active else _("Unblock")
    return _person_form(
        request,
        person,
        form,
        turn,
        title=label,
        submit=label,
        lead=person.name,
        danger=person.is_active,
        breadcrumbs=(),
    )


def _show(form: forms.Form, error: Invalid) -> None:
    form.is_valid()
    for problem in error.problems:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem.message))
