"""Choosing records for a step, asking what would come of it, carrying it out and undoing it; the work itself is in `carrying_out`."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field

from foedera.platform.actions.errors import NotNow, Refused, invalid
from foedera.platform.actions.performing import (
    Action,
    Reason,
    Run,
    check_possible,
    checked_reason,
    parse,
    register,
)
from foedera.platform.lists import querying
from foedera.platform.lists.description import Context, RecordType, record_type
from foedera.platform.lists.saving.opening import open_list

from .access import WORKERS, settable, step_named, steps_at_all
from .carrying_out import AT_WORK, DONE_AT_ONCE, bulk_step, step_of, work
from .models import BulkRow, BulkRun, BulkState, Outcome
from .queries import described

# All are locked until the last is written.
MOST_RECORDS = 10_000
MOST_AT_ONCE = 5
OPEN = frozenset({BulkState.CHOSEN, BulkState.PREVIEWED, BulkState.REFUSED})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ChooseInput(_Strict):
    """Which records, by their numbers or by a view of the list, and for which step."""

    kind: str = Field(max_length=40, description="The list, such as agreements")
    step: str = Field(max_length=80, description="The step, such as change or withdraw")
    numbers: list[str] = Field(default_factory=list, max_length=MOST_RECORDS)
    query: str | None = Field(
        default=None, max_length=8000, description="All records of this view, as in the address of the list"
    )
    versions: dict[str, int] = Field(
        default_factory=dict,
        description="Versions by number on which the step is based; without, those of this moment",
    )


class PreviewInput(_Strict):
    """What the step is given, and whether a record that is refused stops all of them."""

    values: dict[str, Any] = Field(default_factory=dict)
    reason: str = Field(default="", max_length=20_000)
    all_or_nothing: bool = False


def _kind(name: str) -> RecordType:
    try:
        return record_type(name)
    except LookupError:
        raise invalid("kind", _("There is no list “%(name)s”.") % {"name": name}) from None


def _step(run: Run[Any], kind: RecordType) -> Action[Any]:
    step = step_named(kind, run.input.step, run.actor)
    if step is None:
        if any(run.input.step in (a.name, a.name.partition(".")[2]) for a in steps_at_all(kind)):
            raise Refused(_("Your role does not include this step."))
        raise invalid("step", _("There is no such step for many records."))
    return step


def _choose(run: Run[BulkRun]) -> BulkRun:
    given: ChooseInput = run.input
    actor = run.actor
    kind = _kind(given.kind)
    if actor.record_types is not None and kind.name not in actor.record_types:
        raise Refused(_("This token is not for these records."))
    step = _step(run, kind)
    if actor.person_id is None or actor.duty_id is None:
        raise Refused(_("Only people take steps on many records."))
    chosen = _in_view(kind, given.query, Context(actor)) if given.query is not None else _numbered(kind, run)
    made = BulkRun.objects.create(
        kind=kind.name,
        step=step.name,
        query=given.query or "",
        whole_view=given.query is not None,
        person_id=actor.person_id,
        duty_id=actor.duty_id,
        language=actor.language,
        rows_total=len(chosen),
    )
    BulkRow.objects.bulk_create(
        [
            BulkRow(run=made, record_id=key, number=number, version=given.versions.get(number, version))
            for key, number, version in chosen
        ],
        batch_size=1000,
    )
    return made


def _in_view(kind: RecordType, text: str, context: Context) -> list[tuple[int, str, int]]:
    query, kind = QueryDict(text), kind.for_reader(context.actor)
    view = querying.parse_view(kind, open_list(kind, query, context, with_first=False).query, context)
    rows = querying.narrowed(kind, view, context).order_by("pk")
    found = list(rows.values_list("pk", kind.by_number, "version")[: MOST_RECORDS + 1])
    if len(found) > MOST_RECORDS:
        raise invalid("query", _("The view shows more than %(most)d records; narrow it.") % {"most": MOST_RECORDS})
    if not found:
        raise invalid("query", _("The view shows no record."))
    return found


def _numbered(kind: RecordType, run: Run[BulkRun]) -> list[tuple[int, str, int]]:
    wanted = {n.strip().upper() for n in run.input.numbers if n.strip() and "\x00" not in n}
    rows = querying.visible_rows(kind, Context(run.actor)).filter(**{f"{kind.by_number}__in": wanted})
    found: list[tuple[int, str, int]] = list(rows.order_by("pk").values_list("pk", kind.by_number, "version"))
    missing = wanted - {number for _key, number, _version in found}
    if missing:
        raise invalid("numbers", _("“%(value)s” was not found.") % {"value": ", ".join(sorted(missing)[:20])})
    if not found:
        raise invalid("numbers", _("Select the records first."))
    return found


def _preview(run: Run[BulkRun]) -> BulkRun:
    bulk: BulkRun = run.record
    _settle(run, bulk)
    return _begin(run, bulk, BulkState.LOOKING)


def _settle(run: Run[BulkRun], bulk: BulkRun) -> None:
    """Keep what the step is given. Raises Invalid naming each fault."""
    given: PreviewInput = run.input
    step = step_of(bulk, run.actor)
    kind = described(bulk)
    if step is kind.change:
        if not given.values:
            raise invalid("values", _("Choose at least one field to be set."))
        names = {c.name for c in settable(step, kind, run.actor)}
        for name in given.values:
            if name not in names:
                raise invalid(name, _("This cannot be set for many records at once."))
    parse(step.input, given.values)
    if step.reason is Reason.REQUIRED:
        check_possible(step, run.actor, None, checked_reason(step, given.reason))
    bulk.values = given.values
    bulk.reason = checked_reason(step, given.reason)
    bulk.all_or_nothing = given.all_or_nothing
    bulk.save(update_fields=["values", "reason", "all_or_nothing"])


def _begin(run: Run[BulkRun], bulk: BulkRun, state: BulkState) -> BulkRun:
    """Do the work at once where it is little, else leave it to a worker."""
    bulk.state, bulk.rows_done, bulk.error, bulk.started_at, bulk.finished_at = state, 0, "", None, None
    bulk.save(update_fields=["state", "rows_done", "error", "started_at", "finished_at"])
    if bulk.rows_total <= DONE_AT_ONCE:
        work(bulk, run.actor)
        return bulk
    busy = BulkRun.objects.filter(person_id=bulk.person_id, state__in=AT_WORK).exclude(pk=bulk.pk)
    if busy.count() >= MOST_AT_ONCE:
        raise NotNow(
            _("%(most)d steps of yours are at work already; try again when some are done.") % {"most": MOST_AT_ONCE}
        )
    bulk_step.defer(run_id=bulk.pk)
    return bulk


def _take(run: Run[BulkRun]) -> BulkRun:
    _settle(run, run.record)
    return _begin(run, run.record, BulkState.WAITING)


def _carry_out(run: Run[BulkRun]) -> BulkRun:
    return _begin(run, run.record, BulkState.WAITING)


def _undo(run: Run[BulkRun]) -> BulkRun:
    return _begin(run, run.record, BulkState.UNDOING)


def _drop(run: Run[BulkRun]) -> None:
    run.record.delete()


def _action(name: str, label: Any, body: Any, **more: Any) -> Action[Any]:
    more.setdefault("reason", Reason.NEVER)
    return register(
        Action(
            name=f"bulk.{name}",
            label=label,
            model=BulkRun,
            body=body,
            roles=WORKERS,
            needs_version=False,
            many=False,
            **more,
        )
    )


def _open(run: BulkRun) -> Any:
    return "" if run.state in OPEN else _("The step is at work, or was done already.")


def _looked_at(run: BulkRun) -> Any:
    if run.state != BulkState.PREVIEWED:
        return _("Look first what would come of it.")
    good = run.rows.filter(outcome=Outcome.GOOD)
    if not good.exists():
        return _("No record would change.")
    if run.all_or_nothing and run.rows.filter(outcome=Outcome.REFUSED).exists():
        return _("A record is refused, and all or nothing was chosen.")
    return ""


def _can_undo(run: BulkRun) -> Any:
    return "" if run.state == BulkState.DONE else _("Only a step that was carried out can be undone.")


CHOOSE = _action("choose", gettext_lazy("Choose records for a step"), _choose, input=ChooseInput, makes_record=True)
PREVIEW = _action("preview", gettext_lazy("Look what would come of it"), _preview, input=PreviewInput, available=_open)
TAKE = _action("take", gettext_lazy("Carry out without looking first"), _take, input=PreviewInput, available=_open)
CARRY_OUT = _action("carry_out", gettext_lazy("Carry out"), _carry_out, available=_looked_at)
UNDO = _action("undo", gettext_lazy("Undo for all records"), _undo, available=_can_undo)
DROP = _action(
    "drop",
    gettext_lazy("Discard"),
    _drop,
    available=lambda run: _("The step is at work.") if run.state in AT_WORK else "",
)


__all__ = ["CARRY_OUT", "CHOOSE", "DROP", "MOST_RECORDS", "PREVIEW", "TAKE", "UNDO"]
