"""Values as words and cells."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from foedera.platform.access.middleware import actor_of
from foedera.platform.lists.description import Choice, Column, Context, Kind, Words
from foedera.platform.pages import shapes


def context_of(request: HttpRequest) -> Context:
    """For whom and as of when a request reads."""
    actor = actor_of(request)
    return Context(actor)


def choice_of(column: Column, value: Any) -> Choice | None:
    """The choice behind a code."""
    return next((c for c in column.options() if str(c.code) == str(value)), None)


def words_of(column: Column, value: Any) -> Words:
    """A value in words, for facts, facets and the history."""
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if column.kind is Kind.BOOLEAN:
        return _("Yes") if value else _("No")
    if column.kind is Kind.CHOICE:
        choice = choice_of(column, value)
        return choice.label if choice else str(value)
    if column.kind is Kind.CHOICES:
        # A facet counts by one of the values.
        value = [value] if isinstance(value, str) else value
        return ", ".join(str(c.label) if (c := choice_of(column, v)) else str(v) for v in value)
    if column.kind is Kind.NAMES and isinstance(value, dict):
        return "; ".join(f"{k}: {v}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    return str(value)


def cell_of(column: Column, value: Any) -> shapes.Cell:
    """A value as a cell of a table or a fact."""
    if value is None or value == "" or value == [] or value == {}:
        return shapes.Cell()
    if column.kind in (Kind.DATE, Kind.PARTIAL_DATE, Kind.MOMENT):
        return shapes.Cell(date=value)
    if column.kind is Kind.INTEGER:
        return shapes.Cell(number=value, unit=column.unit)
    if column.kind is Kind.CHOICE:
        choice = choice_of(column, value)
        if choice is None:
            return shapes.Cell(str(value))
        if choice.colour == "grey" and not choice.hint:
            return shapes.Cell(choice.label)
        return shapes.Cell(chip=shapes.Chip(choice.label, choice.colour, choice.hint))  # type: ignore[arg-type]  # colours of the shapes
    if column.kind is Kind.CHOICES and column.choices is None:
        return shapes.Cell(chips=tuple(shapes.Chip(str(v)) for v in value))
    if column.kind is Kind.NUMBERS:
        return shapes.Cell(str(value), kind="code")
    return shapes.Cell(words_of(column, value))
