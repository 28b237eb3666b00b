"""Reminders over the API."""

from __future__ import annotations

import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound, invalid
from foedera.platform.actions.performing import Action, perform
from foedera.platform.api.root import answer, api_actor, body_of, idempotently, version_of
from foedera.platform.lists.resources import body_description

from . import queries
from .access import REMINDED
from .actions import DONE, DROP, MOVE, SET
from .models import Reminder, ReminderState

router = Router(tags=["reminders"])


def _reader(request: HttpRequest) -> Actor:
    actor = api_actor(request)
    if actor.role not in REMINDED or actor.person_id is None:
        raise NotFound()
    return actor


def document(row: Reminder) -> dict[str, Any]:
    """A reminder as JSON."""
    return {
        "number": row.number,
        "record_type": row.about_type,
        "record": row.about_number,
        "due_on": row.due_on,
        "first_due_on": row.first_due_on,
        "text": row.text,
        "person": row.person_id,
        "person_name": row.person_name,
        "set_by": row.maker_name,
        "set_at": row.created_at,
        "state": row.state,
        "closed_at": row.closed_at,
        "version": row.version,
    }


@router.get("/reminders", summary="Reminders")
def list_reminders(
    request: HttpRequest, state: str = "open", record: str = "", until: datetime.date | None = None
) -> HttpResponse:
    """The first two hundred reminders that one may see, soonest first: by state, record, and the day until which they are due."""
    actor = _reader(request)
    rows = queries.visible(actor)
    if state not in ("", *ReminderState.values):
        raise invalid("state", ", ".join(ReminderState.values))
    if state:
        rows = rows.filter(state=state)
    if record:
        rows = rows.filter(about_number=record.upper().replace("\x00", ""))
    if until is not None:
        rows = rows.filter(due_on__lte=until)
    return answer({"items": [document(row) for row in rows[: queries.PAGE]]})


@router.post(
    "/reminders",
    response={201: dict},
    summary="Set a reminder on a record",
    openapi_extra=body_description(SET, "Idempotency-Key"),
)
def set_reminder(request: HttpRequest) -> HttpResponse:
    """Set a reminder for oneself or for somebody who works in one's body and may read the record."""
    actor = _reader(request)

    def carry_out() -> HttpResponse:
        row = perform(SET, actor, values=body_of(request))
        response = answer(document(row), status=201, version=row.version)
        response["Location"] = f"{request.path.rstrip('/')}/{row.number}"
        return response

    return idempotently(request, actor, carry_out)


@router.get("/reminders/{number}", summary="One reminder")
def one(request: HttpRequest, number: str) -> HttpResponse:
    """A reminder as it stands."""
    row = queries.reminder(number, _reader(request))
    return answer(document(row), version=row.version)


def _step(request: HttpRequest, number: str, action: Action[Any]) -> HttpResponse:
    actor = _reader(request)
    row = queries.reminder(number, actor)
    sent = body_of(request)
    reason = str(sent.pop("reason", ""))
    row = perform(action, actor, record=row, version=version_of(request), values=sent, reason=reason)
    return answer(document(row), version=row.version)


@router.post(
    "/reminders/{number}/done",
    response={200: dict},
    summary="It is done",
    openapi_extra=body_description(DONE, "If-Match"),
)
def done(request: HttpRequest, number: str) -> HttpResponse:
    """Close a reminder: what it asked for is done."""
    return _step(request, number, DONE)


@router.post(
    "/reminders/{number}/postpone",
    response={200: dict},
    summary="Move to another day",
    openapi_extra=body_description(MOVE, "If-Match"),
)
def postpone(request: HttpRequest, number: str) -> HttpResponse:
    """Move a reminder to another day; the first one stays with it."""
    return _step(request, number, MOVE)


@router.post(
    "/reminders/{number}/drop",
    response={200: dict},
    summary="It is not needed any more",
    openapi_extra=body_description(DROP, "If-Match"),
)
def drop(request: HttpRequest, number: str) -> HttpResponse:
    """Close a reminder without its having been done."""
    return _step(request, number, DROP)
