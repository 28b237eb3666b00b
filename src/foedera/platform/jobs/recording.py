"""Writes down each run of a job: when it began and ended, and what kind of error stopped it."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.worker import Worker

from .models import JobRun, RunState

R = TypeVar("R")
logger = logging.getLogger(__name__)


def fault_of(error: BaseException) -> str:
    """The kind of an error and the place in our code where it was raised. Its words may hold what a record says; they are in the log."""
    own = [f for f in traceback.extract_tb(error.__traceback__) if "/foedera/" in f.filename]
    if not own:
        return type(error).__name__
    place = own[-1]
    return f"{type(error).__name__} ({place.filename.rpartition('/foedera/')[2]}:{place.lineno})"[:300]


def begin(name: str, job_id: int | None) -> int | None:
    """Write that a run begins and return its key; None when the database does not take it: the job goes on all the same."""
    try:
        return JobRun.objects.create(name=name, job_id=job_id).pk
    except (DatabaseError, InterfaceError):
        logger.exception("the beginning of a run was not written", extra={"job": name})
        return None


def end(key: int | None, error: BaseException | None) -> None:
    """Write how a run ended."""
    if key is None:
        return
    values = {"state": RunState.FAILED if error else RunState.DONE, "finished_at": timezone.now()}
    try:
        JobRun.objects.filter(pk=key).update(**values, fault=fault_of(error) if error else "")
    except (DatabaseError, InterfaceError):
        logger.exception("the end of a run was not written")


def mark_lost(job_ids: Iterable[int]) -> int:
    """Mark the runs of these jobs whose process died, and return how many there were."""
    return JobRun.objects.filter(job_id__in=list(job_ids), state=RunState.RUNNING).update(state=RunState.LOST)


async def record(call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
    """Worker middleware around every job, whatever room it belongs to."""
    del worker
    key = await sync_to_async(_apart(begin))(context.job.task_name, context.job.id)
    try:
        result = await call_next()
    except BaseException as error:
        await sync_to_async(_apart(end))(key, error)
        raise
    await sync_to_async(_apart(end))(key, None)
    return result


def _apart(work: Callable[..., R]) -> Callable[..., R]:
    """The work in the worker's own thread, on a connection that has not grown old meanwhile."""

    def done(*arguments: Any) -> R:
        close_old_connections()
        return work(*arguments)

    return done
