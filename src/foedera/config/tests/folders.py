"""Folders for the clusters of tests."""

from __future__ import annotations

import tempfile
from pathlib import Path


def reachable(folder: Path) -> None:
    """Lets every user pass through a folder of pytest, which keeps them to their owner, so that PostgreSQL can."""
    top = Path(tempfile.gettempdir())
    for above in (folder, *folder.parents):
        if above == top or top not in above.parents:
            break
        above.chmod(0o711)
