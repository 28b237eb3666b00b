"""One merge: portions are staged, compared with what is there, and written.

Existing rows are found by a key. A staged value that is NULL says nothing and changes nothing. When the database refuses a
portion (a CHECK, a unique key, a value too long), it is halved until the rows at fault are found and told; the rest is written.
Rows come in portions, so that the temporary tables stay small and reading goes on meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.errors import invalid
from foedera.platform.actions.performing import constraint_message
from foedera.platform.lists.importing.report import Report
from foedera.platform.lists.importing.staging import Stage, staged_type

from .plan import Existing, MergePlan, column_of, field_of
from .statements import Statement, Statements
from .templates import HIDDEN, LOCKED, MATCHED, REMEMBER, REPEATED, UNKNOWN

ROWS, MATCH, SEEN = "import_rows", "import_match", "import_seen"
# Each faulty row is found by halving; beyond so many the file does not fit the register as a whole.
MOST_FAULTS = 500
# For the rest of the transaction: portions are small and their rows lie in memory, so that finding records by their keys one by one is
# cheaper than reading the whole table, and compiling statements never pays. Broken references are told with their row, not at the end.
TUNED = (
    "SET LOCAL random_page_cost = 1.1",
    "SET LOCAL jit = off",
    "SET LOCAL work_mem = '32MB'",
    "SET CONSTRAINTS ALL IMMEDIATE",
)


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
        self.statements = Statements(plan, existing)
        self.actor = actor
        self.report = report
        self.key_column = key_column
        self.rows = Stage(ROWS, [("row_no", "integer"), ("key", "text"), *self.statements.types.items()])
        self.parts = {
            parts.stage: Stage(
                parts.stage,
                [("row_no", "integer"), ("position", "integer")]
                + [(column_of(mf), staged_type(mf)) for mf in (field_of(parts.model, n) for n in parts.fields)],
            )
            for parts in plan.parts
        }
        self.match = Stage(
            MATCH,
            [
                ("row_no", "integer"),
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
        self._analyse()
        self._leave_repeated_out()
        new, existing = self._match(numbered=write)
        differing = 0
        if existing:
            self._compare()
            existing, differing = self._counts()
        equal = existing - differing
        created: list[int] = []
        changed: list[int] = []
        if write and (new or differing):
            self._write(making=bool(new), changing=bool(differing))
            created, changed = self._written()
            new, differing = len(created), len(changed)
        self._forget()
        return Settled(created, changed, new, differing, equal)

    def _analyse(self) -> None:
        """Statistics of the first portion, by which all are planned."""
        if not self._analysed:
            with connection.cursor() as cursor:
                for setting in TUNED:
                    cursor.execute(setting)
                for stage in (self.rows, *self.parts.values()):
                    cursor.execute(f"ANALYZE {stage.name}")

    def _forget(self) -> None:
        with connection.cursor() as cursor:
            names = ", ".join([self.rows.name, self.match.name, *(stage.name for stage in self.parts.values())])
            cursor.execute(f"TRUNCATE {names}")

    # --------------------------------------------------------------------------------------------------- classifying

    def _leave_repeated_out(self) -> None:
        """Keep which keys were said; a row that says one again is told and left out."""
        with connection.cursor() as cursor:
            cursor.execute(REMEMBER)
            remembered = cursor.rowcount
            cursor.execute("SELECT count(*) FROM import_rows")
            if remembered == cursor.fetchone()[0]:
                return
            cursor.execute(REPEATED)
            for row, key, first in sorted(cursor.fetchall()):
                reason = _("Row %(row)d has the same key already; it counts.") % {"row": first}
                self.report.error(row, self.key_column, key, reason, "repeated")

    def _match(self, *, numbered: bool) -> tuple[int, int]:
        """How many rows are new, and how many are there already; new ones get their ids where they are to be written."""
        number = f"coalesce(id, nextval({self._sequence}))" if numbered and not self.only_existing else "id"
        with connection.cursor() as cursor:
            cursor.execute(MATCHED.format(table=self.plan.table, key=self.plan.key, number=number))
            if not self._analysed:
                cursor.execute("ANALYZE import_match")
                self._analysed = True
            if self.only_existing:
                cursor.execute(UNKNOWN)
                for row, key in sorted(cursor.fetchall()):
                    reason = _("There is no record “%(key)s”.") % {"key": key}
                    self.report.error(row, self.key_column, key, reason, "reference")
            cursor.execute(
                "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM import_match"
            )
            new, existing = cursor.fetchone()
        return int(new), int(existing)

    @cached_property
    def _sequence(self) -> str:
        """The sequence of the ids, as a literal."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT quote_literal(pg_get_serial_sequence(%s, 'id'))", [self.plan.table])
            return str(cursor.fetchone()[0])

    def _compare(self) -> None:
        self._leave_hidden_alone()
        self._leave_others_alone()
        with connection.cursor() as cursor:
            for sql in self.statements.comparing:
                cursor.execute(sql)

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

    def _counts(self) -> tuple[int, int]:
        """How many of the rows that are there remain, and how many of them differ."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), count(*) FILTER (WHERE differs OR parts_differ) FROM import_match WHERE NOT is_new"
            )
            existing, differing = cursor.fetchone()
        return int(existing), int(differing)

    # ------------------------------------------------------------------------------------------------------- writing

    def _write(self, *, making: bool, changing: bool) -> None:
        statements: list[Statement] = []
        with connection.cursor() as cursor:
            cursor.execute("SELECT row_no FROM import_match WHERE is_new OR differs OR parts_differ ORDER BY row_no")
            numbers = [row for (row,) in cursor.fetchall()]
            if making:
                statements += self.statements.making
            if changing:
                statements += self.statements.changing
                # Nobody changes these rows between the comparison and the writing.
                cursor.execute(LOCKED.format(table=self.plan.table))
        self._write_portion(numbers, statements)

    def _written(self) -> tuple[list[int], list[int]]:
        created: list[int] = []
        changed: list[int] = []
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, is_new FROM import_match WHERE is_new OR differs OR parts_differ ORDER BY id")
            for key, is_new in cursor.fetchall():
                (created if is_new else changed).append(key)
        return created, changed

    def _write_portion(self, rows: Sequence[int], statements: Sequence[Statement]) -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                for sql, params in statements:
                    cursor.execute(sql, [*params, rows[0], rows[-1]])
        except (IntegrityError, DataError) as error:
            if len(rows) > 1:
                middle = len(rows) // 2
                self._write_portion(rows[:middle], statements)
                self._write_portion(rows[middle:], statements)
                return
            reason = (
                str(constraint_message(error))
                if isinstance(error, IntegrityError)
                else _("A value does not fit: %(reason)s") % {"reason": str(error).splitlines()[0]}
            )
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM import_match WHERE row_no = %s", [rows[0]])
            self.report.error(rows[0], "", "", reason, "constraint")
            if self.report.errors["constraint"] >= MOST_FAULTS:
                words = _("%(count)d rows contradict the rules of the register; the last fault: %(reason)s")
                raise invalid("", words % {"count": MOST_FAULTS, "reason": reason}) from error

    def drop(self) -> None:
        """Remove the temporary tables."""
        for stage in (self.rows, self.match, self.seen, *self.parts.values()):
            stage.drop()


def _portions(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
