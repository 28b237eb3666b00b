"""Facets: the values of a column with how many rows have them, within the reader's rights and the other filters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from foedera.platform.actions.errors import NotFound
from foedera.platform.lists import querying
from foedera.platform.lists.description import Column, Context, Kind, RecordType, Words
from foedera.platform.lists.pages.addresses import changed, with_values
from foedera.platform.lists.pages.values import words_of
from foedera.platform.pages import shapes

FACET_VALUES = 12
MOST_VALUES = 300


def code_of(value: Any) -> str:
    """A value of a facet as it stands in an address."""
    if isinstance(value, tuple):
        value = value[0]
    if value is None:
        return "unknown"
    return str(value).lower() if isinstance(value, bool) else str(value)


def label_of(column: Column, value: Any) -> Words:
    """A value of a facet in words."""
    if isinstance(value, tuple):
        return str(value[1])
    return words_of(column, value) or str(value)


def facet_columns(record_type: RecordType) -> list[Column]:
    """The columns that can be counted by: the facets of the description first."""
    return sorted((c for c in record_type.columns if querying.can_group(c)), key=lambda c: not c.facet)


def facet_of(
    record_type: RecordType,
    column: Column,
    view: querying.View,
    context: Context,
    query: QueryDict,
    *,
    whole: bool = False,
) -> shapes.Facet:
    """One facet with its counts: the most frequent values and those that are on, or all of them."""
    active = _active(view, column)
    counts = [
        (value, number)
        for value, number in querying.facet_counts(record_type, view, context, column)
        if value not in (None, "") and code_of(value) != "unknown"
    ]
    most = MOST_VALUES if whole else FACET_VALUES
    shown = counts[:most] + [c for c in counts[most:] if code_of(c[0]) in active]
    return shapes.Facet(
        column.name,
        column.label,
        tuple(_option(column, value, number, active, view, query) for value, number in shown),
        more_url=changed(query, part="facets", facet=column.name, all="1") if len(counts) > len(shown) else "",
        all_url=changed(query, part="facet", facet=column.name, all="1") if len(counts) > len(shown) else "",
    )


def _option(
    column: Column, value: Any, number: int | None, active: set[str], view: querying.View, query: QueryDict
) -> shapes.FacetOption:
    code = code_of(value)
    on = code in active
    chosen = sorted(active - {code}) if on else sorted(active | {code})
    return shapes.FacetOption(label_of(column, value), code, number, with_values(view, query, column.name, chosen), on)


def _active(view: querying.View, column: Column) -> set[str]:
    return {v for f in view.filters if f.column == column.name and f.operator == "is" for v in f.values}


def facets(
    record_type: RecordType, view: querying.View, context: Context, query: QueryDict, *, counted: bool
) -> Iterator[shapes.Facet]:
    """The facets of the description: with counts where asked for, else the values that are known beforehand and where to ask."""
    for column in record_type.columns:
        if not column.facet:
            continue
        if counted:
            whole = query.get("facet") == column.name and bool(query.get("all"))
            facet = facet_of(record_type, column, view, context, query, whole=whole)
            if facet.options:
                yield facet
        else:
            yield uncounted(column, view, query)


def uncounted(column: Column, view: querying.View, query: QueryDict) -> shapes.Facet:
    """A facet before its counts are asked for."""
    active = _active(view, column)
    values: list[Any] = [choice.code for choice in column.options()]
    if column.kind is Kind.BOOLEAN:
        values = [True, False]
    return shapes.Facet(
        column.name,
        column.label,
        tuple(_option(column, value, None, active, view, query) for value in values),
        more_url=changed(query, part="facets"),
        load_url=changed(query, part="facet", facet=column.name),
    )


def facet_part(
    request: HttpRequest, record_type: RecordType, view: querying.View, context: Context, query: QueryDict
) -> HttpResponse:
    """The values of one facet with their counts, asked for when it is opened. Raises NotFound for another column."""
    column = next((c for c in facet_columns(record_type) if c.name == query.get("facet", "")), None)
    if column is None:
        raise NotFound()
    facet = facet_of(record_type, column, view, context, query, whole=bool(query.get("all")))
    return render(request, "pages/parts/facet_options.html", {"facet": facet})


def panel_part(
    request: HttpRequest, record_type: RecordType, view: querying.View, context: Context, query: QueryDict
) -> HttpResponse:
    """The facets beside the list: those of the description with their counts, the others to be opened."""
    columns = facet_columns(record_type)
    shown = [facet_of(record_type, c, view, context, query) for c in columns if c.facet]
    others = [uncounted(c, view, query) for c in columns if not c.facet]
    return render(
        request, "pages/parts/facet_panel.html", {"facets": [f for f in shown if f.options], "others": others}
    )
