"""Merging a record into another and taking it back: each one transaction, each an action of the history."""

from __future__ import annotations

from typing import Any

from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field

from foedera.platform.access.actors import Actor
from foedera.platform.access.asking import asking, program
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
from foedera.platform.history.models import PerformedAction
from foedera.platform.history.undoing_many import take_back
from foedera.platform.lists.description import Kind, RecordType, record_type

from .models import STANDS, Merge, MergeState
from .moving import Moved, gather, move, put_beside_back
from .planning import BOTH, GOES, Plan, both_records, planned
from .references import references, settler


class Chosen(BaseModel):
    """The record that goes, its version that was looked at, and for each field whose value stands: stays, goes or, for parts, both."""

    model_config = ConfigDict(extra="forbid")

    other: str = Field(max_length=24, description="Number of the record that goes")
    other_version: int | None = None
    choose: dict[str, str] = Field(default_factory=dict)


class AbsorbInput(Chosen):
    """What is chosen, and the merge that was asked for, if one was."""

    merge: int | None = None


def looked_at(kind: RecordType, stays: Any, given: Any, actor: Actor) -> Plan:
    """The plan of what is asked for, with the other record locked. Raises ActionError where it cannot be done."""
    if "\x00" in given.other:
        raise NotFound()
    _stays, found = both_records(kind, getattr(stays, kind.by_number), given.other, actor)
    goes = lock(kind.model, actor, [found.pk]).get(found.pk)
    if goes is None:
        raise NotFound()
    if given.other_version is None:
        raise VersionMissing(_("State the versions of both records that you looked at."))
    check_version(goes, given.other_version)
    plan = planned(kind, stays, goes, actor, given.choose)
    if plan.why_not:
        raise Refused(plan.why_not)
    return plan


def facts_of(plan: Plan) -> dict[str, Any]:
    """What a merge keeps of its two records."""
    kind = plan.kind
    return {
        "kind": kind.name,
        "stays_id": plan.stays.pk,
        "stays_number": getattr(plan.stays, kind.by_number),
        "leads_id": plan.stays.pk,
        "leads_number": getattr(plan.stays, kind.by_number),
        "goes_id": plan.goes.pk,
        "goes_number": getattr(plan.goes, kind.by_number),
    }


def _absorb(run: Run[Any], kind: RecordType) -> Any:
    plan = looked_at(kind, run.record, run.input, run.actor)
    # What others have put on the record moves too, though the actor does not see it: so the program does it, in background work.
    with asking(program(run.today)):
        done = _carry_out(run, plan)
        made = {
            "state": MergeState.DONE,
            "action_id": run.action_id,
            "merged_at": PerformedAction.objects.values_list("at", flat=True).get(pk=run.action_id),
            "moved": {"moved": done.moved, "dropped": done.dropped},
            "beside": {"moved": done.beside_moved, "dropped": done.beside_dropped},
        }
        if run.input.merge is None:
            Merge.objects.create(**facts_of(plan), **made, reason=run.reason, person_id=run.actor.person_id)
        else:
            Merge.objects.filter(pk=run.input.merge).update(**made)
        settle = settler(kind.name)
        if settle is not None:
            settle(run, plan.stays.pk, plan.goes.pk)
    return run.record


def _carry_out(run: Run[Any], plan: Plan) -> Moved:
    _only_one(plan)
    with connection.cursor() as cursor:
        # What still refers to the record that goes is told at once.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        done = _move_all(plan)
        cursor.execute(f'DELETE FROM "{plan.kind.model._meta.db_table}" WHERE id = %s', [plan.goes.pk])  # noqa: S608 - a table of ours
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    _take_values(run, plan)
    return done


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
    chosen = {f.column.related: f.chosen for f in (*plan.fields, *plan.unseen) if f.column.kind is Kind.ROWS}
    gathered = [gather(reference, plan.stays, plan.goes) for reference in references(plan.kind)]
    for each in gathered:
        move(done, each, plan.stays, keep=chosen.get(each.reference.model._meta.label, BOTH))
    return done


def _take_values(run: Run[Any], plan: Plan) -> None:
    """The chosen values of the one that went, by the action that changes a record: with its rules and all that follows."""
    change = plan.kind.change
    assert change is not None
    for unseen in plan.unseen:
        # The input would refuse what the actor may not read; the change writes it with the rest.
        if unseen.chosen == GOES and unseen.column.kind is not Kind.ROWS:
            name = plan.kind.model._meta.get_field(unseen.column.path).attname  # type: ignore[union-attr]  # a field of the table
            setattr(plan.stays, name, getattr(plan.goes, name))
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
    assert merge.action_id is not None
    with asking(program(run.today)):
        take_back(kind.model, merge.action_id, [merge.stays_id], gone=[merge.goes_id])
        goes: Any = kind.model._default_manager.get(pk=merge.goes_id)
        put_beside_back(merge.beside, goes)
        Merge.objects.filter(pk=merge.pk).update(undone_at=timezone.now(), state=MergeState.UNDONE, error="")
    return goes


def _why_not(merge: Merge) -> Any:
    return "" if merge.state in STANDS else _("There is no merge to take back.")
