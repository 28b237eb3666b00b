"""Who sees a note: whoever may read the record whole; a note for its body alone only the people of that body, or who opened it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.access.fences import BODY, SIGNED_IN, Fence, declare, is_handled, of_type
from foedera.platform.access.policies import ALLOWED, Policy, Verdict, opened_for_reading, policy_for, register
from foedera.platform.access.roles import READS_ONLY, Role
from foedera.platform.lists.description import RecordType, record_types
from foedera.platform.records.models import Publicity

from .models import Note

WRITERS = frozenset(Role) - READS_ONLY


def noted_types() -> Iterator[RecordType]:
    """The record types on whose records notes are written."""
    return (kind for kind in record_types() if kind.model is not Note)


def readable(kind: RecordType, actor: Actor) -> QuerySet[Any, Any]:
    """The records of a type that the actor may read whole."""
    return policy_for(kind.model).whole(kind.model._default_manager.all(), actor)


class NotePolicy(Policy[Note]):
    """The rights on notes."""

    def visible(self, rows: QuerySet[Note, Any], actor: Actor) -> QuerySet[Note, Any]:
        """As Policy.visible; asked of entries of the index, each is looked up as it is met."""
        if actor.is_public:
            return rows.none()
        if rows.model is not Note:
            return rows.filter(Exists(self.visible(Note.objects.filter(pk=OuterRef("record_id")), actor)))
        seen = Q(pk__in=[])
        for kind in noted_types():
            record = readable(kind, actor).filter(pk=OuterRef("about_id")).order_by()
            seen |= Q(about_type=kind.name) & Q(Exists(record))
        ours = Q(owner=actor.body_id) if actor.body_id is not None else Q(pk__in=[])
        return rows.filter(seen, ~Q(publicity=Publicity.RESTRICTED) | ours | opened_for_reading(Note, actor))

    def in_scope(self, record: Note, actor: Actor) -> Verdict:
        """As Policy.in_scope; that it is his own note, the actions ask."""
        return ALLOWED


register(Note, NotePolicy())


def _fence() -> Fence:
    """The same for the database."""
    record = of_type("noted", {kind.name: kind.model for kind in noted_types()}, "about_type", "about_id")
    table = Note._meta.db_table
    opened = f"{{row}}.id = ANY ((SELECT foedera_asker_opened('{table}'))::bigint[])"
    ours = f"({{row}}.publicity <> 'restricted' OR {{row}}.owner_id = {BODY} OR {opened})"
    return Fence(f"{SIGNED_IN} AND {ours} AND {record} OR {is_handled(table)}")


declare(Note, _fence)
