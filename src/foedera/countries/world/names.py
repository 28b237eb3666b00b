"""Which state does a free text name? Exact look-ups only: a guess is shown as a candidate, never taken.

The ways, in this order: a code; the table of this project (``names.csv``: historical names, capitals of registers,
collective names, organisations, misspellings seen); the list of states in English, Russian, Portuguese, German,
French, Italian and Spanish; the library ``countrynames``; the names of ISO 3166-2 subdivisions where only one state
has one of that name; a text in parts ("England, United Kingdom"). All is cached: 100,000 look-ups of the few hundred
names that a register holds cost a dictionary access each.
"""

import re
import unicodedata
import warnings
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from typing import Literal

import countrynames
from babel import Locale
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict
from rapidfuzz import fuzz, process

from foedera.countries import world
from foedera.countries.profile import PartialDate, StateKind
from foedera.countries.tables import Problem, ProfileError, read_table
from foedera.platform.records.partial_dates import bounds

# The library advises a binding to ICU for scripts that this project's own list already covers.
warnings.filterwarnings("ignore", message="Install 'pyicu'")


class Method(StrEnum):
    """How a name was found, or why not."""

    CODE = "code"
    TABLE = "table"
    LIST = "list"
    LIBRARY = "library"
    SUBDIVISION = "subdivision"
    PARTS = "parts"
    AMBIGUOUS = "ambiguous"
    EMPTY = "empty"
    UNKNOWN = "unknown"


class NameKind(StrEnum):
    """What a name of the table stands for."""

    STATE = "state"
    TERRITORY = "territory"
    FORMER = "former"
    ORGANISATION = "organisation"
    PART = "part"
    COLLECTIVE = "collective"
    AMBIGUOUS = "ambiguous"
    UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a text names. ``code`` is None when it is not certain; then ``candidates`` may help a person to decide."""

    text: str
    code: str | None
    kind: NameKind | None
    method: Method
    subdivision: str = ""
    """ISO 3166-2 code, where the text names a part of the state."""
    candidates: tuple[str, ...] = ()
    note: str = ""

    @property
    def resolved(self) -> bool:
        """Whether a code was found."""
        return self.code is not None

    @property
    def confidence(self) -> Literal["certain", "likely", "none"]:
        """Certain for codes and exact names; likely for names of subdivisions, collective names and texts in parts."""
        if self.code is None:
            return "none"
        by_part = self.method in (Method.SUBDIVISION, Method.PARTS)
        return "likely" if by_part or self.kind is NameKind.COLLECTIVE else "certain"

    @property
    def explanation(self) -> str:
        """How it was found or why not, in the reader's language (for import reports and previews)."""
        candidates = ", ".join(self.candidates)
        if self.method is Method.EMPTY:
            return _("The name is empty.")
        if self.method is Method.AMBIGUOUS:
            return _("“%(name)s” may mean several: %(codes)s.") % {"name": self.text, "codes": candidates}
        if self.method is Method.UNKNOWN and candidates:
            return _("“%(name)s” is not known; similar names: %(codes)s.") % {"name": self.text, "codes": candidates}
        if self.method is Method.UNKNOWN:
            return _("“%(name)s” is not known.") % {"name": self.text}
        found = {"name": self.text, "code": self.subdivision or self.code}
        if self.kind is NameKind.COLLECTIVE:
            return _("“%(name)s” is a collective name, taken as %(code)s.") % found
        if self.confidence == "likely":
            return _("“%(name)s” is taken as %(code)s by its parts or as the name of a region.") % found
        return _("“%(name)s” is %(code)s.") % found


class _Row(BaseModel):
    """A row of ``names.csv``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    code: str = ""
    subdivision: str = ""
    kind: NameKind
    valid_from: PartialDate = ""
    valid_until: PartialDate = ""
    note: str = ""


_LANGUAGES = ("de", "fr", "it", "es")
_LIBRARY_CODES = {
    "AN": "ANHH",
    "AZ-NK": "",
    "CQ": "GG",
    "CY-TRNC": "X-NORTHERN-CYPRUS",
    "DD": "DDDE",
    "EU": "X-ORG-EU",
    "GE-AB": "X-ABKHAZIA",
    "MD-PMR": "X-TRANSNISTRIA",
    "SO-SOM": "X-SOMALILAND",
    "UN": "X-ORG-UN",
    "X-SO": "X-SOUTH-OSSETIA",
    "ZR": "CD",
}
"""Codes of the library that are not those of this project; an empty one is not accepted."""

_PARTS_OF = {"GB-ENG": "GB", "GB-SCT": "GB", "GB-WLS": "GB", "GB-NIR": "GB"}
_KINDS = {
    StateKind.STATE: NameKind.STATE,
    StateKind.TERRITORY: NameKind.TERRITORY,
    StateKind.DISPUTED: NameKind.TERRITORY,
    StateKind.FORMER_STATE: NameKind.FORMER,
    StateKind.FORMER_TERRITORY: NameKind.FORMER,
    StateKind.ORGANISATION: NameKind.ORGANISATION,
}
_NOT_A_LETTER = re.compile(r"[^\w]+")
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")
_LEADING_ARTICLE = re.compile(r"^(the|la|le|les|die|der) ")


def normalised(text: str) -> str:
    """Return the key of a name: no case, no accents, no punctuation, single spaces, "&" as "and"."""
    decomposed = unicodedata.normalize("NFKD", text.replace("&", " and ").replace("ё", "е").replace("Ё", "Е"))
    kept = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _NOT_A_LETTER.sub(" ", kept.casefold()).strip()


def kind_of(code: str) -> NameKind:
    """Return what a code of ``world.states()`` stands for. Raises KeyError."""
    return _KINDS[world.state(code).kind]


@cache
def _table() -> dict[str, tuple[_Row, ...]]:
    problems: list[Problem] = []
    rows = read_table(world.FOLDER, "names.csv", _Row, problems)
    states, regions = world.state_codes(), {row.code for row in world.subdivisions()}
    table: dict[str, list[_Row]] = defaultdict(list)
    for place, row in rows:
        for code in row.code.split("|"):
            if code and code not in states:
                problems.append(Problem(place.file, place.line, "code", f"{code!r} is no known state"))
        if row.subdivision and row.subdivision not in regions:
            problems.append(Problem(place.file, place.line, "subdivision", f"{row.subdivision!r} is not known"))
        table[normalised(row.name)].append(row)
    if problems:
        raise ProfileError("world", problems)
    return {key: tuple(found) for key, found in table.items()}


@cache
def _names_of_states() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for state in world.states():
        for name in (*state.names.values(), *state.official_names.values()):
            found[_LEADING_ARTICLE.sub("", normalised(name))].add(state.code)
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in world.state_codes():
                found[_LEADING_ARTICLE.sub("", normalised(name))].add(code)
    return {name: frozenset(codes) for name, codes in found.items()}


@cache
def _names_of_subdivisions() -> dict[str, frozenset[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in world.subdivisions():
        for name in row.names.values():
            found[normalised(name)].add((row.country, row.code))
    return {name: frozenset(places) for name, places in found.items()}


def resolve_state(text: str, on: date | str | None = None) -> Resolution:
    """Return what state, territory, former state or organisation a text names.

    ``on``: a day or partial date at which the name was used. It matters only for names that stood for different
    states at different times ("Russia" before 1917). Without it, or with the empty text, the present bearer is meant.
    Never raises for a text, however odd. Raises PartialDateError if ``on`` is a text and no partial date.
    """
    return _resolve(text, on.isoformat() if isinstance(on, date) else (on or ""))


def resolve_states(texts: Iterable[str], on: date | str | None = None) -> list[Resolution]:
    """Return ``resolve_state`` of each text, each distinct text looked up once."""
    day = on.isoformat() if isinstance(on, date) else (on or "")
    known: dict[str, Resolution] = {}
    found = []
    for text in texts:
        if text not in known:
            known[text] = _resolve(text, day)
        found.append(known[text])
    return found


def find_state(text: str, on: date | str | None = None) -> Resolution:
    """Return ``resolve_state`` of a text that must be a name as it stands: no parts, no brackets, no candidates.

    For looking through running text, where most pieces are no names; an unknown one costs little.
    """
    day = on.isoformat() if isinstance(on, date) else (on or "")
    return _found(text, day if is_dated(text) else "")


@lru_cache(maxsize=65536)
def is_dated(text: str) -> bool:
    """Return whether a name stood for different states at different times, so that the day matters."""
    return any(row.valid_from or row.valid_until for row in _table().get(normalised(text.strip()), ()))


@lru_cache(maxsize=65536)
def _found(text: str, on: str) -> Resolution:
    return _look_up(text, on)


@lru_cache(maxsize=65536)
def _resolve(text: str, on: str) -> Resolution:
    stripped = text.strip()
    if not stripped:
        return Resolution(text, None, None, Method.EMPTY)
    dated = any(row.valid_from or row.valid_until for row in _table().get(normalised(stripped), ()))
    found = _look_up(stripped, on) if dated and on else _undated(stripped)
    return replace(found, text=text)


@lru_cache(maxsize=65536)
def _undated(text: str) -> Resolution:
    found = _look_up(text, "")
    if found.method is not Method.UNKNOWN:
        return found
    shortened = _IN_BRACKETS.sub("", text)
    if shortened and shortened != text:
        found = _undated(shortened)
        if found.resolved:
            return found
    return _by_parts(text) or Resolution(text, None, None, Method.UNKNOWN, candidates=_suggestions(text))


def _look_up(text: str, on: str) -> Resolution:
    if text in world.state_codes():
        return Resolution(text, text, kind_of(text), Method.CODE)
    key = normalised(text)
    if not key:
        return Resolution(text, None, None, Method.UNKNOWN)
    return (
        _from_table(text, key, on)
        or _from_list(text, key)
        or _from_library(text)
        or _from_subdivisions(text, key)
        or Resolution(text, None, None, Method.UNKNOWN)
    )


def _from_table(text: str, key: str, on: str) -> Resolution | None:
    rows = _table().get(key, ())
    row = next((row for row in rows if (row.valid_from or row.valid_until) and _holds(row, on)), None)
    row = row or next((row for row in rows if not row.valid_from and not row.valid_until), None)
    if row is None and rows:
        row = rows[0]
    if row is None:
        return None
    if row.kind in (NameKind.AMBIGUOUS, NameKind.UNRESOLVED):
        method = Method.AMBIGUOUS if row.code else Method.UNKNOWN
        return Resolution(
            text, None, row.kind, method, candidates=tuple(filter(None, row.code.split("|"))), note=row.note
        )
    return Resolution(text, row.code, row.kind, Method.TABLE, subdivision=row.subdivision, note=row.note)


def _holds(row: _Row, on: str) -> bool:
    """Whether the whole of a partial date lies in the time of a row; an undecided one (1917 as a year) does not."""
    if not on:
        return False
    first, last = bounds(on)
    begins = bounds(row.valid_from)[0] if row.valid_from else date.min
    ends = bounds(row.valid_until)[0] if row.valid_until else date.max
    return begins <= first and last < ends


def _from_list(text: str, key: str) -> Resolution | None:
    codes = _names_of_states().get(_LEADING_ARTICLE.sub("", key), frozenset())
    if len(codes) == 1:
        (code,) = codes
        return Resolution(text, code, kind_of(code), Method.LIST)
    if codes:
        return Resolution(text, None, NameKind.AMBIGUOUS, Method.AMBIGUOUS, candidates=tuple(sorted(codes)))
    return None


def _from_library(text: str) -> Resolution | None:
    found = countrynames.to_code(text)
    if found is None:
        return None
    if found in _PARTS_OF:
        return Resolution(text, _PARTS_OF[found], NameKind.PART, Method.LIBRARY, subdivision=found)
    code = _LIBRARY_CODES.get(found, found)
    if code not in world.state_codes():
        return None
    regions = [region for country, region in _places(text) if country == code]
    if len(regions) == 1:
        return Resolution(text, code, NameKind.PART, Method.LIBRARY, subdivision=regions[0])
    return Resolution(text, code, kind_of(code), Method.LIBRARY)


def _from_subdivisions(text: str, key: str) -> Resolution | None:
    places = _names_of_subdivisions().get(key, frozenset())
    countries = sorted({country for country, _ in places})
    if len(countries) == 1:
        code = countries[0]
        region = min(region for _, region in places) if len(places) == 1 else ""
        return Resolution(text, code, NameKind.PART, Method.SUBDIVISION, subdivision=region)
    if countries:
        return Resolution(text, None, NameKind.AMBIGUOUS, Method.AMBIGUOUS, candidates=tuple(countries))
    return None


def _by_parts(text: str) -> Resolution | None:
    """For "Lower Saxony, Germany" the state is the last part; the first is kept when it is a region of that state.

    A first part that is a state of its own ("Georgia, Russia") makes the text doubtful.
    """
    first, comma, last = text.rpartition(",")
    if not comma or not first.strip():
        return None
    whole = _look_up(last.strip(), "")
    if not whole.resolved or whole.kind is NameKind.COLLECTIVE or whole.code is None:
        return None
    regions = [region for country, region in _places(first) if country == whole.code]
    if len(regions) == 1:
        return Resolution(text, whole.code, NameKind.PART, Method.PARTS, subdivision=regions[0])
    part = _look_up(first.strip(), "")
    if part.code is None or part.code == whole.code:
        return replace(whole, text=text, method=Method.PARTS, subdivision=part.subdivision)
    if world.state(part.code).parent == whole.code:
        return replace(part, text=text, method=Method.PARTS)
    return Resolution(text, None, NameKind.AMBIGUOUS, Method.AMBIGUOUS, candidates=(part.code, whole.code))


def _places(text: str) -> frozenset[tuple[str, str]]:
    return _names_of_subdivisions().get(normalised(text), frozenset())


def _suggestions(text: str) -> tuple[str, ...]:
    """Up to three codes of similar names, the nearest first, for a person to choose from."""
    names: dict[str, str] = {}
    for name, codes in _names_of_states().items():
        if len(codes) == 1:
            names[name] = min(codes)
    for name, rows in _table().items():
        if rows[0].code and "|" not in rows[0].code:
            names[name] = rows[0].code
    near = process.extract(normalised(text), list(names), scorer=fuzz.ratio, score_cutoff=82, limit=6)
    return tuple(dict.fromkeys(names[name] for name, _, _ in near))[:3]
