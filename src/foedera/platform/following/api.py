"""Subscriptions over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound
from foedera.platform.actions.performing import perform
from foedera.platform.api.root import answer, api_actor, body_of, idempotently
from foedera.platform.lists.resources import body_description

from . import queries
from .actions import FOLLOW, STOP
from .models import Subscription

router = Router(tags=["following"])


def _follower(request: HttpRequest) -> Actor:
    actor = api_actor(request)
    if actor.person_id is None or actor.is_public:
        raise NotFound()
    return actor


def document(row: Subscription) -> dict[str, Any]:
    """A subscription as JSON."""
    return {
        "id": row.pk,
        "record_type": row.record_type,
        "number": row.name if row.record_id is not None else "",
        "query": row.query,
        "name": row.name,
        "records": len(row.members),
        "looked_at": row.looked_at,
        "sleeps_because": row.sleeps_because,
        "since": row.created_at,
    }


@router.get("/subscriptions", summary="What one follows")
def list_subscriptions(request: HttpRequest) -> HttpResponse:
    """The records and lists of whose changes one is told, newest first."""
    return answer({"items": [document(row) for row in queries.subscriptions(_follower(request))]})


@router.post(
    "/subscriptions",
    response={201: dict},
    summary="Follow a record or a list",
    openapi_extra=body_description(FOLLOW, "Idempotency-Key"),
)
def follow(request: HttpRequest) -> HttpResponse:
    """Be told when a record changes, or what enters, leaves and changes in a list. What is followed already stays as it is."""
    actor = _follower(request)

    def carry_out() -> HttpResponse:
        row = perform(FOLLOW, actor, values=body_of(request))
        response = answer(document(row), status=201)
        response["Location"] = f"{request.path.rstrip('/')}/{row.pk}"
        return response

    return idempotently(request, actor, carry_out)


@router.get("/subscriptions/{key}", summary="One subscription with its news")
def one(request: HttpRequest, key: int) -> HttpResponse:
    """A subscription with what entered, left or changed in the last thirty days, by the rights of this moment."""
    actor = _follower(request)
    row = queries.subscription(key, actor)
    news = [
        {"at": n.at, "what": n.what.value, "number": n.number, "title": n.title, "steps": list(n.steps)}
        for n in queries.news(row, actor)
    ]
    return answer({**document(row), "news": news})


@router.delete("/subscriptions/{key}", response={204: None}, summary="Follow something no longer")
def stop(request: HttpRequest, key: int) -> HttpResponse:
    """End a subscription."""
    actor = _follower(request)
    perform(STOP, actor, record=queries.subscription(key, actor))
    return HttpResponse(status=204)
