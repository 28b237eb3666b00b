"""Reading proposals, and comparing them with the records that they are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import Q, QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.access.marks import hidden_from
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.errors import NotFound
from foedera.platform.lists import composing
from foedera.platform.lists.description import Column, RecordType, readable, record_type
from foedera.platform.lists.inputs import current_values
from foedera.platform.lists.marked import seen_values

from .access import visible_records
from .models import Proposal, ProposalState

PAGE = 50


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a proposal: what it said then, what it says now (None: not for this reader), what it shall say."""

    column: Column
    then: Any
    now: Any
    proposed: Any
    known: bool

    @property
    def changed_since(self) -> bool:
        """Whether the record says something else now than when the proposal was made, and not what it proposes."""
        return self.known and self.now not in (self.then, self.proposed)


def plain(value: Any) -> Any:
    """A value as JSON keeps it, so that old and new can be compared."""
    return orjson.loads(orjson.dumps(value, default=str))


def visible(actor: Actor) -> QuerySet[Proposal]:
    """The proposals that the actor may know of, newest first."""
    rows: QuerySet[Proposal] = policy_for(Proposal).visible(Proposal.objects.all(), actor)
    return rows.order_by("-id")


def proposal(number: str, actor: Actor) -> Proposal:
    """The proposal of that number. Raises NotFound."""
    found = None if "\x00" in number else visible(actor).filter(number=number.upper()).first()
    if found is None:
        raise NotFound()
    return found


def changeable(name: str) -> RecordType:
    """The record type of that name, if its records can be changed. Raises NotFound."""
    try:
        kind = record_type(name)
    except LookupError:
        raise NotFound() from None
    if kind.change is None:
        raise NotFound()
    return kind


def record_of(kind: RecordType, number: str, actor: Actor) -> Any:
    """The record of that number, if the actor may read it whole. Raises NotFound."""
    found = (
        None if "\x00" in number else visible_records(kind, actor).filter(**{kind.by_number: number.upper()}).first()
    )
    if found is None:
        raise NotFound()
    return found


def target_of(row: Proposal, actor: Actor) -> Any:
    """The record that a proposal is about; None when the actor may not read it (any more)."""
    return visible_records(changeable(row.record_type), actor).filter(pk=row.record_id).first()


def may_decide(row: Proposal, target: Any, actor: Actor) -> bool:
    """Whether the actor may accept or decline: whoever may change the record itself."""
    change = changeable(row.record_type).change
    if change is None or target is None or row.state != ProposalState.OPEN:
        return False
    return bool(change.verdict(actor, target)[0])


def differences(row: Proposal, target: Any, reader: Actor | None = None) -> list[FieldChange]:
    """The proposed fields in the order of the description; what the record says now where `target` is given.

    With a reader only what he may read of them; without one all, for comparing.
    """
    kind = changeable(row.record_type)
    assert kind.change is not None
    before, values = row.before, row.values
    columns = [c for c in kind.change.columns if c.name in values]
    if reader is not None:
        columns = list(readable(columns, hidden_from(reader, kind.model)))
        before, values = seen_values(kind, before, reader), seen_values(kind, values, reader)
    now = plain(current_values(kind, target, columns)) if target is not None else {}
    return [FieldChange(c, before.get(c.name), now.get(c.name), values[c.name], target is not None) for c in columns]


def waiting_on(kind: RecordType, record: Any, actor: Actor) -> list[Proposal]:
    """The open proposals on a record that the actor reads whole, of which he may know: as the policy says, of this one record."""
    if actor.is_public:
        return []

    def waiting() -> QuerySet[Proposal]:
        known = Q(proposer=actor.person_id) if actor.person_id is not None else Q(pk__in=[])
        if actor.reads_everything:
            known = Q()
        elif actor.body_id is not None:
            known |= Q(owner=actor.body_id)
        rows = Proposal.objects.filter(known, record_type=kind.name, state=ProposalState.OPEN)
        return rows.filter(record_id=composing.A_NUMBER).order_by("id")[:PAGE]

    return composing.loaded(("proposals", kind.name, actor.eyes), Proposal, waiting, int(record.pk))


def to_decide(actor: Actor) -> list[Proposal]:
    """The open proposals on which the actor may decide."""
    rows = visible(actor).filter(state=ProposalState.OPEN)[:200]
    return [row for row in rows if may_decide(row, target_of(row, actor), actor)]
