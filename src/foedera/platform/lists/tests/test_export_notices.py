"""Whoever asked for an export is told when it is ready or could not be made, once, and nobody else."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from foedera.accounts.models import Duty
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.performing import perform
from foedera.platform.lists.delivering.actions import ASK, REMOVE
from foedera.platform.lists.delivering.job import write_now
from foedera.platform.lists.delivering.models import ExportRun
from foedera.platform.notices.kinds import readers_on
from foedera.platform.notices.queries import inbox
from foedera.platform.notices.telling import tell

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def officer() -> Actor:
    world = make.world()
    make.actor(Role.OFFICE_OFFICER, world.office, login="colleague")
    return make.actor(Role.OFFICE_OFFICER, world.office, login="officer")


def ask(actor: Actor) -> ExportRun:
    values = {"kind": "agreements", "query": "columns=number", "format": "csv"}
    made: ExportRun = perform(ASK, actor, values=values)
    return made


def told() -> int:
    return tell(timezone.now(), only=["lists.export_ended"]).told


def test_its_owner_is_told_once_that_the_file_is_ready(officer: Actor) -> None:
    run = ask(officer)
    assert told() == 0
    write_now(run.pk)
    assert told() == 1
    assert told() == 0
    (item,) = inbox(officer).items
    assert item.shown.text == "The file is ready."
    assert item.shown.url == f"/exports/{run.pk}/"


def test_he_is_told_why_there_is_none(officer: Actor) -> None:
    run = ask(officer)
    duty = Duty.objects.get(pk=officer.duty_id or 0)
    elsewhere = make.actor(Role.AUDITOR, make.body("Elsewhere"), login="elsewhere")
    Duty.objects.filter(pk=elsewhere.duty_id or 0).update(person=duty.person)
    Duty.objects.filter(pk=duty.pk).update(valid_until=timezone.localdate() - datetime.timedelta(days=1))
    write_now(run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert told() == 1, "in the role that he holds still"
    (reader,) = readers_on(timezone.localdate(), duty.person_id)
    (item,) = inbox(reader.actor).items
    assert "has ended" in item.shown.text


def test_a_removed_one_is_settled(officer: Actor) -> None:
    run = ask(officer)
    write_now(run.pk)
    told()
    perform(REMOVE, officer, record=run.pk)
    assert tell(timezone.now(), only=["lists.export_ended"]).settled == 1
    assert inbox(officer).items == ()
