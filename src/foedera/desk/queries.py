"""What the desk shows: the register in figures."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Count

from foedera.agreements import terms
from foedera.agreements.lists import AGREEMENTS, TIES, status_on
from foedera.agreements.models import Finding
from foedera.agreements.queries import visible_agreements
from foedera.platform.access.actors import Actor
from foedera.platform.lists import querying
from foedera.platform.lists.description import Context


def status_counts(actor: Actor) -> dict[terms.Status, int]:
    """How many agreements that the actor may read whole have each status as of the day."""
    context = Context(actor)
    rows = querying.without_withheld(AGREEMENTS, visible_agreements(actor), context)
    counted = rows.annotate(_status=status_on(context)).order_by().values_list("_status").annotate(_n=Count("id"))
    return {terms.Status(code): number for code, number in counted}


def tie_count(actor: Actor) -> int:
    """How many ties the actor may know of."""
    return querying.count(querying.visible_rows(TIES, Context(actor)))


def pressing_findings(actor: Actor, *, days: int, limit: int = 10) -> list[Any]:
    """Open findings of the review with a day to act by within so many days, soonest first."""
    until = actor.as_of + min(datetime.timedelta(days=days), datetime.date.max - actor.as_of)
    return list(
        Finding.objects.filter(state="open", urgent_by__isnull=False, urgent_by__lte=until)
        .filter(urgent_by__gte=actor.as_of, agreement__in=visible_agreements(actor))
        .select_related("agreement")
        .order_by("urgent_by", "id")[:limit]
    )


def finding_counts(actor: Actor) -> list[tuple[str, int]]:
    """Open findings by rule on agreements that the actor may know of, most first."""
    counted = Finding.objects.filter(state="open", agreement__in=visible_agreements(actor)).order_by()
    return list(counted.values_list("rule").annotate(n=Count("id")).order_by("-n"))
