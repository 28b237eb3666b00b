"""Merging on the page of a record: where another is merged into it, and what was."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.actions.performing import action_named
from foedera.platform.lists.description import RecordType
from foedera.platform.lists.pages.accompanying import Accompaniment
from foedera.platform.pages import shapes

from .queries import merges_into


def beside(kind: RecordType, record: Any, actor: Actor, on_timeline: bool) -> Accompaniment:
    """The step that merges another record into this one; on the timeline what was merged into it."""
    try:
        absorb = action_named(f"{kind.name}.absorb")
    except LookupError:
        return Accompaniment()
    number = getattr(record, kind.by_number)
    steps: tuple[shapes.Step, ...] = ()
    if not actor.is_past and absorb.verdict(actor, record)[0]:
        steps = (shapes.Step(_("Merge a duplicate"), reverse("merging:choose", args=[kind.name, number])),)
    blocks: tuple[shapes.Block, ...] = ()
    merges = merges_into(kind.name, record.pk) if on_timeline else []
    if merges:
        links = tuple(shapes.Link(merge.goes_number, reverse("merging:merge", args=[merge.pk])) for merge in merges)
        blocks = (shapes.Notice(text=_("These were merged into this record."), colour="blue", links=links),)
    return Accompaniment(steps=steps, blocks=blocks)
