"""What the accounts tell others."""

from __future__ import annotations

import datetime
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadingOpened:
    """Somebody has opened a restricted record for reading; the owner body is to be told (`reading`: id of the OpenReading)."""

    reading: int
    number: str
    table_name: str
    record_id: int
    owner_id: int | None
    person_name: str
    reason: str
    until: datetime.datetime


@dataclass(frozen=True, slots=True)
class SessionSwitchedOn:
    """An administrator has switched his session on."""

    elevation: int
    person_name: str
    reason: str
    until: datetime.datetime
