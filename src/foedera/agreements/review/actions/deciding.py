"""Deciding findings, one or several, and the step that follows."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

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
    ReviewSession,
    Side,
)
from foedera.agreements.terms import TermResult, evaluate_one
from foedera.agreements.terms.steps import Period
from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import ActionError, Conflict, NotFound, NotNow, Words, invalid
from foedera.platform.actions.performing import Action, Reason, Run, perform, register, save
from foedera.platform.lists.inputs import Input

from ..access import DECIDERS
from ..drafts import DraftFacts, draft
from ..queries import readable_agreement_ids, sessions_of
from ..steps import next_step
from ..wording import reason as finding_in_words

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
