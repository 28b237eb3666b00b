"""Changes of a record and its parts as a reader understands them: words for fields, codes, days and references."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.history.queries import Change, names_of
from foedera.platform.lists.description import Column, Kind, RecordType
from foedera.platform.lists.marked import hidden_fields, is_hidden
from foedera.platform.lists.pages.values import words_of
from foedera.platform.pages import shapes
from foedera.platform.pages.wording import day_words
from foedera.platform.records.fields import PartialDateField

DAYS = frozenset({Kind.DATE, Kind.PARTIAL_DATE, Kind.MOMENT})
LONGEST = 500


class Teller:
    """Tells changes of one record; what they refer to is looked up once for all of them, with the actor's rights.

    A field to which its model gives no words (`during`, `name_key`) is worked out from others and is not told, nor are the fields of
    the model's `timeline_leaves_out`, the reference of a part to the record itself, and what is marked and not for the actor.
    """

    def __init__(
        self, model: type[models.Model], record_type: RecordType | None, actor: Actor, changes: Iterable[Change]
    ) -> None:
        self.table = model._meta.db_table
        self.columns: dict[str, Column] = {c.path: c for c in record_type.columns} if record_type else {}
        self.models = {m._meta.db_table: m for m in apps.get_models()}
        self.hidden = hidden_fields(actor)
        self.names: dict[type[models.Model], dict[Any, str]] = {}
        keys: dict[type[models.Model], set[Any]] = defaultdict(set)
        for change in changes:
            field = self._field(change)
            if isinstance(field, models.ForeignKey) and self._is_told(change, field):
                keys[field.remote_field.model] |= {change.before, change.after} - {None}
        for referred, wanted in keys.items():
            self.names[referred] = names_of(referred, wanted, actor)

    def in_words(self, changes: Iterable[Change]) -> tuple[shapes.Change, ...]:
        """The changes that are told, in their order."""
        return tuple(
            shapes.Change(self._label(change), self._value(change, change.before), self._value(change, change.after))
            for change in changes
            if self._is_told(change, self._field(change))
        )

    def _field(self, change: Change) -> models.Field[Any, Any] | None:
        model = self.models.get(change.table)
        fields = model._meta.concrete_fields if model is not None else ()
        return next((f for f in fields if f.column == change.field), None)

    def _column(self, change: Change) -> Column | None:
        return self.columns.get(change.field.removesuffix("_id")) if change.table == self.table else None

    def _is_told(self, change: Change, field: models.Field[Any, Any] | None) -> bool:
        if is_hidden(change.table, change.field, self.hidden):
            return False
        if field is None:
            return True
        left_out = {getattr(field.model, "history_subject", ""), *getattr(field.model, "timeline_leaves_out", ())}
        if change.table != self.table and field.name in left_out:
            return False
        wordless = str(field.verbose_name) == field.name.replace("_", " ")
        return not wordless or self._column(change) is not None

    def _label(self, change: Change) -> str:
        field = self._field(change)
        label = str(field.verbose_name) if field is not None else change.field
        if change.table != self.table and change.table in self.models:
            return f"{self.models[change.table]._meta.verbose_name} · {label}"
        return label

    def _value(self, change: Change, value: Any) -> str:
        if value is None or value in ("", [], {}):
            return ""
        field, column = self._field(change), self._column(change)
        if isinstance(field, models.ForeignKey):
            known = self.names.get(field.remote_field.model, {})
            return known.get(value, _("something that you may not see"))[:LONGEST]
        if column is not None and column.kind is not Kind.REFERENCE:
            return day_words(str(value)) if column.kind in DAYS else str(words_of(column, value))[:LONGEST]
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(field, models.DateField | PartialDateField):
            return day_words(str(value))
        if isinstance(value, dict):
            return "; ".join(f"{k}: {v}" for k, v in value.items())[:LONGEST]
        choices = dict(getattr(field, "flatchoices", None) or ())
        if isinstance(value, list):
            return ", ".join(str(choices.get(v, v)) for v in value)[:LONGEST]
        return str(choices.get(value, value))[:LONGEST]
