"""The third fence: which rows of a table the database itself lets an asker see and write, whatever the program asks for.

Each room declares a `Fence` for each of its tables beside the policy. A condition is SQL over a row, written `{row}`, and the words below,
which stand for what `asking` has told the database. A table of parts (`history_subject`) that declares nothing is fenced as its record is.
The owner of the tables (migrations, loading, commands) is not bound; the roles of the web process and of the worker are (`roles`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.apps import apps
from django.db import models

# Who asks. Subselects, so that PostgreSQL finds each out once for a statement and not for every row.
ROLE = "(SELECT foedera_asker_role())"
PERSON = "(SELECT foedera_asker_person())"
BODY = "(SELECT foedera_asker_body())"
EVERYTHING = "(SELECT foedera_asker_everything())"
WRITES = "(SELECT foedera_asker_writes())"
TERRITORIES = "(SELECT foedera_asker_territories())"
PARTNERS = "(SELECT foedera_asker_partners())"
TODAY = "(SELECT foedera_asker_today())"
FILES = "(SELECT foedera_asker_files())"
# Anybody at all, the public too; and anybody who has signed in.
ANYBODY = f"({ROLE} IS NOT NULL)"
SIGNED_IN = f"({ROLE} <> 'public')"
ADMINISTRATOR = f"({ROLE} = 'administrator')"
IS_PUBLIC = f"({{row}}.publicity = 'public' OR ({{row}}.publicity = 'public_after' AND {{row}}.public_from <= {TODAY}))"


@dataclass(frozen=True, slots=True)
class Fence:
    """Conditions on the rows of one table.

    `reads`: the row may be known of. `whole`: more than its title may be (its parts follow this one). `works`: it is the asker's to
    work on.
    `writes`: what a written row must fulfil besides. Conditions name the row's columns as `{row}.column`.
    """

    reads: str
    whole: str = ""
    works: str = ""
    writes: str = WRITES
    # Holds also where nobody asks: tables that are needed before anybody can, and tell nothing of the register.
    before_asking: bool = False

    def condition(self, kind: str, row: str) -> str:
        """The SQL of "reads", "whole" or "works" for a row of that name; a rung that is not declared is the one before it."""
        text = self.reads
        if kind in ("whole", "works") and self.whole:
            text = self.whole
        if kind == "works" and self.works:
            text = self.works
        return text.replace("{row}", row)


_fences: dict[type[models.Model], Callable[[], Fence]] = {}


def declare(model: type[models.Model], fence: Fence | Callable[[], Fence]) -> None:
    """Set the fence of a table, or the function that makes it once all rooms are there. Raises ValueError when it has one already."""
    if model in _fences:
        raise ValueError(f"{model.__name__} has a fence already")
    _fences[model] = fence if callable(fence) else lambda: _of_record(model, fence)


def _of_record(model: type[models.Model], fence: Fence) -> Fence:
    """A record on the publicity ladder is seen by its named readers as well, and by the action that works on it."""
    if any(field.name == "publicity" for field in model._meta.concrete_fields):
        table = model._meta.db_table
        handled = is_handled(table)
        named = " OR ".join(
            f"{{row}}.id = ANY ((SELECT foedera_asker_{how}('{table}'))::bigint[])" for how in ("named", "opened")
        )
        fence = Fence(
            f"({fence.reads}) OR {handled} OR {named}",
            f"({fence.condition('whole', '{row}')}) OR {handled} OR {named}",
            f"({fence.condition('works', '{row}')}) OR {handled}",
            fence.writes,
            fence.before_asking,
        )
    return fence


def is_handled(table: str) -> str:
    """The condition that an action has locked the row: it stays in sight, whatever the action makes of it."""
    return f"{{row}}.id = ANY ((SELECT foedera_asker_handles('{table}'))::bigint[])"


_widened: dict[type[models.Model], list[Callable[[], str]]] = {}


def widen(model: type[models.Model], condition: Callable[[], str]) -> None:
    """A later room lets rows of an earlier one be known of: those that are named in what may be seen. Their parts stay as they were."""
    _widened.setdefault(model, []).append(condition)


_besides: dict[type[models.Model], list[Callable[[], str]]] = {}


def show_besides(model: type[models.Model], condition: Callable[[], str]) -> None:
    """A later room lets rows of an earlier one be known of, under a condition that is written straight in: it should cost nothing where
    there is nothing to show."""
    _besides.setdefault(model, []).append(condition)


_functions: list[str] = []


def add_function(definition: str) -> None:
    """A narrow function of the database that looks past the fence, installed with the fences: `CREATE OR REPLACE FUNCTION` whose
    definition says SECURITY DEFINER and fixes the search path."""
    if "SECURITY DEFINER" not in definition or "search_path" not in definition:
        raise ValueError("such a function says SECURITY DEFINER and fixes its search path")
    _functions.append(definition)


def functions() -> list[str]:
    """The definitions of all functions that look past the fence."""
    return list(_functions)


def fence_of(model: type[models.Model]) -> Fence | None:
    """The declared fence; for parts of a record the one that follows from the record; None when there is neither."""
    made = _fences.get(model)
    if made is not None:
        fence = made()
        besides = [condition() for condition in _besides.get(model, [])]
        if besides:
            fence = replace(fence, reads=" OR ".join(f"({condition})" for condition in (fence.reads, *besides)))
        wider = [condition() for condition in _widened.get(model, [])]
        if wider:
            named = through(f"named_{model._meta.db_table}", " OR ".join(wider))
            return replace(fence, reads=f"({fence.reads}) OR {named}", whole=fence.whole or fence.reads)
        return fence
    parent: str = getattr(model, "history_subject", "")
    return as_parent(model, parent) if parent else None


def business_models() -> list[type[models.Model]]:
    """Every table of ours; those of Django and of libraries (sessions, jobs) hold no business rows."""
    return [m for m in apps.get_models() if m.__module__.startswith("foedera.")]


def as_parent(model: type[models.Model], field: str, kind: str = "whole", *, extra: str = "") -> Fence:
    """Rows are seen when the row that `field` names is, in the sense of `kind`; `extra` is a condition besides."""
    through = model._meta.get_field(field)
    assert isinstance(through, models.ForeignKey)
    return Fence(
        record_is_seen(through.remote_field.model, f"{{row}}.{through.column}", kind)
        + (f" AND {extra}" if extra else "")
    )


def record_is_seen(parent: type[models.Model], key: str, kind: str = "whole") -> str:
    """The condition that the row of a table with that key is seen, in the sense of `kind`."""
    fence = fence_of(parent)
    table = parent._meta.db_table
    name = f"of_{table}"
    # The parent is fenced itself; only a stricter rung than that has to be asked for.
    stricter = ""
    if fence is not None and fence.condition(kind, name) != fence.condition("reads", name):
        stricter = f" AND ({fence.condition(kind, name)})"
    return f"EXISTS (SELECT 1 FROM {table} {name} WHERE {name}.id = {key}{stricter})"  # noqa: S608 - names of tables and columns


def of_any(subjects: Sequence[type[models.Model]], table_column: str, key_column: str, kind: str = "whole") -> str:
    """The condition that the row named by a table's name and an id is seen, for the given tables.

    Records on the publicity ladder are asked for at once, so that PostgreSQL can find many of them in one pass; the others, of which there
    are few, by a function.
    """
    at_once: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for model in sorted(subjects, key=lambda m: m._meta.db_table):
        condition = record_is_seen(model, f"{{row}}.{key_column}", kind)
        fence = fence_of(model)
        simple = fence is not None and "foedera_through" not in fence.reads and "EXISTS" not in fence.reads
        of_record = any(field.name == "publicity" for field in model._meta.concrete_fields)
        (at_once if simple and of_record else others).append((model._meta.db_table, condition))
    branches = "".join(
        f"    IF of_table = '{table}' THEN RETURN {condition.replace(f'{{row}}.{key_column}', 'of_id')}; END IF;\n"
        for table, condition in others
    )
    name = f"foedera_through_{kind}"
    _through[name] = (
        f"CREATE OR REPLACE FUNCTION {name}(of_table text, of_id bigint) RETURNS boolean LANGUAGE plpgsql STABLE "
        f"{KEPT} AS $$\nBEGIN\n{branches}    RETURN false;\nEND $$"
    )
    arms = " ".join(f"WHEN '{table}' THEN {condition}" for table, condition in at_once)
    call = f"{name}({{row}}.{table_column}, {{row}}.{key_column})"
    return f"CASE {{row}}.{table_column} {arms} ELSE {call} END" if arms else call


# With so little room no table is read whole into a hash to answer for the one row that is asked about.
KEPT = "SET search_path = public, pg_temp SET work_mem = '64kB'"

_through: dict[str, str] = {}


def through(name: str, condition: str) -> str:
    """The condition on a row by its id, asked by a function of that name, whose plan PostgreSQL keeps.

    For conditions that lead through other fenced tables: written out they would be planned anew in every statement. The function
    works as whoever asks, so that the fences of these tables hold in it.
    """
    full = f"foedera_through_{name}"
    _through[full] = (
        f"CREATE OR REPLACE FUNCTION {full}(of_id bigint) RETURNS boolean LANGUAGE plpgsql STABLE "
        f"{KEPT} AS $$\nBEGIN\n    RETURN {condition.replace('{row}.id', 'of_id')};\nEND $$"
    )
    return f"{full}({{row}}.id)"


def as_it_went(name: str, subjects: Sequence[type[models.Model]], table: str, key: str, kind: str = "whole") -> str:
    """The condition that the row named by a table's name and an id, which is gone, was seen as it last stood."""
    full = f"foedera_through_{name}"
    branches = ""
    for model in sorted(subjects, key=lambda m: m._meta.db_table):
        fence, of = fence_of(model), model._meta.db_table
        condition = fence.condition(kind, "went") if fence is not None else "false"
        branches += (
            f"    IF of_table = '{of}' THEN RETURN EXISTS (SELECT 1 FROM foedera_past.\"{of}_rows\" went WHERE went.id = of_id "  # noqa: S608 - names of tables
            f"AND went.known_until = foedera_went_at('{of}', of_id) AND ({condition})); END IF;\n"
        )
    _through[full] = (
        f"CREATE OR REPLACE FUNCTION {full}(of_table text, of_id bigint) RETURNS boolean LANGUAGE plpgsql STABLE "
        f"{KEPT} AS $$\nBEGIN\n{branches}    RETURN false;\nEND $$"
    )
    return f"{full}({table}, {key})"


def of_type(
    name: str, models_by_type: Mapping[str, type[models.Model]], type_column: str, key_column: str, kind: str = "whole"
) -> str:
    """The condition that the row named by a word for its type and an id is seen, asked by a function whose plan PostgreSQL keeps."""
    full = f"foedera_through_{name}"
    branches = "".join(
        f"    IF of_type = '{word}' THEN RETURN {record_is_seen(model, 'of_id', kind)}; END IF;\n"
        for word, model in sorted(models_by_type.items())
    )
    _through[full] = (
        f"CREATE OR REPLACE FUNCTION {full}(of_type text, of_id bigint) RETURNS boolean LANGUAGE plpgsql STABLE "
        f"{KEPT} AS $$\nBEGIN\n{branches}    RETURN false;\nEND $$"
    )
    return f"{full}({{row}}.{type_column}, {{row}}.{key_column})"


def functions_through() -> list[str]:
    """The definitions of the functions that the fences call, once all fences have been made."""
    for model in business_models():
        fence_of(model)
    return list(_through.values())


def referred_to(model: type[models.Model], *, apart_from: Sequence[type[models.Model]] = ()) -> str:
    """The condition that a row which may be seen refers to this one.

    `apart_from`: tables whose rows are seen only where this one is; to ask for them would lead back here without end.
    """
    arms = []
    for relation in sorted(
        model._meta.get_fields(include_hidden=True), key=lambda f: (f.related_model or model)._meta.db_table
    ):
        if isinstance(relation, models.ManyToOneRel) and relation.field.model not in apart_from:
            arms.append(refers(relation.field.model._meta.db_table, relation.field.column))
    return " OR ".join(dict.fromkeys(arms)) or "false"


def refers(table: str, column: str) -> str:
    """The condition that a row of the table, which may be seen, refers to this one by the column."""
    return f"EXISTS (SELECT 1 FROM {table} of_it WHERE of_it.{column} = {{row}}.id)"  # noqa: S608 - names of tables and columns


def of_person(column: str = "person_id", *, others: str = "") -> Fence:
    """Rows that belong to one person, who alone sees and writes them; `others` is a condition under which others see them too."""
    own = f"{{row}}.{column} = {PERSON}"
    return Fence(own + (f" OR {others}" if others else ""), writes=own)
