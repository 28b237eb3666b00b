"""The index of the search, and the words that are known to it. Both are written by triggers, never by the program."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now


class SearchEntry(models.Model):
    """What is found of a record: its identity, its words, its rights, and what hits are counted by.

    The columns of rights bear the names that records have, so that the policy of a record type tells of its entries what it
    tells of its records. `own` are the words of the record's fields with their weights, `whole` those and the words of its
    files (NULL when it has none). The key of the table is the record's key with its type; to Django the record's key alone is
    the primary key, as it is in the records.
    """

    record_id = models.BigIntegerField(primary_key=True)
    record_type = models.CharField(max_length=40)
    number = models.CharField(max_length=24)
    title = models.TextField()
    owner: Any = models.ForeignKey(
        settings.FOEDERA_BODY_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    publicity = models.CharField(max_length=16)
    public_from = models.DateField(null=True)
    own_ids = ArrayField(models.BigIntegerField(), default=list)
    partner_ids = ArrayField(models.BigIntegerField(), default=list)
    state = models.CharField(max_length=40, default="")
    year = models.SmallIntegerField(null=True)
    own = SearchVectorField()
    whole = SearchVectorField(null=True)
    # Since when the fields hold these words.
    known_from = models.DateTimeField(db_default=Now())

    untracked: ClassVar[bool] = True


class PastEntry(models.Model):
    """The words that the fields of a record held once, and the span in which they were known; for lists as of an instant."""

    record_id = models.BigIntegerField()
    record_type = models.CharField(max_length=40)
    known_from = models.DateTimeField()
    known_until = models.DateTimeField()
    own = SearchVectorField()

    untracked: ClassVar[bool] = True

    class Meta:
        indexes = [
            models.Index(fields=["record_id", "record_type"], name="search_past_record"),
            GinIndex(fields=["own"], name="search_past_words"),
        ]


class SearchWord(models.Model):
    """A word that stands in some entry, and its plain spelling; several rows may hold one word until they are tidied.

    From here come corrections of typing errors, and only those under which the asker finds something.
    """

    word = models.CharField(max_length=40)
    folded = models.CharField(max_length=80, db_collation="C")

    untracked: ClassVar[bool] = True

    class Meta:
        indexes = [
            models.Index(fields=["word"], name="search_word_word"),
            models.Index(fields=["folded"], name="search_word_plain"),
            GinIndex(fields=["folded"], name="search_word_folded", opclasses=["gin_trgm_ops"]),
        ]


class IndexedType(models.Model):
    """By which description the entries of a record type were made; another description has them made anew."""

    record_type = models.CharField(max_length=40, primary_key=True)
    digest = models.CharField(max_length=64)

    untracked: ClassVar[bool] = True
