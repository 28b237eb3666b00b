"""Contacts and precedence."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from foedera.directory import queries
from foedera.directory.access import sees_holders
from foedera.directory.models import BodyKind, Standing
from foedera.directory.views.sections import (
    AskingPage,
    body_cell,
    columns,
    confidence_chip,
    directory_link,
    past,
    tabs,
)
from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import ActionError
from foedera.platform.lists.description import Column, Kind
from foedera.platform.lists.exporting import FORMATS, export
from foedera.platform.pages import shapes
from foedera.platform.pages.navigation import at_day
from foedera.platform.pages.views import render_page

CONTACT_COLUMNS = (
    Column(name="number", label=gettext_lazy("Number")),
    Column(name="body", label=gettext_lazy("Body")),
    Column(name="kind", label=gettext_lazy("Kind"), kind=Kind.CHOICE),
    Column(name="seat", label=gettext_lazy("Seat")),
    Column(name="post", label=gettext_lazy("Post")),
    Column(name="person_name", label=pgettext_lazy("person", "Name")),
    Column(name="standing", label=gettext_lazy("Standing")),
    Column(name="contact", label=gettext_lazy("Official contact")),
    Column(name="phone", label=gettext_lazy("Telephone")),
    Column(name="email", label=gettext_lazy("E-mail")),
    Column(name="website", label=gettext_lazy("Website")),
    Column(name="checked", label=gettext_lazy("Checked"), kind=Kind.PARTIAL_DATE),
    Column(name="confidence", label=gettext_lazy("Confidence")),
)


class ContactsForm(forms.Form):
    """Of which region or country."""

    territory = forms.CharField(label=gettext_lazy("Region or country (code)"), required=False, max_length=40)


def contacts(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The contact list of a region or country, as a page or a file."""
    actor = actor_of(request)
    form = ContactsForm(request.GET or None)
    code = form.cleaned_data["territory"] if form.is_bound and form.is_valid() else ""
    found: list[queries.Contact] = []
    if code:
        try:
            found = list(queries.contacts(actor, queries.territory_by_code(code.replace("\x00", ""))))
        except ActionError:
            form.add_error("territory", _("There is no territory of that code or name."))
    kind = request.GET.get("format", "")
    if kind in FORMATS:
        rows = ({c.name: getattr(f, c.name) for c in CONTACT_COLUMNS} for f in found)
        response = StreamingHttpResponse(
            export(kind, CONTACT_COLUMNS, rows, title=_("Contact list")), content_type=FORMATS[kind]
        )
        response["Content-Disposition"] = f'attachment; filename="contacts-{code.lower()}-{actor.as_of}.{kind}"'
        return response
    base = f"?territory={code}"
    page = AskingPage(
        title=_("Contact list"),
        lead=_("Bodies seated in a region or country or covering it, with their posts. Official contacts only."),
        form=form,
        submit=_("Show"),
        tabs=tabs(request, "contacts"),
        exports=tuple(shapes.Link(k.upper(), at_day(request, f"{base}&format={k}")) for k in FORMATS) if found else (),
        blocks=(_contact_table(found, actor),),
        breadcrumbs=(directory_link(),),
        as_of=past(actor),
    )
    return render_page(request, page)


def _contact_table(found: list[queries.Contact], actor: Actor) -> shapes.Table:
    heads = [("body", _("Body")), ("seat", _("Seat")), ("post", _("Post"))]
    if sees_holders(actor):
        heads.append(("holder", _("Held by")))
    heads += [("contact", _("Contact")), ("checked", _("Checked"))]
    rows = []
    for c in found:
        cells = [body_cell(c.number, c.body, BodyKind(c.kind).label), shapes.Cell(c.seat), shapes.Cell(c.post)]
        if sees_holders(actor):
            cells.append(shapes.Cell(c.person_name, note=Standing(c.standing).label if c.standing else ""))
        cells += [
            shapes.Cell(c.contact or c.phone, note=c.email or c.website),
            shapes.Cell(date=c.checked, chip=confidence_chip(c.confidence)),
        ]
        rows.append(shapes.Row(tuple(cells)))
    return shapes.Table(
        columns=columns(*heads), rows=tuple(rows), empty_text=_("Choose a region or a country by its code.")
    )


def precedence(request: HttpRequest) -> HttpResponse:
    """The order of precedence of posts."""
    actor = actor_of(request)
    heads = [("order", pgettext("place in a row", "Order")), ("post", _("Post")), ("body", _("Body"))]
    if sees_holders(actor):
        heads.append(("holder", _("Held by")))
    rows = []
    for p in queries.precedence(actor):
        cells = [shapes.Cell(number=p.order), shapes.Cell(p.post), body_cell(p.number, p.body)]
        if sees_holders(actor):
            cells.append(shapes.Cell(p.person_name, note=Standing(p.standing).label if p.standing else ""))
        rows.append(shapes.Row(tuple(cells)))
    page = shapes.TablePage(
        title=_("Order of precedence"),
        tabs=tabs(request, "precedence"),
        blocks=(
            shapes.Table(
                columns=columns(*heads),
                rows=tuple(rows),
                empty_text=_("No post has an order of precedence yet. It is entered with the post."),
            ),
        ),
        breadcrumbs=(directory_link(),),
        as_of=past(actor),
    )
    return render_page(request, page)
