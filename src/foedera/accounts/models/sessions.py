"""What is switched on for a time and watched: an administrator's session, the reading of a restricted record, a lock."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .people import Duty, Person


class Elevation(models.Model):
    """An administrator has switched his session on, until a moment and with a reason; nobody is one without it."""

    duty = models.ForeignKey(Duty, models.PROTECT, related_name="+", verbose_name=_("Role"))
    reason = models.CharField(_("Reason"), max_length=500)
    started_at = models.DateTimeField(_("Switched on"), db_default=Now())
    until = models.DateTimeField(_("Until"))
    ended_at = models.DateTimeField(_("Switched off"), null=True, blank=True)
    address = models.GenericIPAddressField(_("Address"), null=True, blank=True)

    class Meta:
        verbose_name = _("Administrator's session")
        constraints = [
            models.CheckConstraint(name="accounts_elevation_period", condition=Q(until__gt=F("started_at"))),
        ]

    def __str__(self) -> str:
        return self.reason


class AccessEntry(models.Model):
    """One request of an administrator's session, written before it is carried out; its answer is added after, nothing else."""

    elevation = models.ForeignKey(Elevation, models.PROTECT, related_name="requests")
    at = models.DateTimeField(_("When"), db_default=Now())
    method = models.CharField(_("Method"), max_length=10)
    path = models.TextField(_("Address of the page"))
    sent = models.JSONField(_("What was sent"), default=dict, blank=True)
    status = models.SmallIntegerField(_("Answer"), null=True, blank=True)
    request_id = models.CharField(_("Request"), max_length=64)

    # It is a log itself; triggers of its own keep it as it was written.
    untracked = True

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class OpenReading(models.Model):
    """Somebody reads a restricted record of another body for a time, with a reason; the owner is told."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("Person"))
    duty = models.ForeignKey(Duty, models.PROTECT, related_name="+", verbose_name=_("Role"))
    table_name = models.CharField(max_length=63)
    record_id = models.BigIntegerField()
    number = models.CharField(_("Number"), max_length=24)
    owner = models.ForeignKey(
        settings.FOEDERA_BODY_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("Owner")
    )
    reason = models.CharField(_("Reason"), max_length=500)
    valid_from = models.DateTimeField(_("From"), db_default=Now())
    valid_until = models.DateTimeField(_("Until"))
    ended_at = models.DateTimeField(_("Closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("Opened reading")
        indexes = [
            models.Index(fields=["table_name", "record_id", "person"], name="accounts_openreading_record"),
        ]
        constraints = [
            models.CheckConstraint(name="accounts_openreading_period", condition=Q(valid_until__gt=F("valid_from"))),
        ]

    def __str__(self) -> str:
        return self.number


class SignInFailures(models.Model):
    """How often in a row a sign-in with this login failed, and until when it is locked; kept for logins that exist or not."""

    login = models.CharField(max_length=150, unique=True)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_default=Now())
    locked_until = models.DateTimeField(null=True, blank=True)

    untracked = True

    def __str__(self) -> str:
        return self.login
