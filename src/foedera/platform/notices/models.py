"""Notices told to people, the mails that carry them, and what each person chose."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .kinds import Way

FIRST_DIGEST_HOUR = 8


class MailState(models.TextChoices):
    """Where a mail stands. It is sent when the server has taken it; not needed when nothing of it was left to tell."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    GIVEN_UP = "given_up", _("Given up")
    NOT_NEEDED = "not_needed", _("No longer needed")


class Mail(models.Model):
    """A mail to one person, with the notices that name it. Its words are made when it is sent, never kept.

    `message_id` is fixed from the beginning: should a mail reach the server twice, both carry it.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=120, unique=True)
    digest = models.BooleanField(default=False)
    message_id = models.UUIDField(default=uuid.uuid4, unique=True)
    state = models.CharField(max_length=12, choices=MailState.choices, default="waiting", db_default="waiting")
    made_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=200, blank=True, default="", db_default="")

    untracked = True

    class Meta:
        constraints = [
            models.CheckConstraint(name="notices_mail_state", condition=Q(state__in=MailState.values)),
            models.CheckConstraint(name="notices_mail_sent", condition=~Q(state="sent") | Q(sent_at__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="waiting"), name="notices_mail_waiting"),
        ]


class Notice(models.Model):
    """Something that one person was told. Settled: its ground is gone."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    subject_id = models.BigIntegerField(null=True)
    on = models.DateField(null=True)
    facts = models.JSONField(default=dict)
    way = models.CharField(max_length=8, choices=Way.choices, default="off")
    told_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    mail = models.ForeignKey(Mail, models.SET_NULL, null=True, related_name="notices")

    # What was told to whom is no fact of the register; what it is about stands in its history.
    untracked = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "key"], name="notices_notice_once"),
            models.CheckConstraint(name="notices_notice_way", condition=Q(way__in=Way.values)),
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="notices_notice_person"),
            models.Index(
                fields=["person"], condition=Q(read_at__isnull=True, settled_at__isnull=True), name="notices_notice_new"
            ),
            models.Index(fields=["kind", "key"], name="notices_notice_key"),
        ]


class Choice(models.Model):
    """How a person wants the notices of a kind by e-mail, where it is not as the kind proposes."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    way = models.CharField(max_length=8, choices=Way.choices)

    untracked = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind"], name="notices_choice_once"),
            models.CheckConstraint(name="notices_choice_way", condition=Q(way__in=Way.values)),
        ]


class DigestHour(models.Model):
    """The hour of the day, in the time zone of the installation, from which a person's digest is sent."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    hour = models.PositiveSmallIntegerField(default=FIRST_DIGEST_HOUR, validators=[MaxValueValidator(23)])

    untracked = True

    class Meta:
        constraints = [models.CheckConstraint(name="notices_digest_hour", condition=Q(hour__lte=23))]


class CalendarAddress(models.Model):
    """The secret address of a person's calendar feed, of which only the digest is kept; one stands at a time."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    # A secret has no place in the history.
    untracked = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(revoked_at__isnull=True), name="notices_calendar_one"
            ),
        ]
