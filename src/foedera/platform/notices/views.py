"""The inbox, opening a notice, and what is sent to whom and when."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import Invalid, NotFound, Refused
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from . import actions, queries
from .kinds import Way, kinds_for
from .server import sends_mail


def reader_of(request: HttpRequest) -> Actor:
    """Whoever is signed in with a duty. Raises Refused for others."""
    actor = actor_of(request)
    if actor.person_id is None:
        raise Refused(_("Sign in first."))
    return actor


def whole(text: str) -> int | None:
    """A whole number as it stands in an address; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The notices of the reader in this role, newest first."""
    actor = reader_of(request)
    kind = request.GET.get("kind", "")
    only_unread = request.GET.get("show") == "unread"
    before = whole(request.GET.get("before", ""))
    found = queries.inbox(actor, kind=kind, only_unread=only_unread, before=before)
    counts = queries.unread_by_kind(actor)
    url = reverse("notices:inbox")

    def at(**chosen: str) -> str:
        view = {"show": "unread" if only_unread else "", "kind": kind, **chosen}
        kept = {k: v for k, v in view.items() if v}
        return url + (f"?{urlencode(kept)}" if kept else "")

    page = shapes.ListPage(
        title=_("Inbox"),
        lead=_("What you were told in this role. A notice whose ground is gone is marked as settled."),
        url=url,
        columns=(
            shapes.Column("state", _("State")),
            shapes.Column("notice", _("Notice")),
            shapes.Column("about", _("About")),
            shapes.Column("day", _("Day")),
            shapes.Column("told", _("Told")),
        ),
        rows=tuple(_row(item) for item in found.items),
        views=(
            shapes.Link(_("All"), at(show=""), not only_unread),
            shapes.Link(_("Unread"), at(show="unread"), only_unread, count=sum(counts.values())),
        ),
        facets=(
            shapes.Facet(
                "kind",
                _("Kind"),
                tuple(
                    shapes.FacetOption(
                        k.label,
                        k.name,
                        counts.get(k.name, 0),
                        at(kind="" if k.name == kind else k.name),
                        k.name == kind,
                    )
                    for k in kinds_for(actor.role)
                ),
            ),
        ),
        searchable=False,
        position_names=("before",),
        next_url=at(before=str(found.next)) if found.next else "",
        first_url=at() if before else "",
        bulk=(
            shapes.Step(_("Mark as read"), reverse("notices:read"), method="post"),
            shapes.Step(_("Mark as unread"), reverse("notices:unread"), method="post"),
        ),
        create=shapes.Step(
            _("Mark all as read"), reverse("notices:read_all"), method="post", writes=False, fields=(("kind", kind),)
        ),
        exports=(
            shapes.Link(_("Calendar"), reverse("notices:calendar")),
            shapes.Link(_("What is sent to you, and when"), reverse("notices:settings")),
        ),
        empty_text=_("Nothing here. What becomes due in your territory will be told here."),
    )
    return render_page(request, page)


def _row(item: queries.Item) -> shapes.Row:
    if item.settled:
        chip = shapes.Chip(_("Settled"), "grey", _("Its ground is gone."))
    elif item.read:
        chip = shapes.Chip(_("Read"), "grey")
    else:
        chip = shapes.Chip(_("Unread"), "blue")
    return shapes.Row(
        (
            shapes.Cell(chip=chip),
            shapes.Cell(item.shown.text, note=item.kind.label),
            shapes.Cell(item.shown.number, kind="code", note=item.shown.title),
            shapes.Cell(date=item.on),
            shapes.Cell(date=item.told_at),
        ),
        url=reverse("notices:open", args=[item.id]),
        number=item.shown.number or item.shown.text,
        key=str(item.id),
    )


@require_GET
def open_notice(request: HttpRequest, key: int) -> HttpResponse:
    """Go to what a notice is about; it is read with that."""
    actor = reader_of(request)
    items = queries.worded(actor, [queries.notice(actor, key)])
    if not items:
        raise NotFound()
    actions.mark_read(actor, [key])
    return HttpResponseRedirect(items[0].shown.url)


def _mark(request: HttpRequest, *, read: bool) -> HttpResponse:
    keys = [k for k in map(whole, request.POST.getlist("selected")) if k is not None]
    actions.mark_read(reader_of(request), keys, read=read)
    view = request.POST.get("view", "").lstrip("?")
    return HttpResponseRedirect(reverse("notices:inbox") + (f"?{view}" if view else ""))


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark the selected as read."""
    return _mark(request, read=True)


@require_POST
def unread(request: HttpRequest) -> HttpResponse:
    """Mark the selected as unread."""
    return _mark(request, read=False)


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all (of a kind) as read."""
    kind = request.POST.get("kind", "")
    actions.mark_all_read(reader_of(request), kind=kind)
    return HttpResponseRedirect(reverse("notices:inbox") + (f"?{urlencode({'kind': kind})}" if kind else ""))


class SettingsForm(forms.Form):
    """For each kind how it is sent; the hour of the digest."""

    hour = forms.TypedChoiceField(
        label=gettext_lazy("Hour of the daily digest"),
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        coerce=int,
    )

    def __init__(self, preferences: list[queries.Preference], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for preference in preferences:
            self.fields[preference.kind.name] = forms.ChoiceField(
                label=str(preference.kind.label),
                help_text=str(preference.kind.purpose),
                choices=Way.choices,
                initial=preference.way.value,
            )
        self.order_fields([*(p.kind.name for p in preferences), "hour"])


def settings(request: HttpRequest) -> HttpResponse:
    """What is sent by e-mail, how and when."""
    actor = reader_of(request)
    preferences = queries.preferences(actor)
    form = SettingsForm(preferences, request.POST or None, initial={"hour": queries.digest_hour(actor)})
    if request.method == "POST" and form.is_valid():
        ways = {p.kind.name: form.cleaned_data[p.kind.name] for p in preferences}
        try:
            actions.choose(actor, ways=ways, hour=form.cleaned_data["hour"])
        except Invalid as error:
            for problem in error.problems:
                form.add_error(problem.field if problem.field in form.fields else None, str(problem.message))
        else:
            messages.success(request, _("Kept."))
            return HttpResponseRedirect(reverse("notices:settings"))
    page = shapes.FormPage(
        title=_("What is sent to you, and when"),
        lead=_("Your inbox has every notice in any case. Here you choose which of them come by e-mail too."),
        form=form,
        submit=_("Save"),
        cancel_url=reverse("notices:inbox"),
        blocks=_hints(),
        breadcrumbs=(shapes.Link(_("Inbox"), reverse("notices:inbox")),),
    )
    return render_page(request, page)


def _hints() -> tuple[shapes.Block, ...]:
    if sends_mail():
        return ()
    return (
        shapes.Notice(
            text=_("This installation sends no e-mail: no mail server is set. Your choice holds once there is one."),
            colour="amber",
        ),
    )
