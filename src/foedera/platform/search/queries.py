"""Asking the index: who asks is a part of the question, so every hit that is counted, ranked or cut is one he may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Q, QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.lists.description import RecordType

from .matching import Finds, Question, question
from .models import SearchEntry
from .naming import partner_keys, partner_labels
from .planning import by_the_index
from .snippets import Hit, shown
from .suggesting import correction
from .visibility import entries_that_may_answer, indexed_types

PAGE = 20
LARGEST_PAGE = 200
# So many hits are counted and ranked; of more, the newest records come first and the answer says so.
MOST = 10_000
# With so few hits another spelling is proposed.
FEW = 2
FACETS = ("type", "state", "year", "partner")
# What is read of an entry.
READ = ("record_type", "record_id", "state", "year", "partner_ids", "own")
RELEVANCE, NUMBER = "relevance", "number"

HITS = """
WITH hits AS MATERIALIZED (
    SELECT e.record_type, e.record_id, e.state, e.year, e.partner_ids, e.own @@ %s::tsquery AS named,
           ts_rank(e.own, %s::tsquery) AS score
    FROM ({entries} LIMIT %s) e
)
(SELECT 'hit' AS part, record_type AS value, record_id AS n FROM hits
 ORDER BY named DESC, score DESC, record_id DESC, record_type LIMIT %s OFFSET %s)
UNION ALL SELECT 'total', '', count(*) FROM hits
"""
# A hit is one of the first so many; more are told, not counted.
FACET_SQL = {
    "type": "SELECT 'type', record_type, count(*) FROM hits GROUP BY 2",
    "state": "SELECT 'state', record_type || ':' || state, count(*) FROM hits WHERE state <> '' GROUP BY record_type, state",
    "year": "SELECT 'year', year::text, count(*) FROM hits WHERE year IS NOT NULL GROUP BY year",
    "partner": "SELECT 'partner', p::text, count(*) FROM (SELECT unnest(partner_ids) AS p FROM hits) u GROUP BY p",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with what narrows it: names of record types, states ("agreements:signed"), years, codes of partners."""

    words: str
    types: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    partners: tuple[str, ...] = ()
    page: int = 1
    limit: int = PAGE
    facets: bool = True
    snippets: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer: hits of the page, how many there are, and by what they are ordered.

    `total` is exact unless `more`: then there are more than `total`, and facets count the first `total` only. `facets` hold
    (code, label, count), most first. `suggestion` is another spelling under which the asker finds something; `corrected` says
    that the hits are those of that spelling, for the words as typed find nothing.
    """

    hits: tuple[Hit, ...] = ()
    total: int = 0
    more: bool = False
    order: str = RELEVANCE
    page: int = 1
    pages: int = 0
    facets: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    suggestion: str = ""
    corrected: bool = False


def find(actor: Actor, asked: Asked) -> Found:
    """What the actor finds; a narrowing that fits nothing gives nothing."""
    what = question(asked.words)
    if not what:
        return Found()
    found = _answer(actor, asked, what)
    if found.total > FEW or asked.page > 1:
        return found
    spelling = correction(what, lambda query: entries_that_may_answer(actor, indexed_types(), query))
    if not spelling:
        return found
    if found.total:
        return replace(found, suggestion=spelling)
    instead = _answer(actor, asked, question(spelling))
    return replace(instead, suggestion=spelling, corrected=True) if instead.total else found


def narrowed(actor: Actor, asked: Asked, what: Question) -> QuerySet[SearchEntry, SearchEntry]:
    """The visible entries within the types, states, years and partners asked for that may answer the question."""
    types = [t for t in indexed_types() if not asked.types or t.name in asked.types]
    entries = entries_that_may_answer(actor, types, what.query)
    if asked.states:
        states = Q()
        for value in asked.states:
            name, _sep, state = value.partition(":")
            states |= Q(record_type=name, state=state)
        entries = entries.filter(states)
    if asked.years:
        entries = entries.filter(year__in=[y for y in asked.years if 0 <= y <= 9999])
    if asked.partners:
        entries = entries.filter(partner_ids__overlap=partner_keys(asked.partners))
    return entries


def _answer(actor: Actor, asked: Asked, what: Question) -> Found:
    hits = narrowed(actor, asked, what).filter(Finds(what))
    try:
        sql, params = hits.order_by().values(*READ).query.sql_with_params()
    except EmptyResultSet:
        return Found()
    offset = (asked.page - 1) * asked.limit
    statement = HITS.format(entries=sql)
    if asked.facets:
        statement += "".join(f"UNION ALL {FACET_SQL[name]}\n" for name in FACETS)
    rows = by_the_index(statement, [what.identifier, what.query, *params, MOST + 1, asked.limit, offset])
    total = next(n for part, _value, n in rows if part == "total")
    keys = [(value, n) for part, value, n in rows if part == "hit"]
    more = total > MOST
    if more:
        ordered = hits.order_by("-record_id", "-record_type").values_list("record_type", "record_id")
        keys = list(ordered[offset : offset + asked.limit])
    counted = min(total, MOST)
    return Found(
        hits=shown(actor, what, keys, snippets=asked.snippets),
        total=counted,
        more=more,
        order=NUMBER if more else RELEVANCE,
        page=asked.page,
        pages=-(-counted // asked.limit),
        facets=_facets(actor, rows) if asked.facets else {},
    )


def _facets(actor: Actor, rows: Sequence[tuple[str, str, int]]) -> dict[str, list[tuple[str, str, int]]]:
    types = {t.name: t for t in indexed_types()}
    names = partner_labels([int(value) for part, value, _n in rows if part == "partner"], actor.language)
    found: dict[str, list[tuple[str, str, int]]] = {name: [] for name in FACETS}
    for part, value, n in rows:
        if part == "type":
            found[part].append((value, str(types[value].plural), n))
        elif part == "state":
            found[part].append((value, state_label(types, value), n))
        elif part == "year":
            found[part].append((value, value, n))
        elif part == "partner" and int(value) in names:
            found[part].append((*names[int(value)], n))
    for values in found.values():
        values.sort(key=lambda v: (-v[2], v[1]))
    found["year"].sort(key=lambda v: v[0], reverse=True)
    return found


def state_label(types: dict[str, RecordType], value: str) -> str:
    """The words of a state of a record type, given as "type:state"."""
    name, _sep, state = value.partition(":")
    described = types.get(name)
    if described is None:
        return value
    for column in described.columns:
        if column.path == described.search_state:
            label: Any = next((c.label for c in column.options() if str(c.code) == state), state)
            return f"{described.singular}: {label}"
    return value
