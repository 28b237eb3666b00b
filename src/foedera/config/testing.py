"""The pytest plugin of the house: a database for the whole run, and Debian's browser for the journeys.

The database is that of FOEDERA_TEST_DATABASE_URL or DATABASE_URL (its role must be allowed to create databases), else
an embedded cluster in a temporary folder that lives as long as the run; workers of pytest-xdist use that one cluster.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import cast

import pytest

from foedera.config import browsing
from foedera.config.embedded import Cluster
from foedera.config.installation import PROJECT

# Tables with a trigger (not one of a foreign key) that fires on TRUNCATE, quoted.
GUARDED = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 32 <> 0"
# The tables of replaced rows, which belong to no model.
OLD_ROWS = "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = %s::regnamespace AND relname LIKE '%%_rows' AND relkind = 'r'"
AXE = PROJECT / "var" / "test-assets" / "axe.min.js"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Settles the database before pytest-django reads the settings."""
    os.environ.setdefault("FOEDERA_TESTING", "1")
    # Playwright's synchronous interface runs an event loop in the thread of the test, where Django suspects async code.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    named = os.environ.get("FOEDERA_TEST_DATABASE_URL")
    if named:
        os.environ["DATABASE_URL"] = named
    data = Path(tempfile.mkdtemp(prefix="foedera-test-data-"))
    # At the end of the process, not of the run: pytest forgets its cleanups when a run cannot even begin.
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    os.environ["FOEDERA_DATA"] = str(data / "data")
    if "PYTEST_XDIST_WORKER" not in os.environ:
        if os.environ.get("DATABASE_URL"):
            _make_fenced_roles(os.environ["DATABASE_URL"])
        else:
            _start_cluster(data)
    yield


def _make_fenced_roles(address: str) -> None:
    """The roles under which pages and background work run, on a server that was given. Raises UsageError where nobody may make them."""
    import psycopg

    from foedera.config.embedded.cluster import FENCED, WEB_ROLE, WORKER_ROLE

    try:
        with psycopg.connect(address, autocommit=True, connect_timeout=10) as connection:
            for role in (WEB_ROLE, WORKER_ROLE):
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    connection.execute(f"CREATE ROLE {role} LOGIN NOINHERIT")
                try:
                    connection.execute(f"SET ROLE {role}")
                except psycopg.errors.InsufficientPrivilege:
                    connection.execute(f"GRANT {role} TO CURRENT_USER")
                    connection.execute(f"SET ROLE {role}")
                connection.execute("RESET ROLE")
    except psycopg.OperationalError:
        return  # said better by the tests themselves
    except psycopg.Error as error:
        raise pytest.UsageError(
            f"The tests need the database roles {WEB_ROLE} and {WORKER_ROLE} and may not make them ({str(error).strip()}). "
            f"Let an administrator of the server run, for both: CREATE ROLE ... {FENCED}; GRANT ... TO the role of the tests."
        ) from error


def _start_cluster(data: Path) -> None:
    data.chmod(0o711)
    cluster = Cluster(data / "cluster", throwaway=True)
    cluster.start()
    # Last in, first out: the server ends before its folder goes.
    atexit.register(cluster.stop)
    os.environ["DATABASE_URL"] = cluster.url


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips the journeys where there is no browser."""
    if browsing.find_browser():
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


def _let_tests_clear_the_history() -> None:
    """Lets the flush after a test with real transactions empty tables whose triggers refuse that, and only that.

    The triggers are off inside the transaction of the flush alone; the role owns the tables, so it may do so.
    """
    from django.db import connections, transaction
    from django.db.backends.base.operations import BaseDatabaseOperations
    from django.db.backends.postgresql.operations import DatabaseOperations

    from foedera.platform.history.past_rows import PAST
    from foedera.platform.history.triggers import guard

    flush = DatabaseOperations.execute_sql_flush

    def without_triggers(operations: BaseDatabaseOperations, sql_list: Iterable[str]) -> None:
        alias = operations.connection.alias
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute(GUARDED)
            tables = [name for (name,) in cursor.fetchall()]
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                cursor.execute(f"GRANT TRUNCATE ON {table} TO CURRENT_USER")
            flush(cast("DatabaseOperations", operations), sql_list)
            cursor.execute(OLD_ROWS, [PAST])
            for (table,) in cursor.fetchall():
                cursor.execute(f"TRUNCATE {table}")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            guard(cursor)

    DatabaseOperations.execute_sql_flush = without_triggers  # type: ignore[method-assign, assignment]  # taken back with the process


def pytest_configure(config: pytest.Config) -> None:
    """Registers what has to come after the plugins that pytest finds by itself."""
    _let_tests_clear_the_history()
    config.pluginmanager.register(browsing, "foedera-browsing")


@pytest.fixture(scope="session")
def axe_script() -> str:
    """The source of axe-core as locked in package-lock.json, to be added to a page that is checked."""
    return AXE.read_text(encoding="utf-8")
