"""What belongs to an agreement: parties, links, suspensions, notices, texts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from foedera.agreements.models.agreements import Agreement
from foedera.platform.records.fields import PartialDateField


class Side(models.TextChoices):
    """On which side of an agreement a party stands."""

    OWN = "own", _("Own side")
    FOREIGN = "foreign", _("Other side")
    THIRD = "third", _("Third party")
    WITNESS = "witness", _("Witness")


class Level(models.TextChoices):
    """The level of a party."""

    STATE = "state", _("State")
    REGION = "region", _("Region")
    MUNICIPALITY = "municipality", _("Municipality")
    ORGANISATION = "organisation", _("International organisation")
    BODY = "body", _("Body or agency")
    COMPANY = "company", _("Company")


class Party(models.Model):
    """A party of an agreement: its territory, its body where the directory has it, its name as the text has it, who signed."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="parties")
    side = models.CharField(_("Side"), max_length=8, choices=Side.choices)
    level = models.CharField(_("Level"), max_length=16, blank=True, default="", db_default="", choices=Level.choices)
    territory = models.ForeignKey(
        "directory.Territory",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Territory"),
    )
    body = models.ForeignKey(
        "directory.Body",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("Body"),
    )
    name = models.CharField(_("Name in the text"), max_length=500, blank=True, default="", db_default="")
    signatory = models.CharField(_("Signed by"), max_length=200, blank=True, default="", db_default="")
    signatory_post = models.CharField(_("Post of the signatory"), max_length=300, blank=True, default="", db_default="")
    power = models.CharField(_("Power to sign"), max_length=300, blank=True, default="", db_default="")

    history_subject: ClassVar[str] = "agreement"
    history_personal: ClassVar[tuple[str, ...]] = ("signatory",)

    class Meta:
        verbose_name = _("Party")
        constraints = [
            models.CheckConstraint(
                name="agreements_party_named",
                condition=Q(territory__isnull=False) | Q(body__isnull=False) | ~Q(name=""),
            ),
            models.CheckConstraint(name="agreements_party_side", condition=Q(side__in=Side.values)),
        ]
        indexes = [models.Index(fields=["body"], name="agreements_party_body", condition=Q(body__isnull=False))]


class LinkKind(models.TextChoices):
    """How one agreement stands to another."""

    AMENDS = "amends", _("Amends")
    REPLACES = "replaces", _("Replaces")
    IMPLEMENTS = "implements", _("Implements")


class AgreementLink(models.Model):
    """An agreement amends, replaces or implements another. A chain never leads back to where it began (trigger)."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="links")
    kind = models.CharField(_("Link"), max_length=12, choices=LinkKind.choices)
    target = models.ForeignKey(Agreement, models.PROTECT, related_name="linked_from", verbose_name=_("To"))
    effective_on = PartialDateField(_("From"))
    note = models.CharField(_("Note"), max_length=300, blank=True, default="", db_default="")

    history_subject: ClassVar[str] = "agreement"

    class Meta:
        verbose_name = _("Link")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "kind", "target"], name="agreements_link_once"),
            models.CheckConstraint(name="agreements_link_other", condition=~Q(agreement=F("target"))),
        ]


class Suspension(models.Model):
    """A time in which the agreement is suspended; its term runs on."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="suspensions")
    suspended_from = models.DateField(_("Suspended from"))
    suspended_until = models.DateField(_("Suspended until"), null=True, blank=True)
    note = models.CharField(_("Note"), max_length=300, blank=True, default="", db_default="")

    history_subject: ClassVar[str] = "agreement"

    class Meta:
        verbose_name = _("Suspension")
        constraints = [
            models.CheckConstraint(
                name="agreements_suspension_period",
                condition=Q(suspended_until__isnull=True) | Q(suspended_until__gte=F("suspended_from")),
            )
        ]


class NoticeKind(models.TextChoices):
    """What a notice is for."""

    OBJECTION = "objection", _("Against renewal")
    TERMINATION = "termination", _("To end the agreement")


class Notice(models.Model):
    """A notice given: by which side, when sent and received, and when it was taken back."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="notices")
    kind = models.CharField(_("Notice"), max_length=12, choices=NoticeKind.choices)
    side = models.CharField(_("Given by"), max_length=8, choices=Side.choices)
    dispatched_on = models.DateField(_("Sent"), null=True, blank=True)
    received_on = models.DateField(_("Received"), null=True, blank=True)
    withdrawn_on = models.DateField(_("Taken back"), null=True, blank=True)
    note = models.CharField(_("Note"), max_length=300, blank=True, default="", db_default="")

    history_subject: ClassVar[str] = "agreement"

    class Meta:
        verbose_name = _("Notice")
        constraints = [
            models.CheckConstraint(
                name="agreements_notice_dated",
                condition=Q(dispatched_on__isnull=False) | Q(received_on__isnull=False),
            ),
            models.CheckConstraint(
                name="agreements_notice_order",
                condition=Q(dispatched_on__isnull=True)
                | Q(received_on__isnull=True)
                | Q(received_on__gte=F("dispatched_on")),
            ),
        ]


class TextKind(models.TextChoices):
    """What a version of the text is."""

    DRAFT = "draft", _("Draft")
    SIGNED = "signed", _("Signed text")
    CERTIFIED = "certified", _("Certified copy")
    TRANSLATION = "translation", _("Translation")
    AMENDMENT = "amendment", _("Consolidated text")


class TextVersion(models.Model):
    """A version of the text: the file by its hash, the language, whose it is, and the words for comparing."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="texts")
    kind = models.CharField(_("Version"), max_length=12, choices=TextKind.choices)
    language = models.CharField(_("Language"), max_length=8, blank=True, default="", db_default="")
    file = models.ForeignKey("platform_documents.StoredFile", models.PROTECT, related_name="+", verbose_name=_("File"))
    file_name = models.CharField(_("File name"), max_length=255)
    author = models.CharField(_("Author"), max_length=200, blank=True, default="", db_default="")
    dated = PartialDateField(_("Date"))
    words = models.TextField(blank=True, default="", db_default="")
    note = models.CharField(_("Note"), max_length=300, blank=True, default="", db_default="")
    added_at = models.DateTimeField(_("Added"), db_default=Now())

    history_subject: ClassVar[str] = "agreement"
    # Its name says which file it is.
    timeline_leaves_out: ClassVar[tuple[str, ...]] = ("file",)

    class Meta:
        verbose_name = _("Text")
