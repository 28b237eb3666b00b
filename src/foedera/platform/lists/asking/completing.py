"""What may come next in a query: names of columns, and values of the column that stands before the colon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import NotFound
from foedera.platform.lists.description import Column, Context, Kind, RecordType, Words, record_type
from foedera.platform.lists.filters import DATES, operators_of
from foedera.platform.lists.lookups import found_by

from .binding import Meaning, askable, names_of, normalised
from .language import ENDS_VALUE, LONGEST, QUOTES, written_text

MOST = 12


@dataclass(frozen=True, slots=True)
class Completion:
    """A text to put in place of the letters from `start` to `end`, and what it means."""

    text: str
    label: Words
    start: int
    end: int


def token_at(text: str, at: int) -> tuple[int, int]:
    """Where the piece that is being written at a place begins and ends, without a minus before it."""
    start, closing = 0, ""
    for place, letter in enumerate(text[:at]):
        if closing:
            closing = "" if letter == closing else closing
        elif letter in QUOTES and (place == start or text[place - 1] in ":,.-"):
            closing = QUOTES[letter]
        elif letter.isspace() or letter == "(":
            start = place + 1
    if text.startswith("-", start) and start < at:
        start += 1
    found = ENDS_VALUE.search(text, at)
    return start, found.start() if found and not closing else (len(text) if not closing else at)


def completions(record_type: RecordType, text: str, at: int, context: Context) -> list[Completion]:
    """What may be written at a place of a query, best first; nothing where only words fit."""
    text = text[:LONGEST]
    at = max(0, min(at, len(text)))
    start, end = token_at(text, at)
    name, colon, rest = text[start:at].partition(":")
    if not colon:
        if not name and text.strip():
            return []
        return [Completion(f"{n}:", label, start, end) for n, label in _names(record_type, name)][:MOST]
    meaning = names_of(record_type.name, record_type.without).get(normalised(name))
    if meaning is None:
        return []
    typed = rest.rpartition(",")[2].lstrip("".join(QUOTES))
    begins = at - len(rest.rpartition(",")[2])
    values = dict.fromkeys(_values(meaning, typed, context))
    return [Completion(value, label, begins, end) for value, label in list(values)[:MOST]]


def _names(record_type: RecordType, typed: str) -> Iterator[tuple[str, Words]]:
    """Names in the reader's language that begin as typed, then those whose words do; each with its label."""
    wanted, known = normalised(typed), names_of(record_type.name, record_type.without)
    told: set[str] = set()
    offered = [(normalised(s.word), s.word) for s in record_type.synonyms]
    offered += [(_name_of(record_type, column), column.label) for column in askable(record_type)]
    for fits in (str.startswith, str.__contains__):
        for name, label in offered:
            label_fits = fits(normalised(label), wanted) or fits(name, wanted)
            code_fits = any(fits(c.name, wanted) for c in known[name].columns)
            if name not in told and (label_fits or code_fits) and (wanted or fits is str.startswith):
                told.add(name)
                yield name, label


def _name_of(record_type: RecordType, column: Column) -> str:
    """How a column is named in a query in the reader's language: its own name in English, its label elsewhere."""
    label = normalised(column.label)
    known = names_of(record_type.name, record_type.without)
    in_english = (get_language() or "en").startswith("en")
    own = not in_english and label in known and known[label].columns == (column,)
    return label if own else normalised(column.name)


def _values(meaning: Meaning, typed: str, context: Context) -> Iterator[tuple[str, Words]]:
    wanted = normalised(typed)
    for column in meaning.columns:
        offered = list(_offered(column, meaning.operator, typed, context))
        for fits in (str.startswith, str.__contains__):
            for value, label in offered:
                if fits(normalised(value), wanted) or fits(normalised(label), wanted) or value.startswith(typed):
                    yield value, label
    for column in meaning.columns:
        if "empty" in operators_of(column) and not meaning.operator:
            for value, label in (("empty", _("nothing is entered")), ("any", _("anything is entered"))):
                if value.startswith(wanted):
                    yield value, label


def _offered(column: Column, operator: str, typed: str, context: Context) -> Iterator[tuple[str, Words]]:
    if column.kind is Kind.BOOLEAN:
        yield from (("yes", _("Yes")), ("no", _("No")), ("unknown", _("Not known")))
    elif column.kind in DATES:
        if operator:
            yield from (("today", _("today")), ("today+90d", _("in 90 days")), ("today+1y", _("in a year")))
        else:
            yield from (
                ("today..today+90d", _("in the next 90 days")),
                ("today-1y..today", _("in the past year")),
                ("..today", _("until today")),
                (f"{context.as_of.year}", _("this year")),
            )
    elif column.options():
        for choice in column.options():
            label = normalised(choice.label)
            code = str(choice.code)
            yield (written_text(code if (get_language() or "en").startswith("en") else label or code), choice.label)
    elif column.lookup and typed:
        for value, label in found_by(column.lookup, context.actor, typed):
            yield written_text(value), label


@require_GET
def complete(request: HttpRequest, kind: str) -> HttpResponse:
    """The options of the search box of a list, as the items of its list box. Raises NotFound for a list that there is not."""
    try:
        described = record_type(kind)
    except LookupError:
        raise NotFound() from None
    text = request.GET.get("q", "").replace("\x00", "")
    place = request.GET.get("at", "")
    at = int(place) if place.isascii() and place.isdigit() and len(place) < 6 else len(text)
    context = Context(actor_of(request))
    found = completions(described.for_reader(context.actor), text, at, context)
    return render(request, "pages/parts/completions.html", {"completions": found})
