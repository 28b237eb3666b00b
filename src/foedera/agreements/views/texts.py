"""Versions of the text."""

from __future__ import annotations

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.agreements import queries
from foedera.agreements.access import reads_whole
from foedera.agreements.actions import TEXT_COLUMNS, add_text
from foedera.agreements.lists import AGREEMENTS
from foedera.agreements.models import Agreement, TextKind
from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import ActionError, Invalid, NotFound, NotNow
from foedera.platform.actions.performing import perform
from foedera.platform.documents.storing import DOCUMENTS, open_stored, store
from foedera.platform.lists.pages import (
    find,
    refuse_early,
    version_of,
)
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page


def _texts(agreement: Agreement, actor: Actor) -> tuple[shapes.Block, ...]:
    texts = queries.texts_of(agreement)
    rows = []
    for position, text in enumerate(texts):
        url = reverse("agreements:text", args=[agreement.number, text.pk])
        older = next((t for t in texts[position + 1 :] if t.language == text.language), None)
        rows.append(
            shapes.Row(
                (
                    shapes.Cell(TextKind(text.kind).label),
                    shapes.Cell(text.language),
                    shapes.Cell(text.file_name, href=url),
                    shapes.Cell(date=text.dated),
                    shapes.Cell(text.author),
                    shapes.Cell(text.file.digest[:16], kind="code", hint=f"SHA-256 {text.file.digest}"),
                    shapes.Cell(
                        _("Compare") if older else "",
                        href=reverse("agreements:compare", args=[agreement.number, older.pk, text.pk]) if older else "",
                    ),
                )
            )
        )
    columns = tuple(
        shapes.Column(n, label)
        for n, label in (
            ("kind", _("Version")),
            ("language", _("Language")),
            ("file", _("File")),
            ("dated", _("Date")),
            ("author", _("Author")),
            ("digest", _("SHA-256")),
            ("compare", _("Difference from the version before")),
        )
    )
    allowed, reason = add_text.verdict(actor, agreement)
    steps = (
        shapes.Step(
            add_text.label,
            reverse("agreements:add_text", args=[agreement.number]),
            enabled=allowed,
            reason=reason,
        ),
    )
    blocks: list[shapes.Block] = [
        shapes.Table(
            columns=columns,
            rows=tuple(rows),
            title=_("Versions of the text"),
            empty_text=_("No text is kept."),
            steps=() if actor.is_public else steps,
        )
    ]
    if texts:
        newest = queries.text_version(agreement, texts[0].pk)
        if newest is not None and newest.words:
            blocks.append(
                shapes.Words(
                    paragraphs=tuple(p for p in newest.words[:60_000].split("\n") if p.strip()),
                    title=texts[0].file_name,
                    lang=newest.language,
                    direction="auto",
                    document=True,
                )
            )
    return tuple(blocks)


def agreement_text(request: HttpRequest, number: str, key: int) -> FileResponse:
    """The file of one version, always as a download. Raises NotFound."""
    actor = actor_of(request)
    agreement = find(AGREEMENTS, number, actor)
    text = queries.text_version(agreement, key)
    if text is None or not reads_whole(agreement, actor):
        raise NotFound()
    try:
        content = open_stored(text.file)
    except FileNotFoundError:
        raise NotFound(_("The file is missing in the folder of files.")) from None
    response = FileResponse(
        content, as_attachment=True, filename=text.file_name, content_type="application/octet-stream"
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def compare_texts(request: HttpRequest, number: str, before: int, after: int) -> HttpResponse:
    """Two versions of the text line by line. Raises NotFound."""
    actor = actor_of(request)
    agreement = find(AGREEMENTS, number, actor)
    old, new = queries.text_version(agreement, before), queries.text_version(agreement, after)
    if old is None or new is None or not reads_whole(agreement, actor):
        raise NotFound()
    if not (old.words and new.words):
        raise NotNow(_("Only versions whose words could be read can be compared."))
    page = shapes.TablePage(
        title=_("Difference of two versions"),
        number=agreement.number,
        breadcrumbs=(
            shapes.Link(_("Agreements"), reverse("agreements:list")),
            shapes.Link(agreement.number, reverse("agreements:tab", args=[agreement.number, "texts"])),
        ),
        blocks=(
            shapes.Difference(
                before=old.file_name,
                after=new.file_name,
                lang=new.language,
                lines=tuple(
                    shapes.DifferenceLine(kind, line)  # type: ignore[arg-type]  # kinds of the shapes
                    for kind, line in queries.difference(old.words, new.words)
                ),
            ),
        ),
    )
    return render_page(request, page)


class TextForm(forms.Form):
    """A version of the text with its file."""

    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("PDF, DOCX, ODT, HTML or plain text, up to 64 MiB")
    )
    kind = forms.ChoiceField(label=gettext_lazy("Version"), choices=TextKind.choices)
    language = forms.CharField(label=gettext_lazy("Language"), max_length=8, required=False)
    author = forms.CharField(label=gettext_lazy("Author"), max_length=200, required=False)
    dated = forms.CharField(label=gettext_lazy("Date"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)


def agreement_add_text(request: HttpRequest, number: str) -> HttpResponse:
    """The form that adds a version of the text."""
    actor = actor_of(request)
    agreement = find(AGREEMENTS, number, actor)
    if not reads_whole(agreement, actor):
        raise NotFound()
    refuse_early(add_text, actor, agreement)
    url = reverse("agreements:tab", args=[agreement.number, "texts"])
    form = TextForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            file = store(upload.name, upload, DOCUMENTS)
            values = {
                c.name: form.cleaned_data.get(c.name, "") for c in TEXT_COLUMNS if c.name not in ("digest", "file_name")
            }
            values |= {"digest": file.digest, "file_name": upload.name[-255:]}
            version = version_of(request.POST.get("version", ""))
            perform(add_text, actor, values=values, record=agreement, version=version)
        except Invalid as error:
            for problem in error.problems:
                form.add_error(problem.field if problem.field in form.fields else None, str(problem.message))
        except NotFound:
            raise
        except ActionError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(url)
    page = shapes.FormPage(
        title=add_text.label,
        number=agreement.number,
        form=form,
        submit=add_text.label,
        cancel_url=url,
        version=str(agreement.version),
        identifier=f"{add_text.name}:{agreement.number}",
    )
    return render_page(request, page)
