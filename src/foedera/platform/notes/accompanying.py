"""Notes on the page of a record: the form above its timeline, the notes in it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor, signature_in_words
from foedera.platform.access.roles import Role
from foedera.platform.lists.description import RecordType
from foedera.platform.lists.forms import RecordForm
from foedera.platform.lists.pages.accompanying import Accompaniment
from foedera.platform.pages import shapes
from foedera.platform.records.models import Publicity

from . import queries
from .actions import INITIAL, WRITE
from .models import Note, NoteState


def beside(kind: RecordType, record: Any, actor: Actor, on_timeline: bool) -> Accompaniment:
    """The notes on a record in its timeline, and the form where the actor may write one."""
    if not on_timeline or kind.model is Note:
        return Accompaniment()
    blocks: tuple[shapes.Block, ...] = ()
    if not actor.is_past and WRITE.verdict(actor, None)[0]:
        url = reverse("notes:write", args=[kind.name, getattr(record, kind.by_number)])
        form = shapes.InlineForm(
            title=_("Write a note"),
            form=RecordForm(WRITE.columns, initial=INITIAL),
            submit=_("Write"),
            action_url=url,
            identifier=url,
        )
        blocks = (form,)
    return Accompaniment(blocks=blocks, entries=tuple(_entry(note) for note in queries.about(kind, record, actor)))


def chips_of(note: Note) -> tuple[shapes.Chip, ...]:
    """What must be known of a note beside its text."""
    chips = []
    if note.publicity == Publicity.RESTRICTED:
        chips.append(shapes.Chip(_("For one body alone"), "violet", note.author_body))
    if note.corrected_at is not None:
        chips.append(shapes.Chip(_("Corrected"), "amber"))
    if note.state == NoteState.WITHDRAWN:
        chips.append(shapes.Chip(_("Withdrawn"), "grey"))
    return tuple(chips)


def _entry(note: Note) -> shapes.TimelineEntry:
    role = dict(Role.choices).get(note.author_role, note.author_role)
    return shapes.TimelineEntry(
        at=note.created_at,
        actor=signature_in_words(note.author_name),
        action=_("Note %(number)s") % {"number": note.number},
        role=f"{role}, {note.author_body}" if note.author_body else role,
        text=note.text,
        chips=chips_of(note),
        url=reverse("notes:note", args=[note.number]),
    )
