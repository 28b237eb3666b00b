"""The queue on a real database: a job belongs to its transaction, and a killed worker loses none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

import foedera
from foedera.platform.jobs.jobs import retry_jobs_of_lost_workers

SOURCE = Path(foedera.__file__).parents[1]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]

# A worker in a process of its own, with one more task: it says that it has begun and then never ends.
HANGING = """
import django, sys, time
django.setup()
from django.core.management import call_command
from procrastinate.contrib.django import app

@app.task(name="synthetic.hang")
def hang():
    print("begun", flush=True)
    time.sleep(600)

app.configure_task("synthetic.hang").defer()
call_command("worker", "--queue", "default", "--concurrency", "1")
"""


def statuses(task: str) -> list[str]:
    return list(ProcrastinateJob.objects.filter(task_name=task).order_by("id").values_list("status", flat=True))


@pytest.fixture(autouse=True)
def empty_queue(transactional_db: None) -> None:
    """The queue's tables are not Django's own, so its flush leaves them as they are."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment of a program that works in the database of this test."""
    parameters: dict[str, Any] = connection.get_connection_params()
    words = {"host": "host", "port": "port", "user": "user", "password": "password", "dbname": "dbname"}
    conninfo = " ".join(f"{word}='{parameters[key]}'" for key, word in words.items() if parameters.get(key))
    return {**os.environ, "DATABASE_URL": conninfo, "PYTHONPATH": str(SOURCE)}


@pytest.fixture
def lost(environment: dict[str, str]) -> None:
    """A job whose worker was killed while it ran, long enough ago to be given up."""
    with subprocess.Popen(
        [sys.executable, "-c", HANGING],
        env={**environment, "DJANGO_SETTINGS_MODULE": "foedera.config.settings"},
        stdout=subprocess.PIPE,
        text=True,
    ) as worker:
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "begun\n"
        finally:
            worker.send_signal(signal.SIGKILL)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")


def test_a_job_that_was_enqueued_in_an_undone_transaction_does_not_exist() -> None:
    with transaction.atomic():
        app.configure_task("platform.remove_old_jobs").defer(timestamp=0)
        assert statuses("platform.remove_old_jobs") == ["todo"]
        transaction.set_rollback(True)
    assert statuses("platform.remove_old_jobs") == []


def test_the_worker_does_what_is_enqueued_and_ends_when_it_is_told_to_drain(environment: dict[str, str]) -> None:
    with transaction.atomic():
        app.configure_task("platform.remove_old_jobs").defer(timestamp=0)
    done = subprocess.run(
        [sys.executable, "-m", "foedera", "worker", "--drain"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert statuses("platform.remove_old_jobs") == ["succeeded"]


def test_the_job_of_a_killed_worker_is_enqueued_again(lost: None) -> None:
    assert statuses("synthetic.hang") == ["doing"]
    # The killed worker may have enqueued it for this minute.
    with suppress(AlreadyEnqueued):
        app.configure_task(retry_jobs_of_lost_workers.name).defer(timestamp=0)
    call_command("worker", "--drain", "--queue", "upkeep")
    assert statuses("synthetic.hang") == ["todo"]
