"""`./foedera uncovered`: which pairs of an own region and a partner state nobody covers."""

from __future__ import annotations

import datetime
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.directory import queries
from foedera.directory.api import uncovered_document
from foedera.platform.access.actors import system
from foedera.platform.lists.terminal import table


class Command(BaseCommand):
    """Prints the two halves of the gaps and how many pairs are uncovered; with --json also every pair."""

    help = "Which pairs of an own region and a partner state nobody covers."

    def add_arguments(self, parser: CommandParser) -> None:
        """As Django asks."""
        parser.add_argument("--on", default="", help="a day such as 2026-03-17 (default: today)")
        parser.add_argument("--function", default="", help="code of a function, for both halves")
        parser.add_argument("--region", default="", help="code of one region")
        parser.add_argument("--state", default="", help="code of one state")
        parser.add_argument("--json", action="store_true", help="print JSON with every pair")

    def handle(self, *args: Any, **options: Any) -> None:
        """As Django asks."""
        try:
            on = datetime.date.fromisoformat(options["on"]) if options["on"] else timezone.localdate()
        except ValueError as error:
            raise CommandError(_("Enter a date such as 2026-03-17.")) from error
        found = queries.uncovered_pairs(
            system(on), function=options["function"], region=options["region"], state=options["state"]
        )
        if options["json"]:
            self.stdout.write(json.dumps(uncovered_document(found), ensure_ascii=False, indent=2, default=str))
            return
        self.stdout.write(
            _("%(on)s: %(uncovered)d of %(all)d pairs uncovered (%(regions)d regions, %(states)d states)")
            % {
                "on": found.on,
                "uncovered": len(found.pairs),
                "all": found.all_pairs,
                "regions": found.regions,
                "states": found.states,
            }
        )
        for title, rows in (
            (_("Region without a coordinating body"), found.regions_without),
            (_("State that no own body covers"), found.states_without),
        ):
            if rows:
                self.stdout.write("")
                self.stdout.write(table((_("Code"), title, _("Pairs")), [(c, n, str(p)) for c, n, p in rows]))
