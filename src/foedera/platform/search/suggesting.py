"""Another spelling for words that find nothing: a known word that is written nearly so, under which the asker finds something.

Whether a word is known is asked of what the asker may see. So neither a proposal nor its absence tells of a word that
stands only where he may not look.
"""

from __future__ import annotations

import re

from django.db import connection
from rapidfuzz.distance import OSA

from foedera.platform.access.actors import Actor
from foedera.platform.lists.composing import Statement

from .matching import FINDS, Question
from .planning import ANY_ONE, by_the_index
from .visibility import nearly_readable, readable

# Words of fewer letters are too like each other.
SHORTEST = 4
MOST_WORDS = 6
# So many of the likest words are tried.
TRIED = 12
WORD = re.compile(r"[^\W\d_]+")

SEEN = f"""
SELECT asked.place, seen.far FROM unnest(%s::text[]) WITH ORDINALITY asked(query, place)
CROSS JOIN LATERAL (SELECT e.record_type = ANY (%s::text[]) AS far FROM ({{visible}}) e WHERE {FINDS} asked.query::tsquery LIMIT 1) seen
"""  # noqa: S608 - names of ours


def correction(what: Question, actor: Actor) -> str:
    """The words with those under which the actor finds nothing spelt another way; empty when nothing better is known."""
    tokens = what.words.split()
    words = [t for t in tokens if WORD.fullmatch(t) and len(t) >= SHORTEST][:MOST_WORDS]
    if '"' in what.words or not words:
        return ""
    seen = _seen("foedera_query", words, actor)
    unknown = [word for word in words if word not in seen]
    spelt = {word: _nearest(word.lower(), actor) for word in unknown}
    if not any(spelt.values()):
        return ""
    return " ".join(spelt.get(token) or token for token in tokens)


def _nearest(word: str, actor: Actor) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT foedera_fold(%s), known, plain FROM foedera_similar(foedera_fold(%s))", [word, word])
        candidates = cursor.fetchall()
    allowed = 1 if len(word) < 5 else 2 if len(word) < 9 else 3
    latin = word.isascii()
    ranked = sorted(
        (OSA.distance(plain, other), known.isascii() != latin, abs(len(known) - len(word)), known)
        for plain, known, other in candidates
        if known != word
    )
    near = [known for distance, _script, _length, known in ranked if distance <= allowed]
    seen = _seen("plainto_tsquery", near[:TRIED], actor)
    return next((known for known in near if known in seen), "")


def _seen(function: str, words: list[str], actor: Actor) -> set[str]:
    """Those of the words under which something visible is found; `function` of the database makes the queries."""
    if not words:
        return set()
    configured = "'foedera', " if function == "plainto_tsquery" else ""
    with connection.cursor() as cursor:
        made = f"SELECT {function}({configured}w)::text FROM unnest(%s::text[]) WITH ORDINALITY u(w, n) ORDER BY n"  # noqa: S608 - ours
        cursor.execute(made, [words])
        queries = [query for (query,) in cursor.fetchall()]
    nearly, far = nearly_readable(actor)
    found = dict(_places(nearly, far, queries))
    doubtful = [place for place, is_far in found.items() if is_far]
    if doubtful:
        again = _places(readable(actor), [], [queries[place] for place in doubtful])
        sure = {doubtful[position] for position, _far in again}
        found = {place: False for place, is_far in found.items() if not is_far or place in sure}
    return {words[place] for place in found}


def _places(entries: Statement, far: list[str], queries: list[str]) -> list[tuple[int, bool]]:
    """The places of the queries that an entry answers, and whether the one that was found is of these types."""
    if not entries.sql:
        return []
    values = [queries, far, *entries.parameters]
    rows = by_the_index(SEEN.format(visible=entries.sql), values, ANY_ONE, is_kept=entries.is_kept)
    return [(place - 1, is_far) for place, is_far in rows]
