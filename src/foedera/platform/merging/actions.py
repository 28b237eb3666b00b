"""Merging a record into another and taking it back: each one transaction, each an action of the history."""

from __future__ import annotations

from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound, Refused, VersionMissing
from foedera.platform.actions.performing import (
    Action,
    Reason,
    Run,
    check_version,
    lock,
    parse,
    register,
    save,
)
from foedera.platform.history.undoing_many import take_back
from foedera.platform.lists.description import Kind, RecordType, record_type

from .models import Merge
from .moving import Moved, move, put_beside_back
from .planning import BOTH, GOES, Plan, both_records, planned
from .references import references, settler


class AbsorbInput(BaseModel):
    """The record that goes, its version that was looked at, and for each field whose value stands: stays, goes or, for parts, both."""

    model_config = ConfigDict(extra="forbid")

    other: str = Field(max_length=24, description="Number of the record that goes")
    other_version: int | None = None
    choose: dict[str, str] = Field(default_factory=dict)


def _absorb(run: Run[Any], kind: RecordType) -> Any:
    stays = run.record
    if "\x00" in run.input.other:
        raise NotFound()
    _stays, found = both_records(kind, getattr(stays, kind.by_number), run.input.other, run.actor)
    goes = lock(kind.model, run.actor, [found.pk]).get(found.pk)
    if goes is None:
        raise NotFound()
    if run.input.other_version is None:
        raise VersionMissing(_("State the versions of both records that you looked at."))
    check_version(goes, run.input.other_version)
    plan = planned(kind, stays, goes, run.actor, run.input.choose)
    if plan.why_not:
        raise Refused(plan.why_not)
    _only_one(plan)
    with connection.cursor() as cursor:
        # What still refers to the record that goes is told at once.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    done = _move_all(plan)
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{kind.model._meta.db_table}" WHERE id = %s', [goes.pk])  # noqa: S608 - a table of ours
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    _take_values(run, plan)
    Merge.objects.create(
        kind=kind.name,
        stays_id=stays.pk,
        stays_number=getattr(stays, kind.by_number),
        goes_id=goes.pk,
        goes_number=getattr(goes, kind.by_number),
        goes_title=str(getattr(goes, kind.column(kind.title).path, "")),
        action_id=run.action_id,
        moved={"moved": done.moved, "dropped": done.dropped},
        beside={"moved": done.beside_moved, "dropped": done.beside_dropped},
    )
    settle = settler(kind.name)
    if settle is not None:
        settle(run, stays.pk, goes.pk)
    return stays


def _only_one(plan: Plan) -> None:
    """The record itself no longer refers to the one that goes."""
    stays, changed = plan.stays, False
    for key in stays._meta.concrete_fields:
        of_its_kind = isinstance(key, models.ForeignKey) and key.related_model is type(stays)
        if of_its_kind and getattr(stays, key.attname) == plan.goes.pk:
            setattr(stays, key.attname, None)
            changed = True
    if changed:
        save(stays)


def _move_all(plan: Plan) -> Moved:
    done = Moved()
    chosen = {f.column.related: f.chosen for f in plan.fields if f.column.kind is Kind.ROWS}
    for reference in references(plan.kind):
        own = reference.model is plan.kind.model
        keep = chosen.get(reference.model._meta.label, BOTH)
        leave = (plan.stays.pk, plan.goes.pk) if own else ()
        move(done, reference, plan.stays, plan.goes, keep=keep, leave=leave)
    return done


def _take_values(run: Run[Any], plan: Plan) -> None:
    """The chosen values of the one that went, by the action that changes a record: with its rules and all that follows."""
    change = plan.kind.change
    assert change is not None
    values = {f.column.name: f.goes for f in plan.fields if f.chosen == GOES and f.column.kind is not Kind.ROWS}
    inner: Run[Any] = Run(
        actor=run.actor,
        record=plan.stays,
        input=parse(change.input, values),
        reason=run.reason,
        today=run.today,
        action_id=run.action_id,
    )
    change.body(inner)
    run.events.extend(inner.events)


def offer_merging(kind: RecordType) -> None:
    """Register the merging of records of a type that can be changed; said in the room, for not everything can be one."""
    assert kind.change is not None
    register(
        Action(
            name=f"{kind.name}.absorb",
            label=gettext_lazy("Merge another record into it"),
            model=kind.model,
            body=lambda run: _absorb(run, kind),
            roles=kind.change.roles,
            input=AbsorbInput,
            reason=Reason.REQUIRED,
            available=kind.change.available,
            reversible=False,
            many=False,
            listed=False,
        )
    )


def _separate(run: Run[Merge]) -> Any:
    """Both records as they were before the merge. Raises NotNow when one of the rows was changed since."""
    merge: Merge = run.record
    kind = record_type(merge.kind)
    stays = lock(kind.model, run.actor, [merge.stays_id]).get(merge.stays_id)
    if stays is None:
        raise NotFound()
    assert kind.change is not None
    allowed, reason = kind.change.verdict(run.actor, stays)
    if not allowed:
        raise Refused(reason)
    take_back(kind.model, merge.action_id, [merge.stays_id], gone=[merge.goes_id])
    goes: Any = kind.model._default_manager.get(pk=merge.goes_id)
    with transaction.atomic():
        put_beside_back(merge.beside, goes)
    Merge.objects.filter(pk=merge.pk).update(undone_at=timezone.now())
    return goes


def _why_not(merge: Merge) -> Any:
    return _("It was taken back already.") if merge.undone_at is not None else ""


def register_separating(roles: frozenset[Any]) -> Action[Any]:
    """Register the taking back of merges."""
    return register(
        Action(
            name="merges.separate",
            label=gettext_lazy("Take the merge back"),
            model=Merge,
            body=_separate,
            roles=roles,
            reason=Reason.REQUIRED,
            needs_version=False,
            available=_why_not,
            many=False,
        )
    )


def may_merge(kind: RecordType, record: Any, actor: Actor) -> bool:
    """Whether the actor may merge others into the record."""
    if kind.change is None:
        return False
    return bool(kind.change.verdict(actor, record)[0])
