"""Versions of the text."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.agreements.actions.procedure import _not_archived
from foedera.agreements.models import (
    Agreement,
    TextKind,
    TextVersion,
)
from foedera.agreements.transitions import WORKERS
from foedera.platform.actions.errors import invalid
from foedera.platform.actions.performing import Action, Run, register, save
from foedera.platform.documents.models import StoredFile
from foedera.platform.documents.reading import read_later
from foedera.platform.lists.description import Column, Kind, choices_of
from foedera.platform.lists.inputs import input_model

TEXT_COLUMNS = (
    Column(name="kind", label=gettext_lazy("Version"), kind=Kind.CHOICE, choices=choices_of(TextKind), required=True),
    Column(name="language", label=gettext_lazy("Language"), max_length=8),
    Column(name="author", label=gettext_lazy("Author"), max_length=200),
    Column(name="dated", label=gettext_lazy("Date"), kind=Kind.PARTIAL_DATE),
    Column(name="note", label=gettext_lazy("Note"), max_length=300),
    Column(name="digest", label=gettext_lazy("File"), max_length=64, required=True),
    Column(name="file_name", label=gettext_lazy("File name"), max_length=255, required=True),
)


def _add_text(run: Run[Agreement]) -> Agreement:
    agreement: Agreement = run.record
    file = StoredFile.objects.filter(digest=run.input.digest).first()
    if file is None:
        raise invalid("digest", _("The file was not found; send it again."))
    if agreement.texts.filter(file=file, kind=run.input.kind, language=run.input.language).exists():
        raise invalid("digest", _("This file is there already."))
    text = TextVersion(agreement=agreement, file=file)
    for name in ("kind", "language", "author", "dated", "note", "file_name"):
        setattr(text, name, getattr(run.input, name))
    text.words = words_of_file(file)
    text.full_clean(exclude=["agreement"], validate_constraints=False)
    text.save()
    read_later(file)
    save(agreement)
    return agreement


def words_of_file(file: StoredFile) -> str:
    """The words of a plain text file, for comparing versions; other kinds of files are read by the reading room."""
    if file.media_type != "text/plain" or file.size > 4 * 1024 * 1024:
        return ""
    from foedera.platform.documents.storing import open_stored

    with open_stored(file) as content:
        data = content.read()
    for encoding in ("utf-8-sig", "utf-16", "cp1251"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text.replace("\x00", "")
    return ""


add_text = register(
    Action(
        name="agreements.add_text",
        label=gettext_lazy("Add a version of the text"),
        model=Agreement,
        body=_add_text,
        roles=WORKERS,
        input=input_model("TextInput", TEXT_COLUMNS),
        columns=TEXT_COLUMNS,
        available=_not_archived,
        # A file is brought to one record.
        many=False,
    )
)
