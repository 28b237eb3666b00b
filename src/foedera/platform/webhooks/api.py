"""Webhooks over the API."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from foedera.platform.actions.errors import NotFound, invalid
from foedera.platform.actions.performing import Action, perform
from foedera.platform.api.root import answer, api_actor, body_of, idempotently, version_of
from foedera.platform.lists.resources import body_description

from . import queries
from .actions import CHANGE, MAKE, REDELIVER, REMOVE, RENEW_SECRET, SEND_TEST, SWITCH_OFF, SWITCH_ON
from .models import Call, DeliveryState, Webhook

router = Router(tags=["webhooks"])


class WebhookOut(Schema):
    """A webhook; the secret stands in the answer that makes it and nowhere else."""

    number: str
    name: str
    url: str
    body: str
    role: str
    record_types: list[str]
    events: list[str]
    state: str
    on_since: str
    off_since: str | None
    last_success_at: str | None
    failing_since: str | None
    version: int
    secret: str | None = None


class WebhooksOut(Schema):
    """All webhooks that one may know of."""

    items: list[WebhookOut]


class CallOut(Schema):
    """One call: how long it took, the status or the fault, the beginning of the answer."""

    at: str
    milliseconds: int
    status: int | None
    fault: str
    head: str


class MessageOut(Schema):
    """A message and its calls, newest first; `record` is empty where one may not know of the record."""

    id: int
    message_id: str
    type: str
    record: str
    happened_at: str
    state: str
    attempts: int
    next_attempt_at: str | None
    calls: list[CallOut]


class MessagesOut(Schema):
    """Messages, newest first; `next` goes into `before` for the next page."""

    items: list[MessageOut]
    next: int | None


def document(webhook: Webhook, secret: str | None = None) -> dict[str, Any]:
    """A webhook as JSON."""
    shown: dict[str, Any] = {
        "number": webhook.number,
        "name": webhook.name,
        "url": webhook.url,
        "body": webhook.body_name,
        "role": webhook.role,
        "record_types": webhook.record_types,
        "events": webhook.events,
        "state": webhook.state,
        "on_since": webhook.on_since,
        "off_since": webhook.off_since,
        "last_success_at": webhook.channel.last_success_at,
        "failing_since": webhook.channel.failing_since,
        "version": webhook.version,
    }
    return {**shown, "secret": secret} if secret is not None else shown


def _call(call: Call) -> dict[str, Any]:
    return {
        "at": call.at,
        "milliseconds": call.milliseconds,
        "status": call.status,
        "fault": call.fault,
        "head": call.head,
    }


def message_document(sent: queries.Sent) -> dict[str, Any]:
    """A message as JSON."""
    waits = sent.delivery.state == DeliveryState.WAITING
    return {
        "id": sent.delivery.pk,
        "message_id": f"msg_{sent.delivery.message_id.hex}",
        "type": sent.delivery.kind,
        "record": sent.number,
        "happened_at": sent.delivery.happened_at,
        "state": sent.delivery.state,
        "attempts": sent.delivery.attempts,
        "next_attempt_at": sent.delivery.next_attempt_at if waits else None,
        "calls": [_call(call) for call in sent.calls],
    }


def _kept_to_oneself(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


@router.get("/webhooks", response=WebhooksOut, operation_id="webhooks_list", summary="Webhooks")
def list_webhooks(request: HttpRequest) -> HttpResponse:
    """The webhooks of one's body in one's role; all of them for who oversees them."""
    return answer({"items": [document(w) for w in queries.overview(api_actor(request))]})


@router.post(
    "/webhooks",
    response={201: WebhookOut},
    operation_id="webhooks_make",
    summary="New webhook",
    openapi_extra=body_description(MAKE, "Idempotency-Key"),
)
def make(request: HttpRequest) -> HttpResponse:
    """Make a webhook. Its secret stands in this answer and nowhere else, so a repetition with the same key has it no more."""
    actor = api_actor(request)
    queries.visible(actor)
    secrets: list[str] = []

    def carry_out() -> HttpResponse:
        made, secret = perform(MAKE, actor, values=body_of(request))
        secrets.append(secret)
        return answer(document(queries.webhook(actor, made.number)), status=201, version=made.version)

    response = idempotently(request, actor, carry_out)
    if secrets:
        # After the answer was kept for repetitions: the secret is not kept with it.
        made = queries.webhook(actor, _number_in(response))
        response = answer(document(made, secrets[0]), status=201, version=made.version)
        response["Location"] = f"{request.path.rstrip('/')}/{made.number}"
    return _kept_to_oneself(response)


def _number_in(response: HttpResponse) -> str:
    return str(orjson.loads(response.content)["number"])


@router.get("/webhooks/{number}", response=WebhookOut, operation_id="webhooks_read", summary="One webhook")
def read(request: HttpRequest, number: str) -> HttpResponse:
    """One webhook."""
    webhook = queries.webhook(api_actor(request), number)
    return answer(document(webhook), version=webhook.version)


@router.patch(
    "/webhooks/{number}",
    response=WebhookOut,
    operation_id="webhooks_change",
    summary="Change a webhook",
    openapi_extra=body_description(CHANGE, "If-Match"),
)
def change(request: HttpRequest, number: str) -> HttpResponse:
    """Change name, address, records or events."""
    actor = api_actor(request)
    webhook = queries.webhook(actor, number)
    sent = body_of(request)
    reason = str(sent.pop("reason", ""))
    perform(CHANGE, actor, record=webhook, version=version_of(request), values=sent, reason=reason)
    return read(request, number)


@router.delete("/webhooks/{number}", response={204: None}, operation_id="webhooks_remove", summary="Remove a webhook")
def remove(request: HttpRequest, number: str) -> HttpResponse:
    """Remove it for good; what waits is not sent."""
    actor = api_actor(request)
    perform(REMOVE, actor, record=queries.webhook(actor, number))
    return HttpResponse(status=204)


def _turn(request: HttpRequest, number: str, action: Action[Webhook]) -> HttpResponse:
    actor = api_actor(request)
    perform(action, actor, record=queries.webhook(actor, number))
    return read(request, number)


@router.post("/webhooks/{number}/on", response=WebhookOut, operation_id="webhooks_on", summary="Switch on")
def switch_on(request: HttpRequest, number: str) -> HttpResponse:
    """Switch it on: it is told what happens from now on, and what waited is sent."""
    return _turn(request, number, SWITCH_ON)


@router.post("/webhooks/{number}/off", response=WebhookOut, operation_id="webhooks_off", summary="Switch off")
def switch_off(request: HttpRequest, number: str) -> HttpResponse:
    """Switch it off."""
    return _turn(request, number, SWITCH_OFF)


@router.post("/webhooks/{number}/secret", response=WebhookOut, operation_id="webhooks_secret", summary="New secret")
def renew_secret(request: HttpRequest, number: str) -> HttpResponse:
    """Another secret, which stands in this answer alone; for a day calls are signed with both."""
    actor = api_actor(request)
    _renewed, secret = perform(RENEW_SECRET, actor, record=queries.webhook(actor, number))
    return _kept_to_oneself(answer(document(queries.webhook(actor, number), secret)))


@router.post("/webhooks/{number}/test", response={202: MessageOut}, operation_id="webhooks_test", summary="Send a test")
def test(request: HttpRequest, number: str) -> HttpResponse:
    """Send a test message."""
    actor = api_actor(request)
    webhook = queries.webhook(actor, number)
    made = perform(SEND_TEST, actor, record=webhook)
    return answer(message_document(queries.delivery(actor, webhook, made.pk)), status=202)


@router.get(
    "/webhooks/{number}/messages", response=MessagesOut, operation_id="webhooks_messages", summary="Log of calls"
)
def messages(request: HttpRequest, number: str, state: str = "", before: int | None = None) -> HttpResponse:
    """What was sent and what came of each call, the newest fifty first."""
    actor = api_actor(request)
    if state and state not in DeliveryState.values:
        raise invalid("state", ", ".join(DeliveryState.values))
    if before is not None and not 0 <= before < 2**63:
        raise invalid("before", str(before))
    found = queries.sent_to(actor, queries.webhook(actor, number), before=before, state=state)
    more = found[queries.PAGE - 1].delivery.pk if len(found) > queries.PAGE else None
    return answer({"items": [message_document(s) for s in found[: queries.PAGE]], "next": more})


@router.post(
    "/webhooks/{number}/messages/{key}/again",
    response={202: MessageOut},
    operation_id="webhooks_again",
    summary="Send again",
)
def again(request: HttpRequest, number: str, key: int) -> HttpResponse:
    """Send a message again, under its id."""
    actor = api_actor(request)
    webhook = queries.webhook(actor, number)
    if not 0 < key < 2**63:
        raise NotFound()
    made = perform(REDELIVER, actor, record=webhook, values={"delivery": key})
    return answer(message_document(queries.delivery(actor, webhook, made.pk)), status=202)
