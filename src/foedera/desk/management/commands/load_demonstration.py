"""`./foedera load_demonstration [PROFILE]`: a country's profile, real rows and synthetic people, for looking around."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera import countries
from foedera.desk.demonstration import load_demonstration
from foedera.platform.access.actors import system
from foedera.platform.actions.errors import ActionError

SHOWN = ("read", "created", "changed", "unchanged", "folded", "refused")


class Command(BaseCommand):
    """Loads the demonstration; a second run changes nothing."""

    help = "Loads the demonstration of a country: its profile, ties, missions, agreements with texts, synthetic people."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "profile", nargs="?", default=settings.FOEDERA_PROFILE, help=", ".join(countries.available())
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print what was done as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            steps = load_demonstration(options["profile"], system(timezone.localdate(), name="Demonstration"))
        except ActionError as fault:
            raise CommandError(str(fault)) from fault
        if options["as_json"]:
            made = [{"step": s.name, "unchanged": s.unchanged, **s.counts} for s in steps]
            self.stdout.write(json.dumps(made, ensure_ascii=False, indent=1))
            return
        width = max(len(s.name) for s in steps)
        self.stdout.write(f"{'':<{width}}  " + "".join(f"{name:>10}" for name in SHOWN))
        for step in steps:
            if step.unchanged:
                self.stdout.write(f"{step.name:<{width}}  " + _("is there already"))
                continue
            counts = dict(step.counts)
            if step.name.startswith("profile"):
                created = sum(v for k, v in counts.items() if k.endswith("_created"))
                changed = sum(v for k, v in counts.items() if k.endswith("_changed"))
                counts = {"created": created, "changed": changed}
            self.stdout.write(f"{step.name:<{width}}  " + "".join(f"{counts.get(name, 0):>10,}" for name in SHOWN))
        self.stdout.write(f"{time.monotonic() - started:.1f} s")
