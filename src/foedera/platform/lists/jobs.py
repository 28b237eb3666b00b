"""Background work of the lists: imports and which of them were interrupted, exports, those that are repeated, and their files."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from foedera.platform.jobs.declaring import describe
from foedera.platform.jobs.jobs import UPKEEP
from foedera.platform.lists.bulk.carrying_out import bulk_step, forget_steps
from foedera.platform.lists.delivering.job import begin_due, clear_away, write_export
from foedera.platform.lists.importing.job import run_import
from foedera.platform.lists.importing.progress import mark_interrupted

__all__ = [
    "begin_scheduled_exports",
    "bulk_step",
    "mark_interrupted_imports",
    "remove_old_bulk_steps",
    "remove_old_exports",
    "run_import",
    "write_export",
]

describe(
    "lists.mark_interrupted_imports",
    _("Tell which imports were interrupted"),
    _("An import whose process died is marked, so that whoever asked for it can begin it again."),
)


@app.periodic(cron="*/5 * * * *")
@app.task(name="lists.mark_interrupted_imports", queue=UPKEEP, queueing_lock="mark_interrupted_imports")
async def mark_interrupted_imports(timestamp: int) -> int:
    """Sets imports whose process died to interrupted, and returns how many they were; their pages do the same when looked at."""
    del timestamp
    return await sync_to_async(mark_interrupted)()


describe(
    "lists.begin_scheduled_exports",
    _("Ask for the exports that are due"),
    _("Exports that people have repeated are asked for, each with the rights of its owner at that moment."),
)


@app.periodic(cron="*/5 * * * *")
@app.task(name="lists.begin_scheduled_exports", queue=UPKEEP, queueing_lock="begin_scheduled_exports")
async def begin_scheduled_exports(timestamp: int) -> int:
    """Asks for the exports of all schedules that are due, and returns how many they were."""
    del timestamp
    return await sync_to_async(lambda: begin_due(timezone.now()))()


describe(
    "lists.remove_old_exports",
    _("Remove the files of old exports"),
    _("Files of exports are kept for a number of days; then they are removed."),
)


@app.periodic(cron="41 2 * * *")
@app.task(name="lists.remove_old_exports", queue=UPKEEP, queueing_lock="remove_old_exports")
async def remove_old_exports(timestamp: int) -> int:
    """Removes the files whose time is over, and returns how many they were."""
    del timestamp
    return await sync_to_async(lambda: clear_away(timezone.now()))()


describe(
    "lists.remove_old_bulk_steps",
    _("Forget old steps on many records"),
    _("How steps on many records were prepared is kept for thirty days; what they changed stays in the history."),
)


@app.periodic(cron="47 2 * * *")
@app.task(name="lists.remove_old_bulk_steps", queue=UPKEEP, queueing_lock="remove_old_bulk_steps")
async def remove_old_bulk_steps(timestamp: int) -> int:
    """Forgets old bulk steps, and returns how many they were."""
    del timestamp
    return await sync_to_async(lambda: forget_steps(timezone.now()))()
