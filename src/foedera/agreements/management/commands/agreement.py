"""Shows one agreement as of a day."""

from __future__ import annotations

import datetime
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from foedera.agreements import terms
from foedera.agreements.deriving import facts_of_one
from foedera.agreements.lists import AGREEMENTS
from foedera.platform.access.actors import system
from foedera.platform.actions.errors import NotFound
from foedera.platform.lists.description import Context, Kind
from foedera.platform.lists.pages import find, words_of
from foedera.platform.lists.resources import record_document


class Command(BaseCommand):
    help = "Show an agreement: its facts, and its status as of a day with the calculation."

    def add_arguments(self, parser: CommandParser) -> None:
        """NUMBER, --as-of, --json."""
        parser.add_argument("number")
        parser.add_argument("--as-of", type=datetime.date.fromisoformat, default=None)
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the facts that are known and the calculation."""
        actor = system(timezone.localdate())
        if options["as_of"]:
            actor = actor.at(options["as_of"])
        try:
            agreement = find(AGREEMENTS, options["number"], actor)
        except NotFound:
            raise CommandError(f"there is no agreement {options['number']}") from None
        columns = tuple(c for c in AGREEMENTS.columns if c.in_api)
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
        self.stdout.write(f"As of {actor.as_of}:")
        for sentence in found.sentences:
            self.stdout.write(f"  {sentence}")
