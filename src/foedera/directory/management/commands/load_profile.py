"""`./foedera load_profile RU`: load the profile of a country, or bring what was loaded up to date."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.countries import ProfileError
from foedera.directory.loading import load_profile
from foedera.platform.access.actors import system
from foedera.platform.actions.errors import ActionError
from foedera.platform.lists.terminal import table


class Command(BaseCommand):
    """Prints how many rows were made, changed and kept."""

    help = "Load the profile of a country, or bring what was loaded up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        """As Django asks."""
        parser.add_argument("profile", help="code of the country, such as RU")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """As Django asks."""
        try:
            counts = load_profile(options["profile"], system(timezone.localdate()))
        except (ActionError, ProfileError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(counts, indent=2))
        elif "unchanged" in counts:
            self.stdout.write(_("The profile has not changed since it was loaded."))
        else:
            self.stdout.write(table((_("What"), _("Rows")), [(k, str(v)) for k, v in counts.items()]))
