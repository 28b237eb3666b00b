"""Tags on the page of a record."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.lists.description import RecordType
from foedera.platform.lists.pages.accompanying import Accompaniment
from foedera.platform.pages import shapes

from .models import Tag
from .queries import sees_tags, tags_on


def beside(kind: RecordType, record: Any, actor: Actor, on_timeline: bool) -> Accompaniment:
    """The tags that the actor finds on a record, and where he changes them."""
    del on_timeline
    if not sees_tags(actor):
        return Accompaniment()
    url = reverse("tags:on", args=[kind.name, getattr(record, kind.by_number)])
    tags = tags_on(record, actor)
    blocks: tuple[shapes.Block, ...] = ()
    if tags:
        fact = shapes.Fact(_("On this record"), shapes.Cell(chips=tuple(chip_of(tag) for tag in tags)))
        blocks = (shapes.FactGroup(_("Tags"), (fact,), "tags"),)
    return Accompaniment(steps=(shapes.Step(_("Tags"), url),), beside=blocks)


def chip_of(tag: Tag) -> shapes.Chip:
    """A tag as a chip that says whose it is; no tag has a colour."""
    return shapes.Chip(tag.name, "grey", tag.get_audience_display())


def list_of(kind: RecordType, tag: Tag) -> str:
    """The list of the records of a type that have the tag."""
    base = kind.list_url if kind.list_url.startswith("/") else reverse(kind.list_url)
    return f"{base}?{urlencode({'tag': tag.name})}"
