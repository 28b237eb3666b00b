"""Exports and schedules over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router, Schema

from foedera.platform.actions.performing import perform
from foedera.platform.api.root import answer, api_actor, body_of, idempotently, version_of
from foedera.platform.lists.resources import body_description

from .actions import ASK, CHANGE, END, REMOVE, REPEAT
from .models import ExportRun, ExportSchedule, ExportState
from .queries import run_of, runs_of, schedule_of, schedules_of
from .views import file_response

router = Router()


class ExportOut(Schema):
    """An export: what is exported, how far it is, where its file is (empty until it is done), and what went wrong."""

    id: int
    kind: str
    name: str
    query: str
    format: str
    as_of: str | None
    known_at: str | None
    schedule: int | None
    state: str
    rows_total: int | None
    rows_done: int
    size: int | None
    left_out: list[str]
    error: str
    file: str
    created_at: str
    finished_at: str | None
    kept_until: str | None


class ExportsOut(Schema):
    """One's own exports, newest first."""

    items: list[ExportOut]


class ScheduleOut(Schema):
    """An export that is repeated, how often, and when next."""

    id: int
    name: str
    kind: str
    query: str
    format: str
    rhythm: str
    weekday: int
    day: int
    hour: int
    active: bool
    stopped_because: str
    next_at: str
    last_at: str | None
    version: int


class SchedulesOut(Schema):
    """One's own schedules."""

    items: list[ScheduleOut]


class RemovedOut(Schema):
    """It is removed."""

    removed: bool


def _export(run: ExportRun) -> dict[str, Any]:
    done = run.state == ExportState.DONE
    names = (
        "kind", "name", "query", "format", "as_of", "known_at", "state", "rows_total", "rows_done", "size", "left_out", "error",
        "created_at", "finished_at", "kept_until",
    )  # fmt: skip
    return {
        "id": run.pk,
        "schedule": run.schedule_id,
        "file": f"/api/v1/exports/{run.pk}/file" if done else "",
        **{name: getattr(run, name) for name in names},
    }


def _schedule(schedule: ExportSchedule) -> dict[str, Any]:
    names = (
        "name", "kind", "query", "format", "rhythm", "weekday", "day", "hour", "active", "stopped_because", "next_at",
        "last_at", "version",
    )  # fmt: skip
    return {"id": schedule.pk, **{name: getattr(schedule, name) for name in names}}


@router.get("/exports", response=ExportsOut, tags=["exports"], operation_id="exports_list", summary="My exports")
def list_exports(request: HttpRequest) -> HttpResponse:
    """One's own exports, the hundred newest."""
    return answer({"items": [_export(r) for r in runs_of(api_actor(request))[:100]]})


@router.post(
    "/exports",
    response={202: ExportOut},
    tags=["exports"],
    operation_id="exports_create",
    summary="Have an export made",
    openapi_extra=body_description(ASK, "Idempotency-Key"),
)
def ask(request: HttpRequest) -> HttpResponse:
    """Have an export made in the background."""
    actor = api_actor(request)

    def carry_out() -> HttpResponse:
        made = perform(ASK, actor, values=body_of(request))
        return answer(_export(run_of(made.pk, actor)), status=202)

    return idempotently(request, actor, carry_out)


@router.get("/exports/{key}", response=ExportOut, tags=["exports"], operation_id="exports_read", summary="One export")
def read_export(request: HttpRequest, key: int) -> HttpResponse:
    """One export."""
    return answer(_export(run_of(key, api_actor(request))))


@router.get("/exports/{key}/file", tags=["exports"], operation_id="exports_file", summary="The file of an export")
def read_file(request: HttpRequest, key: int) -> HttpResponseBase:
    """The file, for its owner."""
    return file_response(run_of(key, api_actor(request)))


@router.delete(
    "/exports/{key}", response=RemovedOut, tags=["exports"], operation_id="exports_remove", summary="Remove an export"
)
def remove_export(request: HttpRequest, key: int) -> HttpResponse:
    """Remove an export with its file."""
    actor = api_actor(request)
    perform(REMOVE, actor, record=run_of(key, actor))
    return answer({"removed": True})


@router.get(
    "/export-schedules",
    response=SchedulesOut,
    tags=["exports"],
    operation_id="export_schedules_list",
    summary="My repeated exports",
)
def list_schedules(request: HttpRequest) -> HttpResponse:
    """One's own schedules."""
    return answer({"items": [_schedule(s) for s in schedules_of(api_actor(request))]})


@router.post(
    "/export-schedules",
    response={201: ScheduleOut},
    tags=["exports"],
    operation_id="export_schedules_create",
    summary="Repeat an export",
    openapi_extra=body_description(REPEAT, "Idempotency-Key"),
)
def repeat(request: HttpRequest) -> HttpResponse:
    """Repeat an export every day, week or month."""
    actor = api_actor(request)

    def carry_out() -> HttpResponse:
        made = perform(REPEAT, actor, values=body_of(request))
        return answer(_schedule(schedule_of(made.pk, actor)), status=201)

    return idempotently(request, actor, carry_out)


@router.get(
    "/export-schedules/{key}",
    response=ScheduleOut,
    tags=["exports"],
    operation_id="export_schedules_read",
    summary="One repeated export",
)
def read_schedule(request: HttpRequest, key: int) -> HttpResponse:
    """One schedule."""
    found = schedule_of(key, api_actor(request))
    return answer(_schedule(found), version=found.version)


@router.patch(
    "/export-schedules/{key}",
    response=ScheduleOut,
    tags=["exports"],
    operation_id="export_schedules_change",
    summary="Change how often an export is repeated",
    openapi_extra=body_description(CHANGE, "If-Match"),
)
def change_schedule(request: HttpRequest, key: int) -> HttpResponse:
    """Change, stop, or let go on."""
    actor = api_actor(request)
    found = perform(CHANGE, actor, record=schedule_of(key, actor), version=version_of(request), values=body_of(request))
    return answer(_schedule(found), version=found.version)


@router.delete(
    "/export-schedules/{key}",
    response=RemovedOut,
    tags=["exports"],
    operation_id="export_schedules_remove",
    summary="Repeat an export no longer",
)
def end_schedule(request: HttpRequest, key: int) -> HttpResponse:
    """Delete a schedule; what it exported stays as long as it is kept."""
    actor = api_actor(request)
    perform(END, actor, record=schedule_of(key, actor))
    return answer({"removed": True})
