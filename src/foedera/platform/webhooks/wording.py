"""Words about webhooks that their pages share."""

from __future__ import annotations

from django.utils.translation import gettext as _

from foedera.platform.lists.description import record_types
from foedera.platform.pages.shapes import Chip, Colour

from .models import Call, Delivery, DeliveryState, Webhook, WebhookState
from .rules import CHANGED, DELETED, MADE, TEST

COLOURS: dict[str, Colour] = {
    WebhookState.ON: "green",
    WebhookState.OFF: "grey",
    WebhookState.FAILED: "red",
    WebhookState.REMOVED: "grey",
    DeliveryState.WAITING: "blue",
    DeliveryState.DELIVERED: "green",
    DeliveryState.GIVEN_UP: "red",
    DeliveryState.NOT_NEEDED: "grey",
}


def state_chip(of: Webhook | Delivery) -> Chip:
    """The state of a webhook or of a message."""
    states = WebhookState if isinstance(of, Webhook) else DeliveryState
    return Chip(states(of.state).label, COLOURS[of.state])


def event_words() -> dict[str, str]:
    """The events in words, by name."""
    return {MADE: _("Created"), CHANGED: _("Changed"), DELETED: _("Deleted")}


def scope_words(of: Webhook) -> str:
    """Of which records and events a webhook is told."""
    kinds = {kind.name: str(kind.plural) for kind in record_types()}
    what = ", ".join(kinds.get(name, name) for name in of.record_types) or _("all records")
    when = ", ".join(event_words()[name].lower() for name in of.events) or _("every event")
    return f"{what}: {when}"


def kind_words(of: Delivery) -> str:
    """What a message is about."""
    if of.kind == TEST:
        return _("Test")
    kinds = {kind.name: str(kind.singular) for kind in record_types()}
    event = of.kind.rpartition(".")[2]
    return f"{kinds.get(of.record_type, of.record_type)}: {event_words().get(event, event).lower()}"


def result_words(call: Call) -> str:
    """What came of a call: the status of the answer, or the kind of fault."""
    return str(call.status) if call.status is not None else call.fault
