"""Files by their content: one row and one file on disk per distinct content."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class StoredFile(models.Model):
    """A file named by the SHA-256 of its content; it is never changed, and kept while anything refers to it."""

    digest = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(name="platform_documents_digest", condition=Q(digest__regex=r"^[0-9a-f]{64}$"))
        ]
