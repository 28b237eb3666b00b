"""Forms made from the description. They only carry what was typed; the action behind them decides what is accepted.

Works without JavaScript: child rows are plain numbered fields, and "add a row" is a button that sends the form back with one more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.actions.errors import Problem
from foedera.platform.actions.performing import Reason

from .description import Column, Kind, Words

MORE = "_more"
# What the record held when the form was filled in, as a fingerprint of each field.
BASE = "_base"
MOST_ROWS = 200


class RecordForm(forms.Form):
    """A form whose fields follow from columns; `groups` says how they stand together."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        data: QueryDict | None = None,
        initial: dict[str, Any] | None = None,
        reason: Reason = Reason.NEVER,
        group_labels: Sequence[tuple[str, Words]] = (),
        base: str = "",
    ) -> None:
        super().__init__(data=data, initial={})
        self.columns = tuple(columns)
        self.reason = reason
        self.groups: list[tuple[Words, tuple[str, ...]]] = []
        self.more: list[tuple[str, str, Words]] = []
        values = initial or {}
        labels = dict(group_labels)
        by_group: dict[str, list[str]] = {}
        for column in self.columns:
            if column.kind is Kind.ROWS:
                continue
            by_group.setdefault(column.group, []).extend(self._add(column, column.name, values.get(column.name)))
        for name, fields in by_group.items():
            self.groups.append((labels.get(name, ""), tuple(fields)))
        for column in self.columns:
            if column.kind is Kind.ROWS:
                self._add_rows(column, values.get(column.name) or [], data)
        if base:
            self.fields[BASE] = forms.CharField(required=False, widget=forms.HiddenInput())
            self.initial[BASE] = base
        if reason is not Reason.NEVER:
            self.fields["reason"] = forms.CharField(
                label=_("Reason"),
                required=reason is Reason.REQUIRED,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=_("Stands in the history of the record."),
            )
            self.groups.append(("", ("reason",)))

    def _add(self, column: Column, name: str, value: Any) -> list[str]:
        if column.kind is Kind.NAMES:
            kept: dict[str, str] = value or {}
            codes = list(
                dict.fromkeys([*(code for code, _name in settings.LANGUAGES), *kept, *self._typed_languages(name)])
            )
            made = []
            for code in codes:
                key = f"{name}:{code}"
                self.fields[key] = forms.CharField(label=f"{column.label} ({code})", required=False)
                self.initial[key] = kept.get(code, "")
                made.append(key)
            return made
        self.fields[name] = field_of(column)
        self.initial[name] = initial_of(column, value)
        return [name]

    def _typed_languages(self, name: str) -> list[str]:
        return [
            k.partition(":")[2]
            for k in self.data
            if k.startswith(f"{name}:") and re.fullmatch(r"[a-z-]{2,8}", k.partition(":")[2])
        ]

    def _add_rows(self, column: Column, rows: Sequence[dict[str, Any]], data: QueryDict | None) -> None:
        count = len(rows) + 1
        if data is not None:
            pattern = re.compile(rf"{re.escape(column.name)}-(\d{{1,3}})-")
            typed = [int(found[1]) for k in data if (found := pattern.match(k))]
            count = max([*typed, len(rows) - 1, 0]) + 1
            if data.get(MORE) == column.name:
                count += 1
        count = min(count, MOST_ROWS)
        for position in range(count):
            names: list[str] = []
            row = rows[position] if position < len(rows) else {}
            for cell in column.rows:
                names.extend(self._add(cell, f"{column.name}-{position}-{cell.name}", row.get(cell.name)))
            self.groups.append((f"{column.label} {position + 1}", tuple(names)))
        self.more.append((MORE, column.name, _("Add a row: %(label)s") % {"label": column.label}))

    def full_clean(self) -> None:
        """Judge nothing: what is missing or wrong, the action says (`show_problems`)."""
        self._errors = ErrorDict()
        self.cleaned_data = {}

    def begin_anew_from(self, base: str) -> None:
        """Send `base` with the form from now on, for the person has seen what the record holds now."""
        data: Any = self.data
        data = data.copy()
        data[BASE] = base
        self.data = data

    @property
    def wants_more(self) -> bool:
        """Whether the person only asked for one more row."""
        return bool(self.data.get(MORE))

    def typed(self) -> dict[str, Any]:
        """What was typed, in the shape of the action's input; rows left blank are dropped."""
        values: dict[str, Any] = {}
        self._row_places: dict[str, list[int]] = {}
        for column in self.columns:
            if column.kind is Kind.ROWS:
                values[column.name] = self._typed_rows(column)
            else:
                values[column.name] = self._typed_value(column, column.name)
        return values

    def _typed_value(self, column: Column, name: str) -> Any:
        data: Any = self.data
        if column.kind is Kind.CHOICES:
            return data.getlist(name)
        if column.kind is Kind.NAMES:
            return {k.partition(":")[2]: data.get(k, "") for k in self.fields if k.startswith(f"{name}:")}
        return data.get(name, "")

    def _typed_rows(self, column: Column) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        places: list[int] = []
        position = 0
        while any(f.startswith(f"{column.name}-{position}-") for f in self.fields):
            row = {c.name: self._typed_value(c, f"{column.name}-{position}-{c.name}") for c in column.rows}
            if any(_is_typed(row[c.name]) for c in column.rows if not (c.kind is Kind.CHOICE and c.required)):
                rows.append(row)
                places.append(position)
            position += 1
        self._row_places[column.name] = places
        return rows

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Put the problems of an action at their fields, those without a field at the top."""
        self.errors  # noqa: B018 - makes Django build the error list before it is added to
        for problem in problems:
            name = problem.field
            parts = name.split(".")
            if len(parts) == 3 and parts[1].isdigit() and parts[0] in getattr(self, "_row_places", {}):
                places = self._row_places[parts[0]]
                row = places[int(parts[1])] if int(parts[1]) < len(places) else int(parts[1])
                name = f"{parts[0]}-{row}-{parts[2]}"
            if name not in self.fields:
                name = next((f for f in self.fields if f.startswith((f"{name}:", f"{name}-"))), "") if name else ""
            self.add_error(name or None, str(problem.message))


def _is_typed(value: Any) -> bool:
    return any(value.values()) if isinstance(value, dict) else value not in ("", [])


def _choices(column: Column) -> list[tuple[Any, Words]]:
    return [(c.code, c.label) for c in column.options()]


UNKNOWN_YES_NO: list[tuple[str, Words]] = [
    ("", gettext_lazy("Not known")),
    ("true", gettext_lazy("Yes")),
    ("false", gettext_lazy("No")),
]


def field_of(column: Column) -> forms.Field:
    """The form field of a column; nothing is required of the browser, the action says what is missing."""
    common: dict[str, Any] = {"label": column.label, "required": column.required, "help_text": column.help}
    if column.kind is Kind.LONG_TEXT:
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), **common)
    if column.kind is Kind.INTEGER:
        return forms.CharField(widget=forms.NumberInput(attrs={"inputmode": "numeric"}), **common)
    if column.kind is Kind.BOOLEAN:
        return forms.CharField(widget=forms.Select(choices=UNKNOWN_YES_NO), **common)
    if column.kind is Kind.DATE:
        return forms.CharField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **common)
    if column.kind is Kind.PARTIAL_DATE:
        common["help_text"] = column.help or _("A day, a month or a year: 1954-03-17, March 1954, 1954.")
        return forms.CharField(widget=forms.TextInput(attrs={"size": 14}), **common)
    if column.kind is Kind.CHOICE:
        return forms.CharField(widget=forms.Select(choices=[("", "—"), *_choices(column)]), **common)
    if column.kind is Kind.CHOICES:
        return forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple(), choices=_choices(column), **common)
    if column.kind is Kind.REFERENCE and column.reference is not None and column.reference.lookup:
        lookup = reverse("lookup", args=[column.reference.lookup])
        return forms.CharField(widget=forms.TextInput(attrs={"data-lookup": lookup, "autocomplete": "off"}), **common)
    return forms.CharField(**common)


def initial_of(column: Column, value: Any) -> Any:
    """The value of a column as a form field shows it."""
    if column.kind is Kind.BOOLEAN:
        return "" if value is None else "true" if value else "false"
    if value is None:
        return [] if column.kind is Kind.CHOICES else ""
    return value
