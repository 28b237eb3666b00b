"""Set-based merging of staged rows with a table: what is new is made, what differs is changed, what is the same is not touched.

Rows come in portions, so that the temporary tables stay small and reading goes on meanwhile. Existing rows are found by a key. A staged value that is NULL says nothing and changes nothing. When the database refuses a
portion (a CHECK, a unique key, a value too long), it is halved until the rows at fault are found and told; the rest is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from django.db import DataError, IntegrityError, connection, models, transaction
from django.db.models import NOT_PROVIDED
from django.db.models.expressions import DatabaseDefault
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.performing import constraint_message

from .report import Report
from .staging import Stage, staged_type

ROWS, MATCH, SEEN = "import_rows", "import_match", "import_seen"

REPEATED = """
DELETE FROM import_rows r
USING (
    SELECT s.key, coalesce(min(e.row_no), min(s.row_no)) AS first
    FROM import_rows s LEFT JOIN import_seen e ON e.key = s.key GROUP BY s.key HAVING count(*) > 1 OR min(e.row_no) IS NOT NULL
) twice
WHERE r.key = twice.key AND r.row_no <> twice.first RETURNING r.row_no, r.key, twice.first
"""
REMEMBER = "INSERT INTO import_seen SELECT key, row_no FROM import_rows ON CONFLICT DO NOTHING"
MATCHED = """
INSERT INTO import_match
SELECT DISTINCT ON (s.row_no) s.row_no, t.id AS id, t.id IS NULL AS is_new, false AS differs, false AS parts_differ
FROM import_rows s LEFT JOIN {table} t ON {key} = s.key ORDER BY s.row_no, t.id
"""
UNKNOWN = """
DELETE FROM import_match m USING import_rows s WHERE s.row_no = m.row_no AND m.is_new RETURNING m.row_no, s.key
"""
HIDDEN = """
DELETE FROM import_match m USING import_rows s
WHERE s.row_no = m.row_no AND NOT m.is_new AND m.id NOT IN ({visible}) RETURNING m.row_no, s.key
"""
DIFFERING = """
UPDATE import_match m SET differs = true FROM import_rows s, {table} t
WHERE s.row_no = m.row_no AND t.id = m.id AND NOT m.is_new AND ({conditions})
"""
LOCKED = """
SELECT id FROM {table} WHERE id IN (SELECT id FROM import_match WHERE (differs OR parts_differ) AND NOT is_new)
ORDER BY id FOR UPDATE
"""
NUMBERED = "UPDATE import_match SET id = nextval(pg_get_serial_sequence('{table}', 'id')) WHERE is_new"
INSERT = """
INSERT INTO {table} (id, {columns})
SELECT m.id, {values} FROM import_match m JOIN import_rows s ON s.row_no = m.row_no {joins}
WHERE m.is_new AND m.row_no BETWEEN %s AND %s ORDER BY m.row_no
"""
UPDATE = """
UPDATE {table} t SET {changes} FROM import_match m JOIN import_rows s ON s.row_no = m.row_no
WHERE t.id = m.id AND m.differs AND NOT m.is_new AND m.row_no BETWEEN %s AND %s
"""
VERSION = """
UPDATE {table} t SET version = t.version + 1, updated_at = now() FROM import_match m
WHERE t.id = m.id AND m.parts_differ AND NOT m.differs AND NOT m.is_new AND m.row_no BETWEEN %s AND %s
"""

# Parts (child rows). "sign" is the row as text, "n" tells equal ones apart.
SIGNED_PARTS = """
SELECT p.row_no, p.position, {signature} AS sign,
       row_number() OVER (PARTITION BY p.row_no, {signature} ORDER BY p.position) AS n, {columns}
FROM {stage} p
"""
PRESENT_PARTS = """
SELECT c.id, m.row_no, {signature} AS sign,
       row_number() OVER (PARTITION BY c.{parent}, {signature} ORDER BY c.id) AS n
FROM {table} c JOIN import_match m ON c.{parent} = m.id WHERE NOT m.is_new
"""
PARTS_DIFFERING = """
UPDATE import_match m SET parts_differ = true WHERE NOT m.is_new AND m.row_no IN (
    WITH said AS ({said}), present AS ({present})
    SELECT s.row_no FROM said s LEFT JOIN present c ON c.row_no = s.row_no AND c.sign = s.sign AND c.n = s.n WHERE c.id IS NULL
    {gone}
)
"""
PARTS_GONE = """
    UNION SELECT c.row_no FROM present c LEFT JOIN said s ON c.row_no = s.row_no AND c.sign = s.sign AND c.n = s.n
    WHERE s.row_no IS NULL AND c.row_no IN (SELECT row_no FROM said)
"""
DELETE_PARTS = """
WITH said AS ({said}), present AS ({present})
DELETE FROM {table} WHERE id IN (
    SELECT c.id FROM present c LEFT JOIN said s ON c.row_no = s.row_no AND c.sign = s.sign AND c.n = s.n
    WHERE s.row_no IS NULL AND c.row_no IN (SELECT row_no FROM said) AND c.row_no BETWEEN %s AND %s
)
"""
INSERT_PARTS = """
WITH said AS ({said}), present AS ({present})
INSERT INTO {table} ({parent}, {columns})
SELECT m.id, {values} FROM said s JOIN import_match m ON m.row_no = s.row_no
LEFT JOIN present c ON c.row_no = s.row_no AND c.sign = s.sign AND c.n = s.n
WHERE c.id IS NULL AND (m.is_new OR m.parts_differ) AND m.row_no BETWEEN %s AND %s ORDER BY s.row_no, s.position
"""

Existing = Literal["update", "fill", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedField:
    """A field that an import writes.

    `only_new`: set when a record is made, never changed. `how`: "replace"; "join" adds the languages of names or the elements
    of an array to those that are there; "fill" never replaces what is there.
    """

    name: str
    only_new: bool = False
    how: Literal["replace", "join", "fill"] = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedParts:
    """Child rows that an import writes: made equal to what the row says ("replace"), or missing ones added ("add").

    Only `compared` fields tell two parts apart (default: all of `fields`).
    """

    model: type[models.Model]
    parent: str
    fields: tuple[str, ...]
    compared: tuple[str, ...] = ()
    mode: Literal["replace", "add"] = "replace"

    @property
    def stage(self) -> str:
        """The name of the temporary table of these parts."""
        return f"import_parts_{self.model._meta.model_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePlan:
    """What is written where: the table, its key as SQL over `t`, its fields and parts.

    `computed` gives fields of new records as SQL over `s` (the staged row), `m` (its match) and `joins`.
    """

    model: type[models.Model]
    key: str
    fields: tuple[MergedField, ...]
    parts: tuple[MergedParts, ...] = ()
    computed: tuple[tuple[str, str], ...] = ()
    joins: str = ""

    @property
    def table(self) -> str:
        """The table that is written."""
        return self.model._meta.db_table


def field_of(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    """The model field of that name. Raises FieldDoesNotExist."""
    found = model._meta.get_field(name)
    assert isinstance(found, models.Field)
    return found


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a portion: ids of what was made and changed (empty when nothing was written), and the counts."""

    created: list[int]
    changed: list[int]
    new: int
    differing: int
    equal: int


class Merge:
    """Rows and parts are staged in portions; after each, `settle` compares them with what is there, and writes."""

    def __init__(
        self,
        plan: MergePlan,
        *,
        existing: Existing,
        actor: Actor,
        report: Report,
        key_column: str,
        only_existing: bool = False,
    ) -> None:
        self.plan = plan
        self.only_existing = only_existing
        self.existing = existing
        self.actor = actor
        self.report = report
        self.key_column = key_column
        self.fields = [(f, field_of(plan.model, f.name)) for f in plan.fields]
        kinds = [(model_field.column, staged_type(model_field)) for _f, model_field in self.fields]
        self._types = dict(kinds)
        self.rows = Stage(ROWS, [("row_no", "integer"), ("key", "text"), *kinds])
        self.parts = {
            parts.stage: Stage(
                parts.stage,
                [("row_no", "integer"), ("position", "integer")]
                + [(mf.column, staged_type(mf)) for mf in (field_of(parts.model, n) for n in parts.fields)],
            )
            for parts in plan.parts
        }
        self.match = Stage(
            MATCH,
            [
                ("row_no", "integer PRIMARY KEY"),
                ("id", "bigint"),
                ("is_new", "boolean"),
                ("differs", "boolean"),
                ("parts_differ", "boolean"),
            ],
        )
        self.seen = Stage(SEEN, [("key", "text PRIMARY KEY"), ("row_no", "integer")])
        self._everywhere = bool(policy_for(plan.model).in_scope(plan.model(), actor))
        self._analysed = False

    def settle(self, *, write: bool) -> Settled:
        """Tell new, differing and equal rows of the portion apart, write what is to be written, and make room for the next."""
        self._classify()
        new, differing, equal = self._counts()
        created: list[int] = []
        changed: list[int] = []
        if write and (new or differing):
            self._write()
            created, changed = self._written()
            new, differing = len(created), len(changed)
        self._remember()
        return Settled(created, changed, new, differing, equal)

    def _remember(self) -> None:
        """Keep which keys were said, so that a later row that says one again is told; and forget the portion."""
        with connection.cursor() as cursor:
            cursor.execute(REMEMBER)
            names = ", ".join([self.rows.name, self.match.name, *(stage.name for stage in self.parts.values())])
            cursor.execute(f"TRUNCATE {names}")

    # --------------------------------------------------------------------------------------------------- classifying

    def _classify(self) -> None:
        with connection.cursor() as cursor:
            if not self._analysed:
                for stage in (self.rows, *self.parts.values()):
                    cursor.execute(f"ANALYZE {stage.name}")
            cursor.execute(REPEATED)
            for row, key, first in sorted(cursor.fetchall()):
                reason = _("Row %(row)d has the same key already; it counts.") % {"row": first}
                self.report.error(row, self.key_column, key, reason, "repeated")
            cursor.execute(MATCHED.format(table=self.plan.table, key=self.plan.key))
            if not self._analysed:
                cursor.execute("ANALYZE import_match")
                self._analysed = True
            if self.only_existing:
                cursor.execute(UNKNOWN)
                for row, key in sorted(cursor.fetchall()):
                    reason = _("There is no record “%(key)s”.") % {"key": key}
                    self.report.error(row, self.key_column, key, reason, "reference")
        self._leave_hidden_alone()
        self._leave_others_alone()
        if self.existing == "skip":
            return
        with connection.cursor() as cursor:
            conditions = " OR ".join(filter(None, (self._differs(f, mf) for f, mf in self.fields)))
            if conditions:
                cursor.execute(DIFFERING.format(table=self.plan.table, conditions=conditions))
            for parts in self.plan.parts:
                gone = PARTS_GONE if parts.mode == "replace" and self.existing == "update" else ""
                if parts.mode == "replace" and self.existing == "fill":
                    continue
                cursor.execute(PARTS_DIFFERING.format(**self._parts_sql(parts), gone=gone))

    def _leave_hidden_alone(self) -> None:
        visible = self.plan.model._default_manager.visible_to(self.actor).order_by().values("pk")  # type: ignore[attr-defined]  # a Record's manager
        sql, params = visible.query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(HIDDEN.format(visible=sql), params)
            for row, key in sorted(cursor.fetchall()):
                reason = _("The key belongs to a record that you cannot change.")
                self.report.error(row, self.key_column, key, reason, "rights")

    def _leave_others_alone(self) -> None:
        """Existing records outside the actor's territory; nothing is asked where the role covers all."""
        if self._everywhere:
            return
        policy = policy_for(self.plan.model)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT m.id, m.row_no, s.key FROM import_match m JOIN import_rows s USING (row_no) WHERE NOT m.is_new"
            )
            matched = {key: (row, text) for key, row, text in cursor.fetchall()}
            refused: list[int] = []
            for ids in _portions(sorted(matched), 5000):
                for record in self.plan.model._default_manager.filter(pk__in=ids):
                    verdict = policy.in_scope(record, self.actor)
                    if not verdict:
                        row, text = matched[record.pk]
                        refused.append(row)
                        self.report.error(row, self.key_column, text, str(verdict.reason), "rights")
            if refused:
                cursor.execute("DELETE FROM import_match WHERE row_no = ANY(%s)", [refused])

    def _differs(self, merged: MergedField, model_field: models.Field[Any, Any]) -> str:
        if merged.only_new:
            return ""
        column, kind = model_field.column, self._types[model_field.column]
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
        kinds = {f.column: staged_type(f) for f in compared}
        said = "ROW(" + ", ".join(f'p."{c}"' for c in kinds) + ")::text"
        present = "ROW(" + ", ".join(f'c."{c}"::{k}' for c, k in kinds.items()) + ")::text"
        table = parts.model._meta.db_table
        parent = field_of(parts.model, parts.parent).column
        columns = ", ".join(f'"{f.column}"' for f in fields)
        return {
            "said": SIGNED_PARTS.format(
                stage=parts.stage, signature=said, columns=", ".join(f'p."{f.column}"' for f in fields)
            ),
            "present": PRESENT_PARTS.format(table=table, parent=parent, signature=present),
            "table": table,
            "parent": parent,
            "columns": columns,
        }

    def _counts(self) -> tuple[int, int, int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new AND (differs OR parts_differ)),"
                " count(*) FILTER (WHERE NOT is_new AND NOT (differs OR parts_differ)) FROM import_match"
            )
            new, differing, equal = cursor.fetchone()
        return int(new), int(differing), int(equal)

    # ------------------------------------------------------------------------------------------------------- writing

    def _write(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(NUMBERED.format(table=self.plan.table))
            cursor.execute("SELECT row_no FROM import_match WHERE is_new OR differs OR parts_differ ORDER BY row_no")
            numbers = [row for (row,) in cursor.fetchall()]
            # Nobody changes these rows between the comparison and the writing.
            cursor.execute(LOCKED.format(table=self.plan.table))
        self._write_portion(self._statements, numbers)

    def _written(self) -> tuple[list[int], list[int]]:
        created: list[int] = []
        changed: list[int] = []
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, is_new FROM import_match WHERE is_new OR differs OR parts_differ ORDER BY id")
            for key, is_new in cursor.fetchall():
                (created if is_new else changed).append(key)
        return created, changed

    def _write_portion(self, statements: Sequence[tuple[str, list[Any]]], rows: Sequence[int]) -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                for sql, params in statements:
                    cursor.execute(sql, [*params, rows[0], rows[-1]])
        except (IntegrityError, DataError) as error:
            if len(rows) > 1:
                middle = len(rows) // 2
                self._write_portion(statements, rows[:middle])
                self._write_portion(statements, rows[middle:])
                return
            reason = (
                str(constraint_message(error))
                if isinstance(error, IntegrityError)
                else _("A value does not fit: %(reason)s") % {"reason": str(error).splitlines()[0]}
            )
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM import_match WHERE row_no = %s", [rows[0]])
            self.report.error(rows[0], "", "", reason, "constraint")

    @cached_property
    def _statements(self) -> list[tuple[str, list[Any]]]:
        made: list[tuple[str, list[Any]]] = []
        columns: list[str] = []
        values: list[str] = []
        params: list[Any] = []
        computed = {field_of(self.plan.model, n).column: sql for n, sql in self.plan.computed}
        staged = {mf.column: mf for _f, mf in self.fields}
        for model_field in self.plan.model._meta.concrete_fields:
            column = model_field.column
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
        made.append(
            (
                INSERT.format(
                    table=self.plan.table,
                    columns=", ".join(columns),
                    values=", ".join(values),
                    joins=self.plan.joins,
                ),
                params,
            )
        )
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
            inserted = self._parts_insert(parts)
            made.append((INSERT_PARTS.format(**{**sql, **inserted[0]}), inserted[1]))
        if versioned and self.plan.parts:
            made.append((VERSION.format(table=self.plan.table), []))
        return made

    def _parts_insert(self, parts: MergedParts) -> tuple[dict[str, str], list[Any]]:
        staged = {field_of(parts.model, n).column for n in parts.fields}
        parent = field_of(parts.model, parts.parent).column
        columns, values, params = [], [], []
        for model_field in parts.model._meta.concrete_fields:
            column = model_field.column
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
        return {"columns": ", ".join(columns), "values": ", ".join(values)}, params

    def _change(self, merged: MergedField, model_field: models.Field[Any, Any]) -> str:
        if merged.only_new:
            return ""
        column, kind = model_field.column, self._types[model_field.column]
        said, present = f's."{column}"', f't."{column}"'
        if merged.how == "join":
            if kind == "jsonb":
                joined = f"{said} || {present}" if self.existing == "fill" else f"{present} || {said}"
                return f'"{column}" = coalesce({joined}, {present})'
            return (
                f'"{column}" = CASE WHEN {said} IS NULL OR {present}::{kind} @> {said} THEN {present} ELSE '
                f"{present}::{kind} || ARRAY(SELECT e FROM unnest({said}) e WHERE NOT e = ANY({present}::{kind})) END"
            )
        if self._only_fills(merged):
            return f'"{column}" = CASE WHEN {_blank(present, kind)} THEN coalesce({said}, {present}) ELSE {present} END'
        return f'"{column}" = coalesce({said}, {present})'

    def drop(self) -> None:
        """Remove the temporary tables."""
        for stage in (self.rows, self.match, self.seen, *self.parts.values()):
            stage.drop()


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


def _portions(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
