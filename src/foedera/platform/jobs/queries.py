"""Reading the background work: what is periodic, how its last runs went, who works, what waits."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max
from procrastinate.contrib.django import app

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound

from .declaring import Description, description_of, runs_jobs, sees_jobs
from .models import JobRun, RunState
from .schedule import next_tick

FAILURES_COUNTED = datetime.timedelta(days=30)
# A worker says every ten seconds that it lives.
SIGN_OF_LIFE = datetime.timedelta(seconds=30)
RUNS_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicJob:
    """A periodic job with its last run, its next one, and its failures of the last thirty days."""

    name: str
    described: Description
    cron: str
    queue: str
    state: str
    last_begun: datetime.datetime | None
    seconds: float | None
    fault: str
    next_run: datetime.datetime
    runs: int
    failures: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Workers:
    """How many workers gave a sign of life lately, when the last one did, and how many jobs wait or run or failed, by state."""

    alive: int
    last_sign: datetime.datetime | None
    jobs: dict[str, int]


LATEST = """
SELECT DISTINCT ON (r.name) r.name, r.state, r.started_at, extract(epoch FROM r.finished_at - r.started_at)::float8, r.fault
FROM jobs_jobrun r WHERE r.name = ANY(%s) ORDER BY r.name, r.id DESC
"""
COUNTED = """
SELECT name, count(*), count(*) FILTER (WHERE state IN ('failed', 'lost')) FROM jobs_jobrun
WHERE name = ANY(%s) AND started_at >= %s GROUP BY name
"""
WAITING = "SELECT task_name, count(*) FROM procrastinate_jobs WHERE status = 'todo' AND task_name = ANY(%s) GROUP BY task_name"
STATES = "SELECT status::text, count(*) FROM procrastinate_jobs WHERE status <> 'succeeded' GROUP BY status"
SIGNS = "SELECT count(*) FILTER (WHERE last_heartbeat > %s), max(last_heartbeat) FROM procrastinate_workers"


def _see(actor: Actor) -> None:
    if not sees_jobs(actor):
        raise NotFound()


def crons() -> dict[str, tuple[str, str]]:
    """Cron line and queue of every periodic job that any room declares, by the name of its task."""
    return {p.task.name: (p.cron, p.task.queue) for p in app.periodic_registry.periodic_tasks.values()}


def last_begun() -> dict[str, datetime.datetime]:
    """When each job was last begun, by name."""
    return dict(JobRun.objects.values_list("name").annotate(Max("started_at")))


def periodic_jobs(actor: Actor, now: datetime.datetime) -> list[PeriodicJob]:
    """All periodic jobs by name. Raises NotFound for whom they are not."""
    _see(actor)
    declared = crons()
    names = list(declared)
    with connection.cursor() as cursor:
        cursor.execute(LATEST, [names])
        latest = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(COUNTED, [names, now - FAILURES_COUNTED])
        counted = {name: (runs, failures) for name, runs, failures in cursor.fetchall()}
        cursor.execute(WAITING, [names])
        waiting = dict(cursor.fetchall())
    found = []
    for name in sorted(names):
        cron, queue = declared[name]
        state, begun, seconds, fault = latest.get(name, ("", None, None, ""))
        runs, failures = counted.get(name, (0, 0))
        found.append(
            PeriodicJob(
                name=name,
                described=description_of(name),
                cron=cron,
                queue=queue,
                state=state,
                last_begun=begun,
                seconds=seconds,
                fault=fault,
                next_run=next_tick(cron, now),
                runs=runs,
                failures=failures,
                waiting=waiting.get(name, 0),
            )
        )
    return found


def periodic_job(actor: Actor, name: str, now: datetime.datetime) -> PeriodicJob:
    """One periodic job. Raises NotFound."""
    found = next((job for job in periodic_jobs(actor, now) if job.name == name), None)
    if found is None:
        raise NotFound()
    return found


def runs_of(actor: Actor, name: str) -> list[JobRun]:
    """The newest runs of a job. Raises NotFound for whom they are not."""
    _see(actor)
    return list(JobRun.objects.filter(name=name).order_by("-id")[:RUNS_SHOWN])


def may_run(actor: Actor, job: PeriodicJob) -> bool:
    """Whether the actor may ask for a run of the job now."""
    return runs_jobs(actor) and job.described.by_hand


def workers(actor: Actor, now: datetime.datetime) -> Workers:
    """Who works. Raises NotFound for whom it is not."""
    _see(actor)
    with connection.cursor() as cursor:
        cursor.execute(SIGNS, [now - SIGN_OF_LIFE])
        alive, last = cursor.fetchone()
        cursor.execute(STATES)
        return Workers(alive, last, dict(cursor.fetchall()))


__all__ = ["PeriodicJob", "RunState", "Workers", "may_run", "periodic_job", "periodic_jobs", "runs_of", "workers"]
