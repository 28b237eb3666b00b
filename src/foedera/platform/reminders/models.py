"""A reminder on a record."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from foedera.platform.records.models import number_field

LONGEST = 1000


class ReminderState(models.TextChoices):
    """What became of a reminder."""

    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    DROPPED = "dropped", _("Dropped")


class Reminder(models.Model):
    """That something is to be done about a record by a day, by somebody. `first_due_on` stays when the day is moved."""

    id = models.BigAutoField(primary_key=True)
    number = number_field("RM")
    about_type = models.CharField(_("Kind of record"), max_length=40)
    about_id = models.BigIntegerField()
    about_number = models.CharField(_("Record"), max_length=24)
    due_on = models.DateField(_("Due"))
    first_due_on = models.DateField(_("First due"))
    text = models.CharField(_("What is to be done"), max_length=LONGEST)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("For"))
    person_name = models.CharField(_("For"), max_length=200)
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("Set by"))
    maker_name = models.CharField(_("Set by"), max_length=200)
    owner = models.ForeignKey(settings.FOEDERA_BODY_MODEL, models.PROTECT, related_name="+", verbose_name=_("Body"))
    state = models.CharField(_("State"), max_length=8, choices=ReminderState.choices, default="open", db_default="open")
    closed_at = models.DateTimeField(_("Closed"), null=True, blank=True)
    version = models.PositiveIntegerField(_("Version"), default=1, db_default=1)
    created_at = models.DateTimeField(_("Set on"), db_default=Now())
    updated_at = models.DateTimeField(_("Changed"), db_default=Now())

    class Meta:
        verbose_name = _("Reminder")
        constraints = [
            models.CheckConstraint(name="reminders_reminder_state", condition=Q(state__in=ReminderState.values)),
            models.CheckConstraint(
                name="reminders_reminder_closed",
                condition=Q(state="open", closed_at__isnull=True)
                | Q(state__in=["done", "dropped"], closed_at__isnull=False),
            ),
            models.CheckConstraint(name="reminders_reminder_text", condition=~Q(text="")),
        ]
        indexes = [
            models.Index(fields=["about_type", "about_id"], name="reminders_about", condition=Q(state="open")),
            models.Index(fields=["person", "due_on"], name="reminders_person"),
            models.Index(fields=["due_on"], name="reminders_due", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return str(self.number)
