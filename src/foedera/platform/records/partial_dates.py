"""Partial dates: "1954", "1954-03" or "1954-03-17", kept as text exactly as precise as the source.

A partial date stands for every day it may mean; `bounds` gives the first and the last of them. The canonical text
sorts as dates do, is what the database stores, and is never made more precise than it was. Years run from 0001 to
9999, in the proleptic Gregorian calendar (as in ISO 8601 and PostgreSQL).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Final, Literal

import numpy as np
from babel import Locale
from babel.dates import format_date, get_month_names
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from numpy.typing import NDArray

Precision = Literal["year", "month", "day"]
Days = NDArray[np.datetime64]

_CANONICAL: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_YEAR_FIRST: Final = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_DAY_FIRST: Final = re.compile(r"(?:(\d{1,2})[-/.])?(\d{1,2})[-/.](\d{4})")
_DAY_MONTH_NAME: Final = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th|-?го|º|\.)?\s+(?:of\s+|de\s+)?)?([^\W\d_]+)\.?,?\s+(?:de\s+)?(\d{4})"
)
_MONTH_NAME_DAY: Final = re.compile(r"([^\W\d_]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_YEAR_WORD: Final = re.compile(r"\s*(?:г\.?|года?|году|гг\.?)$")
_MIDNIGHT: Final = re.compile(r"[t ]00:00(?::00(?:\.0+)?)?(?:z|\+00:00)?$")
_NAME_LOCALES: Final = ("en", "ru", "pt", "es", "fr", "de", "it")
_LONGEST: Final = 40


class PartialDateError(ValueError):
    """The text is not a date, a month or a year that exists."""


def parse(text: str | date | None) -> str:
    """Return the canonical text of a typed partial date, "" for nothing.

    Understood: the canonical forms; 17.03.1954, 17/03/1954 and 03.1954 (the day always comes before the month);
    "March 1954", "17 March 1954", "March 17, 1954" and the same with month names in Russian, Portuguese, Spanish,
    French, German or Italian, in full or short; a trailing "г." or "года"; a date with a time of midnight, as
    spreadsheets give. Raises PartialDateError for all else, two-digit years among them.
    """
    if text is None:
        return ""
    if isinstance(text, datetime):
        return text.date().isoformat()
    if isinstance(text, date):
        return text.isoformat()
    typed = " ".join(text.split())
    if not typed:
        return ""
    if len(typed) > _LONGEST:
        raise PartialDateError(_("A date was expected, not a text of %(length)d characters.") % {"length": len(typed)})
    year, month, day = _read(typed)
    if year < 1:
        raise PartialDateError(_("“%(text)s”: the year must lie between 0001 and 9999.") % {"text": typed})
    if month is not None and not 1 <= month <= 12:
        raise PartialDateError(_("“%(text)s”: there is no month %(month)d.") % {"text": typed, "month": month})
    if month is not None and day is not None and not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise PartialDateError(_("“%(text)s”: that month has no day %(day)d.") % {"text": typed, "day": day})
    return _written(year, month, day)


def precision(text: str) -> Precision:
    """Return how precise a canonical partial date is. Raises PartialDateError if it is not canonical."""
    _year, month, day = _parts(text)
    return "year" if month is None else "month" if day is None else "day"


def bounds(text: str) -> tuple[date, date]:
    """Return the first and the last day a canonical partial date may mean. Raises PartialDateError otherwise."""
    year, month, day = _parts(text)
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if day is None:
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    return date(year, month, day), date(year, month, day)


def bounds_of(texts: Sequence[str | None] | NDArray[np.str_]) -> tuple[Days, Days]:
    """Return the first and last days of many canonical partial dates as two datetime64[D] arrays.

    An empty text or None gives NaT in both. Raises PartialDateError naming the first text that is not canonical.
    One pass of array arithmetic: about half a second for a million.
    """
    array = texts if isinstance(texts, np.ndarray) else np.array([text or "" for text in texts], dtype=np.str_)
    if array.size == 0:
        nothing = np.empty(0, dtype="datetime64[D]")
        return nothing, nothing.copy()
    if array.dtype.itemsize > 40:
        lengths = np.strings.str_len(array)
        _refuse(array, lengths > 10)
    letters = np.ascontiguousarray(array.astype("U10")).view(np.uint32).reshape(-1, 10)
    used = letters != 0
    absent = ~used[:, 0]
    has_month, has_day = used[:, 5], used[:, 8]
    digits = letters.astype(np.int32) - ord("0")
    is_digit = (digits >= 0) & (digits <= 9)
    dash = letters == ord("-")
    good = is_digit[:, :4].all(axis=1)
    good &= np.where(has_month, dash[:, 4] & is_digit[:, 5] & is_digit[:, 6], ~used[:, 4:].any(axis=1))
    good &= np.where(has_day, has_month & dash[:, 7] & is_digit[:, 8] & is_digit[:, 9], ~used[:, 7:].any(axis=1))
    year = digits[:, 0] * 1000 + digits[:, 1] * 100 + digits[:, 2] * 10 + digits[:, 3]
    month = np.where(has_month, digits[:, 5] * 10 + digits[:, 6], 1)
    day = np.where(has_day, digits[:, 8] * 10 + digits[:, 9], 1)
    good &= (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(good, (year.astype(np.int64) - 1970) * 12 + month - 1, 0)
    first = months.view("datetime64[M]").astype("datetime64[D]").view(np.int64)
    span = np.where(has_month, 1, 12)
    after = (months + span).view("datetime64[M]").astype("datetime64[D]").view(np.int64)
    good &= ~has_day | (first + day <= after)
    _refuse(array, ~(good | absent))
    low = first + day - 1
    high = np.where(has_day, low, after - 1)
    nothing_known = np.iinfo(np.int64).min
    low[absent] = nothing_known
    high[absent] = nothing_known
    return low.view("datetime64[D]"), high.view("datetime64[D]")


def display(text: str, language: str | None = None) -> str:
    """Return a canonical partial date in words of a language (default: the active one), "" for nothing.

    English: "17 March 1954", "March 1954", "1954"; Russian: "17 марта 1954 года", "март 1954 года", "1954 год".
    Raises PartialDateError if the text is not canonical.
    """
    if not text:
        return ""
    first, _last = bounds(text)
    how = precision(text)
    locale = _locale(language or get_language() or "en")
    if locale.language == "ru":
        pattern = {"year": "y 'год'", "month": "LLLL y 'года'", "day": "d MMMM y 'года'"}[how]
    elif locale.language in ("pt", "es"):
        pattern = {"year": "y", "month": "MMMM 'de' y", "day": "d 'de' MMMM 'de' y"}[how]
    else:
        pattern = {"year": "y", "month": "LLLL y", "day": "d MMMM y"}[how]
    return format_date(first, pattern, locale=locale)


def display_day(day: date, language: str | None = None) -> str:
    """Return one day in words of a language (default: the active one), as `display` does."""
    return display(day.isoformat(), language)


def _refuse(array: NDArray[np.str_], faulty: NDArray[np.bool_]) -> None:
    if faulty.any():
        index = int(np.flatnonzero(faulty)[0])
        raise PartialDateError(
            _("Row %(row)d: “%(text)s” is not a date of the form 1954, 1954-03 or 1954-03-17.")
            % {"row": index, "text": str(array[index])[:_LONGEST]}
        )


def _parts(text: str) -> tuple[int, int | None, int | None]:
    match = _CANONICAL.fullmatch(text) if text.isascii() else None
    if match is None or parse(text) != text:
        raise PartialDateError(
            _("“%(text)s” is not a date of the form 1954, 1954-03 or 1954-03-17.") % {"text": text[:_LONGEST]}
        )
    year, month, day = match.groups()
    return int(year), int(month) if month else None, int(day) if day else None


def _read(typed: str) -> tuple[int, int | None, int | None]:
    plain = _MIDNIGHT.sub("", _YEAR_WORD.sub("", typed.casefold()))
    if plain.isascii() and (match := _YEAR_FIRST.fullmatch(plain)):
        year, month, day = match.groups()
        return int(year), int(month) if month else None, int(day) if day else None
    if plain.isascii() and (match := _DAY_FIRST.fullmatch(plain)):
        day, month, year = match.groups()
        return int(year), int(month), int(day) if day else None
    if match := _DAY_MONTH_NAME.fullmatch(plain):
        day, name, year = match.groups()
    elif match := _MONTH_NAME_DAY.fullmatch(plain):
        name, day, year = match.groups()
    else:
        raise PartialDateError(
            _("“%(text)s” is not understood as a date. Write 1954, 03.1954 or 17.03.1954.") % {"text": typed}
        )
    number = _month_numbers().get(name)
    if number is None or not (year.isascii() and (day is None or day.isascii())):
        raise PartialDateError(_("“%(text)s”: “%(name)s” is not the name of a month.") % {"text": typed, "name": name})
    return int(year), number, int(day) if day else None


def _written(year: int, month: int | None, day: int | None) -> str:
    if month is None:
        return f"{year:04d}"
    return f"{year:04d}-{month:02d}" if day is None else f"{year:04d}-{month:02d}-{day:02d}"


@cache
def _month_numbers() -> dict[str, int]:
    numbers: dict[str, set[int]] = {}
    for language in _NAME_LOCALES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, language).items():
                    numbers.setdefault(name.casefold().rstrip("."), set()).add(int(number))
    # A short name that means two months in two languages means neither.
    return {name: next(iter(found)) for name, found in numbers.items() if len(found) == 1}


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language.replace("-", "_").split("_")[0])
