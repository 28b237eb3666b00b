"""Next steps that decisions started."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.db.models import F, QuerySet

from foedera.agreements.models import (
    FollowUp,
)
from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound
from foedera.platform.lists.description import record_type

from ..merging import MergePlan, plan
from .scope import readable_agreement_ids, steps_of


def follow_ups_of_findings(keys: Iterable[int]) -> dict[int, list[FollowUp]]:
    """The steps that decided findings started, by finding."""
    result: dict[int, list[FollowUp]] = {}
    for step in FollowUp.objects.filter(finding__in=set(keys)).order_by("id"):
        result.setdefault(step.finding_id or 0, []).append(step)
    return result


def open_steps(actor: Actor, *, kind: str = "", done: bool = False) -> QuerySet[FollowUp]:
    """Next steps that are still to be done (or done), those with a day first."""
    rows = steps_of(actor).filter(done_on__isnull=not done).select_related("agreement", "finding")
    if kind:
        rows = rows.filter(kind=kind)
    return rows.order_by(F("due_on").asc(nulls_last=True), "id")


def step(actor: Actor, key: int) -> FollowUp:
    """One next step. Raises NotFound when there is none that the actor may see."""
    found = steps_of(actor).select_related("agreement", "finding", "finding__other").filter(pk=key).first()
    if found is None:
        raise NotFound()
    return found


def merge_plans(actor: Actor, found: FollowUp) -> list[MergePlan]:
    """The two ways in which a step of merging may be carried out, with the facts that the actor may read; none when he may not read
    both entries whole."""
    finding = found.finding
    if finding is None or finding.other is None:
        return []
    one, other = finding.other, found.agreement
    if not readable_agreement_ids(actor, [one.pk, other.pk]) >= {one.pk, other.pk}:
        return []
    known = record_type("agreements")
    hidden = {c.name for c in known.columns} - {c.name for c in known.for_reader(actor).columns}
    plans = (plan(one, other), plan(other, one))
    return [replace(p, rows=tuple(row for row in p.rows if row.field not in hidden)) for p in plans]
