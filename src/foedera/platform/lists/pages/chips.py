"""The filters that are on, as chips: the same for what stands in the address and for what is written in the search box."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import QueryDict
from django.utils.translation import gettext as _

from foedera.platform.lists import querying
from foedera.platform.lists.asking.binding import Part
from foedera.platform.lists.description import Column, Kind, RecordType, Words
from foedera.platform.lists.filters import Filter
from foedera.platform.lists.pages.addresses import changed, text_without
from foedera.platform.lists.pages.values import choice_of
from foedera.platform.pages import shapes


def filter_label(column: Column, operator: str) -> Words:
    """What a filter asks, in words."""
    labels: dict[str, Words] = {
        "is": column.label,
        "not": _("%(column)s is not") % {"column": column.label},
        "from": _("%(column)s from") % {"column": column.label},
        "until": _("%(column)s until") % {"column": column.label},
        "contains": _("%(column)s holds") % {"column": column.label},
        "empty": _("%(column)s missing") % {"column": column.label},
    }
    return labels[operator]


def value_words(column: Column, operator: str, value: str) -> Words:
    """A value of a filter in words."""
    if column.kind is Kind.BOOLEAN or operator == "empty":
        return {"true": _("Yes"), "false": _("No")}.get(value, _("Not known"))
    choice = choice_of(column, value)
    return choice.label if choice else value


def chips(record_type: RecordType, view: querying.View, query: QueryDict) -> Iterator[shapes.FilterChip]:
    """The filters of a view, each with the address of the list without it."""
    in_text = sum(len(part.filters) for part in view.parts)
    for chosen in view.filters[: len(view.filters) - in_text]:
        column = record_type.column(chosen.column)
        for value in chosen.values:
            others = [v for v in chosen.values if v != value]
            yield shapes.FilterChip(
                filter_label(column, chosen.operator),
                value_words(column, chosen.operator, value),
                changed(query, **{chosen.key: others or None}),
            )
    for part in view.parts:
        without = changed(query, q=text_without(view, lambda p, gone=part: p is gone))  # type: ignore[misc]  # bound now
        if part.filters:
            yield from (_of_filter(record_type, f, without) for f in part.filters)
        else:
            yield shapes.FilterChip(_("Search"), _said(part), without)


def _of_filter(record_type: RecordType, chosen: Filter, without: str) -> shapes.FilterChip:
    column = record_type.column(chosen.column)
    values = f" {_('or')} ".join(str(value_words(column, chosen.operator, v)) for v in chosen.values)
    return shapes.FilterChip(filter_label(column, chosen.operator), values, without)


def _said(part: Part) -> str:
    return part.words or part.text
