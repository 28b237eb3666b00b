"""Reading who is named."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import Refused
from foedera.platform.records.models import NamedReader

from .actions import why_not


@dataclass(frozen=True, slots=True)
class Named:
    """Who may read a record by name, for how long and why. `name` is empty of a body that the actor may not know of."""

    id: int
    is_body: bool
    name: str
    valid_from: datetime.date
    valid_until: datetime.date | None
    ground: str


def readers_of(record: Any, actor: Actor) -> list[Named]:
    """Who is named as a reader of a record that the actor works on, those of earlier days too. Raises Refused for others."""
    forbidden = why_not(actor, record)
    if forbidden:
        raise Refused(forbidden)
    rows = NamedReader.objects.filter(record_table=record._meta.db_table, record_id=record.pk).order_by("id")
    found = rows.values_list(
        "id", "body_id", "body__name", "person__name", "valid_from", "valid_until", "ground"
    )  # fmt: skip
    return [
        Named(key, body is not None, body_name or person_name or "", begins, ends, ground)
        for key, body, body_name, person_name, begins, ends, ground in found
    ]
