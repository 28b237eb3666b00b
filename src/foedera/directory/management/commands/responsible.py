"""`./foedera responsible X`: who was responsible for a territory at a time."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.directory import queries
from foedera.directory.api import answer_document
from foedera.directory.models import Confidence, Standing
from foedera.platform.access.actors import system
from foedera.platform.actions.errors import ActionError
from foedera.platform.lists.terminal import table


class Command(BaseCommand):
    """Prints the bodies with their posts and holders, overlaps marked; exit status 0 also when there is nobody."""

    help = "Who was responsible for a territory (code or name) on a day, in a month or in a year."

    def add_arguments(self, parser: CommandParser) -> None:
        """As Django asks."""
        parser.add_argument("territory", help="code or name: RU-TA, Tatarstan, Kazakhstan")
        parser.add_argument("--function", default="", help="code of a function, such as coordination")
        parser.add_argument("--on", default="", help="2025-03-17, 2025-03 or 2025 (default: today)")
        parser.add_argument("--partner", default="", help="towards this state (code or name)")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """As Django asks."""
        try:
            found = queries.responsible_for(
                system(timezone.localdate()),
                options["territory"],
                function=options["function"],
                on=options["on"],
                partner=options["partner"],
            )
        except ActionError as error:
            raise CommandError(str(error) or str(error.title)) from error
        if options["json"]:
            self.stdout.write(json.dumps(answer_document(found), ensure_ascii=False, indent=2, default=str))
            return
        days = str(found.first) if found.first == found.last else f"{found.first} .. {found.last}"
        self.stdout.write(f"{found.territory}  {found.territory_name}  {days}")
        for code, name in found.other_matches:
            self.stdout.write(_("Also of that name: %(code)s %(name)s") % {"code": code, "name": name})
        if not found.responsible:
            self.stdout.write(_("Nobody: this is a gap."))
            return
        rows = []
        for r in found.responsible:
            people = [f"{h.person_name} ({Standing(h.standing).label})" for p in r.posts for h in p.holders]
            marks = [r.holding.value, str(Confidence(r.confidence).label)]
            if r.overlaps:
                marks.append(_("overlap"))
            rows.append(
                (
                    r.number,
                    r.body,
                    r.function,
                    r.relation,
                    r.valid_from,
                    r.valid_until,
                    ", ".join(people),
                    ", ".join(marks),
                )
            )
        heads = (_("Number"), _("Body"), _("Function"), _("How"), _("From"), _("Until"), _("Held by"), _("Sureness"))
        self.stdout.write(table(heads, rows))
