"""The options by which commands look at another day or instant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from foedera.platform.actions.errors import Invalid
from foedera.platform.history.instants import as_known

from .actors import Actor, system
from .looking import parse_looking


def add_looking(parser: CommandParser) -> None:
    """--as-of and --known-at."""
    parser.add_argument(
        "--as-of",
        default="",
        metavar="DATE|INSTANT",
        help="a day such as 2026-03-17 (statuses as of that day) or an instant such as 2026-03-17T14:30 (all as it stood then)",
    )
    parser.add_argument("--known-at", default="", metavar="INSTANT", help="all as it stood then, whatever the day")


def looking_actor(options: dict[str, Any]) -> Actor:
    """The program itself, looking where the options say. Raises CommandError."""
    actor = system(timezone.localdate())
    try:
        return actor.at(*parse_looking(options["as_of"] or "", options["known_at"] or "", actor.today))
    except Invalid as error:
        raise CommandError("; ".join(f"--{p.field.replace('_', '-')}: {p.message}" for p in error.problems)) from error


@contextmanager
def reading(actor: Actor) -> Iterator[None]:
    """Read as the actor looks. Raises CommandError for an instant that cannot be read."""
    try:
        with as_known(actor.known_at):
            yield
    except Invalid as error:
        raise CommandError("; ".join(f"--{p.field.replace('_', '-')}: {p.message}" for p in error.problems)) from error
