"""What a query asks of a record type: names become columns, values their codes, and simple pieces the filters of the panel."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.marks import Sensitivity
from foedera.platform.actions.errors import Invalid, Words
from foedera.platform.lists.description import Choice, Column, Context, Kind, RecordType
from foedera.platform.lists.filters import DATES, Filter, day_of, operators_of, parse_value
from foedera.platform.lists.lookups import found_by

from .language import (
    All,
    Between,
    Blank,
    Either,
    Node,
    Not,
    Phrase,
    Present,
    QueryFault,
    Term,
    Value,
    Word,
    parts_of,
    written,
)


@dataclass(frozen=True, slots=True)
class Holds:
    """A filter holds."""

    filter: Filter


@dataclass(frozen=True, slots=True)
class WordsFound:
    """The words are found in the search entry."""

    words: str


@dataclass(frozen=True, slots=True)
class PhraseFound:
    """The words are found in this order."""

    phrase: str


@dataclass(frozen=True, slots=True)
class Opposite:
    """The condition does not hold."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Every:
    """All of the conditions hold."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of the conditions holds."""

    conditions: tuple[Condition, ...]


Condition = Holds | WordsFound | PhraseFound | Opposite | Every | OneOf


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a query that has to hold with the others: as filters of the panel, as words, or as a condition of its own."""

    node: Node
    filters: tuple[Filter, ...] = ()
    words: str = ""
    condition: Condition | None = None

    @property
    def text(self) -> str:
        """The piece as it is written."""
        return f"({written(self.node)})" if isinstance(self.node, Either) else written(self.node)


def columns_of(condition: Condition) -> Iterator[str]:
    """Names of the columns that a condition is about; "" where it searches for words."""
    if isinstance(condition, Holds):
        yield condition.filter.column
    elif isinstance(condition, WordsFound | PhraseFound):
        yield ""
    elif isinstance(condition, Opposite):
        yield from columns_of(condition.condition)
    else:
        for inner in condition.conditions:
            yield from columns_of(inner)


# ------------------------------------------------------------------------------------------------------------------ names


def normalised(words: Words) -> str:
    """Words as a name may be written: small letters, no blanks, one letter for е and ё."""
    return re.sub(r"[^\w]+", "_", str(words).casefold().replace("ё", "е")).strip("_")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name stands for: one or more columns, of which the first that knows a value is taken, and how it is asked."""

    columns: tuple[Column, ...]
    operator: str = ""


def askable(record_type: RecordType) -> list[Column]:
    """The columns that a query may name."""
    return [c for c in record_type.columns if c.filters and c.kind not in (Kind.DATA, Kind.ROWS)]


def _in_all_languages(words: Words) -> Iterator[str]:
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            yield normalised(words)


@cache
def names_of(name: str, without: frozenset[Sensitivity] = frozenset()) -> dict[str, Meaning]:
    """What each name means for the record type of that name, in all languages; what stands earlier is not overwritten.

    Columns of the marks `without` have no names.
    """
    from foedera.platform.lists.description import record_type

    return names_for(record_type(name).seen_without(without))


def names_for(record_type: RecordType) -> dict[str, Meaning]:
    """As `names_of`, made anew."""
    found: dict[str, Meaning] = {}
    for synonym in record_type.synonyms:
        columns = tuple(record_type.column(c) for c in synonym.columns)
        for name in _in_all_languages(synonym.word):
            found.setdefault(name, Meaning(columns, synonym.operator))
    for column in askable(record_type):
        found.setdefault(normalised(column.name), Meaning((column,)))
    for column in askable(record_type):
        for name in _in_all_languages(column.label):
            found.setdefault(name, Meaning((column,)))
    return found


# ----------------------------------------------------------------------------------------------------------------- values


def code_of(options: Sequence[Choice], text: str) -> str | None:
    """The code of the choice that a text names: by its code or its label in any language."""
    wanted = normalised(text)
    for choice in options:
        if str(choice.code).casefold() == text.casefold() or wanted in _in_all_languages(choice.label):
            return str(choice.code)
    return None


TRUTHS = {
    **dict.fromkeys(("true", "yes", "да", "1"), "true"),
    **dict.fromkeys(("false", "no", "нет", "0"), "false"),
    **dict.fromkeys(("unknown", "неизвестно"), "unknown"),
}


def _looked_up(column: Column, text: str, context: Context) -> str | None:
    """The code of what a text names among the things that the reader may know of; None when there is no such, or are several."""
    found = found_by(column.lookup, context.actor, text)
    name = normalised(text)
    for value, label in found:
        rest = label.removeprefix(value)
        if value.casefold() == text.casefold() or name in (normalised(rest), normalised(rest.partition("(")[0])):
            return value
    return found[0][0] if len(found) == 1 else None


class _Binder:
    def __init__(self, record_type: RecordType, context: Context | None) -> None:
        self.record_type, self.context = record_type, context
        known = names_of(record_type.name, record_type.without) if record_type.registered else names_for(record_type)
        self.names = known

    def meaning(self, term: Term) -> Meaning:
        found = self.names.get(normalised(term.name))
        if found is None:
            raise QueryFault(
                _("There is no column “%(name)s” to ask for.%(nearest)s Put a text with a colon in quotation marks.")
                % {"name": term.name, "nearest": _nearest(normalised(term.name), list(self.names))},
                term.at,
                len(term.name),
            )
        return found

    def term(self, term: Term) -> tuple[Filter, ...] | Condition:
        meaning = self.meaning(term)
        places = term.places or tuple((term.at, 1) for _value in term.values)
        each = [self.value(meaning, v, at, length) for v, (at, length) in zip(term.values, places, strict=True)]
        first = each[0]
        if len(each) == 1:
            return first
        same = all(len(f) == 1 and (f[0].column, f[0].operator) == (first[0].column, first[0].operator) for f in each)
        if same and first[0].operator in ("is", "contains"):
            values = tuple(dict.fromkeys(v for f in each for v in f[0].values))
            return (Filter(first[0].column, first[0].operator, values),)
        return OneOf(tuple(_every(f) for f in each))

    def value(self, meaning: Meaning, value: Value, at: int, length: int) -> tuple[Filter, ...]:
        faults: list[QueryFault] = []
        for column in meaning.columns:
            try:
                return self.of_column(column, meaning.operator, value)
            except Invalid as error:
                fault = error if isinstance(error, QueryFault) else None
                faults.append(QueryFault(fault.message if fault else error.problems[0].message, at, length))
        raise faults[0]

    def of_column(self, column: Column, operator: str, value: Value) -> tuple[Filter, ...]:
        """The filters that a value of a column means. Raises Invalid."""
        known = operators_of(column)
        if isinstance(value, Blank | Present):
            if "empty" not in known:
                raise QueryFault(_("“%(name)s” cannot be asked for being empty.") % {"name": column.label}, 0)
            return (Filter(column.name, "empty", ("true" if isinstance(value, Blank) else "false",)),)
        if isinstance(value, Between):
            if "from" not in known or operator:
                raise QueryFault(_("“%(name)s” has no ranges.") % {"name": column.label}, 0)
            ends = (("from", value.low), ("until", value.high))
            return tuple(Filter(column.name, way, (self.day(column, way, text),)) for way, text in ends if text)
        if operator in ("from", "until"):
            return (Filter(column.name, operator, (self.day(column, operator, value.text),)),)
        if "is" in known:
            return (Filter(column.name, "is", (self.code(column, value.text),)),)
        if "contains" in known:
            return (Filter(column.name, "contains", (value.text,)),)
        if "from" in known:
            return tuple(Filter(column.name, w, (self.day(column, w, value.text),)) for w in ("from", "until"))
        raise QueryFault(_("“%(name)s” can only be asked for being empty.") % {"name": column.label}, 0)

    def day(self, column: Column, operator: str, text: str) -> str:
        if column.kind in DATES:
            if self.context is not None:
                day_of(column, operator, text, self.context)
        else:
            parse_value(column, text)
        return text

    def code(self, column: Column, text: str) -> str:
        if column.kind is Kind.BOOLEAN:
            if (truth := TRUTHS.get(text.casefold())) is not None:
                return truth
            raise QueryFault(_("“%(value)s” is not one of yes, no, unknown.") % {"value": text}, 0)
        options = column.options()
        if options:
            code = code_of(options, text)
            if code is None:
                nearest = _nearest(text.casefold(), [str(c.code) for c in options])
                raise QueryFault(
                    _("“%(value)s” is not one of the values of “%(name)s”.%(nearest)s")
                    % {"value": text, "name": column.label, "nearest": nearest},
                    0,
                )
            return code
        if column.lookup and self.context is not None:
            code = _looked_up(column, text, self.context)
            if code is None:
                raise QueryFault(
                    _("“%(value)s” was not found for “%(name)s”.") % {"value": text, "name": column.label}, 0
                )
            return code
        parse_value(column, text)
        return text

    def condition(self, node: Node) -> Condition:
        if isinstance(node, Word):
            return WordsFound(node.text)
        if isinstance(node, Phrase):
            return PhraseFound(node.text)
        if isinstance(node, Term):
            found = self.term(node)
            return _every(found) if isinstance(found, tuple) else found
        if isinstance(node, Not):
            return Opposite(self.condition(node.node))
        inner = tuple(self.condition(n) for n in node.nodes)
        return Every(inner) if isinstance(node, All) else OneOf(inner)

    def part(self, node: Node) -> Part:
        if isinstance(node, Word):
            if node.text.endswith(":") and normalised(node.text) in self.names:
                raise QueryFault(_("Put the value right behind the colon."), node.at, len(node.text))
            return Part(node, words=node.text)
        if isinstance(node, Term):
            found = self.term(node)
            return Part(node, filters=found) if isinstance(found, tuple) else Part(node, condition=found)
        if isinstance(node, Not) and isinstance(node.node, Term):
            found = self.term(node.node)
            if isinstance(found, tuple) and len(found) == 1 and found[0].operator == "is":
                return Part(node, filters=(Filter(found[0].column, "not", found[0].values),))
        return Part(node, condition=self.condition(node))


def _every(filters: tuple[Filter, ...]) -> Condition:
    held = tuple(Holds(f) for f in filters)
    return held[0] if len(held) == 1 else Every(held)


def _nearest(text: str, known: Sequence[str]) -> Words:
    near = difflib.get_close_matches(text, known, n=1, cutoff=0.6)
    return " " + str(_("Did you mean “%(word)s”?") % {"word": near[0]}) if near else ""


def bound(record_type: RecordType, node: Node | None, context: Context | None = None) -> tuple[Part, ...]:
    """The pieces of a query, each with what it asks for; words beside one another stay together.

    Without a context values that have to be looked up are taken as they are written. Raises QueryFault for a name or a value
    that there is not.
    """
    binder = _Binder(record_type, context)
    parts: list[Part] = []
    for piece in parts_of(node):
        part = binder.part(piece)
        if part.words and parts and parts[-1].words:
            both = All((*parts_of(parts[-1].node), piece))
            parts[-1] = Part(both, words=f"{parts[-1].words} {part.words}")
        else:
            parts.append(part)
    return tuple(parts)
