"""Next steps: the words of a draft, finishing, merging."""

from __future__ import annotations

import hashlib
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from foedera.agreements.deriving import facts_of_one
from foedera.agreements.models import (
    Agreement,
    FindingRule,
    FollowUp,
    FollowUpKind,
    State,
)
from foedera.agreements.terms import evaluate_one
from foedera.platform.actions.errors import Conflict, NotFound, NotNow, Words, invalid
from foedera.platform.actions.performing import Action, Run, action_named, perform, register
from foedera.platform.history.recording import resume_action
from foedera.platform.lists.inputs import Input
from foedera.platform.records.partial_dates import bounds

from .. import merging
from ..access import DECIDERS
from ..queries import readable_agreement_ids
from ..steps import ENDED


def digest_of_draft(text: str) -> str:
    """The same for the words of a draft."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class FinishInput(Input):
    """What came of a step."""

    outcome: str = Field(min_length=1, max_length=2000)


def _not_done(step: FollowUp) -> Words:
    return gettext_lazy("This step is done already.") if step.done_on is not None else ""


def _finish(run: Run[FollowUp]) -> FollowUp:
    step: FollowUp = run.record
    if step.kind == FollowUpKind.RECORD_END:
        _record_end(run, step)
    step.done_on = run.today
    step.outcome = run.input.outcome.strip()
    if not step.outcome:
        raise invalid("outcome", _("This is required."))
    step.save(update_fields=["done_on", "outcome"])
    return step


def _record_end(run: Run[FollowUp], step: FollowUp) -> None:
    """The end is recorded by the steps of the procedure themselves, as if taken on the page of the agreement."""
    agreement = Agreement.objects.select_for_update(of=("self",)).get(pk=step.agreement_id)
    if agreement.state in (State.ARCHIVED, State.SUPERSEDED):
        return
    finding = step.finding
    values: dict[str, Any]
    if finding is not None and finding.rule == FindingRule.SUPERSEDED:
        name = "agreements.supersede"
        since = finding.facts.get("since")
        values = {"superseded_on": agreement.superseded_on or (bounds(since)[0] if since else run.today)}
    else:
        now = evaluate_one(facts_of_one(agreement), run.today)
        if now.status not in ENDED:
            raise NotNow(_("It has not ended yet: first record the notice or the day of its end."))
        name = "agreements.archive"
        values = {"archived_on": run.today.isoformat(), "original_kept_at": agreement.original_kept_at}
    try:
        perform(
            action_named(name),
            run.actor,
            record=agreement,
            version=agreement.version,
            values=values,
            reason=run.input.outcome,
        )
    finally:
        resume_action(run.action_id)


finish_step = register(
    Action(
        name="agreements.finish_step",
        label=gettext_lazy("Finish the step"),
        model=FollowUp,
        body=_finish,
        roles=DECIDERS,
        input=FinishInput,
        needs_version=False,
        available=_not_done,
        primary=True,
    )
)


class DraftInput(Input):
    """The words of a draft; `seen` is the digest of the draft that was shown (`digest_of_draft`)."""

    draft: str = Field(max_length=20_000)
    seen: str = Field(min_length=1, max_length=16)


def _write_draft(run: Run[FollowUp]) -> FollowUp:
    step: FollowUp = run.record
    if run.input.seen != digest_of_draft(step.draft):
        raise Conflict(step.agreement.version, {"draft": step.draft})
    step.draft = run.input.draft.replace("\r\n", "\n")
    step.save(update_fields=["draft"])
    return step


write_draft = register(
    Action(
        name="agreements.write_draft",
        label=gettext_lazy("Change the draft"),
        model=FollowUp,
        body=_write_draft,
        roles=DECIDERS,
        input=DraftInput,
        needs_version=False,
        available=_not_done,
    )
)


class MergeInput(Input):
    """Which of the two entries stays, and the versions of both that were shown."""

    stays: str = Field(min_length=1, max_length=24)
    version: int
    other_version: int


def _merge(run: Run[FollowUp]) -> Agreement:
    step: FollowUp = run.record
    finding = step.finding
    if step.kind != FollowUpKind.MERGE or finding is None or finding.other_id is None:
        raise NotNow(_("This step merges nothing."))
    keys = [step.agreement_id, finding.other_id]
    if readable_agreement_ids(run.actor, keys) != set(keys):
        raise NotFound()
    locked: dict[int, Agreement] = {
        a.pk: a for a in Agreement.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    }
    one, other = locked[keys[0]], locked[keys[1]]
    numbers = {one.number: (one, other), other.number: (other, one)}
    chosen = numbers.get(run.input.stays.upper())
    if chosen is None:
        raise invalid("stays", _("Choose one of the two agreements."))
    stays, goes = chosen
    for record in (one, other):
        may = action_named("agreements.change").verdict(run.actor, record)
        if not may[0]:
            raise NotNow(may[1])
    if stays.version != run.input.version:
        raise Conflict(stays.version)
    if goes.version != run.input.other_version:
        raise Conflict(goes.version)
    obstacle = merging.plan(stays, goes).obstacle
    if obstacle:
        raise NotNow(obstacle)
    reason = run.reason or _("Merged into %(number)s.") % {"number": stays.number}
    merging.carry_out(stays, goes, run.today, reason)
    FollowUp.objects.filter(pk=step.pk).update(
        done_on=run.today,
        outcome=_("%(goes)s was merged into %(stays)s.") % {"goes": goes.number, "stays": stays.number},
    )
    return stays


merge = register(
    Action(
        name="agreements.merge",
        label=gettext_lazy("Merge"),
        model=FollowUp,
        body=_merge,
        roles=DECIDERS,
        input=MergeInput,
        needs_version=False,
        available=_not_done,
    )
)
