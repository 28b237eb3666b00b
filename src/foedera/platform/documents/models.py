"""Files by their content: one row and one file on disk per distinct content."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.search import SearchVectorField
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


class Outcome(models.TextChoices):
    """What came of reading a file for its words."""

    READ = "read"
    EMPTY = "empty"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"


class FileText(models.Model):
    """That a file was read for its words, and what came of it. `paged`: its pages are those that a reader counts."""

    file = models.OneToOneField(StoredFile, models.CASCADE, primary_key=True, related_name="text")
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    reason = models.CharField(max_length=300, blank=True, default="")
    pages = models.PositiveIntegerField(default=0)
    paged = models.BooleanField(default=False)
    vector = SearchVectorField(null=True)
    read_at = models.DateTimeField(db_default=Now())

    untracked: ClassVar[bool] = True


class FilePage(models.Model):
    """The words of one page of a file (of a portion, where the file has no pages)."""

    file = models.ForeignKey(StoredFile, models.CASCADE, related_name="pages")
    position = models.PositiveIntegerField()
    words = models.TextField()
    vector = SearchVectorField(null=True)

    untracked: ClassVar[bool] = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "position"], name="platform_documents_page_once")]
