"""Periodic work: look what has changed under subscriptions."""

from __future__ import annotations

from django.db import close_old_connections
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from foedera.platform.jobs.declaring import describe

from .looking import look

describe(
    "following.look",
    _("Look at what people follow"),
    _("Finds what entered, left or changed under subscriptions since the last look; the notices tell it."),
)


@app.periodic(cron="3-58/5 * * * *")
@app.task(name="following.look", queue="notices", queueing_lock="following.look", lock="following.look")
def look_at_what_is_followed(timestamp: int) -> int:
    """Looks at every subscription and returns how many had something new. Cut off or repeated, it finds nothing twice."""
    del timestamp
    close_old_connections()
    try:
        return look(timezone.now())
    finally:
        close_old_connections()
