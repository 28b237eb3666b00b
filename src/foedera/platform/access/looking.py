"""Which day and which instant somebody looks at, from an address or a command line."""

from __future__ import annotations

import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.platform.actions.errors import invalid
from foedera.platform.history.instants import parse_instant


def parse_looking(as_of: str, known_at: str, today: datetime.date) -> tuple[datetime.date, datetime.datetime | None]:
    """The day looked at and the instant whose knowledge is read (None: now).

    `as_of` is a day, or an instant, which then names the day as well; `known_at` an instant beside a day; either may be empty.
    Raises Invalid for what is neither.
    """
    as_of, known_at = as_of.strip(), known_at.strip()
    instant = parse_instant(known_at) if known_at else None
    if known_at and instant is None:
        raise invalid("known_at", _("Enter an instant such as 2026-03-17T14:30."))
    if not as_of:
        return (timezone.localdate(instant) if instant else today), instant
    try:
        return datetime.date.fromisoformat(as_of), instant
    except ValueError:
        named = parse_instant(as_of)
    if named is None:
        raise invalid("as_of", _("Enter a date such as 2026-03-17, or an instant such as 2026-03-17T14:30."))
    return timezone.localdate(named), instant or named
