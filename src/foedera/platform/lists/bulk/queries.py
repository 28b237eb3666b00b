"""Reading bulk steps and their rows, each within what is one's own and what one may still see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.errors import NotFound
from foedera.platform.history.instants import reading_today
from foedera.platform.lists import querying
from foedera.platform.lists.description import Context, RecordType, record_type

from .models import BulkRow, BulkRun, Outcome

ROWS_SHOWN = 100


def runs_of(actor: Actor) -> QuerySet[BulkRun, Any]:
    """The bulk steps of the actor, newest first."""
    return policy_for(BulkRun).visible(BulkRun.objects.order_by("-id"), actor)


def run_of(key: int, actor: Actor) -> BulkRun:
    """One bulk step of the actor in a role that he holds, for records that he may ask for. Raises NotFound."""
    with reading_today():
        found: BulkRun | None = runs_of(actor).filter(pk=key).first()
    if found is None or not policy_for(BulkRun).in_scope(found, actor):
        raise NotFound()
    if actor.record_types is not None and found.kind not in actor.record_types:
        raise NotFound()
    return found


def described(run: BulkRun) -> RecordType:
    """The record type of a bulk step. Raises NotFound when there is none any more."""
    try:
        return record_type(run.kind)
    except LookupError:
        raise NotFound() from None


def counts_of(run: BulkRun) -> dict[str, int]:
    """How many records have which outcome."""
    counted = dict.fromkeys(Outcome.values, 0)
    counted.update(run.rows.values_list("outcome").annotate(n=Count("id")).values_list("outcome", "n"))
    return counted


@dataclass(frozen=True, slots=True)
class Seen:
    """A row of a bulk step with the title of its record; without title and changes where the actor may not see it any more."""

    row: BulkRow
    title: str
    visible: bool


def rows_of(
    run: BulkRun, actor: Actor, *, outcome: str = "", after: int = 0, most: int = ROWS_SHOWN
) -> tuple[list[Seen], int]:
    """A page of rows, and the id after which the next one begins (0: there is none)."""
    rows = run.rows.filter(pk__gt=after).order_by("pk")
    if outcome:
        rows = rows.filter(outcome=outcome)
    page = list(rows[: most + 1])
    kind = described(run)
    seen = querying.without_withheld(kind, querying.visible_rows(kind, Context(actor)), Context(actor))
    titles = dict(seen.filter(pk__in=[r.record_id for r in page]).values_list("pk", kind.column(kind.title).path))
    shown = [Seen(r, str(titles.get(r.record_id, "")), r.record_id in titles) for r in page[:most]]
    return shown, page[most - 1].pk if len(page) > most else 0
