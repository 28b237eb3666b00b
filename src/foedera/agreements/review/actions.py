"""What is done in the review: deciding a finding, finishing the step it started, merging, opening and closing a session."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from foedera.agreements.deriving import facts_of_one
from foedera.agreements.models import (
    Agreement,
    Decision,
    Finding,
    FindingRule,
    FindingState,
    FollowUp,
    FollowUpKind,
    ReviewSession,
    Side,
    State,
)
from foedera.agreements.terms import TermResult, evaluate_one
from foedera.agreements.terms.steps import Period
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import BOUND_TO_PARTNERS, BOUND_TO_REGIONS
from foedera.platform.actions.errors import ActionError, Conflict, NotFound, NotNow, Words, invalid
from foedera.platform.actions.performing import Action, Reason, Run, action_named, perform, register, save
from foedera.platform.history.recording import resume_action
from foedera.platform.lists.inputs import Input
from foedera.platform.records.partial_dates import bounds

from . import merging
from .access import DECIDERS
from .drafts import DraftFacts, draft
from .queries import readable_agreement_ids, sessions_of, territory_named
from .steps import ENDED, next_step
from .wording import reason as finding_in_words

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class FindingDecided:
    """Told after a finding was decided."""

    finding_id: int
    agreement_id: int
    decision: str
    follow_up_id: int | None


class DecidedMeanwhile(Conflict):
    """Somebody else decided the finding, or the facts it rests on changed, since it was shown."""

    title = gettext_lazy("Somebody else was here meanwhile")

    def __init__(self, finding: Finding, words: str) -> None:
        current = {
            "state": finding.state,
            "decision": finding.decision,
            "reason": finding.reason,
            "decided_by": finding.decided_by,
            "facts": finding.facts,
        }
        super().__init__(finding.agreement.version, current)
        self.detail = words
        self.args = (words,)


def digest_of(finding: Finding) -> str:
    """What a person saw of a finding, in short: sent back with the decision, it shows whether it is still so."""
    seen = [finding.facts, finding.proposed, finding.urgent_by and finding.urgent_by.isoformat()]
    return hashlib.sha256(orjson.dumps(seen, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def digest_of_draft(text: str) -> str:
    """The same for the words of a draft."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# -------------------------------------------------------------------------------------------------------------- decide


class DecideInput(Input):
    """A decision on a finding. `session` is the number of an open session; `seen` what the person saw (`digest_of`)."""

    decision: Decision
    session: str = Field(default="", max_length=24)
    seen: str = Field(default="", max_length=16)
    language: str = Field(default="", max_length=8)


def _decide(run: Run[Finding]) -> FollowUp | None:
    finding: Finding = run.record
    if finding.state == FindingState.DECIDED:
        words = _("Decided meanwhile by %(name)s: %(decision)s. Reason: %(reason)s") % {
            "name": finding.decided_by or _("somebody"),
            "decision": Decision(finding.decision).label,
            "reason": finding.reason,
        }
        raise DecidedMeanwhile(finding, words)
    if finding.state == FindingState.GONE:
        raise DecidedMeanwhile(finding, _("This is no longer found; nothing is left to decide."))
    if run.input.seen and run.input.seen != digest_of(finding):
        raise DecidedMeanwhile(finding, _("The facts changed since you looked. Look again and decide anew."))
    decision = Decision(run.input.decision)
    if decision == Decision.MERGE and not (
        finding.other_id is not None and readable_agreement_ids(run.actor, [finding.other_id])
    ):
        raise invalid("decision", _("There is no other agreement to merge with."))
    session = _open_session(run, finding)
    agreement = Agreement.objects.select_for_update(of=("self",)).get(pk=finding.agreement_id)
    now = evaluate_one(facts_of_one(agreement), run.today)
    step = next_step(finding.rule, decision, now, finding.urgent_by, run.today)
    finding.state = FindingState.DECIDED
    finding.decision = decision
    finding.reason = run.reason
    finding.decided_by = ", ".join(filter(None, (run.actor.name, run.actor.body_name)))[:200]
    finding.decided_by_id = run.actor.person_id
    finding.decided_at = datetime.datetime.now(tz=datetime.UTC)
    finding.session = session
    finding.save()
    follow_up = None
    if step is None:
        _reviewed(agreement, run.today)
    else:
        language = run.input.language or run.actor.language
        follow_up = FollowUp.objects.create(
            agreement=agreement,
            finding=finding,
            kind=step.kind,
            due_on=step.due_on,
            draft=draft(step.kind, _draft_facts(agreement, finding, now, language), language),
        )
    run.tell(FindingDecided(finding.pk, agreement.pk, decision, follow_up.pk if follow_up else None))
    return follow_up


def _reviewed(agreement: Agreement, today: datetime.date) -> None:
    """Keeping is a review: the cycle begins anew, and what only asked for a review is settled by it."""
    agreement.last_reviewed_on = today.isoformat()
    save(agreement, fields=["last_reviewed_on"])
    Finding.objects.filter(
        agreement=agreement, state=FindingState.OPEN, rule__in=[FindingRule.REVIEW_DUE, FindingRule.DORMANT]
    ).update(state=FindingState.GONE)


def _open_session(run: Run[Finding], finding: Finding) -> ReviewSession | None:
    if not run.input.session:
        return None
    session = sessions_of(run.actor).select_for_update(of=("self",)).filter(number=run.input.session.upper()).first()
    if session is None:
        raise invalid("session", _("“%(value)s” was not found.") % {"value": run.input.session})
    if session.closed_at is not None:
        raise NotNow(_("The session %(number)s is closed.") % {"number": session.number})
    agreement = finding.agreement
    if session.region_id and session.region_id not in agreement.own_ids:
        raise invalid("session", _("The agreement is not within the region of the session."))
    if session.partner_id and session.partner_id not in agreement.partner_ids:
        raise invalid("session", _("The agreement is not with the partner of the session."))
    return session  # type: ignore[no-any-return]  # rows narrowed by a policy


def _draft_facts(agreement: Agreement, finding: Finding, now: TermResult, language: str) -> DraftFacts:
    sides: dict[bool, list[str]] = {True: [], False: []}
    for party in agreement.parties.select_related("body", "territory").order_by("id"):
        if party.side == Side.WITNESS:
            continue
        place = party.body or party.territory
        name = party.name or (str(place.names.get(language) or place.name) if place is not None else "")
        sides[party.side == Side.OWN].append(name)
    period = Period(agreement.notice_months or 0, agreement.notice_days or 0)
    from django.utils import translation

    with translation.override(language):
        words = finding_in_words(finding.rule, finding.facts, now.as_of)
        notice = str(period) if period.months or period.days else ""
    return DraftFacts(
        title=str(agreement.titles.get(language) or agreement.title),
        number=agreement.number,
        register_number=agreement.register_number,
        signed_on=agreement.signed_on,
        own_parties=tuple(sides[True]),
        other_parties=tuple(sides[False]),
        last_safe_day=now.last_safe_day,
        deadline=now.notice_deadline,
        term_end=now.current_term_end,
        next_renewal=now.next_renewal,
        ends_on=now.ends_on,
        notice=notice,
        reason=finding.reason,
        finding=words,
    )


decide = register(
    Action(
        name="agreements.decide",
        label=gettext_lazy("Decide"),
        model=Finding,
        body=_decide,
        roles=DECIDERS,
        input=DecideInput,
        reason=Reason.REQUIRED,
        needs_version=False,
        primary=True,
    )
)


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """What became of deciding several findings: how many were decided, and of each other why not."""

    decided: int
    refused: tuple[tuple[int, Words], ...]


def decide_many(actor: Actor, findings: Sequence[int], *, decision: str, reason: str, session: str = "") -> BulkOutcome:
    """Decide each of the findings with one reason; what somebody decided meanwhile is left as it is and told.

    Raises Invalid when there are none or too many, or the input itself is faulty.
    """
    wanted = list(dict.fromkeys(findings))
    if not wanted:
        raise invalid("selected", _("Select at least one finding."))
    if len(wanted) > MOST_AT_ONCE:
        raise invalid("selected", _("At most %(most)d findings are decided at once.") % {"most": MOST_AT_ONCE})
    if decision not in Decision.values:
        raise invalid("decision", _("Choose one of the values offered."))
    if not reason.strip():
        raise invalid("reason", _("Say why."))
    decided = 0
    refused: list[tuple[int, Words]] = []
    for key in wanted:
        try:
            perform(decide, actor, record=key, values={"decision": decision, "session": session}, reason=reason)
            decided += 1
        except NotFound:
            refused.append((key, _("Not found")))
        except ActionError as error:
            refused.append((key, str(error)))
    return BulkOutcome(decided, tuple(refused))


# ---------------------------------------------------------------------------------------------------------- next steps


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


# ------------------------------------------------------------------------------------------------------------ sessions


class SessionInput(Input):
    """A session over a region, a partner state, both or the whole register; territories by their codes."""

    title: str = Field(min_length=1, max_length=300)
    region: str = Field(default="", max_length=16)
    partner: str = Field(default="", max_length=16)
    held_on: datetime.date
    participants: str = Field(default="", max_length=4000)


def _open(run: Run[ReviewSession]) -> ReviewSession:
    given = run.input
    region = territory_named(given.region, own=True) if given.region else None
    partner = territory_named(given.partner, own=False) if given.partner else None
    if given.region and region is None:
        raise invalid("region", _("“%(value)s” was not found.") % {"value": given.region})
    if given.partner and partner is None:
        raise invalid("partner", _("“%(value)s” was not found.") % {"value": given.partner})
    actor = run.actor
    if actor.role in BOUND_TO_REGIONS and (region is None or region not in actor.own_territories):
        raise invalid("region", _("Choose one of your territories."))
    if actor.role in BOUND_TO_PARTNERS and (partner is None or partner not in actor.partner_states):
        raise invalid("partner", _("Choose one of your partner states."))
    session = ReviewSession(
        title=given.title.strip(),
        owner_id=actor.body_id,
        region_id=region,
        partner_id=partner,
        held_on=given.held_on,
        participants=given.participants.strip(),
    )
    save(session)
    return session


def _is_closed(session: ReviewSession) -> Words:
    return gettext_lazy("The session is closed.") if session.closed_at is not None else ""


def _close(run: Run[ReviewSession]) -> ReviewSession:
    session: ReviewSession = run.record
    session.closed_at = datetime.datetime.now(tz=datetime.UTC)
    save(session, fields=["closed_at"])
    return session


open_session = register(
    Action(
        name="agreements.open_session",
        label=gettext_lazy("Open a review session"),
        model=ReviewSession,
        body=_open,
        roles=DECIDERS,
        input=SessionInput,
        reason=Reason.NEVER,
        makes_record=True,
    )
)
close_session = register(
    Action(
        name="agreements.close_session",
        label=gettext_lazy("Close the session"),
        model=ReviewSession,
        body=_close,
        roles=DECIDERS,
        available=_is_closed,
        primary=True,
        confirm=gettext_lazy("Close the session? Its protocol then holds what was decided until now."),
    )
)
