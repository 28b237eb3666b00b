"""Progress of a run, written on a connection of its own: the import itself is one transaction that nobody sees until its end.

While a run works it holds an advisory lock on that connection. A run that is said to be running while nobody holds its lock
was interrupted: its process died, and the database has undone what it had written.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Now

from foedera.platform.lists.models import ImportRun, RunState

# The first half of the advisory locks of runs; the second is the id of the run.
LOCKS: Final = 0x0F0E1317
SECONDS_BETWEEN: Final = 0.5

REPORT = "UPDATE {table} SET rows_done = %s WHERE id = %s"


class Progress:
    """Tells how many rows are done, at most twice a second."""

    def __init__(self, own: BaseDatabaseWrapper, run_id: int) -> None:
        self._own = own
        self._run_id = run_id
        self._last = 0.0

    def tell(self, rows: int) -> None:
        """So many rows are done."""
        now = time.monotonic()
        if now - self._last < SECONDS_BETWEEN:
            return
        self._last = now
        with self._own.cursor() as cursor:
            cursor.execute(REPORT.format(table=ImportRun._meta.db_table), [rows, self._run_id])


@contextmanager
def working(run_id: int) -> Iterator[Progress]:
    """Hold the lock of a run while it works. Raises BlockingIOError when another process works on it."""
    own = connections["default"].copy("default")
    try:
        with own.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCKS, run_id])
            if not cursor.fetchone()[0]:
                raise BlockingIOError(run_id)
        yield Progress(own, run_id)
    finally:
        own.close()


def mark_interrupted(run_id: int | None = None) -> int:
    """Set runs that are said to be running while nobody works on them (None: all) to interrupted; returns how many."""
    running: Any = ImportRun.objects.filter(state=RunState.RUNNING)
    if run_id is not None:
        running = running.filter(pk=run_id)
    marked = 0
    for key in running.values_list("pk", flat=True):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCKS, key])
            if not cursor.fetchone()[0]:
                continue
            try:
                marked += ImportRun.objects.filter(pk=key, state=RunState.RUNNING).update(
                    state=RunState.INTERRUPTED, finished_at=Now()
                )
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCKS, key])
    return marked
