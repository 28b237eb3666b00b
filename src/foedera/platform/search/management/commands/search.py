"""Searches over everything, as whoever runs the machine."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foedera.platform.access.actors import system
from foedera.platform.actions.errors import Invalid
from foedera.platform.search.api import document
from foedera.platform.search.asking import parse
from foedera.platform.search.queries import find
from foedera.platform.search.snippets import Piece


def _text(pieces: tuple[Piece, ...]) -> str:
    return "".join(f"[{text}]" if marked else text for text, marked in pieces).replace("\n", " ")


class Command(BaseCommand):
    help = "Search over records of every type and the texts of their files."

    def add_arguments(self, parser: CommandParser) -> None:
        """WORDS, what narrows them, --page, --limit, --json."""
        parser.add_argument(
            "words", nargs="+", help="words in any form, a “phrase”, the beginning of a word, or a number"
        )
        parser.add_argument("--type", action="append", default=[], help="only this record type (may be repeated)")
        parser.add_argument("--state", action="append", default=[], help="only this state, such as agreements:signed")
        parser.add_argument("--year", action="append", default=[], help="only this year")
        parser.add_argument("--partner", action="append", default=[], help="only this partner, by its code")
        parser.add_argument("--page", default="")
        parser.add_argument("--limit", default="")
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the hits and how many there are."""
        query = QueryDict(mutable=True)
        query["q"] = " ".join(options["words"])
        query["page"], query["limit"] = options["page"], options["limit"]
        for name in ("type", "state", "year", "partner"):
            query.setlist(name, options[name])
        try:
            found = find(system(timezone.localdate()), parse(query))
        except Invalid as error:
            raise CommandError("\n".join(f"{p.field}: {p.message}" for p in error.problems)) from None
        if options["json"]:
            self.stdout.write(json.dumps(document(found), ensure_ascii=False))
            return
        if found.corrected:
            self.stdout.write(_("Nothing fits these words. Shown instead:") + f" {found.suggestion}")
        for hit in found.hits:
            self.stdout.write(f"{hit.number:<12} {hit.record_type.singular!s:<12} {_text(hit.title_pieces)}")
            where = (
                f"{hit.file}, {_('page %(number)d') % {'number': hit.page}}: "
                if hit.page
                else hit.file and f"{hit.file}: "
            )
            if hit.snippet:
                self.stdout.write(f"{'':<26}{where}{_text(hit.snippet)}")
        total = ngettext("%(count)d hit", "%(count)d hits", found.total) % {"count": found.total}
        if found.more:
            total = _("More than %(count)d hits, the newest first") % {"count": found.total}
        self.stdout.write(total)
        if found.suggestion and not found.corrected:
            self.stdout.write(_("Did you mean:") + f" {found.suggestion}")
