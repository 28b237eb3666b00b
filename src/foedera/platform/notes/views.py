"""Pages of notes: all that one may read, one with its history, writing, correcting, withdrawing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.platform.access.actors import signature_in_words
from foedera.platform.access.middleware import actor_of
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import ActionError, Invalid, NotFound, Problem
from foedera.platform.actions.performing import Action, actions_of, perform
from foedera.platform.lists.forms import RecordForm
from foedera.platform.lists.pages import (
    FormOptions,
    ListOptions,
    action_response,
    list_response,
    refuse_early,
    steps_of,
    timeline_entries,
)
from foedera.platform.pages import shapes
from foedera.platform.pages.navigation import at_day
from foedera.platform.pages.views import render_page

from . import queries
from .accompanying import chips_of
from .actions import INITIAL, WRITE
from .lists import NOTES
from .models import Note


def note_list(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The notes that one may read."""
    if actor_of(request).is_public:
        raise NotFound()
    options = ListOptions(detail=lambda number: at_day(request, reverse("notes:note", args=[number])))
    return list_response(request, NOTES, options)


def _step_url(number: str, action: Action[Note]) -> str:
    return reverse("notes:step", args=[number, action.name.partition(".")[2]])


def note_page(request: HttpRequest, number: str) -> HttpResponse:
    """One note with what it said before."""
    actor = actor_of(request)
    note = queries.note(number, actor)
    kind = queries.noted_type(note.about_type)
    first, more = steps_of(note, actor, lambda action: _step_url(note.number, action))
    about = reverse(kind.detail_url, args=[note.about_number]) if kind.detail_url else ""
    role = dict(Role.choices).get(note.author_role, note.author_role)
    facts = [
        shapes.Fact(_("Record"), shapes.Cell(note.about_number, kind="code", href=at_day(request, about))),
        shapes.Fact(_("Written by"), shapes.Cell(signature_in_words(note.author_name), note=role)),
        shapes.Fact(_("Body"), shapes.Cell(note.author_body)),
        shapes.Fact(_("Written on"), shapes.Cell(date=note.created_at)),
    ]
    if note.corrected_at is not None:
        facts.append(shapes.Fact(_("Corrected"), shapes.Cell(date=note.corrected_at)))
    if note.withdrawn_at is not None:
        facts.append(shapes.Fact(_("Withdrawn on"), shapes.Cell(date=note.withdrawn_at)))
    page = shapes.RecordPage(
        title=note.headline,
        number=note.number,
        chips=chips_of(note),
        steps=tuple(first[:2]),
        more_steps=(*first[2:], *more),
        facts=(shapes.FactGroup(_("Note"), tuple(facts), "note"),),
        blocks=(shapes.Words(paragraphs=tuple(p for p in note.text.split("\n") if p.strip()), title=_("Text")),),
        timeline=timeline_entries(note, NOTES, actor),
        breadcrumbs=(shapes.Link(_("Notes"), at_day(request, reverse("notes:list"))),),
        as_of=actor.as_of if actor.is_past else None,
    )
    return render_page(request, page)


def write(request: HttpRequest, record_type: str, number: str) -> HttpResponse:
    """The form of a new note on a record, and its writing. What was typed stays on every error."""
    actor = actor_of(request)
    kind, record = queries.noted(record_type, number, actor)
    refuse_early(WRITE, actor, None)
    form = RecordForm(WRITE.columns, data=request.POST if request.method == "POST" else None, initial=INITIAL)
    url = reverse(kind.detail_url, args=[getattr(record, kind.by_number)])
    if request.method == "POST":
        try:
            perform(WRITE, actor, values={**form.typed(), "record_type": kind.name, "number": number})
        except Invalid as error:
            form.show_problems(error.problems)
        except NotFound:
            raise
        except ActionError as error:
            form.show_problems([Problem("", str(error))])
        else:
            return HttpResponseRedirect(url)
    page = shapes.FormPage(
        title=_("Write a note"),
        lead=str(getattr(record, kind.column(kind.title).path)),
        number=number,
        form=form,
        submit=_("Write"),
        cancel_url=url,
        identifier=request.path,
    )
    return render_page(request, page)


def step(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """The form of a step on a note, and its taking."""
    actor = actor_of(request)
    note = queries.note(number, actor)
    action = next((a for a in actions_of(Note) if a.name == f"notes.{verb}" and not a.makes_record), None)
    if action is None:
        raise NotFound()
    url = reverse("notes:note", args=[note.number])
    options = FormOptions(done=lambda _note: url, cancel_url=url, initial={"text": note.text})
    return action_response(request, NOTES, action, note, options)
