"""Texts of a file become values by the same rules as in forms and the API (`lists.inputs`), on a faster way.

For each kind of column there is a function from text to value that refuses with the words of the schema; a property test holds
both ways against each other. Nothing is stripped that the schema keeps, and nothing is taken that it refuses.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from django.utils.translation import gettext as _
from pydantic import TypeAdapter, ValidationError

from foedera.platform.lists.description import Column, Kind
from foedera.platform.lists.inputs import LONGEST_TEXT
from foedera.platform.records.partial_dates import parse as parse_partial_date

Check = Callable[[str], Any]

_CANONICAL_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DIGITS: Final = re.compile(r"\d{1,9}", re.ASCII)
_DATE: Final = TypeAdapter(datetime.date)
_INTEGER: Final = TypeAdapter(int)
_TRUTH: Final = TypeAdapter(bool)


class ValueFault(ValueError):
    """The value is not accepted; the words say why."""


def check_of(column: Column) -> Check:
    """The function that turns a text into the value of a column; it raises ValueFault. Raises TypeError for kinds that a
    text cannot fill (child rows, data)."""
    kind = column.kind
    if kind in (Kind.TEXT, Kind.LONG_TEXT):
        return _text(column.max_length or LONGEST_TEXT, required=column.required)
    if kind is Kind.REFERENCE:
        return _text(LONGEST_TEXT, required=column.required)
    if kind is Kind.NAMES:
        return _text(LONGEST_TEXT, required=False)
    if kind is Kind.PARTIAL_DATE:
        return _partial_date
    if kind is Kind.DATE:
        return _date
    if kind is Kind.INTEGER:
        least = column.minimum if column.minimum is not None else 0
        return _integer(least, column.maximum or 2_147_483_647)
    if kind is Kind.BOOLEAN:
        return _boolean
    if kind is Kind.CHOICE:
        return _choice(column)
    if kind is Kind.CHOICES:
        return _choices(column)
    raise TypeError(f"a text cannot fill a column of kind {kind}: {column.name}")


def _text(most: int, *, required: bool) -> Check:
    def check(text: str) -> str:
        kept = text.strip()
        if "\x00" in text:
            raise ValueFault(_("The text holds a character that cannot be stored."))
        if len(kept) > most:
            raise ValueFault(_("The text is too long."))
        if required and not kept:
            raise ValueFault(_("This is required."))
        try:
            kept.encode()
        except UnicodeEncodeError:
            raise ValueFault(_("The text holds a character that cannot be stored.")) from None
        return kept

    return check


@lru_cache(maxsize=65536)
def _partial_date(text: str) -> str:
    if len(text) == 10 and _CANONICAL_DAY.fullmatch(text):
        try:
            return datetime.date(int(text[:4]), int(text[5:7]), int(text[8:])).isoformat()
        except ValueError:
            pass
    try:
        return parse_partial_date(text)
    except ValueError as error:
        raise ValueFault(str(error)) from None


def _date(text: str) -> datetime.date | None:
    if text == "":
        return None
    try:
        return datetime.date.fromisoformat(text) if _CANONICAL_DAY.fullmatch(text) else _DATE.validate_python(text)
    except (ValueError, ValidationError):
        raise ValueFault(_("Enter a date such as 2026-03-17.")) from None


def _integer(least: int, most: int) -> Check:
    def check(text: str) -> int | None:
        if text == "":
            return None
        try:
            number = int(text) if _DIGITS.fullmatch(text) else _INTEGER.validate_python(text)
        except (ValueError, ValidationError):
            raise ValueFault(_("Enter a whole number.")) from None
        if number < least:
            raise ValueFault(_("The number is too small."))
        if number > most:
            raise ValueFault(_("The number is too large."))
        return number

    return check


@lru_cache(maxsize=1024)
def _boolean(text: str) -> bool | None:
    if text in ("", "unknown"):
        return None
    try:
        return _TRUTH.validate_python(text)
    except ValidationError:
        raise ValueFault(_("Enter yes or no.")) from None


def _choice(column: Column) -> Check:
    codes = {str(c.code): c.code for c in column.options()}

    def check(text: str) -> Any:
        if text == "":
            if column.required:
                raise ValueFault(_("This is required."))
            return ""
        try:
            return codes[text]
        except KeyError:
            raise ValueFault(_("“%(value)s” is not one of the values offered.") % {"value": text[:80]}) from None

    return check


def _choices(column: Column) -> Check:
    codes = {str(c.code): c.code for c in column.options()}

    def check(text: str) -> list[Any]:
        found: dict[Any, None] = {}
        for part in text.split(","):
            part = part.strip()
            if part:
                if part not in codes:
                    raise ValueFault(_("“%(value)s” is not one of the values offered.") % {"value": part[:80]})
                found[codes[part]] = None
        return list(found)

    return check
