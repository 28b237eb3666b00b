"""Notes over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound, invalid
from foedera.platform.actions.performing import Action, perform
from foedera.platform.api.root import answer, api_actor, body_of, idempotently, version_of
from foedera.platform.history.queries import timeline
from foedera.platform.lists.resources import body_description

from . import queries
from .actions import CORRECT, WITHDRAW, WRITE
from .models import Note

router = Router(tags=["notes"])


def document(note: Note) -> dict[str, Any]:
    """A note as JSON."""
    return {
        "number": note.number,
        "record_type": note.about_type,
        "record": note.about_number,
        "text": note.text,
        "publicity": note.publicity,
        "author": note.author_name,
        "role": note.author_role,
        "body": note.author_body,
        "written_at": note.created_at,
        "corrected_at": note.corrected_at,
        "withdrawn_at": note.withdrawn_at,
        "state": note.state,
        "version": note.version,
    }


@router.get("/notes", summary="Notes on records")
def list_notes(request: HttpRequest, record: str = "", before: str = "") -> HttpResponse:
    """The newest fifty notes that one may read, those on one record by its number; `before` continues after the last."""
    actor = api_actor(request)
    if actor.is_public:
        raise NotFound()
    rows = queries.visible(actor)
    if record:
        rows = rows.filter(about_number=record.upper().replace("\x00", ""))
    if before:
        if not (before.isascii() and before.isdigit()) or len(before) > 18:
            raise invalid("before", before)
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: queries.PAGE + 1])
    more = str(found[queries.PAGE - 1].pk) if len(found) > queries.PAGE else ""
    return answer({"items": [document(note) for note in found[: queries.PAGE]], "next": more})


@router.post(
    "/notes",
    response={201: dict},
    summary="Write a note on a record",
    openapi_extra=body_description(WRITE, "Idempotency-Key"),
)
def write(request: HttpRequest) -> HttpResponse:
    """Write a note on a record that one may read whole."""
    actor = api_actor(request)

    def carry_out() -> HttpResponse:
        note = perform(WRITE, actor, values=body_of(request))
        response = answer(document(note), status=201, version=note.version)
        response["Location"] = f"{request.path.rstrip('/')}/{note.number}"
        return response

    return idempotently(request, actor, carry_out)


@router.get("/notes/{number}", summary="One note")
def one(request: HttpRequest, number: str) -> HttpResponse:
    """A note as it stands."""
    note = queries.note(number, api_actor(request))
    return answer(document(note), version=note.version)


@router.get("/notes/{number}/history", summary="What a note said before")
def history(request: HttpRequest, number: str) -> HttpResponse:
    """Everything that happened to a note, newest first."""
    actor = api_actor(request)
    return answer({"items": [_event(event) for event in timeline(queries.note(number, actor))]})


def _event(event: Any) -> dict[str, Any]:
    changes = [{"field": c.field, "before": c.before, "after": c.after} for c in event.changes]
    return {"at": event.at, "action": event.action, "by": event.person_name, "reason": event.reason, "changes": changes}


def _step(request: HttpRequest, number: str, action: Action[Any], actor: Actor) -> HttpResponse:
    note = queries.note(number, actor)
    sent = body_of(request)
    reason = str(sent.pop("reason", ""))
    note = perform(action, actor, record=note, version=version_of(request), values=sent, reason=reason)
    return answer(document(note), version=note.version)


@router.patch(
    "/notes/{number}",
    response={200: dict},
    summary="Correct one's own note",
    openapi_extra=body_description(CORRECT, "If-Match"),
)
def correct(request: HttpRequest, number: str) -> HttpResponse:
    """Correct the text within an hour of writing; what it said stays in the history."""
    return _step(request, number, CORRECT, api_actor(request))


@router.post(
    "/notes/{number}/withdraw",
    response={200: dict},
    summary="Withdraw a note with a reason",
    openapi_extra=body_description(WITHDRAW, "If-Match"),
)
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Withdraw a note; it stays readable, marked as withdrawn."""
    return _step(request, number, WITHDRAW, api_actor(request))
