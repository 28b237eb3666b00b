"""Filters of a list: what may be asked of a column, and which rows are left then."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from foedera.platform.actions.errors import invalid
from foedera.platform.records.partial_dates import bounds
from foedera.platform.records.partial_dates import parse as parse_partial_date

from .description import Column, Context, Kind

OPERATORS = ("is", "not", "from", "until", "contains", "empty")
DATES = frozenset({Kind.DATE, Kind.PARTIAL_DATE})
# A day that moves with the reader's: today, today+90d, today-1y; the same in Russian.
RELATIVE = re.compile(r"(?:today|сегодня)(?:([+-]\d{1,4})(d|w|m|y|д|н|м|г))?", re.IGNORECASE)
_UNITS = {
    "d": "days",
    "w": "weeks",
    "m": "months",
    "y": "years",
    "д": "days",
    "н": "weeks",
    "м": "months",
    "г": "years",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of a view: a column, an operator and its values."""

    column: str
    operator: str
    values: tuple[str, ...]

    @property
    def key(self) -> str:
        """The parameter of an address that says it."""
        return self.column if self.operator == "is" else f"{self.column}__{self.operator}"


def operators_of(column: Column) -> tuple[str, ...]:
    """What may be asked of a column: its own filters, the opposite of "is", and whether a plain field is empty."""
    found = list(column.filters)
    if "is" in found:
        found.append("not")
        if "empty" not in found and column.filter_by is None and column.expression is None:
            found.append("empty")
    return tuple(found)


def day_of(column: Column, operator: str, text: str, context: Context) -> str:
    """A date as it bounds a filter: a day that moves with the reader's becomes one of the calendar; for a column of whole days
    a month or a year its first or its last day. Raises Invalid."""
    relative = RELATIVE.fullmatch(text.strip())
    if relative is not None:
        day = context.as_of
        if relative[1]:
            try:
                day += relativedelta(**{_UNITS[relative[2].lower()]: int(relative[1])})  # type: ignore[arg-type]  # one of its units
            except (ValueError, OverflowError) as error:
                raise invalid(column.name, _("“%(value)s” is not understood here.") % {"value": text}) from error
        return day.isoformat()
    day_or_less = str(parse_value(replace(column, kind=Kind.PARTIAL_DATE), text))
    if column.kind is Kind.PARTIAL_DATE or not day_or_less:
        return day_or_less
    return bounds(day_or_less)[0 if operator == "from" else 1].isoformat()


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
    if operator == "not":
        having = apply_filter(rows.model._default_manager.all(), column, "is", values, context)
        return rows.exclude(pk__in=having.order_by().values("pk"))
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
        last = day_of(column, operator, values[-1], context) if column.kind in DATES else values[-1]
        value = parse_value(column, last)
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


def check_values(column: Column, operator: str, values: Sequence[str]) -> None:
    """Raises Invalid where a value is none of those offered, or of the wrong kind; the database is not asked."""
    if operator in ("is", "not"):
        if column.options():
            _known(column, values)
        elif column.kind is not Kind.BOOLEAN:
            for value in values:
                parse_value(column, value)


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
            # A plus sign before the offset arrives as a space from an address that was typed.
            day = datetime.datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
            return day if day.tzinfo else day.replace(tzinfo=datetime.UTC)
        if column.kind is Kind.PARTIAL_DATE:
            return parse_partial_date(text)
    except (ValueError, KeyError) as error:
        raise invalid(column.name, _("“%(value)s” is not understood here.") % {"value": text}) from error
    return text
