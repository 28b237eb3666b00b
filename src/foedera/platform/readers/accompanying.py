"""Where readers of a record are named, on its page."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.actions.performing import action_named
from foedera.platform.lists.description import RecordType
from foedera.platform.lists.pages.accompanying import Accompaniment
from foedera.platform.pages import shapes

from .actions import NAME, has_readers


def beside(kind: RecordType, record: Any, actor: Actor, on_timeline: bool) -> Accompaniment:
    """The step that leads to the readers of a record, for whoever works on it."""
    del on_timeline
    if not has_readers(kind) or not action_named(f"{kind.name}.{NAME}").verdict(actor, record)[0]:
        return Accompaniment()
    url = reverse("readers", args=[kind.name, getattr(record, kind.by_number)])
    return Accompaniment(steps=(shapes.Step(_("Named readers"), url),))
