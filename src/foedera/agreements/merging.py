"""What a merge of two agreements means beyond moving references: which parties are one, and what the review is to forget."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from foedera.platform.merging.references import recognise_by, settle_with

from .models import Finding, FindingState, FollowUp, FollowUpKind, Party
from .review.merging import party_key


def settle(run: Any, stays: int, goes: int) -> None:
    """A finding that the two are one is settled by the merge, and so is the step that asked for it."""
    del goes
    settled = Finding.objects.filter(agreement=stays, other=F("agreement"))
    open_steps = FollowUp.objects.filter(finding__in=settled, kind=FollowUpKind.MERGE, done_on__isnull=True)
    open_steps.update(done_on=run.today, outcome=_("The two entries were merged."))
    settled.filter(state=FindingState.OPEN).update(state=FindingState.GONE)


recognise_by(Party, party_key)
settle_with("agreements", settle)
