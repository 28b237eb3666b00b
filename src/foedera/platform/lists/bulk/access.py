"""Who may prepare bulk steps: whoever may take the step on one record. Each record is asked for his rights again when it is written."""

from __future__ import annotations

from typing import Any

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import Verdict
from foedera.platform.access.roles import READS_ONLY, Role
from foedera.platform.actions.performing import Action, Nothing, actions_of
from foedera.platform.lists.delivering.access import OwnPolicy
from foedera.platform.lists.description import Kind, RecordType, writable

WORKERS = frozenset(Role) - READS_ONLY - {Role.PUBLIC}


class BulkPolicy(OwnPolicy):
    """The rights on bulk steps: one's own, in the role in which they were prepared."""

    def may(self, actor: Actor, roles: frozenset[Any], record: Any | None) -> Verdict:
        """As Policy.may: nothing is changed while another day is looked at."""
        return super(OwnPolicy, self).may(actor, roles, record)


def fits_many(action: Action[Any], record_type: RecordType) -> bool:
    """Whether an action can be asked for many records at once: it wants nothing that belongs to one record alone."""
    if action.makes_record or not action.many:
        return False
    if action is record_type.change:
        return bool(_of_many(action, record_type))
    if any(c.kind is Kind.ROWS for c in action.columns):
        return False
    return bool(action.columns) or action.input is Nothing or not action.input.model_fields


def settable(action: Action[Any], record_type: RecordType, actor: Actor) -> tuple[Any, ...]:
    """The fields of a change that the actor may set for many records at once: not their parts, nor what tells one from another."""
    return writable(_of_many(action, record_type), actor, record_type.model)


def _of_many(action: Action[Any], record_type: RecordType) -> tuple[Any, ...]:
    return tuple(
        c
        for c in action.columns
        if c.kind is not Kind.ROWS and not c.key and not c.identifier and c.name != record_type.title
    )


def steps_at_all(record_type: RecordType) -> list[Action[Any]]:
    """The steps that can be asked for many records of a list, whoever asks."""
    return [a for a in actions_of(record_type.model) if fits_many(a, record_type)]


def steps_for(record_type: RecordType, actor: Actor) -> list[Action[Any]]:
    """The steps that the actor may ask for records of a list, the change of fields first."""
    if actor.is_past or actor.person_id is None or actor.duty_id is None or actor.role not in WORKERS:
        return []
    found = [a for a in steps_at_all(record_type) if actor.role in a.roles]
    return sorted(found, key=lambda a: a is not record_type.change)


def step_named(record_type: RecordType, verb: str, actor: Actor) -> Action[Any] | None:
    """The step of that verb or full name, if the actor may ask for it."""
    return next((a for a in steps_for(record_type, actor) if verb in (a.name, a.name.partition(".")[2])), None)
