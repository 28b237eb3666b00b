"""Stands in the place of Django's command: nobody is a superuser."""

from __future__ import annotations

from argparse import REMAINDER
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Not here: there is no superuser. See create_administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whatever is given."""
        parser.add_argument("given", nargs=REMAINDER)

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Raises CommandError."""
        raise CommandError(
            "There is no superuser. Make an administrator with create_administrator; his session is switched on for a time, with a reason."
        )
