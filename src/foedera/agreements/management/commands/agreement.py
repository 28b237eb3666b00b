"""Shows one agreement as of a day."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foedera.agreements import terms
from foedera.agreements.deriving import facts_of_one
from foedera.agreements.lists import AGREEMENTS
from foedera.platform.access.actors import Actor
from foedera.platform.access.commands import add_looking, looking_actor, reading
from foedera.platform.actions.errors import NotFound
from foedera.platform.lists.description import Context, Kind
from foedera.platform.lists.pages import find, words_of
from foedera.platform.lists.resources import record_document


class Command(BaseCommand):
    help = "Show an agreement: its facts, and its status as of a day with the calculation."

    def add_arguments(self, parser: CommandParser) -> None:
        """NUMBER, --as-of, --known-at, --json."""
        parser.add_argument("number")
        add_looking(parser)
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the facts that are known and the calculation."""
        actor = looking_actor(options)
        with reading(actor):
            self._show(actor, options)

    def _show(self, actor: Actor, options: dict[str, Any]) -> None:
        try:
            agreement = find(AGREEMENTS, options["number"], actor)
        except NotFound:
            raise CommandError(f"there is no agreement {options['number']}") from None
        columns = tuple(c for c in AGREEMENTS.for_reader(actor).columns if c.in_api)
        document = record_document(AGREEMENTS, agreement, Context(actor), columns)
        found = terms.evaluate_one(facts_of_one(agreement), actor.as_of)
        if options["json"]:
            document["calculation"] = found.sentences
            document["last_safe_day"] = found.last_safe_day
            document["current_term_end"] = found.current_term_end
            self.stdout.write(json.dumps(document, default=str, ensure_ascii=False))
            return
        self.stdout.write(f"{agreement.number}  {document['title']}")
        for column in columns:
            value = document.get(column.name)
            if column.name in ("number", "title") or column.kind is Kind.ROWS or value in (None, "", [], {}):
                continue
            self.stdout.write(f"  {column.label!s:<40} {words_of(column, value)}")
        known = f", as it was known at {actor.known_at.isoformat(' ')}" if actor.known_at else ""
        self.stdout.write(f"As of {actor.as_of}{known}:")
        for sentence in found.sentences:
            self.stdout.write(f"  {sentence}")
