"""Sessions, findings and next steps of the review."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foedera.agreements.models.agreements import Agreement
from foedera.platform.records.models import Record, number_field


class ReviewSession(Record):
    """A sitting of the review over a region, a country or the whole register; it ends in a protocol."""

    number = number_field("RV")
    title = models.CharField(_("Title"), max_length=300)
    region = models.ForeignKey(
        "directory.Territory",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Region"),
    )
    partner = models.ForeignKey(
        "directory.Territory",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Partner state"),
    )
    held_on = models.DateField(_("Held on"))
    participants = models.TextField(_("Participants"), blank=True, default="", db_default="")
    closed_at = models.DateTimeField(_("Closed"), null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("Review session")

    def __str__(self) -> str:
        return self.title


class FindingRule(models.TextChoices):
    """Why an agreement needs a decision."""

    EXPIRED_CARRIED = "expired_carried", _("Expired but still carried as active")
    RENEWS_SOON = "renews_soon", _("Renews itself soon")
    EXPIRES_SOON = "expires_soon", _("Expires soon")
    DORMANT = "dormant", _("No activity recorded")
    DUPLICATE = "duplicate", _("Likely duplicate")
    SUPERSEDED = "superseded", _("Superseded by another agreement")
    FRAMEWORK_GONE = "framework_gone", _("Its framework ended")
    MISSING_FACTS = "missing_facts", _("Facts are missing")
    DATE_ODDITY = "date_oddity", _("Dates contradict each other")
    TEXT_MISSING = "text_missing", _("The text is missing")
    NO_COORDINATOR = "no_coordinator", _("No coordinator")
    PARTY_GONE = "party_gone", _("A party no longer exists")
    WITHOUT_CLEARANCE = "without_clearance", _("Signed without clearance")
    REVIEW_DUE = "review_due", _("Due for review")


class Decision(models.TextChoices):
    """What is decided of an agreement in the review."""

    KEEP = "keep", _("Keep")
    REVISE = "revise", _("Revise")
    RENEW = "renew", _("Renew")
    MERGE = "merge", _("Merge")
    END = "end", _("End")


class FindingState(models.TextChoices):
    """Where a finding stands."""

    OPEN = "open", pgettext_lazy("finding", "Open")
    DECIDED = "decided", _("Decided")
    GONE = "gone", _("No longer found")


class Finding(models.Model):
    """A reason why an agreement needs a decision, with its facts and the decision proposed; and the decision taken."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="findings")
    rule = models.CharField(_("Finding"), max_length=20, choices=FindingRule.choices)
    other = models.ForeignKey(
        Agreement, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("Other agreement")
    )
    state = models.CharField(_("State"), max_length=8, choices=FindingState.choices, default="open", db_default="open")
    facts = models.JSONField(_("Facts"), default=dict)
    urgent_by = models.DateField(_("Act by"), null=True, blank=True)
    proposed = models.CharField(_("Proposed"), max_length=8, choices=Decision.choices)
    found_on = models.DateField(_("Found"))
    decision = models.CharField(
        _("Decision"), max_length=8, choices=Decision.choices, blank=True, default="", db_default=""
    )
    reason = models.TextField(_("Reason"), blank=True, default="", db_default="")
    decided_by = models.CharField(_("Decided by"), max_length=200, blank=True, default="", db_default="")
    decided_by_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(_("Decided"), null=True)
    session = models.ForeignKey(ReviewSession, models.SET_NULL, null=True, blank=True, related_name="findings")

    history_subject: ClassVar[str] = "agreement"
    # Codes and days from which the desk makes its sentences.
    timeline_leaves_out: ClassVar[tuple[str, ...]] = ("facts",)

    class Meta:
        verbose_name = _("Finding")
        constraints = [
            models.CheckConstraint(
                name="agreements_finding_decided",
                condition=~Q(state="decided") | (~Q(decision="") & ~Q(reason="") & Q(decided_at__isnull=False)),
            ),
            models.UniqueConstraint(
                fields=["agreement", "rule", "other"],
                condition=Q(state="open"),
                nulls_distinct=False,
                name="agreements_finding_open_once",
            ),
        ]
        indexes = [models.Index(fields=["state", "rule"], name="agreements_finding_state")]


class FollowUpKind(models.TextChoices):
    """The next step that a decision starts."""

    NOTICE_OF_TERMINATION = "notice_of_termination", _("Draft a notice of termination")
    NOTICE_OF_NON_RENEWAL = "notice_of_non_renewal", _("Draft a notice against renewal")
    REQUEST_TO_REGION = "request_to_region", _("Ask the region")
    MERGE = "merge", _("Merge two agreements")
    NEGOTIATE_RENEWAL = "negotiate_renewal", _("Negotiate a renewal")
    RECORD_END = "record_end", _("Record the end")


class FollowUp(models.Model):
    """A next step started by a decision: what, by when, in draft words, and whether it is done."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="follow_ups")
    finding = models.ForeignKey(Finding, models.SET_NULL, null=True, related_name="follow_ups")
    kind = models.CharField(_("Step"), max_length=24, choices=FollowUpKind.choices)
    due_on = models.DateField(_("Due"), null=True, blank=True)
    draft = models.TextField(_("Draft"), blank=True, default="", db_default="")
    done_on = models.DateField(_("Done"), null=True, blank=True)
    outcome = models.TextField(_("Outcome"), blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())

    history_subject: ClassVar[str] = "agreement"

    class Meta:
        verbose_name = _("Next step")
        constraints = [
            models.CheckConstraint(name="agreements_follow_up_done", condition=Q(done_on__isnull=True) | ~Q(outcome=""))
        ]
