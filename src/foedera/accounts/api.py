"""What is switched on, lent, opened and given to programs, over the API.

Rights are given only in a session in which a person has signed in: a token that was lost must not make itself longer or wider.
Taking them back is for tokens too.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema

from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import NotFound, Refused, invalid
from foedera.platform.api.root import answer, api_actor

from .actions import (
    close_reading,
    end_elevation,
    keeps_service_tokens,
    lend_role,
    make_service_token,
    open_reading,
    revoke_service_token,
    switch_on,
    take_back_role,
)
from .confirming import fault_of_proof
from .models import Delegation, Elevation, OpenReading, ServiceToken
from .queries import (
    address_of,
    body_by_number,
    delegations_of,
    elevations,
    readings,
    requests_of,
    service_tokens,
)
from .signing_in import ELEVATION_KEY

router = Router(tags=["access"])
SHOWN = 500


def _person(request: HttpRequest) -> Actor:
    """The actor of a person. Raises NotFound for others."""
    actor = api_actor(request)
    if actor.person_id is None:
        raise NotFound()
    return actor


def _signed_in(request: HttpRequest) -> Actor:
    """The actor of a person who has signed in himself. Raises NotFound, Refused for a token."""
    actor = _person(request)
    if request.headers.get("Authorization"):
        raise Refused(_("A token gives no rights; a person signs in for that."))
    return actor


def _page(rows: list[dict[str, Any]]) -> HttpResponse:
    return answer({"items": rows})


class SwitchOnIn(Schema):
    """Why, for how long, and the proof that it is the person: his password, or the code of his authenticator."""

    reason: str
    minutes: int
    proof: str = ""


def _elevation(row: Elevation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "person": row.duty.person.name,
        "reason": row.reason,
        "from": row.started_at,
        "until": row.until,
        "ended_at": row.ended_at,
        "address": row.address,
    }


@router.get("/elevations", summary="Administrators' sessions")
def list_elevations(request: HttpRequest) -> HttpResponse:
    """All for coordinator, auditor and a switched-on administrator, else one's own; newest first."""
    return _page([_elevation(row) for row in elevations(_person(request))[:SHOWN]])


@router.post("/elevations", response={201: dict}, summary="Switch one's administrator's session on")
def begin_elevation(request: HttpRequest, given: SwitchOnIn) -> HttpResponse:
    """For a time and with a reason; the rest of the session is the administrator's. Every request is logged."""
    actor = _signed_in(request)
    if actor.off_because != "elevation":
        raise Refused(_("Your role does not include this step."))
    fault = fault_of_proof(request, given.proof)
    if fault:
        raise invalid("proof", fault)
    made = switch_on(actor=actor, reason=given.reason, minutes=given.minutes, address=address_of(request))
    request.session[ELEVATION_KEY] = made.pk
    return answer(_elevation(made), status=201)


@router.delete("/elevations/{key}", response={204: None}, summary="Switch an administrator's session off")
def finish_elevation(request: HttpRequest, key: int) -> HttpResponse:
    """At once: one's own, or as a switched-on administrator another's."""
    end_elevation(actor=_person(request), key=_whole(key))
    return HttpResponse(status=204)


@router.get("/elevations/{key}/requests", summary="What was asked for in an administrator's session")
def list_requests(request: HttpRequest, key: int) -> HttpResponse:
    """The requests as they were written down before they were carried out, newest first."""
    found = elevations(_person(request)).filter(pk=_whole(key)).first()
    if found is None:
        raise NotFound()
    return _page(
        [
            {"at": e.at, "method": e.method, "path": e.path, "sent": e.sent, "status": e.status}
            for e in requests_of(found)[:SHOWN]
        ]
    )


class LendIn(Schema):
    """To which colleague one's present role is lent, from which day to which, and why."""

    login: str
    valid_from: datetime.date
    valid_until: datetime.date
    reason: str


def _delegation(row: Delegation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "role": row.duty.role,
        "whose": row.duty.person.name,
        "to": row.person.name,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "reason": row.reason,
        "revoked_at": row.revoked_at,
    }


@router.get("/delegations", summary="Roles that one has lent or been lent")
def list_delegations(request: HttpRequest) -> HttpResponse:
    """Newest first."""
    actor = _person(request)
    return _page([_delegation(row) for row in delegations_of(actor.person_id or 0)])


@router.post("/delegations", response={201: dict}, summary="Lend one's role to a colleague for a leave")
def lend(request: HttpRequest, given: LendIn) -> HttpResponse:
    """Lend the role in which one works to somebody of the same body."""
    made = lend_role(actor=_signed_in(request), **given.dict())
    return answer(_delegation(made), status=201)


@router.delete("/delegations/{key}", response={204: None}, summary="Take a lent role back")
def take_back(request: HttpRequest, key: int) -> HttpResponse:
    """At once: one's own, or as a switched-on administrator another's."""
    take_back_role(actor=_person(request), key=_whole(key))
    return HttpResponse(status=204)


class OpenIn(Schema):
    """Which restricted record, for how many hours, and why it must be read."""

    number: str
    hours: int
    reason: str


def _reading(row: OpenReading) -> dict[str, Any]:
    return {
        "id": row.pk,
        "number": row.number,
        "person": row.person.name,
        "reason": row.reason,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "ended_at": row.ended_at,
    }


@router.get("/readings", summary="Restricted records that were opened for reading")
def list_readings(request: HttpRequest) -> HttpResponse:
    """All for coordinator and auditor, else one's own and those of records of one's body; newest first."""
    return _page([_reading(row) for row in readings(_person(request))[:SHOWN]])


@router.post("/readings", response={201: dict}, summary="Open a restricted record of another body for reading")
def begin_reading(request: HttpRequest, given: OpenIn) -> HttpResponse:
    """For some hours and with a reason that its owner is told; it gives no right to change."""
    made = open_reading(actor=_signed_in(request), **given.dict())
    return answer(_reading(made), status=201)


@router.delete("/readings/{key}", response={204: None}, summary="Close an opened record")
def finish_reading(request: HttpRequest, key: int) -> HttpResponse:
    """At once: one's own, or one of a record of one's body."""
    close_reading(actor=_person(request), key=_whole(key))
    return HttpResponse(status=204)


class ServiceTokenIn(Schema):
    """A token of a body (by number; one's own where none is named) in a role (one's own), for some days; empty records mean all."""

    name: str
    days: int
    body: str = ""
    role: Role | None = None
    reads_only: bool = True
    record_types: list[str] = []


def _service_token(row: ServiceToken) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "body": row.body.number,
        "role": row.role,
        "reads_only": row.reads_only,
        "record_types": row.record_types,
        "expires_on": row.expires_on,
        "revoked_at": row.revoked_at,
        "last_used_at": row.last_used_at,
        "made_by": row.made_by.name,
    }


@router.get("/service-tokens", summary="Tokens of bodies")
def list_service_tokens(request: HttpRequest) -> HttpResponse:
    """Those of one's body; of every body for a switched-on administrator and the auditor. Secrets are not kept."""
    actor = _person(request)
    if not keeps_service_tokens(actor) and actor.role != Role.AUDITOR:
        raise NotFound()
    return _page([_service_token(row) for row in service_tokens(actor)])


@router.post("/service-tokens", response={201: dict}, summary="Make a token of a body")
def make_token_of_body(request: HttpRequest, given: ServiceTokenIn) -> HttpResponse:
    """The answer alone holds the secret; it cannot be shown again."""
    actor = _signed_in(request)
    if not keeps_service_tokens(actor):
        # Before the body is looked for: whoever makes none is told so, whichever body he names.
        raise Refused(_("Your role does not include this step."))
    made, secret = make_service_token(
        actor=actor,
        body_id=body_by_number(given.body) if given.body else actor.body_id or 0,
        role=given.role or actor.role,
        name=given.name,
        days=given.days,
        reads_only=given.reads_only,
        record_types=given.record_types,
    )
    response = answer({**_service_token(made), "secret": secret}, status=201)
    response["Cache-Control"] = "no-store"
    return response


@router.delete("/service-tokens/{key}", response={204: None}, summary="Revoke a token of a body")
def revoke_token_of_body(request: HttpRequest, key: int) -> HttpResponse:
    """At once and for good."""
    revoke_service_token(actor=_person(request), key=_whole(key))
    return HttpResponse(status=204)


def document_of(row: Elevation | Delegation | OpenReading | ServiceToken) -> dict[str, Any]:
    """What is switched on, lent, opened or given to a program, as JSON."""
    if isinstance(row, Elevation):
        return _elevation(row)
    if isinstance(row, Delegation):
        return _delegation(row)
    return _reading(row) if isinstance(row, OpenReading) else _service_token(row)


def _whole(key: int) -> int:
    """An id that the database can hold. Raises NotFound for others."""
    if not 0 < key < 2**63:
        raise NotFound()
    return key
