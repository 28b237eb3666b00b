"""Asking for a run by hand."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound, NotNow, Refused
from foedera.platform.history.recording import record_action

from .declaring import description_of, runs_jobs, sees_jobs
from .queries import crons


def run_now(actor: Actor, name: str) -> None:
    """Enqueue a periodic job for a worker to begin at once; who asked stands in the history.

    Raises NotFound for an unknown job, Refused for who may not, NotNow when a run waits in the queue already.
    """
    if not sees_jobs(actor) or name not in crons():
        raise NotFound()
    if not runs_jobs(actor) or not description_of(name).by_hand:
        raise Refused(_("Your role does not include this step."))
    try:
        with transaction.atomic():
            record_action("jobs.run_now", actor, name)
            app.configure_task(name).defer(timestamp=int(timezone.now().timestamp()))
    except AlreadyEnqueued as error:
        raise NotNow(_("A run waits in the queue already.")) from error
