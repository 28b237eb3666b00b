"""Proposals: which fields of which record shall say what, who asks for it and why, and what became of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from foedera.platform.records.models import number_field


class ProposalState(models.TextChoices):
    """What became of a proposal."""

    OPEN = "open", _("Waits for a decision")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Proposal(models.Model):
    """A change that somebody asks for: the proposed values by field, and what the fields said when he asked."""

    id = models.BigAutoField(primary_key=True)
    number = number_field("PR")
    record_type = models.CharField(_("Kind of record"), max_length=40)
    record_id = models.BigIntegerField()
    record_number = models.CharField(_("Record"), max_length=24)
    title = models.CharField(_("Title"), max_length=1000)
    owner = models.ForeignKey(
        settings.FOEDERA_BODY_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("Owner")
    )
    before = models.JSONField(_("Before"))
    values = models.JSONField(_("Proposed"))
    reason = models.TextField(_("Reason"))
    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("Proposed by")
    )
    proposer_name = models.CharField(_("Proposed by"), max_length=200)
    proposer_role = models.CharField(_("Role"), max_length=24)
    proposer_body = models.CharField(_("Body"), max_length=300, blank=True)
    state = models.CharField(_("State"), max_length=12, choices=ProposalState.choices, default=ProposalState.OPEN)
    decider_name = models.CharField(_("Decided by"), max_length=200, blank=True, db_default="")
    decision_reason = models.TextField(_("Reason of the decision"), blank=True, db_default="")
    decided_at = models.DateTimeField(_("Decided"), null=True)
    version = models.PositiveIntegerField(_("Version"), default=1, db_default=1)
    created_at = models.DateTimeField(_("Proposed on"), db_default=Now())
    updated_at = models.DateTimeField(_("Changed"), db_default=Now())

    class Meta:
        verbose_name = _("Proposal")
        constraints = [
            models.CheckConstraint(name="proposals_proposal_state", condition=Q(state__in=ProposalState.values)),
            models.CheckConstraint(
                name="proposals_proposal_decided", condition=Q(state="open") | Q(decided_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["record_type", "record_id"], name="proposals_record"),
            models.Index(fields=["state", "-id"], name="proposals_open"),
        ]

    def __str__(self) -> str:
        return str(self.number)
