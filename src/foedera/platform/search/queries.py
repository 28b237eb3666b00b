"""Asking the index: who asks is a part of the question, so every hit that is counted, ranked or cut is one he may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from foedera.platform.access.actors import Actor
from foedera.platform.lists.composing import Statement
from foedera.platform.lists.description import RecordType

from .matching import FINDS, Question, question
from .naming import partner_keys, partner_labels
from .planning import by_the_index
from .snippets import Hit, shown
from .suggesting import correction
from .visibility import indexed_types, nearly_readable, readable

PAGE = 20
LARGEST_PAGE = 200
# So many hits are counted and ranked; of more, the newest records come first and the answer says so.
MOST = 10_000
# With so few hits another spelling is proposed.
FEW = 2
FACETS = ("type", "state", "year", "partner")
RELEVANCE, NUMBER = "relevance", "number"

# The visible entries that answer the question, within the types, states, years and partners asked for (NULL: any).
ANSWERS = f"""
FROM ({{entries}}) e WHERE {FINDS} %s::tsquery
AND (%s::text[] IS NULL OR e.record_type = ANY (%s::text[]))
AND (%s::text[] IS NULL OR e.record_type || ':' || e.state = ANY (%s::text[]))
AND (%s::bigint[] IS NULL OR e.year = ANY (%s::bigint[]))
AND (%s::bigint[] IS NULL OR e.partner_ids && %s::bigint[])
"""
HITS = f"""
WITH hits AS MATERIALIZED (
    SELECT e.record_type, e.record_id, e.state, e.year, e.partner_ids, e.own @@ %s::tsquery AS named,
           ts_rank(e.own, %s::tsquery) AS score
    {ANSWERS} LIMIT %s
)
(SELECT 'hit' AS part, record_type AS value, record_id AS n FROM hits
 ORDER BY named DESC, score DESC, record_id DESC, record_type LIMIT %s OFFSET %s)
UNION ALL SELECT 'total', '', count(*) FROM hits
UNION ALL SELECT 'far', '', count(*) FROM hits WHERE record_type = ANY (%s::text[])
"""  # noqa: S608 - SQL of ours
NEWEST = f"SELECT e.record_type, e.record_id {ANSWERS} ORDER BY e.record_id DESC, e.record_type DESC LIMIT %s OFFSET %s"
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
    spelling = correction(what, actor)
    if not spelling:
        return found
    if found.total:
        return replace(found, suggestion=spelling)
    instead = _answer(actor, asked, question(spelling))
    return replace(instead, suggestion=spelling, corrected=True) if instead.total else found


def _answer(actor: Actor, asked: Asked, what: Question) -> Found:
    entries, far = nearly_readable(actor)
    rows = _rows(entries, far, asked, what)
    if _number(rows, "far"):
        rows = _rows(readable(actor), [], asked, what)
    total = _number(rows, "total")
    keys = [(value, n) for part, value, n in rows if part == "hit"]
    more = total > MOST
    if more:
        entries = readable(actor)
        values = [*_answers(entries, asked, what), asked.limit, _offset(asked)]
        keys = by_the_index(NEWEST.format(entries=entries.sql), values, is_kept=entries.is_kept)
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


def _rows(entries: Statement, far: list[str], asked: Asked, what: Question) -> list[tuple[str, str, int]]:
    """What HITS and the facets find among these entries."""
    if not entries.sql:
        return []
    statement = HITS.format(entries=entries.sql)
    if asked.facets:
        statement += "".join(f"UNION ALL {FACET_SQL[name]}\n" for name in FACETS)
    answers = _answers(entries, asked, what)
    values = [what.identifier, what.query, *answers, MOST + 1, asked.limit, _offset(asked), far]
    return by_the_index(statement, values, is_kept=entries.is_kept)


def _answers(entries: Statement, asked: Asked, what: Question) -> list[Any]:
    """The values of ANSWERS."""
    within: list[list[str] | list[int] | None] = [
        list(asked.types) or None,
        list(asked.states) or None,
        list(asked.years) or None,
        partner_keys(asked.partners) if asked.partners else None,
    ]
    return [*entries.parameters, what.query, *(value for value in within for _twice in range(2))]


def _offset(asked: Asked) -> int:
    return (asked.page - 1) * asked.limit


def _number(rows: Sequence[tuple[str, str, int]], part: str) -> int:
    return next((n for name, _value, n in rows if name == part), 0)


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
