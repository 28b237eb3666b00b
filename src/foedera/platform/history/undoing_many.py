"""Undoing one action on many records, all or nothing, as an action of its own; safe where each row still stands as it was left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.asking import acting, handling
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.errors import NotFound, NotNow, Refused
from foedera.platform.actions.events import publish_after_commit
from foedera.platform.actions.performing import Action, lock

from .models import Entry, PerformedAction
from .past_rows import PAST
from .recording import record_action
from .undoing import ROWS, UNDO, Last, Undone, put_back

# Rows that were written again and yet read as an action left them: what was done since was undone. How they are counted says nothing.
UNSAID = ["version", "updated_at", "known_from", "known_until"]
SAME = """
SELECT t.id FROM public."{table}" t JOIN {past}."{table}_rows" r ON r.id = t.id AND r.known_from = %s
WHERE t.id = ANY(%s) AND to_jsonb(t) - %s::text[] = to_jsonb(r) - %s::text[]
"""

# So many records are named where one stands in the way.
NAMED = 20


class Changed(NotNow):
    """Records were changed since; `keys` are the ids of those that stand in the way."""

    def __init__(self, keys: Sequence[int]) -> None:
        super().__init__(_("Records were changed again since; nothing was undone."))
        self.keys = list(keys)


def undo_many(action: Action[Any], action_id: int, actor: Actor, keys: Sequence[int], reason: str = "") -> int:
    """Put back what a performed action wrote to the records with these ids, and return the id of the undoing.

    Raises Refused for who may not take the step on all of them, NotFound when one is not to be seen any more, Changed when a row was
    written again since, NotNow when the action cannot be undone.
    """
    with acting(actor), transaction.atomic():
        locked = lock(action.model, actor, keys)
        if len(locked) != len(set(keys)):
            raise NotFound(_("Some of the records are not there any more, or not for you."))
        if not action.reversible:
            raise NotNow(_("This step cannot be undone."))
        for record in locked.values():
            may = policy_for(action.model).may(actor, action.roles, record)
            if not may:
                raise Refused(may.reason)
        last = _written(action, action_id, keys)
        undoing = record_action(f"{action.name.partition('.')[0]}.{UNDO}", actor, reason)
        table = action.model._meta.db_table
        with handling(table, keys):
            put_back(last)
            _grow(table, keys)
        publish_after_commit([Undone(table, key) for key in keys])
        return undoing


def _written(action: Action[Any], action_id: int, keys: Sequence[int]) -> Last:
    """What the action wrote, sorted. Raises Changed, NotNow."""
    table = action.model._meta.db_table
    last, again, strange = _sorted(table, action_id, keys)
    if strange:
        raise NotNow(_("The step changed other records too."))
    if again:
        raise Changed(sorted(again))
    if table in last.made:
        raise NotNow(_("That a record was made cannot be undone."))
    return last


def take_back(model: type[models.Model], action_id: int, keys: Sequence[int], *, gone: Sequence[int]) -> None:
    """Put back all that a performed action wrote, to whichever record it belongs, and let the versions of these records grow.

    `gone` are the ids of records that the action removed. Raises Changed when a row was written again since. Inside an action.
    """
    table = model._meta.db_table
    last, again, _strange = _sorted(table, action_id, [*keys, *gone])
    if again:
        raise Changed(sorted(again))
    put_back(last)
    _grow(table, keys)


def _grow(table: str, keys: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE public."{table}" SET version = version + 1, updated_at = clock_timestamp() WHERE id = ANY(%s)',  # noqa: S608 - a table of ours
            [list(keys)],
        )


def _sorted(table: str, action_id: int, keys: Sequence[int]) -> tuple[Last, set[int], bool]:
    """What an action wrote, sorted; the records of which a row was written again since; whether it wrote to others than these."""
    performed = PerformedAction.objects.get(pk=action_id)
    last = Last(action_id, performed.at, performed.name, performed.name, performed.person_id)
    # The records too: what is derived of a part stands in them without an entry.
    rows: dict[str, dict[int, int]] = {table: {key: key for key in keys}}
    strange = False
    for name, row, subject_table, subject in Entry.objects.filter(action_id=action_id).values_list(
        "table_name", "row_id", "subject_table", "subject_id"
    ):
        strange |= subject_table != table or subject not in rows[table]
        rows.setdefault(name, {})[row] = subject
    again: set[int] = set()
    written: dict[str, dict[int, bool]] = {}
    with connection.cursor() as cursor:
        # Also to what the asker does not see.
        cursor.execute("SELECT foedera_wrote_beyond(%s, %s, %s)", [action_id, table, list(keys)])
        strange |= bool(cursor.fetchone()[0])
        for name, subjects in rows.items():
            cursor.execute(ROWS.format(past=PAST, table=name), [last.at, list(subjects), last.at])
            for _table, key, there, untouched, before in cursor.fetchall():
                if there and untouched:
                    (last.changed if before else last.made).setdefault(name, []).append(key)
                elif not there and before:
                    last.removed.setdefault(name, []).append(key)
                elif there or name == table:
                    written.setdefault(name, {})[key] = before
        for name, found in written.items():
            cursor.execute(SAME.format(past=PAST, table=name), [last.at, list(found), UNSAID, UNSAID])
            same = {key for (key,) in cursor.fetchall()}
            for key, before in found.items():
                if key in same:
                    (last.changed if before else last.made).setdefault(name, []).append(key)
                else:
                    again.add(rows[name][key])
    return last, again, strange
