"""Making and changing agreements, one or many at once."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, create_model

from foedera.agreements.deriving import derive, title_key
from foedera.agreements.models import (
    Agreement,
    Side,
    State,
)
from foedera.agreements.transitions import WORKERS
from foedera.platform.actions.errors import Invalid, Problem, invalid
from foedera.platform.actions.performing import Action, Reason, Run, register, save
from foedera.platform.lists.description import Column, Kind
from foedera.platform.lists.inputs import Input, assign, change_model, child_rows, input_model, resolve_all, write_rows

if TYPE_CHECKING:
    pass

from foedera.agreements.actions.constraints import AgreementChanged, AgreementsMade


def prepare_create(columns: Sequence[Column]) -> Action[Agreement]:
    """The action that makes an agreement, with the input its description gives."""
    editable = tuple(c for c in columns if c.editable)

    def create(run: Run[Agreement]) -> Agreement:
        agreement = Agreement(owner_id=run.actor.body_id, idea_on=run.today.isoformat())
        assign(agreement, run.input, editable, run.actor)
        _state_of_new(agreement)
        _check_scope(run, run.input)
        _check_suspensions(run.input)
        agreement.title_key = title_key(agreement.title)
        save(agreement)
        write_rows(agreement, run.input, editable, run.actor)
        derive([agreement.pk])
        run.tell(AgreementChanged(agreement.pk, "agreements.create"))
        return agreement

    return register(
        Action(
            name="agreements.create",
            label=gettext_lazy("New agreement"),
            model=Agreement,
            body=create,
            roles=WORKERS,
            input=input_model("AgreementInput", editable),
            columns=editable,
            reason=Reason.NEVER,
            makes_record=True,
        )
    )


MOST_AT_ONCE = 1000


def prepare_create_many(columns: Sequence[Column]) -> Action[Agreement]:
    """The action that makes up to a thousand agreements at once, all or none."""
    editable = tuple(c for c in columns if c.editable)
    one = input_model("AgreementInput", editable)
    rows = tuple(c for c in editable if c.kind is Kind.ROWS)

    def create_many(run: Run[Agreement]) -> list[int]:
        items = run.input.items
        resolved = resolve_all(editable, items, run.actor)
        problems: list[Problem] = []
        agreements: list[Agreement] = []
        for position, values in enumerate(items):
            agreement = Agreement(owner_id=run.actor.body_id, idea_on=run.today.isoformat())
            try:
                assign(agreement, values, editable, run.actor, resolved=resolved)
                _check_scope(run, values)
                _check_suspensions(values)
                agreement.clean_fields(exclude=["search", "owner"])
            except Invalid as error:
                problems += [Problem(f"items.{position}.{p.field}", p.message) for p in error.problems]
            except ValidationError as error:
                problems += [Problem(f"items.{position}.{f}", m) for f, ms in error.message_dict.items() for m in ms]
            _state_of_new(agreement)
            agreement.title_key = title_key(agreement.title)
            agreements.append(agreement)
        children: dict[str, list[models.Model]] = {c.name: [] for c in rows}
        for position, (agreement, values) in enumerate(zip(agreements, items, strict=True)):
            for column in rows:
                try:
                    children[column.name] += child_rows(agreement, values, column, resolved)
                except Invalid as error:
                    problems += [Problem(f"items.{position}.{p.field}", p.message) for p in error.problems]
        if problems:
            raise Invalid(problems)
        Agreement.objects.bulk_create(agreements)
        for made in children.values():
            if made:
                for child in made:
                    child.agreement_id = child.agreement.pk  # type: ignore[attr-defined]  # child rows of an agreement
                type(made[0])._default_manager.bulk_create(made)
        keys = [a.pk for a in agreements]
        derive(keys)
        run.tell(AgreementsMade(tuple(keys)))
        return keys

    return register(
        Action(
            name="agreements.create_many",
            label=gettext_lazy("New agreements"),
            model=Agreement,
            body=create_many,
            roles=WORKERS,
            input=create_model(
                "AgreementInputs",
                __base__=Input,
                items=(list[one], Field(min_length=1, max_length=MOST_AT_ONCE)),  # type: ignore[valid-type]  # a made model
            ),
            reason=Reason.NEVER,
            makes_record=True,
        )
    )


def _state_of_new(agreement: Agreement) -> None:
    """An agreement entered with its signature is a signed one found later; else it begins as an idea."""
    if agreement.signed_on:
        agreement.state = State.REGISTERED if agreement.register_number else State.SIGNED
        agreement.idea_on = ""
    else:
        agreement.state = State.IDEA


def _check_scope(run: Run[Agreement], values: Any) -> None:
    """An officer bound to territories enters agreements of these alone."""
    from foedera.platform.access.roles import BOUND_TO_REGIONS

    if run.actor.role not in BOUND_TO_REGIONS:
        return
    from foedera.directory.territories import territory_ids

    own = [p.territory for p in values.parties if p.side == Side.OWN and p.territory]
    if own and not set(territory_ids(own)) & run.actor.own_territories:
        raise invalid("parties", _("None of the own parties is in your territory."))


def _check_suspensions(values: Any) -> None:
    """Suspensions given as rows do not overlap. Raises Invalid naming the later of the two."""
    if "suspensions" not in values.model_fields_set:
        return
    until: datetime.date | None = None
    rows = [(row.suspended_from, place, row) for place, row in enumerate(values.suspensions) if row.suspended_from]
    for start, place, row in sorted(rows, key=lambda each: each[:2]):
        if until is not None and start <= until:
            raise invalid(f"suspensions.{place}.suspended_from", _("It is suspended then already."))
        until = max(until or datetime.date.min, row.suspended_until or datetime.date.max)


def _one_framework_at_a_time() -> None:
    """Take the lock of the trigger against circles before the row is written.

    Two halves of a circle written at once then wait for each other here, and not within a deadlock.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('agreements_framework'))")


def prepare_change(columns: Sequence[Column]) -> Action[Agreement]:
    """The action that changes facts of an agreement."""
    editable = tuple(c for c in columns if c.editable)

    def change(run: Run[Agreement]) -> Agreement:
        agreement: Agreement = run.record
        before = agreement.framework_id
        assign(agreement, run.input, editable, run.actor, only_given=True)
        _check_suspensions(run.input)
        if agreement.framework_id is not None and agreement.framework_id != before:
            _one_framework_at_a_time()
        if agreement.framework_id == agreement.pk:
            raise invalid("framework", _("An agreement cannot be its own framework."))
        agreement.title_key = title_key(agreement.title)
        save(agreement)
        write_rows(agreement, run.input, editable, run.actor)
        derive([agreement.pk])
        run.tell(AgreementChanged(agreement.pk, "agreements.change"))
        return agreement

    return register(
        Action(
            name="agreements.change",
            label=gettext_lazy("Change"),
            model=Agreement,
            body=change,
            roles=WORKERS,
            input=change_model("AgreementChange", editable),
            columns=editable,
            available=lambda a: gettext_lazy("It is archived.") if a.state == State.ARCHIVED else "",
        )
    )
