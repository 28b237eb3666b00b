"""The page of the background work, and of one periodic job."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import NotNow
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from . import queries
from .actions import run_now
from .wording import in_seconds, state_chip


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Every periodic job with last and next run, duration and failures, and the workers."""
    actor, now = actor_of(request), timezone.now()
    jobs = queries.periodic_jobs(actor, now)
    at_work = queries.workers(actor, now)
    rows = tuple(
        shapes.Row(
            (
                shapes.Cell(job.described.title, note=job.name),
                shapes.Cell(job.cron, kind="code"),
                shapes.Cell(chip=state_chip(job.state), note=job.fault),
                shapes.Cell(date=job.last_begun),
                shapes.Cell(in_seconds(job.seconds), kind="number"),
                shapes.Cell(date=job.next_run, note=_("waits in the queue") if job.waiting else ""),
                shapes.Cell(number=job.failures, kind="number"),
            ),
            url=reverse("jobs:job", args=[job.name]),
        )
        for job in jobs
    )
    table = shapes.Table(
        title=_("Periodic jobs"),
        lead=_("Times of the lines are in UTC."),
        columns=(
            shapes.Column("job", _("Job")),
            shapes.Column("cron", _("When")),
            shapes.Column("state", _("Last run")),
            shapes.Column("begun", _("Begun")),
            shapes.Column("seconds", _("Seconds"), numeric=True),
            shapes.Column("next", _("Next run")),
            shapes.Column("failures", _("Failures in 30 days"), numeric=True),
        ),
        rows=rows,
    )
    page = shapes.TablePage(
        title=_("Background work"),
        lead=_("What the register does by itself, in which rhythm, and how it went."),
        blocks=(_who_works(at_work), table),
    )
    return render_page(request, page)


def _who_works(at_work: queries.Workers) -> shapes.Block:
    if not at_work.alive:
        return shapes.Notice(
            title=_("No worker gives a sign of life"),
            text=_("Nothing is done in the background until one is started: ./foedera worker"),
            colour="red",
        )
    return shapes.Figures(
        (
            shapes.Figure(_("Workers"), at_work.alive, colour="green"),
            shapes.Figure(_("Jobs that wait"), at_work.jobs.get("todo", 0)),
            shapes.Figure(_("Jobs at work"), at_work.jobs.get("doing", 0)),
            shapes.Figure(
                _("Failed jobs"), at_work.jobs.get("failed", 0), colour="red" if at_work.jobs.get("failed") else None
            ),
        )
    )


@require_GET
def job(request: HttpRequest, name: str) -> HttpResponse:
    """One periodic job and its latest runs."""
    actor = actor_of(request)
    found = queries.periodic_job(actor, name, timezone.now())
    may = queries.may_run(actor, found)
    facts = (
        shapes.Fact(_("Purpose"), shapes.Cell(found.described.purpose)),
        shapes.Fact(_("When"), shapes.Cell(found.cron, kind="code")),
        shapes.Fact(_("Next run"), shapes.Cell(date=found.next_run)),
        shapes.Fact(
            _("In the last 30 days"),
            shapes.Cell(
                _("%(runs)s, of them %(failures)s failed or cut off")
                % {
                    "runs": ngettext("%(count)d run", "%(count)d runs", found.runs) % {"count": found.runs},
                    "failures": found.failures,
                }
            ),
        ),
    )
    table = shapes.Table(
        title=_("Latest runs"),
        columns=(
            shapes.Column("begun", _("Begun")),
            shapes.Column("state", _("State")),
            shapes.Column("seconds", _("Seconds"), numeric=True),
            shapes.Column("fault", _("Kind of error")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(date=run.started_at),
                    shapes.Cell(chip=state_chip(run.state)),
                    shapes.Cell(
                        in_seconds((run.finished_at - run.started_at).total_seconds() if run.finished_at else None),
                        kind="number",
                    ),
                    shapes.Cell(run.fault, kind="code" if run.fault else "text"),
                )
            )
            for run in queries.runs_of(actor, name)
        ),
        empty_text=_("It has not run yet."),
    )
    page = shapes.TablePage(
        title=found.described.title,
        number=found.name,
        chips=(state_chip(found.state),),
        steps=(
            shapes.Step(
                _("Run now"),
                reverse("jobs:run", args=[name]),
                method="post",
                primary=True,
                enabled=may,
                reason="" if may else _("Your role does not include this step."),
            ),
        ),
        blocks=(shapes.FactGroup(_("The job"), tuple(f for f in facts if f.value.text or f.value.date)), table),
        breadcrumbs=(shapes.Link(_("Background work"), reverse("jobs:overview")),),
    )
    return render_page(request, page)


@require_POST
def run(request: HttpRequest, name: str) -> HttpResponse:
    """Ask for a run and return to the job."""
    try:
        run_now(actor_of(request), name)
    except NotNow as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("A worker begins it at once."))
    return HttpResponseRedirect(reverse("jobs:job", args=[name]))
