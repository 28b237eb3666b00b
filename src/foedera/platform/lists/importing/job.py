"""The import as background work: one job per run, on whose behalf it was asked for, with the rights of that day."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.db import close_old_connections, transaction
from procrastinate.contrib.django import app

from foedera.platform.access.actors import Actor
from foedera.platform.access.asking import asker_of, asking
from foedera.platform.actions.errors import ActionError
from foedera.platform.documents.storing import path_of
from foedera.platform.lists.models import ImportRun, RunState

from .mapping import MappingFault, mapping_from
from .progress import mark_interrupted
from .reading import FileFault
from .running import carry_out

QUEUE = "imports"
logger = structlog.get_logger(__name__)

# Of the duty with this id, in this language, for the person with that id: who acts today, or None when the duty is over.
FindActor = Callable[[int, str, int | None], Actor | None]
_find: FindActor | None = None


def find_actor_of_duty_with(finder: FindActor) -> None:
    """Name the function (of the accounts room) that makes an actor of a duty."""
    global _find
    _find = finder


def actor_of_duty(duty_id: int, language: str, person_id: int | None) -> Actor | None:
    """Who acts today in a duty, for background work that was asked for in it; None when it is over."""
    return _find(duty_id, language, person_id) if _find is not None else None


def enqueue(run: ImportRun, actor: Actor) -> None:
    """Ask for a run to be carried out, in the present transaction."""
    with transaction.atomic():
        ImportRun.objects.filter(pk=run.pk).update(state=RunState.WAITING, started_at=None, finished_at=None, error="")
        run_import.configure(lock=f"import {run.kind}").defer(run_id=run.pk, language=actor.language)
    run.refresh_from_db()


@app.task(name="lists.run_import", queue=QUEUE)
def run_import(run_id: int, language: str) -> None:
    """Carries out a run that waits. A run that was begun and left behind by a lost worker is marked as interrupted: whoever
    asked for it looks at it and begins it again."""
    close_old_connections()
    try:
        run_now(run_id, language)
    finally:
        close_old_connections()


def run_now(run_id: int, language: str) -> None:
    """As `run_import`, in this process. Faults of the file are kept with the run and not raised."""
    run = ImportRun.objects.select_related("file").filter(pk=run_id).first()
    if run is None or run.state != RunState.WAITING:
        mark_interrupted(run_id)
        return
    actor = _find(run.duty_id, language, run.person_id) if _find is not None and run.duty_id is not None else None
    if actor is None or run.file is None:
        reason = "the duty is over" if run.file is not None else "the file is gone"
        logger.warning("an import was not begun", run=run_id, reason=reason)
        ImportRun.objects.filter(pk=run_id).update(state=RunState.FAILED, error=reason)
        return
    try:
        with asking(asker_of(actor)):
            result = carry_out(
                run, path_of(run.file.digest), actor, mapping=mapping_from(run.mapping), dry_run=run.dry_run
            )
            result.report.close()
    except (FileFault, MappingFault, ActionError) as fault:
        logger.info("an import failed", run=run_id, reason=str(fault))
    except BlockingIOError:
        logger.info("an import is being carried out already", run=run_id)
