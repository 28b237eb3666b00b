"""The background work over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema

from foedera.platform.api.root import answer, api_actor

from . import queries
from .actions import run_now

router = Router()


class JobOut(Schema):
    """A periodic job: last and next run, its duration in seconds, runs and failures of thirty days."""

    name: str
    title: str
    purpose: str
    cron: str
    queue: str
    state: str
    last_begun: str | None
    seconds: float | None
    fault: str
    next_run: str
    runs: int
    failures: int
    waiting: int


class JobsOut(Schema):
    """All periodic jobs, and who works: workers alive, jobs of the queue by state."""

    items: list[JobOut]
    workers: int
    queue: dict[str, int]


class RunOut(Schema):
    """One run of a job."""

    state: str
    started_at: str
    finished_at: str | None
    fault: str


class RunsOut(Schema):
    """The latest runs of a job, newest first."""

    items: list[RunOut]


class AskedOut(Schema):
    """A run was asked for."""

    name: str
    asked: bool


def document(job: queries.PeriodicJob) -> dict[str, Any]:
    """A periodic job as JSON."""
    return {
        "name": job.name,
        "title": str(job.described.title),
        "purpose": str(job.described.purpose),
        "cron": job.cron,
        "queue": job.queue,
        "state": job.state,
        "last_begun": job.last_begun,
        "seconds": job.seconds,
        "fault": job.fault,
        "next_run": job.next_run,
        "runs": job.runs,
        "failures": job.failures,
        "waiting": job.waiting,
    }


@router.get("/jobs", response=JobsOut, tags=["jobs"], operation_id="jobs_list", summary="Periodic jobs and workers")
def list_jobs(request: HttpRequest) -> HttpResponse:
    """All periodic jobs, for those who look after the register."""
    actor, now = api_actor(request), timezone.now()
    items = [document(job) for job in queries.periodic_jobs(actor, now)]
    at_work = queries.workers(actor, now)
    return answer({"items": items, "workers": at_work.alive, "queue": at_work.jobs})


@router.get(
    "/jobs/{name}/runs", response=RunsOut, tags=["jobs"], operation_id="jobs_runs", summary="Latest runs of a job"
)
def list_runs(request: HttpRequest, name: str) -> HttpResponse:
    """The latest runs of a periodic job."""
    actor = api_actor(request)
    queries.periodic_job(actor, name, timezone.now())
    return answer(
        {
            "items": [
                {"state": r.state, "started_at": r.started_at, "finished_at": r.finished_at, "fault": r.fault}
                for r in queries.runs_of(actor, name)
            ]
        }
    )


@router.post(
    "/jobs/{name}/run", response={202: AskedOut}, tags=["jobs"], operation_id="jobs_run", summary="Run a job now"
)
def run(request: HttpRequest, name: str) -> HttpResponse:
    """Enqueue a periodic job for a worker to begin at once."""
    run_now(api_actor(request), name)
    return answer({"name": name, "asked": True}, status=202)
