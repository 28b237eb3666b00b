"""`./foedera jobs`: the periodic jobs with last and next run; `./foedera jobs run NAME` asks for one now."""

from __future__ import annotations

from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.platform.access.actors import system
from foedera.platform.actions.errors import ActionError, NotFound
from foedera.platform.jobs import queries
from foedera.platform.jobs.actions import run_now
from foedera.platform.jobs.api import document
from foedera.platform.jobs.wording import in_seconds, state_chip
from foedera.platform.lists.terminal import table


class Command(BaseCommand):
    help = "Shows the periodic jobs: last and next run (UTC), duration, failures of thirty days. `run NAME` enqueues one now."

    def add_arguments(self, parser: CommandParser) -> None:
        """As Django asks."""
        parser.add_argument("what", nargs="?", default="list", choices=["list", "run"], help="list (default) or run")
        parser.add_argument("name", nargs="?", default="", help="the job to run")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints the jobs, or asks for a run."""
        actor, now = system(timezone.localdate()), timezone.now()
        if options["what"] == "run":
            try:
                run_now(actor, options["name"])
            except NotFound as error:
                raise CommandError(_("There is no periodic job “%(name)s”.") % {"name": options["name"]}) from error
            except ActionError as error:
                raise CommandError(str(error)) from error
            self.stdout.write(_("%(name)s is in the queue; a worker begins it.") % {"name": options["name"]})
            return
        jobs = queries.periodic_jobs(actor, now)
        at_work = queries.workers(actor, now)
        if options["json"]:
            shown = {"items": [document(job) for job in jobs], "workers": at_work.alive, "queue": at_work.jobs}
            self.stdout.write(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
            return
        heads = (_("Job"), _("When"), _("Last run"), _("Begun"), _("Seconds"), _("Next run"), _("Failures"))
        rows = [
            (
                job.name,
                job.cron,
                str(state_chip(job.state).label),
                f"{job.last_begun:%Y-%m-%d %H:%M:%S}" if job.last_begun else "",
                in_seconds(job.seconds),
                f"{job.next_run:%Y-%m-%d %H:%M}",
                str(job.failures),
            )
            for job in jobs
        ]
        self.stdout.write(table(heads, rows))
        self.stdout.write(
            _("Workers: %(alive)d. In the queue: %(queue)s.")
            % {
                "alive": at_work.alive,
                "queue": ", ".join(f"{state} {count}" for state, count in sorted(at_work.jobs.items())) or "-",
            }
        )
