"""The agreement and the facts of its term."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foedera.agreements.models.kinds import (
    SIGNED_STATES,
    AgreementKind,
    CountedFrom,
    EndGround,
    InForceRule,
    LegalNature,
    State,
)
from foedera.platform.records.fields import PartialDateField
from foedera.platform.records.models import Record, number_field


class TermFactsOfRecord(models.Model):
    """The facts of which the term engine makes status, end, renewals and the last safe day (see `terms`)."""

    signed_on = PartialDateField(_("Signed"))
    signed_date_unknown = models.BooleanField(_("Signed on a day that is not known"), default=False, db_default=False)
    in_force_rule = models.CharField(
        _("Entry into force"), max_length=32, blank=True, default="", db_default="", choices=InForceRule.choices
    )
    in_force_delay_months = models.PositiveSmallIntegerField(_("Months until entry into force"), null=True, blank=True)
    in_force_delay_days = models.PositiveSmallIntegerField(_("Days until entry into force"), null=True, blank=True)
    in_force_from = PartialDateField(_("In force from"))
    provisional_from = PartialDateField(_("Applied provisionally from"))
    last_notification_on = PartialDateField(_("Last notification"))
    ratified_on = PartialDateField(_("Ratified"))
    term_months = models.PositiveIntegerField(_("Term in months"), null=True, blank=True)
    term_end = PartialDateField(_("Term ends on"))
    indefinite = models.BooleanField(_("Indefinite"), null=True, blank=True)
    tacit_renewal = models.BooleanField(_("Renews itself"), null=True, blank=True)
    renewal_months = models.PositiveIntegerField(_("Renewed by, in months"), null=True, blank=True)
    later_renewal_months = models.PositiveIntegerField(_("Later renewed by, in months"), null=True, blank=True)
    renewal_limit = models.PositiveSmallIntegerField(_("Renewed at most, times"), null=True, blank=True)
    renewal_indefinite = models.BooleanField(_("Indefinite after its first term"), null=True, blank=True)
    notice_months = models.PositiveSmallIntegerField(_("Notice to end, in months"), null=True, blank=True)
    notice_days = models.PositiveSmallIntegerField(_("Notice to end, in days"), null=True, blank=True)
    nonrenewal_months = models.PositiveSmallIntegerField(_("Notice against renewal, in months"), null=True, blank=True)
    nonrenewal_days = models.PositiveSmallIntegerField(_("Notice against renewal, in days"), null=True, blank=True)
    notice_counted_from = models.CharField(
        _("Notice counts from"), max_length=8, choices=CountedFrom.choices, blank=True, default="", db_default=""
    )
    terminated_on = PartialDateField(_("Terminated on"))
    end_ground = models.CharField(
        _("Ground of the end"), max_length=16, blank=True, default="", db_default="", choices=EndGround.choices
    )
    denunciation_at_term_end = models.BooleanField(_("Notice ends it only with a term"), null=True, blank=True)
    superseded_on = models.DateField(_("Superseded on"), null=True, blank=True)

    class Meta:
        abstract = True


class Agreement(Record, TermFactsOfRecord):
    """An agreement between an own region (or body) and a foreign one, through its three gates, its term and its end."""

    number = number_field("AG")
    register_number = models.CharField(_("Register number"), max_length=80, blank=True, db_default="", default="")
    internal_number = models.CharField(_("Internal number"), max_length=80, blank=True, db_default="", default="")
    source_key = models.CharField(_("Key in the source"), max_length=120, null=True, blank=True, unique=True)
    source = models.CharField(_("Source"), max_length=300, blank=True, db_default="", default="")
    kind = models.CharField(
        _("Kind"), max_length=24, choices=AgreementKind.choices, default="agreement", db_default="agreement"
    )
    state = models.CharField(_("State"), max_length=28, choices=State.choices, default="idea", db_default="idea")
    title = models.TextField(_("Title"))
    title_language = models.CharField(_("Language of the title"), max_length=8, blank=True, db_default="", default="")
    titles = models.JSONField(_("Titles in other languages"), default=dict, blank=True)
    binding = models.BooleanField(_("Binding"), null=True, blank=True)
    legal_nature = models.CharField(
        _("Legal nature"), max_length=20, blank=True, default="", db_default="", choices=LegalNature.choices
    )
    legal_nature_opinion = models.TextField(_("Opinion on the legal nature"), blank=True, default="", db_default="")
    framework = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="under_it",
        verbose_name=_("Framework agreement"),
    )
    languages = ArrayField(models.CharField(max_length=8), verbose_name=_("Languages"), default=list, blank=True)
    prevailing_language = models.CharField(
        _("Prevailing language"), max_length=8, blank=True, default="", db_default=""
    )
    subject_areas = ArrayField(
        models.CharField(max_length=40), verbose_name=_("Subject areas"), default=list, blank=True
    )
    competence_ground = models.TextField(_("Ground of competence"), blank=True, default="", db_default="")
    financial_obligations = models.BooleanField(_("Financial obligations"), null=True, blank=True)
    budget_line = models.CharField(_("Budget line"), max_length=200, blank=True, default="", db_default="")
    personal_data = models.BooleanField(_("Personal data"), null=True, blank=True)
    technology_transfer = models.BooleanField(_("Transfer of technology"), null=True, blank=True)
    dual_use = models.BooleanField(_("Dual-use goods or restrictive measures"), null=True, blank=True)
    signed_at = models.CharField(_("Place of signing"), max_length=200, blank=True, default="", db_default="")
    idea_on = PartialDateField(_("Idea"))
    intent_notified_on = PartialDateField(_("Intent notified"))
    intent_cleared_on = PartialDateField(_("Intent cleared"))
    submitted_on = PartialDateField(_("Submitted for clearance"))
    cleared_on = PartialDateField(_("Text cleared"))
    negotiated_on = PartialDateField(_("Negotiated"))
    initialled_on = PartialDateField(_("Initialled"))
    notified_on = PartialDateField(_("Notified after signature"))
    registered_on = PartialDateField(_("Registered"))
    withdrawn_on = PartialDateField(_("Withdrawn"))
    archived_on = PartialDateField(_("Archived"))
    state_reason = models.TextField(_("Reason of the state"), blank=True, default="", db_default="")
    original_kept_at = models.CharField(
        _("Where the original lies"), max_length=300, blank=True, default="", db_default=""
    )
    coordinator = models.CharField(_("Coordinator"), max_length=300, blank=True, default="", db_default="")
    foreign_coordinator = models.CharField(
        _("Coordinator of the other side"), max_length=300, blank=True, default="", db_default=""
    )
    last_activity_on = PartialDateField(_("Last activity"))
    last_report_on = PartialDateField(_("Last report on performance"))
    review_cycle_months = models.PositiveSmallIntegerField(_("Review cycle in months"), null=True, blank=True)
    last_reviewed_on = PartialDateField(_("Last reviewed"))
    note = models.TextField(_("Note"), blank=True, default="", db_default="")
    is_synthetic = models.BooleanField(_("Synthetic"), default=False, db_default=False)
    # Derived in the same action that writes the facts: parties for rights and search, statuses for any as-of date.
    own_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    partner_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    party_text = models.TextField(blank=True, default="", db_default="", editable=False)
    title_key = models.CharField(max_length=300, blank=True, default="", db_default="", editable=False)
    status_starts = ArrayField(models.DateField(), default=list, editable=False)
    status_codes = ArrayField(models.SmallIntegerField(), default=list, editable=False)
    ends_on = models.DateField(null=True, editable=False)

    history_leaves_out: ClassVar[tuple[str, ...]] = (
        "own_ids",
        "partner_ids",
        "party_text",
        "title_key",
        "status_starts",
        "status_codes",
        "ends_on",
    )

    class Meta(Record.Meta):
        verbose_name = _("Agreement")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(name="agreements_kind", condition=Q(kind__in=AgreementKind.values)),
            models.CheckConstraint(name="agreements_state", condition=Q(state__in=State.values)),
            models.CheckConstraint(name="agreements_titled", condition=~Q(title="")),
            models.CheckConstraint(
                name="agreements_signed_has_date",
                condition=~Q(state__in=[str(s) for s in SIGNED_STATES])
                | ~Q(signed_on="")
                | Q(signed_date_unknown=True),
            ),
            models.CheckConstraint(
                name="agreements_unsigned_has_none",
                condition=~Q(
                    state__in=[
                        "idea",
                        "intent_notified",
                        "intent_cleared",
                        "intent_prohibited",
                        "drafting",
                        "in_clearance",
                        "returned",
                        "cleared",
                    ]
                )
                | Q(signed_on="", signed_date_unknown=False),
            ),
            models.CheckConstraint(
                name="agreements_intent_has_date",
                condition=~Q(state__in=["intent_notified", "intent_cleared", "intent_prohibited"])
                | ~Q(intent_notified_on=""),
            ),
            models.CheckConstraint(
                name="agreements_clearance_has_date",
                condition=~Q(state__in=["in_clearance", "returned"]) | ~Q(submitted_on=""),
            ),
            models.CheckConstraint(
                name="agreements_cleared_has_date", condition=~Q(state="cleared") | ~Q(cleared_on="")
            ),
            models.CheckConstraint(
                name="agreements_without_clearance",
                condition=~Q(state="signed_without_clearance") | Q(cleared_on=""),
            ),
            models.CheckConstraint(
                name="agreements_registered_has_entry",
                condition=~Q(state="registered") | ~Q(registered_on="") | ~Q(register_number=""),
            ),
            models.CheckConstraint(
                name="agreements_refused_has_reason",
                condition=~Q(state__in=["registration_refused", "returned", "intent_prohibited"]) | ~Q(state_reason=""),
            ),
            models.CheckConstraint(
                name="agreements_withdrawn_has_date", condition=~Q(state="withdrawn") | ~Q(withdrawn_on="")
            ),
            models.CheckConstraint(name="agreements_end_has_ground", condition=Q(terminated_on="") | ~Q(end_ground="")),
            models.CheckConstraint(name="agreements_not_its_own_framework", condition=~Q(framework=F("id"))),
        ]
        indexes = [
            GinIndex(fields=["own_ids"], name="agreements_own"),
            GinIndex(fields=["partner_ids"], name="agreements_partners"),
            models.Index(fields=["title_key"], name="agreements_title_key"),
            models.Index(fields=["publicity"], name="agreements_publicity"),
            models.Index(fields=["framework"], name="agreements_framework", condition=Q(framework__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.title
