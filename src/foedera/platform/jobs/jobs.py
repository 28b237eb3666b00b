"""The periodic work of the job queue itself: pick up what a killed worker left or nobody began, clear away what is long done."""

from __future__ import annotations

import datetime
import logging

from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Status

from .declaring import describe
from .models import JobRun, RunState
from .queries import crons, last_begun
from .recording import mark_lost
from .schedule import is_missed, previous_tick

logger = logging.getLogger(__name__)

# Finished jobs stay this long to be looked at; what they did stands in the history for good.
KEPT_HOURS = 30 * 24
# Runs that ended well are many and alike.
DONE_KEPT = datetime.timedelta(days=7)
OTHERS_KEPT = datetime.timedelta(days=90)
# A job that was lost so often may be what ends its workers: it stays failed until somebody has looked at it.
LOST_AT_MOST = 20
UPKEEP = "upkeep"

describe(
    "platform.retry_jobs_of_lost_workers",
    _("Take up the jobs of workers that died"),
    _("A job whose worker no longer gives a sign of life is begun again by another."),
)
describe(
    "platform.begin_missed_jobs",
    _("Begin periodic jobs that were missed"),
    _("While no worker ran, the time of a job may have passed; it is made up for."),
)
describe(
    "platform.remove_old_jobs",
    _("Remove what is long done from the queue"),
    _(
        "Jobs that ended well go after thirty days, the list of their runs after seven, that of failed ones after ninety."
    ),
)


@app.periodic(cron="* * * * *")
@app.task(name="platform.retry_jobs_of_lost_workers", queue=UPKEEP, queueing_lock="retry_jobs_of_lost_workers")
async def retry_jobs_of_lost_workers(timestamp: int) -> int:
    """Enqueues again the jobs whose worker no longer gives a sign of life and returns how many they were.

    So a job may run twice; jobs have to be written so that the second run changes nothing. A job of which a later one waits in
    the queue already is removed instead, for that one does its work.
    """
    del timestamp
    stalled = list(await app.job_manager.get_stalled_jobs())
    await sync_to_async(mark_lost)([job.id for job in stalled if job.id is not None])
    for job in stalled:
        if job.attempts >= LOST_AT_MOST:
            logger.error("a job was lost too often and is given up", extra={"job": job.task_name, "job_id": job.id})
            await app.job_manager.finish_job(job=job, status=Status.FAILED, delete_job=False)
            continue
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:
            # Its queueing lock is taken: the same work waits in the queue.
            logger.info("a lost job gives way to a later one", extra={"job": job.task_name, "job_id": job.id})
            await app.job_manager.finish_job(job=job, status=Status.ABORTED, delete_job=True)
        except ConnectorException:
            # Another worker took it up in the same minute. The others are not left because of it.
            logger.exception("a lost job was not taken up", extra={"job": job.task_name, "job_id": job.id})
    return len(stalled)


@app.periodic(cron="* * * * *")
@app.task(name="platform.begin_missed_jobs", queue=UPKEEP, queueing_lock="begin_missed_jobs")
def begin_missed_jobs(timestamp: int) -> list[str]:
    """Enqueues each periodic job whose time passed while no worker was there; returns their names."""
    del timestamp
    return begin_missed(timezone.now())


def begin_missed(now: datetime.datetime) -> list[str]:
    """As `begin_missed_jobs`, as of a moment."""
    begun = last_begun()
    # A job that never ran is missed when any other ran before its time, so nothing begins with the very first worker.
    first = min(begun.values(), default=now)
    missed = [name for name, (cron, _queue) in crons().items() if is_missed(cron, now, begun.get(name, first))]
    enqueued = []
    for name in missed:
        tick = previous_tick(crons()[name][0], now)
        try:
            with transaction.atomic():
                app.configure_task(name).defer(timestamp=int(tick.timestamp()))
        except AlreadyEnqueued:
            continue
        enqueued.append(name)
    return enqueued


@app.periodic(cron="17 3 * * *")
@app.task(name="platform.remove_old_jobs", queue=UPKEEP, queueing_lock="remove_old_jobs")
async def remove_old_jobs(timestamp: int) -> None:
    """Removes jobs that ended well more than KEPT_HOURS ago; failed ones stay until somebody has looked at them."""
    del timestamp
    await app.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS)
    await sync_to_async(forget_runs)(timezone.now())


def forget_runs(now: datetime.datetime) -> int:
    """Remove what is no longer kept of the runs, but never the last run of a job; returns how many rows went."""
    latest = JobRun.objects.order_by("name", "-id").distinct("name").values("pk")
    old = JobRun.objects.filter(state=RunState.DONE, started_at__lt=now - DONE_KEPT) | JobRun.objects.filter(
        started_at__lt=now - OTHERS_KEPT
    )
    return old.exclude(pk__in=latest).delete()[0]
