"""Background work runs under a fenced role of its own: each periodic job, and each kind of work asked for, does what it is for."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from foedera.agreements.models import Agreement, Finding, Party
from foedera.agreements.tests import make
from foedera.platform.access.actors import system
from foedera.platform.access.asking import otherwise, program
from foedera.platform.history.erasing import set_rule
from foedera.platform.history.models import PerformedAction, Seal
from foedera.platform.jobs.queries import crons
from foedera.platform.lists.delivering.job import write_now
from foedera.platform.lists.delivering.models import ExportRun, ExportState
from foedera.platform.lists.delivering.storing import path_of
from foedera.platform.notices.models import Notice

from . import house as houses

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house() -> houses.House:
    """A house whose rows are committed, for jobs open and close transactions of their own."""
    return houses.build()


@pytest.fixture
def worker() -> Iterator[None]:
    """What the worker says of itself when it begins."""
    with otherwise(lambda: program(timezone.localdate())):
        yield


def run(name: str) -> None:
    """One run of a periodic job, in this process."""
    work = app.tasks[name].func
    if inspect.iscoroutinefunction(work):
        async_to_sync(work)(timestamp=0)
    else:
        work(timestamp=0)


def test_every_job_does_its_work_under_the_role_of_background_work(house: houses.House, worker: None) -> None:
    officer = house.actors["office"]
    old = make.agreement(
        officer, title="Long over", signed_on="1990-01-01", indefinite=False, term_months=12, tacit_renewal=False
    )
    Party.objects.filter(agreement=old).update(signatory="Ivan Petrov")
    ground: dict[str, Any] = {"counted_from": "agreement__ends_on", "months": 120, "ground": "Law on personal data"}
    set_rule(system(officer.today), table="agreements_party", field="signatory", **ground)
    far = make.agreement(house.actors["other_office"], own="RU-PRI", foreign="BR-SP", title="Far and hidden")
    near = make.agreement(officer, title="Near and told")
    export = ExportRun.objects.get(pk=house.keys["export"])
    ExportRun.objects.filter(pk=export.pk).update(query="", state=ExportState.WAITING)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (settings.FOEDERA_WORKER_ROLE,)

    for name in sorted(crons()):
        run(name)
    write_now(export.pk)
    # What the erasure did is under a seal as well.
    run("history.seal")

    assert Finding.objects.filter(agreement=old).exists()
    assert not Party.objects.filter(agreement=old).exclude(signatory="").exists()
    erased = PerformedAction.objects.get(name="history.erase")
    assert Seal.objects.filter(leaves__kind="a", leaves__row_id=erased.pk).exists()
    assert Notice.objects.exists()
    export.refresh_from_db()
    assert export.state == ExportState.DONE, export.error
    words = path_of(export.file_key).read_text(encoding="utf-8")
    assert near.number in words
    assert far.number not in words, "written with the rights of whoever asked for it"
    assert Agreement.objects.filter(pk=far.pk).exists()
