"""What can go wrong with the embedded PostgreSQL, in words for the person who started it."""

from __future__ import annotations

import shutil
from pathlib import Path


class ClusterError(Exception):
    """One paragraph: what failed, where, and what to do. Shown as it is, without a traceback."""


def explained(what: str, said: str, place: Path) -> ClusterError:
    """The error for a PostgreSQL tool that failed with the output `said` while working in `place`."""
    lowered = said.lower()
    if "no space left on device" in lowered or "disk quota exceeded" in lowered:
        try:
            left = f"{shutil.disk_usage(_existing(place)).free // 2**20} MiB are left"
        except OSError:
            left = "no space is left"
        return ClusterError(
            f"{what} failed: the disk that holds {place} is full ({left}). "
            "Make room or name another folder with --data, and start again; nothing that was stored is lost."
        )
    if "permission denied" in lowered or "operation not permitted" in lowered:
        return ClusterError(
            f"{what} failed: permission denied in {place}. Give that folder to the user who starts Foedera, "
            f"or name another one with --data. PostgreSQL said: {_last_lines(said)}"
        )
    if "read-only file system" in lowered:
        return ClusterError(f"{what} failed: {place} is on a read-only file system. Name another folder with --data.")
    if "could not create shared memory" in lowered or "cannot allocate memory" in lowered:
        return ClusterError(f"{what} failed: the machine has too little memory left. {_last_lines(said)}")
    return ClusterError(f"{what} failed in {place}. PostgreSQL said: {_last_lines(said)}")


def _existing(place: Path) -> Path:
    return next(folder for folder in (place, *place.parents) if folder.exists())


def _last_lines(said: str, count: int = 6) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "ERROR", "error:"))]
    return " / ".join((telling or lines)[-count:]) or "nothing"
