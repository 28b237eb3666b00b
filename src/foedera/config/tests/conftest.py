"""Folders for the clusters of tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the unprivileged user who runs PostgreSQL for root may pass through.

    That of pytest (tmp_path) is closed to all others, and closed again whenever another run of pytest begins.
    """
    folder = Path(tempfile.mkdtemp(prefix="foedera-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
