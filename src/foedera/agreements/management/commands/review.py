"""`./foedera review`: look at every agreement and say what needs a decision."""

from __future__ import annotations

from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.agreements.review.running import Summary, run_review
from foedera.platform.access.actors import system
from foedera.platform.lists.terminal import table

from .status import day

TITLE = 60


class Command(BaseCommand):
    help = "Runs the review and prints its summary. With --as-of another day nothing is written: it is a forecast or a look back."

    def add_arguments(self, parser: CommandParser) -> None:
        """As Django asks."""
        parser.add_argument("--as-of", default="", metavar="DATE", help="the day, such as 2026-03-17 (default: today)")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs and prints."""
        today = timezone.localdate()
        as_of = day(options["as_of"]) if options["as_of"] else today
        summary = run_review(system(today), as_of)
        if options["json"]:
            self.stdout.write(orjson.dumps(as_json(summary), option=orjson.OPT_INDENT_2).decode())
            return
        self.stdout.write(in_words(summary))


def as_json(summary: Summary) -> dict[str, Any]:
    """The summary as JSON."""
    return {
        "as_of": summary.as_of,
        "written": summary.written,
        "agreements": summary.agreements,
        "carried": summary.carried,
        "found": summary.found,
        "rules": [
            {
                "rule": rule.rule.value,
                "found": rule.found,
                "new": rule.new,
                "changed": rule.changed,
                "gone": rule.gone,
                "decided": rule.decided,
                "examples": [{"number": number, "title": title} for number, title in rule.examples],
            }
            for rule in summary.rules
        ],
    }


def in_words(summary: Summary) -> str:
    """The summary as a table."""
    heads = (_("What was found"), _("Open"), _("New"), _("Changed"), _("Gone"), _("Decided"), _("For example"))
    rows = [
        (
            str(rule.rule.label),
            f"{rule.found:,}",
            f"{rule.new:,}",
            f"{rule.changed:,}",
            f"{rule.gone:,}",
            f"{rule.decided:,}",
            f"{rule.examples[0][0]} {shortened(rule.examples[0][1])}" if rule.examples else "",
        )
        for rule in summary.rules
    ]
    lines = [
        _("Review as of %(day)s: %(all)s agreements, %(carried)s carried as concluded, %(found)s findings.")
        % {
            "day": summary.as_of.isoformat(),
            "all": f"{summary.agreements:,}",
            "carried": f"{summary.carried:,}",
            "found": f"{summary.found:,}",
        },
        "",
        table(heads, rows),
    ]
    if not summary.written:
        lines += ["", _("This is a look at another day; the desk was left as it is.")]
    return "\n".join(lines)


def shortened(title: str) -> str:
    """A title that fits into a line."""
    return title if len(title) <= TITLE else title[: TITLE - 1].rstrip() + "…"
