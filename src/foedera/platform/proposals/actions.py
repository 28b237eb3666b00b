"""Proposing a change, and deciding on it."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from foedera.platform.access.roles import PROPOSERS, READS_ONLY, Role
from foedera.platform.actions.errors import Invalid, NotFound, NotNow, Refused, invalid
from foedera.platform.actions.performing import Action, Nothing, Reason, Run, parse, perform, register, save
from foedera.platform.history.recording import resume_action
from foedera.platform.lists.inputs import Input, current_values, marked_fields

from . import queries
from .events import ProposalDecided, ProposalMade
from .models import Proposal, ProposalState

DECIDERS = frozenset(Role) - READS_ONLY


class ProposeInput(Input):
    """Which record, and what its fields shall say; fields that are left out stay."""

    record_type: str = Field(max_length=40, description="agreements, ties, bodies, formats")
    number: str = Field(max_length=24)
    values: dict[str, Any]


class AcceptInput(Input):
    """Whether a proposal is accepted although the record has changed since."""

    although_changed: bool = False


def _propose(run: Run[Proposal]) -> Proposal:
    actor = run.actor
    if actor.person_id is None:
        raise Refused(_("Only a person may propose."))
    kind = queries.changeable(run.input.record_type)
    record = queries.record_of(kind, run.input.number, actor)
    assert kind.change is not None
    if kind.change.verdict(actor, record)[0]:
        raise NotNow(_("You may change this record yourself."))
    parsed = parse(kind.change.input, run.input.values)
    problems = marked_fields(kind.change.columns, parsed, actor, kind.model)
    if problems:
        raise Invalid(problems)
    given = queries.plain(parsed.model_dump(mode="json", include=parsed.model_fields_set))
    columns = [c for c in kind.change.columns if c.name in given]
    present = queries.plain(current_values(kind, record, columns))
    values = {name: value for name, value in given.items() if value != present[name]}
    if not values:
        raise invalid("", _("Nothing is changed."))
    made = Proposal(
        record_type=kind.name,
        record_id=record.pk,
        record_number=getattr(record, kind.by_number),
        title=str(getattr(record, kind.column(kind.title).path))[:1000],
        owner_id=record.owner_id,
        before={name: present[name] for name in values},
        values=values,
        reason=run.reason,
        proposer_id=actor.person_id,
        proposer_name=actor.signature,
        proposer_role=str(actor.role),
        proposer_body=actor.body_name[:300],
    )
    made.save()
    made.refresh_from_db(fields=["number"])
    run.tell(ProposalMade(made.pk, made.record_type, made.record_id, made.owner_id))
    return made


def _target(run: Run[Proposal]) -> Any:
    target = queries.target_of(run.record, run.actor)
    if target is None:
        raise NotFound()
    change = queries.changeable(run.record.record_type).change
    assert change is not None
    allowed, why_not = change.verdict(run.actor, target)
    if not allowed:
        raise Refused(why_not)
    return target


def _decide(run: Run[Proposal], state: ProposalState, reason: str) -> None:
    row: Proposal = run.record
    row.state = state
    row.decider_name = run.actor.signature
    row.decision_reason = reason
    row.decided_at = timezone.now()
    save(row)
    run.tell(ProposalDecided(row.pk, row.proposer_id, state.value))


def _accept(run: Run[Proposal]) -> Proposal:
    row: Proposal = run.record
    target = _target(run)
    # Nobody may change the record between the comparison and the change.
    model = apps.get_model(target._meta.label)
    target = model._default_manager.select_for_update(of=("self",), no_key=True).get(pk=target.pk)
    changed = [str(c.column.label) for c in queries.differences(row, target) if c.changed_since]
    if changed and not run.input.although_changed:
        words = _("The record has changed since, in: %(fields)s. Compare, and accept it all the same or decline.")
        raise NotNow(words % {"fields": ", ".join(changed)})
    change = queries.changeable(row.record_type).change
    assert change is not None
    why = f"{row.number}, {row.proposer_name}: {row.reason}" + (f" / {run.reason}" if run.reason else "")
    perform(change, run.actor, values=row.values, record=target.pk, version=target.version, reason=why)
    resume_action(run.action_id)
    _decide(run, ProposalState.ACCEPTED, run.reason)
    return row


def _decline(run: Run[Proposal]) -> Proposal:
    _target(run)
    _decide(run, ProposalState.DECLINED, run.reason)
    return run.record  # type: ignore[no-any-return]  # the locked proposal


def _withdraw(run: Run[Proposal]) -> Proposal:
    if run.record.proposer_id != run.actor.person_id:
        raise Refused(_("Only who made a proposal may withdraw it."))
    _decide(run, ProposalState.WITHDRAWN, run.reason)
    return run.record  # type: ignore[no-any-return]  # the locked proposal


PROPOSE = register(
    Action(
        name="proposals.propose",
        label=gettext_lazy("Propose a change"),
        model=Proposal,
        body=_propose,
        roles=PROPOSERS,
        input=ProposeInput,
        reason=Reason.REQUIRED,
        makes_record=True,
    )
)
ACCEPT = register(
    Action(
        name="proposals.accept",
        label=gettext_lazy("Accept"),
        model=Proposal,
        body=_accept,
        roles=DECIDERS,
        input=AcceptInput,
        reason=Reason.OPTIONAL,
    )
)
DECLINE = register(
    Action(
        name="proposals.decline",
        label=gettext_lazy("Decline"),
        model=Proposal,
        body=_decline,
        roles=DECIDERS,
        input=Nothing,
        reason=Reason.REQUIRED,
    )
)
WITHDRAW = register(
    Action(
        name="proposals.withdraw",
        label=gettext_lazy("Withdraw"),
        model=Proposal,
        body=_withdraw,
        roles=PROPOSERS,
        input=Nothing,
        reason=Reason.OPTIONAL,
    )
)
