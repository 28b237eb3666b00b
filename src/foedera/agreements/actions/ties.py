"""Ties: made, changed, and the steps of their life."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.agreements.models import (
    Tie,
    TieState,
)
from foedera.agreements.transitions import WORKERS
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import BOUND_TO_REGIONS
from foedera.platform.actions.errors import invalid
from foedera.platform.actions.performing import Action, Reason, Run, register, save
from foedera.platform.history.queries import before_it_became
from foedera.platform.lists.description import Column
from foedera.platform.lists.inputs import assign, change_model, input_model

if TYPE_CHECKING:
    from foedera.platform.lists.description import RecordType

from foedera.agreements.actions.procedure import _required


def prepare_tie_create(columns: Sequence[Column]) -> Action[Tie]:
    """The action that enters a tie."""
    editable = tuple(c for c in columns if c.editable)

    def create(run: Run[Tie]) -> Tie:
        tie = Tie(owner_id=run.actor.body_id)
        assign(tie, run.input, editable, run.actor)
        _settle_tie(tie)
        _check_scope(tie, run.actor)
        save(tie)
        return tie

    return register(
        Action(
            name="ties.create",
            label=gettext_lazy("New tie"),
            model=Tie,
            body=create,
            roles=WORKERS,
            input=input_model("TieInput", editable),
            columns=editable,
            reason=Reason.NEVER,
            makes_record=True,
        )
    )


def _check_scope(tie: Tie, actor: Actor) -> None:
    """An officer bound to territories keeps ties of these alone; an end whose region is not known is nobody else's."""
    if actor.role in BOUND_TO_REGIONS and tie.own_ids and not actor.own_territories & set(tie.own_ids):
        raise invalid("first", _("Neither end is in your territory."))


def _settle_tie(tie: Tie) -> None:
    """Put the ends in their order and derive territories and words from them."""
    if tie.first_id == tie.second_id:
        raise invalid("second", _("A tie needs two different ends."))
    if tie.first_id > tie.second_id:
        tie.first, tie.second = tie.second, tie.first
    own: set[int] = set()
    partners: set[int] = set()
    words: list[str] = []
    for end in (tie.first, tie.second):
        if end.territory_id is not None and end.territory is not None and end.territory.own:
            own.add(end.territory_id)
        elif end.country_id is not None:
            partners.add(end.country_id)
        words.extend([end.name, *end.names.values()])
    tie.own_ids = sorted(own)
    tie.partner_ids = sorted(partners)
    tie.end_text = " – ".join(dict.fromkeys(words))


def prepare_tie_change(columns: Sequence[Column]) -> Action[Tie]:
    """The action that changes a tie."""
    editable = tuple(c for c in columns if c.editable)

    def change(run: Run[Tie]) -> Tie:
        tie: Tie = run.record
        assign(tie, run.input, editable, run.actor, only_given=True)
        _settle_tie(tie)
        _check_scope(tie, run.actor)
        save(tie)
        return tie

    return register(
        Action(
            name="ties.change",
            label=gettext_lazy("Change"),
            model=Tie,
            body=change,
            roles=WORKERS,
            input=change_model("TieChange", editable),
            columns=editable,
        )
    )


def register_tie_steps(described: RecordType) -> None:
    """Register the steps in the life of a tie."""
    columns = (_required(described.column("last_activity_on"), True),)

    def record(run: Run[Tie]) -> Tie:
        tie: Tie = run.record
        assign(tie, run.input, columns, run.actor)
        if tie.state in ("unknown", "proposed", "explored"):
            tie.state = "active"
        save(tie)
        return tie

    def set_state(target: str) -> Any:
        def body(run: Run[Tie]) -> Tie:
            tie: Tie = run.record
            tie.state = target
            save(tie)
            return tie

        return body

    def unless(*states: str) -> Any:
        return lambda tie: (
            _("Not from the state “%(state)s”.") % {"state": TieState(tie.state).label} if tie.state in states else ""
        )

    def step(verb: str, label: Any, body: Any, available: Any, **more: Any) -> None:
        register(
            Action(name=f"ties.{verb}", label=label, model=Tie, body=body, roles=WORKERS, available=available, **more)
        )

    step(
        "record_activity",
        gettext_lazy("Record an activity"),
        record,
        unless("closed"),
        input=input_model("TieActivityInput", columns),
        columns=columns,
        primary=True,
    )
    step("freeze", gettext_lazy("Freeze"), set_state("frozen"), unless("frozen", "closed"), reason=Reason.REQUIRED)
    step(
        "unfreeze",
        gettext_lazy("Unfreeze"),
        set_state("active"),
        unless("active", "closed", "unknown", "proposed", "explored"),
        reason=Reason.REQUIRED,
    )

    def reopen(run: Run[Tie]) -> Tie:
        tie: Tie = run.record
        found = before_it_became(tie, "state", "closed")
        if found is None or not found.get("state"):
            run.refuse(_("The history does not tell the state in which it was closed."))
            raise AssertionError
        tie.state = found["state"]
        save(tie)
        return tie

    step(
        "reopen",
        gettext_lazy("Reopen"),
        reopen,
        lambda tie: "" if tie.state == "closed" else _("It is not closed."),
        reason=Reason.REQUIRED,
    )
    step("close", gettext_lazy("Close"), set_state("closed"), unless("closed"), reason=Reason.REQUIRED)
