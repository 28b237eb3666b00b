"""Background work of the lists: imports, and telling which of them were interrupted."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from foedera.platform.jobs.declaring import describe
from foedera.platform.jobs.jobs import UPKEEP
from foedera.platform.lists.importing.job import run_import
from foedera.platform.lists.importing.progress import mark_interrupted

__all__ = ["mark_interrupted_imports", "run_import"]

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
