"""What is periodic is seen and can be begun: by page, API and command; runs are written down; missed times are made up for."""

from __future__ import annotations

import asyncio
import datetime
import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone, translation
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from foedera.accounts.models import Person
from foedera.agreements.models import Finding
from foedera.agreements.tests import make
from foedera.platform.access.roles import Role
from foedera.platform.history.models import PerformedAction
from foedera.platform.jobs.declaring import descriptions
from foedera.platform.jobs.jobs import LOST_AT_MOST, begin_missed, forget_runs, retry_jobs_of_lost_workers
from foedera.platform.jobs.models import JobRun, RunState
from foedera.platform.jobs.queries import crons
from foedera.platform.jobs.recording import begin, end, fault_of
from foedera.platform.jobs.schedule import is_missed, next_tick, previous_tick

NOW = datetime.datetime(2026, 11, 23, 12, 0, 30, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
REVIEW = "agreements.review"


def ago(hours: float) -> datetime.datetime:
    return NOW - hours * HOUR


def test_ticks_are_reckoned_from_the_line() -> None:
    assert next_tick("40 1 * * *", NOW) == datetime.datetime(2026, 11, 24, 1, 40, tzinfo=datetime.UTC)
    assert previous_tick("40 1 * * *", NOW) == datetime.datetime(2026, 11, 23, 1, 40, tzinfo=datetime.UTC)
    exactly = datetime.datetime(2026, 11, 23, 1, 40, tzinfo=datetime.UTC)
    assert previous_tick("40 1 * * *", exactly) == exactly
    assert next_tick("40 1 * * *", exactly) == exactly + datetime.timedelta(days=1)


def test_a_tick_is_missed_when_nothing_has_run_since_it_and_the_queue_no_longer_looks_back_so_far() -> None:
    assert is_missed("40 1 * * *", NOW, ago(24))
    assert not is_missed("40 1 * * *", NOW, ago(10))
    just_after = datetime.datetime(2026, 11, 23, 1, 45, tzinfo=datetime.UTC)
    assert not is_missed("40 1 * * *", just_after, ago(48))
    assert not is_missed("* * * * *", NOW, ago(48))


def test_every_periodic_job_is_described_in_both_languages() -> None:
    assert set(crons()) <= set(descriptions())
    for description in descriptions().values():
        in_english = str(description.title)
        with translation.override("ru"):
            assert str(description.title) != in_english, f"{description.name} is not said in Russian"


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_queue(db: None) -> None:
    """Nothing waits; taken back with the test."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_periodic_defers")
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("DELETE FROM procrastinate_workers")


@pytest.fixture
def people() -> dict[str, Client]:
    """Browsers of people who may see the background work or not."""
    world = make.world()
    clients = {}
    for role in (Role.COORDINATOR, Role.AUDITOR, Role.OFFICE_OFFICER):
        make.person(str(role), role, world.ministry)
        clients[str(role)] = Client()
        clients[str(role)].force_login(Person.objects.get(login=str(role)))
    return clients


def waiting(name: str) -> int:
    return ProcrastinateJob.objects.filter(task_name=name, status="todo").count()


def test_the_page_shows_each_periodic_job_with_last_and_next_run(people: dict[str, Client]) -> None:
    key = begin(REVIEW, 1)
    end(key, ValueError("the title of a secret agreement"))
    answer = people["coordinator"].get("/jobs/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Run the review" in page
    assert "Failed" in page
    assert "ValueError" in page
    assert "secret agreement" not in page
    assert "No worker gives a sign of life" in page


def test_the_page_of_a_job_shows_its_runs_and_begins_one(people: dict[str, Client]) -> None:
    end(begin(REVIEW, 1), None)
    client = people["coordinator"]
    page = client.get(f"/jobs/{REVIEW}/").content.decode()
    assert "Latest runs" in page
    assert "Done" in page
    answer = client.post(f"/jobs/{REVIEW}/run/", follow=True)
    assert "A worker begins it at once." in answer.content.decode()
    assert waiting(REVIEW) == 1
    assert PerformedAction.objects.filter(name="jobs.run_now", reason=REVIEW, role="coordinator").count() == 1
    again = client.post(f"/jobs/{REVIEW}/run/", follow=True)
    assert "A run waits in the queue already." in again.content.decode()
    assert waiting(REVIEW) == 1


def test_who_only_reads_sees_and_does_not_begin_and_others_see_nothing(people: dict[str, Client]) -> None:
    assert people["auditor"].get(f"/jobs/{REVIEW}/").status_code == 200
    assert people["auditor"].post(f"/jobs/{REVIEW}/run/").status_code == 403
    assert people["office_officer"].get("/jobs/").status_code == 404
    assert people["office_officer"].post(f"/jobs/{REVIEW}/run/").status_code == 404
    assert Client().get("/jobs/").status_code == 404
    assert people["coordinator"].get("/jobs/no.such.job/").status_code == 404
    assert waiting(REVIEW) == 0


def test_the_api_tells_the_same_and_begins_a_run(people: dict[str, Client]) -> None:
    end(begin(REVIEW, 1), None)
    client = people["coordinator"]
    told: dict[str, Any] = client.get("/api/v1/jobs").json()
    review = next(job for job in told["items"] if job["name"] == REVIEW)
    assert review["state"] == "done"
    assert review["runs"] == 1
    assert {job["name"] for job in told["items"]} == set(crons())
    assert client.get(f"/api/v1/jobs/{REVIEW}/runs").json()["items"][0]["state"] == "done"
    assert client.post(f"/api/v1/jobs/{REVIEW}/run").status_code == 202
    assert client.post(f"/api/v1/jobs/{REVIEW}/run").status_code == 409
    assert people["office_officer"].get("/api/v1/jobs").status_code == 404


def test_the_command_lists_the_jobs_and_asks_for_a_run() -> None:
    out = io.StringIO()
    call_command("jobs", stdout=out)
    assert REVIEW in out.getvalue()
    assert "Workers: 0" in out.getvalue()
    call_command("jobs", "run", REVIEW, stdout=out)
    assert waiting(REVIEW) == 1
    out = io.StringIO()
    call_command("jobs", "--json", stdout=out)
    review = next(job for job in json.loads(out.getvalue())["items"] if job["name"] == REVIEW)
    assert review["waiting"] == 1
    with pytest.raises(CommandError, match="no periodic job"):
        call_command("jobs", "run", "no.such.job", stdout=out)


def test_an_error_is_told_by_its_kind_and_place_never_by_its_words() -> None:
    try:
        next_tick("no cron line", NOW)
    except ValueError as error:
        told = fault_of(error)
        assert "platform/jobs/schedule.py:" in told
        assert "no cron line" not in told
    assert fault_of(ValueError("words")) == "ValueError"


def test_jobs_that_were_missed_are_begun_once_and_none_with_the_first_worker() -> None:
    assert begin_missed(NOW) == []
    JobRun.objects.create(name=REVIEW, state=RunState.DONE, started_at=ago(30), finished_at=ago(30))
    missed = begin_missed(NOW)
    assert REVIEW in missed
    assert waiting(REVIEW) == 1
    assert REVIEW not in begin_missed(NOW)
    assert waiting(REVIEW) == 1
    JobRun.objects.create(name=REVIEW, state=RunState.DONE, started_at=NOW, finished_at=NOW)
    ProcrastinateJob.objects.none()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded'")
    assert REVIEW not in begin_missed(NOW)


def test_old_runs_are_forgotten_but_never_the_last_one_of_a_job() -> None:
    for days, state in ((8, RunState.DONE), (8, RunState.FAILED), (100, RunState.FAILED), (6, RunState.DONE)):
        at = NOW - datetime.timedelta(days=days)
        JobRun.objects.create(name="often", state=state, started_at=at, finished_at=at)
    JobRun.objects.create(name="rare", state=RunState.DONE, started_at=ago(24 * 200), finished_at=ago(24 * 200))
    assert forget_runs(NOW) == 2
    assert JobRun.objects.filter(name="often").count() == 2
    assert JobRun.objects.filter(name="rare").count() == 1


def doing(name: str, *, lock: str | None = None, attempts: int = 0) -> int:
    """A job that a worker which is no more has begun."""
    key = int(app.configure_task(name, queueing_lock=lock).defer(timestamp=0))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', attempts = %s WHERE id = %s", [attempts, key])
    JobRun.objects.create(name=name, job_id=key)
    return key


def status(key: int) -> str:
    return ProcrastinateJob.objects.filter(pk=key).values_list("status", flat=True).first() or "removed"


@pytest.mark.django_db(transaction=True)
def test_lost_jobs_are_taken_up_also_when_one_of_them_waits_in_the_queue_again() -> None:
    first = doing("platform.remove_old_jobs", lock="remove_old_jobs")
    app.configure_task("platform.remove_old_jobs", queueing_lock="remove_old_jobs").defer(timestamp=0)
    second = doing(REVIEW, lock=REVIEW)
    hopeless = doing("lists.mark_interrupted_imports", lock="mark_interrupted_imports", attempts=LOST_AT_MOST)
    assert asyncio.run(retry_jobs_of_lost_workers.func(0)) == 3
    assert status(first) == "removed"
    assert waiting("platform.remove_old_jobs") == 1
    assert status(second) == "todo"
    assert status(hopeless) == "failed"
    assert set(JobRun.objects.values_list("state", flat=True)) == {RunState.LOST}


@pytest.mark.django_db(transaction=True)
def test_a_worker_runs_the_review_and_its_run_is_written() -> None:
    world = make.world()
    officer = make.actor(Role.OFFICE_OFFICER, world.office)
    make.agreement(officer)
    app.configure_task(REVIEW).defer(timestamp=int(timezone.now().timestamp()))
    call_command("worker", "--drain", "--queue", "review")
    run = JobRun.objects.get(name=REVIEW)
    assert run.state == RunState.DONE
    assert run.finished_at is not None
    assert Finding.objects.filter(state="open").exists()
