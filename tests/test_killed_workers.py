"""Workers killed with SIGKILL at random instants: nothing is lost, nothing is done twice.

Real processes of `./foedera worker`, a real mail server, a real receiver of webhooks. FOEDERA_ROUNDS says how many are killed (8; the
long run has 200), FOEDERA_SEED repeats a run. What is promised: state of the register once; mails and calls at least once under an id
that never changes, so that whoever keeps the ids sees each once.
"""

from __future__ import annotations

import csv
import datetime
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from foedera.accounts.models import Person
from foedera.agreements.models import Agreement, Finding
from foedera.agreements.review.running import run_review
from foedera.agreements.tests import make
from foedera.config.networks import networks_of
from foedera.platform.access.actors import Actor, system
from foedera.platform.access.roles import Role
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.history.models import PerformedAction
from foedera.platform.lists.delivering.models import ExportRun
from foedera.platform.lists.delivering.storing import part_of, path_of
from foedera.platform.notices.models import DigestHour, Mail, Notice
from foedera.platform.notices.tests.receiving import MailBox, mail_server
from foedera.platform.webhooks.models import Delivery, OutboxEvent
from foedera.platform.webhooks.tests.receiving import Receiver, receiver

from .serving import environment

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = int(os.environ.get("FOEDERA_ROUNDS", "8"))
SEED = int(os.environ.get("FOEDERA_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
# The work of a round takes about so long; the worker dies somewhere in it.
DIES_WITHIN = 2.0
# A new one in each of the first rounds and in every tenth, for all of them are told of all agreements.
FIRST_READERS = 4
BEGINS_WITHIN = 60.0
ENDS_WITHIN = 300.0
PERIODIC = ("notices.tell", "notices.send_mail", "webhooks.send", "agreements.review")
RETRY = "platform.retry_jobs_of_lost_workers"
AT_WORK = """
SELECT j.task_name FROM procrastinate_jobs j JOIN procrastinate_workers w ON w.id = j.worker_id
WHERE j.status = 'doing' AND w.last_heartbeat > now() - interval '30 seconds'
"""
# As half a minute without a sign of life would make it.
LONG_SILENT = "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"
# Of the jobs on trial: what others clear away at night waits for its hour.
LEFT = "SELECT task_name, status::text FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"


@dataclass
class Trial:
    """The world in which workers die: what they write to, and what was asked of them."""

    world: make.World
    head: Actor
    box: MailBox
    receiver: Receiver
    around: dict[str, str]
    chance: random.Random
    killed_at: Counter[str] = field(default_factory=Counter)
    asked: list[int] = field(default_factory=list)
    readers: list[Actor] = field(default_factory=list)

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(question)
            return list(cursor.fetchall())

    def worker(self, *more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "foedera", "worker", *more]
        return subprocess.Popen(
            command, env=environment(**self.around), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def bring_work(self, number: int) -> None:
        """A new agreement that renews itself soon, at times somebody new to be told of all, an export, and the periodic jobs."""
        end = timezone.localdate() + datetime.timedelta(days=100)
        begun = (end - datetime.timedelta(days=364)).isoformat()
        make.agreement(
            self.head,
            title=f"Agreement {number}",
            signed_on=begun,
            term_months=12,
            indefinite=False,
            tacit_renewal=True,
            renewal_months=12,
            nonrenewal_months=1,
        )
        if number < FIRST_READERS or number % 10 == 0:
            reader = make.actor(Role.OFFICE_OFFICER, self.world.office, login=f"reader{number}")
            assert reader.person_id is not None
            Person.objects.filter(pk=reader.person_id).update(email=f"reader{number}@foedera.example")
            DigestHour.objects.create(person_id=reader.person_id, hour=0)
            self.readers.append(reader)
        made = perform(
            action_named("exports.ask"),
            self.readers[number % FIRST_READERS],
            values={"kind": "agreements", "format": "csv"},
        )
        self.asked.append(made.pk)
        self.enqueue(*PERIODIC)

    def enqueue(self, *names: str) -> None:
        for name in names:
            try:
                app.configure_task(name).defer(timestamp=int(time.time()))
            except AlreadyEnqueued:
                continue

    def take_up(self) -> None:
        """What the next minute would bring: the dead worker has been silent for long, and its jobs are taken up."""
        self.rows_changed(LONG_SILENT)
        self.enqueue(RETRY)

    def rows_changed(self, statement: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return int(cursor.rowcount)

    def kill_one(self) -> None:
        """Start a worker, wait until it works, and kill it at a random instant."""
        worker = self.worker()
        deadline = time.monotonic() + BEGINS_WITHIN
        while not self.rows(AT_WORK):
            assert worker.poll() is None, worker.stdout.read() if worker.stdout else ""
            assert time.monotonic() < deadline, "the worker did not begin"
            time.sleep(0.01)
        time.sleep(self.chance.uniform(0, DIES_WITHIN))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        if worker.stdout is not None:
            worker.stdout.close()
        self.killed_at.update(name for (name,) in self.rows(AT_WORK) or [("between jobs",)])

    def finish(self) -> None:
        """Let workers live until nothing is left to do."""
        for _turn in range(2):
            self.take_up()
            self.enqueue(*PERIODIC)
            ended = self.worker("--drain")
            said, _nothing = ended.communicate(timeout=ENDS_WITHIN)
            assert ended.returncode == 0, said[-3000:]
        assert not self.rows(LEFT)


@pytest.fixture
def trial(transactional_db: None) -> Iterator[Trial]:
    """An office with a webhook, a mail server and a receiver; what the workers find around them."""
    world = make.world()
    head = make.actor(Role.OFFICE_HEAD, world.office, login="head")
    database = connection.settings_dict
    with mail_server() as box, receiver() as listening:
        around = {
            "DATABASE_URL": url_of(database),
            "FOEDERA_TESTING": "1",
            "FOEDERA_SECRET_KEY": settings.SECRET_KEY,
            "FOEDERA_DATA": str(settings.DATA),
            "FOEDERA_SMTP_HOST": str(settings.EMAIL_HOST),
            "FOEDERA_SMTP_PORT": str(settings.EMAIL_PORT),
            "FOEDERA_SMTP_SECURITY": "none",
            "FOEDERA_MAIL_FROM": settings.FOEDERA_MAIL_FROM,
            "FOEDERA_URL": settings.FOEDERA_URL,
            "FOEDERA_WEBHOOK_NETWORKS": "127.0.0.1",
        }
        with override_settings(FOEDERA_WEBHOOK_NETWORKS=networks_of("127.0.0.1")):
            perform(action_named("webhooks.make"), head, values={"name": "Mirror", "url": listening.url})
        yield Trial(world, head, box, listening, around, random.Random(SEED))  # noqa: S311 - chance, no secret


def url_of(database: dict[str, Any]) -> str:
    """The address of the database of the tests, for another process."""
    parts = {
        "user": database["USER"],
        "password": database["PASSWORD"],
        "host": database["HOST"],
        "port": database["PORT"],
    }
    return f"postgresql:///{database['NAME']}?" + "&".join(f"{k}={v}" for k, v in parts.items() if v)


def test_nothing_is_lost_and_nothing_done_twice_when_workers_are_killed(trial: Trial) -> None:
    begun = time.monotonic()
    for number in range(ROUNDS):
        trial.bring_work(number)
        trial.kill_one()
        trial.take_up()
    trial.finish()
    check_exports(trial)
    check_review()
    check_notices(trial)
    mails = check_mails(trial)
    calls = check_webhooks(trial)
    hit = ", ".join(f"{name} {count}" for name, count in trial.killed_at.most_common())
    print(f"\nseed {SEED}: {ROUNDS} workers killed in {time.monotonic() - begun:.0f} s, at work then: {hit}")
    print(f"{len(trial.asked)} exports, {Notice.objects.count()} notices, {mails}, {calls}")


def check_exports(trial: Trial) -> None:
    """Each export that was asked for is there, whole."""
    found = ExportRun.objects.in_bulk(trial.asked)
    assert [found[key].state for key in trial.asked] == ["done"] * ROUNDS
    for number, key in enumerate(trial.asked):
        with path_of(found[key].file_key).open(encoding="utf-8-sig", newline="") as stream:
            lines = list(csv.reader(stream))
        titles = [title for line in lines[1:] for title in line if title.startswith("Agreement ")]
        assert len(titles) == len(set(titles)) == found[key].rows_done, key
        assert {f"Agreement {n}" for n in range(number + 1)} <= set(titles), "written from all that was there"
    assert not [p for key in trial.asked if (p := part_of(found[key].file_key)).exists()], "no half of a file stays"


def check_review() -> None:
    """The review found what there is to be found, each thing once: another run changes nothing."""
    open_ones = Finding.objects.filter(state="open")
    marks = list(open_ones.values_list("agreement_id", "rule", "other_id"))
    assert len(marks) == len(set(marks)) > 0
    summary = run_review(system(timezone.localdate()))
    assert sum(r.new + r.changed + r.gone for r in summary.rules) == 0
    assert PerformedAction.objects.filter(name="agreements.create").count() == Agreement.objects.count()


def check_notices(trial: Trial) -> None:
    """Everybody was told of every agreement, once."""
    told = Counter(Notice.objects.filter(kind="agreements.renews_soon").values_list("person_id", "subject_id"))
    assert set(told.values()) == {1}
    everything = {(r.person_id, key) for r in trial.readers for key in Agreement.objects.values_list("pk", flat=True)}
    assert everything <= set(told)


def check_mails(trial: Trial) -> str:
    """Every mail reached the server, and whoever puts together what bears one id has each once."""
    assert not Mail.objects.exclude(state__in=["sent", "not_needed"]).exists()
    sent = {str(key) for key in Mail.objects.filter(state="sent").values_list("message_id", flat=True)}
    arrived = Counter(i.strip("<>").partition("@")[0] for i in trial.box.ids())
    assert set(arrived) == sent
    assert Mail.objects.filter(digest=True, state="sent").count() >= len(trial.readers), "a digest for each reader"
    readers = {(str(m["Message-ID"]), str(m["X-Envelope-To"])) for m in trial.box.messages}
    assert len(readers) == len(arrived), "an id belongs to one reader"
    return f"{len(sent)} mails ({arrived.total() - len(sent)} came twice)"


def check_webhooks(trial: Trial) -> str:
    """Every event reached the receiver, and whoever keeps the ids has each once."""
    assert not OutboxEvent.objects.filter(spread_at=None).exists()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}
    wanted = {f"msg_{key.hex}" for key in Delivery.objects.values_list("message_id", flat=True)}
    arrived = Counter(r.message_id for r in trial.receiver.received)
    assert set(arrived) == wanted
    once = {r.message_id: r.document for r in trial.receiver.received}.values()
    made = Counter(d["data"]["number"] for d in once if d["type"] == "agreements.created")
    assert made == Counter(Agreement.objects.values_list("number", flat=True))
    return f"{len(wanted)} calls ({arrived.total() - len(wanted)} came twice)"
