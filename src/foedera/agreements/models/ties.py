"""Ties between bodies."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foedera.agreements.models.agreements import Agreement
from foedera.platform.records.fields import PartialDateField
from foedera.platform.records.models import Record, number_field


class TieKind(models.TextChoices):
    """What kind of tie it is."""

    TWINNING = "twinning", _("Twin towns")
    PARTNERSHIP = "partnership", _("Partnership")
    OFFICE = "office", _("Office")
    TRADE = "trade", _("Trade")
    INVESTMENT = "investment", _("Investment")
    CULTURE = "culture", _("Culture")
    STUDENTS = "students", _("Students")


class TieState(models.TextChoices):
    """What is known or decided of a tie; dormant follows from its last activity."""

    PROPOSED = "proposed", _("Proposed")
    EXPLORED = "explored", _("Explored")
    ACTIVE = "active", _("Active")
    FROZEN = "frozen", _("Frozen by decision")
    CLOSED = "closed", _("Closed")
    UNKNOWN = "unknown", _("Not known")


class Tie(Record):
    """A tie between two bodies (towns, regions); which stands first has no meaning, so each pair is there once per kind."""

    number = number_field("TI")
    kind = models.CharField(
        _("Kind"), max_length=12, choices=TieKind.choices, default="twinning", db_default="twinning"
    )
    state = models.CharField(
        _("State"), max_length=12, choices=TieState.choices, default="unknown", db_default="unknown"
    )
    first = models.ForeignKey("directory.Body", models.PROTECT, related_name="+", verbose_name=_("One end"))
    second = models.ForeignKey("directory.Body", models.PROTECT, related_name="+", verbose_name=_("Other end"))
    since = PartialDateField(_("Since"))
    last_activity_on = PartialDateField(_("Last activity"))
    next_activity_on = PartialDateField(_("Next activity"))
    agreement = models.ForeignKey(
        Agreement, models.SET_NULL, null=True, blank=True, related_name="ties", verbose_name=_("Agreement")
    )
    counted = models.BooleanField(_("Counts by the country's rule"), null=True, blank=True)
    evidence = models.TextField(_("Evidence"), blank=True, default="", db_default="")
    sources = ArrayField(models.CharField(max_length=120), verbose_name=_("Sources"), default=list, blank=True)
    own_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    partner_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    end_text = models.TextField(blank=True, default="", db_default="", editable=False)

    history_leaves_out: ClassVar[tuple[str, ...]] = ("own_ids", "partner_ids", "end_text")

    class Meta(Record.Meta):
        verbose_name = _("Tie")
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(fields=["kind", "first", "second"], name="agreements_tie_once"),
            models.CheckConstraint(name="agreements_tie_order", condition=Q(first__lt=F("second"))),
            models.CheckConstraint(name="agreements_tie_kind", condition=Q(kind__in=TieKind.values)),
        ]
        indexes = [
            GinIndex(fields=["own_ids"], name="agreements_tie_own"),
            GinIndex(fields=["partner_ids"], name="agreements_tie_partners"),
        ]

    def __str__(self) -> str:
        return self.end_text
