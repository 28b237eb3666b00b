"""Pages of exports: ask for one, watch it, fetch its file; repeat one, change how often, stop it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import ActionError, Invalid, NotFound, Refused
from foedera.platform.actions.performing import perform
from foedera.platform.lists.exporting import FORMATS
from foedera.platform.lists.pages.forms import version_of
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page, render_progress

from .access import SIGNED_IN
from .actions import ASK, CHANGE, END, REMOVE, REPEAT
from .models import ExportRun, ExportState, Format, Rhythm, Weekday
from .pages import BUSY, list_label, progress_block, run_blocks, runs_table, schedule_chip, schedules_table
from .queries import run_of, runs_of, schedule_of, schedules_of
from .storing import path_of

SHOWN_RUNS = 100


class RepeatForm(forms.Form):
    """How often an export is repeated."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    format = forms.ChoiceField(label=gettext_lazy("Format"), choices=Format.choices)
    rhythm = forms.ChoiceField(label=gettext_lazy("Repeated how often"), choices=Rhythm.choices)
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("On which day of the week"),
        choices=Weekday.choices,
        coerce=int,
        help_text=gettext_lazy("For every week"),
    )
    day = forms.IntegerField(
        label=gettext_lazy("On which day of the month"),
        min_value=1,
        max_value=31,
        help_text=gettext_lazy("For every month; its last day where it has not that many"),
    )
    hour = forms.IntegerField(label=gettext_lazy("At which hour"), min_value=0, max_value=23)
    kind = forms.CharField(required=False, widget=forms.HiddenInput)
    query = forms.CharField(required=False, widget=forms.HiddenInput)


def _owner(request: HttpRequest) -> Actor:
    """The actor, who may have exports of his own. Raises Refused."""
    actor = actor_of(request)
    if actor.role not in SIGNED_IN or actor.person_id is None:
        raise Refused(_("Sign in to have exports made."))
    return actor


def _home() -> tuple[shapes.Link, ...]:
    return (shapes.Link(_("Exports"), reverse("exports:mine")),)


def _show(form: forms.Form, error: ActionError) -> None:
    problems = error.problems if isinstance(error, Invalid) else ()
    for problem in problems:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem.message))
    if not problems:
        form.add_error(None, str(error))


@require_http_methods(["GET", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """One's own exports and schedules; a POST asks for another export."""
    actor = _owner(request)
    if request.method == "POST":
        values = {name: request.POST.get(name, "") for name in ("kind", "query", "format")}
        made = perform(ASK, actor, values=values)
        return HttpResponseRedirect(reverse("exports:run", args=[made.pk]))
    held = frozenset({actor.duty_id, *(key for key, _label in actor.duties)})
    page = shapes.TablePage(
        title=_("Exports"),
        lead=_("Files of lists, written in the background. Only you may fetch them."),
        blocks=(runs_table(runs_of(actor)[:SHOWN_RUNS], held), schedules_table(schedules_of(actor))),
    )
    return render_page(request, page)


@require_GET
def run(request: HttpRequest, key: int) -> HttpResponse:
    """One export: how far it is, and its file."""
    found = run_of(key, _owner(request))
    steps = (
        shapes.Step(
            _("Repeat this export"),
            f"{reverse('exports:repeat')}?{_repeated(found)}",
        ),
        shapes.Step(_("Remove"), reverse("exports:remove", args=[key]), "post", danger=True),
    )
    page = shapes.TablePage(title=found.name, blocks=run_blocks(found), steps=steps, breadcrumbs=_home())
    return render_page(request, page)


def _repeated(found: ExportRun) -> str:
    from urllib.parse import urlencode

    return urlencode({"kind": found.kind, "query": found.query, "format": found.format})


@require_GET
def progress(request: HttpRequest, key: int) -> HttpResponse:
    """The progress alone; when the work is over the browser is told to read the whole page anew."""
    found = run_of(key, _owner(request))
    response = render_progress(request, progress_block(found))
    if found.state not in BUSY:
        response["HX-Refresh"] = "true"
    return response


@require_GET
def file(request: HttpRequest, key: int) -> HttpResponseBase:
    """The file of an export, for its owner in a role that he holds."""
    return file_response(run_of(key, _owner(request)))


def file_response(found: ExportRun) -> FileResponse:
    """The file of an export. Raises NotFound when it is not written yet or no longer kept."""
    if found.state != ExportState.DONE:
        raise NotFound()
    try:
        content = path_of(found.file_key).open("rb")
    except FileNotFoundError:
        raise NotFound() from None
    day = (found.as_of or found.created_at.date()).isoformat()
    name = f"{found.kind}-{day}.{found.format}"
    return FileResponse(content, as_attachment=True, filename=name, content_type=FORMATS[found.format])


@require_POST
def remove(request: HttpRequest, key: int) -> HttpResponse:
    """Remove an export with its file; one that is being written stops."""
    actor = _owner(request)
    perform(REMOVE, actor, record=run_of(key, actor))
    messages.success(request, _("The export is removed."))
    return HttpResponseRedirect(reverse("exports:mine"))


@require_http_methods(["GET", "POST"])
def repeat(request: HttpRequest) -> HttpResponse:
    """The form with which an export is repeated."""
    actor = _owner(request)
    if request.method == "POST":
        form = RepeatForm(request.POST)
        if form.is_valid():
            try:
                made = perform(REPEAT, actor, values=form.cleaned_data)
            except ActionError as error:
                _show(form, error)
            else:
                messages.success(request, _("It is repeated from now on."))
                return HttpResponseRedirect(reverse("exports:schedule", args=[made.pk]))
        kind = request.POST.get("kind", "")
    else:
        kind = request.GET.get("kind", "")
        initial: dict[str, Any] = {
            "kind": kind,
            "query": request.GET.get("query", ""),
            "name": request.GET.get("name", "") or str(list_label(kind)),
            "format": request.GET.get("format", Format.CSV),
            "rhythm": Rhythm.WEEKLY,
            "weekday": 1,
            "day": 1,
            "hour": 6,
        }
        form = RepeatForm(initial=initial)
    page = shapes.FormPage(
        title=_("Repeat an export"),
        lead=_("Each file holds only what you may see at that moment, and the view as it is kept then."),
        number=str(list_label(kind)),
        form=form,
        submit=_("Repeat"),
        cancel_url=reverse("exports:mine"),
        breadcrumbs=_home(),
    )
    return render_page(request, page)


@require_http_methods(["GET", "POST"])
def schedule(request: HttpRequest, key: int) -> HttpResponse:
    """One schedule: how often, and what came of it."""
    actor = _owner(request)
    found = schedule_of(key, actor)
    if request.method == "POST":
        form = RepeatForm(request.POST)
        if form.is_valid():
            names = ("name", "format", "rhythm", "weekday", "day", "hour")
            values = {name: form.cleaned_data[name] for name in names}
            version = version_of(request.POST.get("version", ""))
            try:
                perform(CHANGE, actor, record=found, version=version, values=values)
            except ActionError as error:
                _show(form, error)
            else:
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(reverse("exports:schedule", args=[key]))
    else:
        names = ("name", "format", "rhythm", "weekday", "day", "hour")
        form = RepeatForm(initial={name: getattr(found, name) for name in names})
    held = frozenset({actor.duty_id, *(k for k, _label in actor.duties)})
    turn = reverse("exports:turn", args=[key])
    fields = (("active", "" if found.active else "1"), ("version", str(found.version)))
    notices = (
        (shapes.Notice(text=found.stopped_because, colour="red", title=_("Stopped")),) if found.stopped_because else ()
    )
    page = shapes.FormPage(
        title=_("Repeated export"),
        number=found.name,
        lead=_("Next time: %(moment)s") % {"moment": _moment(found.next_at)} if found.active else "",
        form=form,
        submit=_("Save"),
        version=str(found.version),
        cancel_url=reverse("exports:mine"),
        breadcrumbs=_home(),
        blocks=(
            *notices,
            shapes.Table(
                title=_("State"),
                columns=(shapes.Column("state", _("State")), shapes.Column("last", _("Last time"))),
                rows=(shapes.Row((shapes.Cell(chip=schedule_chip(found)), shapes.Cell(date=found.last_at))),),
                steps=(
                    shapes.Step(_("Stop") if found.active else _("Let it go on"), turn, "post", fields=fields),
                    shapes.Step(_("Delete"), reverse("exports:end", args=[key]), "post", danger=True),
                ),
            ),
            runs_table(runs_of(actor).filter(schedule=found)[:SHOWN_RUNS], held),
        ),
    )
    return render_page(request, page)


def _moment(value: Any) -> str:
    from django.utils import timezone
    from django.utils.formats import date_format

    return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")


@require_POST
def turn(request: HttpRequest, key: int) -> HttpResponse:
    """Stop a schedule, or let it go on."""
    actor = _owner(request)
    version = version_of(request.POST.get("version", ""))
    values = {"active": request.POST.get("active") == "1"}
    perform(CHANGE, actor, record=schedule_of(key, actor), version=version, values=values)
    return HttpResponseRedirect(reverse("exports:schedule", args=[key]))


@require_POST
def end(request: HttpRequest, key: int) -> HttpResponse:
    """Delete a schedule; what it exported stays as long as it is kept."""
    actor = _owner(request)
    perform(END, actor, record=schedule_of(key, actor))
    messages.success(request, _("The schedule is deleted."))
    return HttpResponseRedirect(reverse("exports:mine"))
