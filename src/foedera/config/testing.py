"""The pytest plugin of the house: a database for the whole run, and Debian's browser for the journeys.

The database is that of FOEDERA_TEST_DATABASE_URL or DATABASE_URL (its role must be allowed to create databases), else
an embedded cluster in a temporary folder that lives as long as the run; workers of pytest-xdist use that one cluster.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from foedera.config import browsing
from foedera.config.embedded import Cluster
from foedera.config.installation import PROJECT

AXE = PROJECT / "var" / "test-assets" / "axe.min.js"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Settles the database before pytest-django reads the settings."""
    os.environ.setdefault("FOEDERA_TESTING", "1")
    # Playwright's synchronous interface runs an event loop in the thread of the test, where Django suspects async code.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    named = os.environ.get("FOEDERA_TEST_DATABASE_URL")
    if named:
        os.environ["DATABASE_URL"] = named
    data = Path(tempfile.mkdtemp(prefix="foedera-test-data-"))
    early_config.add_cleanup(lambda: shutil.rmtree(data, ignore_errors=True))
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ["FOEDERA_DATA"] = str(data / "data")
        if not os.environ.get("DATABASE_URL"):
            _start_cluster(early_config, data)
    else:
        os.environ["FOEDERA_DATA"] = str(data / "data")
    yield


def _start_cluster(config: pytest.Config, data: Path) -> None:
    data.chmod(0o711)
    cluster = Cluster(data / "cluster", throwaway=True)
    cluster.start()
    # Cleanups run last in, first out: the server ends before its folder goes.
    config.add_cleanup(cluster.stop)
    os.environ["DATABASE_URL"] = cluster.url
    config.add_cleanup(lambda: os.environ.pop("DATABASE_URL", None))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips the journeys where there is no browser."""
    if browsing.find_browser():
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


def pytest_configure(config: pytest.Config) -> None:
    """Registers what has to come after the plugins that pytest finds by itself."""
    config.pluginmanager.register(browsing, "foedera-browsing")


@pytest.fixture(scope="session")
def axe_script() -> str:
    """The source of axe-core as locked in package-lock.json, to be added to a page that is checked."""
    return AXE.read_text(encoding="utf-8")
