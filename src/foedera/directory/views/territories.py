"""Pages of territories: the list, one territory with its names, positions of record and who covers it; maps; outlines."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from foedera.countries.geometry import geometry, names
from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import NotFound
from foedera.platform.pages import shapes
from foedera.platform.pages.navigation import at_day
from foedera.platform.pages.views import render_page

from .. import queries
from ..models import MembershipStanding, Territory, TerritoryKind
from .questions import responsible_table
from .sections import (
    AskingPage,
    body_cell,
    columns,
    confidence_chip,
    directory_link,
    kind_cell,
    past,
    period_cells,
    tabs,
    territory_cell,
)

LANGUAGE_NAMES = {"en": "English", "ru": "Русский", "pt": "Português"}


class TerritoryForm(forms.Form):
    """Which territories to show."""

    q = forms.CharField(label=gettext_lazy("Name or code"), required=False, max_length=100)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        required=False,
        choices=[("", gettext_lazy("Any kind")), *TerritoryKind.choices],
    )
    state = forms.CharField(label=gettext_lazy("Of the state (code)"), required=False, max_length=40)


def territory_list(request: HttpRequest) -> HttpResponse:
    """Territories in the order of their codes; own regions before anybody asked for others."""
    actor = actor_of(request)
    form = TerritoryForm(request.GET or None)
    asked: dict[str, Any] = form.cleaned_data if form.is_bound and form.is_valid() else {}
    words, kind, state = (str(asked.get(n) or "").replace("\x00", "") for n in ("q", "kind", "state"))
    after = request.GET.get("after", "").replace("\x00", "")[:40]
    own = None if words or kind or state else True
    found = queries.territories(
        language=actor.language, words=words, kind=kind, state=state, own=own, after=after, limit=queries.PAGE + 1
    )
    more = None
    if len(found) > queries.PAGE:
        found = found[: queries.PAGE]
        query = request.GET.copy()
        query["after"] = found[-1].code
        more = shapes.Link(_("Next page"), f"?{query.urlencode()}")
    table = shapes.Table(
        columns=columns(
            ("code", _("Code")),
            ("name", _("Name")),
            ("kind", _("Kind")),
            ("state", pgettext("country", "State")),
            ("part", _("Part of")),
            ("from", _("From")),
            ("until", _("Until")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(t.code, kind="code"),
                    territory_cell(t.code, t.name, t.contested),
                    shapes.Cell(TerritoryKind(t.kind).label),
                    territory_cell(t.state, t.state),
                    territory_cell(t.parent, t.parent),
                    *period_cells(t.valid_from, t.valid_until),
                )
            )
            for t in found
        ),
        empty_text=_("No territory fits."),
        more=more,
    )
    page = AskingPage(
        title=_("Territories"),
        lead=_(
            "States, former states, regions and organisations. Without a question the own regions and districts are shown."
        ),
        form=form,
        submit=_("Show"),
        tabs=tabs(request, "territories"),
        blocks=(table,),
        breadcrumbs=(directory_link(),),
        as_of=past(actor),
    )
    return render_page(request, page)


def territory_record(request: HttpRequest, code: str) -> HttpResponse:
    """One territory as of a day."""
    actor = actor_of(request)
    territory = queries.territory_by_code(code)
    name = queries.territory_name(territory, actor.language)
    chips = [shapes.Chip(TerritoryKind(territory.kind).label)]
    if territory.own:
        chips.append(shapes.Chip(_("Own territory"), "blue"))
    if territory.contested:
        chips.append(shapes.Chip(_("Contested"), "violet"))
    warnings: tuple[str, ...] = ()
    if territory.contested:
        warnings = (
            _(
                "This territory is contested. The positions of record stand below, each with its source; the program takes none."
            ),
        )
    page = shapes.RecordPage(
        title=name,
        number=territory.code,
        other_titles=tuple(
            shapes.Cell(text, lang=language) for language, text in territory.names.items() if text != name
        ),
        chips=tuple(chips),
        warnings=warnings,
        facts=(_facts(territory, actor),),
        blocks=_blocks(request, territory, actor),
        breadcrumbs=(
            directory_link(),
            shapes.Link(_("Territories"), at_day(request, reverse("directory:territories"))),
        ),
        as_of=past(actor),
    )
    return render_page(request, page)


def _facts(territory: Territory, actor: Actor) -> shapes.FactGroup:
    facts = []

    def add(label: str, cell: shapes.Cell) -> None:
        if cell != shapes.Cell():
            facts.append(shapes.Fact(label, cell))

    add(_("Type"), shapes.Cell(territory.type_names.get(actor.language) or territory.type_names.get("en", "")))
    official = territory.official_names.get(actor.language) or territory.official_names.get("en", "")
    add(_("Official name"), shapes.Cell(official))
    for label, other in ((pgettext("country", "State"), territory.state), (_("Part of"), territory.parent)):
        if other is not None:
            add(label, territory_cell(other.code, queries.territory_name(other, actor.language)))
    if territory.iso_code and territory.iso_code != territory.code:
        add(_("ISO 3166 code"), shapes.Cell(territory.iso_code, kind="code"))
    add(_("National code"), shapes.Cell(territory.national_code, kind="code" if territory.national_code else "text"))
    add(_("Seat"), shapes.Cell(territory.seat_names.get(actor.language) or territory.seat_names.get("en", "")))
    add(_("Time zone"), shapes.Cell(territory.time_zone))
    for label, day in ((_("From"), territory.valid_from), (_("Until"), territory.valid_until)):
        if day:
            add(label, shapes.Cell(date=day))
    add(_("Followed by"), shapes.Cell(", ".join(territory.successors)))
    add(_("Source"), shapes.Cell(territory.source))
    add(_("Note"), shapes.Cell(territory.note))
    return shapes.FactGroup(_("The territory"), tuple(facts), "facts")


def _blocks(request: HttpRequest, territory: Territory, actor: Actor) -> tuple[shapes.Block, ...]:
    blocks: list[shapes.Block] = []
    if territory.contested:
        blocks.append(_positions(territory, actor))
    answer = queries.responsible_for(actor, territory.code)
    ask = f"{reverse('directory:responsible')}?territory={territory.code}"
    blocks.append(
        responsible_table(
            answer,
            actor,
            title=_("Who covers it on this day"),
            more=shapes.Link(_("Ask for another time or function"), ask),
        )
    )
    blocks.append(_formats(territory, actor))
    blocks.append(_seated(territory, actor))
    if territory.own:
        found = queries.foreign_missions(actor, territory=territory, whole_state=False)
        everybody = shapes.Link(_("All foreign missions here"), at_day(request, reverse("directory:missions")))
        blocks.append(missions_table(found, _("Foreign missions for this territory"), more=everybody))
    blocks.append(
        shapes.Words(
            paragraphs=(),
            links=(
                shapes.Link(
                    _("Contact list"), at_day(request, f"{reverse('directory:contacts')}?territory={territory.code}")
                ),
                shapes.Link(
                    _("Bodies that cover it"), at_day(request, f"{reverse('directory:bodies')}?covers={territory.code}")
                ),
                shapes.Link(
                    _("Territories of this state"), f"{reverse('directory:territories')}?state={territory.code}"
                )
                if territory.kind == TerritoryKind.STATE
                else shapes.Link(_("All territories"), reverse("directory:territories")),
            ),
        )
    )
    return tuple(blocks)


def _positions(territory: Territory, actor: Actor) -> shapes.Table:
    return shapes.Table(
        title=_("Positions of record"),
        lead=_("In the alphabetical order of the codes of their holders."),
        columns=columns(
            ("holder", _("Position of")),
            ("statement", _("Position")),
            ("instrument", _("Instrument")),
            ("dated", _("Date")),
            ("source", _("Source")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(p.holder_name),
                    shapes.Cell(p.statement),
                    shapes.Cell(p.instrument),
                    shapes.Cell(date=p.dated),
                    shapes.Cell(p.source),
                )
            )
            for p in queries.positions_of(territory.pk, actor.language)
        ),
        empty_text=_("No position of record is entered."),
    )


def _formats(territory: Territory, actor: Actor) -> shapes.Table:
    return shapes.Table(
        title=_("Formats on this day"),
        columns=columns(
            ("name", _("Name")),
            ("standing", _("Standing")),
            ("since", _("Since")),
            ("last", _("Last session")),
            ("next", _("Next session")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(f.name, href=reverse("directory:format", args=[f.number])),
                    shapes.Cell(MembershipStanding(f.standing).label),
                    shapes.Cell(date=f.valid_from),
                    shapes.Cell(date=f.last_session, chip=shapes.Chip(_("Overdue"), "red") if f.overdue else None),
                    shapes.Cell(date=f.next_session),
                )
            )
            for f in queries.formats_of(actor, territory)
        ),
        empty_text=_("It belongs to no format that is recorded."),
    )


def _seated(territory: Territory, actor: Actor) -> shapes.Table:
    return shapes.Table(
        title=_("Bodies seated here"),
        columns=columns(
            ("name", _("Name")),
            ("kind", _("Kind")),
            ("whose", _("Whose body")),
            ("seat", _("Seat")),
            ("confidence", _("Confidence")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    body_cell(b["number"], b["shown"]),
                    kind_cell(b["kind"]),
                    territory_cell(b["of_state__code"] or "", b["of"] or ""),
                    shapes.Cell(b["seat"]),
                    shapes.Cell(chip=confidence_chip(b["confidence"])),
                )
            )
            for b in queries.bodies_seated_in(actor, territory)
        ),
        empty_text=_("No body is recorded here."),
    )


def missions_table(found: list[dict[str, Any]], title: str, more: shapes.Link | None = None) -> shapes.Table:
    """Foreign missions by sending state."""
    return shapes.Table(
        title=title,
        columns=columns(
            ("of", _("Sent by")),
            ("name", _("Name")),
            ("kind", _("Kind")),
            ("seat", _("Seat")),
            ("contact", _("Contact")),
            ("checked", _("Checked")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    territory_cell(m["of_state__code"], m["of"]),
                    body_cell(m["number"], m["shown"]),
                    kind_cell(m["kind"]),
                    shapes.Cell(m["seat"]),
                    shapes.Cell(m["phone"], note=m["email"] or m["website"]),
                    shapes.Cell(date=m["checked"], chip=confidence_chip(m["confidence"])),
                )
            )
            for m in found
        ),
        empty_text=_("No foreign mission is recorded."),
        more=more,
    )


def foreign_missions(request: HttpRequest) -> HttpResponse:
    """The directory of foreign missions in the country."""
    actor = actor_of(request)
    page = shapes.TablePage(
        title=_("Foreign missions here"),
        tabs=tabs(request, "missions"),
        blocks=(missions_table(queries.foreign_missions(actor), _("By sending state")),),
        breadcrumbs=(directory_link(),),
        as_of=past(actor),
    )
    return render_page(request, page)


def outline(_request: HttpRequest, name: str) -> HttpResponse:
    """Outlines for maps as GeoJSON: "world", "contested", or the regions of a profile by its code. Raises NotFound."""
    if name not in names():
        raise NotFound()
    response = HttpResponse(geometry(name), content_type="application/geo+json")
    response["Cache-Control"] = "public, max-age=86400"
    return response


def contested(language: str, *, own: bool) -> tuple[shapes.ContestedArea, ...]:
    """The contested territories with their positions of record, for a map."""
    return tuple(
        shapes.ContestedArea(t.name, (t.code,), tuple(f"{p.holder}: {p.statement}" for p in positions))
        for t, positions in queries.contested_areas(language, own=own)
    )


def world(request: HttpRequest) -> HttpResponse:
    """The map of own missions in the world with its table."""
    actor = actor_of(request)
    found = queries.missions_by_state(actor)
    unit = _("missions")
    table = shapes.Table(
        columns=columns(("state", _("State or territory")), ("missions", _("Missions")), ("embassies", _("Embassies"))),
        rows=tuple(
            shapes.Row(
                (
                    territory_cell(m["code"], m["name"], m["contested"]),
                    shapes.Cell(number=m["missions"]),
                    shapes.Cell(number=m["embassies"]),
                )
            )
            for m in found
        ),
        identifier="missions",
    )
    picture = shapes.MapPicture(
        title=_("Own missions by country of their seat"),
        geometry_url=reverse("directory:outline", args=["world"]),
        values=tuple(
            shapes.MapValue(m["code"], m["name"], m["missions"], url=reverse("directory:territory", args=[m["code"]]))
            for m in found
        ),
        legend=(
            shapes.LegendStep(pgettext("missions", "none"), None, 1, "none"),
            shapes.LegendStep(pgettext("missions", "one"), 1, 2, "2"),
            shapes.LegendStep(pgettext("missions", "two or three"), 2, 4, "3"),
            shapes.LegendStep(pgettext("missions", "four or more"), 4, None, "5"),
        ),
        table=table,
        contested=contested(actor.language, own=False),
        contested_url=reverse("directory:outline", args=["contested"]),
        unit=unit,
        period=str(actor.as_of),
        source=_("The directory; each body names its source"),
        boundaries=_("Natural Earth, public domain; contested areas are hatched"),
    )
    page = shapes.TablePage(
        title=_("Missions abroad"),
        tabs=tabs(request, "world"),
        blocks=(picture,),
        breadcrumbs=(directory_link(),),
        as_of=past(actor),
    )
    return render_page(request, page)
