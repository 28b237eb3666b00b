"""Which column of a file fills which field, and how: kept by name, shipped for known files, or guessed from the header.

A mapping is data (TOML or JSON). Without any mapping the columns of a file are taken by the names and labels of the fields.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import orjson
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from foedera.platform.lists.description import Column, Kind, Words

from .values import ValueFault

# Markup, and signs of private fonts that a PDF leaves behind.
_TAG = re.compile(r"</?(?:sup|sub|i|b|em|strong|span)\b[^<>]*>|[\ue000-\uf8ff]", re.IGNORECASE)
_NO_LETTER = re.compile(r"[\W_]+")


class MappingFault(ValueError):
    """The mapping cannot be used; the words say what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A field that an import may fill: a column of the description, or one of the adapter's own (`column` None)."""

    name: str
    label: Words
    help: Words = ""
    required: bool = False
    key: bool = False
    column: Column | None = None
    language: str = ""


class Part(BaseModel):
    """A piece of a text in pieces: the first that begins with some words, up to others."""

    model_config = ConfigDict(extra="forbid")

    separator: str = Field(min_length=1)
    begins: str = Field(min_length=1)
    until: str = ""


class Line(BaseModel):
    """A line of a note: a column under a label."""

    model_config = ConfigDict(extra="forbid")

    label: str
    column: str


class FieldMapping(BaseModel):
    """How one field is filled.

    `from`: a column, or several of which the first that is not empty counts. `part`: only a piece of its text. `begins`: codes
    by the words with which the text begins; `values`: codes by the whole text (case does not matter; a list for several).
    A text that neither names is refused, left out (and reported), kept, or becomes `otherwise`. `odd`: texts that are taken
    and reported. `prefix` stands before the value, `value` is taken when there is none. `lines` makes a text of several
    columns. `plain` takes markup and signs of private fonts off.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    columns: list[str] = Field(default_factory=list, alias="from")
    part: Part | None = None
    begins: dict[str, str] = Field(default_factory=dict)
    values: dict[str, str | list[str]] = Field(default_factory=dict)
    otherwise: str | None = None
    unlisted: Literal["refuse", "leave_out", "keep"] = "refuse"
    odd: list[str] = Field(default_factory=list)
    prefix: str = ""
    value: str = ""
    lines: list[Line] = Field(default_factory=list)
    plain: bool = False

    def used(self) -> list[str]:
        """The columns of the file that this field needs."""
        return [*self.columns, *(line.column for line in self.lines)]


class ImportMapping(BaseModel):
    """The mapping of a kind of file.

    `signature`: columns by which such a file is recognised. `existing`: whether a record that is there already is brought
    up to date, only completed where it is blank, or left alone. An empty cell never empties a field. `options` are the
    adapter's.
    """

    model_config = ConfigDict(extra="forbid")

    kind: str = ""
    name: str = ""
    note: str = ""
    signature: list[str] = Field(default_factory=list)
    encoding: str = ""
    sheet: str = ""
    existing: Literal["update", "fill", "skip"] = "update"
    options: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, FieldMapping] = Field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """The mapping as it is kept in the database or a file."""
        return self.model_dump(by_alias=True, exclude_defaults=True)


def mapping_from(data: Any) -> ImportMapping:
    """A mapping from stored data. Raises MappingFault naming the place at fault.

    `from` may be a single column, and a field may be given as its column, or columns, alone.
    """
    if not isinstance(data, dict):
        raise MappingFault(_("A mapping is a table of settings and fields."))
    data = dict(data)
    fields = data.get("fields", {})
    if isinstance(fields, dict):
        data["fields"] = {name: _spelt_out(given) for name, given in fields.items()}
    try:
        return ImportMapping.model_validate(data)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(p) for p in fault["loc"])
        raise MappingFault(
            _("The mapping is faulty at %(place)s: %(reason)s") % {"place": where, "reason": fault["msg"]}
        ) from error


def _spelt_out(given: Any) -> Any:
    if isinstance(given, str):
        return {"from": [given]}
    if isinstance(given, list):
        return {"from": given}
    if isinstance(given, dict) and isinstance(given.get("from"), str):
        return {**given, "from": [given["from"]]}
    return given


def read_mapping(path: Path) -> ImportMapping:
    """The mapping in a TOML or JSON file. Raises MappingFault when it cannot be read."""
    try:
        content = path.read_bytes()
        data = orjson.loads(content) if path.suffix.lower() == ".json" else tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        raise MappingFault(_("The mapping %(path)s cannot be opened.") % {"path": path}) from error
    except (ValueError, UnicodeError) as error:
        raise MappingFault(
            _("The mapping %(path)s is not understood: %(reason)s") % {"path": path.name, "reason": error}
        ) from error
    return mapping_from(data)


def recognised(mappings: Iterable[ImportMapping], columns: Sequence[str]) -> ImportMapping | None:
    """The mapping whose signature the header bears (the longest signature where several do)."""
    present = set(columns)
    fitting = [m for m in mappings if m.signature and present.issuperset(m.signature)]
    return max(fitting, key=lambda m: len(m.signature), default=None)


def guessed(targets: Sequence[Target], columns: Sequence[str]) -> ImportMapping:
    """The fields whose name or label, in any language of the program, is the name of a column."""
    by_key = {_key(c): c for c in reversed(columns) if c}
    fields: dict[str, FieldMapping] = {}
    for target in targets:
        names = [target.name, target.name.replace(".", "_")]
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                label = str(target.label)
            names.append(label)
        column = next((by_key[k] for n in names if (k := _key(n)) in by_key), None)
        if column is not None:
            fields[target.name] = FieldMapping(columns=[column])
    return ImportMapping(fields=fields)


def _key(name: str) -> str:
    return _NO_LETTER.sub("", name.casefold())


class Note(NamedTuple):
    """A remark made while a field was read: the column, its value, the words and the kind of remark."""

    column: str
    value: str
    words: str
    code: str


Getter = Callable[[list[str], list[Note]], str]


@dataclass(slots=True)
class Reader:
    """One field of a mapping made ready for a header: `column` is named in problems, `get` reads a row."""

    target: Target
    column: str
    get: Getter
    check: Callable[[str], Any] | None = field(default=None)


def readers_for(mapping: ImportMapping, targets: Sequence[Target], columns: Sequence[str]) -> list[Reader]:
    """The fields of a mapping made ready for a header.

    Raises MappingFault when it names fields or columns that do not exist, or leaves out a required field.
    """
    by_name = {t.name: t for t in targets}
    unknown = [name for name in mapping.fields if name not in by_name]
    if unknown:
        raise MappingFault(_("There is no field “%(name)s” to import into.") % {"name": unknown[0]})
    places = {name: place for place, name in enumerate(columns) if name}
    readers = []
    for name, described in mapping.fields.items():
        missing = [c for c in described.used() if c not in places]
        if missing:
            raise MappingFault(
                _("The file has no column “%(column)s”, which the mapping takes for “%(field)s”.")
                % {"column": missing[0], "field": by_name[name].label}
            )
        used = described.used()
        readers.append(Reader(by_name[name], used[0] if used else "", _getter(described, places)))
    for target in targets:
        if target.required and target.name not in mapping.fields:
            raise MappingFault(
                _("No column of the file fills “%(field)s” (%(name)s), which is required.")
                % {"field": target.label, "name": target.name}
            )
    return readers


def _getter(described: FieldMapping, places: Mapping[str, int]) -> Getter:
    if described.lines:
        lines = [(line.label, places[line.column]) for line in described.lines]

        def as_lines(cells: list[str], _notes: list[Note]) -> str:
            return "\n".join(f"{label}: {cells[place].strip()}" for label, place in lines if cells[place].strip())

        return as_lines
    columns = [places[c] for c in described.columns]
    if len(columns) == 1 and not described.model_fields_set - {"columns"}:
        only = columns[0]
        return lambda cells, _notes: cells[only]
    return _Chain(described, columns)


class _Chain:
    """The steps of a field that is more than one column taken as it is."""

    def __init__(self, described: FieldMapping, places: Sequence[int]) -> None:
        self.described = described
        self.places = tuple(places)
        self.values = {k.casefold(): ",".join(v) if isinstance(v, list) else v for k, v in described.values.items()}
        self.begins = tuple((k.casefold(), v) for k, v in described.begins.items())
        self.odd = frozenset(described.odd)

    def __call__(self, cells: list[str], notes: list[Note]) -> str:
        described = self.described
        text = next((cells[p] for p in self.places if cells[p].strip()), "")
        if text and described.plain:
            text = _TAG.sub("", text)
        if text and described.part is not None:
            text = _piece(text, described.part)
        if not text.strip():
            return described.value
        if text in self.odd:
            notes.append(Note(described.columns[0], text, _("An odd value; it is taken as the mapping says."), "odd"))
        if self.begins or self.values:
            text = self._code(text, notes)
        return described.prefix + text if text else described.value

    def _code(self, text: str, notes: list[Note]) -> str:
        described = self.described
        key = text.strip().casefold()
        if key in self.values:
            return self.values[key]
        for words, code in self.begins:
            if key.startswith(words):
                return code
        if described.otherwise is not None:
            return described.otherwise
        if described.unlisted == "keep":
            return text
        if described.unlisted == "leave_out":
            words = _("The mapping has no value for this; the field is left empty.")
            notes.append(Note(described.columns[0], text, words, "unlisted"))
            return ""
        raise ValueFault(_("The mapping has no value for “%(value)s”.") % {"value": text[:80]})


def _piece(text: str, part: Part) -> str:
    for piece in text.split(part.separator):
        piece = piece.strip()
        if piece.startswith(part.begins):
            return piece.partition(part.until)[0].strip() if part.until else piece
    return ""


def targets_of(columns: Iterable[Column]) -> list[Target]:
    """The fields that described columns offer; names in several languages are one field for each language."""
    targets: list[Target] = []
    for column in columns:
        if column.kind in (Kind.ROWS, Kind.DATA, Kind.MOMENT, Kind.NUMBERS):
            continue
        if column.kind is Kind.NAMES:
            targets.extend(
                Target(
                    name=f"{column.name}.{language}",
                    label=f"{column.label} ({language})",
                    help=column.help,
                    column=column,
                    language=language,
                )
                for language in _LANGUAGES_OF_NAMES
            )
        else:
            targets.append(
                Target(
                    name=column.name,
                    label=column.label,
                    help=column.help,
                    required=column.required,
                    key=column.key,
                    column=column,
                )
            )
    return targets


# Languages in which registers seen so far give names and titles; any other may be added without harm.
_LANGUAGES_OF_NAMES = ("en", "ru", "fr", "es", "ar", "zh", "pt", "de", "it")
