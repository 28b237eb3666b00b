"""Pages of the import: send a file, say what its columns are, look what would come of it, import, read the report."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import ActionError, Invalid, NotFound, NotNow, Refused
from foedera.platform.documents.storing import TABLES, open_stored, path_of, store
from foedera.platform.lists.models import ImportRun, RunState
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page, render_progress

from .adapters import ImportAdapter, adapter_for, kinds, targets_for
from .forms import ColumnsForm, FileForm
from .job import enqueue
from .mapping import MappingFault, mapping_from, readers_for
from .pages import (
    BUSY,
    is_begun,
    kind_facts,
    mapping_notice,
    progress_block,
    run_blocks,
    runs_table,
    sample_table,
)
from .preview import Sample, sample_of
from .progress import mark_interrupted
from .queries import run_of, runs_of, saved_mappings
from .reading import FileFault
from .running import mapping_for, may_import
from .runs import ask_again, keep_mapping, new_run, set_mapping

SHOWN_RUNS = 20


def _importer(request: HttpRequest) -> tuple[Actor, list[ImportAdapter]]:
    """The actor and what he may import. Raises Refused when that is nothing."""
    actor = actor_of(request)
    allowed = [a for kind in kinds() if may_import(a := adapter_for(kind), actor)]
    if not allowed:
        raise Refused(_("Your role does not include importing."))
    return actor, allowed


def _run(request: HttpRequest, key: int) -> tuple[Actor, ImportRun, ImportAdapter]:
    actor, allowed = _importer(request)
    mark_interrupted(key)
    run = run_of(actor, key)
    adapter = next((a for a in allowed if run is not None and a.kind == run.kind), None)
    if run is None or adapter is None:
        raise NotFound()
    return actor, run, adapter


@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """Send a file; below it, what was imported so far."""
    actor, allowed = _importer(request)
    if request.method == "POST":
        form = FileForm(allowed, request.POST, request.FILES)
        if form.is_valid():
            try:
                sent = form.cleaned_data["file"]
                stored = store(sent.name, sent, TABLES)
                sample_of(path_of(stored.digest))
            except Invalid as error:
                for problem in error.problems:
                    form.add_error("file", str(problem.message))
            except FileFault as fault:
                form.add_error("file", str(fault))
            else:
                made = new_run(
                    form.cleaned_data["kind"],
                    sent.name,
                    actor,
                    file=stored,
                    all_or_nothing=form.cleaned_data["all_or_nothing"] == "yes",
                    dry_run=True,
                )
                return HttpResponseRedirect(reverse("lists:columns", args=[made.pk]))
    else:
        form = FileForm(allowed, initial={"kind": request.GET.get("kind", "")})
    mark_interrupted()
    page = shapes.FormPage(
        title=_("Import"),
        lead=_("Nothing is written before you have seen what would come of it."),
        form=form,
        submit=_("Go on to the columns"),
        identifier="import",
        blocks=(runs_table(runs_of(actor).order_by("-id")[:SHOWN_RUNS]),),
    )
    return render_page(request, page)


@require_http_methods(["GET", "POST"])
def columns(request: HttpRequest, key: int) -> HttpResponse:
    """Which column of the file fills which field."""
    actor, run, adapter = _run(request, key)
    if (
        run.file is None
        or run.state in (RunState.RUNNING, RunState.DONE)
        or (run.state == RunState.WAITING and is_begun(run))
    ):
        raise NotNow(_("The columns of this import are settled."))
    sample = _sample(run)
    if sample is None:
        raise NotNow(_("The file can no longer be read."))
    given = mapping_from(run.mapping) if run.mapping else None
    mapping = mapping_for(adapter, sample.columns, given, saved_mappings(run.kind), actor=actor)
    targets = targets_for(adapter, actor)
    if request.method == "POST":
        form = ColumnsForm(adapter, targets, sample.columns, mapping, request.POST)
        if form.is_valid():
            try:
                chosen = form.chosen()
                readers_for(chosen, targets, sample.columns)
                if form.cleaned_data["keep_as"]:
                    keep_mapping(run.kind, form.cleaned_data["keep_as"], chosen, list(sample.columns), actor)
            except (MappingFault, ActionError) as fault:
                form.add_error(None, str(fault))
            else:
                set_mapping(run, chosen)
                enqueue(run, actor)
                return HttpResponseRedirect(reverse("lists:run", args=[run.pk]))
    else:
        form = ColumnsForm(adapter, targets, sample.columns, mapping)
    page = shapes.FormPage(
        title=_("Columns of %(file)s") % {"file": run.file_name},
        form=form,
        submit=_("Look what would come of it"),
        lead=adapter.help,
        cancel_url=reverse("lists:imports"),
        identifier=f"import-columns-{run.pk}",
        groups=tuple(form.groups),
        blocks=(mapping_notice(mapping, len(mapping.fields)), sample_table(sample)),
        breadcrumbs=(shapes.Link(_("Import"), reverse("lists:imports")),),
    )
    return render_page(request, page)


def _sample(run: ImportRun) -> Sample | None:
    if run.file is None:
        return None
    try:
        return sample_of(
            path_of(run.file.digest), encoding=run.mapping.get("encoding", ""), sheet=run.mapping.get("sheet", "")
        )
    except (FileFault, OSError):
        return None


@require_GET
def run(request: HttpRequest, key: int) -> HttpResponse:
    """A run: its progress, its counts, the rows to look at."""
    _actor, found, adapter = _run(request, key)
    if found.file is not None and not is_begun(found) and found.state == RunState.WAITING:
        return HttpResponseRedirect(reverse("lists:columns", args=[found.pk]))
    page = shapes.TablePage(
        title=found.file_name,
        lead=kind_facts(found, adapter),
        blocks=tuple(run_blocks(found, _sample(found) if found.state == RunState.PREVIEWED else None)),
        breadcrumbs=(shapes.Link(_("Import"), reverse("lists:imports")),),
    )
    return render_page(request, page)


@require_GET
def progress(request: HttpRequest, key: int) -> HttpResponse:
    """The progress alone; when the work is over the browser is told to read the whole page anew."""
    _actor, found, _adapter = _run(request, key)
    response = render_progress(request, progress_block(found))
    if found.state not in BUSY:
        response["HX-Refresh"] = "true"
    return response


@require_POST
def start(request: HttpRequest, key: int) -> HttpResponse:
    """Import what was looked at, or begin an interrupted run again."""
    actor, found, _adapter = _run(request, key)
    if not is_begun(found) or found.file is None:
        raise NotNow(_("Say first what the columns are."))
    if found.state not in (RunState.PREVIEWED, RunState.FAILED, RunState.INTERRUPTED):
        raise NotNow(_("This import has been asked for already."))
    ask_again(found, dry_run=request.POST.get("dry_run") == "yes")
    enqueue(found, actor)
    return HttpResponseRedirect(reverse("lists:run", args=[found.pk]))


@require_GET
def report(request: HttpRequest, key: int) -> HttpResponseBase:
    """The whole report as CSV."""
    _actor, found, _adapter = _run(request, key)
    if found.report is None:
        raise NotFound()
    name = f"import-{found.pk}.csv"
    return FileResponse(
        open_stored(found.report), as_attachment=True, filename=name, content_type="text/csv; charset=utf-8"
    )
