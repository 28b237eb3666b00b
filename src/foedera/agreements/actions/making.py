"""Making and changing agreements, one or many at once."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, create_model

from foedera.agreements.actions.constraints import AgreementChanged, AgreementsMade
from foedera.agreements.deriving import derive, title_key
from foedera.agreements.models import (
    Agreement,
    Side,
    State,
)
from foedera.agreements.transitions import WORKERS
from foedera.directory.territories import territory_ids
from foedera.platform.access.roles import BOUND_TO_REGIONS
from foedera.platform.actions.errors import Invalid, Problem, invalid
from foedera.platform.actions.performing import Action, Reason, Run, register, save
from foedera.platform.lists.description import Column, Kind
from foedera.platform.lists.inputs import (
    Input,
    Resolved,
    assign,
    change_model,
    child_rows,
    input_model,
    resolve_all,
    write_rows,
)
from foedera.platform.records.adding import add_many


def prepare_create(columns: Sequence[Column]) -> Action[Agreement]:
    """The action that makes an agreement, with the input its description gives."""
    editable = tuple(c for c in columns if c.editable)

    def create(run: Run[Agreement]) -> Agreement:
        (agreement,) = _make(run, [run.input], editable, lambda _position, field: field)
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

    def create_many(run: Run[Agreement]) -> list[int]:
        made = _make(run, run.input.items, editable, lambda position, field: f"items.{position}.{field}")
        keys = [a.pk for a in made]
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


def _make(
    run: Run[Agreement], items: Sequence[Any], columns: Sequence[Column], locate: Callable[[int, str], str]
) -> list[Agreement]:
    """Agreements of the inputs with their child rows and all that follows from them, written by few statements.

    `locate` names a field of the input at a position. Raises Invalid with every fault of every input.
    """
    resolved = resolve_all(columns, items, run.actor)
    rows = tuple(c for c in columns if c.kind is Kind.ROWS)
    problems: list[Problem] = []
    agreements: list[Agreement] = []
    children: dict[str, list[models.Model]] = {c.name: [] for c in rows}
    for position, values in enumerate(items):
        agreement = Agreement(owner_id=run.actor.body_id, idea_on=run.today.isoformat())
        checks: list[Callable[[], None]] = [
            partial(assign, agreement, values, columns, run.actor, resolved=resolved),
            partial(_check_scope, run, values, resolved),
            partial(_check_suspensions, values),
            partial(agreement.clean_fields, exclude=["owner"]),
        ]
        for check in checks:
            problems += [Problem(locate(position, p.field), p.message) for p in _faults(check)]
        for column in rows:
            try:
                children[column.name] += child_rows(agreement, values, column, resolved)
            except Invalid as error:
                problems += [Problem(locate(position, p.field), p.message) for p in error.problems]
        _state_of_new(agreement)
        agreement.title_key = title_key(agreement.title)
        agreements.append(agreement)
    if problems:
        raise Invalid(problems)
    add_many(agreements)
    for made in children.values():
        if made:
            for child in made:
                child.agreement_id = child.agreement.pk  # type: ignore[attr-defined]  # child rows of an agreement
            add_many(made)
    derive([a.pk for a in agreements])
    return agreements


def _faults(check: Callable[[], None]) -> list[Problem]:
    """What a check finds wrong."""
    try:
        check()
    except Invalid as error:
        return list(error.problems)
    except ValidationError as error:
        return [Problem(field, message) for field, messages in error.message_dict.items() for message in messages]
    return []


def _state_of_new(agreement: Agreement) -> None:
    """An agreement entered with its signature is a signed one found later; else it begins as an idea."""
    if agreement.signed_on:
        agreement.state = State.REGISTERED if agreement.register_number else State.SIGNED
        agreement.idea_on = ""
    else:
        agreement.state = State.IDEA


def _check_scope(run: Run[Agreement], values: Any, resolved: Resolved) -> None:
    """An officer bound to territories enters agreements of these alone."""
    if run.actor.role not in BOUND_TO_REGIONS:
        return
    own = [p.territory for p in values.parties if p.side == Side.OWN and p.territory]
    known = resolved["parties.territory"]
    if not own or {known.get(code) for code in own} & run.actor.own_territories:
        return
    # A district among the parties stands for its regions.
    if not set(territory_ids(own)) & run.actor.own_territories:
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
