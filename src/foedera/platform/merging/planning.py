"""What a merge would do: field by field what both say and what will stand, and how many rows of what refer to the one that goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import Invalid, NotFound, Problem, Words
from foedera.platform.lists.description import Column, Kind, RecordType
from foedera.platform.lists.inputs import current_values
from foedera.platform.lists.pages.records import find

from .references import references, rows_of

EMPTY: tuple[Any, ...] = ("", None, [], {})
STAYS, GOES, BOTH = "stays", "goes", "both"


@dataclass(frozen=True, slots=True)
class Field:
    """A field in which both differ: what each says as input takes it, which is chosen, and whether both can stand together."""

    column: Column
    stays: Any
    goes: Any
    chosen: str
    may_be_both: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What merging `goes` into `stays` does; `why_not` is empty where it can be done."""

    kind: RecordType
    stays: Any
    goes: Any
    fields: tuple[Field, ...]
    moves: tuple[tuple[str, int], ...]
    why_not: Words


def both_records(kind: RecordType, stays: str, goes: str, actor: Actor) -> tuple[Any, Any]:
    """The two records. Raises NotFound, and Invalid when they are one."""
    if kind.change is None:
        raise NotFound()
    one, other = find(kind, stays, actor), find(kind, goes, actor)
    if one.pk == other.pk:
        raise Invalid([Problem("other", _("Choose another record."))])
    return one, other


def planned(kind: RecordType, stays: Any, goes: Any, actor: Actor, chosen: Mapping[str, str]) -> Plan:
    """The plan of a merge with what was chosen; what was not is the value that stands, else the other's. Raises Invalid."""
    assert kind.change is not None
    columns = {c.name: c for c in kind.change.columns}
    problems = [Problem(f"choose.{name}", _("There is no such field.")) for name in chosen if name not in columns]
    mine = current_values(kind, stays, columns.values())
    theirs = current_values(kind, goes, columns.values())
    fields = []
    for name, column in columns.items():
        rows = column.kind is Kind.ROWS
        if mine[name] == theirs[name] or theirs[name] == stays.number:
            continue
        by_default = BOTH if rows else GOES if mine[name] in EMPTY else STAYS
        choice = chosen.get(name, by_default)
        if choice not in ((STAYS, GOES, BOTH) if rows else (STAYS, GOES)):
            problems.append(Problem(f"choose.{name}", _("Choose one of the values offered.")))
        fields.append(Field(column, mine[name], theirs[name], choice, rows))
    if problems:
        raise Invalid(problems)
    why_not: Words = ""
    for record in (stays, goes):
        allowed, reason = kind.change.verdict(actor, record)
        if not allowed:
            why_not = f"{getattr(record, kind.by_number)}: {reason}"
    return Plan(kind, stays, goes, tuple(fields), tuple(_moves(kind, goes)), why_not)


def _moves(kind: RecordType, goes: Any) -> list[tuple[str, int]]:
    counted: dict[str, int] = {}
    for reference in references(kind):
        found = len(rows_of(reference, goes.pk))
        if found:
            counted[reference.label] = counted.get(reference.label, 0) + found
    return sorted(counted.items())
