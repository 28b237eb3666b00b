"""The one description of notes: their list, their search entry."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from foedera.platform.lists.description import Column, Kind, RecordType, choices_of, register
from foedera.platform.records.models import Publicity

from .models import Note, NoteState

INSIDE = {Publicity.INTERNAL: "grey", Publicity.RESTRICTED: "violet"}

NOTES = register(
    RecordType(
        name="notes",
        model=Note,
        singular=gettext_lazy("Note"),
        plural=gettext_lazy("Notes"),
        title="headline",
        detail_url="notes:note",
        list_url="notes:list",
        lead=gettext_lazy(
            "What people wrote on records. Each is read by whom the record is for, or by its body alone."
        ),
        empty=gettext_lazy("Nobody has written a note. On the timeline of a record you find where one is written."),
        search_state="state",
        groups=(("note", gettext_lazy("Note")),),
        columns=(
            Column(name="number", label=gettext_lazy("Number"), kind=Kind.NUMBERS, shown=True, sortable=True),
            Column(name="headline", label=gettext_lazy("Beginning"), shown=True),
            Column(
                name="about_number",
                label=gettext_lazy("Record"),
                shown=True,
                sortable=True,
                filters=("is", "contains"),
                group="note",
            ),
            Column(name="about_type", label=gettext_lazy("Kind of record"), filters=("is",)),
            Column(
                name="text",
                label=gettext_lazy("Text"),
                kind=Kind.LONG_TEXT,
                filters=("contains",),
                weight="A",
            ),
            Column(
                name="author_name",
                label=gettext_lazy("Written by"),
                shown=True,
                sortable=True,
                filters=("contains",),
                group="note",
            ),
            Column(name="author_body", label=gettext_lazy("Body"), filters=("contains",), group="note"),
            Column(
                name="created_at",
                label=gettext_lazy("Written on"),
                kind=Kind.MOMENT,
                shown=True,
                sortable=True,
                filters=("from", "until"),
                group="note",
            ),
            Column(name="corrected_at", label=gettext_lazy("Corrected"), kind=Kind.MOMENT, group="note"),
            Column(
                name="state",
                label=gettext_lazy("State"),
                kind=Kind.CHOICE,
                choices=choices_of(NoteState, {"standing": "green", "withdrawn": "grey"}),
                shown=True,
                filters=("is",),
                facet=True,
            ),
            Column(name="withdrawn_at", label=gettext_lazy("Withdrawn on"), kind=Kind.MOMENT, group="note"),
            Column(
                name="publicity",
                label=gettext_lazy("Read by"),
                kind=Kind.CHOICE,
                choices=choices_of(Publicity, {str(k): v for k, v in INSIDE.items()}),
                shown=True,
                filters=("is",),
                facet=True,
            ),
        ),
    )
)
