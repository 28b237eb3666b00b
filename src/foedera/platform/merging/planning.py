"""What a merge would do: field by field what both say and what will stand, and each row that refers to the one that goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import Invalid, NotFound, Problem, Words
from foedera.platform.lists.description import Column, Kind, RecordType, writable
from foedera.platform.lists.inputs import current_values
from foedera.platform.lists.pages.records import find
from foedera.platform.records.models import Publicity

from .foreseeing import Foreseen, foresee

EMPTY: tuple[Any, ...] = ("", None, [], {})
STAYS, GOES, BOTH = "stays", "goes", "both"
# From what everybody may read to what its owner alone may.
LADDER = tuple(str(rung) for rung in Publicity.values)


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
    why_not: Words
    # Marked fields that the actor may not read: they are decided as if nobody chose, and nobody is told of them.
    unseen: tuple[Field, ...] = ()


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
    known = {c.name for c in writable(kind.change.columns, actor, kind.model)}
    problems = [Problem(f"choose.{name}", _("There is no such field.")) for name in chosen if name not in known]
    mine = current_values(kind, stays, columns.values())
    theirs = current_values(kind, goes, columns.values())
    fields: list[Field] = []
    unseen: list[Field] = []
    for name, column in columns.items():
        rows = column.kind is Kind.ROWS
        if mine[name] == theirs[name] or theirs[name] == stays.number:
            continue
        choice = chosen.get(name) or _by_default(column, mine[name], theirs[name], goes.number)
        if choice not in ((STAYS, GOES, BOTH) if rows else (STAYS, GOES)):
            problems.append(Problem(f"choose.{name}", _("Choose one of the values offered.")))
        (fields if name in known else unseen).append(Field(column, mine[name], theirs[name], choice, rows))
    if problems:
        raise Invalid(problems)
    why_not: Words = ""
    for record in (stays, goes):
        allowed, reason = kind.change.verdict(actor, record)
        if not allowed:
            why_not = f"{getattr(record, kind.by_number)}: {reason}"
    return Plan(kind, stays, goes, tuple(fields), why_not, tuple(unseen))


def _by_default(column: Column, mine: Any, theirs: Any, goes: str) -> str:
    """Both lists of parts; the narrower publicity; else the value of the record that stays, if it has one that is left."""
    if column.kind is Kind.ROWS:
        return BOTH
    if column.name == "publicity" and mine in LADDER and theirs in LADDER:
        return GOES if LADDER.index(theirs) > LADDER.index(mine) else STAYS
    return GOES if mine in EMPTY or mine == goes else STAYS


def foreseen(plan: Plan, actor: Actor) -> list[Foreseen]:
    """What the plan does to each row that refers to the record that goes, as far as the actor may see it."""
    keep = {f.column.related: f.chosen for f in (*plan.fields, *plan.unseen) if f.column.kind is Kind.ROWS}
    return foresee(plan.kind, plan.stays, plan.goes, actor, keep)
