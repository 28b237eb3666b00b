"""What follows from the facts of agreements, written in the same action that writes the facts.

Parties give the territories for rights, search and coverage; the term engine gives the statuses for every as-of date. The same
code serves one agreement after a change and a hundred thousand after an import.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from django.db import connection

from foedera.agreements import terms

from .models import Agreement

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
OF_NOTICES = frozenset({"objected_on", "denounced_on"})

PARTIES = """
UPDATE agreements_agreement a SET own_ids = f.own, partner_ids = f.partners, party_text = f.words
FROM (
    SELECT a.id,
           coalesce(array_agg(DISTINCT coalesce(t.id, bt.id))
                    FILTER (WHERE p.side = 'own' AND coalesce(t.id, bt.id) IS NOT NULL), '{{}}') AS own,
           coalesce(array_agg(DISTINCT coalesce(t.state_id, t.id, b.country_id))
                    FILTER (WHERE p.side IN ('foreign', 'third') AND coalesce(t.id, b.country_id) IS NOT NULL), '{{}}') AS partners,
           coalesce(string_agg(DISTINCT concat_ws(' ', p.name, foedera_texts(t.names), b.name, foedera_texts(b.names)), ' '), '') AS words
    FROM agreements_agreement a
    LEFT JOIN agreements_party p ON p.agreement_id = a.id
    LEFT JOIN directory_territory t ON t.id = p.territory_id
    LEFT JOIN directory_body b ON b.id = p.body_id
    LEFT JOIN directory_territory bt ON bt.id = b.territory_id
    {where} GROUP BY a.id
) f
WHERE a.id = f.id AND (a.own_ids, a.partner_ids, a.party_text) IS DISTINCT FROM (f.own, f.partners, f.words)
"""


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
    # Most agreements have neither notice nor suspension; the joins are made only where the tables hold any.
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM agreements_notice), EXISTS (SELECT FROM agreements_suspension)")
        has_notices, has_suspensions = cursor.fetchone()
    query = FACTS.format(
        columns=", ".join(columns),
        has_notices=str(has_notices).lower(),
        has_suspensions=str(has_suspensions).lower(),
        where="" if ids is None else "WHERE a.id = ANY(%s)",
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [] if ids is None else [list(ids)])
        while rows := cursor.fetchmany(5000):
            for row in rows:
                yield row[0], (*row[1:-2], tuple(zip(row[-2] or (), row[-1] or (), strict=True)))


def title_key(title: str) -> str:
    """The words of a title without case, marks and punctuation, for finding repeats."""
    plain = unicodedata.normalize("NFKD", title.casefold())
    words = re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c)))
    return " ".join(words)[:300]


def derive_terms(ids: Sequence[int] | None = None) -> int:
    """Recompute the statuses of the agreements with these ids (None: all); returns how many rows changed."""
    keys: list[int] = []
    rows: list[tuple[Any, ...]] = []
    for key, facts in facts_of(ids):
        keys.append(key)
        rows.append(facts)
    if not keys:
        return 0
    columns = terms.TermColumns.from_rows(rows)
    found = terms.spans(columns)
    evaluated = terms.evaluate(columns, datetime.date(9999, 12, 31))
    ends = evaluated.ends_on
    lines = []
    for position, key in enumerate(keys):
        starts, codes = found.of(position)
        end = ends[position]
        lines.append((key, starts, codes, None if np.isnat(end) else end.astype(datetime.date)))
    return _write(lines)


def _write(lines: list[tuple[int, list[datetime.date], list[int], datetime.date | None]]) -> int:
    update = (
        "UPDATE agreements_agreement a SET status_starts = f.starts, status_codes = f.codes, ends_on = f.ends "
        "FROM {source} WHERE a.id = f.id AND (a.status_starts, a.status_codes, a.ends_on) IS DISTINCT FROM (f.starts, f.codes, f.ends)"
    )
    with connection.cursor() as cursor:
        if len(lines) == 1:
            key, starts, codes, end = lines[0]
            source = "(SELECT %s::bigint AS id, %s::date[] AS starts, %s::smallint[] AS codes, %s::date AS ends) f"
            cursor.execute(update.format(source=source), [key, starts, codes, end])
            return int(cursor.rowcount)
        cursor.execute(
            "CREATE TEMPORARY TABLE derived_terms (id bigint, starts date[], codes smallint[], ends date) ON COMMIT DROP"
        )
        with cursor.copy("COPY derived_terms FROM STDIN") as copy:
            copy.set_types(["int8", "date[]", "int2[]", "date"])
            for line in lines:
                copy.write_row(line)
        cursor.execute(update.format(source="derived_terms f"))
        changed = int(cursor.rowcount)
        cursor.execute("DROP TABLE derived_terms")
        return changed


def derive_parties(ids: Sequence[int] | None = None) -> int:
    """Recompute the territories and party words of the agreements with these ids (None: all); returns how many changed."""
    with connection.cursor() as cursor:
        where = "" if ids is None else "WHERE a.id = ANY(%s)"
        cursor.execute(PARTIES.format(where=where), [] if ids is None else [list(ids)])
        return int(cursor.rowcount)


def derive(ids: Sequence[int] | None = None) -> None:
    """Recompute everything that follows from the facts of these agreements (None: all), inside the action's transaction."""
    derive_parties(ids)
    derive_terms(ids)


def facts_of_one(agreement: Agreement) -> terms.TermFacts:
    """The facts of one agreement for `terms.evaluate_one`."""
    for _key, facts in facts_of([agreement.pk]):
        return terms.TermFacts(**{n: v for n, v in zip(terms.FACT_NAMES, facts, strict=True) if v is not None})
    raise LookupError(agreement.pk)
