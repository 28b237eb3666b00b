"""Proposed changes over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound, invalid
from foedera.platform.actions.performing import Action, perform
from foedera.platform.api.root import answer, api_actor, body_of, idempotently, version_of
from foedera.platform.lists.resources import body_description

from . import queries
from .actions import ACCEPT, DECLINE, PROPOSE, WITHDRAW
from .models import Proposal, ProposalState

router = Router(tags=["proposals"])


def document(row: Proposal, actor: Actor, *, whole: bool) -> dict[str, Any]:
    """A proposal as JSON; whole with the difference field by field."""
    shown: dict[str, Any] = {
        "number": row.number,
        "record_type": row.record_type,
        "record": row.record_number,
        "title": row.title,
        "state": row.state,
        "reason": row.reason,
        "proposer": row.proposer_name,
        "role": row.proposer_role,
        "proposed_at": row.created_at,
        "decider": row.decider_name,
        "decision_reason": row.decision_reason,
        "decided_at": row.decided_at,
        "version": row.version,
    }
    if whole:
        target = queries.target_of(row, actor)
        shown["may_decide"] = queries.may_decide(row, target, actor)
        shown["fields"] = [
            {
                "field": c.column.name,
                "then": c.then,
                "now": c.now,
                "proposed": c.proposed,
                "changed_since": c.changed_since,
            }
            for c in queries.differences(row, target, actor)
        ]
    return shown


@router.get("/proposals", summary="Proposed changes")
def list_proposals(request: HttpRequest, state: str = "", record: str = "", before: str = "") -> HttpResponse:
    """The newest fifty proposals that one may know of, by state and record; `before` continues after the last."""
    actor = api_actor(request)
    if actor.is_public:
        raise NotFound()
    rows = queries.visible(actor)
    if state:
        if state not in ProposalState.values:
            raise invalid("state", ", ".join(ProposalState.values))
        rows = rows.filter(state=state)
    if record:
        rows = rows.filter(record_number=record.upper().replace("\x00", ""))
    if before:
        if not (before.isascii() and before.isdigit()) or len(before) > 18:
            raise invalid("before", before)
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: queries.PAGE + 1])
    more = str(found[queries.PAGE - 1].pk) if len(found) > queries.PAGE else ""
    items = [document(row, actor, whole=False) for row in found[: queries.PAGE]]
    return answer({"items": items, "next": more})


@router.post(
    "/proposals",
    response={201: dict},
    summary="Propose a change",
    openapi_extra=body_description(PROPOSE, "Idempotency-Key"),
)
def propose(request: HttpRequest) -> HttpResponse:
    """Propose other values for fields of a record that one may not change."""
    actor = api_actor(request)

    def carry_out() -> HttpResponse:
        sent = body_of(request)
        reason = str(sent.pop("reason", ""))
        made = perform(PROPOSE, actor, values=sent, reason=reason)
        response = answer(document(made, actor, whole=True), status=201, version=made.version)
        response["Location"] = f"{request.path.rstrip('/')}/{made.number}"
        return response

    return idempotently(request, actor, carry_out)


@router.get("/proposals/{number}", summary="One proposed change with its difference")
def one(request: HttpRequest, number: str) -> HttpResponse:
    """A proposal with what each field said then, says now and shall say."""
    actor = api_actor(request)
    row = queries.proposal(number, actor)
    return answer(document(row, actor, whole=True), version=row.version)


def _decide(request: HttpRequest, number: str, action: Action[Any]) -> HttpResponse:
    actor = api_actor(request)
    row = queries.proposal(number, actor)
    sent = body_of(request)
    reason = str(sent.pop("reason", ""))
    made = perform(action, actor, record=row, version=version_of(request), values=sent, reason=reason)
    return answer(document(made, actor, whole=True), version=made.version)


@router.post(
    "/proposals/{number}/accept",
    response={200: dict},
    summary="Accept: carry the change out",
    openapi_extra=body_description(ACCEPT, "If-Match"),
)
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """Carry the proposed change out in one's own name; 409 when the record has changed since, unless `although_changed`."""
    return _decide(request, number, ACCEPT)


@router.post(
    "/proposals/{number}/decline",
    response={200: dict},
    summary="Decline with a reason",
    openapi_extra=body_description(DECLINE, "If-Match"),
)
def decline(request: HttpRequest, number: str) -> HttpResponse:
    """Decline; the reason is required."""
    return _decide(request, number, DECLINE)


@router.post(
    "/proposals/{number}/withdraw",
    response={200: dict},
    summary="Withdraw one's own proposal",
    openapi_extra=body_description(WITHDRAW, "If-Match"),
)
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take one's own proposal back."""
    return _decide(request, number, WITHDRAW)
