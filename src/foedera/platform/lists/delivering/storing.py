"""The files of exports: below the folder of documents, named by nothing that tells what they hold, and removed after their time."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

# A file that no export knows may be one that is being written.
ORPHANED_AFTER = datetime.timedelta(days=2)


def folder() -> Path:
    """Where the files lie."""
    found = Path(settings.MEDIA_ROOT) / "exports"
    found.mkdir(parents=True, exist_ok=True)
    return found


def path_of(key: uuid.UUID) -> Path:
    """Where the file of an export lies."""
    return folder() / str(key)


def part_of(key: uuid.UUID) -> Path:
    """Where it is written before it is whole."""
    return folder() / f"{key}.part"


def remove_file(key: uuid.UUID) -> None:
    """Remove the file of an export, if there is one."""
    path_of(key).unlink(missing_ok=True)


def remove_orphans(known: Iterable[uuid.UUID], now: datetime.datetime) -> int:
    """Remove files that belong to no export any more, and returns how many they were."""
    kept = {str(key) for key in known}
    removed = 0
    for file in folder().iterdir():
        age = now - datetime.datetime.fromtimestamp(file.stat().st_mtime, tz=datetime.UTC)
        if file.name.partition(".")[0] not in kept and age > ORPHANED_AFTER:
            file.unlink(missing_ok=True)
            removed += 1
    return removed
