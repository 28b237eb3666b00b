"""Setting a reminder, moving its day, closing it."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import Refused, invalid
from foedera.platform.actions.performing import Action, Reason, Run, register, save
from foedera.platform.lists.description import Column, Kind
from foedera.platform.lists.inputs import Input
from foedera.platform.notices.kinds import readers_on

from . import queries
from .access import REMINDED, readable
from .colleagues import colleagues_of
from .models import LONGEST, Reminder, ReminderState

FARTHEST = datetime.timedelta(days=3660)


class SetInput(Input):
    """On which record, by when, what, and for whom (nobody named: for oneself)."""

    record_type: str = Field(max_length=40, description="agreements, ties, bodies, formats, notes")
    number: str = Field(max_length=24)
    due_on: datetime.date
    text: str
    person: int | None = None


class MoveInput(Input):
    """The new day."""

    due_on: datetime.date


def _day(given: datetime.date, actor: Actor) -> datetime.date:
    if given < actor.today:
        raise invalid("due_on", _("This day has passed."))
    if given > actor.today + FARTHEST:
        raise invalid("due_on", _("Nobody is reminded of something ten years later."))
    return given


def _text(given: str) -> str:
    text = given.strip()
    if "\x00" in text:
        raise invalid("text", _("The text holds a character that cannot be stored."))
    if not text:
        raise invalid("text", _("Write something."))
    if len(text) > LONGEST:
        raise invalid("text", _("The text is too long."))
    return text


def _set(run: Run[Reminder]) -> Reminder:
    actor, given = run.actor, run.input
    if actor.person_id is None or actor.body_id is None:
        raise Refused(_("Only a person may set a reminder."))
    kind, record = queries.reminded(given.record_type, given.number, actor)
    text, day = _text(given.text), _day(given.due_on, actor)
    whom = given.person or actor.person_id
    name = dict(colleagues_of(actor)).get(whom)
    if name is None:
        raise invalid("person", _("This person does not work in your body."))
    if whom != actor.person_id and not any(
        readable(kind, reader.actor).filter(pk=record.pk).exists() for reader in readers_on(actor.today, whom)
    ):
        raise invalid("person", _("This person may not read the record."))
    made = Reminder(
        about_type=kind.name,
        about_id=record.pk,
        about_number=getattr(record, kind.by_number),
        due_on=day,
        first_due_on=day,
        text=text,
        person_id=whom,
        person_name=name,
        maker_id=actor.person_id,
        maker_name=actor.signature,
        owner_id=actor.body_id,
    )
    save(made)
    made.refresh_from_db()
    return made


def _move(run: Run[Reminder]) -> Reminder:
    row: Reminder = run.record
    day = _day(run.input.due_on, run.actor)
    if day == row.due_on:
        raise invalid("due_on", _("Nothing is changed."))
    row.due_on = day
    save(row)
    return row


def _close(row: Reminder, state: ReminderState) -> Reminder:
    row.state, row.closed_at = state, timezone.now()
    save(row)
    return row


DUE_ON = Column(name="due_on", label=gettext_lazy("Due"), kind=Kind.DATE, editable=True, required=True)
TEXT = Column(
    name="text",
    label=gettext_lazy("What is to be done"),
    kind=Kind.LONG_TEXT,
    editable=True,
    required=True,
    max_length=LONGEST,
)
PERSON = Column(name="person", label=gettext_lazy("For"), kind=Kind.CHOICE, editable=True, required=True)


def _action(name: str, label: Any, body: Any, **more: Any) -> Action[Any]:
    given: dict[str, Any] = {"reason": Reason.OPTIONAL, **more}
    return register(
        Action(
            name=f"reminders.{name}", label=label, model=Reminder, body=body, roles=REMINDED, reversible=False, **given
        )
    )


SET = _action(
    "set",
    gettext_lazy("Set a reminder"),
    _set,
    input=SetInput,
    columns=(DUE_ON, TEXT, PERSON),
    makes_record=True,
    reason=Reason.NEVER,
)
DONE = _action("done", gettext_lazy("Done"), lambda run: _close(run.record, ReminderState.DONE), primary=True)
MOVE = _action("postpone", gettext_lazy("Another day"), _move, input=MoveInput, columns=(DUE_ON,))
DROP = _action("drop", gettext_lazy("Not needed any more"), lambda run: _close(run.record, ReminderState.DROPPED))
