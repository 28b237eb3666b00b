"""What follows from the facts of agreements, written in the same action that writes the facts.

Parties give the territories for rights, search and coverage; the term engine gives the statuses for every as-of date. The same
code serves one agreement after a change and a hundred thousand after an import.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import filterfalse
from typing import Any

import numpy as np
from django.db import connection
from psycopg.types.numeric import Int8

from foedera.agreements import terms
from foedera.platform.access.database.preparing import prepared_cursor

from .models import Agreement

_WORDS = re.compile(r"\w+").findall

# The one place where rows of the register become facts of the term engine; columns in the order of terms.FACT_NAMES.
FACTS = """
SELECT a.id, {columns}
FROM agreements_agreement a
LEFT JOIN LATERAL (
    SELECT min(coalesce(CASE WHEN a.notice_counted_from = 'dispatch' THEN n.dispatched_on ELSE n.received_on END,
                        n.received_on, n.dispatched_on)) FILTER (WHERE n.kind = 'objection') AS objected_on,
           min(coalesce(CASE WHEN a.notice_counted_from = 'dispatch' THEN n.dispatched_on ELSE n.received_on END,
                        n.received_on, n.dispatched_on)) FILTER (WHERE n.kind = 'termination') AS denounced_on
    FROM agreements_notice n WHERE n.agreement_id = a.id AND n.withdrawn_on IS NULL
) notices ON {has_notices}
LEFT JOIN LATERAL (
    SELECT array_agg(s.suspended_from ORDER BY s.id) AS froms, array_agg(s.suspended_until ORDER BY s.id) AS untils
    FROM agreements_suspension s WHERE s.agreement_id = a.id
) suspended ON {has_suspensions}
{where} ORDER BY a.id
"""
MANY = 100
OF_NOTICES = frozenset({"objected_on", "denounced_on"})

PARTIES = """
SELECT p.agreement_id,
       coalesce(array_agg(DISTINCT coalesce(t.id, bt.id))
                FILTER (WHERE p.side = 'own' AND coalesce(t.id, bt.id) IS NOT NULL), '{{}}') AS own,
       coalesce(array_agg(DISTINCT coalesce(t.state_id, t.id, b.country_id))
                FILTER (WHERE p.side IN ('foreign', 'third') AND coalesce(t.id, b.country_id) IS NOT NULL), '{{}}') AS partners,
       string_agg(DISTINCT concat_ws(' ', p.name, foedera_texts(t.names), b.name, foedera_texts(b.names)), ' ') AS words
FROM agreements_party p
LEFT JOIN directory_territory t ON t.id = p.territory_id
LEFT JOIN directory_body b ON b.id = p.body_id
LEFT JOIN directory_territory bt ON bt.id = b.territory_id
{where} GROUP BY p.agreement_id
"""

# Rows are rewritten once, and only where something that follows from the facts is another than before.
UPDATE = """
UPDATE agreements_agreement a
SET own_ids = f.own, partner_ids = f.partners, party_text = f.words,
    status_starts = f.starts, status_codes = f.codes, ends_on = f.ends
FROM {source} f
WHERE a.id = f.id AND (a.own_ids, a.partner_ids, a.party_text, a.status_starts, a.status_codes, a.ends_on)
                      IS DISTINCT FROM (f.own, f.partners, f.words, f.starts, f.codes, f.ends)
"""
TYPES = ("int8", "date[]", "int2[]", "date", "int8[]", "int8[]", "text")
NAMES = ("id", "starts", "codes", "ends", "own", "partners", "words")


def facts_of(ids: Sequence[int] | None = None) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The facts of the agreements with these ids (None: all) as rows for the term engine, by id."""
    columns = []
    for name in terms.FACT_NAMES:
        if name in OF_NOTICES:
            columns.append(f"notices.{name}")
        elif name == "suspensions":
            columns.append("suspended.froms, suspended.untils")
        else:
            columns.append(f"a.{name}")
    has_notices = has_suspensions = True
    if ids is None or len(ids) > MANY:
        # Most agreements have neither notice nor suspension; for many the joins are made only where the tables hold any.
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM agreements_notice), EXISTS (SELECT FROM agreements_suspension)")
            has_notices, has_suspensions = cursor.fetchone()
    query = FACTS.format(
        columns=", ".join(columns),
        has_notices=str(has_notices).lower(),
        has_suspensions=str(has_suspensions).lower(),
        where="" if ids is None else "WHERE a.id = ANY(%s)",
    )
    # One after another is asked for again and again; of many the statement is planned for these.
    is_one = ids is not None and len(ids) == 1
    with prepared_cursor() if is_one else connection.cursor() as cursor:
        cursor.execute(query, [] if ids is None else [[Int8(key) for key in ids]])
        while rows := cursor.fetchmany(5000):
            for row in rows:
                yield row[0], (*row[1:-2], tuple(zip(row[-2] or (), row[-1] or (), strict=True)))


def title_key(title: str) -> str:
    """The words of a title without case, marks and punctuation, for finding repeats."""
    plain = title
    # Twice: a sign such as "℠" is taken apart into capital letters (the Unicode standard, D146).
    for _time in range(2):
        plain = unicodedata.normalize("NFKD", plain.casefold())
    return " ".join(_WORDS("".join(filterfalse(unicodedata.combining, plain))))[:300]


def trajectories(
    rows: Sequence[tuple[Any, ...]],
) -> Iterator[tuple[list[datetime.date], list[int], datetime.date | None]]:
    """For each row of facts: the days on which its status changes, the statuses from these days on, its last day if it has one."""
    columns = terms.TermColumns.from_rows(rows)
    found = terms.spans(columns)
    ends = terms.evaluate(columns, datetime.date(9999, 12, 31)).ends_on
    for position in range(len(rows)):
        starts, codes = found.of(position)
        end = ends[position]
        yield starts, codes, None if np.isnat(end) else end.astype(datetime.date)


def derive(ids: Sequence[int] | None = None) -> int:
    """Recompute everything that follows from the facts of these agreements (None: all), inside the action's transaction.

    Returns how many rows changed.
    """
    keys: list[int] = []
    rows: list[tuple[Any, ...]] = []
    for key, facts in facts_of(ids):
        keys.append(key)
        rows.append(facts)
    if not keys:
        return 0
    with connection.cursor() as cursor:
        where = "" if ids is None else "WHERE p.agreement_id = ANY(%s)"
        cursor.execute(PARTIES.format(where=where), [] if ids is None else [list(ids)])
        parties = {row[0]: row[1:] for row in cursor.fetchall()}
    lines = [
        (key, *trajectory, *parties.get(key, ([], [], "")))
        for key, trajectory in zip(keys, trajectories(rows), strict=True)
    ]
    return _write(lines)


def _write(lines: list[tuple[Any, ...]]) -> int:
    with connection.cursor() as cursor:
        if len(lines) == 1:
            values = ", ".join(f"%s::{kind} AS {name}" for name, kind in zip(NAMES, TYPES, strict=True))
            cursor.execute(UPDATE.format(source=f"(SELECT {values})"), lines[0])
            return int(cursor.rowcount)
        columns = ", ".join(f"{name} {kind}" for name, kind in zip(NAMES, TYPES, strict=True))
        cursor.execute(f"CREATE TEMPORARY TABLE derived ({columns}) ON COMMIT DROP")
        with cursor.copy("COPY derived FROM STDIN") as copy:
            copy.set_types(list(TYPES))
            for line in lines:
                copy.write_row(line)
        cursor.execute(UPDATE.format(source="derived"))
        changed = int(cursor.rowcount)
        cursor.execute("DROP TABLE derived")
        return changed


def facts_of_one(agreement: Agreement) -> terms.TermFacts:
    """The facts of one agreement for `terms.evaluate_one`."""
    for _key, facts in facts_of([agreement.pk]):
        return terms.TermFacts(**{n: v for n, v in zip(terms.FACT_NAMES, facts, strict=True) if v is not None})
    raise LookupError(agreement.pk)
