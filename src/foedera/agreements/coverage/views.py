"""Pages of the coverage: the whole, a region, a partner state, the white spots, files and outlines."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from foedera.countries.geometry import geometry, names
from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import NotFound
from foedera.platform.lists.description import Column, Kind
from foedera.platform.lists.exporting import FORMATS, export
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from . import queries
from .pictures import own_map, words_of, world_map
from .queries import Ground, Line, Standing, Tally

MATRIX_COLUMNS = 15
SHOWN_SPOTS = 300
COLOURS: dict[Standing, shapes.Colour] = {
    Standing.IN_FORCE: "green",
    Standing.UNCERTAIN: "blue",
    Standing.LAPSED: "amber",
    Standing.PREPARED: "violet",
    Standing.NEVER: "grey",
}
EXPORT_COLUMNS = (
    Column(name="region", label=gettext_lazy("Region")),
    Column(name="region_name", label=gettext_lazy("Name of the region")),
    Column(name="partner", label=gettext_lazy("Partner")),
    Column(name="partner_name", label=gettext_lazy("Name of the partner")),
    Column(name="standing", label=gettext_lazy("Standing")),
    Column(name="in_force", label=gettext_lazy("In force"), kind=Kind.INTEGER),
    Column(name="uncertain", label=gettext_lazy("Suspended, not yet in force or not known"), kind=Kind.INTEGER),
    Column(name="lapsed", label=gettext_lazy("Lapsed"), kind=Kind.INTEGER),
    Column(name="prepared", label=gettext_lazy("In preparation"), kind=Kind.INTEGER),
    Column(name="ties", label=gettext_lazy("Ties"), kind=Kind.INTEGER),
    Column(name="as_of", label=gettext_lazy("As of"), kind=Kind.DATE),
)


def _warnings(actor: Actor) -> tuple[shapes.Text, ...]:
    if actor.is_public:
        return (_("Only what is public is counted here."),)
    return ()


def _address(request: HttpRequest, url: str) -> str:
    """The address with the day that is looked at."""
    day = request.GET.get("as_of", "")
    return f"{url}?as_of={day}" if day else url


def _exports(request: HttpRequest) -> tuple[shapes.Link, ...]:
    return tuple(
        shapes.Link(kind.upper(), _address(request, reverse("coverage:export", args=[kind])))
        for kind in ("csv", "xlsx")
    )


def _cell(tally: Tally) -> shapes.Cell:
    if tally == queries.NOTHING:
        return shapes.Cell("·", kind="muted", hint=_("never had one"))
    standing = tally.standing
    if standing is Standing.NEVER:
        return shapes.Cell("·", kind="muted", note=_("ties: %(count)d") % {"count": tally.ties})
    text = str(tally.in_force) if tally.in_force else ""
    chip = None if tally.in_force else shapes.Chip(standing.label, COLOURS[standing])
    return shapes.Cell(text, chip=chip, hint=words_of(tally))


_LINE_COLUMNS = (
    ("in_force", gettext_lazy("In force")),
    ("uncertain", gettext_lazy("Suspended, not yet, not known")),
    ("lapsed", gettext_lazy("Lapsed")),
    ("prepared", gettext_lazy("In preparation")),
    ("ties", gettext_lazy("Ties")),
)


def _table(
    title: str,
    head: str,
    lines: Sequence[Line],
    url_name: str,
    request: HttpRequest,
    *,
    ties: bool = True,
    folded: bool = False,
) -> shapes.Table:
    shown = [c for c in _LINE_COLUMNS if ties or c[0] != "ties"]
    return shapes.Table(
        title=title,
        columns=(
            shapes.Column("name", head),
            shapes.Column("standing", _("Standing")),
            *(shapes.Column(name, label, numeric=True) for name, label in shown),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(
                        line.name, href=_address(request, reverse(url_name, args=[line.code])) if url_name else ""
                    ),
                    shapes.Cell(chip=shapes.Chip(line.tally.standing.label, COLOURS[line.tally.standing])),
                    *(shapes.Cell(number=getattr(line.tally, name)) for name, _label in shown),
                ),
                number=line.name,
            )
            for line in lines
        ),
        folded=folded,
        empty_text=_("Nothing is recorded."),
    )


def _figures(found: Ground) -> shapes.Figures:
    totals = queries.totals(found)
    return shapes.Figures(
        (
            shapes.Figure(
                _("Regions with an agreement in force"),
                totals.regions_with,
                note=_("of %(count)d") % {"count": totals.regions},
            ),
            shapes.Figure(
                _("Partner states with one"), totals.partners_with, note=_("of %(count)d") % {"count": totals.partners}
            ),
            shapes.Figure(_("Pairs in force"), totals.pairs[Standing.IN_FORCE], colour="green"),
            shapes.Figure(_("Pairs whose agreements all lapsed"), totals.pairs[Standing.LAPSED], colour="amber"),
            shapes.Figure(
                _("Pairs that never had one"),
                totals.pairs[Standing.NEVER],
                href=reverse("coverage:white_spots"),
            ),
            shapes.Figure(_("Ties beside them"), totals.ties),
        ),
    )


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Regions and partner states: what is in force, what lapsed, what never was."""
    actor = actor_of(request)
    found = queries.ground(actor)
    partners = queries.matrix_partners(found, MATRIX_COLUMNS)
    lines = []
    for region in found.regions:
        tallies = [found.tally(region.id, key) for key, _code, _name in found.partners]
        lines.append(
            Line(
                region.code,
                region.name,
                Tally(
                    *(
                        sum(getattr(t, name) for t in tallies)
                        for name in ("in_force", "uncertain", "lapsed", "prepared", "ties")
                    )
                ),
            )
        )
    table = _table(_("Regions"), _("Region"), lines, "coverage:region", request, folded=True)
    picture = own_map(actor, lines, _("Agreements in force of each region"), table)
    matrix = shapes.Table(
        title=_("Regions and partner states"),
        lead=_(
            "The number is of agreements in force; the partner states with most agreements are shown. Files hold all."
        ),
        columns=(
            shapes.Column("region", _("Region")),
            *(shapes.Column(code, name, numeric=True) for _key, code, name in partners),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(region.name, href=_address(request, reverse("coverage:region", args=[region.code]))),
                    *(_cell(found.tally(region.id, key)) for key, _code, _name in partners),
                ),
                number=region.name,
            )
            for region in found.regions
        ),
        empty_text=_("No region is recorded: load a country profile first."),
    )
    blocks: list[shapes.Block] = [_figures(found)]
    blocks.append(picture if picture is not None else table)
    blocks.append(matrix)
    page = shapes.TablePage(
        title=_("Coverage"),
        lead=_("With whom each region has an agreement in force, with whom it lapsed, with whom it never had one."),
        blocks=tuple(blocks),
        tabs=_tabs("overview"),
        exports=_exports(request),
        warnings=_warnings(actor),
        as_of=actor.as_of if actor.is_past else None,
    )
    return render_page(request, page)


def _tabs(active: str) -> tuple[shapes.Link, ...]:
    labels = {"overview": _("Regions and partners"), "white_spots": _("White spots")}
    return tuple(
        shapes.Link(label, reverse(f"coverage:{name}"), active=name == active) for name, label in labels.items()
    )


@require_safe
def region(request: HttpRequest, code: str) -> HttpResponse:
    """One region: partner states on the map, formats, subject areas, gaps."""
    actor = actor_of(request)
    here = queries.region_named(actor, code)
    found = queries.ground(actor)
    lines = queries.by_partner(found, here)
    recorded = [line for line in lines if line.tally != queries.NOTHING]
    recorded.sort(key=lambda line: (list(Standing).index(line.tally.standing), -line.tally.in_force, line.name))
    table = _table(_("Partner states with an agreement or tie"), _("Partner"), recorded, "coverage:country", request)
    formats = queries.by_format(actor, found, here)
    gaps = queries.white_spots(found, region=here.code)
    blocks: list[shapes.Block] = [
        world_map(actor, lines, _("Agreements in force of %(region)s by partner state") % {"region": here.name}, table),
        _formats(formats, here.code),
        _table(
            _("Subject areas"), _("Subject area"), queries.by_subject(actor, region=here.id), "", request, ties=False
        ),
        _spots(gaps[:20], _("Partner states that most other regions have and this one never had"), with_region=False),
    ]
    page = shapes.TablePage(
        title=_("Coverage of %(name)s") % {"name": here.name},
        number=here.code,
        blocks=tuple(blocks),
        breadcrumbs=(shapes.Link(_("Coverage"), reverse("coverage:overview")),),
        steps=_review_step(actor, f"region={here.code}"),
        warnings=_warnings(actor),
        as_of=actor.as_of if actor.is_past else None,
    )
    return render_page(request, page)


def _review_step(actor: Actor, query: str) -> tuple[shapes.Step, ...]:
    if actor.is_public:
        return ()
    return (shapes.Step(_("Findings of the review"), f"{reverse('review:desk')}?{query}", writes=False),)


def _formats(formats: Sequence[queries.FormatLine], code: str) -> shapes.Table:
    def cell(members: tuple[str, ...]) -> shapes.Cell:
        return shapes.Cell(number=len(members), note=", ".join(members[:12]) + (" …" if len(members) > 12 else ""))

    return shapes.Table(
        title=_("Formats: with which of their members there is an agreement"),
        columns=(
            shapes.Column("format", _("Format")),
            shapes.Column("in_force", _("In force"), numeric=True),
            shapes.Column("lapsed", _("Lapsed"), numeric=True),
            shapes.Column("other", _("Otherwise"), numeric=True),
            shapes.Column("never", _("Never had one"), numeric=True),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(
                        line.name,
                        href=reverse("directory:format", args=[line.number]),
                        note=_("the region is a member itself") if line.through == code else "",
                    ),
                    cell(line.in_force),
                    cell(line.lapsed),
                    cell(line.other),
                    cell(line.never),
                ),
                number=line.name,
            )
            for line in formats
        ),
        empty_text=_("Neither the region nor its state belongs to a recorded format on this day."),
    )


def _spots(spots: Sequence[queries.WhiteSpot], title: str, *, with_region: bool = True) -> shapes.Table:
    columns = [
        shapes.Column("partner", _("Partner")),
        shapes.Column("others", _("Other regions with one in force"), numeric=True),
        shapes.Column("ties", _("Ties"), numeric=True),
    ]
    if with_region:
        columns.insert(0, shapes.Column("region", _("Region")))
    rows = []
    for spot in spots:
        cells = [
            shapes.Cell(spot.partner_name, href=reverse("coverage:country", args=[spot.partner])),
            shapes.Cell(number=spot.others),
            shapes.Cell(number=spot.ties),
        ]
        if with_region:
            cells.insert(0, shapes.Cell(spot.region_name, href=reverse("coverage:region", args=[spot.region])))
        rows.append(shapes.Row(tuple(cells), number=spot.partner_name))
    return shapes.Table(columns=tuple(columns), rows=tuple(rows), title=title, empty_text=_("There is no gap."))


@require_safe
def country(request: HttpRequest, code: str) -> HttpResponse:
    """One partner state: the own regions on the map, subject areas."""
    actor = actor_of(request)
    found = queries.ground(actor)
    key, partner_code, name = queries.partner_named(found, code)
    lines = queries.by_region(found, key)
    table = _table(_("Regions"), _("Region"), lines, "coverage:region", request, folded=True)
    picture = own_map(actor, lines, _("Agreements in force of each region with %(partner)s") % {"partner": name}, table)
    blocks: list[shapes.Block] = [
        picture if picture is not None else table,
        _table(_("Subject areas"), _("Subject area"), queries.by_subject(actor, partner=key), "", request, ties=False),
    ]
    page = shapes.TablePage(
        title=_("Coverage: %(name)s") % {"name": name},
        number=partner_code,
        blocks=tuple(blocks),
        breadcrumbs=(shapes.Link(_("Coverage"), reverse("coverage:overview")),),
        steps=_review_step(actor, f"partner={partner_code}"),
        warnings=_warnings(actor),
        as_of=actor.as_of if actor.is_past else None,
    )
    return render_page(request, page)


@require_safe
def white_spots(request: HttpRequest) -> HttpResponse:
    """Pairs that never had an agreement."""
    actor = actor_of(request)
    found = queries.ground(actor)
    spots = queries.white_spots(found, region=request.GET.get("region", ""), partner=request.GET.get("partner", ""))
    page = shapes.TablePage(
        title=_("White spots"),
        lead=_(
            "Pairs of a region and a partner state that never had an agreement; first the partners that most other regions have."
        ),
        blocks=(
            _spots(
                spots[:SHOWN_SPOTS],
                _("%(shown)d of %(all)d pairs") % {"shown": min(len(spots), SHOWN_SPOTS), "all": len(spots)},
            ),
        ),
        tabs=_tabs("white_spots"),
        exports=_exports(request),
        warnings=_warnings(actor),
        as_of=actor.as_of if actor.is_past else None,
    )
    return render_page(request, page)


@require_safe
def export_file(request: HttpRequest, kind: str) -> StreamingHttpResponse:
    """Every pair of region and partner state as a file."""
    actor = actor_of(request)
    if kind not in FORMATS:
        raise NotFound()
    rows = queries.export_rows(queries.ground(actor), actor.as_of)
    response = StreamingHttpResponse(
        export(kind, EXPORT_COLUMNS, rows, title=_("Coverage")), content_type=FORMATS[kind]
    )
    response["Content-Disposition"] = f'attachment; filename="coverage-{actor.as_of.isoformat()}.{kind}"'
    return response


@require_safe
@cache_control(public=True, max_age=86_400)
def outlines(request: HttpRequest, name: str) -> HttpResponse:
    """Outlines for the maps."""
    if name not in names():
        raise NotFound()
    return HttpResponse(geometry(name), content_type="application/geo+json")
