"""The statements of a merge, made from its plan: how a row differs, how it is made, how it is changed, and its parts."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db import connection, models
from django.db.models import NOT_PROVIDED
from django.db.models.expressions import DatabaseDefault

from foedera.platform.lists.importing.staging import staged_type

from .plan import Existing, MergedField, MergedParts, MergePlan, column_of, field_of
from .templates import (
    DELETE_PARTS,
    DIFFERING,
    INSERT,
    INSERT_MISSING_PARTS,
    INSERT_PARTS,
    PARTS_DIFFERING,
    PARTS_GONE,
    PRESENT_PARTS,
    SIGNED_PARTS,
    UPDATE,
    VERSION,
)

Statement = tuple[str, list[Any]]


class Statements:
    """The SQL of a plan; `existing` says what happens to records that are there."""

    def __init__(self, plan: MergePlan, existing: Existing) -> None:
        self.plan = plan
        self.existing = existing
        self.fields = [(f, field_of(plan.model, f.name)) for f in plan.fields]
        self.types = {column_of(model_field): staged_type(model_field) for _f, model_field in self.fields}

    @cached_property
    def comparing(self) -> list[str]:
        """Statements that mark which of the matched rows differ."""
        made = []
        if self.existing == "skip":
            return []
        conditions = " OR ".join(filter(None, (self._differs(f, mf) for f, mf in self.fields)))
        if conditions:
            made.append(DIFFERING.format(table=self.plan.table, conditions=conditions))
        for parts in self.plan.parts:
            if parts.mode == "replace" and self.existing == "fill":
                continue
            gone = PARTS_GONE if parts.mode == "replace" else ""
            made.append(PARTS_DIFFERING.format(**self._parts_sql(parts), gone=gone))
        return made

    @cached_property
    def making(self) -> list[Statement]:
        """Statements, with their parameters, that write the new rows between two numbers, which are given last."""
        columns: list[str] = []
        values: list[str] = []
        params: list[Any] = []
        computed = {column_of(field_of(self.plan.model, n)): sql for n, sql in self.plan.computed}
        staged = {column_of(mf): mf for _f, mf in self.fields}
        for model_field in self.plan.model._meta.concrete_fields:
            column = column_of(model_field)
            if model_field.primary_key or isinstance(model_field, models.GeneratedField):
                continue
            if column in computed:
                columns.append(f'"{column}"')
                values.append(computed[column])
            elif column in staged:
                columns.append(f'"{column}"')
                default, given = _default(model_field)
                values.append(f'coalesce(s."{column}", {default})')
                params.extend(given)
            elif model_field.db_default is NOT_PROVIDED and not model_field.null:
                default, given = _default(model_field)
                columns.append(f'"{column}"')
                values.append(default)
                params.extend(given)
        insert = INSERT.format(table=self.plan.table, columns=", ".join(columns), values=", ".join(values))
        return [(insert, params), *(self._parts_insert(parts, INSERT_PARTS) for parts in self.plan.parts)]

    @cached_property
    def changing(self) -> list[Statement]:
        """Statements, with their parameters, that bring the rows between two numbers up to date; the numbers are given last."""
        made: list[Statement] = []
        changes = [c for f, mf in self.fields if (c := self._change(f, mf))]
        versioned = any(f.name == "version" for f in self.plan.model._meta.concrete_fields)
        if changes and self.existing != "skip":
            if versioned:
                changes.append("version = t.version + 1, updated_at = now()")
            made.append((UPDATE.format(table=self.plan.table, changes=", ".join(changes)), []))
        for parts in self.plan.parts:
            sql = self._parts_sql(parts)
            if parts.mode == "replace" and self.existing == "update":
                made.append((DELETE_PARTS.format(**sql), []))
            made.append(self._parts_insert(parts, INSERT_MISSING_PARTS))
        if versioned and self.plan.parts:
            made.append((VERSION.format(table=self.plan.table), []))
        return made

    def _parts_insert(self, parts: MergedParts, template: str) -> Statement:
        staged = {column_of(field_of(parts.model, n)) for n in parts.fields}
        parent = column_of(field_of(parts.model, parts.parent))
        columns, values, params = [], [], []
        for model_field in parts.model._meta.concrete_fields:
            column = column_of(model_field)
            if model_field.primary_key or column == parent or isinstance(model_field, models.GeneratedField):
                continue
            if column in staged:
                columns.append(f'"{column}"')
                values.append(f's."{column}"')
            elif model_field.db_default is NOT_PROVIDED and not model_field.null:
                default, given = _default(model_field)
                columns.append(f'"{column}"')
                values.append(default)
                params.extend(given)
        written = {"columns": ", ".join(columns), "values": ", ".join(values)}
        return template.format(**{**self._parts_sql(parts), **written}), params

    def _change(self, merged: MergedField, model_field: models.Field[Any, Any]) -> str:
        if merged.only_new:
            return ""
        column, kind = column_of(model_field), self.types[column_of(model_field)]
        said, present = f's."{column}"', f't."{column}"'
        if merged.how == "join":
            if kind == "jsonb":
                joined = f"{said} || {present}" if self.existing == "fill" else f"{present} || {said}"
                return f'"{column}" = coalesce({joined}, {present})'
            return (
                f'"{column}" = CASE WHEN {said} IS NULL OR {present}::{kind} @> {said} THEN {present} ELSE '  # noqa: S608 - names of our columns
                f"{present}::{kind} || ARRAY(SELECT e FROM unnest({said}) e WHERE NOT e = ANY({present}::{kind})) END"
            )
        if self._only_fills(merged):
            return f'"{column}" = CASE WHEN {_blank(present, kind)} THEN coalesce({said}, {present}) ELSE {present} END'
        return f'"{column}" = coalesce({said}, {present})'

    def _differs(self, merged: MergedField, model_field: models.Field[Any, Any]) -> str:
        if merged.only_new:
            return ""
        column, kind = column_of(model_field), self.types[column_of(model_field)]
        said, present = f's."{column}"', f't."{column}"'
        stated = f"{said} IS NOT NULL AND "
        if merged.how == "join":
            if kind == "jsonb":
                joined = f"{said} || {present}" if self.existing == "fill" else f"{present} || {said}"
                return f"({stated}({joined}) IS DISTINCT FROM {present})"
            return f"({stated}NOT {present}::{kind} @> {said})"
        if self._only_fills(merged):
            return f"({stated}{_blank(present, kind)} AND NOT {_blank(said, kind)})"
        return f"({stated}{said} IS DISTINCT FROM {present}::{kind})"

    def _only_fills(self, merged: MergedField) -> bool:
        return self.existing == "fill" or merged.how == "fill"

    def _parts_sql(self, parts: MergedParts) -> dict[str, str]:
        compared = [field_of(parts.model, n) for n in (parts.compared or parts.fields)]
        fields = [field_of(parts.model, n) for n in parts.fields]
        kinds = {column_of(f): staged_type(f) for f in compared}
        said = "ROW(" + ", ".join(f'p."{c}"' for c in kinds) + ")::text"
        present = "ROW(" + ", ".join(f'c."{c}"::{k}' for c, k in kinds.items()) + ")::text"
        table = parts.model._meta.db_table
        parent = column_of(field_of(parts.model, parts.parent))
        columns = ", ".join(f'"{column_of(f)}"' for f in fields)
        return {
            "said": SIGNED_PARTS.format(
                stage=parts.stage, signature=said, columns=", ".join(f'p."{column_of(f)}"' for f in fields)
            ),
            "present": PRESENT_PARTS.format(table=table, parent=parent, signature=present),
            "stage": parts.stage,
            "table": table,
            "parent": parent,
            "columns": columns,
        }


def _blank(expression: str, kind: str) -> str:
    if kind == "text":
        return f"coalesce({expression}, '') = ''"
    if kind.endswith("[]") or kind == "jsonb":
        return f"({expression} IS NULL OR {expression}::text IN ('{{}}', '[]'))"
    return f"{expression} IS NULL"


def _default(model_field: models.Field[Any, Any]) -> tuple[str, list[Any]]:
    """The value of a field that nobody stated, as SQL with its parameters."""
    value = model_field.get_default()
    if isinstance(value, DatabaseDefault):
        value = value.expression.value  # type: ignore[attr-defined]  # a constant of the model
    if value is None:
        return "NULL", []
    return f"%s::{model_field.db_type(connection)}", [model_field.get_db_prep_save(value, connection)]
