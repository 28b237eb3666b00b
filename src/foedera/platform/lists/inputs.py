"""Input made from the description: the schema of create and change, references resolved, values put on the record.

The same schema stands behind the form of a page, the API and an import.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Annotated, Any

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import registered
from foedera.platform.actions.errors import Invalid, Problem
from foedera.platform.records.partial_dates import parse as parse_partial_date

from .description import Column, Kind, RecordType, Reference, writable

LONGEST_TEXT = 20_000


def _clean_text(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError(_("The text holds a character that cannot be stored."))
        return value.strip()
    return value


def _partial_date(value: Any) -> Any:
    if value is None or value == "":
        return ""
    if isinstance(value, datetime.date):
        return value.isoformat()
    if not isinstance(value, str):
        raise ValueError(_("Enter a year, a month or a day, such as 1954, 1954-03 or 1954-03-17."))
    return parse_partial_date(value)


def _empty_is_none(value: Any) -> Any:
    return None if value == "" else value


def _truth(value: Any) -> Any:
    if value == "" or value == "unknown":
        return None
    return value


def _known(column: Column) -> Any:
    def check(value: Any) -> Any:
        if value is None or value == "":
            return ""
        for choice in column.options():
            if str(choice.code) == str(value):
                return choice.code
        raise ValueError(_("“%(value)s” is not one of the values offered.") % {"value": value})

    return check


def _known_list(column: Column) -> Any:
    one = _known(column)

    def check(value: Any) -> Any:
        if value is None:
            return []
        if isinstance(value, str):
            value = [v.strip() for v in value.split(",") if v.strip()]
        if not isinstance(value, list | tuple):
            raise ValueError(_("Enter a list."))
        return list(dict.fromkeys(one(v) for v in value if v not in ("", None)))

    return check


def _languages(value: Any) -> Any:
    if value is None or value == "":
        return {}
    if not isinstance(value, dict):
        raise ValueError(_("Enter a text for each language code."))
    if any("\x00" in f"{k}{v}" for k, v in value.items()):
        raise ValueError(_("The text holds a character that cannot be stored."))
    return {str(k): str(v).strip() for k, v in value.items() if str(v).strip()}


def _field(column: Column) -> tuple[Any, Any]:
    """The pydantic type and default of a column."""
    kind = column.kind
    label = str(column.label)
    if kind is Kind.ROWS:
        row = row_model(column)
        return list[row], Field(default_factory=list, description=label, max_length=500)  # type: ignore[valid-type]  # a made model
    if kind in (Kind.TEXT, Kind.LONG_TEXT):
        most = column.max_length or LONGEST_TEXT
        kept = Annotated[str, BeforeValidator(_clean_text)]
        if column.required:
            return kept, Field(min_length=1, max_length=most, description=label)
        return kept, Field(default="", max_length=most, description=label)
    if kind is Kind.INTEGER:
        bounds = {
            "ge": column.minimum if column.minimum is not None else 0,
            "le": column.maximum or 2_147_483_647,
        }
        return Annotated[int | None, BeforeValidator(_empty_is_none)], Field(default=None, description=label, **bounds)  # type: ignore[call-overload]  # bounds are keywords of Field
    if kind is Kind.BOOLEAN:
        return Annotated[bool | None, BeforeValidator(_truth)], Field(default=None, description=label)
    if kind is Kind.DATE:
        made = Annotated[datetime.date | None, BeforeValidator(_empty_is_none)]
        return made, Field(default=None, description=label)
    if kind is Kind.PARTIAL_DATE:
        return Annotated[str, BeforeValidator(_partial_date)], Field(default="", description=label)
    if kind is Kind.CHOICE:
        made_choice = Annotated[str, BeforeValidator(_known(column))]
        if column.required and not column.default:
            return made_choice, Field(min_length=1, description=label)
        return made_choice, Field(default=column.default, description=label)
    if kind is Kind.CHOICES:
        return Annotated[list[str], BeforeValidator(_known_list(column))], Field(
            default_factory=list, description=label
        )
    if kind is Kind.NAMES:
        return Annotated[dict[str, str], BeforeValidator(_languages)], Field(default_factory=dict, description=label)
    if kind is Kind.REFERENCE:
        if column.required:
            return Annotated[str, BeforeValidator(_clean_text)], Field(min_length=1, description=label)
        return Annotated[str, BeforeValidator(_clean_text)], Field(default="", description=label)
    raise TypeError(f"a column of kind {kind} cannot be set: {column.name}")


# Ids by what names them, by column.
Resolved = dict[str, dict[str, int]]


class Input(BaseModel):
    """Input of an action: unknown fields are refused, so that a misspelt one is not lost silently."""

    model_config = ConfigDict(extra="forbid", str_max_length=LONGEST_TEXT)


def row_model(column: Column) -> type[BaseModel]:
    """The schema of one child row of a column of rows."""
    fields: dict[str, Any] = {c.name: _field(c) for c in column.rows}
    made: type[BaseModel] = create_model(f"{column.name.title().replace('_', '')}Row", __base__=Input, **fields)
    return made


def input_model(name: str, columns: Iterable[Column]) -> type[BaseModel]:
    """The schema of an action that sets these columns. For a change, fields that are absent keep their values."""
    fields: dict[str, Any] = {c.name: _field(c) for c in columns}
    made: type[BaseModel] = create_model(name, __base__=Input, **fields)
    return made


def change_model(name: str, columns: Iterable[Column]) -> type[BaseModel]:
    """Like `input_model`, but nothing is required: only what is given is changed."""
    fields: dict[str, Any] = {}
    for column in columns:
        kind, given = _field(column)
        if given.is_required():
            given = Field(default="", description=str(column.label), max_length=column.max_length or LONGEST_TEXT)
        fields[column.name] = (kind, given)
    made: type[BaseModel] = create_model(name, __base__=Input, **fields)
    return made


def resolve(reference: Reference, texts: Sequence[str], actor: Actor) -> dict[str, int]:
    """Ids by the texts that name them (number, code ...), of rows that the actor may know of; unknown texts are absent."""
    model = reference.model_class
    rows: Any = model._default_manager.all()
    policies = registered()
    if model in policies:
        rows = policies[model].visible(rows, actor)
    wanted = {t for t in texts if t}
    if not wanted:
        return {}
    found: dict[str, int] = {}
    condition = Q()
    for key in reference.keys:
        condition |= Q(**{f"{key}__in": wanted | {w.upper() for w in wanted}})
    for values in rows.filter(condition).values_list("id", *reference.keys):
        for value in values[1:]:
            if value not in (None, ""):
                found.setdefault(str(value), values[0])
    return {t: found[k] for t in wanted for k in (t, t.upper()) if k in found}


def resolve_all(columns: Sequence[Column], many: Sequence[BaseModel], actor: Actor) -> Resolved:
    """The references of many inputs and of their child rows, one look-up for each column, by column name ("parties.body")."""
    resolved: Resolved = {}
    for column in columns:
        if column.kind is Kind.REFERENCE and column.reference is not None:
            resolved[column.name] = resolve(column.reference, [getattr(v, column.name) for v in many], actor)
        elif column.kind is Kind.ROWS:
            rows = [row for v in many for row in getattr(v, column.name)]
            inner = resolve_all(column.rows, rows, actor)
            resolved.update({f"{column.name}.{name}": found for name, found in inner.items()})
    return resolved


def child_rows(record: models.Model, values: BaseModel, column: Column, resolved: Resolved) -> list[models.Model]:
    """The child rows of a new record as unsaved models. Raises Invalid naming row and field at fault."""
    model = apps.get_model(column.related)
    parent = _parent_field(model, record)
    problems: list[Problem] = []
    made = []
    for position, row in enumerate(getattr(values, column.name)):
        child = model(**{parent.name: record})
        for cell in column.rows:
            value = getattr(row, cell.name)
            if cell.required and value in ("", None):
                problems.append(Problem(f"{column.name}.{position}.{cell.name}", _("This is required.")))
            if cell.kind is Kind.REFERENCE:
                key = resolved[f"{column.name}.{cell.name}"].get(value)
                if value and key is None:
                    problems.append(_not_found(f"{column.name}.{position}.{cell.name}", value))
                setattr(child, f"{cell.path}_id", key)
            else:
                setattr(child, cell.path, value)
        made.append(child)
    if problems:
        raise Invalid(problems)
    return made


def _not_found(field: str, value: Any) -> Problem:
    return Problem(field, _("“%(value)s” was not found.") % {"value": value})


def marked_fields(
    columns: Sequence[Column], values: BaseModel, actor: Actor, model: type[models.Model]
) -> list[Problem]:
    """A fault for each given field that the actor may not read, in the words for a field that there is not."""
    known = {c.name for c in writable(columns, actor, model)}
    return [
        Problem(c.name, _("There is no such field."))
        for c in columns
        if c.name not in known and c.name in values.model_fields_set
    ]


def assign(
    record: models.Model,
    values: BaseModel,
    columns: Sequence[Column],
    actor: Actor,
    *,
    only_given: bool = False,
    resolved: Resolved | None = None,
) -> None:
    """Put the input on the record; child rows are left to `write_rows`.

    `resolved` are the references of `resolve_all`, where many records are made at once.

    Raises Invalid when a reference names nothing that the actor may know of, a required value is emptied, or a field is given that
    the actor may not read.
    """
    problems = marked_fields(columns, values, actor, type(record))
    given = values.model_fields_set
    for column in columns:
        if column.kind is Kind.ROWS or (only_given and column.name not in given):
            continue
        value = getattr(values, column.name)
        if column.required and value in ("", None, [], {}):
            problems.append(Problem(column.name, _("This is required.")))
        if column.kind is Kind.REFERENCE:
            assert column.reference is not None
            key = None
            if value:
                known = resolved[column.name] if resolved is not None else resolve(column.reference, [value], actor)
                key = known.get(value)
                if key is None and only_given:
                    # What stands there already may stay, though the actor may not see what it points to.
                    present = getattr(record, column.path)
                    key = present.pk if present is not None and _key_of(column.reference, present) == value else None
                if key is None:
                    problems.append(_not_found(column.name, value))
            setattr(record, f"{column.path}_id", key)
        else:
            setattr(record, column.path, value)
    if problems:
        raise Invalid(problems)


def write_rows(record: models.Model, values: BaseModel, columns: Iterable[Column], actor: Actor) -> bool:
    """Make the child rows of the given columns equal to the input; rows that stay the same are not touched.

    Returns whether anything changed. Raises Invalid naming column, row and field at fault.
    """
    changed = False
    for column in columns:
        if column.kind is Kind.ROWS and column.name in values.model_fields_set:
            changed |= _write_rows_of(record, column, getattr(values, column.name), actor)
    return changed


def _parent_field(model: type[models.Model], record: models.Model) -> Any:
    """The foreign key by which child rows of `model` belong to the record."""
    for found in model._meta.get_fields():
        if isinstance(found, models.ForeignKey) and isinstance(record, found.related_model):
            return found
    raise LookupError(f"{model.__name__} is no part of {type(record).__name__}")


def _write_rows_of(record: models.Model, column: Column, rows: Sequence[BaseModel], actor: Actor) -> bool:
    problems: list[Problem] = []
    model = apps.get_model(column.related)
    parent = _parent_field(model, record)
    wanted: list[dict[str, Any]] = [{} for _row in rows]
    for cell in column.rows:
        found: dict[str, int] = {}
        if cell.kind is Kind.REFERENCE:
            assert cell.reference is not None
            found = resolve(cell.reference, [getattr(r, cell.name) for r in rows], actor)
        for position, row in enumerate(rows):
            value = getattr(row, cell.name)
            if cell.required and value in ("", None):
                problems.append(Problem(f"{column.name}.{position}.{cell.name}", _("This is required.")))
            if cell.kind is Kind.REFERENCE:
                if value and value not in found:
                    problems.append(
                        Problem(
                            f"{column.name}.{position}.{cell.name}",
                            _("“%(value)s” was not found.") % {"value": value},
                        )
                    )
                wanted[position][f"{cell.path}_id"] = found.get(value)
            else:
                wanted[position][cell.path] = value
    if problems:
        raise Invalid(problems)
    names = [f"{c.path}_id" if c.kind is Kind.REFERENCE else c.path for c in column.rows]
    existing = list(model._default_manager.filter(**{parent.name: record}).order_by("id"))
    left = list(existing)
    changed = False
    new: list[dict[str, Any]] = []
    for row_values in wanted:
        same = next((r for r in left if all(getattr(r, n) == row_values[n] for n in names)), None)
        if same is not None:
            left.remove(same)
        else:
            new.append(row_values)
    for row_values in new:
        changed = True
        target = left.pop(0) if left else model(**{parent.name: record})
        for name, value in row_values.items():
            setattr(target, name, value)
        target.full_clean(exclude=[parent.name], validate_constraints=False)
        target.save()
    for gone in left:
        changed = True
        gone.delete()
    return changed


@cache
def blank(kind: Kind) -> Any:
    """The value of a column that is not known."""
    empty: dict[Kind, Any] = {Kind.NAMES: {}, Kind.CHOICES: [], Kind.ROWS: []}
    return empty.get(kind, None if kind in (Kind.INTEGER, Kind.BOOLEAN, Kind.DATE, Kind.MOMENT, Kind.REFERENCE) else "")


def current_values(record_type: RecordType, record: Any, columns: Iterable[Column]) -> dict[str, Any]:
    """The present values of a record in the form that the input takes them, for forms and for showing a conflict."""
    values: dict[str, Any] = {}
    for column in columns:
        if column.kind is Kind.REFERENCE:
            assert column.reference is not None
            target = getattr(record, column.path)
            values[column.name] = "" if target is None else _key_of(column.reference, target)
        elif column.kind is Kind.ROWS:
            model = apps.get_model(column.related)
            parent = _parent_field(model, record)
            related = [c.path for c in column.rows if c.kind is Kind.REFERENCE]
            values[column.name] = [
                current_values(record_type, child, column.rows)
                for child in model._default_manager.filter(**{parent.name: record})
                .select_related(*related)
                .order_by("id")
            ]
        else:
            value = getattr(record, column.path)
            values[column.name] = blank(column.kind) if value is None else value
    return values


def _key_of(reference: Reference, target: Any) -> str:
    for key in reference.keys:
        value = getattr(target, key)
        if value not in (None, ""):
            return str(value)
    return ""
