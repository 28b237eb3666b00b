"""The facts, steps and timeline of one record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.marks import hidden_from
from foedera.platform.access.roles import PROPOSERS, Role
from foedera.platform.actions.errors import NotFound
from foedera.platform.actions.performing import Action, actions_of, label_of
from foedera.platform.history.queries import Event, timeline
from foedera.platform.history.undoing import UNDO, just_done
from foedera.platform.lists import composing, querying
from foedera.platform.lists.description import Column, Context, Kind, RecordType, type_of
from foedera.platform.lists.pages.changes import Teller
from foedera.platform.lists.pages.values import cell_of
from foedera.platform.pages import shapes


def find(record_type: RecordType, number: str, actor: Actor) -> Any:
    """The record of that number, if the actor may know of it. Raises NotFound."""
    record, _values = _read(record_type, number, Context(actor), ())
    return record


def find_with_row(
    record_type: RecordType, number: str, context: Context, columns: Sequence[Column] | None = None
) -> tuple[Any, dict[str, Any]]:
    """The record of that number and its values by column name, by one statement. Raises NotFound.

    Without `columns` the values are those that the API tells, child rows apart. Columns that the reader may not read are left out.
    """
    wanted, made = _wanted(record_type, columns, context)
    record, found = _read(record_type, number, context, made)
    return record, _row(record_type, record, context, wanted, made, found)


def read_row(
    record_type: RecordType, record: Any, context: Context, columns: Sequence[Column] | None = None
) -> dict[str, Any]:
    """The values of a visible record by column name: what its model holds, and the rest by one statement. Raises NotFound."""
    wanted, made = _wanted(record_type, columns, context)

    def rest_of_one() -> Any:
        rows = querying.visible_rows(record_type, context).filter(pk=composing.A_NUMBER)
        return querying.select(record_type, rows, made, context)[:1]

    key = ("rest", record_type.name, tuple(c.name for c in made), context.actor.eyes)
    found = composing.statement(key, rest_of_one).rows(int(record.pk))
    if not found:
        raise NotFound()
    return _row(record_type, record, context, wanted, made, found[0])


def _wanted(
    record_type: RecordType, columns: Sequence[Column] | None, context: Context
) -> tuple[list[Column], tuple[Column, ...]]:
    """The columns with those from which computed ones are made, and which of them the model does not hold by itself."""
    asked = columns if columns is not None else [c for c in record_type.columns if c.in_api]
    hidden = hidden_from(context.actor, record_type.model)
    asked = [c for c in asked if c.kind is not Kind.ROWS and (c.sensitive is None or c.sensitive not in hidden)]
    wanted = querying.with_needed(record_type, asked)
    held = {c.name for c in wanted if c.expression is None and c.compute is None and c.reference is None}
    return wanted, tuple(c for c in wanted if c.name not in held and c.compute is None)


def _row(
    record_type: RecordType,
    record: Any,
    context: Context,
    wanted: Sequence[Column],
    made: Sequence[Column],
    found: tuple[Any, ...],
) -> dict[str, Any]:
    rest = dict(zip((c.name for c in made), found[2:], strict=True))
    values = [rest[c.name] if c.name in rest else getattr(record, c.path) for c in wanted if c.compute is None]
    return querying.as_row(record_type, wanted, (*found[:2], *values), context)


def _read(
    record_type: RecordType, number: str, context: Context, made: tuple[Column, ...]
) -> tuple[Any, tuple[Any, ...]]:
    """The record, and its id, whether all but the title is withheld, and the values of the columns `made`."""
    if "\x00" in number:
        raise NotFound()
    model: Any = record_type.model
    names = tuple(f.attname for f in model._meta.concrete_fields if f.attname != "id")

    def one() -> Any:
        rows = querying.visible_rows(record_type, context).filter(**{record_type.by_number: composing.A_TEXT})
        return querying.select(record_type, rows, made, context, extra=names)[:1]

    key = ("one", record_type.name, tuple(c.name for c in made), context.actor.eyes)
    found = composing.statement(key, one).rows(number.upper())
    if not found:
        raise NotFound()
    values = found[0]
    record = model.from_db(connection.alias, ("id", *names), (values[0], *values[2 : 2 + len(names)]))
    return record, (*values[:2], *values[2 + len(names) :])


def fact_groups(
    record_type: RecordType,
    row: dict[str, Any],
    *,
    leave_out: frozenset[str] = frozenset(),
    empty: bool = False,
) -> tuple[shapes.FactGroup, ...]:
    """The facts of a record in the groups of its description; empty ones are left out unless asked for."""
    groups = []
    for name, label in record_type.groups:
        facts = []
        for column in record_type.columns:
            if column.group != name or column.name in leave_out or column.name not in row or column.kind is Kind.ROWS:
                continue
            cell = cell_of(column, row[column.name])
            if empty or cell != shapes.Cell():
                facts.append(shapes.Fact(column.label, cell, column.help))
        if facts:
            groups.append(shapes.FactGroup(label, tuple(facts), name))
    return tuple(groups)


def steps_of(
    record: Any, actor: Actor, url: Callable[[Action[Any]], str]
) -> tuple[list[shapes.Step], list[shapes.Step]]:
    """The steps that may be taken on a record: next ones, and everything else; those not allowed say why."""
    if actor.is_public:
        return [], []
    first: list[shapes.Step] = []
    more: list[shapes.Step] = []
    for action in actions_of(type(record)):
        if action.makes_record or action.beside or not action.listed:
            continue
        allowed, reason = action.verdict(actor, record)
        # A step that is off leads nowhere; most are, and making their addresses is not free.
        address = url(action) if allowed else ""
        step = shapes.Step(action.label, address, enabled=allowed, reason=reason, primary=action.primary)
        if allowed and action.name.endswith(f".{UNDO}") and just_done(actor, record):
            # Beside the next step while the last one is fresh; later among the others.
            first.insert(min(1, len(first)), step)
        else:
            (first if action.primary and allowed else more).append(step)
        if not allowed and not actor.is_past and _is_change(action) and actor.role in PROPOSERS:
            kind = type_of(type(record))
            assert kind is not None
            proposing = reverse("proposals:new", args=[kind.name, getattr(record, kind.by_number)])
            more.append(shapes.Step(_("Propose a change"), proposing))
    return first, more


def _is_change(action: Action[Any]) -> bool:
    kind = type_of(action.model)
    return kind is not None and kind.change is action


def timeline_entries(
    record: Any, record_type: RecordType | None, actor: Actor, *, limit: int = 100
) -> tuple[shapes.TimelineEntry, ...]:
    """Everything that happened to a record in words, newest first."""
    events = timeline(record, limit=limit)
    teller = Teller(type(record), record_type, actor, [change for event in events for change in event.changes])
    return tuple(_entry(event, teller) for event in events)


def _entry(event: Event, teller: Teller) -> shapes.TimelineEntry:
    role = dict(Role.choices).get(event.role, event.role) if event.role else ""
    return shapes.TimelineEntry(
        at=event.at,
        actor=event.person_name or (_("Database") if event.channel == "database" else _("Nobody named")),
        action=str(label_of(event.action)) if event.action else _("Changed past the program"),
        role=role,
        reason=event.reason,
        changes=teller.in_words(event.changes),
    )
