"""The pages of exports: one's own with their files, and what is repeated."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.platform.lists.description import record_type
from foedera.platform.pages import shapes

from .models import ExportRun, ExportSchedule, ExportState, Format, Rhythm, Weekday

COLOURS: dict[str, shapes.Colour] = {
    ExportState.WAITING: "grey",
    ExportState.RUNNING: "amber",
    ExportState.DONE: "green",
    ExportState.FAILED: "red",
    ExportState.EXPIRED: "grey",
}
BUSY = frozenset({ExportState.WAITING, ExportState.RUNNING})


def state_chip(run: ExportRun) -> shapes.Chip:
    """The state of an export."""
    return shapes.Chip(ExportState(run.state).label, COLOURS[run.state])


def list_label(kind: str) -> Any:
    """The name of a list; its code when there is no such any more."""
    try:
        return record_type(kind).plural
    except LookupError:
        return kind


def list_address(kind: str, query: str) -> str:
    """The list as it is exported; empty when there is none any more."""
    try:
        url = record_type(kind).list_url
    except LookupError:
        return ""
    return f"{url}?{query}" if query else url


def rhythm_words(schedule: ExportSchedule) -> str:
    """How often a schedule asks for its export, in words."""
    hour = f"{schedule.hour:02}:00"
    if schedule.rhythm == Rhythm.WEEKLY:
        return _("every week, %(day)s, %(hour)s") % {"day": Weekday(schedule.weekday).label, "hour": hour}
    if schedule.rhythm == Rhythm.MONTHLY:
        return _("every month, day %(day)d, %(hour)s") % {"day": schedule.day, "hour": hour}
    return _("every day, %(hour)s") % {"hour": hour}


def runs_table(runs: Iterable[ExportRun], held: frozenset[int | None]) -> shapes.Table:
    """Exports with their states; the file of one made in a role that is over is not offered."""
    rows = tuple(
        shapes.Row(
            (
                shapes.Cell(run.name, note=_("repeated") if run.schedule_id else ""),
                shapes.Cell(list_label(run.kind)),
                shapes.Cell(Format(run.format).label),
                shapes.Cell(chip=state_chip(run), note=run.error),
                shapes.Cell(number=run.rows_done, kind="number"),
                shapes.Cell(date=run.created_at),
                shapes.Cell(date=run.kept_until) if run.state == ExportState.DONE else shapes.Cell(),
            ),
            url=reverse("exports:run", args=[run.pk]) if run.duty_id in held else "",
            key=str(run.pk),
        )
        for run in runs
    )
    return shapes.Table(
        title=_("My exports"),
        columns=(
            shapes.Column("name", _("Name")),
            shapes.Column("list", _("List")),
            shapes.Column("format", _("Format")),
            shapes.Column("state", _("State")),
            shapes.Column("rows", _("Rows"), numeric=True),
            shapes.Column("at", _("Asked for")),
            shapes.Column("kept", _("Kept until")),
        ),
        rows=rows,
        empty_text=_("Nothing has been exported in the background yet. Open a list and choose Export there."),
        identifier="exports",
    )


def schedules_table(schedules: Iterable[ExportSchedule]) -> shapes.Table:
    """What is repeated, how often, and when next."""
    rows = tuple(
        shapes.Row(
            (
                shapes.Cell(schedule.name),
                shapes.Cell(list_label(schedule.kind)),
                shapes.Cell(rhythm_words(schedule)),
                shapes.Cell(chip=schedule_chip(schedule), note=schedule.stopped_because),
                shapes.Cell(date=schedule.next_at) if schedule.active else shapes.Cell(),
                shapes.Cell(date=schedule.last_at),
            ),
            url=reverse("exports:schedule", args=[schedule.pk]),
            key=str(schedule.pk),
        )
        for schedule in schedules
    )
    return shapes.Table(
        title=_("Repeated exports"),
        lead=_("Each holds only what you may see at that moment, and ends with the role in which it was made."),
        columns=(
            shapes.Column("name", _("Name")),
            shapes.Column("list", _("List")),
            shapes.Column("rhythm", _("Repeated how often")),
            shapes.Column("state", _("State")),
            shapes.Column("next", _("Next time")),
            shapes.Column("last", _("Last time")),
        ),
        rows=rows,
        empty_text=_("Nothing is repeated. Open a list and choose Export, Repeat."),
        identifier="schedules",
    )


def schedule_chip(schedule: ExportSchedule) -> shapes.Chip:
    """Whether a schedule goes on."""
    if schedule.active:
        return shapes.Chip(_("Goes on"), "green")
    return shapes.Chip(_("Stopped"), "red" if schedule.stopped_because else "grey")


def progress_block(run: ExportRun) -> shapes.Progress:
    """How far an export is, and its file when it is done."""
    remaining = None
    if run.started_at is not None and run.rows_total and run.rows_done and run.state == ExportState.RUNNING:
        spent = (timezone.now() - run.started_at).total_seconds()
        remaining = max(0, round(spent / run.rows_done * (run.rows_total - run.rows_done)))
    results: tuple[shapes.Link, ...] = ()
    if run.state == ExportState.DONE:
        size = filesizeformat(run.size or 0)
        words = _("Download (%(format)s, %(size)s)") % {"format": Format(run.format).label, "size": size}
        results = (shapes.Link(words, reverse("exports:file", args=[run.pk])),)
    return shapes.Progress(
        title=_("Export"),
        done=run.rows_done,
        total=run.rows_total,
        unit=_("rows"),
        state=state_chip(run),
        running=run.state in BUSY,
        remaining_seconds=remaining,
        poll_url=reverse("exports:progress", args=[run.pk]),
        started=run.started_at,
        results=results,
    )


def run_blocks(run: ExportRun) -> tuple[shapes.Block, ...]:
    """An export: how far, what went wrong, what was left out, what it is of."""
    blocks: list[shapes.Block] = [progress_block(run)]
    if run.error:
        blocks.append(shapes.Notice(text=run.error, colour="red", title=_("Not exported")))
    if run.left_out:
        text = _("The view names something that is not there, or not for you. It was exported without it.")
        blocks.append(shapes.Notice(text=text, colour="amber", lines=tuple(run.left_out)))
    facts = [
        shapes.Fact(_("List"), shapes.Cell(list_label(run.kind), href=list_address(run.kind, run.query))),
        shapes.Fact(_("Format"), shapes.Cell(Format(run.format).label)),
        shapes.Fact(_("Asked for"), shapes.Cell(date=run.created_at)),
    ]
    if run.as_of is not None:
        facts.append(shapes.Fact(_("As of"), shapes.Cell(date=run.as_of)))
    if run.known_at is not None:
        facts.append(shapes.Fact(_("As known at"), shapes.Cell(date=run.known_at)))
    if run.kept_until is not None:
        facts.append(shapes.Fact(_("Kept until"), shapes.Cell(date=run.kept_until)))
    blocks.append(shapes.FactGroup(_("What was asked for"), tuple(facts)))
    return tuple(blocks)
