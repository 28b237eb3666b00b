"""Webhooks of bodies: who is called, what happened (the outbox), what is to be sent, and each call that was made."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foedera.platform.access.roles import Role
from foedera.platform.records.models import number_field


class WebhookState(models.TextChoices):
    """Whether a webhook is called. Off by itself: it failed for days, or its receiver said that it is gone."""

    ON = "on", pgettext_lazy("webhook", "On")
    OFF = "off", pgettext_lazy("webhook", "Switched off")
    FAILED = "failed", pgettext_lazy("webhook", "Switched off after failures")
    REMOVED = "removed", pgettext_lazy("webhook", "Removed")


class Webhook(models.Model):
    """An address of a body's program that is called when records change, with the rights of a role of the body."""

    id = models.BigAutoField(primary_key=True)
    number = number_field("WH")
    name = models.CharField(_("What it is for"), max_length=100)
    url = models.CharField(_("Address"), max_length=1000)
    body = models.ForeignKey(settings.FOEDERA_BODY_MODEL, models.PROTECT, related_name="+", verbose_name=_("Body"))
    body_name = models.CharField(_("Body"), max_length=300, blank=True, db_default="")
    role = models.CharField(_("Role"), max_length=24, choices=Role.choices)
    # Names of record types and of events; none: all of them.
    record_types = ArrayField(models.CharField(max_length=40), verbose_name=_("Records"), default=list, blank=True)
    events = ArrayField(models.CharField(max_length=12), verbose_name=_("Events"), default=list, blank=True)
    state = models.CharField(_("State"), max_length=8, choices=WebhookState.choices, default="on", db_default="on")
    # What happened before is not told.
    on_since = models.DateTimeField(_("On since"), db_default=Now())
    off_since = models.DateTimeField(_("Off since"), null=True, blank=True)
    made_by = models.CharField(_("Made by"), max_length=200)
    version = models.PositiveIntegerField(_("Version"), default=1, db_default=1)
    created_at = models.DateTimeField(_("Created"), db_default=Now())
    updated_at = models.DateTimeField(_("Changed"), db_default=Now())

    class Meta:
        verbose_name = _("Webhook")
        constraints = [
            models.CheckConstraint(name="webhooks_webhook_state", condition=Q(state__in=WebhookState.values)),
            models.CheckConstraint(
                name="webhooks_webhook_off", condition=Q(state="on", off_since=None) | ~Q(state="on")
            ),
            models.CheckConstraint(
                name="webhooks_webhook_role",
                condition=Q(role__in=[r.value for r in Role if r not in (Role.ADMINISTRATOR, Role.PUBLIC)]),
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state="on"), name="webhooks_webhook_on")]

    def __str__(self) -> str:
        return str(self.number)


class Channel(models.Model):
    """What changes with every call, and the secrets, encrypted: neither has a place in the history."""

    webhook = models.OneToOneField(Webhook, models.CASCADE, related_name="channel")
    secret = models.TextField()
    # The secret before the present one; calls are signed with both for a day, so that a receiver can change over.
    former_secret = models.TextField(blank=True, db_default="")
    former_until = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)

    untracked: ClassVar[bool] = True


class OutboxEvent(models.Model):
    """A record that an action made, changed or deleted, written by the database in that transaction (see `triggers`)."""

    id = models.BigAutoField(primary_key=True)
    # Number of the transaction and moment of its action: together they never come again, also not on a server restored from a backup.
    transaction = models.BigIntegerField()
    at = models.DateTimeField()
    action_id = models.BigIntegerField(null=True)
    table_name = models.CharField(max_length=63)
    record_id = models.BigIntegerField()
    operation = models.CharField(max_length=1)
    spread_at = models.DateTimeField(null=True)

    untracked: ClassVar[bool] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["transaction", "at", "table_name", "record_id"], name="webhooks_outboxevent_once"
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(spread_at=None), name="webhooks_outboxevent_new")]


class DeliveryState(models.TextChoices):
    """What became of a message. Not needed: the body may no longer know of the record."""

    WAITING = "waiting", pgettext_lazy("delivery", "Waiting")
    DELIVERED = "delivered", pgettext_lazy("delivery", "Delivered")
    GIVEN_UP = "given_up", pgettext_lazy("delivery", "Given up")
    NOT_NEEDED = "not_needed", pgettext_lazy("delivery", "No longer needed")


class Delivery(models.Model):
    """A message to one webhook. Its content is made when it is sent, with the rights of that moment; its id never changes."""

    id = models.BigAutoField(primary_key=True)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(OutboxEvent, models.SET_NULL, null=True, related_name="+")
    message_id = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(max_length=60)
    happened_at = models.DateTimeField()
    action = models.CharField(max_length=80, blank=True, db_default="")
    record_type = models.CharField(max_length=40, blank=True, db_default="")
    record_id = models.BigIntegerField(null=True)
    record_number = models.CharField(max_length=24, blank=True, db_default="")
    state = models.CharField(max_length=12, choices=DeliveryState.choices, default="waiting", db_default="waiting")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_attempt_at = models.DateTimeField()
    made_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    untracked: ClassVar[bool] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event"], name="webhooks_delivery_once"),
            models.CheckConstraint(name="webhooks_delivery_state", condition=Q(state__in=DeliveryState.values)),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at", "id"], condition=Q(state="waiting"), name="webhooks_delivery_next"),
            models.Index(fields=["webhook", "-id"], name="webhooks_delivery_log"),
            models.Index(fields=["webhook", "record_type", "record_id"], name="webhooks_delivery_record"),
        ]


class Call(models.Model):
    """One attempt: when, how long, what the receiver answered. `fault` names what went wrong where nothing was answered."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="calls")
    at = models.DateTimeField(db_default=Now())
    milliseconds = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True)
    fault = models.CharField(max_length=200, blank=True, db_default="")
    # The beginning of the answer.
    head = models.CharField(max_length=500, blank=True, db_default="")

    untracked: ClassVar[bool] = True
