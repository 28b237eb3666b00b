"""What can be computed on paper: when a duty and a delegation hold, and how long a failed sign-in locks."""

from __future__ import annotations

import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LONGEST_DELEGATION_DAYS = 183
# Failures in a row that are borne, and the first lock; each further failure after a lock doubles it, up to the longest.
FAILURES_BORNE = 5
FIRST_LOCK = datetime.timedelta(minutes=5)
LONGEST_LOCK = datetime.timedelta(hours=4)
# Failures that lie further back are forgotten.
FORGOTTEN_AFTER = datetime.timedelta(hours=12)


def holds(first: datetime.date, last: datetime.date | None, day: datetime.date) -> bool:
    """Whether a period from its first to its last day (None: open) holds on a day."""
    return first <= day and (last is None or day <= last)


def lent(
    duty: tuple[datetime.date, datetime.date | None],
    delegation: tuple[datetime.date, datetime.date],
    revoked: bool,
    day: datetime.date,
) -> bool:
    """Whether a lent role may be used on a day: while both the delegation and the duty behind it hold, and it was not taken back."""
    return not revoked and holds(*delegation, day) and holds(*duty, day)


def fault_of_delegation(
    first: datetime.date, last: datetime.date, today: datetime.date, duty_ends: datetime.date | None
) -> tuple[str, str | Promise] | None:
    """The field and the words of what is wrong with the days of a new delegation; None when they are sound."""
    if last < first:
        return "valid_until", _("The last day lies before the first.")
    if first < today:
        return "valid_from", _("The first day lies in the past.")
    if (last - first).days >= LONGEST_DELEGATION_DAYS:
        return "valid_until", _("A role is lent for half a year at most.")
    if duty_ends is not None and last > duty_ends:
        return "valid_until", _("Your own role ends before that day.")
    return None


def lock_after(failures: int) -> datetime.timedelta | None:
    """How long a login is locked after that many failures in a row; None while they are borne."""
    if failures < FAILURES_BORNE:
        return None
    # Beyond a few doublings the longest is reached; a huge exponent would only overflow.
    doublings: int = 2 ** min(failures - FAILURES_BORNE, 12)
    return min(FIRST_LOCK * doublings, LONGEST_LOCK)
