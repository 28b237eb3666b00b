"""The history: what was done (one row per performed action) and what it changed (one row per changed row).

Both tables are written by the database and refuse UPDATE, DELETE and TRUNCATE; see `triggers`. Seals and their leaves are written
later, by `sealing`, and refuse the same.
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


class Seal(models.Model):
    """A Merkle root over new actions and entries, chained to the seal before it; see `sealing` and `canonical`."""

    number = models.PositiveIntegerField(primary_key=True)
    at = models.DateTimeField()
    previous = models.BinaryField()
    root = models.BinaryField()
    hash = models.BinaryField()
    count = models.PositiveIntegerField()
    members = models.TextField()
    # All ids up to these are under a seal for certain; see `sealing`.
    settled_action = models.BigIntegerField()
    settled_entry = models.BigIntegerField()
    # The highest ids seen and the first transaction that had not begun then.
    last_action = models.BigIntegerField()
    last_entry = models.BigIntegerField()
    snapshot_end = models.BigIntegerField()

    untracked = True

    class Meta:
        db_table = "history_seal"


class Leaf(models.Model):
    """The hash of one action ("a") or entry ("e") under a seal."""

    id = models.BigAutoField(primary_key=True)
    seal = models.ForeignKey(Seal, models.DO_NOTHING, db_constraint=False, related_name="leaves")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=1)
    row_id = models.BigIntegerField()
    hash = models.BinaryField()

    untracked = True

    class Meta:
        db_table = "history_leaf"
        constraints = [
            models.UniqueConstraint(fields=["kind", "row_id"], name="history_leaf_once"),
            models.UniqueConstraint(fields=["seal", "position"], name="history_leaf_place"),
        ]


class TimeStamp(models.Model):
    """A time stamp of an outside authority (RFC 3161) over the hash of a seal, as it was received and verified."""

    id = models.BigAutoField(primary_key=True)
    seal = models.ForeignKey(Seal, models.DO_NOTHING, db_constraint=False, related_name="stamps")
    stamped_at = models.DateTimeField()
    authority = models.CharField(max_length=300)
    response = models.BinaryField()
    received_at = models.DateTimeField(db_default=Moment())

    untracked = True

    class Meta:
        db_table = "history_timestamp"


class PersonalValue(models.Model):
    """A personal value of an entry, which holds its commitment only. Salt and value may be erased, nothing else changed."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, models.DO_NOTHING, db_constraint=False, related_name="personal_values")
    side = models.CharField(max_length=6)
    field = models.CharField(max_length=63)
    salt = models.TextField(null=True)
    value = models.JSONField(null=True)
    erased_by = models.BigIntegerField(null=True)

    untracked = True

    class Meta:
        db_table = "history_personal"


class RetentionRule(models.Model):
    """How long a personal value is kept: so many months after a day that the record tells, and on which ground.

    `counted_from` is the way from the row to that day, as queries write it ("during__endswith", "agreement__ends_on").
    """

    id = models.BigAutoField(primary_key=True)
    table_name = models.CharField(max_length=63)
    field = models.CharField(max_length=63)
    counted_from = models.CharField(max_length=120)
    months = models.PositiveIntegerField()
    ground = models.TextField()

    untracked = True

    class Meta:
        db_table = "history_retention"
        constraints = [models.UniqueConstraint(fields=["table_name", "field"], name="history_retention_once")]
