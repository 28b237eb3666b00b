"""What an import writes where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.db import models

Existing = Literal["update", "fill", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedField:
    """A field that an import writes.

    `only_new`: set when a record is made, never changed. `how`: "replace"; "join" adds the languages of names or the elements
    of an array to those that are there; "fill" never replaces what is there.
    """

    name: str
    only_new: bool = False
    how: Literal["replace", "join", "fill"] = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedParts:
    """Child rows that an import writes: made equal to what the row says ("replace"), or missing ones added ("add").

    Only `compared` fields tell two parts apart (default: all of `fields`).
    """

    model: type[models.Model]
    parent: str
    fields: tuple[str, ...]
    compared: tuple[str, ...] = ()
    mode: Literal["replace", "add"] = "replace"

    @property
    def stage(self) -> str:
        """The name of the temporary table of these parts."""
        return f"import_parts_{self.model._meta.model_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePlan:
    """What is written where: the table, its key as SQL over `t`, its fields and parts.

    `computed` gives fields of new records as SQL over `s` (the staged row) and `m` (its match).
    """

    model: type[models.Model]
    key: str
    fields: tuple[MergedField, ...]
    parts: tuple[MergedParts, ...] = ()
    computed: tuple[tuple[str, str], ...] = ()

    @property
    def table(self) -> str:
        """The table that is written."""
        return self.model._meta.db_table


def field_of(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    """The model field of that name. Raises FieldDoesNotExist."""
    found = model._meta.get_field(name)
    assert isinstance(found, models.Field)
    return found


def column_of(model_field: models.Field[Any, Any]) -> str:
    """The name of the column behind a model field."""
    assert model_field.column is not None
    return model_field.column
