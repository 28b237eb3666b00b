"""Pages on which views are kept, renamed, shared, deleted, and chosen to open a list with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import ActionError, Invalid, NotFound, Refused
from foedera.platform.actions.performing import Action, perform
from foedera.platform.lists.description import record_type
from foedera.platform.lists.pages.forms import version_of
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from .access import SHARERS, audiences_for
from .actions import CHANGE, DELETE, KEEP
from .actions import open_with as choose_first
from .models import Audience, SavedView
from .opening import NO_VIEW
from .queries import opens_with, roles_of, view_of


def address_of(view: SavedView) -> str:
    """The list opened with the view."""
    return f"{record_type(view.kind).list_url}?{urlencode({'view': view.pk})}"


class ViewForm(forms.Form):
    """Name and audience of a view."""

    name = forms.CharField(label=gettext_lazy("Name of the view"), max_length=80)
    audience = forms.ChoiceField(label=gettext_lazy("For whom"))
    view = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["audience"].choices = audiences_for(actor)  # type: ignore[attr-defined]  # a field of choices


class FirstForm(forms.Form):
    """For whom a list opens with the view."""

    mine = forms.BooleanField(label=gettext_lazy("Open the list with this view for me"), required=False)
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("And for people in these roles who have chosen none"),
        required=False,
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, with_roles: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not with_roles:
            del self.fields["roles"]


def _signed_in(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if actor.is_public:
        raise Refused(_("Sign in to keep views."))
    return actor


def _home(kind: str) -> tuple[shapes.Link, ...]:
    described = record_type(kind)
    return (shapes.Link(described.plural, described.list_url),)


def _carried_out(form: forms.Form, carry_out: Callable[[], Any]) -> Any:
    """What the work gives; None with the faults shown in the form when it is refused."""
    try:
        return carry_out()
    except Invalid as error:
        for problem in error.problems:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem.message))
    except NotFound:
        raise
    except ActionError as error:
        form.add_error(None, str(error))
    return None


@require_http_methods(["GET", "POST"])
def keep(request: HttpRequest, kind: str) -> HttpResponse:
    """Keep the present view of a list under a name."""
    actor = _signed_in(request)
    try:
        described = record_type(kind)
    except LookupError:
        raise NotFound() from None
    if request.method == "POST":
        form = ViewForm(actor, request.POST)
        if form.is_valid():
            values = {
                "kind": kind,
                "name": form.cleaned_data["name"],
                "audience": form.cleaned_data["audience"],
                "query": form.cleaned_data["view"],
            }
            made = _carried_out(form, lambda: perform(KEEP, actor, values=values))
            if made is not None:
                messages.success(request, _("The view “%(name)s” is kept.") % {"name": made.name})
                return HttpResponseRedirect(address_of(made))
    else:
        form = ViewForm(actor, initial={"view": request.GET.urlencode(), "audience": Audience.MINE})
    page = shapes.FormPage(
        title=_("Save this view"),
        form=form,
        submit=_("Save"),
        cancel_url=described.list_url,
        breadcrumbs=_home(kind),
    )
    return render_page(request, page)


def _form_page(view: SavedView, form: forms.Form, title: Any, **more: Any) -> shapes.FormPage:
    return shapes.FormPage(
        title=title,
        number=view.name,
        form=form,
        cancel_url=address_of(view),
        version=str(view.version),
        breadcrumbs=_home(view.kind),
        **more,
    )


def _refuse_early(action: Action[Any], actor: Actor, view: SavedView) -> None:
    allowed, reason = action.verdict(actor, view)
    if not allowed:
        raise Refused(reason)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, key: int) -> HttpResponse:
    """Rename a view or share it with others."""
    actor = _signed_in(request)
    view = view_of(key, actor)
    _refuse_early(CHANGE, actor, view)
    if request.method == "POST":
        form = ViewForm(actor, request.POST)
        if form.is_valid():
            values = {"name": form.cleaned_data["name"], "audience": form.cleaned_data["audience"]}
            version = version_of(request.POST.get("version", ""))
            done = _carried_out(form, lambda: perform(CHANGE, actor, record=view, version=version, values=values))
            if done is not None:
                return HttpResponseRedirect(address_of(done))
    else:
        form = ViewForm(actor, initial={"name": view.name, "audience": view.audience})
    return render_page(request, _form_page(view, form, _("Rename or share"), submit=_("Save")))


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, key: int) -> HttpResponse:
    """Ask, and then delete a view; the records that it showed stay as they are."""
    actor = _signed_in(request)
    view = view_of(key, actor)
    _refuse_early(DELETE, actor, view)
    form = forms.Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        perform(DELETE, actor, record=view)
        messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
        return HttpResponseRedirect(f"{record_type(view.kind).list_url}?view={NO_VIEW}")
    lead = _("The records that it shows stay as they are.")
    return render_page(
        request, _form_page(view, form, _("Delete the view"), submit=_("Delete"), danger=True, lead=lead)
    )


@require_http_methods(["GET", "POST"])
def open_with(request: HttpRequest, key: int) -> HttpResponse:
    """Choose for whom the list opens with the view."""
    actor = _signed_in(request)
    view = view_of(key, actor)
    with_roles = actor.role in SHARERS and view.audience == Audience.EVERYONE
    if request.method == "POST":
        form = FirstForm(request.POST, with_roles=with_roles)
        if form.is_valid():
            values = {"mine": form.cleaned_data["mine"]}
            if with_roles:
                values["roles"] = form.cleaned_data["roles"]
            done = _carried_out(form, lambda: choose_first(view, actor, values))
            if done is not None:
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(address_of(view))
    else:
        form = FirstForm(initial={"mine": opens_with(view, actor), "roles": roles_of(view)}, with_roles=with_roles)
    return render_page(request, _form_page(view, form, _("Open the list with it"), submit=_("Save")))


@require_POST
def keep_present(request: HttpRequest, key: int) -> HttpResponse:
    """Let a view show what the list shows now."""
    actor = _signed_in(request)
    view = view_of(key, actor)
    version = version_of(request.POST.get("version", ""))
    perform(CHANGE, actor, record=view, version=version, values={"query": request.POST.get("view", "")})
    messages.success(request, _("The view “%(name)s” shows this from now on.") % {"name": view.name})
    return HttpResponseRedirect(address_of(view))
