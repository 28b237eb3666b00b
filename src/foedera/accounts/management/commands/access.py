"""`./foedera access`: what is switched on, lent, opened and given to programs; ends it; lends, opens and makes in a person's name."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.accounts.actions import (
    close_reading,
    end_elevation,
    lend_role,
    make_service_token,
    open_reading,
    revoke_service_token,
    take_back_role,
)
from foedera.accounts.api import document_of
from foedera.accounts.queries import (
    actor_of_login,
    all_delegations,
    body_by_number,
    elevations,
    readings,
    service_tokens,
)
from foedera.platform.access.actors import Actor, system
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import ActionError, Invalid
from foedera.platform.lists.terminal import table

KINDS = ("elevations", "delegations", "readings", "tokens")
ENDS: dict[str, Callable[..., None]] = {
    "elevations": end_elevation,
    "delegations": take_back_role,
    "readings": close_reading,
    "tokens": revoke_service_token,
}


class Command(BaseCommand):
    help = (
        "Shows administrators' sessions, lent roles, opened restricted records or tokens of bodies; --end ID ends one. "
        "With --by LOGIN: --lend-to LOGIN, --open NUMBER or --make NAME does it in the name and with the rights of that person."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """As Django asks."""
        parser.add_argument("what", choices=KINDS)
        parser.add_argument("--end", type=int, metavar="ID", help="end it: switch off, take back, close, revoke")
        parser.add_argument("--by", default="", metavar="LOGIN", help="in whose name something is made")
        parser.add_argument("--in-role", default="", choices=["", *Role.values], help="in which of his roles")
        parser.add_argument("--lend-to", default="", metavar="LOGIN", help="delegations: the colleague")
        parser.add_argument(
            "--until", type=datetime.date.fromisoformat, metavar="DATE", help="delegations: the last day"
        )
        parser.add_argument("--open", default="", metavar="NUMBER", help="readings: the restricted record")
        parser.add_argument("--hours", type=int, default=8, help="readings: for how long (8)")
        parser.add_argument("--make", default="", metavar="NAME", help="tokens: make one of that name")
        parser.add_argument("--body", default="", metavar="NUMBER", help="tokens: of which body (that of the person)")
        parser.add_argument("--days", type=int, default=90, help="tokens: for how many days (90)")
        parser.add_argument("--writes", action="store_true", help="tokens: may write too")
        parser.add_argument("--record-types", default="", metavar="NAMES", help="tokens: only these, parted by commas")
        parser.add_argument("--reason", default="", help="why")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ends, makes, or shows."""
        what = options["what"]
        makes = {"delegations": options["lend_to"], "readings": options["open"], "tokens": options["make"]}
        try:
            if options["end"] is not None:
                ENDS[what](actor=system(timezone.localdate()), key=options["end"])
                self.stdout.write(_("Ended."))
            elif makes.get(what):
                self._make(what, _actor(options), options)
            elif any(makes.values()):
                raise CommandError(_("This is not made under “%(what)s”.") % {"what": what})
            else:
                self._show(what, options["json"])
        except Invalid as error:
            raise CommandError(
                "; ".join(f"{p.field}: {p.message}" if p.field else str(p.message) for p in error.problems)
            ) from error
        except ActionError as error:
            raise CommandError(str(error) or str(error.title)) from error

    def _make(self, what: str, actor: Actor, options: dict[str, Any]) -> None:
        if what == "delegations":
            lend_role(
                actor=actor,
                login=options["lend_to"],
                valid_from=actor.today,
                valid_until=options["until"] or actor.today,
                reason=options["reason"],
            )
            self.stdout.write(_("Lent."))
        elif what == "readings":
            open_reading(actor=actor, number=options["open"], hours=options["hours"], reason=options["reason"])
            self.stdout.write(_("Opened; its owner is told."))
        else:
            _made, secret = make_service_token(
                actor=actor,
                body_id=body_by_number(options["body"]) if options["body"] else actor.body_id or 0,
                role=actor.role,
                name=options["make"],
                days=options["days"],
                reads_only=not options["writes"],
                record_types=[name for name in options["record_types"].split(",") if name],
            )
            self.stdout.write(secret)

    def _show(self, what: str, as_json: bool) -> None:
        actor = system(timezone.localdate())
        shows: dict[str, Callable[[], Iterable[Any]]] = {
            "elevations": lambda: elevations(actor),
            "delegations": all_delegations,
            "readings": lambda: readings(actor),
            "tokens": lambda: service_tokens(actor),
        }
        shown = [document_of(row) for row in shows[what]()]
        if as_json:
            self.stdout.write(orjson.dumps({"items": shown}, option=orjson.OPT_INDENT_2, default=str).decode())
        elif shown:
            self.stdout.write(
                table(tuple(shown[0]), [tuple("" if v is None else str(v) for v in s.values()) for s in shown])
            )
        else:
            self.stdout.write(_("There are none."))


def _actor(options: dict[str, Any]) -> Actor:
    """The actor in whose name something is made. Raises CommandError."""
    if not options["by"]:
        raise CommandError(_("Say in whose name with --by LOGIN."))
    found = actor_of_login(options["by"], Role(options["in_role"]) if options["in_role"] else None)
    if found is None:
        raise CommandError(_("Nobody with this login holds such a role today."))
    return found
