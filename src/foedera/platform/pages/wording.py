"""Dates, numbers and lengths of time in the reader's manner."""

import datetime
import re
from decimal import Decimal
from functools import lru_cache
from html import escape
from typing import Literal

from django.utils import formats, timezone
from django.utils.dateformat import format as format_date
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

DateStyle = Literal["short", "long"]
DateLike = str | datetime.date | datetime.datetime | None

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")


def day_words(value: DateLike, style: DateStyle = "short") -> str:
    """Return a date in the words of the present language; a month or a year alone stays one.

    What is not a date is returned as it is: an oddity is shown, never hidden.
    """
    if value is None or value == "":
        return ""
    if isinstance(value, datetime.datetime):
        return _moment_words(_local(value), style)
    if isinstance(value, datetime.date):
        return _iso_words(value.isoformat(), style, get_language() or "")
    if len(value) > 10:
        try:
            return _moment_words(_local(datetime.datetime.fromisoformat(value)), style)
        except ValueError:
            return value
    return _iso_words(value, style, get_language() or "")


def _local(value: datetime.datetime) -> datetime.datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value


def _moment_words(value: datetime.datetime, style: DateStyle) -> str:
    return f"{_iso_words(value.date().isoformat(), style, get_language() or '')}, {value:%H:%M}"


@lru_cache(maxsize=20_000)
def _iso_words(value: str, style: DateStyle, language: str) -> str:
    found = _PARTIAL.fullmatch(value)
    if found is None:
        return value
    year, month, day = found.groups()
    if month is None:
        return year
    try:
        date = datetime.date(int(year), int(month), int(day or 1))
    except ValueError:
        return value
    if day is None:
        pattern = (
            pgettext("date format: short month", "M Y")
            if style == "short"
            else pgettext("date format: long month", "F Y")
        )
    else:
        pattern = (
            pgettext("date format: short day", "j M Y")
            if style == "short"
            else pgettext("date format: long day", "j F Y")
        )
    return format_date(date, pattern)


def machine_date(value: DateLike) -> str:
    """Return the value of the attribute `datetime` for a date, "" if it is not one a machine could read."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if not value:
        return ""
    if _PARTIAL.fullmatch(value):
        # A year alone is valid too, but not before the year 1000 without its zeros, which the pattern demands.
        return value
    try:
        datetime.datetime.fromisoformat(value)
    except ValueError:
        return ""
    return value


def day_markup(value: DateLike, style: DateStyle = "short") -> SafeString:
    """Return a date inside `<time>`, in words for people and in ISO 8601 for machines."""
    words = day_words(value, style)
    machine = machine_date(value)
    if not machine:
        return conditional_escape(words)
    # Both are digits, letters and marks of a date, but the pattern comes from a catalogue: escaped all the same.
    return mark_safe(f'<time datetime="{machine}">{escape(words)}</time>')  # noqa: S308 - see above


def number_words(value: int | float | Decimal | str | None) -> str:
    """Return a number grouped in the manner of the present language; words pass unchanged."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return formats.number_format(value, use_l10n=True, force_grouping=True)


def days_left_words(days: int | None) -> str:
    """Return how many days are left, or by how many a date has passed."""
    if days is None:
        return _("no date")
    if days == 0:
        return _("today")
    if days > 0:
        return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": number_words(days)}
    return ngettext("%(days)s day overdue", "%(days)s days overdue", -days) % {"days": number_words(-days)}


def time_left_words(seconds: int | None) -> str:
    """Return roughly how long work will still take."""
    if seconds is None:
        return ""
    if seconds < 60:
        return _("less than a minute left")
    minutes = round(seconds / 60)
    if minutes < 90:
        return ngettext("about %(minutes)s minute left", "about %(minutes)s minutes left", minutes) % {
            "minutes": number_words(minutes)
        }
    hours = round(minutes / 60)
    return ngettext("about %(hours)s hour left", "about %(hours)s hours left", hours) % {"hours": number_words(hours)}
