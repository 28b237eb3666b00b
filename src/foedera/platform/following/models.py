"""Subscriptions, and what was found changed each time one was looked at."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Subscription(models.Model):
    """Somebody wants to be told when a record changes, or what enters, leaves and changes in a list as he sees it in one of his roles.

    `query` is the address of the list: what was seen, or the number of a view, which is read as it is kept at the moment. `members` are
    the records as they were last found, with the newest entry of the history of each (`entries`).
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("Person"))
    duty_id = models.BigIntegerField(_("Role"))
    record_type = models.CharField(_("Kind of record"), max_length=40)
    record_id = models.BigIntegerField(null=True)
    name = models.CharField(_("Name"), max_length=120)
    query = models.TextField(_("View"), blank=True, default="", max_length=8000)
    members = ArrayField(models.BigIntegerField(), default=list)
    entries = ArrayField(models.BigIntegerField(), default=list)
    looked_at = models.DateTimeField(_("Looked at"), db_default=Now())
    sleeps_because = models.TextField(_("Sleeps because"), blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("Since"), db_default=Now())

    # What somebody wants to hear of is no fact of the register.
    untracked = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "record_type", "record_id"],
                condition=Q(record_id__isnull=False),
                name="following_record_once",
            ),
            models.UniqueConstraint(
                fields=["person", "duty_id", "record_type", "query"],
                condition=Q(record_id__isnull=True),
                name="following_list_once",
            ),
            models.CheckConstraint(name="following_whose", condition=Q(record_id__isnull=True) | Q(query="")),
        ]
        indexes = [models.Index(fields=["person", "-id"], name="following_person")]


class Look(models.Model):
    """A moment at which something was found changed under a subscription."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="looks")
    at = models.DateTimeField()

    untracked = True

    class Meta:
        indexes = [models.Index(fields=["at"], name="following_look_at")]


class What(models.TextChoices):
    """What happened to a record under a subscription."""

    ENTERED = "entered", _("Entered")
    LEFT = "left", _("Left")
    CHANGED = "changed", _("Changed")


class FoundChange(models.Model):
    """One record that entered, left or changed: the entries of its history from after `since_entry` up to `until_entry`."""

    look = models.ForeignKey(Look, models.CASCADE, related_name="changes")
    record_id = models.BigIntegerField()
    what = models.CharField(max_length=8, choices=What.choices)
    since_entry = models.BigIntegerField(default=0)
    until_entry = models.BigIntegerField(default=0)

    untracked = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["look", "record_id"], name="following_change_once"),
            models.CheckConstraint(name="following_change_what", condition=Q(what__in=What.values)),
        ]
