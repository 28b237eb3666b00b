"""A note on a record."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foedera.platform.records.models import Record, number_field

HEADLINE = 120
LONGEST = 10_000


class NoteState(models.TextChoices):
    """Whether a note stands."""

    STANDING = "standing", _("Stands")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Note(Record):
    """What somebody wrote on a record. Its owner is the body in which he wrote; a restricted note is for that body alone.

    `headline` is the beginning of the text, by which the note is named where it is found.
    """

    number = number_field("NT")
    about_type = models.CharField(_("Kind of record"), max_length=40)
    about_id = models.BigIntegerField()
    about_number = models.CharField(_("Record"), max_length=24)
    headline = models.CharField(_("Beginning"), max_length=HEADLINE)
    text = models.TextField(_("Text"), max_length=LONGEST)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("Written by"))
    author_name = models.CharField(_("Written by"), max_length=200)
    author_role = models.CharField(_("Role"), max_length=24)
    author_body = models.CharField(_("Body"), max_length=300, blank=True, db_default="")
    state = models.CharField(
        _("State"), max_length=10, choices=NoteState.choices, default="standing", db_default="standing"
    )
    corrected_at = models.DateTimeField(_("Corrected"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("Withdrawn on"), null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("Note")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(name="notes_note_text", condition=~Q(text="") & ~Q(headline="")),
            models.CheckConstraint(
                name="notes_note_inside", condition=Q(publicity__in=["internal", "restricted"], owner__isnull=False)
            ),
            models.CheckConstraint(
                name="notes_note_state",
                condition=Q(state="standing", withdrawn_at__isnull=True)
                | Q(state="withdrawn", withdrawn_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["about_type", "about_id", "-id"], name="notes_note_about")]

    def __str__(self) -> str:
        return str(self.number)
