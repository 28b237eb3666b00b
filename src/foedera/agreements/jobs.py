"""Background work of the register: the review looks at every agreement once a night."""

from __future__ import annotations

from django.db import close_old_connections
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from foedera.platform.access.actors import system
from foedera.platform.jobs.declaring import describe

from .review.running import run_review

describe(
    "agreements.review",
    _("Run the review"),
    _("Looks at every agreement as of the day and puts on the desk what needs a decision."),
)


@app.periodic(cron="40 1 * * *")
@app.task(name="agreements.review", queue="review", queueing_lock="agreements.review", lock="agreements.review")
def review(timestamp: int) -> int:
    """Runs the review and returns how many findings stand. One transaction: cut off, it leaves nothing; repeated, it finds the same."""
    del timestamp
    close_old_connections()
    try:
        return run_review(system(timezone.localdate(), channel="job")).found
    finally:
        close_old_connections()
