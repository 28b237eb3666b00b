"""The history: what was done (one row per performed action) and what it changed (one row per changed row).

Both tables are written by the database and refuse UPDATE, DELETE and TRUNCATE; see `triggers`.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Moment(models.Func):
    """The moment of the performed action, else that of the transaction: `foedera_now()` in the database."""

    function = "foedera_now"
    output_field = models.DateTimeField()


class PerformedAction(models.Model):
    """Who did what, in which role and body, why, when, over which channel, under which request id."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Moment())
    name = models.CharField(max_length=80)
    reason = models.TextField(blank=True, db_default="")
    person_id = models.BigIntegerField(null=True)
    person_name = models.CharField(max_length=200, blank=True, db_default="")
    role = models.CharField(max_length=24, blank=True, db_default="")
    body_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=12, blank=True, db_default="")
    request_id = models.CharField(max_length=64, blank=True, db_default="")

    class Meta:
        db_table = "history_action"


class Operation(models.TextChoices):
    """What happened to the row."""

    CREATED = "I", _("Created")
    CHANGED = "U", _("Changed")
    DELETED = "D", _("Deleted")


class Entry(models.Model):
    """One changed row: its values before and after (only those that changed, whole for a new or deleted row).

    `subject` is the record to whose timeline the row belongs: itself, or the record of which it is a part.
    `action` is empty for a change made past the program; the timeline then names the database as the actor.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Moment())
    action = models.ForeignKey(
        PerformedAction, models.DO_NOTHING, null=True, db_constraint=False, related_name="entries"
    )
    table_name = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    subject_table = models.CharField(max_length=63)
    subject_id = models.BigIntegerField()
    operation = models.CharField(max_length=1, choices=Operation.choices)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        db_table = "history_entry"
        indexes = [
            models.Index(fields=["subject_table", "subject_id", "id"], name="history_subject"),
            models.Index(fields=["table_name", "row_id"], name="history_deleted", condition=models.Q(operation="D")),
        ]
