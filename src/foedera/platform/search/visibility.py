"""Which entries an actor may be told of: the policy of each record type, asked of its entries."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from contextlib import suppress
from typing import Any

from django.core.exceptions import EmptyResultSet, FieldError, FullResultSet
from django.db import connection
from django.db.models import BooleanField, Expression, F, QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for, visible_rows
from foedera.platform.lists import composing
from foedera.platform.lists.description import Context, RecordType, record_types

from .models import SearchEntry
from .triggers import is_indexed

# What is read of an entry.
READ = ("record_type", "record_id", "state", "year", "partner_ids", "own", "whole")


def indexed_types() -> list[RecordType]:
    """The record types that are searched, in the order of registration."""
    return [t for t in record_types() if is_indexed(t)]


def visible_entries(actor: Actor, types: Iterable[RecordType]) -> QuerySet[SearchEntry, SearchEntry]:
    """The entries of these types that the actor may know of and read whole, as one condition over the index.

    Entries bear the columns of rights of their records, so the policy is asked of the entries themselves; where it asks for
    more than those, it is asked of the records.
    """
    return SearchEntry.objects.filter(Readable(actor, types))


def readable(actor: Actor) -> composing.Statement:
    """The statement that reads every visible entry whole; to be asked within another, which names what it looks for."""
    return composing.statement(("entries", actor.eyes), lambda: _read(visible_entries(actor, indexed_types())))


def nearly_readable(actor: Actor) -> tuple[composing.Statement, list[str]]:
    """The same with all entries of some types, of which nothing may be told; and the names of these types.

    They are those whose rights lead through other records. Behind row-level security PostgreSQL needs longer to make itself ready for
    their conditions than to find that they hold no answer. Where they do hold one, `readable` is asked.
    """
    far = frozenset(t.name for t in indexed_types() if _is_far(t, actor))
    if not far:
        return readable(actor), []
    made = composing.statement(
        ("nearly entries", actor.eyes),
        lambda: _read(SearchEntry.objects.filter(Readable(actor, indexed_types(), far))),
    )
    return made, sorted(far)


def _read(entries: QuerySet[SearchEntry, SearchEntry]) -> QuerySet[Any, Any]:
    return entries.order_by().values_list(*READ)


def _is_far(described: RecordType, actor: Actor) -> bool:
    return actor.known_at is None and "EXISTS(" in _condition(described, actor, connection)[0]


# The conditions of a type for a pair of eyes, as SQL; "" where it excludes every entry. Composing them takes longer than asking.
_kept: dict[Hashable, tuple[str, tuple[Any, ...]]] = {}
MOST_KEPT = 2000


class Readable(Expression):
    """Whether an entry is among those of its record type that the actor may read: only the condition of its type is looked at.

    Of the types named in `unasked` no condition is looked at.
    """

    output_field = BooleanField()

    def __init__(self, actor: Actor, types: Iterable[RecordType], unasked: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.unasked = unasked
        self.actor = actor
        self.types = tuple(types)
        self.record_type: Any = F("record_type")

    def get_source_expressions(self) -> list[Any]:
        """As Expression.get_source_expressions."""
        return [self.record_type]

    def set_source_expressions(self, expressions: Any) -> None:
        """As Expression.set_source_expressions."""
        (self.record_type,) = expressions

    def relabeled_clone(self, change_map: Any) -> Any:
        """Refused with a TypeError: the conditions name the table as a query over entries alone does."""
        raise TypeError("the entries that may be read are asked for by a query of their own")

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """As Expression.as_sql."""
        arms: list[str] = []
        values: list[Any] = []
        for described in self.types:
            condition, given = (
                ("true", ()) if described.name in self.unasked else _condition(described, self.actor, connection)
            )
            if condition:
                arms.append(f"WHEN %s THEN {condition}")
                values += [described.name, *given]
        if not arms:
            raise EmptyResultSet
        record_type, params = compiler.compile(self.record_type)
        return f"CASE {record_type} {' '.join(arms)} ELSE false END", [*params, *values]


def _condition(described: RecordType, actor: Actor, connection: Any) -> tuple[str, tuple[Any, ...]]:
    if actor.known_at is not None:
        return _composed(described, actor, connection)
    key = (described.name, actor.eyes)
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        found = _kept[key] = _composed(described, actor, connection)
    return found


def _composed(described: RecordType, actor: Actor, connection: Any) -> tuple[str, tuple[Any, ...]]:
    query = _of_type(described, actor).query
    try:
        condition, given = query.where.as_sql(query.get_compiler(connection=connection), connection)
    except EmptyResultSet:
        return "", ()
    except FullResultSet:
        return "true", ()
    return condition, tuple(given)


def _of_type(described: RecordType, actor: Actor) -> QuerySet[SearchEntry, SearchEntry]:
    entries = SearchEntry.objects.all()
    policy = policy_for(described.model)
    if actor.known_at is None:
        entries.stands_for = described.model  # type: ignore[attr-defined]  # read by `subject_of`
        with suppress(FieldError):
            readable: QuerySet[SearchEntry, SearchEntry] = policy.whole(entries, actor)
            if sum(1 for used in readable.query.alias_refcount.values() if used) <= 1:
                return readable
        return entries.filter(record_id__in=policy.whole(described.model._default_manager.all(), actor).values("pk"))
    # Of the past one sees what could be seen then and may be seen whole today.
    records = visible_rows(described.model._default_manager.all(), actor)
    withheld = described.withheld(Context(actor)) if described.withheld is not None else None
    return entries.filter(
        record_id__in=(records if withheld is None else records.exclude(withheld)).order_by().values("pk")
    )
