"""Which other state does a title name? Only where it says "between us and X" and exactly one state's name stands in X.

"zwischen der Schweiz und X", "entre la Suisse et X", "между Правительством Российской Федерации и Правительством X" and the same the
other way round. How a title names the own state is a setting of the mapping. Every piece of X is looked up as an exact name; for
Russian, whose names stand in another case there, the possible first cases are looked up. Two states, or a name that is
only a part of another state's, give nothing: there is no guess.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from foedera.countries.world.names import Method, NameKind, find_state, normalised

BETWEEN = {
    "de": "zwischen",
    "fr": "entre",
    "it": "tra|fra",
    "ru": "между",
    "en": "between",
    "pt": "entre",
    "es": "entre",
}
AND = {"de": "und", "fr": "et", "it": "e|ed", "ru": "и|с", "en": "and", "pt": "e", "es": "y"}
# With these the subject begins; states named in it are not parties.
SUBJECT = {
    "de": "über|betreffend|zur|zum|zu|bezüglich|hinsichtlich|für|auf|im|gegen|wegen|vom",
    "fr": "sur|concernant|relatif|relative|relatifs|relatives|relatant|portant|au sujet|en vue|pour|visant|tendant|réglant"
    "|en matière|contre|au|aux|dans|destiné|destinée|afin",
    "it": "su|sulla|sul|sui|sulle|sullo|concernente|relativo|relativa|per|circa|in|contro",
    "ru": "о|об",
    "en": "on|concerning|relating|regarding|for|respecting|relative|in|to",
    "pt": "sobre|relativo|relativa|para|em",
    "es": "sobre|relativo|relativa|para|en",
}
# "Republic of X" may be another state than the plain X.
TWO_OF_A_NAME = frozenset({"CN", "TW", "KR", "KP", "CD", "CG", "VN", "YE", "DE", "SD", "SS", "GN", "GW", "GQ"})
QUALIFIERS = re.compile(
    r"(?i)^(republi\w*|république|республик\w*|demokrat\w*|démocratique|süd\w*|nord\w*|volksrepublik)$"
)
LONGEST_NAME = 8
LONGEST_TITLE = 3000

# Endings of the genitive and instrumental in Russian, with those of the first case.
_RUSSIAN_ENDINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ских", ("ские",)),
    ("ской", ("ская",)),
    ("цкой", ("цкая",)),
    ("ного", ("ное", "ный")),
    ("ого", ("ое", "ый", "ой")),
    ("ной", ("ная",)),
    ("ой", ("ая", "а")),
    ("ых", ("ые",)),
    ("их", ("ие",)),
    ("ии", ("ия", "ии")),
    ("ов", ("ы",)),
    ("и", ("а", "я", "ь")),
    ("ы", ("а", "")),
    ("а", ("", "о")),
    ("я", ("й", "ь", "е")),
)


@dataclass(frozen=True, slots=True)
class Named:
    """What a title says: the code of the one other state, or why not ("pattern": no such words, "none", "several")."""

    code: str = ""
    name: str = ""
    why: str = ""


def other_state(titles: Mapping[str, str], own_names: Mapping[str, Sequence[str]], on: str) -> Named:
    """The one other state that the titles (by language) name beside the own one; languages must not contradict each other."""
    found: dict[str, Named] = {}
    reasons: list[str] = []
    for language, title in titles.items():
        if language not in BETWEEN or not own_names.get(language):
            continue
        named = _other_in(title[:LONGEST_TITLE], language, tuple(own_names[language]), on)
        if named.code:
            found.setdefault(named.code, named)
        else:
            reasons.append(named.why)
    if len(found) == 1 and "several" not in reasons:
        return next(iter(found.values()))
    if found:
        return Named(why="several")
    return Named(why="several" if "several" in reasons else "none" if "none" in reasons else "pattern")


def _other_in(title: str, language: str, own_names: tuple[str, ...], on: str) -> Named:
    before, behind = _patterns(language, own_names)
    title = " ".join(title.split())
    match = before.search(title)
    if match:
        rest = _until_subject(match["other"], language)
    else:
        match = behind.search(title)
        if not match:
            return Named(why="pattern")
        rest = match["other"]
    names = dict(_states_in(rest, language, on))
    if len(names) == 1 and "?" not in names:
        code, name = next(iter(names.items()))
        return Named(code, name)
    return Named(why="several" if names else "none")


@lru_cache(maxsize=64)
def _patterns(language: str, own_names: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    own = "|".join(re.escape(n) for n in sorted(own_names, key=len, reverse=True))
    between, conjunction = BETWEEN[language], AND[language]
    # The own state may stand behind an organ of it: "Правительством Российской Федерации".
    # A comma before a small letter is inside its name; another parts the parties, of which there are then more than two.
    inner = r"(?:[^,]|,\s+(?=[а-яё]))" if language == "ru" else "[^,]"
    organ = rf"(?:{inner}{{0,160}}?\s)??"
    letter = f"(?i:{own})"
    before = re.compile(rf"\b(?i:{between})\s+{organ}{letter}\s+(?i:{conjunction})\s+(?P<other>.+)")
    behind = re.compile(rf"\b(?i:{between})\s+(?P<other>{inner}{{2,160}}?)\s+(?i:{conjunction})\s+{organ}{letter}\b")
    return before, behind


def _until_subject(text: str, language: str) -> str:
    """The text before the words with which the subject begins. "Regierung von X" and "der Insel X" do not begin it."""
    words = text.split()
    stops = set(SUBJECT[language].split("|"))
    for place, word in enumerate(words):
        pair = " ".join(words[place : place + 2]).casefold()
        if place and (word.casefold() in stops or pair in stops):
            return " ".join(words[:place])
    return text


def _states_in(text: str, language: str, on: str) -> Iterator[tuple[str, str]]:
    """Codes and names of the states whose exact names stand in a text, the longest at each place."""
    words = re.findall(r"[\w’'.-]+|[,;()]", text)
    place = 0
    while place < len(words):
        length = min(LONGEST_NAME, len(words) - place)
        for size in range(length, 0, -1):
            piece = words[place : place + size]
            if not piece[0][:1].isupper() and "'" not in piece[0] and "’" not in piece[0]:
                break
            if any(w in ",;()" for w in piece):
                continue
            code = _code_of(tuple(piece), language, on)
            if code:
                doubtful = code in TWO_OF_A_NAME and place > 0 and QUALIFIERS.match(words[place - 1])
                yield ("?" if doubtful else code), " ".join(piece)
                place += size - 1
                break
        place += 1


@cache
def _phrases() -> dict[tuple[str, str], str]:
    """Names as they stand in titles, in cases and compounds that no list of names has (phrases.csv)."""
    with (Path(__file__).parent / "phrases.csv").open(encoding="utf-8", newline="") as source:
        return {(row["language"], normalised(row["phrase"])): row["code"] for row in csv.DictReader(source)}


@lru_cache(maxsize=65536)
def _code_of(words: tuple[str, ...], language: str, on: str) -> str:
    """The state that the words name exactly; in Russian in any of the first cases they may stand for, if these agree."""
    text = re.sub(r"^(?:[lLdD]|dell|all)['’]", "", " ".join(words))
    if len(text) < 3:
        return ""
    phrase = _phrases().get((language, normalised(text)))
    if phrase:
        return phrase
    texts = _first_cases(words) if language == "ru" else [text]
    codes = set()
    for each in texts:
        found = find_state(each, on or None)
        if found.code and found.method in (Method.TABLE, Method.LIST, Method.LIBRARY) and found.kind in (
            NameKind.STATE, NameKind.TERRITORY, NameKind.FORMER, NameKind.ORGANISATION,
        ):  # fmt: skip
            codes.add(found.code)
        elif found.method is Method.AMBIGUOUS:
            codes.update(found.candidates)
    return codes.pop() if len(codes) == 1 else "?" if codes else ""


def _first_cases(words: tuple[str, ...]) -> list[str]:
    if len(words) > 5:
        return []
    forms = [_forms(w) for w in words]
    return [" ".join(piece) for piece in itertools.islice(itertools.product(*forms), 400)]


def _forms(word: str) -> list[str]:
    forms = [word]
    for ending, firsts in _RUSSIAN_ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            forms.extend(word[: -len(ending)] + first for first in firsts)
            break
    if "-" in word:
        head, _, tail = word.rpartition("-")
        forms.extend(f"{head}-{form}" for form in _forms(tail)[1:])
    return list(dict.fromkeys(forms))
