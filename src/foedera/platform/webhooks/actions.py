"""What is done with webhooks; each step stands in the history, the secrets do not."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from pydantic import BaseModel, ConfigDict, Field

from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import NotFound, NotNow, Refused, Words, invalid
from foedera.platform.actions.performing import Action, Nothing, Reason, Run, register, save
from foedera.platform.lists.description import record_types

from .access import ENDERS, KEEPERS, keeps_webhooks
from .keys import encrypted, new_secret
from .models import Channel, Delivery, DeliveryState, Webhook, WebhookState
from .rules import EVENTS, FORMER_SECRET_HOLDS, TEST, BadAddress, target_of

MOST_OF_A_BODY = 20
SEND = "webhooks.send"


class WebhookInput(BaseModel):
    """A webhook: what it is for, its address, and of which records and events it is told (none: of all)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=100)
    url: str = Field(min_length=1, max_length=1000)
    record_types: list[str] = []
    events: list[str] = []


class ChangeInput(BaseModel):
    """What shall be otherwise; what is left out stays."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str | None = Field(default=None, min_length=1, max_length=100)
    url: str | None = Field(default=None, min_length=1, max_length=1000)
    record_types: list[str] | None = None
    events: list[str] | None = None


class RedeliverInput(BaseModel):
    """The id of the message that shall be sent again."""

    delivery: int = Field(ge=1, lt=2**63)


def check(webhook: Webhook) -> None:
    """Raises Invalid for a name, an address, records or events that cannot be."""
    if "\x00" in webhook.name:
        raise invalid("name", _("The text holds a character that cannot be stored."))
    try:
        target_of(webhook.url, settings.FOEDERA_WEBHOOK_NETWORKS)
    except BadAddress as error:
        raise invalid("url", str(error)) from error
    if set(webhook.record_types) - {kind.name for kind in record_types()}:
        raise invalid("record_types", _("Choose one of the values offered."))
    if set(webhook.events) - set(EVENTS):
        raise invalid("events", _("Choose one of the values offered."))


def _moment() -> datetime.datetime:
    """The moment of this action by the clock that the events bear."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT foedera_now()")
        found: datetime.datetime = cursor.fetchone()[0]
    return found


def _known(values: Sequence[str]) -> list[str]:
    return sorted(set(values))


def _make(run: Run[Webhook]) -> tuple[Webhook, str]:
    actor = run.actor
    if not keeps_webhooks(actor) or actor.body_id is None:
        raise Refused(_("Only a person in a role of his own keeps webhooks."))
    standing = Webhook.objects.filter(body_id=actor.body_id).exclude(state=WebhookState.REMOVED)
    if standing.count() >= MOST_OF_A_BODY:
        raise NotNow(_("Your body has %(most)d webhooks; remove one first.") % {"most": MOST_OF_A_BODY})
    made = Webhook(
        name=run.input.name,
        url=run.input.url,
        body_id=actor.body_id,
        body_name=actor.body_name[:300],
        role=str(actor.role),
        record_types=_known(run.input.record_types),
        events=_known(run.input.events),
        on_since=_moment(),
        made_by=actor.signature,
    )
    check(made)
    save(made)
    made.refresh_from_db(fields=["number"])
    secret = new_secret()
    Channel.objects.create(webhook=made, secret=encrypted(secret))
    return made, secret


def _change(run: Run[Webhook]) -> Webhook:
    webhook: Webhook = run.record
    given = run.input.model_dump(exclude_none=True)
    for name, value in given.items():
        setattr(webhook, name, _known(value) if isinstance(value, list) else value)
    check(webhook)
    save(webhook)
    return webhook


def _switch_on(run: Run[Webhook]) -> Webhook:
    webhook: Webhook = run.record
    webhook.state, webhook.on_since, webhook.off_since = WebhookState.ON, _moment(), None
    save(webhook)
    Channel.objects.filter(webhook=webhook).update(failing_since=None)
    # What waited when it was switched off is sent now.
    Delivery.objects.filter(webhook=webhook, state=DeliveryState.WAITING).update(next_attempt_at=timezone.now())
    return webhook


def _end(webhook: Webhook, state: WebhookState, at: datetime.datetime) -> Webhook:
    webhook.state, webhook.off_since = state, at
    save(webhook)
    return webhook


def _switch_off(run: Run[Webhook]) -> Webhook:
    return _end(run.record, WebhookState.OFF, timezone.now())


def _fail(run: Run[Webhook]) -> Webhook:
    return _end(run.record, WebhookState.FAILED, timezone.now())


def _remove(run: Run[Webhook]) -> Webhook:
    Channel.objects.filter(webhook=run.record).update(secret="", former_secret="", former_until=None)
    return _end(run.record, WebhookState.REMOVED, timezone.now())


def _renew_secret(run: Run[Webhook]) -> tuple[Webhook, str]:
    secret, now = new_secret(), timezone.now()
    channel = Channel.objects.select_for_update().get(webhook=run.record)
    channel.former_secret, channel.former_until = channel.secret, now + FORMER_SECRET_HOLDS
    channel.secret = encrypted(secret)
    channel.save(update_fields=["secret", "former_secret", "former_until"])
    save(run.record)
    return run.record, secret


def _test(run: Run[Webhook]) -> Delivery:
    now = timezone.now()
    made = Delivery.objects.create(webhook=run.record, kind=TEST, happened_at=now, next_attempt_at=now)
    ask_for_sending(now)
    return made


def _redeliver(run: Run[Webhook]) -> Delivery:
    found = Delivery.objects.select_for_update().filter(webhook=run.record, pk=run.input.delivery).first()
    if found is None:
        raise NotFound()
    if found.state == DeliveryState.WAITING:
        raise NotNow(_("This message waits to be sent already."))
    now = timezone.now()
    found.state, found.attempts, found.next_attempt_at, found.done_at = DeliveryState.WAITING, 0, now, None
    found.save(update_fields=["state", "attempts", "next_attempt_at", "done_at"])
    ask_for_sending(now)
    return found


def ask_for_sending(now: datetime.datetime) -> None:
    """Have a worker send at once what waits, when this transaction is committed."""
    try:
        with transaction.atomic():
            app.configure_task(SEND).defer(timestamp=int(now.timestamp()))
    except AlreadyEnqueued:
        return


def _only_off(webhook: Webhook) -> Words:
    return _("It is on already.") if webhook.state == WebhookState.ON else ""


def _only_on(webhook: Webhook) -> Words:
    return "" if webhook.state == WebhookState.ON else _("It is switched off.")


def _only_program(actor: Actor, _webhook: Webhook) -> Words:
    return "" if actor.person_id is None else _("Your role does not include this step.")


MAKE = register(
    Action(
        name="webhooks.make",
        label=gettext_lazy("New webhook"),
        model=Webhook,
        body=_make,
        roles=KEEPERS,
        input=WebhookInput,
        reason=Reason.NEVER,
        makes_record=True,
    )
)
CHANGE = register(
    Action(
        name="webhooks.change",
        label=gettext_lazy("Change"),
        model=Webhook,
        body=_change,
        roles=KEEPERS,
        input=ChangeInput,
        reason=Reason.OPTIONAL,
    )
)
SWITCH_ON = register(
    Action(
        name="webhooks.switch_on",
        label=gettext_lazy("Switch on"),
        model=Webhook,
        body=_switch_on,
        roles=KEEPERS,
        input=Nothing,
        available=_only_off,
        needs_version=False,
    )
)
SWITCH_OFF = register(
    Action(
        name="webhooks.switch_off",
        label=gettext_lazy("Switch off"),
        model=Webhook,
        body=_switch_off,
        roles=ENDERS,
        input=Nothing,
        available=_only_on,
        needs_version=False,
    )
)
FAIL = register(
    Action(
        name="webhooks.fail",
        label=gettext_lazy("Switched off by itself"),
        model=Webhook,
        body=_fail,
        roles=frozenset({Role.COORDINATOR}),
        input=Nothing,
        available=_only_on,
        permits=_only_program,
        needs_version=False,
        reversible=False,
    )
)
RENEW_SECRET = register(
    Action(
        name="webhooks.renew_secret",
        label=gettext_lazy("New secret"),
        model=Webhook,
        body=_renew_secret,
        roles=KEEPERS,
        input=Nothing,
        needs_version=False,
        reversible=False,
    )
)
SEND_TEST = register(
    Action(
        name="webhooks.test",
        label=gettext_lazy("Send a test"),
        model=Webhook,
        body=_test,
        roles=KEEPERS,
        input=Nothing,
        available=_only_on,
        needs_version=False,
        reversible=False,
    )
)
REDELIVER = register(
    Action(
        name="webhooks.redeliver",
        label=gettext_lazy("Send again"),
        model=Webhook,
        body=_redeliver,
        roles=KEEPERS,
        input=RedeliverInput,
        available=_only_on,
        needs_version=False,
        reversible=False,
    )
)
REMOVE = register(
    Action(
        name="webhooks.remove",
        label=gettext_lazy("Remove"),
        model=Webhook,
        body=_remove,
        roles=ENDERS,
        input=Nothing,
        needs_version=False,
        reversible=False,
    )
)
