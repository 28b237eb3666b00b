"""Merges that were carried out."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Merge(models.Model):
    """One record was merged into another and is gone; its number leads to the other until the merge is taken back.

    What it changed stands in the history under the performed action `action_id`. `beside` keeps what the history does not: rows of
    tables without history that were moved (ids by table and column) or dropped (whole rows by table).
    """

    kind = models.CharField(_("List"), max_length=40)
    stays_id = models.BigIntegerField()
    stays_number = models.CharField(_("Stays"), max_length=24)
    goes_id = models.BigIntegerField()
    goes_number = models.CharField(_("Goes"), max_length=24)
    goes_title = models.TextField(_("Title"), blank=True, default="")
    action_id = models.BigIntegerField()
    moved = models.JSONField(default=dict)
    beside = models.JSONField(default=dict)
    undone_at = models.DateTimeField(_("Taken back"), null=True)
    created_at = models.DateTimeField(_("Merged"), db_default=Now())

    # That records were merged stands in the history of the one that stayed.
    untracked = True

    class Meta:
        verbose_name = _("Merge")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "goes_id"], condition=Q(undone_at__isnull=True), name="platform_merging_once"
            ),
            models.CheckConstraint(name="platform_merging_two", condition=~Q(stays_id=models.F("goes_id"))),
        ]
        indexes = [models.Index(fields=["kind", "stays_id"], name="platform_merging_stays")]
