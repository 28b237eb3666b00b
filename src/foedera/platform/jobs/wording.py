"""Words about jobs that page, API and command share."""

from __future__ import annotations

from django.utils.translation import gettext as _

from foedera.platform.pages.shapes import Chip, Colour

from .models import RunState

COLOURS: dict[str, Colour] = {
    RunState.RUNNING: "blue",
    RunState.DONE: "green",
    RunState.FAILED: "red",
    RunState.LOST: "amber",
}


def state_chip(state: str) -> Chip:
    """How a run went; grey for a job that never ran."""
    if state not in RunState.values:
        return Chip(_("Not yet"), "grey")
    return Chip(RunState(state).label, COLOURS[state])


def in_seconds(seconds: float | None) -> str:
    """A duration in seconds with one digit where it is short; empty when it is not known."""
    if seconds is None:
        return ""
    return f"{seconds:.1f}" if seconds < 10 else f"{seconds:.0f}"
