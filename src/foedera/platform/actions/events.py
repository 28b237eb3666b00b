"""Domain events: what a room tells others, delivered after the commit."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction

E = TypeVar("E")
logger = logging.getLogger(__name__)
_listeners: dict[type[Any], list[Callable[[Any], None]]] = {}


def hear(event: type[E], listener: Callable[[E], None]) -> None:
    """Call `listener` with every event of that type, after the commit of the action that told it."""
    _listeners.setdefault(event, []).append(listener)


def publish_after_commit(events: list[Any]) -> None:
    """Deliver the events when the current transaction commits; nothing is delivered when it rolls back.

    A listener that fails is logged and does not undo what was committed.
    """
    for event in events:
        for listener in _listeners.get(type(event), []):
            transaction.on_commit(lambda listener=listener, event=event: _deliver(listener, event))  # type: ignore[misc]  # defaults bind now


def _deliver(listener: Callable[[Any], None], event: Any) -> None:
    try:
        listener(event)
    except Exception:
        logger.exception("a listener failed", extra={"event": type(event).__name__})
