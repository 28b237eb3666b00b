"""`./foedera status`: how many agreements stand in which status on a day."""

from __future__ import annotations

import datetime
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.agreements.models import State
from foedera.agreements.review.queries import StatusCounts, status_counts
from foedera.agreements.terms import STATUS_LABELS, Status
from foedera.platform.access.actors import system
from foedera.platform.lists.terminal import table


def day(text: str) -> datetime.date:
    """A day as written on the command line. Raises CommandError for what is none."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"“{text}” is not a day. Write it as 2026-03-17.") from error


class Command(BaseCommand):
    help = "Counts agreements by status on a day. Records restricted to their owner bodies are not counted."

    def add_arguments(self, parser: CommandParser) -> None:
        """As Django asks."""
        parser.add_argument("--as-of", default="", metavar="DATE", help="the day, such as 2026-03-17 (default: today)")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints the counts."""
        today = timezone.localdate()
        as_of = day(options["as_of"]) if options["as_of"] else today
        counts = status_counts(system(today).at(as_of), as_of)
        if options["json"]:
            self.stdout.write(orjson.dumps(as_json(counts), option=orjson.OPT_INDENT_2).decode())
            return
        rows = [(str(STATUS_LABELS[s]), f"{counts.statuses[s.slug]:,}") for s in Status]
        rows.append((_("Concluded, all"), f"{counts.total:,}"))
        rows.extend((str(State(name).label), f"{number:,}") for name, number in sorted(counts.not_concluded.items()))
        self.stdout.write(table((_("Status on %(day)s") % {"day": as_of.isoformat()}, _("Agreements")), rows))


def as_json(counts: StatusCounts) -> dict[str, Any]:
    """The counts as JSON."""
    return {
        "as_of": counts.as_of,
        "in_force": counts.in_force,
        "total": counts.total,
        "statuses": counts.statuses,
        "not_concluded": counts.not_concluded,
    }
