"""Reading exports and schedules, each within what is one's own."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.errors import NotFound

from .models import ExportRun, ExportSchedule, ExportState


def runs_of(actor: Actor) -> QuerySet[ExportRun, Any]:
    """The exports of the actor, newest first."""
    return policy_for(ExportRun).visible(ExportRun.objects.order_by("-id"), actor)


def run_of(key: int, actor: Actor) -> ExportRun:
    """One export of the actor in a role that he holds. Raises NotFound."""
    found: ExportRun | None = runs_of(actor).filter(pk=key).first()
    if found is None or not policy_for(ExportRun).in_scope(found, actor):
        raise NotFound()
    return found


def schedules_of(actor: Actor) -> QuerySet[ExportSchedule, Any]:
    """The schedules of the actor."""
    return policy_for(ExportSchedule).visible(ExportSchedule.objects.order_by("name", "id"), actor)


def schedule_of(key: int, actor: Actor) -> ExportSchedule:
    """One schedule of the actor. Raises NotFound."""
    found: ExportSchedule | None = schedules_of(actor).filter(pk=key).first()
    if found is None:
        raise NotFound()
    return found


def ended_since(moment: datetime.datetime) -> QuerySet[ExportRun, Any]:
    """The exports of everybody that ended, well or not, since a moment; for telling their owners."""
    return ExportRun.objects.filter(state__in=[ExportState.DONE, ExportState.FAILED], finished_at__gte=moment).order_by(
        "id"
    )
