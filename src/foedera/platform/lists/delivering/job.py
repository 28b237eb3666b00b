"""The work behind exports: writing one with the rights of its owner at that moment, asking for those that are due, clearing away."""

from __future__ import annotations

import datetime
import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from foedera.platform.access.actors import Actor
from foedera.platform.access.asking import acting
from foedera.platform.actions.errors import ActionError, NotFound
from foedera.platform.history.instants import as_known
from foedera.platform.lists import querying
from foedera.platform.lists.description import Column, Context, RecordType, record_type
from foedera.platform.lists.exporting import export
from foedera.platform.lists.importing.job import actor_of_duty
from foedera.platform.lists.saving.opening import open_list, without_faults

from .actions import new_run, next_of
from .models import ExportRun, ExportSchedule, ExportState
from .storing import part_of, path_of, remove_file, remove_orphans

QUEUE: Final = "exports"
# The first half of the advisory locks of exports; the second is the id of the run.
LOCKS: Final = 0x0F0E1318
SECONDS_BETWEEN: Final = 0.5
# The list of exports says for so long that there was one.
REMEMBERED: Final = datetime.timedelta(days=90)

logger = structlog.get_logger(__name__)


class _Removed(Exception):
    """The export was removed while it was written."""


class _Refused(Exception):
    """The export cannot be written; says why."""


def export_columns(described: RecordType, view: querying.View) -> list[Column]:
    """The columns seen, or every column for a view without a choice of columns; the number first in any case."""
    names = view.columns or tuple(c.name for c in described.columns if c.in_export)
    columns = [described.column(n) for n in names]
    if not any(c.name == "number" for c in columns):
        columns.insert(0, described.column("number"))
    return columns


@contextmanager
def _alone(run_id: int) -> Iterator[bool]:
    """Whether nobody else writes the export; nobody does inside."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCKS, run_id])
        free = bool(cursor.fetchone()[0])
    try:
        yield free
    finally:
        if free:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCKS, run_id])


@app.task(name="lists.write_export", queue=QUEUE)
def write_export(run_id: int) -> None:
    """Writes an export that waits. One that a lost worker left behind is written anew from its beginning; its file is put in
    place when it is whole."""
    close_old_connections()
    try:
        write_now(run_id)
    finally:
        close_old_connections()


def write_now(run_id: int) -> None:
    """As `write_export`, in this process. What goes wrong is kept with the export and not raised."""
    with _alone(run_id) as free:
        run = ExportRun.objects.filter(pk=run_id, state__in=[ExportState.WAITING, ExportState.RUNNING]).first()
        if run is None or not free:
            return
        with translation.override(run.language):
            _write(run)


def _write(run: ExportRun) -> None:
    _set(run, state=ExportState.RUNNING, started_at=timezone.now(), rows_done=0)
    try:
        actor = actor_of_duty(run.duty_id, run.language, run.person_id)
        if actor is None:
            raise _Refused(role_is_over())
        if run.as_of is not None:
            actor = actor.at(run.as_of, run.known_at)
        with acting(actor), as_known(run.known_at):
            size = _write_file(run, actor)
    except _Removed:
        part_of(run.file_key).unlink(missing_ok=True)
    except _Refused as refused:
        _fail(run, str(refused))
    except ActionError as refused:
        _fail(run, str(refused) or _("The view is no longer there, or not for you."))
    except ValueError as error:
        _fail(run, _("The list has more rows than a sheet holds; choose CSV.") if "sheet" in str(error) else _broken())
        logger.warning("an export failed", run=run.pk, reason=str(error))
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        _fail(run, _("The disk of the server is full; nothing was kept.") if full else _broken())
        logger.exception("an export failed", run=run.pk)
    except Exception:
        # Whoever waits for it must not wait for ever; the fault is in the log, and the job is kept as failed.
        _fail(run, _broken())
        raise
    else:
        kept = timezone.now() + datetime.timedelta(days=settings.FOEDERA_EXPORTS_KEPT_DAYS)
        if not _set(run, state=ExportState.DONE, size=size, finished_at=timezone.now(), kept_until=kept):
            remove_file(run.file_key)


def role_is_over() -> str:
    """Why nothing is exported for somebody whose role has ended."""
    return _("The role in which this was asked for has ended; nothing was exported.")


def _broken() -> str:
    return _("The export failed; whoever looks after the register finds the reason in its log.")


def _set(run: ExportRun, **facts: Any) -> bool:
    """Keep how an export stands; False when it was removed meanwhile."""
    return bool(ExportRun.objects.filter(pk=run.pk).update(**facts))


def _fail(run: ExportRun, words: str) -> None:
    with suppress(OSError):
        part_of(run.file_key).unlink(missing_ok=True)
    _set(run, state=ExportState.FAILED, error=words, finished_at=timezone.now())


def _view(run: ExportRun, described: RecordType, context: Context) -> querying.View:
    query = QueryDict(run.query)
    opened = open_list(described, query, context, with_first=False)
    sound, left_out = without_faults(described, opened.query, context)
    _set(run, left_out=[str(words) for words in (*opened.left_out, *left_out)])
    return querying.parse_view(described, sound, context)


def _write_file(run: ExportRun, actor: Actor) -> int:
    """Writes the file and returns its size. Raises ActionError, ValueError, OSError, and _Removed."""
    context = Context(actor)
    try:
        described = record_type(run.kind).for_reader(actor)
    except LookupError:
        raise NotFound() from None
    view = _view(run, described, context)
    columns = export_columns(described, view)
    _set(run, rows_total=querying.count(querying.narrowed(described, view, context, gone_through=True)))
    rows = _told(run, querying.stream(described, view, context, columns))
    part = part_of(run.file_key)
    with part.open("wb") as target:
        for portion in export(run.format, columns, rows, title=str(described.plural)):
            target.write(portion)
        target.flush()
        os.fsync(target.fileno())
    size = part.stat().st_size
    part.replace(path_of(run.file_key))
    return size


def _told(run: ExportRun, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows, telling now and then how many there were."""
    told, number = time.monotonic(), 0
    for number, row in enumerate(rows, start=1):
        yield row
        if time.monotonic() - told > SECONDS_BETWEEN:
            told = time.monotonic()
            if not _set(run, rows_done=number):
                raise _Removed
    if not _set(run, rows_done=number):
        raise _Removed


# ------------------------------------------------------------------------------------------------------------- schedules


def begin_due(now: datetime.datetime) -> int:
    """Asks for the exports of all schedules that are due and returns how many they were.

    What was missed while no worker ran is made up for once. Each schedule is one transaction: a worker that dies between two
    leaves neither an export asked for twice nor one forgotten.
    """
    begun = 0
    while True:
        with transaction.atomic():
            due = ExportSchedule.objects.select_for_update(skip_locked=True).filter(active=True, next_at__lte=now)
            schedule = due.order_by("next_at", "id").first()
            if schedule is None:
                return begun
            _begin(schedule, now)
            begun += 1


def _begin(schedule: ExportSchedule, now: datetime.datetime) -> None:
    with translation.override(schedule.language):
        holds = actor_of_duty(schedule.duty_id, schedule.language, schedule.person_id) is not None
        over = {} if holds else {"state": ExportState.FAILED, "error": role_is_over(), "finished_at": now}
        new_run(
            kind=schedule.kind,
            name=schedule.name,
            query=schedule.query,
            format=schedule.format,
            schedule=schedule,
            person_id=schedule.person_id,
            duty_id=schedule.duty_id,
            language=schedule.language,
            **over,
        )
        stopped = {} if holds else {"active": False, "stopped_because": role_is_over()}
        ExportSchedule.objects.filter(pk=schedule.pk).update(last_at=now, next_at=next_of(schedule, now), **stopped)


def clear_away(now: datetime.datetime) -> int:
    """Removes the files whose time is over, forgets old exports, and returns how many files were removed."""
    over = ExportRun.objects.filter(state=ExportState.DONE, kept_until__lte=now)
    removed = 0
    for run in over:
        remove_file(run.file_key)
        removed += _set(run, state=ExportState.EXPIRED)
    ExportRun.objects.exclude(state__in=[ExportState.WAITING, ExportState.RUNNING, ExportState.DONE]).filter(
        created_at__lt=now - REMEMBERED
    ).delete()
    return removed + remove_orphans(ExportRun.objects.values_list("file_key", flat=True), now)
