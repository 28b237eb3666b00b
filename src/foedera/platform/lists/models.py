"""Runs of imports with their reports, mappings of columns kept by name; views, exports and bulk steps stand in their own folders."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .bulk.models import BulkRow, BulkRun
from .delivering.models import ExportRun, ExportSchedule
from .saving.models import FirstView, SavedView

__all__ = [
    "BulkRow",
    "BulkRun",
    "ExportRun",
    "ExportSchedule",
    "FirstView",
    "ImportRun",
    "RunState",
    "SavedMapping",
    "SavedView",
]


class SavedMapping(models.Model):
    """How the columns of a kind of file are understood, kept by name for the next time."""

    kind = models.CharField(_("Kind"), max_length=40)
    name = models.CharField(_("Name"), max_length=100)
    mapping = models.JSONField(_("Mapping"))
    person_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="platform_lists_mapping_name")]


class RunState(models.TextChoices):
    """Where an import run stands."""

    PREVIEWED = "previewed", _("Previewed")
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    INTERRUPTED = "interrupted", _("Interrupted")


class ImportRun(models.Model):
    """One import of a file: by whom, how far, and what came of every row."""

    kind = models.CharField(_("Kind"), max_length=40)
    file = models.ForeignKey("platform_documents.StoredFile", models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(_("File"), max_length=255)
    mapping = models.JSONField(default=dict)
    all_or_nothing = models.BooleanField(_("All rows or none"), default=False)
    dry_run = models.BooleanField(_("Only looked at"), default=False)
    state = models.CharField(_("State"), max_length=12, choices=RunState.choices)
    person_id = models.BigIntegerField(null=True)
    duty_id = models.BigIntegerField(null=True)
    rows_total = models.IntegerField(null=True)
    rows_done = models.IntegerField(default=0)
    counts = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    report = models.ForeignKey("platform_documents.StoredFile", models.PROTECT, null=True, related_name="+")
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    # Progress is not history; what an import changes is.
    untracked = True

    class Meta:
        constraints = [models.CheckConstraint(name="platform_lists_run_state", condition=Q(state__in=RunState.values))]
