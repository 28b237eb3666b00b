"""Another spelling for words that find nothing: a known word that is written nearly so, under which the asker finds something.

Whether a word is known is asked of what the asker may see. So neither a proposal nor its absence tells of a word that
stands only where he may not look.
"""

from __future__ import annotations

import re
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from rapidfuzz.distance import OSA

from .matching import Finds, Question, question
from .models import SearchEntry

# Words of fewer letters are too like each other.
SHORTEST = 4
MOST_WORDS = 6
# So many of the likest words are tried.
TRIED = 12
WORD = re.compile(r"[^\W\d_]+")


def correction(what: Question, visible: QuerySet[SearchEntry, Any]) -> str:
    """The words with those that find nothing visible spelt another way; empty when nothing better is known."""
    if '"' in what.words:
        return ""
    changed = False
    spelt: list[str] = []
    for token in what.words.split():
        better = ""
        if WORD.fullmatch(token) and len(token) >= SHORTEST and len(spelt) < MOST_WORDS:
            known = question(token + " ")
            if known and not visible.filter(Finds(known)).exists():
                better = _nearest(token.lower(), visible)
        changed = changed or bool(better)
        spelt.append(better or token)
    return " ".join(spelt) if changed else ""


def _nearest(word: str, visible: QuerySet[SearchEntry, Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT foedera_fold(%s)", [word])
        (plain,) = cursor.fetchone()
        cursor.execute("SELECT known, plain FROM foedera_similar(%s)", [plain])
        candidates = cursor.fetchall()
    allowed = 1 if len(word) < 5 else 2 if len(word) < 9 else 3
    latin = word.isascii()
    ranked = sorted(
        (OSA.distance(plain, other), known.isascii() != latin, abs(len(known) - len(word)), known)
        for known, other in candidates
        if known != word
    )
    for distance, _script, _length, known in ranked[:TRIED]:
        if distance > allowed:
            break
        asked = question(f'"{known}"')
        if asked and visible.filter(Finds(asked)).exists():
            return str(known)
    return ""
