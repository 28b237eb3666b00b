"""Field types of records."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from .partial_dates import parse


class PartialDateField(models.CharField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A date that may be known only to the month or year, kept as text "1954", "1954-03" or "1954-03-17"; empty: not known.

    The text sorts like the date. Typed forms such as "March 1954" are turned into the kept form when cleaned.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_length", 10)
        options.setdefault("blank", True)
        options.setdefault("default", "")
        options.setdefault("db_default", "")
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        """As Django asks, without the options that every partial date has."""
        name, path, args, kwargs = super().deconstruct()
        for key, given in (("max_length", 10), ("blank", True), ("default", ""), ("db_default", "")):
            if kwargs.get(key) == given:
                del kwargs[key]
        return name, path, args, kwargs

    def to_python(self, value: Any) -> str:
        """The kept form. Raises ValidationError for what is no date."""
        if value in (None, ""):
            return ""
        try:
            return parse(str(value))
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def db_check(self, connection: Any) -> str | None:
        """The database itself refuses what is no partial date. Most are empty, and looking for a pattern costs more than that."""
        column = connection.ops.quote_name(self.column)
        return f"({column} = '' OR {column} ~ '^\\d{{4}}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\\d|3[01]))?)?$')"
