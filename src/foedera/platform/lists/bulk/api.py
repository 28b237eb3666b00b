"""Bulk steps over the API: `POST .../bulk/{step}` for each list (see `resources`), and what became of a step."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound, invalid
from foedera.platform.actions.performing import perform
from foedera.platform.api.root import answer, api_actor, body_of, idempotently
from foedera.platform.lists.description import RecordType
from foedera.platform.lists.marked import hidden_fields, is_hidden

from .access import steps_at_all
from .actions import CARRY_OUT, CHOOSE, DROP, PREVIEW, TAKE, UNDO
from .carrying_out import AT_WORK
from .models import BulkRun
from .queries import counts_of, rows_of, run_of, runs_of

router = Router()


class BulkChangeOut(Schema):
    """One value of a record or of its parts, before and after."""

    table: str
    row: int
    operation: str
    field: str
    before: Any
    after: Any


class BulkRowOut(Schema):
    """One record: the version that was chosen, what comes of it (good, same, refused, done), why not, and what changes."""

    number: str
    version: int
    outcome: str
    reason: str
    changes: list[BulkChangeOut]


class BulkOut(Schema):
    """A step on many records: what was asked for, how it stands, how many records have which outcome."""

    id: int
    kind: str
    step: str
    query: str | None
    values: dict[str, Any]
    reason: str
    all_or_nothing: bool
    state: str
    total: int
    done: int
    counts: dict[str, int]
    error: str


class BulkWholeOut(BulkOut):
    """A step on many records with a page of its records; `next` is the place of the following page, 0 at the end."""

    items: list[BulkRowOut]
    next: int


class BulkListOut(Schema):
    """One's own steps on many records, newest first."""

    items: list[BulkOut]


class BulkDroppedOut(Schema):
    """It is discarded."""

    discarded: bool


def _document(run: BulkRun) -> dict[str, Any]:
    counts = counts_of(run)
    return {
        "id": run.pk,
        "kind": run.kind,
        "step": run.step,
        "query": run.query if run.whole_view else None,
        "values": run.values,
        "reason": run.reason,
        "all_or_nothing": run.all_or_nothing,
        "state": run.state,
        "total": run.rows_total,
        "done": run.rows_done,
        "counts": {name: count for name, count in counts.items() if name},
        "error": run.error,
    }


def _whole(run: BulkRun, actor: Actor, *, after: int = 0, outcome: str = "") -> dict[str, Any]:
    rows, following = rows_of(run, actor, outcome=outcome, after=after)
    hidden = hidden_fields(actor)
    return {
        **_document(run),
        "items": [
            {
                "number": seen.row.number,
                "version": seen.row.version,
                "outcome": seen.row.outcome,
                "reason": seen.row.words,
                "changes": [
                    c for c in seen.row.changes if seen.visible and not is_hidden(c["table"], c["field"], hidden)
                ],
            }
            for seen in rows
        ],
        "next": following,
    }


def _answer(run: BulkRun, actor: Actor) -> HttpResponse:
    return answer(_whole(run, actor), status=202 if run.state in AT_WORK else 200)


def take_step(request: HttpRequest, record_type: RecordType, step: str) -> HttpResponse:
    """Look what a step would do to many records (`preview`), or carry it out at once. Raises ActionError."""
    actor = api_actor(request)
    body = body_of(request)
    preview = body.pop("preview", request.GET.get("preview", "") in ("1", "true", "yes"))
    if not isinstance(preview, bool):
        raise invalid("preview", _("Enter yes or no."))
    chosen: dict[str, Any] = {name: body.pop(name) for name in ("numbers", "query", "versions") if name in body}

    def carry_out() -> HttpResponse:
        with transaction.atomic():
            run = perform(CHOOSE, actor, values={"kind": record_type.name, "step": step, **chosen})
            perform(PREVIEW if preview else TAKE, actor, record=run, values=body)
        return _answer(run_of(run.pk, actor), actor)

    if not any(a.name.partition(".")[2] == step for a in steps_at_all(record_type)):
        raise NotFound()
    return idempotently(request, actor, carry_out)


@router.get("/bulk", response=BulkListOut, tags=["bulk"], operation_id="bulk_list", summary="My steps on many records")
def list_runs(request: HttpRequest) -> HttpResponse:
    """One's own steps on many records, the hundred newest."""
    return answer({"items": [_document(run) for run in runs_of(api_actor(request))[:100]]})


@router.get("/bulk/{key}", response=BulkWholeOut, tags=["bulk"], operation_id="bulk_read", summary="One step on many")
def read_run(request: HttpRequest, key: int, after: int = 0, outcome: str = "") -> HttpResponse:
    """How a step stands, with a page of its records."""
    actor = api_actor(request)
    place = min(max(after, 0), 2**62)
    return answer(_whole(run_of(key, actor), actor, after=place, outcome=outcome.replace("\x00", "")))


@router.post(
    "/bulk/{key}/carry-out", response=BulkWholeOut, tags=["bulk"], operation_id="bulk_carry_out", summary="Carry out"
)
def carry_out_run(request: HttpRequest, key: int) -> HttpResponse:
    """Carry out a step that was looked at; a record that was changed since is refused."""
    actor = api_actor(request)
    perform(CARRY_OUT, actor, record=run_of(key, actor))
    return _answer(run_of(key, actor), actor)


@router.post("/bulk/{key}/undo", response=BulkWholeOut, tags=["bulk"], operation_id="bulk_undo", summary="Undo for all")
def undo_run(request: HttpRequest, key: int) -> HttpResponse:
    """Undo a step for all its records, if none of them was changed since."""
    actor = api_actor(request)
    perform(UNDO, actor, record=run_of(key, actor))
    return _answer(run_of(key, actor), actor)


@router.delete("/bulk/{key}", response=BulkDroppedOut, tags=["bulk"], operation_id="bulk_drop", summary="Discard")
def drop_run(request: HttpRequest, key: int) -> HttpResponse:
    """Forget how a step was prepared; what it changed stays."""
    actor = api_actor(request)
    perform(DROP, actor, record=run_of(key, actor))
    return answer({"discarded": True})
