"""Pages of bulk steps: choose, enter, look, carry out, undo. Every one works without JavaScript."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import ActionError, NotFound, NotNow, Refused
from foedera.platform.actions.performing import Action, perform
from foedera.platform.actions.performing_many import words_of
from foedera.platform.lists.delivering.pages import list_label
from foedera.platform.lists.description import writable
from foedera.platform.lists.forms import RecordForm
from foedera.platform.lists.pages.forms import refuse_early
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page, render_progress

from .access import WORKERS, settable
from .actions import CARRY_OUT, CHOOSE, DROP, PREVIEW, UNDO
from .carrying_out import AT_WORK, step_of
from .models import BulkRun, BulkState, Outcome
from .pages import home, progress_block, run_page, runs_table
from .queries import described, run_of, runs_of

SHOWN_RUNS = 100
MODE = "all_or_nothing"


class FieldsForm(forms.Form):
    """Which fields are set; the others stay as they are in each record."""

    set = forms.MultipleChoiceField(
        label=gettext_lazy("Fields to set"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("The other fields stay as they are in each record."),
    )

    fields_chosen = forms.CharField(required=False, widget=forms.HiddenInput, initial="1")

    def __init__(self, columns: Any, **options: Any) -> None:
        super().__init__(**options)
        self.fields["set"].choices = [(c.name, c.label) for c in columns]  # type: ignore[attr-defined]  # a field of choices


def _worker(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if actor.role not in WORKERS or actor.person_id is None:
        raise Refused(_("Sign in with a role that changes records to take steps on many of them."))
    return actor


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """One's own bulk steps."""
    actor = _worker(request)
    held = frozenset({actor.duty_id, *(key for key, _label in actor.duties)})
    page = shapes.TablePage(
        title=_("Steps on many records"),
        lead=_("Kept for thirty days; what they changed stands in the history of each record."),
        blocks=(runs_table(runs_of(actor)[:SHOWN_RUNS], held),),
    )
    return render_page(request, page)


@require_POST
def choose(request: HttpRequest, kind: str) -> HttpResponse:
    """Take the selection of a list, or all in its view, and go on to what the step is given."""
    actor = _worker(request)
    values: dict[str, Any] = {"kind": kind, "step": request.POST.get("step", "")}
    if request.POST.get("all") == "1":
        values["query"] = request.POST.get("view", "")
    else:
        values["numbers"] = request.POST.getlist("selected")
    made = perform(CHOOSE, actor, values=values)
    return HttpResponseRedirect(reverse("list:bulk_input", args=[made.pk]))


@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest, key: int) -> HttpResponse:
    """What the step is given: first which fields are set, where it changes fields; then their values, the reason and the mode."""
    actor = _worker(request)
    run = run_of(key, actor)
    step, kind = step_of(run, actor), described(run)
    if run.state in AT_WORK or run.state in (BulkState.DONE, BulkState.UNDONE):
        return HttpResponseRedirect(reverse("list:bulk_run", args=[key]))
    columns = writable(step.columns, actor, kind.model)
    if step is kind.change:
        fields = settable(step, kind, actor)
        wanted = request.GET.getlist("set")
        columns = tuple(c for c in fields if c.name in wanted)
        if not columns:
            return _fields_page(request, run, step, fields)
    form = RecordForm(
        columns, data=request.POST if request.method == "POST" else None, initial=run.values, reason=step.reason,
        group_labels=kind.groups,
    )  # fmt: skip
    form.fields[MODE] = forms.ChoiceField(
        label=_("Where a record is refused"),
        choices=[("", _("change the others")), ("1", _("change none"))],
        widget=forms.RadioSelect,
        required=False,
    )
    form.initial[MODE] = "1" if run.all_or_nothing else ""
    if run.reason and "reason" in form.fields:
        form.initial["reason"] = run.reason
    if request.method == "POST":
        given = {
            "values": form.typed(),
            "reason": request.POST.get("reason", ""),
            "all_or_nothing": request.POST.get(MODE) == "1",
        }
        try:
            perform(PREVIEW, actor, record=run, values=given)
        except NotFound:
            raise
        except ActionError as error:
            form.show_problems(words_of(error))
        else:
            return HttpResponseRedirect(reverse("list:bulk_run", args=[key]))
    page = shapes.FormPage(
        title=step.label,
        form=form,
        submit=_("Look what would come of it"),
        lead=_lead(run),
        groups=tuple(form.groups),
        cancel_url=described(run).list_url,
        identifier=f"bulk:{key}",
        breadcrumbs=home(run.kind),
    )
    return render_page(request, page)


def _lead(run: BulkRun) -> str:
    return _("%(list)s, %(count)d selected") % {"list": list_label(run.kind), "count": run.rows_total}


def _fields_page(request: HttpRequest, run: BulkRun, step: Action[Any], columns: Any) -> HttpResponse:
    asked = "set" in request.GET or "fields_chosen" in request.GET
    form = FieldsForm(columns, data=request.GET if asked else None, initial={"set": list(run.values)})
    page = shapes.FormPage(
        title=step.label,
        form=form,
        submit=_("Go on"),
        lead=_lead(run),
        get=True,
        cancel_url=described(run).list_url,
        breadcrumbs=home(run.kind),
    )
    return render_page(request, page)


@require_GET
def run(request: HttpRequest, key: int) -> HttpResponse:
    """One bulk step: what would come of it, how far it is, what came of it."""
    actor = _worker(request)
    found = run_of(key, actor)
    if found.state == BulkState.CHOSEN:
        return HttpResponseRedirect(reverse("list:bulk_input", args=[key]))
    outcome = request.GET.get("outcome", "")
    after = request.GET.get("after", "0")
    place = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    return render_page(
        request, run_page(found, actor, outcome=outcome if outcome in Outcome.values else "", after=place)
    )


@require_GET
def progress(request: HttpRequest, key: int) -> HttpResponse:
    """The progress alone; when the work is over the browser is told to read the whole page anew."""
    found = run_of(key, _worker(request))
    response = render_progress(request, progress_block(found))
    if found.state not in AT_WORK:
        response["HX-Refresh"] = "true"
    return response


def _done(request: HttpRequest, key: int, action: Action[Any]) -> HttpResponse:
    actor = _worker(request)
    found = run_of(key, actor)
    refuse_early(action, actor, found)
    try:
        perform(action, actor, record=found)
    except NotNow as error:
        # Why it is not possible stands on the page of the step, beside its records.
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("list:bulk_run", args=[key]))


@require_POST
def carry_out(request: HttpRequest, key: int) -> HttpResponse:
    """Carry out what was looked at."""
    return _done(request, key, CARRY_OUT)


@require_POST
def undo(request: HttpRequest, key: int) -> HttpResponse:
    """Undo it for all records."""
    return _done(request, key, UNDO)


@require_POST
def drop(request: HttpRequest, key: int) -> HttpResponse:
    """Discard a bulk step; what it changed stays."""
    actor = _worker(request)
    perform(DROP, actor, record=run_of(key, actor))
    messages.success(request, _("The step is discarded."))
    return HttpResponseRedirect(reverse("list:bulk_runs"))
