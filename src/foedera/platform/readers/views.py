"""The page of the readers that a record names."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import ActionError, NotFound
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.actions.performing_many import words_of
from foedera.platform.lists import querying
from foedera.platform.lists.description import Context, RecordType, record_type
from foedera.platform.lists.forms import RecordForm
from foedera.platform.lists.pages import find
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from .actions import END, NAME, has_readers
from .queries import readers_of


def whole_record(kind: str, number: str, actor: Actor) -> tuple[RecordType, Any]:
    """A record that the actor reads whole and that can name readers, with its type. Raises NotFound."""
    try:
        described = record_type(kind)
    except LookupError:
        raise NotFound() from None
    record = find(described, number, actor)
    if actor.is_public or not has_readers(described) or querying.is_withheld(described, record, Context(actor)):
        raise NotFound()
    return described, record


def _address(described: RecordType, number: str) -> str:
    try:
        return reverse(described.detail_url, args=[number])
    except NoReverseMatch:
        return ""


@require_http_methods(["GET", "POST"])
def on_record(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """Who may read a record by name; a POST names somebody. Refused to whoever does not work on the record."""
    actor = actor_of(request)
    described, record = whole_record(kind, number, actor)
    action = action_named(f"{kind}.{NAME}")
    form = RecordForm(action.columns, data=request.POST if request.method == "POST" else None, reason=action.reason)
    table = _table(described, number, record, actor)
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        try:
            perform(action, actor, record=record, values=form.typed(), reason=reason)
        except NotFound:
            raise
        except ActionError as error:
            form.show_problems(words_of(error))
        else:
            return HttpResponseRedirect(reverse("readers", args=[kind, number]))
    back = _address(described, number)
    page = shapes.FormPage(
        title=_("Named readers"),
        number=number,
        lead=_("They may read this record, and change nothing, whatever its publicity says."),
        form=form,
        submit=_("Name a reader"),
        groups=tuple(form.groups),
        blocks=(table,),
        cancel_url=back,
        breadcrumbs=(shapes.Link(number, back),) if back else (),
    )
    return render_page(request, page)


def _table(described: RecordType, number: str, record: Any, actor: Actor) -> shapes.Table:
    named = readers_of(record, actor)
    allowed, reason = action_named(f"{described.name}.{END}").verdict(actor, record)
    url = reverse("end_reader", args=[described.name, number])
    columns = (("reader", _("Reader")), ("from", _("From")), ("until", _("Until")), ("ground", _("Reason")))
    return shapes.Table(
        title=_("Who may read it by name"),
        columns=tuple(shapes.Column(name, label) for name, label in columns),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(each.name or _("A body that you may not see")),
                    shapes.Cell(date=each.valid_from),
                    shapes.Cell(date=each.valid_until),
                    shapes.Cell(each.ground),
                )
            )
            for each in named
        ),
        steps=tuple(
            shapes.Step(
                _("End the reading of %(name)s") % {"name": each.name or "—"},
                url,
                "post",
                enabled=allowed,
                reason=reason,
                fields=(("reader", str(each.id)),),
            )
            for each in named
        ),
        empty_text=_("Nobody is named."),
    )


@require_POST
def end(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """End the reading of somebody who is named."""
    actor = actor_of(request)
    _described, record = whole_record(kind, number, actor)
    values = {"reader": request.POST.get("reader", "")}
    perform(action_named(f"{kind}.{END}"), actor, record=record, values=values)
    return HttpResponseRedirect(reverse("readers", args=[kind, number]))
