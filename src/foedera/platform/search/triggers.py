"""The triggers that keep the index: made from the descriptions, one set for each record type, by statement.

An entry is written in the transaction and by the statement that writes the record, also for raw SQL and COPY; the words that it
held before are kept with their span. Entries are made anew after a migration when the description, or the way words are taken
apart, has changed.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from foedera.platform.history.past_rows import old_rows_of
from foedera.platform.lists.description import Column, Kind, RecordType, record_types

from .functions import functions
from .models import IndexedType, PastEntry, SearchEntry, SearchWord

ENTRIES = SearchEntry._meta.db_table
PAST_ENTRIES = PastEntry._meta.db_table
WORDS = SearchWord._meta.db_table
WEIGHTS = "ABCD"
# Columns of an entry beside its key and its words.
PLAIN = ("number", "title", "owner_id", "publicity", "public_from", "own_ids", "partner_ids", "state", "year")

ROWS = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    moment timestamptz := foedera_now();
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO {entries} (record_id, record_type, {columns}, own, known_from)
        SELECT r.id, '{record_type}', {values}, {own}, moment FROM new_rows r;
        {words}
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE {entries} e SET ({columns}) = ROW({values})
        FROM new_rows r JOIN old_rows o USING (id)
        WHERE e.record_id = r.id AND e.record_type = '{record_type}' AND ({plain_new}) IS DISTINCT FROM ({plain_old});
        WITH w AS MATERIALIZED (
            SELECT e.record_id AS id, e.own AS was, e.known_from AS since, c.own
            FROM (SELECT r.id, {own} AS own FROM new_rows r JOIN old_rows o USING (id)
                  WHERE ({text_new}) IS DISTINCT FROM ({text_old}) OFFSET 0) c
            JOIN {entries} e ON e.record_id = c.id AND e.record_type = '{record_type}' WHERE e.own IS DISTINCT FROM c.own
        ), kept AS (
            INSERT INTO {past} (record_id, record_type, known_from, known_until, own)
            SELECT w.id, '{record_type}', w.since, moment, w.was FROM w WHERE w.since < moment
        )
        UPDATE {entries} e SET own = w.own, whole = foedera_whole(w.own, {files}), known_from = greatest(w.since, moment)
        FROM w WHERE e.record_id = w.id AND e.record_type = '{record_type}';
        IF FOUND THEN
            {changed_words}
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        WITH gone AS (
            DELETE FROM {entries} e USING old_rows o WHERE e.record_id = o.id AND e.record_type = '{record_type}' RETURNING e.*
        )
        INSERT INTO {past} (record_id, record_type, known_from, known_until, own)
        SELECT g.record_id, g.record_type, g.known_from, moment, g.own FROM gone g WHERE g.known_from < moment;
    ELSE
        DELETE FROM {entries} WHERE record_type = '{record_type}';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER search_insert AFTER INSERT ON "{table}" REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {function}();
CREATE OR REPLACE TRIGGER search_update AFTER UPDATE ON "{table}" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {function}();
CREATE OR REPLACE TRIGGER search_delete AFTER DELETE ON "{table}" REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {function}();
CREATE OR REPLACE TRIGGER search_truncate AFTER TRUNCATE ON "{table}"
    FOR EACH STATEMENT EXECUTE FUNCTION {function}();
"""

# What is erased from the old rows of a table goes from the words that they held.
OLD_ROWS = """
CREATE OR REPLACE FUNCTION {function}_of_past() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM {past} p USING old_rows o WHERE p.record_id = o.id AND p.record_type = '{record_type}';
    INSERT INTO {past} (record_id, record_type, known_from, known_until, own)
    SELECT r.id, '{record_type}', r.known_from, r.known_until, {own}
    FROM {rows} r WHERE r.id IN (SELECT o.id FROM old_rows o);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER search_update AFTER UPDATE ON {rows} REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {function}_of_past();
"""

# Distinct as they stand first, for most are repeated; then without marks. Two transactions may both add a word that neither
# sees of the other; that costs a row and never a wait.
NEW_WORDS = """
        INSERT INTO {table} (word, folded)
        SELECT k.word, foedera_fold(k.word) FROM (
            SELECT DISTINCT w.word FROM (SELECT DISTINCT unnest(string_to_array({text}, ' ')) AS token FROM {rows}) t,
            regexp_split_to_table(replace(lower(t.token), 'ё', 'е'), '[^[:alpha:]]+') AS w(word)
            WHERE length(w.word) BETWEEN 3 AND 40 OFFSET 0
        ) k WHERE NOT EXISTS (SELECT FROM {table} n WHERE n.word = k.word);
"""

# The files of a record: rows that name both (versions of its text).
FILES = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE {entries} e SET whole = foedera_whole(e.own, {files})
    WHERE e.record_type = '{record_type}' AND e.record_id IN ({affected});
    RETURN NULL;
END $$;
"""
FILES_EVENTS = {
    "INSERT": ("REFERENCING NEW TABLE AS new_rows", ("new_rows",)),
    "UPDATE": ("REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows", ("old_rows", "new_rows")),
    "DELETE": ("REFERENCING OLD TABLE AS old_rows", ("old_rows",)),
}


def searched(described: RecordType) -> list[Column]:
    """The columns whose words are found; marked columns, which not every reader of the record may read, never are."""
    return [c for c in described.columns if c.weight and c.sensitive is None]


def is_indexed(described: RecordType) -> bool:
    """Whether records of this type are found."""
    return bool(searched(described))


class Source:
    """What the entries of one record type are made of, as SQL over an alias of its rows."""

    def __init__(self, described: RecordType) -> None:
        self.described = described
        self.table = described.model._meta.db_table
        self.fields = {f.column for f in described.model._meta.concrete_fields}

    def texts(self, alias: str) -> dict[str, str]:
        """The text of each weight that is used."""
        weighted: dict[str, list[str]] = {}
        for column in searched(self.described):
            path = f'{alias}."{column.path}"'
            text = f"{path}::text"
            if column.kind is Kind.NAMES:
                # Most have none, and to find that out by the function costs as much as all the rest of the row's texts.
                text = f"CASE WHEN {path} = '{{}}' THEN '' ELSE foedera_texts({path}) END"
            weighted.setdefault(column.weight, []).append(text)
        for name, weight in self.described.search_extra:
            weighted.setdefault(weight, []).append(f'{alias}."{name}"::text')
        return {weight: f"concat_ws(' ', {', '.join(texts)})" for weight, texts in sorted(weighted.items())}

    def own(self, alias: str) -> str:
        """The vector of the record's own fields."""
        texts = self.texts(alias)
        identifiers = ", ".join(f'{alias}."{name}"::text' for name in self._identifiers())
        parts = ", ".join(texts.get(w, "''") for w in WEIGHTS)
        return f"foedera_vector({parts}, ARRAY[{identifiers}]::text[])"

    def _identifiers(self) -> list[str]:
        return [c.path for c in self.described.columns if c.identifier or c.kind is Kind.NUMBERS]

    def plain(self, alias: str) -> dict[str, str]:
        """The values of the columns PLAIN."""
        described = self.described
        title = described.column(described.title).path
        partner = described.search_partner
        values = {
            "number": f'{alias}."number"',
            "title": f'{alias}."{title}"',
            "own_ids": f"{alias}.own_ids" if "own_ids" in self.fields else "'{}'::bigint[]",
            "partner_ids": "'{}'::bigint[]",
            "state": f"coalesce({alias}.\"{described.search_state}\"::text, '')" if described.search_state else "''",
            "year": f"substring({alias}.\"{described.search_year}\"::text FROM '^[0-9]{{4}}')::smallint"
            if described.search_year
            else "NULL::smallint",
        }
        if partner:
            is_array = partner.endswith("_ids")
            values["partner_ids"] = (
                f'{alias}."{partner}"' if is_array else f'array_remove(ARRAY[{alias}."{partner}"], NULL)'
            )
        return {name: values.get(name, f'{alias}."{name}"') for name in PLAIN}

    def changing(self, alias: str) -> str:
        """The columns on which the words depend."""
        names = (
            [c.path for c in searched(self.described)]
            + [n for n, _w in self.described.search_extra]
            + self._identifiers()
        )
        return ", ".join(f'{alias}."{n}"' for n in dict.fromkeys(names))

    def files(self, record: str) -> str:
        """The vectors of the files of a record, as an array; NULL when it has none."""
        linked = self.described.search_files
        if linked is None:
            return "NULL::tsvector[]"
        link, record_column, file_column = self.link(linked)
        return (
            f"(SELECT array_agg(t.vector ORDER BY l.id) FROM {link} l JOIN platform_documents_filetext t "  # noqa: S608 - names of ours
            f"ON t.file_id = l.{file_column} WHERE l.{record_column} = {record} AND t.vector IS NOT NULL)"
        )

    @staticmethod
    def link(linked: Any) -> tuple[str, str, str]:
        """Table of the rows that name record and file, and their two columns."""
        model = linked.model_class
        columns = []
        for name in (linked.record, linked.file):
            found = model._meta.get_field(name)
            assert isinstance(found, models.ForeignKey)
            columns.append(found.column)
        return model._meta.db_table, columns[0], columns[1]

    def words(self, rows: str, alias: str = "r") -> str:
        """The statement that makes new words known."""
        text = ", ".join(t for w, t in self.texts(alias).items() if w != "D")
        return NEW_WORDS.format(table=WORDS, text=f"concat_ws(' ', {text})", rows=rows)

    def sql(self) -> str:
        """Functions and triggers of the record type."""
        new, old = self.plain("r"), self.plain("o")
        made = ROWS.format(
            function=f"{self.table}_search",
            table=self.table,
            entries=ENTRIES,
            past=PAST_ENTRIES,
            record_type=self.described.name,
            columns=", ".join(PLAIN),
            values=", ".join(new.values()),
            own=self.own("r"),
            plain_new=", ".join(new.values()),
            plain_old=", ".join(old.values()),
            text_new=self.changing("r"),
            text_old=self.changing("o"),
            files=self.files("w.id"),
            words=self.words("new_rows r"),
            changed_words=self.words(
                f"new_rows r JOIN old_rows o USING (id) WHERE ({self.changing('r')}) IS DISTINCT FROM ({self.changing('o')})"
            ),
        )
        made += OLD_ROWS.format(
            function=f"{self.table}_search",
            past=PAST_ENTRIES,
            rows=old_rows_of(self.table),
            record_type=self.described.name,
            own=self.own("r"),
        )
        return made + self._files_sql()

    def _files_sql(self) -> str:
        linked = self.described.search_files
        if linked is None:
            return ""
        link, record_column, file_column = self.link(linked)
        made = ""
        for table, affected in (
            (link, "SELECT n.{record} FROM {rows} n"),
            ("platform_documents_filetext", "SELECT l.{record} FROM {rows} n JOIN {link} l ON l.{file} = n.file_id"),
        ):
            for event, (referencing, rows) in FILES_EVENTS.items():
                function = f"{self.table}_search_{table}_{event.lower()}"
                selected = " UNION ".join(
                    affected.format(record=record_column, rows=r, link=link, file=file_column) for r in rows
                )
                made += FILES.format(
                    function=function,
                    entries=ENTRIES,
                    record_type=self.described.name,
                    files=self.files("e.record_id"),
                    affected=selected,
                )
                made += (
                    f"CREATE OR REPLACE TRIGGER search_{self.described.name}_{event.lower()} AFTER {event} ON {table} "
                    f"{referencing} FOR EACH STATEMENT EXECUTE FUNCTION {function}();\n"
                )
        return made

    def rebuilding(self) -> list[str]:
        """Statements that make all entries of the type anew."""
        values, name = self.plain("r"), self.described.name
        return [
            f"DELETE FROM {ENTRIES} WHERE record_type = '{name}'",  # noqa: S608 - names of ours
            f"INSERT INTO {ENTRIES} (record_id, record_type, {', '.join(PLAIN)}, own, whole, known_from) "  # noqa: S608
            f"SELECT r.id, '{name}', {', '.join(values.values())}, v.own, foedera_whole(v.own, {self.files('r.id')}), r.known_from "
            f'FROM "{self.table}" r, LATERAL (SELECT {self.own("r")} AS own OFFSET 0) v',
            f"DELETE FROM {PAST_ENTRIES} WHERE record_type = '{name}'",  # noqa: S608
            f"INSERT INTO {PAST_ENTRIES} (record_id, record_type, known_from, known_until, own) "  # noqa: S608
            f"SELECT r.id, '{name}', r.known_from, r.known_until, {self.own('r')} FROM {old_rows_of(self.table)} r",
            self.words(f'"{self.table}" r'),
        ]


def install(connection: BaseDatabaseWrapper) -> None:
    """Create or replace functions and triggers, and make the entries of every type anew whose description changed."""
    tables = set(connection.introspection.table_names())
    if ENTRIES not in tables:
        return
    known = {t.record_type: t.digest for t in IndexedType.objects.using(connection.alias)}
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(functions())
        for described in record_types():
            if not is_indexed(described) or described.model._meta.db_table not in tables:
                continue
            source = Source(described)
            sql = source.sql()
            cursor.execute(sql)
            digest = hashlib.sha256((functions() + sql).encode()).hexdigest()
            if known.get(described.name) != digest:
                for statement in source.rebuilding():
                    cursor.execute(statement)
                IndexedType.objects.using(connection.alias).update_or_create(
                    record_type=described.name, defaults={"digest": digest}
                )


def install_after_migrate(using: str, **_: Any) -> None:
    """Reinstall after every migration, for the description may have changed with the program."""
    install(connections[using])
