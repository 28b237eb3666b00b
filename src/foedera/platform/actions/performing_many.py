"""One action on many records: one transaction, one performed action in the history, each record checked as if it were alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from pydantic import BaseModel

from foedera.platform.access.actors import Actor
from foedera.platform.access.asking import acting, handling
from foedera.platform.history.queries import Change, changes_by
from foedera.platform.history.recording import record_action

from .errors import ActionError, Invalid, NotFound, Problem
from .events import publish_after_commit
from .performing import (
    Action,
    Reason,
    Run,
    check_possible,
    check_version,
    checked_reason,
    lock,
    parse,
    refusal_of,
)


@dataclass(slots=True)
class Many:
    """What came of one action on many records, by their ids.

    `changes` are what it wrote (or would write) of each, `same` the records that say already what was asked for and were left alone,
    `refused` why others were not touched. `written` tells whether anything was kept; `action_id` names it in the history then.
    """

    action_id: int = 0
    changes: dict[int, list[Change]] = field(default_factory=dict)
    same: list[int] = field(default_factory=list)
    refused: dict[int, ActionError] = field(default_factory=dict)
    written: bool = False


class _NothingChanged(Exception):
    """A record says already what was asked for."""


class _NotKept(Exception):
    """Leaves the transaction without writing: a look, or all-or-nothing with a record that was refused."""


def perform_many(
    action: Action[Any],
    actor: Actor,
    targets: Sequence[tuple[int, int | None]],
    *,
    values: dict[str, Any] | BaseModel | None = None,
    reason: str = "",
    all_or_nothing: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _done: None,
) -> Many:
    """Carry out an action on records given by id and version, in one transaction, and tell what came of each.

    A record that is refused leaves the others as they are, unless `all_or_nothing`; then nothing is written. With `dry_run` everything
    is tried and nothing kept. All records are locked first, so that each row of the history is later than what it follows.
    Raises Invalid for a faulty input or a reason that is missing, which concern no record in particular.
    """
    parsed = parse(action.input, values or {})
    reason = checked_reason(action, reason)
    if action.reason is Reason.REQUIRED and not reason:
        check_possible(action, actor, None, reason)
    made = Many()
    try:
        with acting(actor), transaction.atomic():
            _try_each(made, action, actor, targets, parsed, reason, progress)
            if dry_run or not made.changes or (all_or_nothing and made.refused):
                raise _NotKept
    except _NotKept:
        return made
    except (ValidationError, IntegrityError) as error:
        # What the database checks at the commit belongs to no record in particular.
        raise refusal_of(error) from error
    made.written = True
    return made


def _try_each(
    made: Many,
    action: Action[Any],
    actor: Actor,
    targets: Sequence[tuple[int, int | None]],
    parsed: BaseModel,
    reason: str,
    progress: Callable[[int], None],
) -> None:
    found = lock(action.model, actor, [key for key, _version in targets])
    made.action_id = record_action(action.name, actor, reason)
    events: list[Any] = []
    for done, (key, version) in enumerate(targets, start=1):
        run: Run[Any] = Run(
            actor=actor, record=found.get(key), input=parsed, reason=reason, today=actor.today, action_id=made.action_id
        )
        try:
            with transaction.atomic():
                made.changes[key] = _try(action, run, version)
        except _NothingChanged:
            made.same.append(key)
        except (ValidationError, IntegrityError) as error:
            made.refused[key] = refusal_of(error)
        except ActionError as error:
            made.refused[key] = error
        else:
            events.extend(run.events)
        progress(done)
    publish_after_commit(events)


def _try(action: Action[Any], run: Run[Any], version: int | None) -> list[Change]:
    """What the action changes of one record. Raises ActionError, and _NothingChanged when it changes nothing."""
    record: models.Model | None = run.record
    if record is None:
        raise NotFound()
    if action.needs_version:
        check_version(record, version)
    check_possible(action, run.actor, record, run.reason)
    with handling(action.model._meta.db_table, [record.pk]):
        action.body(run)
        changes = [*changes_by(run.action_id, record), *run.beside]
    if not changes:
        raise _NothingChanged
    return changes


def words_of(error: ActionError) -> list[Problem]:
    """Why a record was refused, in words."""
    if isinstance(error, Invalid):
        return error.problems
    return [Problem("", str(error) or error.title)]
