"""Writes a list as a file."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import QueryDict

from foedera.platform.access.commands import add_looking, looking_actor, reading
from foedera.platform.actions.errors import Invalid, NotFound
from foedera.platform.lists import querying
from foedera.platform.lists.description import Context, RecordType, record_type, record_types
from foedera.platform.lists.exporting import FORMATS, export
from foedera.platform.lists.saving.opening import open_list, says_something
from foedera.platform.lists.saving.queries import offered


class Command(BaseCommand):
    help = "Export a list (agreements, ties, bodies, ...) as CSV, XLSX or JSON Lines to a file or standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        """KIND, --format, --output, --filter, --view, --as-of, --known-at."""
        parser.add_argument("kind")
        parser.add_argument("--format", choices=sorted(FORMATS), default="csv")
        parser.add_argument("--output", help="the file to write; standard output without it")
        parser.add_argument("--filter", default="", help="as in the address of the list: status=expiring&partner=BY")
        parser.add_argument("--view", default="", help="number or name of a view that people keep")
        add_looking(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write every row of the list that the filter leaves."""
        try:
            described = record_type(options["kind"])
        except LookupError:
            known = ", ".join(t.name for t in record_types())
            raise CommandError(f"there is no list {options['kind']}; there are {known}") from None
        actor = looking_actor(options)
        with reading(actor):
            self._write(described.for_reader(actor), Context(actor), options)

    def _write(self, described: RecordType, context: Context, options: dict[str, Any]) -> None:
        try:
            query = QueryDict(options["filter"], mutable=True)
            if options["view"]:
                if says_something(query):
                    raise CommandError("give either --view or --filter")
                query["view"] = options["view"]
            opened = open_list(described, query, context, with_first=False)
            for words in opened.left_out:
                self.stderr.write(f"left out of the view: {words}")
            view = querying.parse_view(described, opened.query, context)
            columns = [c for c in described.columns if c.in_export and (not view.columns or c.name in view.columns)]
            rows = querying.stream(described, view, context, columns)
            portions = export(options["format"], columns, rows, title=str(described.plural))
            if options["output"]:
                with open(options["output"], "wb") as target:
                    for portion in portions:
                        target.write(portion)
            else:
                for portion in portions:
                    sys.stdout.buffer.write(portion)
                sys.stdout.buffer.flush()
        except NotFound as error:
            names = ", ".join(f"{v.pk} {v.name}" for v in offered(described.name, context.actor).views) or "none"
            raise CommandError(f"there is no view {options['view']} of {described.name}; there are: {names}") from error
        except Invalid as error:
            raise CommandError("; ".join(f"{p.field}: {p.message}" for p in error.problems)) from error
        except BrokenPipeError:
            sys.exit(1)
