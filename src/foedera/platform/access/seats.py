"""Seats: the roles held in bodies on a day, whoever holds them. The accounts room knows them and names its finder here."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from .actors import Actor

# Actors without a person, one for each role in each body.
SeatFinder = Callable[[datetime.date], list[Actor]]
_finder: SeatFinder | None = None


def find_seats_with(finder: SeatFinder) -> None:
    """Name the function that lists the seats of a day."""
    global _finder
    _finder = finder


def seats_on(day: datetime.date) -> list[Actor]:
    """The seats of a day as actors without a person; none when no accounts are installed."""
    return _finder(day) if _finder is not None else []
