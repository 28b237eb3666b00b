"""The pages of the import: what was imported, the columns of a file, a run with its progress and its report."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.platform.lists.description import record_type
from foedera.platform.lists.models import ImportRun, RunState
from foedera.platform.pages import shapes

from .adapters import ImportAdapter, adapter_for
from .mapping import ImportMapping
from .preview import Sample
from .report import COUNTS, label_of_problem

COLOURS: dict[str, shapes.Colour] = {
    RunState.PREVIEWED: "blue",
    RunState.WAITING: "grey",
    RunState.RUNNING: "amber",
    RunState.DONE: "green",
    RunState.FAILED: "red",
    RunState.INTERRUPTED: "red",
}
BUSY = frozenset({RunState.WAITING, RunState.RUNNING})
SHOWN_PROBLEMS = 100


def state_chip(run: ImportRun) -> shapes.Chip:
    """The state of a run."""
    return shapes.Chip(RunState(run.state).label, COLOURS[run.state])


def is_begun(run: ImportRun) -> bool:
    """Whether the columns have been said and the run was asked for."""
    return bool(run.mapping)


def runs_table(runs: Iterable[ImportRun]) -> shapes.Table:
    """What was imported lately."""
    rows = []
    for run in runs:
        url = reverse("lists:run" if is_begun(run) else "lists:columns", args=[run.pk])
        counts = run.counts or {}
        rows.append(
            shapes.Row(
                (
                    shapes.Cell(run.file_name),
                    shapes.Cell(_label(run.kind)),
                    shapes.Cell(chip=state_chip(run)),
                    shapes.Cell(number=counts.get("read"), kind="number") if counts else shapes.Cell(),
                    shapes.Cell(number=counts.get("created"), kind="number") if counts else shapes.Cell(),
                    shapes.Cell(number=counts.get("changed"), kind="number") if counts else shapes.Cell(),
                    shapes.Cell(number=counts.get("refused"), kind="number") if counts else shapes.Cell(),
                    shapes.Cell(date=run.created_at),
                ),
                url=url,
                key=str(run.pk),
            )
        )
    labels = (
        ("file", _("File"), False),
        ("kind", _("Kind"), False),
        ("state", _("State"), False),
        *((name, COUNTS[name], True) for name in ("read", "created", "changed", "refused")),
        ("at", _("Begun"), False),
    )
    return shapes.Table(
        columns=tuple(shapes.Column(name, label, numeric=numeric) for name, label, numeric in labels),
        rows=tuple(rows),
        title=_("Imports so far"),
        empty_text=_("Nothing has been imported yet."),
    )


def _label(kind: str) -> Any:
    try:
        return adapter_for(kind).label
    except LookupError:
        return kind


def sample_table(sample: Sample) -> shapes.Table:
    """The first rows of a file as they stand there."""
    columns = [(place, name) for place, name in enumerate(sample.columns) if name]
    return shapes.Table(
        columns=(
            shapes.Column("row", _("Row"), numeric=True),
            *(shapes.Column(f"c{place}", name) for place, name in columns),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(number=row.number, kind="number"),
                    *(shapes.Cell(row.cells[place][:120]) for place, _name in columns),
                )
            )
            for row in sample.rows
        ),
        title=_("First rows of the file"),
        lead=" · ".join(f"{k}: {v}" for k, v in sample.details.items() if v.strip()),
    )


def mapping_notice(mapping: ImportMapping, fields: int) -> shapes.Notice:
    """How the header was understood."""
    if mapping.name:
        text = _("The header is that of “%(name)s”; the columns are filled in accordingly.") % {"name": mapping.name}
        return shapes.Notice(text=text, colour="green")
    text = _("%(count)d columns bear the names of fields. Look through the others.") % {"count": fields}
    return shapes.Notice(text=text, colour="blue")


def progress_block(run: ImportRun) -> shapes.Progress:
    """How far a run is."""
    remaining = None
    if run.started_at is not None and run.rows_total and run.rows_done and run.state == RunState.RUNNING:
        spent = (timezone.now() - run.started_at).total_seconds()
        remaining = max(0, round(spent / run.rows_done * (run.rows_total - run.rows_done)))
    return shapes.Progress(
        title=_("A look at what would come of it") if run.dry_run else _("Import"),
        done=run.rows_done,
        total=run.rows_total,
        unit=_("rows"),
        state=state_chip(run),
        running=run.state in BUSY,
        remaining_seconds=remaining,
        poll_url=reverse("lists:progress", args=[run.pk]),
        started=run.started_at,
        steps=() if run.state in BUSY else tuple(next_steps(run)),
        results=() if run.state in BUSY else tuple(results(run)),
    )


def results(run: ImportRun) -> Iterable[shapes.Link]:
    """Where to go from a run that is over."""
    if run.state == RunState.DONE:
        try:
            described = record_type(run.kind)
        except LookupError:
            described = None
        if described is not None and described.list_url:
            yield shapes.Link(_("Open the list"), described.list_url)
    if run.report_id is not None:
        yield shapes.Link(_("Download the whole report"), reverse("lists:report", args=[run.pk]))


def next_steps(run: ImportRun) -> Iterable[shapes.Step]:
    """What may be done with a run that is over."""
    if run.file_id is None:
        return
    start = reverse("lists:start", args=[run.pk])
    if run.state == RunState.PREVIEWED:
        yield shapes.Step(_("Import"), start, method="post", primary=True)
    elif run.state in (RunState.INTERRUPTED, RunState.FAILED):
        again = (("dry_run", "yes"),) if run.dry_run else ()
        yield shapes.Step(_("Begin again"), start, method="post", primary=True, fields=again)
    if run.state != RunState.DONE:
        yield shapes.Step(_("Change the columns"), reverse("lists:columns", args=[run.pk]))


def run_blocks(run: ImportRun, sample: Sample | None) -> list[shapes.Block]:
    """A run: how far, what came of it, what is wrong with which row."""
    blocks: list[shapes.Block] = [progress_block(run)]
    if run.error:
        blocks.append(shapes.Notice(text=run.error, colour="red", title=_("Not imported")))
    if run.state == RunState.INTERRUPTED:
        words = _("The work was interrupted. Nothing of it was written; it can be begun again.")
        blocks.append(shapes.Notice(text=words, colour="amber"))
    if run.state in BUSY or not run.counts:
        return blocks
    blocks.append(figures(run))
    kinds = _kinds(run)
    if kinds.rows:
        blocks.append(kinds)
    problems = _problems(run)
    if problems.rows:
        blocks.append(problems)
    if sample is not None and run.state == RunState.PREVIEWED:
        blocks.append(sample_table(sample))
    return blocks


def figures(run: ImportRun) -> shapes.Figures:
    """The counts of a run."""
    coloured: dict[str, shapes.Colour] = {"created": "green", "changed": "blue", "refused": "red"}
    return shapes.Figures(
        tuple(
            shapes.Figure(label, run.counts.get(name, 0), colour=coloured.get(name) if run.counts.get(name) else None)
            for name, label in COUNTS.items()
        ),
        title=_("What would come of it") if run.state == RunState.PREVIEWED else _("What came of it"),
    )


def _kinds(run: ImportRun) -> shapes.Table:
    rows = []
    for level, words, colour in (("errors", _("refused"), "red"), ("warnings", _("taken"), "amber")):
        for code, count in sorted(run.counts.get(level, {}).items(), key=lambda pair: -pair[1]):
            rows.append(
                shapes.Row(
                    (
                        shapes.Cell(label_of_problem(code)),
                        shapes.Cell(chip=shapes.Chip(words, colour)),  # type: ignore[arg-type]  # a colour of the shapes
                        shapes.Cell(number=count, kind="number"),
                    )
                )
            )
    return shapes.Table(
        columns=(
            shapes.Column("kind", _("Problem or remark")),
            shapes.Column("row", _("Row")),
            shapes.Column("count", _("How often"), numeric=True),
        ),
        rows=tuple(rows),
        title=_("Problems and remarks by kind"),
    )


def _problems(run: ImportRun) -> shapes.Table:
    ordered: Sequence[dict[str, Any]] = sorted(run.problems, key=lambda p: (p["level"] != "error", p["row"]))
    total = sum(run.counts.get("errors", {}).values()) + sum(run.counts.get("warnings", {}).values())
    shown = ordered[:SHOWN_PROBLEMS]
    rows = tuple(
        shapes.Row(
            (
                shapes.Cell(number=p["row"], kind="number"),
                shapes.Cell(p["column"]),
                shapes.Cell(p["value"][:120], direction="auto"),
                shapes.Cell(p["reason"]),
            ),
            colour="red" if p["level"] == "error" else None,
        )
        for p in shown
    )
    lead = ""
    if total > len(shown):
        lead = _("The first %(shown)d of %(total)d; all of them stand in the report.") % {
            "shown": len(shown),
            "total": total,
        }
    return shapes.Table(
        columns=(
            shapes.Column("row", _("Row"), numeric=True),
            shapes.Column("column", _("Column")),
            shapes.Column("value", _("Value")),
            shapes.Column("reason", _("Problem or remark")),
        ),
        rows=rows,
        title=_("Rows to look at"),
        lead=lead,
        more=shapes.Link(_("Download the whole report"), reverse("lists:report", args=[run.pk]))
        if run.report_id is not None
        else None,
    )


def kind_facts(run: ImportRun, adapter: ImportAdapter) -> str:
    """A line about a run: the kind, when, by which mapping."""
    words = [str(adapter.label)]
    if run.mapping.get("name"):
        words.append(str(run.mapping["name"]))
    if run.all_or_nothing:
        words.append(_("all or nothing"))
    if isinstance(run.counts.get("seconds"), int | float) and run.counts["seconds"]:
        seconds = datetime.timedelta(seconds=round(run.counts["seconds"]))
        words.append(_("in %(time)s") % {"time": seconds})
    return " · ".join(words)
