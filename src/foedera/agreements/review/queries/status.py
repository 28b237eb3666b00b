"""How many agreements stand in which status on a day."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final

from django.db import connection, models
from django.db.models import Count, F, Func, IntegerField, QuerySet, Value

from foedera.agreements.models import (
    Agreement,
)
from foedera.agreements.terms import IN_FORCE_STATUSES, Status
from foedera.platform.access.actors import Actor


@dataclass(frozen=True, slots=True)
class StatusCounts:
    """How many agreements stand in which status on a day, and how many are not concluded (by state)."""

    as_of: datetime.date
    statuses: dict[str, int]
    not_concluded: dict[str, int]

    @property
    def in_force(self) -> int:
        """How many bind on that day."""
        return sum(self.statuses.get(status.slug, 0) for status in IN_FORCE_STATUSES)

    @property
    def total(self) -> int:
        """All agreements that are or were concluded."""
        return sum(self.statuses.values())


UNCONCLUDED: Final = (
    "idea", "intent_notified", "intent_cleared", "intent_prohibited", "drafting", "in_clearance", "returned", "cleared",
    "withdrawn",
)  # fmt: skip


def status_counts(actor: Actor, as_of: datetime.date) -> StatusCounts:
    """Counts by status on a day over the agreements that the actor may see, by the statuses kept with each of them."""
    rows: QuerySet[Agreement] = Agreement.objects.visible_to(actor).order_by()
    place = Func(
        Value(as_of, output_field=models.DateField()),
        F("status_starts"),
        function="width_bucket",
        output_field=IntegerField(),
    )
    concluded: dict[str, int] = {s.slug: 0 for s in Status}
    inner = rows.exclude(state__in=UNCONCLUDED).annotate(_place=place).values("status_codes", "_place")
    sql, parameters = inner.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT status_codes[_place], count(*) FROM ({sql}) s GROUP BY 1",  # noqa: S608 - SQL of the ORM
            parameters,
        )
        for code, number in cursor.fetchall():
            concluded[Status(code or 0).slug] += number
    others = rows.filter(state__in=UNCONCLUDED).values_list("state").annotate(number=Count("id"))
    return StatusCounts(as_of, concluded, dict(others))
