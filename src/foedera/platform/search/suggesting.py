"""Another spelling for words that find nothing: a known word that is written nearly so, under which the asker finds something.

Whether a word is known is asked of what the asker may see. So neither a proposal nor its absence tells of a word that
stands only where he may not look.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from rapidfuzz.distance import OSA

from .matching import Question
from .models import SearchEntry
from .planning import ANY_ONE, by_the_index

# Words of fewer letters are too like each other.
SHORTEST = 4
MOST_WORDS = 6
# So many of the likest words are tried.
TRIED = 12
WORD = re.compile(r"[^\W\d_]+")


# The entries that the asker may see among which a query may be answered.
Visible = Callable[[str], QuerySet[SearchEntry, SearchEntry]]

# The queries go into the statement as they stand: only then does the planner know how common each is, and ask the index for it.
SEEN = "(SELECT {place} FROM ({visible}) v WHERE CASE WHEN v.whole IS NULL THEN v.own ELSE v.whole END @@ %s::tsquery LIMIT 1)"


def correction(what: Question, visible: Visible) -> str:
    """The words with those that find nothing visible spelt another way; empty when nothing better is known."""
    tokens = what.words.split()
    words = [t for t in tokens if WORD.fullmatch(t) and len(t) >= SHORTEST][:MOST_WORDS]
    if '"' in what.words or not words:
        return ""
    seen = _seen("foedera_query", words, visible)
    unknown = [word for word in words if word not in seen]
    spelt = {word: _nearest(word.lower(), visible) for word in unknown}
    if not any(spelt.values()):
        return ""
    return " ".join(spelt.get(token) or token for token in tokens)


def _nearest(word: str, visible: Visible) -> str:
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
    seen = _seen("plainto_tsquery", near[:TRIED], visible)
    return next((known for known in near if known in seen), "")


def _seen(function: str, words: list[str], visible: Visible) -> set[str]:
    """Those of the words under which something visible is found; `function` of the database makes the queries."""
    if not words:
        return set()
    configured = "'foedera', " if function == "plainto_tsquery" else ""
    with connection.cursor() as cursor:
        made = f"SELECT {function}({configured}w)::text FROM unnest(%s::text[]) WITH ORDINALITY u(w, n) ORDER BY n"  # noqa: S608 - ours
        cursor.execute(made, [words])
        queries = [query for (query,) in cursor.fetchall()]
    any_of = " | ".join(f"({query})" for query in queries if query)
    try:
        sql, params = visible(any_of).order_by().values("own", "whole").query.sql_with_params()
    except EmptyResultSet:
        return set()
    asked = " UNION ALL ".join(SEEN.format(place=place, visible=sql) for place in range(len(words)))
    found = by_the_index(asked, [value for query in queries for value in (*params, query)], ANY_ONE)
    return {words[place] for (place,) in found}
