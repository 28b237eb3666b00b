"""From the outbox to the receivers.

First each event is spread to the webhooks that are told of it; then what waits is sent. Both are done in short transactions that lock what
they work on: a process that dies leaves it as it was, free for the next. Between the receiver's word and the commit a process may die,
and then the message is sent again under the same id: nothing is lost, and a receiver that keeps the ids sees each message once.
"""

from __future__ import annotations

import datetime
import logging
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import timezone, translation

from foedera.platform.access.actors import system
from foedera.platform.access.asking import acting
from foedera.platform.actions.performing import perform
from foedera.platform.api.root import json_bytes
from foedera.platform.history.models import PerformedAction
from foedera.platform.lists.description import Context, record_type
from foedera.platform.lists.resources import document_of
from foedera.platform.notices.server import absolute

from . import queries, rules
from .actions import FAIL
from .connecting import Answer, call
from .keys import decrypted
from .models import Call, Channel, Delivery, DeliveryState, OutboxEvent, Webhook, WebhookState

logger = logging.getLogger(__name__)

EVENTS_AT_ONCE = 500
CALLS_IN_A_RUN = 2000
# A receiver that is slow waits for the next run, so that the others are not kept by it.
SECONDS_FOR_ONE = 20.0
KEPT = datetime.timedelta(days=90)


@dataclass(slots=True)
class Sending:
    """What a run did with the messages that waited."""

    delivered: int = 0
    failed: int = 0
    given_up: int = 0
    not_needed: int = 0
    spent: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    resting: set[int] = field(default_factory=set)


def spread(now: datetime.datetime) -> int:
    """Make a message of each new event for each webhook that is told of it; returns how many were made."""
    made = 0
    while True:
        with transaction.atomic():
            new = OutboxEvent.objects.filter(spread_at=None).select_for_update(skip_locked=True)
            events = list(new.order_by("id")[:EVENTS_AT_ONCE])
            if not events:
                return made
            actions = dict(
                PerformedAction.objects.filter(pk__in={e.action_id for e in events}).values_list("pk", "name")
            )
            messages: list[Delivery] = []
            for webhook in Webhook.objects.filter(state=WebhookState.ON):
                messages += _messages(webhook, events, actions, now)
            Delivery.objects.bulk_create(messages, ignore_conflicts=True)
            OutboxEvent.objects.filter(pk__in=[e.pk for e in events]).update(spread_at=now)
        made += len(messages)


def _messages(
    webhook: Webhook, events: list[OutboxEvent], actions: dict[int, str], now: datetime.datetime
) -> list[Delivery]:
    wanted: dict[str, list[OutboxEvent]] = defaultdict(list)
    for event in events:
        if event.at >= webhook.on_since and rules.OPERATIONS[event.operation] in (webhook.events or rules.EVENTS):
            wanted[event.table_name].append(event)
    actor = queries.actor_of(webhook, timezone.localdate())
    made = []
    for table, theirs in wanted.items():
        kind = queries.kind_of_table(table)
        if kind is None or kind.name not in (webhook.record_types or [kind.name]):
            continue
        there = queries.readable(kind, actor, {e.record_id for e in theirs if e.operation != "D"})
        # Of a record that is gone those are told who were told of it before.
        gone = {e.record_id for e in theirs if e.operation == "D"}
        told = Delivery.objects.filter(webhook=webhook, record_type=kind.name, record_id__in=gone)
        before = dict(told.exclude(state=DeliveryState.NOT_NEEDED).values_list("record_id", "record_number"))
        for event in theirs:
            number = (before if event.operation == "D" else there).get(event.record_id)
            if number is not None:
                made.append(
                    Delivery(
                        webhook=webhook,
                        event=event,
                        kind=f"{kind.name}.{rules.OPERATIONS[event.operation]}",
                        happened_at=event.at,
                        action=actions.get(event.action_id or 0, ""),
                        record_type=kind.name,
                        record_id=event.record_id,
                        record_number=number,
                        next_attempt_at=now,
                    )
                )
    return made


def send_waiting(now: datetime.datetime) -> Sending:
    """Send what is due at a moment, one message and one transaction after the other."""
    done = Sending()
    for _turn in range(CALLS_IN_A_RUN):
        if not _send_next(now, done):
            break
    return done


def _send_next(now: datetime.datetime, done: Sending) -> bool:
    with transaction.atomic():
        due = Delivery.objects.filter(
            state=DeliveryState.WAITING, next_attempt_at__lte=now, webhook__state=WebhookState.ON
        ).exclude(webhook__in=done.resting)
        locked = due.select_for_update(of=("self",), skip_locked=True).select_related("webhook")
        message = locked.order_by("next_attempt_at", "id").first()
        if message is None:
            return False
        webhook = message.webhook
        try:
            with transaction.atomic():
                content = payload(message)
        except Exception:
            # One record that cannot be written out must not keep back the others.
            logger.exception("no message was made for a webhook", extra={"delivery": message.pk})
            content = b""
        if content is None:
            message.state, message.done_at = DeliveryState.NOT_NEEDED, timezone.now()
            done.not_needed += 1
        else:
            answer = _call(message, content)
            Call.objects.create(
                delivery=message,
                milliseconds=round(answer.seconds * 1000),
                status=answer.status,
                fault=answer.fault,
                head=answer.head,
            )
            message.attempts += 1
            _note(message, answer, now, done)
            done.spent[webhook.pk] += answer.seconds
            if not answer.accepted or done.spent[webhook.pk] > SECONDS_FOR_ONE:
                done.resting.add(webhook.pk)
        message.save(update_fields=["state", "done_at", "attempts", "next_attempt_at"])
    return True


def _call(message: Delivery, content: bytes) -> Answer:
    if not content:
        return Answer(0.0, fault="no message could be made")
    channel = Channel.objects.get(webhook=message.webhook_id)
    secrets = [decrypted(channel.secret)]
    if channel.former_until is not None and channel.former_until > timezone.now():
        secrets.append(decrypted(channel.former_secret))
    if None in secrets:
        return Answer(0.0, fault="the secret was kept under another secret key")
    message_id, timestamp = f"msg_{message.message_id.hex}", int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Foedera-Webhook/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(rules.signature(s, message_id, timestamp, content) for s in secrets if s),
    }
    return call(message.webhook.url, headers, content, settings.FOEDERA_WEBHOOK_NETWORKS)


def _note(message: Delivery, answer: Answer, now: datetime.datetime, done: Sending) -> None:
    channel = Channel.objects.filter(webhook=message.webhook_id)
    if answer.accepted:
        message.state, message.done_at = DeliveryState.DELIVERED, timezone.now()
        channel.update(failing_since=None, last_success_at=timezone.now())
        done.delivered += 1
        return
    done.failed += 1
    later = rules.next_attempt(message.attempts, now)
    if later is None:
        message.state, message.done_at = DeliveryState.GIVEN_UP, timezone.now()
        done.given_up += 1
    else:
        message.next_attempt_at = later
    channel.update(failing_since=Coalesce("failing_since", Value(now)))
    failing_since = channel.values_list("failing_since", flat=True).get()
    if answer.status == rules.GONE or (failing_since and now - failing_since >= rules.FAILING_AT_MOST):
        reason = "410" if answer.status == rules.GONE else f"since {failing_since:%Y-%m-%d %H:%M}"
        perform(FAIL, system(timezone.localdate(), channel="job"), record=message.webhook_id, reason=reason)
        logger.warning("a webhook was switched off", extra={"webhook": message.webhook_id})


def payload(message: Delivery) -> bytes | None:
    """What the message says now, with the rights of its body at this moment; None when it may no longer say anything."""
    data: dict[str, Any] = {"webhook": message.webhook.number}
    if message.kind != rules.TEST:
        data = {"record_type": message.record_type, "number": message.record_number, "action": message.action}
        if not message.kind.endswith(f".{rules.DELETED}"):
            record = _record(message)
            if record is None:
                return None
            data.update(record)
    return json_bytes({"type": message.kind, "timestamp": message.happened_at, "data": data})


def _record(message: Delivery) -> dict[str, Any] | None:
    try:
        kind = record_type(message.record_type)
    except LookupError:
        return None
    actor = queries.actor_of(message.webhook, timezone.localdate())
    with acting(actor):
        if message.record_id is None or message.record_id not in queries.readable(kind, actor, [message.record_id]):
            return None
        found = kind.model._default_manager.get(pk=message.record_id)
        with translation.override(actor.language):
            record = document_of(kind, found, Context(actor))
    return {
        "number": getattr(found, kind.by_number),
        "url": absolute(f"/api/v1/{kind.name}/{getattr(found, kind.by_number)}"),
        "record": record,
    }


def forget(now: datetime.datetime) -> int:
    """Remove what is long done; returns how many messages went."""
    old = Delivery.objects.filter(made_at__lt=now - KEPT).exclude(state=DeliveryState.WAITING)
    gone = old.delete()[1].get(Delivery._meta.label, 0)
    OutboxEvent.objects.filter(spread_at__lt=now - KEPT).delete()
    return gone
