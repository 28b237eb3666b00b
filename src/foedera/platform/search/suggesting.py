"""Another spelling for words that find nothing: a known word that is written nearly so, under which the asker finds something.

Whether a word is known is asked of what the asker may see. So neither a proposal nor its absence tells of a word that
stands only where he may not look.
"""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from rapidfuzz.distance import OSA

from .matching import Question
from .models import SearchEntry

# Words of fewer letters are too like each other.
SHORTEST = 4
MOST_WORDS = 6
# So many of the likest words are tried.
TRIED = 12
WORD = re.compile(r"[^\W\d_]+")


# Which of the words find nothing, and the first of some words that finds something; `{visible}` are the entries that the asker may
# be told of. One statement each, for planning costs more than looking.
UNKNOWN = """
SELECT w.word FROM unnest(%s::text[]) AS w(word)
WHERE NOT EXISTS (SELECT FROM ({visible}) v WHERE CASE WHEN v.whole IS NULL THEN v.own ELSE v.whole END @@ foedera_query(w.word))
"""
FIRST_SEEN = """
SELECT w.word FROM unnest(%s::text[]) WITH ORDINALITY AS w(word, place)
WHERE EXISTS (SELECT FROM ({visible}) v WHERE CASE WHEN v.whole IS NULL THEN v.own ELSE v.whole END @@ plainto_tsquery('foedera', w.word))
ORDER BY w.place LIMIT 1
"""


def correction(what: Question, visible: QuerySet[SearchEntry, Any]) -> str:
    """The words with those that find nothing visible spelt another way; empty when nothing better is known."""
    tokens = what.words.split()
    words = [t for t in tokens if WORD.fullmatch(t) and len(t) >= SHORTEST][:MOST_WORDS]
    if '"' in what.words or not words:
        return ""
    unknown = set(_asked(UNKNOWN, words, visible))
    spelt = {word: _nearest(word.lower(), visible) for word in unknown}
    if not any(spelt.values()):
        return ""
    return " ".join(spelt.get(token) or token for token in tokens)


def _nearest(word: str, visible: QuerySet[SearchEntry, Any]) -> str:
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
    found = _asked(FIRST_SEEN, near[:TRIED], visible)
    return found[0] if found else ""


def _asked(statement: str, words: list[str], visible: QuerySet[SearchEntry, Any]) -> list[str]:
    if not words:
        return []
    try:
        sql, params = visible.order_by().query.sql_with_params()
    except EmptyResultSet:
        return words if statement is UNKNOWN else []
    with connection.cursor() as cursor:
        cursor.execute(statement.format(visible=sql), [words, *params])
        return [word for (word,) in cursor.fetchall()]
