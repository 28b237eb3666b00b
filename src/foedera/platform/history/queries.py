"""Reading the timeline of a record that the actor may see."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from django.db import models
from django.utils.translation import get_language

from foedera.platform.access.actors import Actor, signature_in_words
from foedera.platform.access.policies import policy_for

from .instants import present_instant
from .models import Entry, Operation
from .personal import reveal, without_commitment


@dataclass(frozen=True, slots=True)
class Change:
    """One value before and after; `table` and `field` name it, `part` says whether a row of the record was made or removed."""

    table: str
    row_id: int
    operation: str
    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Event:
    """One performed action as seen from a record: who, in which role, what, why, when, and the changes in words' order."""

    at: datetime.datetime
    action: str
    reason: str
    person_name: str
    role: str
    channel: str
    request_id: str
    changes: tuple[Change, ...]


def before_it_became(record: models.Model, field: str, value: str) -> dict[str, Any] | None:
    """What the newest change that set a field of the record to a value found there; None when nothing tells."""
    rows = Entry.objects.filter(
        subject_table=record._meta.db_table, subject_id=record.pk,
        table_name=record._meta.db_table, operation=Operation.CHANGED,
    )  # fmt: skip
    return rows.filter(**{f"after__{field}": value}).order_by("-id").values_list("before", flat=True).first()


def names_of(model: type[models.Model], keys: Iterable[Any], actor: Actor) -> dict[Any, str]:
    """What rows of a model are called in the present language, by key; those that the actor may not see are not in it.

    A model without a policy is an open list or part of a record that is seen already; row-level security stands behind both.
    """
    rows: Any = model._default_manager.filter(pk__in=set(keys))
    with suppress(LookupError):
        rows = policy_for(model).visible(rows, actor)
    language = get_language() or ""
    return {row.pk: str((getattr(row, "names", None) or {}).get(language) or row) for row in rows}


# Columns that say nothing to a reader of the timeline.
UNTOLD = frozenset({"id", "number", "created_at"})


def timeline(record: models.Model, *, limit: int = 200) -> list[Event]:
    """The newest `limit` changes of a record and its parts, newest first, grouped by performed action."""
    rows = Entry.objects.filter(subject_table=record._meta.db_table, subject_id=record.pk)
    instant = present_instant()
    if instant is not None:
        rows = rows.filter(at__lte=instant)
    entries = list(rows.select_related("action").order_by("-id")[:limit])
    reveal(entries)
    events: list[Event] = []
    groups: dict[Any, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.action_id if entry.action_id is not None else ("database", entry.id), []).append(entry)
    for group in groups.values():
        action = group[0].action
        events.append(
            Event(
                at=group[0].at,
                action=action.name if action else "",
                reason=action.reason if action else "",
                person_name=signature_in_words(action.person_name) if action else "",
                role=action.role if action else "",
                channel=action.channel if action else "database",
                request_id=action.request_id if action else "",
                changes=tuple(_changes(reversed(group), record._meta.db_table)),
            )
        )
    return events


def changes_by(action_id: int, record: models.Model) -> list[Change]:
    """What a performed action has changed of a record and its parts, in its order; it may be the one that is being performed.

    Personal values are not told, for what is told may be kept elsewhere than in the history.
    """
    rows = Entry.objects.filter(subject_table=record._meta.db_table, subject_id=record.pk, action_id=action_id)
    changes = _changes(rows.order_by("id"), record._meta.db_table)
    return [replace(c, before=without_commitment(c.before), after=without_commitment(c.after)) for c in changes]


def _changes(entries: Iterable[Entry], table: str) -> Iterator[Change]:
    for entry in entries:
        before, after = entry.before or {}, entry.after or {}
        if entry.operation == Operation.CREATED and entry.table_name == table:
            continue
        for key in {**before, **after}:
            if key not in UNTOLD:
                yield Change(entry.table_name, entry.row_id, entry.operation, key, before.get(key), after.get(key))
