"""Idempotency keys: a create that is sent twice is carried out once."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class IdempotencyKey(models.Model):
    """The answer given to a create request with this key by this person; a repetition gets it again."""

    person_id = models.BigIntegerField()
    key = models.CharField(max_length=200)
    request_digest = models.CharField(max_length=64)
    status = models.SmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    untracked = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person_id", "key"], name="platform_api_key_once")]
