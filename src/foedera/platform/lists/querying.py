"""Reading lists: the address of a list becomes a view, the view becomes rows with exactly the columns shown.

Rows are tuples straight from the database (no model instances); paging is by key, so that the thousandth page costs what the
first does.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.expressions import BaseExpression, OrderBy
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from foedera.platform.access import policies
from foedera.platform.actions.errors import Invalid, Problem, invalid
from foedera.platform.history.instants import present_instant
from foedera.platform.search.matching import matching_keys

from . import composing
from .asking.binding import (
    Condition,
    Every,
    Holds,
    Opposite,
    Part,
    PhraseFound,
    WordsFound,
    bound,
    columns_of,
)
from .asking.language import QueryFault, parse
from .description import Column, Context, Kind, RecordType
from .filters import Filter, apply_filter, operators_of, parse_value

_NO_PLACE = _("This is not a place in the list; begin at its first page.")
PAGE = 50
LONGEST_WORDS = 200
LARGEST_PAGE = 500
# What may stand in the address of a list beside filters.
RESERVED = frozenset(
    {
        "q",
        "sort",
        "columns",
        "after",
        "limit",
        "as_of",
        "known_at",
        "part",
        "facet",
        "format",
        "count",
        "view",
        "all",
        "selected",
        "group",
        "value",
    }
)
# By so many columns a list is sorted at most.
MOST_SORTED = 3
# Kinds whose values are few enough to group by and to count.
GROUPED = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.REFERENCE, Kind.BOOLEAN})
NUMBER_PATTERN = re.compile(r"^[A-Z]{1,4}-\d{1,12}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class View:
    """A way to look at a list: filters, search words, sorting, grouping, columns and the place where the page starts.

    `text` is what stands in the search box and `parts` what it asks for, piece by piece; the filters and words among them
    stand in `filters` and `words` too, what is neither in `conditions`.
    """

    filters: tuple[Filter, ...] = ()
    words: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()
    after: str = ""
    limit: int = PAGE
    text: str = ""
    parts: tuple[Part, ...] = ()
    conditions: tuple[Condition, ...] = ()
    group: str = ""

    def asks_for(self) -> set[str]:
        """Names of the columns whose values decide which rows are shown, or in which order; "" stands for all that is searched."""
        asked = {f.column for f in self.filters} | {key.removeprefix("-") for key in self.sort.split(",") if key}
        asked |= {name for condition in self.conditions for name in columns_of(condition)}
        return asked | ({self.group} if self.group else set()) | ({""} if self.words else set())


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list as dictionaries by column name, with `id` and `number`, and the cursor of the next page (empty: none)."""

    rows: list[dict[str, Any]]
    next: str


def parse_view(record_type: RecordType, query: QueryDict, context: Context | None = None) -> View:
    """The view that an address describes. With a context, names of territories and the like are understood in its query too.

    Raises Invalid naming each parameter that is not understood, QueryFault when it is the query alone.
    """
    problems: list[Problem] = []
    filters: list[Filter] = []
    for key in query:
        if key in RESERVED:
            continue
        name, _sep, operator = key.partition("__")
        operator = operator or "is"
        values = tuple(v for v in query.getlist(key) if v != "")
        if not record_type.has(name) or operator not in operators_of(record_type.column(name)):
            problems.append(Problem(key, _("There is no such filter.")))
        elif values:
            filters.append(Filter(name, operator, values))
    sort = query.get("sort", "")
    if sort and not _can_sort(record_type, sort):
        problems.append(Problem("sort", _("The list cannot be sorted by this.")))
    columns = tuple(c for part in query.getlist("columns") for c in part.split(",") if c)
    problems.extend(
        Problem("columns", _("There is no column “%(name)s”.") % {"name": name})
        for name in columns
        # Child rows would repeat their record.
        if not record_type.has(name) or record_type.column(name).kind is Kind.ROWS
    )
    limit = PAGE
    if query.get("limit"):
        try:
            limit = int(str(query["limit"]))
        except ValueError:
            limit = 0
        if not 1 <= limit <= LARGEST_PAGE:
            problems.append(Problem("limit", _("Enter a whole number from 1 to %(most)d.") % {"most": LARGEST_PAGE}))
    group = query.get("group", "")
    if group and not (record_type.has(group) and can_group(record_type.column(group))):
        problems.append(Problem("group", _("The list cannot be grouped by this.")))
    text = query.get("q", "").strip()
    parts: tuple[Part, ...] = ()
    try:
        parts = bound(record_type, parse(text), context)
    except QueryFault as fault:
        if not problems:
            raise
        problems.extend(fault.problems)
    if problems:
        raise Invalid(problems)
    return View(
        filters=(*filters, *(f for part in parts for f in part.filters)),
        words=" ".join(part.words for part in parts if part.words)[:LONGEST_WORDS],
        sort=sort,
        columns=columns,
        after=query.get("after", ""),
        limit=limit,
        text=text,
        parts=parts,
        conditions=tuple(part.condition for part in parts if part.condition is not None),
        group=group,
    )


def _can_sort(record_type: RecordType, sort: str) -> bool:
    names = [key.removeprefix("-") for key in sort.split(",")]
    known = all(record_type.has(name) and record_type.column(name).sortable for name in names)
    return known and len(names) <= MOST_SORTED and len(set(names)) == len(names)


def can_group(column: Column) -> bool:
    """Whether a list can be grouped by the column: its values are few and can be filtered by."""
    return column.facet or ("is" in column.filters and column.kind in GROUPED and column.filter_by is None)


def visible_rows(record_type: RecordType, context: Context) -> QuerySet[Any, Any]:
    """All rows of the type that the actor may know of."""
    return record_type.model._default_manager.visible_to(context.actor)  # type: ignore[attr-defined,no-any-return]  # every Record has it


def narrowed(
    record_type: RecordType, view: View, context: Context, *, gone_through: bool = False
) -> QuerySet[Any, Any]:
    """The visible rows that the filters and words of the view leave. Raises Invalid for values of the wrong kind.

    `gone_through`: all of them are looked at, and not the first ones alone (see `policies.visible_rows`).
    """
    if gone_through:
        rows = policies.visible_rows(record_type.model._default_manager.all(), context.actor, gone_through=True)
    else:
        rows = visible_rows(record_type, context)
    if view.asks_for() - record_type.withheld_keeps:
        rows = without_withheld(record_type, rows, context)
    for chosen in view.filters:
        rows = apply_filter(rows, record_type.column(chosen.column), chosen.operator, chosen.values, context)
    if view.words:
        rows = apply_words(record_type, rows, view.words)
    for condition in view.conditions:
        rows = rows.filter(_meaning(record_type, condition, context))
    return rows


def _meaning(record_type: RecordType, condition: Condition, context: Context) -> Q:
    """A condition over the rows, each of its leaves a sub-query within what the reader may know of."""
    if isinstance(condition, Opposite):
        return ~_meaning(record_type, condition.condition, context)
    if isinstance(condition, Holds | WordsFound | PhraseFound):
        rows = visible_rows(record_type, context)
        if isinstance(condition, Holds):
            chosen = condition.filter
            rows = apply_filter(rows, record_type.column(chosen.column), chosen.operator, chosen.values, context)
        elif isinstance(condition, WordsFound):
            rows = apply_words(record_type, rows, condition.words)
        else:
            rows = apply_phrase(record_type, rows, condition.phrase)
        return Q(pk__in=rows.order_by().values("pk"))
    inner = [_meaning(record_type, c, context) for c in condition.conditions]
    whole = inner[0]
    for more in inner[1:]:
        whole = whole & more if isinstance(condition, Every) else whole | more
    return whole


def without_withheld(record_type: RecordType, rows: QuerySet[Any, Any], context: Context) -> QuerySet[Any, Any]:
    """The rows without those of which only the title may be shown: a filter or a search would tell the rest of them."""
    condition = record_type.withheld(context) if record_type.withheld is not None else None
    return rows if condition is None else rows.exclude(condition)


def is_withheld(record_type: RecordType, record: Any, context: Context) -> bool:
    """Whether no more than the title of a visible record may be shown to the reader."""
    condition = record_type.withheld(context) if record_type.withheld is not None else None
    return condition is not None and bool(record_type.model._default_manager.filter(condition, pk=record.pk).exists())


def apply_words(record_type: RecordType, rows: QuerySet[Any, Any], words: str) -> QuerySet[Any, Any]:
    """Rows that the words find, in the language of the search; a number finds its record alone."""
    if NUMBER_PATTERN.match(words):
        numbered = rows.filter(**{record_type.by_number: words.upper()})
        if numbered.exists():
            return numbered
    return rows.filter(pk__in=matching_keys(record_type, words))


def apply_phrase(record_type: RecordType, rows: QuerySet[Any, Any], phrase: str) -> QuerySet[Any, Any]:
    """Rows whose search entry holds the words in this order."""
    words = phrase.replace('"', " ")
    return rows.filter(pk__in=matching_keys(record_type, f'"{words}"'))


def value_expression(column: Column, context: Context) -> BaseExpression | F:
    """The database expression of the column's value as it is shown."""
    if column.expression is not None:
        made: BaseExpression | F = column.expression(context)
        return made
    if column.kind is Kind.REFERENCE and column.reference is not None:
        label = column.reference.label
        if callable(label):
            labelled: BaseExpression | F = label(column.path, context)
            return labelled
        return F(f"{column.path}__{label}")
    return F(column.path)


_LOWEST: dict[Kind, Any] = {
    Kind.INTEGER: Value(-2_147_483_648),
    Kind.DATE: Value(datetime.date(1, 1, 1)),
    Kind.MOMENT: Value(datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)),
    Kind.BOOLEAN: Value(False),
}
_SORTED_AS: dict[Kind, models.Field[Any, Any]] = {
    Kind.INTEGER: models.IntegerField(),
    Kind.DATE: models.DateField(),
    Kind.MOMENT: models.DateTimeField(),
    Kind.BOOLEAN: models.BooleanField(),
}


def _sort_expression(column: Column, context: Context) -> Any:
    if column.name == "number":
        return F("id")
    expression = value_expression(column, context)
    kind = column.kind
    return Coalesce(expression, _LOWEST.get(kind, Value("")), output_field=_SORTED_AS.get(kind, models.TextField()))


def encode_cursor(values: Sequence[Any]) -> str:
    """The place after a row, as text for an address."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).decode().rstrip("=")


def decode_cursor(text: str) -> list[Any]:
    """The values of a cursor. Raises Invalid when the text is none."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(values, list) or not 1 <= len(values) <= MOST_SORTED + 1 or type(values[-1]) is not int:
            raise ValueError
        if not all(isinstance(v, str | int | bool) for v in values) or abs(values[-1]) > 2**62:
            raise ValueError
    except (ValueError, binascii.Error, IndexError, UnicodeError) as error:
        raise invalid("after", _NO_PLACE) from error
    return values


def read_page(record_type: RecordType, view: View, context: Context, columns: Sequence[Column]) -> Page:
    """One page of the list with the values of `columns`. Raises Invalid for a faulty filter or cursor."""
    wanted = with_needed(record_type, columns)
    keys, _descending = sort_keys(record_type, view.sort)
    by_id = not keys
    place: int | None = None
    if by_id and view.after:
        # Every page of the list is one statement, with the place where it begins left open.
        values_there = decode_cursor(view.after)
        if len(values_there) != 1:
            raise invalid("after", _NO_PLACE)
        place = int(values_there[0])
        view = replace(view, after=encode_cursor([composing.A_NUMBER]))
    shape = (view.filters, view.sort, view.after, view.limit)
    key = ("page", record_type.name, shape, tuple(c.name for c in wanted), context.actor.eyes)
    values = _statement(record_type, view, context, key, lambda: _page_rows(record_type, view, context, wanted)).rows(
        place
    )
    more = len(values) > view.limit
    values = values[: view.limit]
    cursor = ""
    if more:
        last = values[-1]
        cursor = encode_cursor([*(_plain(value) for value in last[2 : 2 + len(keys)]), last[0]])
    skip = 2 + len(keys)
    return Page([as_row(record_type, wanted, v, context, skip) for v in values], cursor)


def _statement(
    record_type: RecordType,
    view: View,
    context: Context,
    key: Hashable,
    compose: Callable[[], QuerySet[Any, Any]],
) -> composing.Statement:
    """The statement of a view, kept unless its conditions follow from what the database held at that moment."""
    looks_up = view.words or view.conditions or any(record_type.column(f.column).filter_by for f in view.filters)
    # Of the past a plan made for these very values is the better one, and composing it is little beside reading it.
    if looks_up or present_instant() is not None:
        return composing.composed(compose())
    return composing.statement(key, compose)


def _page_rows(
    record_type: RecordType, view: View, context: Context, wanted: Sequence[Column]
) -> QuerySet[Any, tuple[Any, ...]]:
    keys, descending = sort_keys(record_type, view.sort)
    rows = _sorted(narrowed(record_type, view, context, gone_through=bool(keys)), keys, descending, context)
    if view.after:
        rows = _after(rows, decode_cursor(view.after), keys, descending)
    extra = tuple(_sort_name(position) for position in range(len(keys)))
    return select(record_type, rows, wanted, context, extra=extra)[: view.limit + 1]


def sort_keys(record_type: RecordType, sort: str) -> tuple[list[tuple[Column, bool]], bool]:
    """By which columns rows are sorted and which of them descend, and whether the number, which decides at the end, does."""
    keys: list[tuple[Column, bool]] = []
    descending = False
    for text in (sort or record_type.order).split(","):
        column, descending = record_type.column(text.removeprefix("-")), text.startswith("-")
        if column.name == "number":
            break
        keys.append((column, descending))
    return keys, descending


def _sort_name(position: int) -> str:
    return f"_sort{position or ''}"


def _sorted(
    rows: QuerySet[Any, Any], keys: Sequence[tuple[Column, bool]], descending: bool, context: Context
) -> QuerySet[Any, Any]:
    order = []
    for position, (column, down) in enumerate(keys):
        rows = rows.annotate(**{_sort_name(position): _sort_expression(column, context)})
        order.append(OrderBy(F(_sort_name(position)), descending=down))
    return rows.order_by(*order, OrderBy(F("id"), descending=descending))


def _after(
    rows: QuerySet[Any, Any], place: list[Any], keys: Sequence[tuple[Column, bool]], descending: bool
) -> QuerySet[Any, Any]:
    """The rows behind a place: those that lie behind it by the first key, or are equal there and lie behind it by the next."""
    if keys and len(place) != len(keys) + 1:
        raise invalid("after", _NO_PLACE)
    behind = Q(**{f"id__{'lt' if descending else 'gt'}": place[-1]})
    for position in range(len(keys) - 1, -1, -1):
        column, down = keys[position]
        name, value = _sort_name(position), _place_of(column, place[position])
        behind = Q(**{f"{name}__{'lt' if down else 'gt'}": value}) | (Q(**{name: value}) & behind)
    return rows.filter(behind)


def _place_of(column: Column, value: Any) -> Any:
    """The value of a cursor as the sorted column has it. Raises Invalid for one of another kind."""
    wanted = {Kind.INTEGER: int, Kind.BOOLEAN: bool}.get(column.kind, str)
    if type(value) is not wanted or (isinstance(value, str) and "\x00" in value):
        raise invalid("after", _NO_PLACE)
    if column.kind not in (Kind.DATE, Kind.MOMENT, Kind.INTEGER):
        return value
    try:
        return parse_value(column, str(value))
    except Invalid as error:
        raise invalid("after", _NO_PLACE) from error


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value


def with_needed(record_type: RecordType, columns: Sequence[Column]) -> list[Column]:
    """The columns and those from which computed ones among them are made."""
    wanted = list(columns)
    names = {c.name for c in wanted}
    for needed in [n for c in columns for n in c.needs]:
        if needed not in names:
            wanted.append(record_type.column(needed))
            names.add(needed)
    return wanted


def select(
    record_type: RecordType,
    rows: QuerySet[Any, Any],
    columns: Sequence[Column],
    context: Context,
    *,
    extra: tuple[str, ...] = (),
) -> QuerySet[Any, tuple[Any, ...]]:
    """The rows as tuples: id, whether all but the title is withheld, the extra values, then each column not computed in Python."""
    hidden = record_type.withheld(context) if record_type.withheld is not None else None
    annotations: dict[str, Any] = {
        "_withheld": Value(False) if hidden is None else ExpressionWrapper(hidden, BooleanField())
    }
    picked: list[str] = ["id", "_withheld", *extra]
    for column in columns:
        if column.compute is not None:
            continue
        expression = value_expression(column, context)
        plain = getattr(expression, "name", "__") if isinstance(expression, F) else "__"
        if "__" not in plain:
            picked.append(plain)
        else:
            annotations[f"_v_{column.name}"] = expression
            picked.append(f"_v_{column.name}")
    chosen: QuerySet[Any, tuple[Any, ...]] = rows.annotate(**annotations).values_list(*picked)
    return chosen


def as_row(
    record_type: RecordType, columns: Sequence[Column], values: Sequence[Any], context: Context, skip: int = 2
) -> dict[str, Any]:
    """A dictionary by column name from a tuple of `select` with `skip` values before the columns, computed ones filled in.

    Of a withheld row only the columns that may be kept have values.
    """
    row: dict[str, Any] = {"id": values[0]}
    position = skip
    computed = []
    for column in columns:
        if column.compute is None:
            row[column.name] = values[position]
            position += 1
        else:
            computed.append(column)
    if values[1]:
        return {c.name: row[c.name] if c.name in record_type.withheld_keeps else None for c in columns} | {
            "id": values[0]
        }
    for column in computed:
        assert column.compute is not None
        row[column.name] = column.compute(row, context)
    return row


def count(rows: QuerySet[Any, Any]) -> int:
    """How many rows there are."""
    return rows.count()


def count_up_to(record_type: RecordType, view: View, context: Context, most: int) -> tuple[int, bool]:
    """How many rows of a view there are, counted no further than `most`, and whether that is all of them."""

    def some() -> QuerySet[Any, Any]:
        rows = narrowed(record_type, view, context)
        # Along the key: the planner then stops at the first rows that fit instead of collecting all of them. Not so in the past, where
        # rows of two tables would be merged for it.
        ordered = rows.order_by("-id") if present_instant() is None else rows.order_by()
        return ordered.values_list("pk")[: most + 1]

    key = ("count", record_type.name, view.filters, most, context.actor.eyes)
    found = _statement(record_type, view, context, key, some).count()
    return min(found, most), found <= most


def facet_counts(record_type: RecordType, view: View, context: Context, column: Column) -> list[tuple[Any, int]]:
    """Values of a column with how many rows of the view have them, most first; the column's own filter is left out."""
    others = replace(view, filters=tuple(f for f in view.filters if f.column != column.name))
    return value_counts(record_type, others, context, column)


def value_counts(record_type: RecordType, view: View, context: Context, column: Column) -> list[tuple[Any, int]]:
    """Values of a column with how many rows of the view have them, most first."""
    rows = without_withheld(record_type, narrowed(record_type, view, context, gone_through=True), context)
    if column.facet_from is not None:
        return column.facet_from(rows, context)
    if column.kind is Kind.CHOICES and column.expression is None:
        counted: list[tuple[Any, int]] = array_facet(column.path)(rows, context)
        return counted
    if column.kind is Kind.REFERENCE and column.reference is not None:
        named = rows.annotate(_facet=value_expression(column, context)).order_by()
        pairs = named.values_list(f"{column.path}__{column.reference.keys[0]}", "_facet").annotate(
            _n=models.Count("id")
        )
        return [((key, label) if key else None, n) for key, label, n in pairs.order_by("-_n", "_facet")]
    rows = rows.annotate(_facet=value_expression(column, context)).order_by()
    return [(v, n) for v, n in rows.values_list("_facet").annotate(_n=models.Count("id")).order_by("-_n", "_facet")]


def array_facet(field: str) -> Any:
    """A facet over the elements of an array column."""

    def counts(rows: QuerySet[Any, Any], context: Context) -> list[tuple[Any, int]]:
        element = models.Func(F(field), function="unnest")
        inner = rows.order_by().annotate(_element=element).values("_element")
        try:
            sql, parameters = inner.query.sql_with_params()
        except EmptyResultSet:
            return []
        with connection.cursor() as cursor:
            query = f'SELECT "_element", count(*) FROM ({sql}) e GROUP BY 1 ORDER BY 2 DESC, 1'  # noqa: S608 - SQL of the ORM
            cursor.execute(query, parameters)
            return list(cursor.fetchall())

    return counts


def stream(
    record_type: RecordType, view: View, context: Context, columns: Sequence[Column]
) -> Iterator[dict[str, Any]]:
    """All rows of the view, read in portions through a cursor of the server, sorted as the view says, else oldest first."""
    rows = narrowed(record_type, view, context).order_by("id")
    if view.sort:
        rows = _sorted(rows, *sort_keys(record_type, view.sort), context)
    wanted = with_needed(record_type, columns)
    for values in select(record_type, rows, wanted, context).iterator(chunk_size=2000):
        yield as_row(record_type, wanted, values, context)
