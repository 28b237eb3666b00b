"""Who may take which step on a record, as far as it may be told to whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import visible_rows
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import NotFound, Words
from foedera.platform.actions.who_may import steps_on, who_may_each
from foedera.platform.lists import querying
from foedera.platform.lists.description import Context, RecordType, record_type
from foedera.platform.lists.pages import find
from foedera.platform.records.models import Record


@dataclass(frozen=True, slots=True)
class Seat:
    """A role in a body."""

    role: Role
    body_number: str
    body_name: str


@dataclass(frozen=True, slots=True)
class StepRights:
    """A step, whether whoever asks may take it now and why not, and who may take it by right in bodies of which he may know."""

    name: str
    label: Words
    allowed: bool
    reason: Words
    seats: tuple[Seat, ...]


def tells_rights(described: RecordType) -> bool:
    """Whether it is told of records of the type who may take their steps: of those on the publicity ladder that can be changed."""
    return described.change is not None and issubclass(described.model, Record)


def whole_record(kind: str, number: str, actor: Actor) -> tuple[RecordType, Any]:
    """A record that the actor reads whole, with its type, where it may be told who may do what. Raises NotFound."""
    try:
        described = record_type(kind)
    except LookupError:
        raise NotFound() from None
    # Rights are those of today, whatever day is looked at.
    if actor.is_public or actor.is_past or not tells_rights(described):
        raise NotFound()
    if actor.record_types is not None and described.name not in actor.record_types:
        raise NotFound()
    record = find(described, number, actor)
    if querying.is_withheld(described, record, Context(actor)):
        raise NotFound()
    return described, record


def rights_on(record: Any, actor: Actor) -> list[StepRights]:
    """The steps on a record that the actor reads whole, with who may take them today, in the order of registration."""
    steps = steps_on(record)
    able = who_may_each(steps, record, actor.today)
    named = _bodies({seat.body_id for seats in able.values() for seat in seats if seat.body_id is not None}, actor)
    rights = []
    for step in steps:
        allowed, reason = step.verdict(actor, record)
        rights.append(StepRights(step.name, step.label, allowed, reason, _seats(able[step.name], named)))
    return rights


def _seats(seats: Sequence[Actor], named: dict[int, tuple[str, str]]) -> tuple[Seat, ...]:
    # A body of which one may not know is not there: neither its name nor that it has a hand in this record is told.
    return tuple(Seat(seat.role, *named[seat.body_id]) for seat in seats if seat.body_id in named)


def _bodies(keys: set[int], actor: Actor) -> dict[int, tuple[str, str]]:
    """Number and name, in the actor's language, of those bodies of which he may know."""
    rows = visible_rows(apps.get_model(settings.FOEDERA_BODY_MODEL)._default_manager.filter(pk__in=keys), actor)
    found = rows.values_list("pk", "number", "name", "names")
    return {key: (number, names.get(actor.language) or name) for key, number, name, names in found}
