"""Makes the first administrator of an installation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foedera.accounts.actions import make_administrator
from foedera.accounts.queries import body_for_administrator
from foedera.platform.actions.errors import Invalid


class Command(BaseCommand):
    help = "Make an administrator: somebody who may sign in and hand out roles."

    def add_arguments(self, parser: CommandParser) -> None:
        """--login, --name, --password."""
        parser.add_argument("--login", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--password", required=True)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make the person, working in the ministry. Raises CommandError, also when the directory holds no ministry."""
        try:
            person = make_administrator(
                login=options["login"],
                name=options["name"],
                password=options["password"],
                body_id=body_for_administrator(),
            )
        except Invalid as error:
            raise CommandError("; ".join(f"{p.field}: {p.message}" for p in error.problems)) from error
        except LookupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{person.name} may sign in as {person.login}.")
