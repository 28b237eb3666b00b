"""Background work of the history: sealing, looking through all of it once a night, erasing what is due."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from foedera.platform.access.actors import system
from foedera.platform.jobs.declaring import describe
from foedera.platform.jobs.jobs import UPKEEP

from .erasing import erase_due
from .sealing import seal_all

describe(
    "history.seal",
    _("Seal the history"),
    _("What was done since the last seal is put under a root that follows from it."),
)
describe(
    "history.seal_whole",
    _("Look through the whole history for what is not sealed"),
    _("Finds what a transaction of many hours left behind."),
)
describe(
    "history.erase",
    _("Erase personal data that is due"),
    _("By the retention rules; seals still verify, for they hold commitments and no values."),
)


@app.periodic(cron="*/5 * * * *")
@app.task(name="history.seal", queue=UPKEEP, queueing_lock="history.seal")
async def seal(timestamp: int) -> int:
    """Seals what is new and returns how many actions and entries that were; a second run finds nothing."""
    del timestamp
    return sum(s.count for s in await sync_to_async(seal_all)())


@app.periodic(cron="23 2 * * *")
@app.task(name="history.seal_whole", queue=UPKEEP, queueing_lock="history.seal_whole")
async def seal_whole(timestamp: int) -> int:
    """As `seal`, over the whole history."""
    del timestamp
    return sum(s.count for s in await sync_to_async(seal_all)(whole=True))


@app.periodic(cron="41 2 * * *")
@app.task(name="history.erase", queue=UPKEEP, queueing_lock="history.erase")
async def erase(timestamp: int) -> int:
    """Erases what is due and returns from how many records."""
    del timestamp
    return sum(e.records for e in await sync_to_async(erase_due)(system(timezone.localdate(), channel="job")))
