"""Who may take which step on a record, over the API."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from foedera.platform.api.root import answer, api_actor

from .queries import rights_on, whole_record

router = Router()


class SeatOut(Schema):
    """A role in a body."""

    role: str
    role_label: str
    body: str
    body_name: str


class StepRightsOut(Schema):
    """A step on a record: whether you may take it now, why not, and who may take it by right."""

    step: str
    label: str
    allowed: bool
    reason: str
    who_may: list[SeatOut]


class RightsOut(Schema):
    """All steps on a record."""

    items: list[StepRightsOut]


@router.get(
    "/who-may/{kind}/{number}",
    response=RightsOut,
    tags=["rights"],
    operation_id="who_may",
    summary="Who may take which step on a record",
)
def who_may(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """Each step on a record that you read whole, with the roles and bodies that may take it by right; no people are named."""
    actor = api_actor(request)
    _described, record = whole_record(kind, number, actor)
    items = [
        {
            "step": each.name.partition(".")[2],
            "label": str(each.label),
            "allowed": each.allowed,
            "reason": str(each.reason),
            "who_may": [
                {
                    "role": str(seat.role),
                    "role_label": str(seat.role.label),
                    "body": seat.body_number,
                    "body_name": seat.body_name,
                }
                for seat in each.seats
            ],
        }
        for each in rights_on(record, actor)
    ]
    return answer({"items": items})
