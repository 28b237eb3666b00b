"""`./foedera worker`: runs background and periodic jobs until it is asked to stop."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from procrastinate.contrib.django import app

from foedera.platform.access.asking import otherwise, program
from foedera.platform.jobs.recording import record

# A job that is running when the worker is asked to stop has this long to end; then it is enqueued again by another.
GRACE_SECONDS = 10.0


class Command(BaseCommand):
    """Runs jobs; SIGTERM and Ctrl-C let running jobs end first."""

    requires_system_checks = ()
    help = "Runs background and periodic jobs until it is asked to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--queue", action="append", dest="queues", help="only this queue (may be repeated)")
        parser.add_argument("--concurrency", type=int, default=2, help="jobs that run at the same time (2)")
        parser.add_argument("--drain", action="store_true", help="end when the queue is empty")

    def handle(self, *args: Any, **options: Any) -> None:
        connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
        with otherwise(lambda: program(timezone.localdate())), app.replace_connector(connector) as working:
            working.run_worker(
                queues=options["queues"],
                concurrency=options["concurrency"],
                wait=not options["drain"],
                name="worker",
                shutdown_graceful_timeout=GRACE_SECONDS,
                worker_middleware=[record],
            )
