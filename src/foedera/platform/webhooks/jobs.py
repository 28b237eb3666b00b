"""Periodic work of the webhooks: spread what happened, send what waits, forget what is long done."""

from __future__ import annotations

from django.db import close_old_connections
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from foedera.platform.jobs.declaring import describe

from .actions import SEND
from .sending import forget, send_waiting, spread

QUEUE = "webhooks"

describe(
    SEND,
    _("Call webhooks"),
    _("Makes messages of what changed in the register, and sends those that wait to the programs of bodies."),
)
describe(
    "webhooks.forget",
    _("Forget old calls of webhooks"),
    _("Messages that were delivered or given up, and their calls, go after ninety days."),
)


@app.periodic(cron="* * * * *")
@app.task(name=SEND, queue=QUEUE, queueing_lock=SEND)
def send(timestamp: int) -> int:
    """Spreads new events and sends what waits; returns how many messages were delivered."""
    del timestamp
    close_old_connections()
    try:
        now = timezone.now()
        spread(now)
        return send_waiting(timezone.now()).delivered
    finally:
        close_old_connections()


@app.periodic(cron="41 3 * * *")
@app.task(name="webhooks.forget", queue=QUEUE, queueing_lock="webhooks.forget")
def forget_old(timestamp: int) -> int:
    """Removes what is long done; returns how many messages went."""
    del timestamp
    close_old_connections()
    try:
        return forget(timezone.now())
    finally:
        close_old_connections()
