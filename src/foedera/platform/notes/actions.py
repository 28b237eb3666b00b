"""Writing a note, correcting it for a while, withdrawing it. What it said before stands in its history."""

from __future__ import annotations

from typing import Any, Literal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Refused, Words, invalid
from foedera.platform.actions.performing import Action, Reason, Run, register, save
from foedera.platform.lists.description import Choice, Column, Kind
from foedera.platform.lists.inputs import Input

from . import queries
from .access import WRITERS
from .models import LONGEST, Note, NoteState
from .rules import headline_of, may_be_corrected


class NoteInput(Input):
    """On which record, what, and whether it is for one's own body alone (restricted)."""

    record_type: str = Field(max_length=40, description="agreements, ties, bodies, formats")
    number: str = Field(max_length=24)
    text: str
    publicity: Literal["internal", "restricted"] = "internal"


class CorrectInput(Input):
    """The text as it shall stand."""

    text: str


def _text(given: str) -> str:
    text = given.replace("\r\n", "\n").strip()
    if "\x00" in text:
        raise invalid("text", _("The text holds a character that cannot be stored."))
    if not text:
        raise invalid("text", _("Write something."))
    if len(text) > LONGEST:
        raise invalid("text", _("The text is too long."))
    return text


def _write(run: Run[Note]) -> Note:
    actor, given = run.actor, run.input
    if actor.person_id is None or actor.body_id is None:
        raise Refused(_("Only a person may write a note."))
    kind, record = queries.noted(given.record_type, given.number, actor)
    text = _text(given.text)
    note = Note(
        owner_id=actor.body_id,
        publicity=given.publicity,
        about_type=kind.name,
        about_id=record.pk,
        about_number=getattr(record, kind.by_number),
        headline=headline_of(text),
        text=text,
        author_id=actor.person_id,
        author_name=actor.signature,
        author_role=str(actor.role),
        author_body=actor.body_name[:300],
    )
    save(note)
    note.refresh_from_db()
    return note


def _own(actor: Actor, note: Note) -> Words:
    return "" if actor.person_id == note.author_id else gettext_lazy("Only who wrote a note may correct it.")


def _still(note: Note) -> Words:
    if note.state != NoteState.STANDING:
        return gettext_lazy("This note was withdrawn.")
    if not may_be_corrected(note.created_at, timezone.now()):
        return gettext_lazy("A note is corrected within an hour; withdraw it and write another.")
    return ""


def _correct(run: Run[Note]) -> Note:
    note: Note = run.record
    text = _text(run.input.text)
    if text == note.text:
        raise invalid("", _("Nothing is changed."))
    note.text, note.headline, note.corrected_at = text, headline_of(text), timezone.now()
    save(note)
    return note


def _may_withdraw(actor: Actor, note: Note) -> Words:
    """Who wrote it, and who answers for it: the head of the body in which it was written, and the coordinator at the centre."""
    heads = actor.role == Role.OFFICE_HEAD and actor.body_id == note.owner_id
    if actor.person_id == note.author_id or heads or actor.role == Role.COORDINATOR:
        return ""
    return gettext_lazy("Only who wrote a note, or the head of his body, may withdraw it.")


def _standing(note: Note) -> Words:
    return "" if note.state == NoteState.STANDING else gettext_lazy("This note was withdrawn.")


def _withdraw(run: Run[Note]) -> Note:
    note: Note = run.record
    note.state, note.withdrawn_at = NoteState.WITHDRAWN, timezone.now()
    save(note)
    return note


TEXT = Column(
    name="text", label=gettext_lazy("Text"), kind=Kind.LONG_TEXT, editable=True, required=True, max_length=LONGEST
)
READ_BY = Column(
    name="publicity",
    label=gettext_lazy("Read by"),
    kind=Kind.CHOICE,
    choices=lambda: (
        Choice("internal", gettext_lazy("Whoever inside may read the record")),
        Choice("restricted", gettext_lazy("My body alone")),
    ),
    default="internal",
    editable=True,
    required=True,
)

# What a new note says before anybody chose.
INITIAL = {"publicity": "internal"}


def _action(name: str, label: Any, body: Any, **more: Any) -> Action[Any]:
    return register(
        Action(name=f"notes.{name}", label=label, model=Note, body=body, roles=WRITERS, reversible=False, **more)
    )


WRITE = _action(
    "write",
    gettext_lazy("Write a note"),
    _write,
    input=NoteInput,
    columns=(TEXT, READ_BY),
    makes_record=True,
    reason=Reason.NEVER,
)
CORRECT = _action(
    "correct",
    gettext_lazy("Correct the note"),
    _correct,
    input=CorrectInput,
    columns=(TEXT,),
    permits=_own,
    available=_still,
    primary=True,
    reason=Reason.NEVER,
)
WITHDRAW = _action(
    "withdraw",
    gettext_lazy("Withdraw the note"),
    _withdraw,
    permits=_may_withdraw,
    available=_standing,
    reason=Reason.REQUIRED,
)
