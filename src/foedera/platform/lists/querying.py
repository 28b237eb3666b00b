"""Reading lists: the address of a list becomes a view, the view becomes rows with exactly the columns shown.

Rows are tuples straight from the database (no model instances); paging is by key, so that the thousandth page costs what the
first does.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from django.contrib.postgres.search import SearchQuery
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.expressions import BaseExpression, OrderBy
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from foedera.platform.actions.errors import Invalid, Problem, invalid
from foedera.platform.records.partial_dates import bounds
from foedera.platform.records.partial_dates import parse as parse_partial_date

from .description import Column, Context, Kind, RecordType

_NO_PLACE = _("This is not a place in the list; begin at its first page.")
PAGE = 50
LARGEST_PAGE = 500
OPERATORS = ("is", "from", "until", "contains", "empty")
# What may stand in the address of a list beside filters.
RESERVED = frozenset(
    {"q", "sort", "columns", "after", "limit", "as_of", "part", "facet", "format", "count", "view", "all", "selected"}
)
NUMBER_PATTERN = re.compile(r"^[A-Z]{1,4}-\d{1,12}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of a view: a column, an operator and its values."""

    column: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A way to look at a list: filters, search words, sorting, columns and the place where the page starts."""

    filters: tuple[Filter, ...] = ()
    words: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()
    after: str = ""
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list as dictionaries by column name, with `id` and `number`, and the cursor of the next page (empty: none)."""

    rows: list[dict[str, Any]]
    next: str


def parse_view(record_type: RecordType, query: QueryDict) -> View:
    """The view that an address describes. Raises Invalid naming each parameter that is not understood."""
    problems: list[Problem] = []
    filters: list[Filter] = []
    for key in query:
        if key in RESERVED:
            continue
        name, _sep, operator = key.partition("__")
        operator = operator or "is"
        values = tuple(v for v in query.getlist(key) if v != "")
        if not record_type.has(name) or operator not in record_type.column(name).filters:
            problems.append(Problem(key, _("There is no such filter.")))
        elif values:
            filters.append(Filter(name, operator, values))
    sort = query.get("sort", "")
    by = sort.removeprefix("-")
    if sort and not (record_type.has(by) and record_type.column(by).sortable):
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
    if "\x00" in query.get("q", ""):
        problems.append(Problem("q", _("The text holds a character that cannot be stored.")))
    if problems:
        raise Invalid(problems)
    return View(tuple(filters), query.get("q", "").strip()[:200], sort, columns, query.get("after", ""), limit)


def visible_rows(record_type: RecordType, context: Context) -> QuerySet[Any, Any]:
    """All rows of the type that the actor may know of."""
    return record_type.model._default_manager.visible_to(context.actor)  # type: ignore[attr-defined,no-any-return]  # every Record has it


def narrowed(record_type: RecordType, view: View, context: Context) -> QuerySet[Any, Any]:
    """The visible rows that the filters and words of the view leave. Raises Invalid for values of the wrong kind."""
    rows = visible_rows(record_type, context)
    asked = {f.column for f in view.filters} | ({view.sort.lstrip("-")} if view.sort else set())
    if view.words or asked - record_type.withheld_keeps:
        rows = without_withheld(record_type, rows, context)
    for chosen in view.filters:
        rows = apply_filter(rows, record_type.column(chosen.column), chosen.operator, chosen.values, context)
    if view.words:
        rows = apply_words(record_type, rows, view.words)
    return rows


def without_withheld(record_type: RecordType, rows: QuerySet[Any, Any], context: Context) -> QuerySet[Any, Any]:
    """The rows without those of which only the title may be shown: a filter or a search would tell the rest of them."""
    condition = record_type.withheld(context) if record_type.withheld is not None else None
    return rows if condition is None else rows.exclude(condition)


def is_withheld(record_type: RecordType, record: Any, context: Context) -> bool:
    """Whether no more than the title of a visible record may be shown to the reader."""
    condition = record_type.withheld(context) if record_type.withheld is not None else None
    return condition is not None and bool(record_type.model._default_manager.filter(condition, pk=record.pk).exists())


def apply_words(record_type: RecordType, rows: QuerySet[Any, Any], words: str) -> QuerySet[Any, Any]:
    """Rows whose search entry holds all the words (Russian and English stems, last word as a prefix), or with that number."""
    if NUMBER_PATTERN.match(words):
        numbered = rows.filter(**{record_type.by_number: words.upper()})
        if numbered.exists():
            return numbered
    tokens = [w for w in words.split() if re.search(r"\w", w)]
    if not tokens:
        return rows.none()
    *first, last = tokens
    query = _stems(last)
    letters = re.findall(r"\w+", last)
    if len(letters) == 1 and len(letters[0]) > 1:
        query = query | SearchQuery(f"{letters[0].lower()}:*", config="simple", search_type="raw")
    if first:
        # Together, for words that say nothing ("of", "on") are left out of a query only as long as others remain.
        query = _stems(" ".join(first)) & query
    return rows.filter(search=query)


def _stems(words: str) -> Any:
    return (
        SearchQuery(words, config="russian")
        | SearchQuery(words, config="english")
        | SearchQuery(words, config="simple")
    )


def _empty(column: Column) -> Q:
    condition = Q(**{f"{column.path}__isnull": True})
    if column.kind in (Kind.TEXT, Kind.LONG_TEXT, Kind.CHOICE, Kind.PARTIAL_DATE):
        condition |= Q(**{column.path: ""})
    elif column.kind is Kind.CHOICES:
        condition |= Q(**{column.path: []})
    return condition


def apply_filter(
    rows: QuerySet[Any, Any], column: Column, operator: str, values: Sequence[str], context: Context
) -> QuerySet[Any, Any]:
    """Narrow rows by one filter. Raises Invalid for values of the wrong kind."""
    if any("\x00" in v for v in values):
        raise invalid(column.name, _("The text holds a character that cannot be stored."))
    if column.filter_by is not None:
        return column.filter_by(rows, operator, values, context)
    path = column.path
    if operator == "empty":
        return rows.filter(_empty(column)) if values[0] in ("1", "true", "yes") else rows.exclude(_empty(column))
    if operator == "contains":
        condition = Q()
        for value in values:
            condition |= Q(**{f"{path}__icontains": value})
        return rows.filter(condition)
    if operator in ("from", "until"):
        value = parse_value(column, values[-1])
        if column.kind is Kind.PARTIAL_DATE:
            # "1954" lies within "until 1954-06" and "from 1954-06": a coarse date is kept when any of its days fits.
            if operator == "from":
                return rows.filter(Q(**{f"{path}__gte": value}) | Q(**{f"{path}__in": [value[:4], value[:7]]}))
            # Until the last day the text may mean: "1954-06-17" lies within "until 1954-06", and "1954" does too.
            return rows.filter(**{f"{path}__lte": bounds(value)[1].isoformat(), f"{path}__gt": ""})
        return rows.filter(**{f"{path}__{'gte' if operator == 'from' else 'lte'}": value})
    if column.kind is Kind.BOOLEAN:
        condition = Q()
        for value in values:
            condition |= (
                Q(**{f"{path}__isnull": True}) if value == "unknown" else Q(**{path: parse_value(column, value)})
            )
        return rows.filter(condition)
    if column.kind is Kind.CHOICES:
        _known(column, values)
        return rows.filter(**{f"{path}__overlap": list(values)})
    if column.kind is Kind.CHOICE:
        _known(column, values)
    if column.kind is Kind.REFERENCE and column.reference is not None:
        condition = Q()
        for key in column.reference.keys:
            condition |= Q(**{f"{path}__{key}__in": list(values)})
        return rows.filter(condition)
    return rows.filter(**{f"{path}__in": [parse_value(column, v) for v in values]})


def _known(column: Column, values: Sequence[str]) -> None:
    known = {str(c.code) for c in column.options()}
    for value in values:
        if value not in known:
            raise invalid(column.name, _("“%(value)s” is not one of the values offered.") % {"value": value})


def parse_value(column: Column, text: str) -> Any:
    """The value of a column written as text in an address. Raises Invalid when it is of the wrong kind."""
    try:
        if column.kind is Kind.INTEGER:
            number = int(text)
            if abs(number) > 2_147_483_647:
                raise ValueError
            return number
        if column.kind is Kind.BOOLEAN:
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]
        if column.kind is Kind.DATE:
            return datetime.date.fromisoformat(text)
        if column.kind is Kind.MOMENT:
            day = datetime.datetime.fromisoformat(text)
            return day if day.tzinfo else day.replace(tzinfo=datetime.UTC)
        if column.kind is Kind.PARTIAL_DATE:
            return parse_partial_date(text)
    except (ValueError, KeyError) as error:
        raise invalid(column.name, _("“%(value)s” is not understood here.") % {"value": text}) from error
    return text


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
        if not isinstance(values, list) or len(values) not in (1, 2) or type(values[-1]) is not int:
            raise ValueError
        if not all(isinstance(v, str | int | bool) for v in values) or abs(values[-1]) > 2**62:
            raise ValueError
    except (ValueError, binascii.Error, IndexError, UnicodeError) as error:
        raise invalid("after", _NO_PLACE) from error
    return values


def read_page(record_type: RecordType, view: View, context: Context, columns: Sequence[Column]) -> Page:
    """One page of the list with the values of `columns`. Raises Invalid for a faulty filter or cursor."""
    rows = narrowed(record_type, view, context)
    sort = view.sort or record_type.order
    descending = sort.startswith("-")
    column = record_type.column(sort.lstrip("-"))
    by_id = column.name == "number"
    if not by_id:
        rows = rows.annotate(_sort=_sort_expression(column, context))
    if view.after:
        rows = _after(rows, decode_cursor(view.after), by_id, descending, column)
    order = [] if by_id else [OrderBy(F("_sort"), descending=descending)]
    order.append(OrderBy(F("id"), descending=descending))
    rows = rows.order_by(*order)
    wanted = with_needed(record_type, columns)
    values = list(select(record_type, rows, wanted, context, extra=() if by_id else ("_sort",))[: view.limit + 1])
    more = len(values) > view.limit
    values = values[: view.limit]
    cursor = ""
    if more:
        last = values[-1]
        cursor = encode_cursor([last[0]] if by_id else [_plain(last[2]), last[0]])
    skip = 2 if by_id else 3
    return Page([as_row(record_type, wanted, v, context, skip) for v in values], cursor)


def _after(
    rows: QuerySet[Any, Any], place: list[Any], by_id: bool, descending: bool, column: Column
) -> QuerySet[Any, Any]:
    side = "lt" if descending else "gt"
    if by_id:
        return rows.filter(**{f"id__{side}": place[-1]})
    if len(place) != 2:
        raise invalid("after", _NO_PLACE)
    value = _place_of(column, place[0])
    return rows.filter(Q(**{f"_sort__{side}": value}) | Q(_sort=value, **{f"id__{side}": place[-1]}))


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


def count_up_to(rows: QuerySet[Any, Any], most: int) -> tuple[int, bool]:
    """How many rows there are, counted no further than `most`, and whether that is all of them."""
    # Along the key: the planner then stops at the first rows that fit instead of collecting all of them.
    found = rows.order_by("-id")[: most + 1].count()
    return min(found, most), found <= most


def facet_counts(record_type: RecordType, view: View, context: Context, column: Column) -> list[tuple[Any, int]]:
    """Values of a column with how many rows of the view have them, most first; the column's own filter is left out."""
    others = replace(view, filters=tuple(f for f in view.filters if f.column != column.name))
    rows = without_withheld(record_type, narrowed(record_type, others, context), context)
    if column.facet_from is not None:
        return column.facet_from(rows, context)
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
    """All rows of the view, read in portions through a cursor of the server, oldest first."""
    rows = narrowed(record_type, view, context).order_by("id")
    wanted = with_needed(record_type, columns)
    for values in select(record_type, rows, wanted, context).iterator(chunk_size=2000):
        yield as_row(record_type, wanted, values, context)
