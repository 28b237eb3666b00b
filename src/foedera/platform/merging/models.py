"""Merges that were carried out."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class MergeState(models.TextChoices):
    """Where a merge stands."""

    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Merged")
    REFUSED = "refused", _("Nothing was written")
    UNDOING = "undoing", _("Being taken back")
    UNDONE = "undone", _("Merge taken back")


# The record that goes is not there, and its number leads to the other.
STANDS = (MergeState.DONE, MergeState.UNDOING)


class Merge(models.Model):
    """One record was merged into another and is gone; its number leads to the other until the merge is taken back.

    What it changed stands in the history under the performed action `action_id`. `beside` keeps what the history does not: rows of
    tables without history that were moved (ids by table and column) or dropped (whole rows by table). `values` is what was asked for.
    """

    kind = models.CharField(_("List"), max_length=40)
    stays_id = models.BigIntegerField()
    stays_number = models.CharField(_("Stays"), max_length=24)
    # Where the number of the one that went leads: on to another, when the one that stayed was merged in its turn.
    leads_id = models.BigIntegerField()
    leads_number = models.CharField(_("Leads to"), max_length=24)
    goes_id = models.BigIntegerField()
    goes_number = models.CharField(_("Goes"), max_length=24)
    values = models.JSONField(default=dict)
    reason = models.TextField(_("Reason"), blank=True, default="")
    person_id = models.BigIntegerField(_("Person"), null=True)
    duty_id = models.BigIntegerField(_("Role"), null=True)
    language = models.CharField(_("Language"), max_length=8, default="en")
    state = models.CharField(_("State"), max_length=8, choices=MergeState.choices, default=MergeState.WAITING)
    error = models.TextField(_("What went wrong"), blank=True, default="")
    action_id = models.BigIntegerField(null=True)
    moved = models.JSONField(default=dict)
    beside = models.JSONField(default=dict)
    undone_at = models.DateTimeField(_("Merge taken back"), null=True)
    created_at = models.DateTimeField(_("Asked for"), db_default=Now())
    # The moment of the action: until then the record that went stood beside the other.
    merged_at = models.DateTimeField(_("Merged"), null=True)

    # That records were merged stands in the history of the one that stayed.
    untracked = True

    class Meta:
        verbose_name = _("Merge")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "goes_id"],
                condition=Q(state__in=["waiting", "done", "undoing"]),
                name="platform_merging_once",
            ),
            models.CheckConstraint(name="platform_merging_state", condition=Q(state__in=MergeState.values)),
            models.CheckConstraint(name="platform_merging_two", condition=~Q(stays_id=models.F("goes_id"))),
        ]
        indexes = [models.Index(fields=["kind", "leads_id"], name="platform_merging_leads")]
