"""Which step a decision starts, and by when. Pure."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from foedera.agreements.models import Decision, FindingRule, FollowUpKind
from foedera.agreements.terms import Status, TermResult

ENDED = (Status.EXPIRED, Status.TERMINATED)


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step and the day by which it must be done (None: no day follows from the facts)."""

    kind: FollowUpKind
    due_on: datetime.date | None = None


def next_step(
    rule: str, decision: str, now: TermResult, urgent_by: datetime.date | None, today: datetime.date
) -> NextStep | None:
    """The step that a decision starts; None for keeping, which only sets the day of the review."""
    if decision == Decision.KEEP:
        return None
    if decision == Decision.MERGE:
        return NextStep(FollowUpKind.MERGE)
    if decision == Decision.RENEW:
        return NextStep(FollowUpKind.NEGOTIATE_RENEWAL, urgent_by)
    if decision == Decision.REVISE:
        return NextStep(FollowUpKind.REQUEST_TO_REGION)
    return _end(rule, now, today)


def _end(rule: str, now: TermResult, today: datetime.date) -> NextStep:
    if rule in (FindingRule.EXPIRED_CARRIED, FindingRule.SUPERSEDED) or now.status in ENDED:
        return NextStep(FollowUpKind.RECORD_END)
    if now.ends_on is not None and rule == FindingRule.EXPIRES_SOON:
        return NextStep(FollowUpKind.RECORD_END, now.ends_on + datetime.timedelta(days=1))
    if now.next_renewal is not None:
        last = now.last_safe_day or now.current_term_end
        if last is not None and last >= today:
            return NextStep(FollowUpKind.NOTICE_OF_NON_RENEWAL, last)
    return NextStep(FollowUpKind.NOTICE_OF_TERMINATION)
