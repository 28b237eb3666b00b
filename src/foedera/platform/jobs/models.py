"""The runs of background work, written by the worker around each job."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    """How a run went. A run whose process died stays running until another worker takes its job up: then it is lost."""

    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    LOST = "lost", _("Cut off")


class JobRun(models.Model):
    """One run of a job. `fault` names the kind of error and where it was raised, never the words of a record."""

    name = models.CharField(max_length=128)
    job_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=8, choices=RunState.choices, default="running", db_default="running")
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=300, blank=True, default="", db_default="")

    # What a job changes is history; that it ran is not.
    untracked = True

    class Meta:
        constraints = [
            models.CheckConstraint(name="jobs_run_state", condition=Q(state__in=RunState.values)),
            models.CheckConstraint(
                name="jobs_run_finished", condition=Q(state__in=["running", "lost"]) | Q(finished_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["name", "-id"], name="jobs_run_name"),
            models.Index(fields=["job_id"], name="jobs_run_job"),
        ]
