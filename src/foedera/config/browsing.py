"""The browser of the journeys: Debian's Chromium, driven by pytest-playwright."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find_browser() -> str | None:
    """Path of a Chromium on this machine (FOEDERA_CHROMIUM, else on PATH), or None."""
    named = os.environ.get("FOEDERA_CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """How pytest-playwright starts the browser: the machine's, fit for a container.

    Overrides the fixture of pytest-playwright, so this module has to be registered after that plugin.
    """
    flags = ["--disable-gpu", "--disable-dev-shm-usage"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")  # Chromium refuses root otherwise
    return {**browser_type_launch_args, "executable_path": find_browser(), "args": flags}
