"""What a merge would do to each row that refers to the record that goes, as far as whoever asks may see it: it moves, or is dropped."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils.text import Truncator

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for, registered
from foedera.platform.lists.description import RecordType, type_of
from foedera.platform.lists.marked import ALL, hidden_fields, is_hidden

from .references import Reference, alike, references, rows_of, rows_to_move

# So much is told of a row that has no name of its own.
TOLD, LONGEST = 4, 80


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One row: what it is, which one in words, its page if it has one, and whether it is dropped instead of moved."""

    what: str
    which: str
    url: str
    dropped: bool


def foresee(kind: RecordType, stays: Any, goes: Any, actor: Actor, keep: Mapping[str, str]) -> list[Foreseen]:
    """Every row that refers to the record that goes, in the order in which they are moved; `keep` says by model whose parts stay."""
    found: list[Foreseen] = []
    for reference in references(kind):
        rows = list(_seen(reference, kind, rows_to_move(reference, stays, goes), actor))
        chosen = keep.get(reference.model._meta.label, "both") if reference.part else ""
        lost: list[Any] = []
        if chosen == "stays":
            rows, lost = [], rows
        elif chosen:
            there = list(_seen(reference, kind, rows_of(reference, stays.pk), actor))
            known = {alike(row, reference.column) for row in there}
            lost = there if chosen == "goes" else [r for r in rows if alike(r, reference.column) in known]
            rows = [row for row in rows if row not in lost]
        fits = {row.pk: _fits(row, reference, stays) for row in rows}
        found += [
            Foreseen(reference.label, words, _page_of(row), dropped=not fits.get(row.pk, False))
            for row, words in _in_words([*rows, *lost], reference, hidden_fields(actor))
        ]
    return found


def _seen(reference: Reference, kind: RecordType, rows: Any, actor: Actor) -> Any:
    """Those that the actor may know of: by the rights on them, else by those on what they are parts of."""
    model = reference.model
    if model in registered():
        return policy_for(model).visible(rows, actor)
    parent: str = getattr(model, "history_subject", "")
    above = model._meta.get_field(parent).related_model if parent else None
    if isinstance(above, type) and above is not kind.model and above in registered():
        manager: Any = above
        return rows.filter(**{f"{parent}__in": policy_for(above).visible(manager._default_manager.all(), actor)})
    return rows


def _fits(row: Any, reference: Reference, stays: Any) -> bool:
    """Whether the row may stand with the record that stays, by what the database demands of its table."""
    moved = copy.copy(row)
    field = next(f for f in row._meta.concrete_fields if f.column == reference.column)
    setattr(moved, field.attname, stays.pk)
    for constraint in row._meta.constraints:
        if field.name in _names(constraint):
            try:
                constraint.validate(type(row), moved)
            except ValidationError:
                return False
    return not field.unique or not rows_of(reference, stays.pk).exists()


def _names(constraint: Any) -> set[str]:
    """The fields on which a constraint looks."""
    if isinstance(constraint, models.UniqueConstraint):
        return {*constraint.fields, *models.Q(*constraint.expressions).referenced_base_fields}
    if isinstance(constraint, models.CheckConstraint) and isinstance(constraint.condition, models.Q):
        return set(constraint.condition.referenced_base_fields)
    return set()


def _page_of(row: Any) -> str:
    kind = type_of(type(row))
    try:
        return reverse(kind.detail_url, args=[getattr(row, kind.by_number)]) if kind is not None else ""
    except NoReverseMatch:
        return ""


def _in_words(rows: list[Any], reference: Reference, unseen: frozenset[tuple[str, str]]) -> Iterable[tuple[Any, str]]:
    if not rows:
        return []
    table = type(rows[0])._meta.db_table
    if (table, ALL) in unseen:
        return [(row, "") for row in rows]
    if _names_itself(type(rows[0])):
        return [(row, _short(" ".join(dict.fromkeys((str(getattr(row, "number", "")), str(row)))))) for row in rows]
    hidden = {reference.column, reference.also, *(name for name, _value in reference.where)}
    fields = [f for f in rows[0]._meta.concrete_fields if f.column not in hidden and _tells(f)]
    fields = [f for f in fields if not is_hidden(table, f.column, unseen)]
    named = {f: _named(f, rows) for f in fields if isinstance(f, models.ForeignKey)}
    return [(row, _short(" · ".join(_values(row, fields, named)[:TOLD]))) for row in rows]


def _names_itself(model: type[models.Model]) -> bool:
    return any("__str__" in vars(above) for above in model.__mro__[:-1] if above is not models.Model)


def _tells(field: models.Field[Any, Any]) -> bool:
    if isinstance(field, models.ForeignKey):
        return True
    return isinstance(field, models.CharField | models.TextField | models.DateField) and not isinstance(
        field, models.DateTimeField
    )


def _named(field: models.ForeignKey[Any, Any], rows: list[Any]) -> dict[Any, str]:
    """What the rows lead to, in words; what is hidden from whoever asks is left out."""
    keys = {getattr(row, field.attname) for row in rows} - {None}
    model: Any = field.related_model
    if not keys or not _names_itself(model):
        return {}
    return {key: str(found) for key, found in model._default_manager.in_bulk(keys).items()}


def _values(row: Any, fields: Iterable[Any], named: Mapping[Any, dict[Any, str]]) -> list[str]:
    told = []
    for field in fields:
        value = getattr(row, field.attname)
        if field in named:
            told.append(named[field].get(value, ""))
        elif value not in ("", None):
            told.append(str(dict(field.flatchoices).get(value, value)))
    return [words for words in told if words]


def _short(words: str) -> str:
    return Truncator(words.strip()).chars(LONGEST)
