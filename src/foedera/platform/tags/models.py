"""Tags and the records they stand on."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from foedera.platform.lists.saving.models import Audience


class Tag(models.Model):
    """A word for records, of one person, of a body, or of everyone who signs in. Capitals make no difference."""

    name = models.CharField(_("Tag"), max_length=60)
    audience = models.CharField(_("For whom"), max_length=8, choices=Audience.choices, default=Audience.MINE)
    person_id = models.BigIntegerField(_("Made by"), null=True, blank=True)
    body_id = models.BigIntegerField(_("Body"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, db_default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("Tag")
        constraints = [
            models.CheckConstraint(
                name="platform_tags_audience",
                condition=Q(audience=Audience.MINE, person_id__isnull=False)
                | Q(audience=Audience.BODY, body_id__isnull=False)
                | Q(audience=Audience.EVERYONE),
            ),
            models.UniqueConstraint(
                Lower("name"), "person_id", condition=Q(audience=Audience.MINE), name="platform_tags_mine"
            ),
            models.UniqueConstraint(
                Lower("name"), "body_id", condition=Q(audience=Audience.BODY), name="platform_tags_body"
            ),
            models.UniqueConstraint(
                Lower("name"), condition=Q(audience=Audience.EVERYONE), name="platform_tags_everyone"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    """A tag on a record, which is named by its table and its id.

    It belongs to the history of the tag: what one person marks for himself is not told on the timeline that others read.
    """

    id = models.BigAutoField(primary_key=True)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="taggings", verbose_name=_("Tag"))
    table_name = models.CharField(max_length=63)
    record_id = models.BigIntegerField()

    history_subject: ClassVar[str] = "tag"

    class Meta:
        verbose_name = _("Tags")
        constraints = [
            models.UniqueConstraint(fields=["tag", "table_name", "record_id"], name="platform_tags_once"),
        ]
        indexes = [models.Index(fields=["table_name", "record_id"], name="platform_tags_record")]
