"""Asking as the web process does: under the fenced role, bound by row-level security. Filling and changing are the owner's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def as_the_web_asks() -> Iterator[None]:
    """Inside, this process connects at FOEDERA_WEB_DATABASE_URL, the address of the fenced role.

    Without one it takes the role's name at the address of the owner, which the embedded database lets in.
    """
    from django.conf import settings
    from django.db import connection
    from psycopg.conninfo import make_conninfo

    from foedera.config.settings import database

    before, fence = connection.settings_dict, settings.FOEDERA_FENCE
    given = os.environ.get("FOEDERA_WEB_DATABASE_URL")
    address = given or make_conninfo(os.environ["DATABASE_URL"], user=settings.FOEDERA_WEB_ROLE)
    connection.close()
    connection.settings_dict = {**before, "OPTIONS": {}, **database(address)}
    settings.FOEDERA_FENCE = "connection"
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper OR rolbypassrls, current_user FROM pg_roles WHERE rolname = current_user")
            unbound, role = cursor.fetchone()
        if unbound:
            raise SystemExit(f"{role} is bound by no fence")
        print(f"asked as {role}, behind the fences", flush=True)
        yield
    finally:
        connection.close()
        connection.settings_dict = before
        settings.FOEDERA_FENCE = fence
