"""Exports that were asked for, and schedules that ask for them again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Format(models.TextChoices):
    """Formats of a file."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"
    JSONL = "jsonl", "JSON Lines"


class ExportState(models.TextChoices):
    """Where an export stands."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("No longer kept")


class Rhythm(models.TextChoices):
    """How often a schedule asks for its export."""

    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Every week")
    MONTHLY = "monthly", _("Every month")


class Weekday(models.IntegerChoices):
    """Days of the week as ISO 8601 counts them."""

    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")
    SUNDAY = 7, _("Sunday")


class ExportSchedule(models.Model):
    """An export that is repeated for somebody in one of his roles, as long as he holds it.

    `query` is the address of the list: of what was seen then, or the number of a view, which is read as it is kept at the moment.
    """

    name = models.CharField(_("Name"), max_length=120)
    kind = models.CharField(_("List"), max_length=40)
    query = models.TextField(_("View"), blank=True, default="", max_length=8000)
    format = models.CharField(_("Format"), max_length=5, choices=Format.choices)
    rhythm = models.CharField(_("Repeated how often"), max_length=7, choices=Rhythm.choices)
    weekday = models.PositiveSmallIntegerField(_("On which day of the week"), choices=Weekday.choices, default=1)
    day = models.PositiveSmallIntegerField(_("On which day of the month"), default=1)
    hour = models.PositiveSmallIntegerField(_("At which hour"), default=6)
    person_id = models.BigIntegerField(_("Person"))
    duty_id = models.BigIntegerField(_("Role"))
    language = models.CharField(_("Language"), max_length=8)
    active = models.BooleanField(_("Goes on"), default=True)
    stopped_because = models.TextField(_("Stopped because"), blank=True, default="")
    next_at = models.DateTimeField(_("Next time"))
    last_at = models.DateTimeField(_("Last time"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, db_default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    history_leaves_out = ("next_at", "last_at")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="platform_lists_schedule_when",
                condition=Q(
                    rhythm__in=Rhythm.values,
                    weekday__gte=1,
                    weekday__lte=7,
                    day__gte=1,
                    day__lte=31,
                    hour__lte=23,
                ),
            ),
            models.CheckConstraint(name="platform_lists_schedule_format", condition=Q(format__in=Format.values)),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(active=True), name="platform_lists_schedule_due"),
            models.Index(fields=["person_id"], name="platform_lists_schedule_person"),
        ]

    def __str__(self) -> str:
        return self.name


class ExportRun(models.Model):
    """One export: for whom and in which role, of which view, how far, and where its file lies."""

    kind = models.CharField(_("List"), max_length=40)
    name = models.CharField(_("Name"), max_length=120)
    query = models.TextField(_("View"), blank=True, default="", max_length=8000)
    format = models.CharField(_("Format"), max_length=5, choices=Format.choices)
    as_of = models.DateField(_("As of"), null=True)
    known_at = models.DateTimeField(_("As known at"), null=True)
    schedule = models.ForeignKey(ExportSchedule, models.SET_NULL, null=True, related_name="runs")
    person_id = models.BigIntegerField(_("Person"))
    duty_id = models.BigIntegerField(_("Role"))
    language = models.CharField(_("Language"), max_length=8)
    state = models.CharField(_("State"), max_length=8, choices=ExportState.choices, default=ExportState.WAITING)
    file_key = models.UUIDField(unique=True)
    size = models.BigIntegerField(_("Size"), null=True)
    rows_total = models.IntegerField(null=True)
    rows_done = models.IntegerField(default=0)
    left_out = models.JSONField(default=list)
    error = models.TextField(_("What went wrong"), blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    kept_until = models.DateTimeField(_("Kept until"), null=True)

    # Progress is not history; that an export was asked for is an action of its own.
    untracked = True

    class Meta:
        constraints = [
            models.CheckConstraint(name="platform_lists_export_state", condition=Q(state__in=ExportState.values)),
            models.CheckConstraint(name="platform_lists_export_format", condition=Q(format__in=Format.values)),
        ]
        indexes = [models.Index(fields=["person_id", "-id"], name="platform_lists_export_person")]
