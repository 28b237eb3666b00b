"""Counting sign-ins that fail, in the database, so that every process and every server knows of the lock."""

from __future__ import annotations

import datetime

from django.db import connection
from django.utils import timezone

from ..models import SignInFailures
from ..rules import FORGOTTEN_AFTER, lock_after

COUNT = """
INSERT INTO accounts_signinfailures (login, failures, last_at) VALUES (%s, 1, %s)
ON CONFLICT (login) DO UPDATE SET last_at = excluded.last_at,
    failures = CASE WHEN accounts_signinfailures.last_at < %s THEN 1 ELSE accounts_signinfailures.failures + 1 END
RETURNING failures
"""


def _key(login: str) -> str:
    return login.strip().casefold().replace("\x00", "")[:150]


def count_failure(login: str) -> datetime.datetime | None:
    """Count a failed sign-in with this login, whether somebody has it or not; returns until when it is locked now, if it is."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [_key(login), now, now - FORGOTTEN_AFTER])
        failures = int(cursor.fetchone()[0])
    if failures == 1:
        # Logins are typed by strangers: what nobody tried again is not kept.
        SignInFailures.objects.filter(last_at__lt=now - FORGOTTEN_AFTER).delete()
    lock = lock_after(failures)
    if lock is None:
        return None
    SignInFailures.objects.filter(login=_key(login)).update(locked_until=now + lock)
    return now + lock


def forget_failures(login: str) -> None:
    """A sign-in succeeded, or an administrator lifts the lock."""
    SignInFailures.objects.filter(login=_key(login)).delete()


def locked_until(login: str) -> datetime.datetime | None:
    """Until when nobody may sign in with this login by a password; None when it is not locked."""
    row = SignInFailures.objects.filter(login=_key(login), locked_until__gt=timezone.now()).first()
    return row.locked_until if row is not None else None
