"""Asking for exports and repeating them; what is asked for is written by a job (see `job`)."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotNow, invalid
from foedera.platform.actions.performing import Action, Reason, Run, register, save
from foedera.platform.lists.description import Context, RecordType, record_type
from foedera.platform.lists.saving.actions import kept_query
from foedera.platform.lists.saving.opening import NO_VIEW, open_list

from .access import SIGNED_IN
from .models import ExportRun, ExportSchedule, ExportState, Format, Rhythm
from .rules import next_after
from .storing import remove_file

# What one person may have waiting and at work, and may keep repeating.
MOST_AT_ONCE = 10
MOST_SCHEDULES = 50


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ExportInput(_Strict):
    """What is exported: the list, the view as in its address, the format."""

    kind: str = Field(max_length=40, description="The list, such as agreements")
    query: str = Field(
        default="", max_length=8000, description="As in the address of the list: view=7, or status=expiring&sort=title"
    )
    format: Format = Format.CSV
    name: str = Field(default="", max_length=120)


class ScheduleInput(ExportInput):
    """An export and how often it is repeated."""

    rhythm: Rhythm = Rhythm.WEEKLY
    weekday: int = Field(default=1, ge=1, le=7, description="Monday is 1; for every week")
    day: int = Field(default=1, ge=1, le=31, description="For every month; its last day where it has not that many")
    hour: int = Field(default=6, ge=0, le=23)


class ScheduleChange(_Strict):
    """What shall be otherwise about a schedule."""

    name: str | None = Field(default=None, max_length=120)
    format: Format | None = None
    rhythm: Rhythm | None = None
    weekday: int | None = Field(default=None, ge=1, le=7)
    day: int | None = Field(default=None, ge=1, le=31)
    hour: int | None = Field(default=None, ge=0, le=23)
    active: bool | None = None


def _kind(given: ExportInput) -> RecordType:
    """The list that is exported. Raises Invalid."""
    try:
        return record_type(given.kind)
    except LookupError:
        raise invalid("kind", _("There is no list “%(name)s”.") % {"name": given.kind}) from None


def _view(run: Run[Any]) -> str:
    """The query string of what is exported: a view by its number, or what the address says. Raises Invalid, NotFound."""
    given: ExportInput = run.input
    query = QueryDict(given.query, mutable=True)
    name = query.get("view", "")
    kept = kept_query(given.kind, given.query, run.actor)
    if kept or not name or name == NO_VIEW:
        return kept
    opened = open_list(_kind(given).for_reader(run.actor), query, Context(run.actor), with_first=False)
    return f"view={opened.view.pk}" if opened.view is not None else ""


def _name(given: ExportInput) -> str:
    if "\x00" in given.name:
        raise invalid("name", _("The text holds a character that cannot be stored."))
    return " ".join(given.name.split()) or str(_kind(given).plural)


def _owner(actor: Actor) -> tuple[int, int]:
    """The person and the role for whom an export is made; the policy lets nobody else come so far."""
    assert actor.person_id is not None
    assert actor.duty_id is not None
    return actor.person_id, actor.duty_id


def new_run(**facts: Any) -> ExportRun:
    """An export that waits, and the job that writes it, in the present transaction."""
    from .job import write_export

    made = ExportRun.objects.create(file_key=uuid.uuid4(), **facts)
    if made.state == ExportState.WAITING:
        write_export.defer(run_id=made.pk)
    return made


def _ask(run: Run[ExportRun]) -> ExportRun:
    actor, given = run.actor, run.input
    person_id, duty_id = _owner(actor)
    busy = ExportRun.objects.filter(person_id=person_id, state__in=[ExportState.WAITING, ExportState.RUNNING])
    if busy.count() >= MOST_AT_ONCE:
        raise NotNow(
            _("%(most)d exports of yours wait already; try again when some are done.") % {"most": MOST_AT_ONCE}
        )
    query = _view(run)
    return new_run(
        kind=given.kind,
        name=_name(given),
        query=query,
        format=given.format,
        as_of=actor.as_of if actor.is_past else None,
        known_at=actor.known_at,
        person_id=person_id,
        duty_id=duty_id,
        language=actor.language,
    )


def _remove(run: Run[ExportRun]) -> None:
    # A job that is writing it finds that it is gone, and takes its file with it.
    key = run.record.file_key
    run.record.delete()
    remove_file(key)


def next_of(schedule: ExportSchedule, after: datetime.datetime) -> datetime.datetime:
    """When the schedule is due next."""
    zone = timezone.get_default_timezone()
    return next_after(after, schedule.rhythm, schedule.weekday, schedule.day, schedule.hour, zone)


def _repeat(run: Run[ExportSchedule]) -> ExportSchedule:
    actor, given = run.actor, run.input
    person_id, duty_id = _owner(actor)
    if ExportSchedule.objects.filter(person_id=person_id).count() >= MOST_SCHEDULES:
        raise NotNow(_("You may have %(most)d exports repeated; delete one first.") % {"most": MOST_SCHEDULES})
    made = ExportSchedule(
        name=_name(given),
        kind=given.kind,
        query=_view(run),
        format=given.format,
        rhythm=given.rhythm,
        weekday=given.weekday,
        day=given.day,
        hour=given.hour,
        person_id=person_id,
        duty_id=duty_id,
        language=actor.language,
    )
    made.next_at = next_of(made, timezone.now())
    save(made)
    return made


def _change(run: Run[ExportSchedule]) -> ExportSchedule:
    schedule: ExportSchedule = run.record
    given: dict[str, Any] = {k: v for k, v in run.input.model_dump(exclude_unset=True).items() if v is not None}
    if "name" in given:
        given["name"] = " ".join(given["name"].split()) or schedule.name
        if "\x00" in given["name"]:
            raise invalid("name", _("The text holds a character that cannot be stored."))
    for name, value in given.items():
        setattr(schedule, name, value)
    if given.get("active"):
        # Whoever lets it go on does so in the role in which he works now.
        _person, schedule.duty_id = _owner(run.actor)
        schedule.stopped_because = ""
    schedule.next_at = next_of(schedule, timezone.now())
    save(schedule)
    return schedule


def _end(run: Run[ExportSchedule]) -> None:
    run.record.delete()


def _action(name: str, label: Any, model: Any, body: Any, **more: Any) -> Action[Any]:
    return register(
        Action(
            name=f"exports.{name}", label=label, model=model, body=body, roles=SIGNED_IN, reason=Reason.NEVER, **more
        )
    )


ASK = _action("ask", gettext_lazy("Have an export made"), ExportRun, _ask, input=ExportInput, makes_record=True)
REMOVE = _action("remove", gettext_lazy("Remove the export"), ExportRun, _remove, needs_version=False)
REPEAT = _action(
    "repeat", gettext_lazy("Repeat an export"), ExportSchedule, _repeat, input=ScheduleInput, makes_record=True
)
CHANGE = _action("change_schedule", gettext_lazy("Change the schedule"), ExportSchedule, _change, input=ScheduleChange)
END = _action("end_schedule", gettext_lazy("Delete the schedule"), ExportSchedule, _end, needs_version=False)
