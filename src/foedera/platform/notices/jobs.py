"""Periodic work of the notices: tell what is due, make digests, send mails."""

from __future__ import annotations

from django.db import close_old_connections
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from foedera.platform.jobs.declaring import describe

from .mailing import send_waiting
from .telling import make_digests, tell

QUEUE = "notices"

describe(
    "notices.tell",
    _("Tell what is due"),
    _("Looks what is due for whom, tells it, and settles notices whose ground is gone."),
)
describe(
    "notices.send_mail",
    _("Send mails"),
    _("Makes the digests of the day when their hour has come, and sends what waits."),
)


@app.periodic(cron="*/5 * * * *")
@app.task(name="notices.tell", queue=QUEUE, queueing_lock="notices.tell", lock="notices.tell")
def tell_what_is_due(timestamp: int) -> int:
    """Tells what is due now and returns how many notices were told. From state: cut off or repeated, it tells nobody twice."""
    del timestamp
    close_old_connections()
    try:
        return tell(timezone.now()).told
    finally:
        close_old_connections()


@app.periodic(cron="* * * * *")
@app.task(name="notices.send_mail", queue=QUEUE, queueing_lock="notices.send_mail")
def send_mail(timestamp: int) -> int:
    """Makes the digests that are due and sends the mails that wait; returns how many were sent."""
    del timestamp
    close_old_connections()
    try:
        now = timezone.now()
        make_digests(now)
        return send_waiting(now).sent
    finally:
        close_old_connections()
