"""Reading webhooks, what was sent to them, and the records they are told of."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from foedera.platform.access.actors import Actor, territories_of
from foedera.platform.access.asking import acting
from foedera.platform.access.policies import policy_for, visible_rows
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import NotFound
from foedera.platform.lists.description import RecordType, record_type, record_types

from .access import sees_webhooks
from .models import Call, Delivery, DeliveryState, Webhook

PAGE = 50
# Webhooks have no language of their own; programs get codes, and names in English.
LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as a reader sees it: the number of its record only where he may know of that record."""

    delivery: Delivery
    number: str
    calls: tuple[Call, ...]


def visible(actor: Actor) -> QuerySet[Webhook]:
    """The webhooks that the actor may know of, newest first. Raises NotFound for whom they are not."""
    if not sees_webhooks(actor):
        raise NotFound()
    return policy_for(Webhook).visible(Webhook.objects.all(), actor).order_by("-id")


def overview(actor: Actor) -> list[Webhook]:
    """The visible webhooks with what is shown of them in the list (`waiting`, `given_up`: numbers of messages)."""
    counted = visible(actor).select_related("channel")
    return list(
        counted.annotate(
            waiting=Count("deliveries", filter=Q(deliveries__state=DeliveryState.WAITING)),
            given_up=Count("deliveries", filter=Q(deliveries__state=DeliveryState.GIVEN_UP)),
        )[:200]
    )


def webhook(actor: Actor, number: str) -> Webhook:
    """The webhook of that number. Raises NotFound."""
    found = (
        None
        if "\x00" in number
        else visible(actor).filter(number=number.upper()).select_related("channel", "body").first()
    )
    if found is None:
        raise NotFound()
    return found


def sent_to(actor: Actor, of: Webhook, *, before: int | None = None, state: str = "") -> list[Sent]:
    """The newest messages of a visible webhook with their calls, one more than a page."""
    rows = Delivery.objects.filter(webhook=of).order_by("-id")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    if state:
        rows = rows.filter(state=state)
    return _shown(actor, list(rows[: PAGE + 1]))


def delivery(actor: Actor, of: Webhook, key: int) -> Sent:
    """One message of a visible webhook. Raises NotFound."""
    found = Delivery.objects.filter(webhook=of, pk=key).first()
    if found is None:
        raise NotFound()
    return _shown(actor, [found])[0]


def _shown(actor: Actor, found: Sequence[Delivery]) -> list[Sent]:
    calls: dict[int, list[Call]] = defaultdict(list)
    for call in Call.objects.filter(delivery__in=[d.pk for d in found]).order_by("-id"):
        calls[call.delivery_id].append(call)
    asked: dict[str, set[int]] = defaultdict(set)
    for one in found:
        if one.record_id is not None:
            asked[one.record_type].add(one.record_id)
    known = {name: _known(actor, name, keys) for name, keys in asked.items()}
    return [
        Sent(d, d.record_number if d.record_id in known.get(d.record_type, set()) else "", tuple(calls[d.pk]))
        for d in found
    ]


def _known(actor: Actor, name: str, keys: set[int]) -> set[int]:
    try:
        kind = record_type(name)
    except LookupError:
        return set()
    rows = visible_rows(kind.model._default_manager.filter(pk__in=keys), actor)
    return set(rows.values_list("pk", flat=True))


def kind_of_table(name: str) -> RecordType | None:
    """The record type whose rows the table holds."""
    return next((kind for kind in record_types() if kind.model._meta.db_table == name), None)


def readable(kind: RecordType, actor: Actor, keys: Iterable[int]) -> dict[int, str]:
    """Numbers by id of those records of which the actor may know more than the title."""
    rows: Any = kind.model._default_manager.filter(pk__in=list(keys))
    with acting(actor):
        whole = policy_for(kind.model).whole(visible_rows(rows, actor), actor)
        return dict(whole.order_by().values_list("pk", kind.by_number))


def actor_of(of: Webhook, today: datetime.date) -> Actor:
    """With whose rights a webhook is told: the body in the role of whoever made it, as it stands today."""
    covered = territories_of(of.body_id, today, LANGUAGE)
    return Actor(
        person_id=None,
        name=of.name,
        role=Role(of.role),
        body_id=of.body_id,
        body_name=of.body_name,
        own_territories=covered.own,
        partner_states=covered.partners,
        territory_names=covered.names,
        today=today,
        as_of=today,
        channel="webhook",
        language=LANGUAGE,
        # Marks it as a body's program and not as the register itself.
        service_id=0,
    )
