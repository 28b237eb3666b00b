"""The review over the API: findings, decisions, next steps, sessions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema

from foedera.agreements.models import Finding, FollowUp, ReviewSession
from foedera.platform.actions.errors import invalid
from foedera.platform.actions.performing import perform
from foedera.platform.api.root import answer, api_actor, body_of, idempotently, version_of

from . import actions, queries
from .queries import FindingFilter
from .wording import reason

router = Router()


class FindingOut(Schema):
    """Why an agreement needs a decision; `seen` is sent back with the decision."""

    id: int
    agreement: str
    title: str
    other: str
    rule: str
    state: str
    reason: str
    facts: dict[str, Any]
    act_by: str | None
    found_on: str
    proposed: str
    decision: str
    decision_reason: str
    decided_by: str
    decided_at: str | None
    session: str
    seen: str


class FindingsQuery(Schema):
    """Filters of the findings; repeated parameters mean any of them. `state` is open unless it says otherwise, or all."""

    rule: list[str] = []
    region: list[str] = []
    partner: list[str] = []
    proposed: list[str] = []
    urgency: list[str] = []
    state: list[str] = ["open"]
    agreement: str = ""
    session: str = ""
    after: str = ""
    limit: int = queries.PAGE


class FindingsOut(Schema):
    """Findings by urgency, and the cursor of the next page (empty on the last)."""

    items: list[FindingOut]
    next: str


class DecideIn(Schema):
    """A decision: keep, revise, renew, merge or end, with its reason; `seen` of the finding as it was read."""

    decision: str
    reason: str
    session: str = ""
    seen: str = ""
    language: str = ""


class StepOut(Schema):
    """A next step."""

    id: int
    agreement: str
    kind: str
    due_on: str | None
    draft: str
    done_on: str | None
    outcome: str
    finding: int | None


class StepsOut(Schema):
    """Next steps, those with a day first."""

    items: list[StepOut]


class FinishIn(Schema):
    """What came of a step."""

    outcome: str


class SessionIn(Schema):
    """A session over a region, a partner state, both or the whole register."""

    title: str
    held_on: str
    region: str = ""
    partner: str = ""
    participants: str = ""


class SessionOut(Schema):
    """A review session."""

    number: str
    title: str
    region: str
    partner: str
    held_on: str
    participants: str
    closed_at: str | None
    version: int


class SessionsOut(Schema):
    """Sessions, newest first."""

    items: list[SessionOut]


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= queries.LARGEST_PAGE:
        raise invalid("limit", _("Enter a whole number from 1 to %(most)d.") % {"most": queries.LARGEST_PAGE})


def _finding(finding: Finding, seen: set[int], as_of: Any) -> dict[str, Any]:
    other = finding.other if finding.other_id in seen else None
    return {
        "id": finding.pk,
        "agreement": finding.agreement.number,
        "title": finding.agreement.title,
        "other": other.number if other is not None else "",
        "rule": finding.rule,
        "state": finding.state,
        "reason": reason(finding.rule, finding.facts, as_of),
        "facts": finding.facts,
        "act_by": finding.urgent_by,
        "found_on": finding.found_on,
        "proposed": finding.proposed,
        "decision": finding.decision,
        "decision_reason": finding.reason,
        "decided_by": finding.decided_by,
        "decided_at": finding.decided_at,
        "session": finding.session.number if finding.session is not None else "",
        "seen": actions.digest_of(finding),
    }


def _step(step: FollowUp) -> dict[str, Any]:
    return {
        "id": step.pk,
        "agreement": step.agreement.number,
        "kind": step.kind,
        "due_on": step.due_on,
        "draft": step.draft,
        "done_on": step.done_on,
        "outcome": step.outcome,
        "finding": step.finding_id,
    }


def _session(held: ReviewSession) -> dict[str, Any]:
    return {
        "number": held.number,
        "title": held.title,
        "region": held.region.code if held.region is not None else "",
        "partner": held.partner.code if held.partner is not None else "",
        "held_on": held.held_on,
        "participants": held.participants,
        "closed_at": held.closed_at,
        "version": held.version,
    }


@router.get(
    "/review/findings",
    response=FindingsOut,
    tags=["review"],
    operation_id="findings_list",
    summary="What needs a decision, by urgency",
)
def findings(request: HttpRequest, asked: Query[FindingsQuery]) -> HttpResponse:
    """Findings that the caller may see, with the filters of the review desk."""
    actor = api_actor(request)
    _check_limit(asked.limit)
    chosen = FindingFilter(
        rules=tuple(asked.rule),
        regions=tuple(asked.region),
        partners=tuple(asked.partner),
        proposed=tuple(asked.proposed),
        urgency=tuple(asked.urgency),
        states=() if asked.state == ["all"] else tuple(asked.state),
        agreement=asked.agreement,
        session=asked.session,
    )
    page = queries.findings_page(actor, chosen, after=asked.after, limit=asked.limit)
    seen = queries.readable_agreement_ids(actor, [f.other_id for f in page.findings if f.other_id is not None])
    return answer({"items": [_finding(f, seen, actor.as_of) for f in page.findings], "next": page.next})


@router.get(
    "/review/findings/{key}",
    response=FindingOut,
    tags=["review"],
    operation_id="findings_get",
    summary="One finding",
)
def finding(request: HttpRequest, key: int) -> HttpResponse:
    """One finding with its facts."""
    actor = api_actor(request)
    found = queries.finding(actor, key)
    seen = queries.readable_agreement_ids(actor, [found.other_id] if found.other_id is not None else [])
    return answer(_finding(found, seen, actor.as_of))


@router.post(
    "/review/findings/{key}/decide",
    response=FindingOut,
    tags=["review"],
    operation_id="findings_decide",
    summary="Decide a finding",
)
def decide(request: HttpRequest, key: int, given: DecideIn) -> HttpResponse:
    """Decide a finding; 412 if somebody did meanwhile or its facts changed since `seen`."""
    actor = api_actor(request)
    values = given.dict(exclude={"reason"})
    perform(actions.decide, actor, record=key, values=values, reason=given.reason)
    found = queries.finding(actor, key)
    seen = queries.readable_agreement_ids(actor, [found.other_id] if found.other_id is not None else [])
    return answer(_finding(found, seen, actor.as_of))


@router.get("/review/steps", response=StepsOut, tags=["review"], operation_id="steps_list", summary="Next steps")
def steps(request: HttpRequest, kind: str = "", done: bool = False, limit: int = queries.PAGE) -> HttpResponse:
    """Next steps that decisions started."""
    actor = api_actor(request)
    _check_limit(limit)
    return answer({"items": [_step(s) for s in queries.open_steps(actor, kind=kind, done=done)[:limit]]})


@router.post(
    "/review/steps/{key}/finish",
    response=StepOut,
    tags=["review"],
    operation_id="steps_finish",
    summary="Finish a step",
)
def finish(request: HttpRequest, key: int, given: FinishIn) -> HttpResponse:
    """Finish a step with what came of it."""
    actor = api_actor(request)
    perform(actions.finish_step, actor, record=key, values=given.dict())
    return answer(_step(queries.step(actor, key)))


@router.get(
    "/review/sessions",
    response=SessionsOut,
    tags=["review"],
    operation_id="sessions_list",
    summary="Review sessions",
)
def sessions(request: HttpRequest) -> HttpResponse:
    """Review sessions, newest first."""
    return answer({"items": [_session(s) for s in queries.listed_sessions(api_actor(request))]})


@router.post(
    "/review/sessions",
    response={201: SessionOut},
    tags=["review"],
    operation_id="sessions_open",
    summary="Open a review session",
)
def open_session(request: HttpRequest, given: SessionIn) -> HttpResponse:
    """Open a session over a region, a partner state or all."""
    actor = api_actor(request)

    def carry_out() -> HttpResponse:
        made = perform(actions.open_session, actor, values=body_of(request))
        held = queries.session_made(actor, made.pk)
        return answer(_session(held), status=201, version=held.version)

    return idempotently(request, actor, carry_out)


@router.get(
    "/review/sessions/{number}",
    response=SessionOut,
    tags=["review"],
    operation_id="sessions_get",
    summary="One review session",
)
def session(request: HttpRequest, number: str) -> HttpResponse:
    """One session."""
    held = queries.session(api_actor(request), number)
    return answer(_session(held), version=held.version)


@router.post(
    "/review/sessions/{number}/close",
    response=SessionOut,
    tags=["review"],
    operation_id="sessions_close",
    summary="Close a review session",
)
def close_session(request: HttpRequest, number: str) -> HttpResponse:
    """Close a session; If-Match with its entity tag is required."""
    actor = api_actor(request)
    held = queries.session(actor, number)
    perform(actions.close_session, actor, record=held, version=version_of(request))
    held = queries.session(actor, number)
    return answer(_session(held), version=held.version)
