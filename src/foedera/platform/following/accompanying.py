"""Following from the page of a record and from a list."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from foedera.platform.access.actors import Actor
from foedera.platform.lists.description import RecordType
from foedera.platform.lists.pages.accompanying import Accompaniment
from foedera.platform.pages import shapes

from . import queries
from .access import FOLLOWERS
from .actions import FOLLOW, STOP


def beside(kind: RecordType, record: Any, actor: Actor, on_timeline: bool) -> Accompaniment:
    """The button with which a record is followed, or followed no longer."""
    if actor.role not in FOLLOWERS or actor.person_id is None or actor.is_past:
        return Accompaniment()
    standing = queries.subscribed(kind, record, actor)
    if standing is not None:
        step = shapes.Step(STOP.label, reverse("following:stop", args=[standing]), method="post")
    else:
        fields = (("record_type", kind.name), ("number", str(getattr(record, kind.by_number))))
        step = shapes.Step(FOLLOW.label, reverse("following:mine"), method="post", fields=fields)
    return Accompaniment(steps=(step,))


def list_steps(kind: RecordType, query: str, name: str, actor: Actor) -> tuple[shapes.Step, ...]:
    """The button with which a list is followed as it is seen; `query` names a view where one is open."""
    if actor.role not in FOLLOWERS or actor.duty_id is None or actor.person_id is None:
        return ()
    fields = (("record_type", kind.name), ("query", query), ("name", name))
    return (shapes.Step(FOLLOW.label, reverse("following:mine"), method="post", fields=fields),)
