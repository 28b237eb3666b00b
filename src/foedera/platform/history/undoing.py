"""Undoing the last action on a record where that is safe, as an action of its own; undoing that again is doing it anew.

Safe means: every row that the action wrote still stands as the action left it, the action wrote to this one record alone, it did not
make the record, and it says of itself that it can be undone. Rows go back to what `past_rows` kept of the moment before, derived
columns and search entry included; only the version grows on. Who may undo is who may take the step.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg.types.numeric import Int8

from foedera.platform.access.actors import Actor
from foedera.platform.access.database.preparing import prepared_cursor
from foedera.platform.access.roles import EVERYONE, READS_ONLY
from foedera.platform.actions.errors import NotNow, Words
from foedera.platform.actions.performing import Action, Run, action_named, register

from .past_rows import PAST

UNDO = "undo"
# So long after a step its undoing stands beside the next step.
FRESH = datetime.timedelta(minutes=10)

# The last action on a record and, where that is an undoing, the action that was undone before it, which says who may. What was
# written of the record is taken once: an import writes of a hundred thousand others in the same action.
LAST = """
WITH mine AS MATERIALIZED (
    SELECT id, action_id, table_name, row_id FROM history_entry WHERE subject_table = %(table)s AND subject_id = %(id)s
), last AS (
    SELECT action_id FROM mine ORDER BY id DESC LIMIT 1
), original AS (
    SELECT a.name FROM mine JOIN history_action a ON a.id = mine.action_id
    WHERE a.name NOT LIKE '%%.undo' ORDER BY mine.id DESC LIMIT 1
)
SELECT a.id, a.at, a.name, a.person_id, (SELECT name FROM original),
       foedera_wrote_beyond(a.id, %(table)s, ARRAY[%(id)s]::bigint[]),
       (SELECT json_object_agg(table_name, rows) FROM (
            SELECT table_name, array_agg(DISTINCT row_id) AS rows FROM mine WHERE action_id = a.id GROUP BY 1) t)
FROM last JOIN history_action a ON a.id = last.action_id
"""
ROWS = """
SELECT '{table}', k.id, t.id IS NOT NULL, coalesce(t.known_from = %s, false), r.id IS NOT NULL
FROM unnest(%s::bigint[]) k(id) LEFT JOIN public."{table}" t ON t.id = k.id
LEFT JOIN {past}."{table}_rows" r ON r.id = k.id AND r.known_until = %s
"""
BACK = """
UPDATE public."{table}" t SET ({names}) = (SELECT {values} FROM {past}."{table}_rows" r WHERE r.id = t.id AND r.known_until = %s)
WHERE t.id = ANY(%s)
"""
AGAIN = """
INSERT INTO public."{table}" ({names}) OVERRIDING SYSTEM VALUE
SELECT {values} FROM {past}."{table}_rows" r WHERE r.id = ANY(%s) AND r.known_until = %s
"""


@dataclass(frozen=True, slots=True)
class Undone:
    """Told after the last action on a record was undone."""

    table: str
    row_id: int


@dataclass(slots=True)
class Last:
    """The last action on a record, what it wrote, and why it cannot be undone (empty words: it can)."""

    action_id: int
    at: Any
    name: str
    original: str
    person_id: int | None
    why_not: Words = ""
    made: dict[str, list[int]] = field(default_factory=dict)
    changed: dict[str, list[int]] = field(default_factory=dict)
    removed: dict[str, list[int]] = field(default_factory=dict)


def last_action(record: models.Model) -> Last | None:
    """The last action on a record, read once for a loaded record; None when it was last changed past the program."""
    known: list[Last | None] | None = record.__dict__.get("_last_action")
    if known is None:
        known = [_read(record)]
        record.__dict__["_last_action"] = known
    return known[0]


def just_done(actor: Actor, record: models.Model) -> bool:
    """Whether the actor took the last step on the record himself, moments ago."""
    last = last_action(record)
    return last is not None and last.person_id == actor.person_id and timezone.now() - last.at < FRESH


def _read(record: models.Model) -> Last | None:
    table = record._meta.db_table
    with prepared_cursor() as cursor:
        cursor.execute(LAST, {"table": table, "id": Int8(record.pk)})
        row = cursor.fetchone()
        if row is None:
            return None
        key, at, name, person, original, others, written = row
        last = Last(key, at, name, original or name, person)
        try:
            action = action_named(last.original)
        except LookupError:
            last.why_not = _("This step cannot be undone.")
            return last
        if not action.reversible:
            last.why_not = _("This step cannot be undone.")
        elif others:
            last.why_not = _("The step changed other records too.")
        else:
            # The record itself too: what is derived of a part stands in it without an entry.
            rows = {**written, table: sorted({*written.get(table, []), record.pk})}
            _sort(cursor, last, rows, table)
            if record.pk in last.made.get(table, []):
                last.why_not = _("That a record was made cannot be undone.")
    return last


def _sort(cursor: Any, last: Last, rows: dict[str, list[int]], record_table: str) -> None:
    """Tell made, changed and removed rows apart, and whether one of them was written again since."""
    cursor.execute(
        " UNION ALL ".join(ROWS.format(past=PAST, table=table) for table in rows),
        [value for keys in rows.values() for value in (last.at, keys, last.at)],
    )
    for table, key, there, untouched, before in cursor.fetchall():
        if there and untouched:
            (last.changed if before else last.made).setdefault(table, []).append(key)
        elif not there and before:
            last.removed.setdefault(table, []).append(key)
        elif there or table == record_table:
            last.why_not = _("It was changed again since.")


def undo(run: Run[Any]) -> Any:
    """The body of the action: put back what the last action on the record found. Raises NotNow when that is not safe any more."""
    record = run.record
    record.__dict__.pop("_last_action", None)
    # The entry of this very action is not there yet, so the last one is the one to be undone.
    last = last_action(record)
    if last is None or last.why_not:
        raise NotNow(last.why_not if last else _("There is no step to undo."))
    put_back(last)
    with connection.cursor() as cursor:
        if hasattr(record, "version"):
            table = record._meta.db_table
            cursor.execute(
                f'UPDATE public."{table}" SET version = %s, updated_at = clock_timestamp() WHERE id = %s',  # noqa: S608 - a table of ours
                [record.version + 1, record.pk],
            )
    record.__dict__.pop("_last_action", None)
    run.tell(Undone(record._meta.db_table, record.pk))
    return type(record)._default_manager.get(pk=record.pk)


def put_back(last: Last) -> None:
    """Write the rows of an action as they were before it; versions of records are left to the caller."""
    with connection.cursor() as cursor:
        for table, keys in last.made.items():
            cursor.execute(f'DELETE FROM public."{table}" WHERE id = ANY(%s)', [keys])  # noqa: S608 - a table of ours
        for table, keys in last.changed.items():
            names, values = _columns(table)
            cursor.execute(BACK.format(past=PAST, table=table, names=names, values=values), [last.at, keys])
        for table, keys in last.removed.items():
            names, values = _columns(table, whole=True)
            cursor.execute(AGAIN.format(past=PAST, table=table, names=names, values=values), [keys, last.at])
        # What refers to a row that is gone now is told here, not at the end of the transaction.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _columns(table: str, *, whole: bool = False) -> tuple[str, str]:
    """Names and values of the columns that are put back: what is generated is made again, versions grow on."""
    model = next(m for m in apps.get_models() if m._meta.db_table == table)
    left_out = set() if whole else {"id", "version", "updated_at"}
    names = [f.column for f in model._meta.concrete_fields if not f.generated and f.column not in left_out]
    return ", ".join(f'"{n}"' for n in names), ", ".join(f'r."{n}"' for n in names)


def _why_not(record: Any) -> Words:
    last = last_action(record)
    if last is None:
        return _("There is no step to undo.")
    return last.why_not


def _may(actor: Actor, record: Any) -> Words:
    """Who may take the step may undo it."""
    last = last_action(record)
    if last is None or last.why_not:
        return ""
    allowed = actor.role in action_named(last.original).roles
    return "" if allowed else _("Your role does not include the step that would be undone.")


def offer_undo(name: str, model: type[models.Model]) -> Action[Any]:
    """Register the undoing of the last action on a record type; from there pages, API and timeline have it."""
    return register(
        Action(
            name=f"{name}.{UNDO}",
            label=gettext_lazy("Undo the last step"),
            model=model,
            body=undo,
            roles=EVERYONE - READS_ONLY,
            available=_why_not,
            permits=_may,
            many=False,
        )
    )
