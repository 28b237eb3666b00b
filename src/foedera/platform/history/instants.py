"""Reading the register as it stood at an instant: for the block, every query of this thread reads the past.

An instant says what was known then; a day (`Actor.as_of`) says for which day statuses are counted. Both may be given at once:
`docs/decisions/` tells how they go together.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from foedera.platform.access.database.preparing import elsewhere
from foedera.platform.actions.errors import invalid

from .past_rows import PAST

_instant: ContextVar[datetime.datetime | None] = ContextVar("instant", default=None)

ENTER = f"""
SELECT current_setting('search_path'), (SELECT max(since) FROM {PAST}.known_since),
       set_config('search_path', '{PAST}, ' || current_setting('search_path'), true),
       set_config('foedera.instant', %s, true)
"""  # noqa: S608 - the name of our schema
SET = "SELECT set_config('search_path', %s, true), set_config('foedera.instant', %s, true)"


def _look_at(instant: datetime.datetime | None) -> None:
    _instant.set(instant)
    elsewhere.set("" if instant is None else " /* past */")


def present_instant() -> datetime.datetime | None:
    """The instant that queries read now; None: today."""
    return _instant.get()


def parse_instant(text: str) -> datetime.datetime | None:
    """The instant that a text names, in the zone of the installation where it names none; None when it is no instant.

    A day alone is no instant. A space before the offset is taken for the plus sign that an address turned into it.
    """
    try:
        found = parse_datetime(text.strip().replace(" ", "+") if "T" in text else text.strip())
    except ValueError:
        return None
    if found is None or len(text.strip()) <= len("2026-03-17"):
        return None
    try:
        # PostgreSQL knows no zone as far away as some that can be written.
        return (found if timezone.is_aware(found) else timezone.make_aware(found)).astimezone(datetime.UTC)
    except OverflowError:
        return None


@contextmanager
def reading_at(instant: datetime.datetime) -> Iterator[None]:
    """Read everything as it stood at the instant, inside one transaction.

    Raises Invalid for an instant that is still to come or of which nothing is known.
    """
    if instant > timezone.now():
        raise invalid("as_of", _("This instant is still to come."))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(ENTER, [instant.isoformat()])
            path, since, *_rest = cursor.fetchone()
        try:
            if since is not None and instant < since:
                raise invalid(
                    "as_of",
                    _("The register can be read as it stood since %(since)s.")
                    % {"since": timezone.localtime(since).isoformat(" ", "minutes")},
                )
            before = _instant.get()
            _look_at(instant)
            try:
                yield
            finally:
                _look_at(before)
        finally:
            _restore(path, "")


@contextmanager
def as_known(instant: datetime.datetime | None) -> Iterator[None]:
    """Read everything as it stood at the instant; None: as it stands now. Raises Invalid as `reading_at` does."""
    if instant is None:
        yield
        return
    with reading_at(instant):
        yield


@contextmanager
def reading_today() -> Iterator[None]:
    """Inside a block that reads the past: read today, as for finding who asks. Elsewhere nothing is changed."""
    instant = _instant.get()
    if instant is None:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path')")
        (path,) = cursor.fetchone()
    _restore(path.removeprefix(f"{PAST}, "), "")
    _look_at(None)
    try:
        yield
    finally:
        _look_at(instant)
        _restore(path, instant.isoformat())


def _restore(path: str, instant: str) -> None:
    # A transaction that failed takes its settings back itself.
    if connection.connection is not None and not connection.needs_rollback and _is_sound():
        with connection.cursor() as cursor:
            cursor.execute(SET, [path, instant])


def _is_sound() -> bool:
    from psycopg.pq import TransactionStatus

    raw: Any = connection.connection
    return bool(raw.info.transaction_status != TransactionStatus.INERROR)


def streamed_at(instant: datetime.datetime, portions: Iterable[Any]) -> Iterator[Any]:
    """The portions of an answer that is made while it is sent, each read as it stood at the instant."""
    with reading_at(instant):
        yield from portions
