"""Pages of the two questions, of gaps and overlaps, the contact list and the order of precedence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import ActionError, Invalid, NotFound
from foedera.platform.lists.description import Column, Kind
from foedera.platform.lists.exporting import FORMATS, export
from foedera.platform.pages import shapes
from foedera.platform.pages.navigation import at_day
from foedera.platform.pages.views import render_page
from foedera.platform.pages.wording import day_words

from .. import queries
from ..access import sees_holders
from ..models import BodyKind, Standing
from .sections import (
    AskingPage,
    body_cell,
    columns,
    confidence_chip,
    directory_link,
    function_names,
    holding_words,
    past,
    period_cells,
    tabs,
    territory_cell,
)

SHOWN_PAIRS = 500


class ResponsibleForm(forms.Form):
    """For what somebody was responsible, and when."""

    territory = forms.CharField(
        label=gettext_lazy("Territory"),
        help_text=gettext_lazy("Its code or its name: RU-TA, Tatarstan, Kazakhstan."),
        max_length=200,
    )
    on = forms.CharField(
        label=gettext_lazy("When"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("A day, a month or a year: 2025-03-17, March 2025, 2025. Empty: today."),
    )
    function = forms.ChoiceField(label=gettext_lazy("Function"), required=False)
    partner = forms.CharField(
        label=gettext_lazy("Towards the state"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Its code or name; adds our missions there and their missions here."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["function"].choices = [("", _("Any function")), *function_names()]  # type: ignore[attr-defined]  # a choice field


def responsible(request: HttpRequest) -> HttpResponse:
    """Who was responsible for a territory at a time."""
    actor = actor_of(request)
    form = ResponsibleForm(request.GET if request.GET.get("territory") else None)
    blocks: tuple[shapes.Block, ...] = ()
    if form.is_bound and form.is_valid():
        asked = {k: v.replace("\x00", "") for k, v in form.cleaned_data.items()}
        try:
            answer = queries.responsible_for(
                actor,
                asked["territory"],
                function=asked["function"],
                on=asked["on"],
                partner=asked["partner"],
            )
        except Invalid as error:
            for problem in error.problems:
                form.add_error(problem.field if problem.field in form.fields else None, str(problem.message))
        except NotFound as error:
            form.add_error("territory", str(error))
        else:
            blocks = _answer(answer, actor)
    page = AskingPage(
        title=_("Who is or was responsible"),
        lead=_(
            "For a region or country, on a day, in a month or in a year; optionally for one function or towards one state."
        ),
        form=form,
        submit=_("Ask"),
        tabs=tabs(request, "responsible"),
        blocks=blocks,
        breadcrumbs=(directory_link(),),
        as_of=past(actor),
    )
    return render_page(request, page, status=422 if form.is_bound and form.errors else 200)


def _answer(answer: queries.Answer, actor: Actor) -> tuple[shapes.Block, ...]:
    blocks: list[shapes.Block] = []
    if answer.other_matches:
        blocks.append(
            shapes.Notice(
                text=_("Other territories have this name too:"),
                colour="blue",
                links=tuple(
                    shapes.Link(f"{name} ({code})", f"?territory={code}") for code, name in answer.other_matches
                ),
            )
        )
    if answer.overlapping:
        blocks.append(
            shapes.Notice(
                text=_("Several bodies had the same function at the same time; they are marked as overlapping.")
            )
        )
    title = _("%(territory)s, %(period)s") % {
        "territory": answer.territory_name,
        "period": day_words(answer.first)
        if answer.first == answer.last
        else f"{day_words(answer.first)} – {day_words(answer.last)}",
    }
    blocks.append(responsible_table(answer, actor, title=title))
    return tuple(blocks)


_SIDES = {
    "own": gettext_lazy("For the territory"),
    "mission": gettext_lazy("Our mission there"),
    "counterpart": gettext_lazy("Their mission here"),
}
_RELATIONS = {
    "direct": gettext_lazy("directly"),
    "above": gettext_lazy("through its district"),
    "state": gettext_lazy("for the whole state"),
    "seat": gettext_lazy("by its seat"),
}


def responsible_table(
    answer: queries.Answer, actor: Actor, *, title: str, more: shapes.Link | None = None
) -> shapes.Table:
    """The bodies of an answer with the holders of their posts."""
    heads = [
        ("body", _("Body")),
        ("function", _("Function")),
        ("how", _("How")),
        ("from", _("From")),
        ("until", _("Until")),
        ("sure", _("Sureness")),
    ]
    if sees_holders(actor):
        heads.insert(1, ("people", _("Post and holder")))
    rows = []
    for r in answer.responsible:
        chips = [confidence_chip(r.confidence)]
        if r.overlaps:
            chips.append(shapes.Chip(_("Overlap"), "amber", _("Another body has the same function at the same time.")))
        cells = [
            body_cell(r.number, r.body, BodyKind(r.kind).label),
            shapes.Cell(r.function_name),
            shapes.Cell(_SIDES[r.side], note=_RELATIONS[r.relation]),
            *period_cells(r.valid_from, r.valid_until),
            shapes.Cell(holding_words(r.holding), chips=tuple(chips), note=r.source),
        ]
        if sees_holders(actor):
            cells.insert(1, _people(r))
        rows.append(shapes.Row(tuple(cells)))
    return shapes.Table(
        title=title,
        columns=columns(*heads),
        rows=tuple(rows),
        empty_text=_("Nobody: this is a gap."),
        more=more,
    )


def _people(r: queries.Responsible) -> shapes.Cell:
    held = [f"{h.person_name} ({Standing(h.standing).label}, {p.name})" for p in r.posts for h in p.holders]
    if not held:
        return shapes.Cell(_("no holder recorded"), kind="muted", note=", ".join(p.name for p in r.posts[:2]))
    contacts = ", ".join(dict.fromkeys(h.contact for p in r.posts for h in p.holders if h.contact))
    return shapes.Cell("; ".join(held), note=contacts or r.phone or r.email)


# ------------------------------------------------------------------------------------------------------ uncovered pairs


class UncoveredForm(forms.Form):
    """Which pairs to look at."""

    region = forms.CharField(label=gettext_lazy("Region (code)"), required=False, max_length=40)
    state = forms.CharField(label=gettext_lazy("State (code)"), required=False, max_length=40)
    function = forms.ChoiceField(label=gettext_lazy("Function"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["function"].choices = [("", _("Coordination at home, any abroad")), *function_names()]  # type: ignore[attr-defined]  # a choice field


def uncovered(request: HttpRequest) -> HttpResponse:
    """The pairs of an own region and a partner state that nobody covers."""
    actor = actor_of(request)
    form = UncoveredForm(request.GET or None)
    asked: dict[str, Any] = {"region": "", "state": "", "function": ""}
    if form.is_bound and form.is_valid():
        asked = {k: v.replace("\x00", "") for k, v in form.cleaned_data.items()}
    found = queries.uncovered_pairs(actor, function=asked["function"], region=asked["region"], state=asked["state"])
    page = AskingPage(
        title=_("Pairs nobody covers"),
        lead=_(
            "A pair of an own region and a partner state is covered when an own body coordinates in the region and an own "
            "body covers the state, or when one own body is assigned to both."
        ),
        form=form,
        submit=_("Show"),
        tabs=tabs(request, "uncovered"),
        blocks=(_figures(found), *_halves(request, found, actor), _pairs(found)),
        breadcrumbs=(directory_link(),),
        as_of=past(actor),
    )
    return render_page(request, page)


def _figures(found: queries.Uncovered) -> shapes.Figures:
    return shapes.Figures(
        (
            shapes.Figure(_("Pairs nobody covers"), len(found.pairs), colour="red" if found.pairs else "green"),
            shapes.Figure(
                _("Pairs in all"),
                found.all_pairs,
                note=_("%(regions)d regions, %(states)d states") % {"regions": found.regions, "states": found.states},
            ),
            shapes.Figure(_("Regions without a coordinating body"), len(found.regions_without)),
            shapes.Figure(_("States without a mission"), len(found.states_without)),
            shapes.Figure(_("Pairs with a body assigned to both"), found.assigned),
        ),
        day_words(found.on),
    )


def _halves(request: HttpRequest, found: queries.Uncovered, actor: Actor) -> Iterator[shapes.Table]:
    halves = (
        (
            _("Regions without a coordinating body"),
            found.regions_without,
            "region",
            _("Every region has one."),
        ),
        (
            _("States that no own body covers"),
            found.states_without,
            "state",
            _("Every state is covered."),
        ),
    )
    for title, rows, name, empty in halves:
        yield shapes.Table(
            title=title,
            columns=columns(("name", _("Name")), ("code", _("Code")), ("pairs", _("Uncovered pairs"))),
            rows=tuple(
                shapes.Row(
                    (
                        territory_cell(code, label),
                        shapes.Cell(code, kind="code"),
                        shapes.Cell(number=number, href=at_day(request, f"?{name}={code}")),
                    )
                )
                for code, label, number in rows
            ),
            empty_text=empty,
            folded=len(rows) > 30,
        )


def _pairs(found: queries.Uncovered) -> shapes.Table:
    shown = found.pairs[:SHOWN_PAIRS]
    lead = ""
    if len(found.pairs) > SHOWN_PAIRS:
        lead = ngettext(
            "The first %(shown)d of %(all)d pair; choose a region or a state to narrow them.",
            "The first %(shown)d of %(all)d pairs; choose a region or a state to narrow them.",
            len(found.pairs),
        ) % {"shown": SHOWN_PAIRS, "all": len(found.pairs)}
    missing, there = shapes.Chip(_("nobody"), "red"), shapes.Chip(_("covered"), "green")
    return shapes.Table(
        title=_("Pairs"),
        lead=lead,
        columns=columns(
            ("region", _("Region")),
            ("state", pgettext("country", "State")),
            ("office", _("Body for the region")),
            ("mission", _("Body for the state")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    territory_cell(p.region, p.region_name),
                    territory_cell(p.state, p.state_name),
                    shapes.Cell(chip=missing if p.office_missing else there),
                    shapes.Cell(chip=missing if p.mission_missing else there),
                )
            )
            for p in shown
        ),
        empty_text=_("Every pair is covered."),
        folded=len(shown) > 100,
    )


# --------------------------------------------------------------------------------------------------- gaps and overlaps


class FunctionForm(forms.Form):
    """For which function to look."""

    function = forms.ChoiceField(label=gettext_lazy("Function"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["function"].choices = function_names()  # type: ignore[attr-defined]  # a choice field


def jurisdictions(request: HttpRequest) -> HttpResponse:
    """Own regions with the bodies that cover them for a function: gaps and overlaps, as table and map."""
    from .territories import contested

    actor = actor_of(request)
    form = FunctionForm({"function": request.GET.get("function") or "coordination"})
    function = form.cleaned_data["function"] if form.is_valid() else "coordination"
    found = queries.covering_of_regions(actor, function=function)
    gaps, overlaps = sum(c.is_gap for c in found), sum(c.is_overlap for c in found)
    table = shapes.Table(
        title=_("Own regions"),
        columns=columns(("region", _("Region")), ("bodies", _("Covered by")), ("state", _("State"))),
        rows=tuple(_covered_row(c) for c in found),
        identifier="regions",
    )
    blocks: list[shapes.Block] = [
        shapes.Figures(
            (
                shapes.Figure(_("Regions"), len(found)),
                shapes.Figure(_("Gaps"), gaps, colour="red" if gaps else "green"),
                shapes.Figure(_("Overlaps"), overlaps, colour="amber" if overlaps else "green"),
            ),
            day_words(actor.as_of),
        )
    ]
    installed = queries.installation()
    if installed is not None:
        blocks.append(
            shapes.MapPicture(
                title=_("Bodies for each region"),
                geometry_url=reverse("directory:outline", args=[installed.profile]),
                values=tuple(
                    shapes.MapValue(
                        c.region,
                        c.name,
                        len({b["id"] for b in c.bodies}),
                        text=", ".join(b["name"] for b in c.bodies) or _("nobody"),
                        url=reverse("directory:territory", args=[c.region]),
                    )
                    for c in found
                ),
                legend=(
                    shapes.LegendStep(_("nobody"), None, 1, "none"),
                    shapes.LegendStep(_("one body"), 1, 2, "3"),
                    shapes.LegendStep(_("several bodies"), 2, None, "5"),
                ),
                table=table,
                contested=contested(actor.language, own=True),
                contested_url=reverse("directory:outline", args=["contested"]),
                unit=_("bodies"),
                period=str(actor.as_of),
                source=_("The directory; each jurisdiction names its source"),
                boundaries=_("Natural Earth, public domain; contested areas are hatched"),
                centre=_centre(installed.profile),
            )
        )
    else:
        blocks.append(table)
    page = AskingPage(
        title=_("Gaps and overlaps"),
        lead=_("Which own body covers which region for a function. Overlaps and gaps are allowed, and shown."),
        form=form,
        submit=_("Show"),
        tabs=tabs(request, "jurisdictions"),
        blocks=tuple(blocks),
        breadcrumbs=(directory_link(),),
        as_of=past(actor),
    )
    return render_page(request, page)


def _centre(profile: str) -> float | None:
    """The longitude in the middle of the own regions, so that a country across the 180th meridian stays in one piece."""
    from foedera.countries import load_profile

    east = sorted(region.longitude for region in load_profile(profile).regions)
    return round((east[0] + east[-1]) / 2, 1) if east else None


def _covered_row(c: queries.Covered) -> shapes.Row:
    chip = shapes.Chip(_("Covered"), "green")
    if c.is_gap:
        chip = shapes.Chip(_("Gap"), "red")
    elif c.is_overlap:
        chip = shapes.Chip(_("Overlap"), "amber")
    first = c.bodies[0] if c.bodies else None
    others = ", ".join(b["name"] for b in c.bodies[1:])
    return shapes.Row(
        (
            territory_cell(c.region, c.name, c.contested),
            body_cell(first["number"], first["name"], others) if first else shapes.Cell(),
            shapes.Cell(chip=chip),
        )
    )


# -------------------------------------------------------------------------------------------- contacts and precedence

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
