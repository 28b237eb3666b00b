"""Reminders on the page of a record."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.lists.description import RecordType
from foedera.platform.lists.pages.accompanying import Accompaniment
from foedera.platform.pages import shapes

from . import queries
from .access import REMINDED
from .actions import SET


def beside(kind: RecordType, record: Any, actor: Actor, on_timeline: bool) -> Accompaniment:
    """The open reminders on a record, and the step with which one is set."""
    if actor.role not in REMINDED or actor.person_id is None:
        return Accompaniment()
    rows = queries.about(kind, record, actor)
    clocks = tuple(
        shapes.Fact(
            row.text,
            shapes.Cell(date=row.due_on, href=reverse("reminders:reminder", args=[row.number]), note=row.person_name),
        )
        for row in rows
    )
    step = shapes.Step(SET.label, reverse("reminders:set", args=[kind.name, getattr(record, kind.by_number)]))
    return Accompaniment(
        steps=() if actor.is_past else (step,),
        beside=(shapes.FactGroup(_("Reminders"), clocks, "reminders"),) if clocks else (),
    )
