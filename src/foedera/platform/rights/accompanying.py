"""The fold on the page of a record in which it is told who may take which step; asked for when it is opened."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.lists.description import RecordType
from foedera.platform.lists.pages.accompanying import Accompaniment
from foedera.platform.pages import shapes

from .queries import tells_rights


def beside(kind: RecordType, record: Any, actor: Actor, on_timeline: bool) -> Accompaniment:
    """The fold, for whoever is signed in; who may do what is told of today alone."""
    del on_timeline
    if actor.is_past or not tells_rights(kind):
        return Accompaniment()
    url = reverse("who_may", args=[kind.name, getattr(record, kind.by_number)])
    return Accompaniment(blocks=(shapes.Fold(_("Who may take which step"), url, f"{url}?part=steps"),))
