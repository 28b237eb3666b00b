"""One description of a record type: from it come its table, filters, export, import, API list, forms and search entry.

A room writes one `RecordType` in its `lists.py` and registers it. Adding a field to a record touches the model, this description
and a migration, nothing else (docs/style.md shows it on an example).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import Any, Protocol

from django.apps import apps
from django.db import models
from django.utils.functional import Promise

from foedera.platform.access.actors import Actor
from foedera.platform.access.marks import Sensitivity, hidden_from
from foedera.platform.actions.performing import Action

Words = str | Promise


class Kind(Enum):
    """What the values of a column are."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NAMES = "names"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    PARTIAL_DATE = "partial_date"
    MOMENT = "moment"
    CHOICE = "choice"
    CHOICES = "choices"
    REFERENCE = "reference"
    NUMBERS = "numbers"
    ROWS = "rows"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that may be chosen: its code, its label and the colour of its chip."""

    code: Any
    label: Words
    colour: str = "grey"
    hint: Words = ""


@dataclass(frozen=True, slots=True)
class Context:
    """For whom and as of when rows are read."""

    actor: Actor

    @property
    def as_of(self) -> datetime.date:
        """The day for which statuses are read."""
        return self.actor.as_of

    @property
    def language(self) -> str:
        """The reader's language."""
        return self.actor.language


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a reference points to: the model, by which of its fields a person names it, and how it is shown.

    `label` is an ORM path or a function of the context giving an expression below the foreign key's path.
    """

    model: str
    keys: tuple[str, ...]
    label: Callable[[str, Context], Any] | str
    record_type: str = ""
    lookup: str = ""

    @property
    def model_class(self) -> type[models.Model]:
        """The model referred to."""
        return apps.get_model(self.model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where the files of a record are named: the model of the rows between, and its foreign keys to record and file."""

    model: str
    record: str
    file: str = "file"
    name: str = "file_name"

    @property
    def model_class(self) -> type[models.Model]:
        """The model of the rows between."""
        return apps.get_model(self.model)


class FilterBy(Protocol):
    """Narrows rows by the values given for a column under an operator ("is", "from", "until", "contains", "empty")."""

    def __call__(
        self, rows: models.QuerySet[Any, Any], operator: str, values: Sequence[str], context: Context
    ) -> models.QuerySet[Any, Any]: ...


@dataclass(frozen=True, kw_only=True)
class Column:
    """One field of a record type, said once.

    `field` is the model field (default: the name); `expression` makes the value from the context instead. `filters` names the
    operators of the list's address; `finder` names the look-up that knows its values (see `lookups`); `facet` shows its values
    with counts; `weight` (A to D) puts its text into the search entry. `default` is taken for a required value that is not
    given. `editable` puts it into forms, the API's create and change and the import; `key` lets an import find the record by it; an
    `identifier` is found by its whole value. For who may not read what is marked `sensitive` (access.marks) there is no such column; the
    search never finds it.
    """

    name: str
    label: Words
    kind: Kind = Kind.TEXT
    field: str = ""
    expression: Callable[[Context], Any] | None = None
    compute: Callable[[dict[str, Any], Context], Any] | None = None
    needs: tuple[str, ...] = ()
    choices: Callable[[], Sequence[Choice]] | None = None
    reference: Reference | None = None
    rows: tuple[Column, ...] = ()
    related: str = ""
    shown: bool = False
    in_api: bool = True
    in_export: bool = True
    sortable: bool = False
    filters: tuple[str, ...] = ()
    facet: bool = False
    facet_from: Callable[[models.QuerySet[Any, Any], Context], list[tuple[Any, int]]] | None = None
    filter_by: FilterBy | None = None
    finder: str = ""
    weight: str = ""
    editable: bool = False
    required: bool = False
    default: str = ""
    key: bool = False
    identifier: bool = False
    unit: Words = ""
    help: Words = ""
    group: str = ""
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    sensitive: Sensitivity | None = None

    @property
    def path(self) -> str:
        """The model field of the column."""
        return self.field or self.name

    @property
    def lookup(self) -> str:
        """The look-up that knows the values of the column; "" when there is none."""
        return self.finder or (self.reference.lookup if self.reference is not None else "")

    def options(self) -> Sequence[Choice]:
        """The values that may be chosen."""
        return self.choices() if self.choices else ()

    @cached_property
    def marks(self) -> frozenset[Sensitivity]:
        """The marks of the column and of the columns of its rows."""
        return frozenset(c.sensitive for c in (self, *self.rows) if c.sensitive is not None)


def readable(columns: Iterable[Column], hidden: frozenset[Sensitivity]) -> tuple[Column, ...]:
    """The columns without those of hidden marks; rows without some of their columns can no longer be written as a whole."""
    seen = (c for c in columns if c.sensitive is None or c.sensitive not in hidden)
    return tuple(replace(c, rows=readable(c.rows, hidden), editable=False) if c.marks & hidden else c for c in seen)


def writable(columns: Iterable[Column], actor: Actor, model: type[models.Model]) -> tuple[Column, ...]:
    """The columns of an input that the actor may fill: those of which he may read everything."""
    hidden = hidden_from(actor, model)
    return tuple(c for c in columns if not c.marks & hidden)


def choices_of(
    enum: type[models.TextChoices] | type[models.IntegerChoices], colours: dict[Any, str] | None = None
) -> Callable[[], Sequence[Choice]]:
    """The choices of a Django enumeration with the colours of their chips."""
    colours = colours or {}
    made = tuple(Choice(v, label, colours.get(v, "grey")) for v, label in enum.choices)
    return lambda: made


@dataclass(frozen=True, slots=True)
class Synonym:
    """Another name for columns in a query: of several the first that knows the value is taken. `operator` is how it is asked."""

    word: Words
    columns: tuple[str, ...]
    operator: str = ""


@dataclass(frozen=True, kw_only=True)
class RecordType:
    """The description of a record type.

    `withheld` tells for a reader of which visible rows no more than the columns `withheld_keeps` may be shown.

    `name` is used in addresses and commands ("agreements"), `singular` and `plural` in words. `order` is the default sorting
    (a column name, "-" for descending). `search_extra` are model fields with weights beside the columns', `search_files` says
    where files are named whose texts belong to the record, and `search_state`, `search_year`, `search_partner` are the model
    fields by which hits are counted (a choice, a date, territory ids). `create` and `change` are the actions behind the
    generated forms, the API and imports.
    """

    name: str
    model: type[models.Model]
    singular: Words
    plural: Words
    columns: tuple[Column, ...]
    title: str = "title"
    order: str = "-number"
    create: Action[Any] | None = None
    change: Action[Any] | None = None
    lead: Words = ""
    empty: Words = ""
    groups: tuple[tuple[str, Words], ...] = ()
    detail_url: str = ""
    list_url: str = ""
    search_extra: tuple[tuple[str, str], ...] = ()
    search_files: Files | None = None
    search_state: str = ""
    search_year: str = ""
    search_partner: str = ""
    by_number: str = "number"
    synonyms: tuple[Synonym, ...] = ()
    withheld: Callable[[Context], models.Q | None] | None = None
    withheld_keeps: frozenset[str] = frozenset({"number", "title", "publicity"})
    # The marks without whose columns the type is described here (see `for_reader`).
    without: frozenset[Sensitivity] = frozenset()

    @cached_property
    def marks(self) -> frozenset[Sensitivity]:
        """The marks that any of its columns bears."""
        return frozenset(mark for column in self.columns for mark in column.marks)

    def for_reader(self, actor: Actor) -> RecordType:
        """The type as the actor knows it: without the columns that he may not read, as if there were none."""
        return self.seen_without(hidden_from(actor, self.model) & self.marks)

    def seen_without(self, hidden: frozenset[Sensitivity]) -> RecordType:
        """The type without the columns of these marks."""
        if not hidden:
            return self
        made: dict[frozenset[Sensitivity], RecordType] = self.__dict__.setdefault("_seen_without", {})
        if hidden not in made:
            columns = readable(self.columns, hidden)
            names = {c.name for c in columns}
            asked = (replace(s, columns=tuple(n for n in s.columns if n in names)) for s in self.synonyms)
            made[hidden] = replace(
                self, columns=columns, synonyms=tuple(s for s in asked if s.columns), without=self.without | hidden
            )
        return made[hidden]

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def has(self, name: str) -> bool:
        """Whether there is a column of that name."""
        return any(c.name == name for c in self.columns)

    @property
    def registered(self) -> bool:
        """Whether this is the record type known by its name, whole or as a reader knows it."""
        known = _registry.types.get(self.name)
        return known is not None and known.seen_without(self.without) is self

    @property
    def editable(self) -> tuple[Column, ...]:
        """The columns that a person, the API or an import may set."""
        return tuple(c for c in self.columns if c.editable)

    def shown_by_default(self) -> tuple[str, ...]:
        """Names of the columns of the table before anybody chose others."""
        return tuple(c.name for c in self.columns if c.shown)


@dataclass
class _Registry:
    types: dict[str, RecordType] = field(default_factory=dict)
    columns: list[Callable[[type[models.Model]], Column]] = field(default_factory=list)
    offers: list[Callable[[RecordType], None]] = field(default_factory=list)


_registry = _Registry()


def accompany_every_type(column: Callable[[type[models.Model]], Column], offer: Callable[[RecordType], None]) -> None:
    """Let a part of the platform add a column and actions to every record type; said before rooms register theirs.

    Raises RuntimeError when a record type is there already, which would be without them.
    """
    if _registry.types:
        raise RuntimeError("record types are registered already")
    _registry.columns.append(column)
    _registry.offers.append(offer)


def offer_on_every_type(offer: Callable[[RecordType], None]) -> None:
    """Let a part of the platform add actions alone, likewise before rooms register theirs. Raises RuntimeError as well."""
    if _registry.types:
        raise RuntimeError("record types are registered already")
    _registry.offers.append(offer)


def register(record_type: RecordType) -> RecordType:
    """Make a record type known by its name, with the columns that parts of the platform add to every one.

    Raises ValueError when the name or a column is taken twice.
    """
    names = [c.name for c in record_type.columns]
    if len(names) != len(set(names)):
        raise ValueError(f"{record_type.name}: a column is described twice")
    if record_type.name in _registry.types:
        raise ValueError(f"a record type named {record_type.name} exists")
    _check_marks(record_type)
    added = [column for column in (make(record_type.model) for make in _registry.columns) if column.name not in names]
    record_type = replace(record_type, columns=(*record_type.columns, *added))
    _registry.types[record_type.name] = record_type
    for offer in _registry.offers:
        offer(record_type)
    return record_type


def _check_marks(described: RecordType) -> None:
    """Raises ValueError where a mark would be got round, or where the type would be nothing without the column."""
    marked = {c.name: c.sensitive for c in described.columns if c.sensitive is not None}
    open_to_all = {described.title, described.order.removeprefix("-"), "number", *described.withheld_keeps}
    for column in described.columns:
        if column.name in marked and (column.name in open_to_all or column.key or column.identifier):
            raise ValueError(f"{described.name}: {column.name} cannot be marked")
        if any(marked.get(needed, column.sensitive) != column.sensitive for needed in column.needs):
            raise ValueError(f"{described.name}: {column.name} is made from a marked column")
    paths = {c.path for c in described.columns if c.name in marked}
    beside = {described.search_state, described.search_year, described.search_partner}
    if paths & (beside | {name for name, _weight in described.search_extra}):
        raise ValueError(f"{described.name}: a marked column stands in the search entry")


def record_type(name: str) -> RecordType:
    """The record type of that name. Raises LookupError when there is none."""
    try:
        return _registry.types[name]
    except KeyError:
        raise LookupError(name) from None


def record_types() -> Iterable[RecordType]:
    """All record types in the order of registration."""
    return tuple(_registry.types.values())


def type_of(model: type[models.Model]) -> RecordType | None:
    """The record type whose rows the model holds, if there is one."""
    return next((t for t in _registry.types.values() if t.model is model), None)
