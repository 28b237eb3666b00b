"""Sessions in the database, read by one plain statement: every request of a page begins with it."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as StoredSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from foedera.platform.access.database.preparing import prepared_cursor

_READ = "SELECT session_data, expire_date FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(StoredSession):
    """As Django's, but for how a session is read."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The table of Django's own sessions."""
        return Session

    def _get_session_from_db(self) -> Any:
        with prepared_cursor() as cursor:
            cursor.execute(_READ, [self.session_key, timezone.now()])
            found = cursor.fetchone()
        key = self.session_key
        if found is None or key is None:
            self._session_key = None
            return None
        return Session(session_key=key, session_data=found[0], expire_date=found[1])
