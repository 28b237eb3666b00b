"""Mappings are kept once by name, and a run is never in a state that there is not."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from foedera.platform.lists.models import ImportRun, RunState, SavedMapping

pytestmark = pytest.mark.django_db


def test_a_mapping_is_kept_once_by_kind_and_name() -> None:
    SavedMapping.objects.create(kind="agreements", name="yearly", mapping={})
    SavedMapping.objects.create(kind="ties", name="yearly", mapping={})
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedMapping.objects.create(kind="agreements", name="yearly", mapping={})
    assert SavedMapping.objects.count() == 2


def test_a_run_has_a_state_that_there_is() -> None:
    run = ImportRun.objects.create(kind="agreements", file_name="a.csv", state=RunState.WAITING)
    with pytest.raises(IntegrityError), transaction.atomic():
        ImportRun.objects.filter(pk=run.pk).update(state="lost")
    run.refresh_from_db()
    assert run.state == RunState.WAITING
