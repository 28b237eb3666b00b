"""The work of a bulk step: looking what would come of it, carrying it out, undoing it; each in one transaction with its outcome.

A worker that dies leaves the transaction undone and the step as it was asked for, so that the next one begins it anew: nothing is
written twice, and nothing half.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import structlog
from django.db import close_old_connections, connection, connections, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from procrastinate.contrib.django import app

from foedera.platform.access.actors import Actor
from foedera.platform.access.asking import acting
from foedera.platform.actions.errors import ActionError, NotFound, NotNow
from foedera.platform.actions.performing import Action
from foedera.platform.actions.performing_many import Many, perform_many, words_of
from foedera.platform.history.queries import Change
from foedera.platform.history.undoing_many import NAMED, Changed, undo_many
from foedera.platform.lists.importing.job import actor_of_duty

from .access import step_named
from .models import BulkRow, BulkRun, BulkState, Outcome
from .queries import described

QUEUE: Final = "bulk"
# The first half of the advisory locks of bulk steps; the second is the id of the run.
LOCKS: Final = 0x0F0E1319
SECONDS_BETWEEN: Final = 0.5
# What is waited for by the person who asked; more is background work.
DONE_AT_ONCE: Final = 100
REMEMBERED: Final = datetime.timedelta(days=30)
TELL = "UPDATE {table} SET rows_done = %s WHERE id = %s"
AT_WORK = frozenset({BulkState.LOOKING, BulkState.WAITING, BulkState.UNDOING})

logger = structlog.get_logger(__name__)


@app.task(name="lists.bulk_step", queue=QUEUE)
def bulk_step(run_id: int) -> None:
    """Does what a bulk step waits for: a look, the step itself, or its undoing."""
    close_old_connections()
    try:
        work_now(run_id)
    finally:
        close_old_connections()


def work_now(run_id: int) -> None:
    """As `bulk_step`, in this process. What is refused is kept with the step and not raised."""
    run = BulkRun.objects.filter(pk=run_id, state__in=AT_WORK).first()
    if run is None:
        return
    with translation.override(run.language):
        actor = actor_of_duty(run.duty_id, run.language, run.person_id)
        try:
            with _telling(run) as progress:
                if actor is None:
                    raise NotFound(_("The role in which this was asked for has ended; nothing was written."))
                with acting(actor):
                    work(run, actor, progress)
        except ActionError as refused:
            _give_up(run_id, refused)
        except Exception:
            # Whoever waits for it must not wait for ever; the fault is in the log, and the job is kept as failed.
            _give_up(run_id, NotFound(_("It failed; whoever looks after the register finds the reason in its log.")))
            raise


def _give_up(run_id: int, refused: ActionError) -> None:
    lines = [str(problem.message) for problem in words_of(refused)]
    run = BulkRun.objects.get(pk=run_id)
    # What was done stays done when its undoing is refused.
    state = BulkState.DONE if run.state == BulkState.UNDOING else BulkState.REFUSED
    BulkRun.objects.filter(pk=run_id).update(state=state, error=" ".join(lines), finished_at=timezone.now())
    logger.info("a bulk step was refused", run=run_id, reason=" ".join(lines))


@contextmanager
def _telling(run: BulkRun) -> Iterator[Callable[[int], None]]:
    """Tells how many records are done on a connection of its own: the work is one transaction that nobody sees until its end."""
    own = connections["default"].copy("default")
    told = time.monotonic()

    def tell(done: int) -> None:
        nonlocal told
        if time.monotonic() - told >= SECONDS_BETWEEN:
            told = time.monotonic()
            with own.cursor() as cursor:
                cursor.execute(TELL.format(table=BulkRun._meta.db_table), [done, run.pk])

    try:
        yield tell
    finally:
        own.close()


def work(run: BulkRun, actor: Actor, progress: Callable[[int], None] = lambda _done: None) -> None:
    """Do what the step waits for, in one transaction with how it stands afterwards.

    Raises ActionError, and then neither has changed.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCKS, run.pk])
            if not cursor.fetchone()[0]:
                # Somebody is at it already.
                return
        # Nothing is written of the run before its end, so that progress can be told beside this transaction.
        state = BulkRun.objects.filter(pk=run.pk).values_list("state", flat=True).get()
        step = step_of(run, actor)
        if state == BulkState.LOOKING:
            _look(run, step, actor, progress)
        elif state == BulkState.WAITING:
            _carry_out(run, step, actor, progress)
        elif state == BulkState.UNDOING:
            _undo(run, step, actor)
    run.refresh_from_db()


def step_of(run: BulkRun, actor: Actor) -> Action[Any]:
    """The action of a bulk step. Raises NotFound when it is not the actor's any more."""
    step = step_named(described(run), run.step, actor)
    if step is None:
        raise NotFound(_("This step is not there any more, or not for you."))
    return step


def _targets(run: BulkRun) -> list[tuple[int, int | None]]:
    return list(run.rows.order_by("record_id").values_list("record_id", "version"))


def _performed(
    run: BulkRun, step: Action[Any], actor: Actor, progress: Callable[[int], None], *, dry_run: bool
) -> Many:
    return perform_many(
        step,
        actor,
        _targets(run),
        values=run.values,
        reason=run.reason,
        all_or_nothing=run.all_or_nothing,
        dry_run=dry_run,
        progress=progress,
    )


def _look(run: BulkRun, step: Action[Any], actor: Actor, progress: Callable[[int], None]) -> None:
    made = _performed(run, step, actor, progress, dry_run=True)
    _keep_rows(run, step, made, Outcome.GOOD)
    _set(run, state=BulkState.PREVIEWED, rows_done=run.rows_total, error="", finished_at=timezone.now())


def _carry_out(run: BulkRun, step: Action[Any], actor: Actor, progress: Callable[[int], None]) -> None:
    made = _performed(run, step, actor, progress, dry_run=False)
    _keep_rows(run, step, made, Outcome.DONE if made.written else Outcome.GOOD)
    facts: dict[str, Any] = {"state": BulkState.DONE, "action_id": made.action_id, "error": ""}
    if not made.written:
        facts = {"state": BulkState.REFUSED, "error": nothing_written(made)}
    _set(run, rows_done=run.rows_total, finished_at=timezone.now(), **facts)


def nothing_written(made: Many) -> str:
    """Why nothing was written."""
    count = len(made.refused)
    if not made.changes and not count:
        return _("The records say already what was to be set; nothing was written.")
    return ngettext(
        "%(count)d record is refused, so that nothing was written.",
        "%(count)d records are refused, so that nothing was written.",
        count,
    ) % {"count": count}


def _undo(run: BulkRun, step: Action[Any], actor: Actor) -> None:
    rows = dict(run.rows.filter(outcome=Outcome.DONE).order_by("record_id").values_list("record_id", "number"))
    assert run.action_id is not None
    reason = _("Undoes a step on %(count)d records.") % {"count": len(rows)}
    try:
        undoing = undo_many(step, run.action_id, actor, list(rows), reason)
    except Changed as error:
        named = ", ".join(rows[key] for key in error.keys[:NAMED])
        raise NotNow(
            _("These were changed again since, so that nothing was undone: %(numbers)s.") % {"numbers": named}
        ) from error
    _set(run, state=BulkState.UNDONE, undoing_id=undoing, error="", finished_at=timezone.now())


def _keep_rows(run: BulkRun, step: Action[Any], made: Many, good: Outcome) -> None:
    labels = {c.name: str(c.label) for c in step.columns}
    rows = list(run.rows.all())
    for row in rows:
        row.changes, row.words = [], ""
        if row.record_id in made.refused:
            row.outcome = Outcome.REFUSED
            row.words = " ".join(
                _said(labels.get(p.field, p.field), str(p.message)) for p in words_of(made.refused[row.record_id])
            )
        elif row.record_id in made.changes:
            row.outcome = good
            row.changes = [_kept(c) for c in made.changes[row.record_id]]
        else:
            row.outcome = Outcome.SAME
    BulkRow.objects.bulk_update(rows, ["outcome", "words", "changes"], batch_size=500)


def _said(field: str, message: str) -> str:
    return f"{field}: {message}" if field else message


def _kept(change: Change) -> dict[str, Any]:
    return {
        "table": change.table, "row": change.row_id, "operation": change.operation, "field": change.field,
        "before": change.before, "after": change.after,
    }  # fmt: skip


def _set(run: BulkRun, **facts: Any) -> None:
    BulkRun.objects.filter(pk=run.pk).update(**facts)


def forget_steps(now: datetime.datetime) -> int:
    """Forgets how old steps were prepared, and returns how many they were; what they changed stands in the history."""
    old = BulkRun.objects.filter(created_at__lt=now - REMEMBERED)
    count = old.count()
    old.delete()
    return count
