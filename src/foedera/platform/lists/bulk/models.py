"""Bulk steps that were prepared, looked at, carried out or undone, with what came of each of their records."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class BulkState(models.TextChoices):
    """Where a bulk step stands."""

    CHOSEN = "chosen", _("Records are chosen")
    LOOKING = "looking", _("Being looked at")
    PREVIEWED = "previewed", _("Looked at")
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Nothing was written")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class Outcome(models.TextChoices):
    """What comes, or came, of one record."""

    OPEN = "", _("Not looked at")
    GOOD = "good", pgettext_lazy("a record in a bulk step", "Will change")
    SAME = "same", pgettext_lazy("a record in a bulk step", "Stays as it is")
    REFUSED = "refused", pgettext_lazy("a record in a bulk step", "Refused")
    DONE = "done", pgettext_lazy("a record in a bulk step", "Changed")


class BulkRun(models.Model):
    """A step for many records: who asked for it in which role, what is set and why, and how it stands.

    `query` is the view from which all records were taken; empty where they were chosen one by one. `values` are what was typed. The rows
    of the history stand under the performed action `action_id`.
    """

    kind = models.CharField(_("List"), max_length=40)
    step = models.CharField(_("Step"), max_length=80)
    query = models.TextField(_("View"), blank=True, default="", max_length=8000)
    whole_view = models.BooleanField(_("All in the view"), default=False)
    values = models.JSONField(default=dict)
    reason = models.TextField(_("Reason"), blank=True, default="")
    all_or_nothing = models.BooleanField(_("All or nothing"), default=False)
    person_id = models.BigIntegerField(_("Person"))
    duty_id = models.BigIntegerField(_("Role"))
    language = models.CharField(_("Language"), max_length=8)
    state = models.CharField(_("State"), max_length=9, choices=BulkState.choices, default=BulkState.CHOSEN)
    rows_total = models.IntegerField(default=0)
    rows_done = models.IntegerField(default=0)
    action_id = models.BigIntegerField(null=True)
    undoing_id = models.BigIntegerField(null=True)
    error = models.TextField(_("What went wrong"), blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    # Progress is not history; what a step changes is.
    untracked = True

    class Meta:
        constraints = [
            models.CheckConstraint(name="platform_lists_bulk_state", condition=Q(state__in=BulkState.values)),
            models.CheckConstraint(
                name="platform_lists_bulk_done",
                condition=~Q(state__in=["done", "undoing", "undone"]) | Q(action_id__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["person_id", "-id"], name="platform_lists_bulk_person")]


class BulkRow(models.Model):
    """One record of a bulk step: the version that was chosen, what comes of it, and what changes (as the history tells it)."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(BulkRun, models.CASCADE, related_name="rows")
    record_id = models.BigIntegerField()
    number = models.CharField(_("Number"), max_length=24)
    version = models.PositiveIntegerField(_("Version"))
    outcome = models.CharField(_("Outcome"), max_length=8, choices=Outcome.choices, blank=True, default=Outcome.OPEN)
    words = models.TextField(_("Why not"), blank=True, default="")
    changes = models.JSONField(default=list)

    untracked = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "record_id"], name="platform_lists_bulk_row_once"),
            models.CheckConstraint(name="platform_lists_bulk_row_outcome", condition=Q(outcome__in=Outcome.values)),
        ]
