"""Reading notes, within what their readers may know."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound
from foedera.platform.lists.description import RecordType

from .access import noted_types, readable
from .models import Note

PAGE = 50
MOST = 500


def visible(actor: Actor) -> QuerySet[Any, Any]:
    """The notes that the actor may read, newest first."""
    rows: QuerySet[Any, Any] = Note.objects.visible_to(actor)
    return rows.order_by("-id")


def note(number: str, actor: Actor) -> Note:
    """The note of that number. Raises NotFound."""
    found: Note | None = None if "\x00" in number else visible(actor).filter(number=number.upper()).first()
    if found is None:
        raise NotFound()
    return found


def noted_type(name: str) -> RecordType:
    """The record type of that name, if notes are written on its records. Raises NotFound."""
    for kind in noted_types():
        if kind.name == name:
            return kind
    raise NotFound()


def noted(name: str, number: str, actor: Actor) -> tuple[RecordType, Any]:
    """The type and the record of that number, if the actor may read it whole. Raises NotFound."""
    kind = noted_type(name)
    found = None
    if "\x00" not in number:
        found = readable(kind, actor).filter(**{kind.by_number: number.upper()}).first()
    if found is None:
        raise NotFound()
    return kind, found


def about(kind: RecordType, record: Any, actor: Actor) -> list[Note]:
    """The notes on a record that the actor may read, newest first."""
    return list(visible(actor).filter(about_type=kind.name, about_id=record.pk)[:MOST])
