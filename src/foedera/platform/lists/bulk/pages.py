"""The pages of bulk steps: which fields to set, what would come of it record by record, how far it is, what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.actions.performing import label_of
from foedera.platform.history.queries import Change
from foedera.platform.lists.delivering.pages import list_address, list_label
from foedera.platform.lists.description import RecordType
from foedera.platform.lists.pages.changes import Teller
from foedera.platform.pages import shapes

from .actions import CARRY_OUT, DROP, UNDO
from .carrying_out import AT_WORK
from .models import BulkRow, BulkRun, BulkState, Outcome
from .queries import ROWS_SHOWN, Seen, counts_of, described, rows_of

COLOURS: dict[str, shapes.Colour] = {
    BulkState.CHOSEN: "grey",
    BulkState.LOOKING: "amber",
    BulkState.PREVIEWED: "blue",
    BulkState.WAITING: "amber",
    BulkState.DONE: "green",
    BulkState.REFUSED: "red",
    BulkState.UNDOING: "amber",
    BulkState.UNDONE: "grey",
}
OUTCOME_COLOURS: dict[str, shapes.Colour] = {
    Outcome.OPEN: "grey",
    Outcome.GOOD: "blue",
    Outcome.SAME: "grey",
    Outcome.REFUSED: "red",
    Outcome.DONE: "green",
}


def state_chip(run: BulkRun) -> shapes.Chip:
    """The state of a bulk step."""
    return shapes.Chip(BulkState(run.state).label, COLOURS[run.state])


def runs_table(runs: Iterable[BulkRun], held: frozenset[int | None]) -> shapes.Table:
    """One's own bulk steps; one of a role that is over is not offered."""
    rows = tuple(
        shapes.Row(
            (
                shapes.Cell(label_of(run.step)),
                shapes.Cell(list_label(run.kind)),
                shapes.Cell(number=run.rows_total, kind="number"),
                shapes.Cell(chip=state_chip(run), note=run.error),
                shapes.Cell(date=run.created_at),
            ),
            url=reverse("list:bulk_run", args=[run.pk]) if run.duty_id in held else "",
            key=str(run.pk),
        )
        for run in runs
    )
    return shapes.Table(
        title=_("My steps on many records"),
        columns=(
            shapes.Column("step", _("Step")),
            shapes.Column("list", _("List")),
            shapes.Column("records", _("Records"), numeric=True),
            shapes.Column("state", _("State")),
            shapes.Column("at", _("Asked for")),
        ),
        rows=rows,
        empty_text=_("Open a list, select records and choose a step for them."),
        identifier="bulk",
    )


def progress_block(run: BulkRun) -> shapes.Progress:
    """How far a bulk step is."""
    return shapes.Progress(
        title=label_of(run.step),
        done=run.rows_done,
        total=run.rows_total,
        unit=_("records"),
        state=state_chip(run),
        running=run.state in AT_WORK,
        poll_url=reverse("list:bulk_progress", args=[run.pk]),
        started=run.created_at,
    )


def run_page(run: BulkRun, actor: Actor, *, outcome: str, after: int) -> shapes.TablePage:
    """A bulk step: what would come, or came, of each record, and what may be done with it."""
    blocks: list[shapes.Block] = []
    if run.error:
        blocks.append(shapes.Notice(text=run.error, colour="red"))
    counts = counts_of(run)
    if run.state in AT_WORK:
        blocks.append(progress_block(run))
    else:
        blocks.append(_figures(run, counts, outcome))
        if run.state == BulkState.PREVIEWED:
            blocks.append(_what_happens(run, counts))
        blocks.append(_rows(run, actor, outcome, after))
    blocks.append(_facts(run))
    return shapes.TablePage(
        title=label_of(run.step),
        lead=_("%(list)s, %(count)d selected") % {"list": list_label(run.kind), "count": run.rows_total},
        chips=(state_chip(run),),
        steps=tuple(_steps(run, actor)),
        blocks=tuple(blocks),
        breadcrumbs=home(run.kind),
    )


def home(kind: str) -> tuple[shapes.Link, ...]:
    """The way back: the list, and one's own bulk steps."""
    address = list_address(kind, "")
    back = (shapes.Link(list_label(kind), address),) if address else ()
    return (*back, shapes.Link(_("Steps on many records"), reverse("list:bulk_runs")))


def _steps(run: BulkRun, actor: Actor) -> Iterator[shapes.Step]:
    if run.state == BulkState.PREVIEWED:
        allowed, reason = CARRY_OUT.verdict(actor, run)
        yield shapes.Step(
            _("Carry out"),
            reverse("list:bulk_carry_out", args=[run.pk]),
            "post",
            enabled=allowed,
            reason=reason,
            primary=True,
        )
    if run.state in (BulkState.PREVIEWED, BulkState.REFUSED):
        yield shapes.Step(_("Enter it otherwise"), f"{reverse('list:bulk_input', args=[run.pk])}{chosen_fields(run)}")
    if run.state == BulkState.DONE:
        allowed, reason = UNDO.verdict(actor, run)
        yield shapes.Step(
            UNDO.label, reverse("list:bulk_undo", args=[run.pk]), "post", enabled=allowed, reason=reason, danger=True
        )
    if run.state not in AT_WORK:
        allowed, reason = DROP.verdict(actor, run)
        yield shapes.Step(DROP.label, reverse("list:bulk_drop", args=[run.pk]), "post", enabled=allowed, reason=reason)


def chosen_fields(run: BulkRun) -> str:
    """The fields that the step sets, as the address of its form says them."""
    kind = described(run)
    if kind.change is None or run.step != kind.change.name or not run.values:
        return ""
    return "?" + urlencode({"set": list(run.values)}, doseq=True)


def _figures(run: BulkRun, counts: dict[str, int], outcome: str) -> shapes.Figures:
    here = reverse("list:bulk_run", args=[run.pk])
    shown = [o for o in Outcome if counts[o.value]]
    return shapes.Figures(
        (
            shapes.Figure(_("Records"), run.rows_total, here if outcome else ""),
            *(
                shapes.Figure(o.label, counts[o.value], "" if outcome == o.value else f"{here}?outcome={o.value}")
                for o in shown
            ),
        )
    )


def _what_happens(run: BulkRun, counts: dict[str, int]) -> shapes.Notice:
    if not counts[Outcome.GOOD]:
        return shapes.Notice(text=_("Nothing would be written."), colour="amber")
    if counts[Outcome.REFUSED] and run.all_or_nothing:
        return shapes.Notice(
            text=_("All or nothing was chosen, and records are refused: nothing would be written."), colour="red"
        )
    if counts[Outcome.REFUSED]:
        return shapes.Notice(text=_("Those that are refused stay as they are; the others are changed."), colour="amber")
    return shapes.Notice(
        text=_("Nothing is written yet. A record that somebody changes before you carry it out is refused then."),
        colour="blue",
    )


def _rows(run: BulkRun, actor: Actor, outcome: str, after: int) -> shapes.Table:
    kind = described(run)
    seen, following = rows_of(run, actor, outcome=outcome, after=after)
    shown = [change for each in seen if each.visible for change in changes_of(each.row)]
    teller = Teller(kind.model, kind, actor, shown)
    more = None
    if following:
        asked = {"after": following, **({"outcome": outcome} if outcome else {})}
        more = shapes.Link(_("The next %(count)d") % {"count": ROWS_SHOWN}, f"?{urlencode(asked)}")
    return shapes.Table(
        title=_("Record by record"),
        columns=(
            shapes.Column("number", _("Number")),
            shapes.Column("title", _("Title")),
            shapes.Column("outcome", _("Outcome")),
            shapes.Column("changes", _("Change")),
        ),
        rows=tuple(_row(kind, each, teller) for each in seen),
        more=more,
        empty_text=_("There is none."),
        identifier="rows",
    )


def _row(kind: RecordType, seen: Seen, teller: Teller) -> shapes.Row:
    row = seen.row
    chip = shapes.Chip(Outcome(row.outcome).label, OUTCOME_COLOURS[row.outcome])
    if not seen.visible:
        gone = shapes.Cell(_("not for you any more"), kind="muted")
        return shapes.Row((shapes.Cell(row.number, kind="code"), gone, shapes.Cell(chip=chip), shapes.Cell()))
    words = row.words or "; ".join(change_lines(teller, row))
    return shapes.Row(
        (shapes.Cell(row.number, kind="code"), shapes.Cell(seen.title), shapes.Cell(chip=chip), shapes.Cell(words)),
        url=_detail(kind, row.number),
        number=row.number,
    )


def _detail(kind: RecordType, number: str) -> str:
    try:
        return reverse(kind.detail_url, args=[number])
    except NoReverseMatch:
        return ""


def changes_of(row: BulkRow) -> list[Change]:
    """What the step changes, or has changed, of a record and its parts."""
    return [Change(c["table"], c["row"], c["operation"], c["field"], c["before"], c["after"]) for c in row.changes]


def change_lines(teller: Teller, row: BulkRow) -> list[str]:
    """What changes of a record, one line for each field: what it said, an arrow, what it says then."""
    told = teller.in_words(changes_of(row))
    nothing = _("nothing")
    return [f"{c.label}: {c.before or nothing} → {c.after or nothing}" for c in told]


def _facts(run: BulkRun) -> shapes.FactGroup:
    kind = described(run)
    facts = [
        shapes.Fact(_("List"), shapes.Cell(list_label(run.kind), href=list_address(run.kind, run.query))),
        shapes.Fact(_("Step"), shapes.Cell(label_of(run.step))),
    ]
    facts += [
        shapes.Fact(column.label, shapes.Cell(_typed(run.values[column.name])))
        for column in (kind.change.columns if kind.change is not None else kind.columns)
        if column.name in run.values
    ]
    if run.reason:
        facts.append(shapes.Fact(_("Reason"), shapes.Cell(run.reason)))
    mode = _("All or nothing") if run.all_or_nothing else _("Those that can be, one by one")
    facts.append(shapes.Fact(_("Where a record is refused"), shapes.Cell(mode)))
    facts.append(shapes.Fact(_("Asked for"), shapes.Cell(date=run.created_at)))
    return shapes.FactGroup(_("What was asked for"), tuple(facts))


def _typed(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{k}: {v}" for k, v in value.items() if v)
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    return str(value)
