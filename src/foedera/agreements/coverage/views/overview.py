"""The overview: own regions by what they have with partner states, formats and subjects; two maps, figures, concentration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foedera.platform.access.middleware import actor_of
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page
from foedera.platform.pages.wording import day_words

from .. import files, wording
from ..queries import Coverage, Place, coverage
from ..rules import Counts, Standing, concentration

LARGEST = 12


@dataclass(frozen=True, slots=True)
class Measure:
    """What the maps of the overview colour: of how many partner states, or of how many own regions, this is so."""

    label: Promise
    title: Promise
    world_title: Promise
    holds: Callable[[Counts], bool]
    number: str


MEASURES: Mapping[str, Measure] = {
    "in_force": Measure(
        gettext_lazy("Agreements in force"),
        gettext_lazy("Own regions by the number of partner states with an agreement in force"),
        gettext_lazy("Partner states by the number of own regions with an agreement in force"),
        lambda counts: counts.in_force > 0,
        "in_force",
    ),
    "lapsed": Measure(
        gettext_lazy("Lapsed, nothing after it"),
        gettext_lazy("Own regions by the number of partner states whose agreements have all lapsed"),
        gettext_lazy("Partner states by the number of own regions whose agreements with them have all lapsed"),
        lambda counts: counts.standing is Standing.LAPSED,
        "lapsed",
    ),
    "ties": Measure(
        gettext_lazy("Ties"),
        gettext_lazy("Own regions by the number of partner states with ties"),
        gettext_lazy("Partner states by the number of own regions with ties"),
        lambda counts: counts.ties > 0,
        "with_ties",
    ),
}
NUMBERS = ("in_force", "pending", "unknown", "lapsed", "only_ties", "nothing")


def overview(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The coverage of the whole country; with `format` its regions as a file, or with `rows=pairs` every pair."""
    actor = actor_of(request)
    kind = files.asked_for(request)
    found = coverage(actor)
    if kind:
        if request.GET.get("rows") == "pairs":
            return files.file_response(
                kind,
                files.PAIR_COLUMNS,
                files.pair_rows(found),
                name="coverage-pairs",
                title=_("Coverage"),
                actor=actor,
            )
        return files.file_response(
            kind, files.REGION_COLUMNS, files.region_rows(found), name="coverage", title=_("Coverage"), actor=actor
        )
    rows = {place.id: files.region_row(found, place) for place in [*found.regions, *found.beside]}
    chosen = _measure(request, found, rows)
    measure = MEASURES[chosen]
    blocks: list[shapes.Block] = [_figures(found, rows)]
    own = _own_map(request, found, rows, measure)
    if own is not None:
        blocks.append(own)
    blocks += [_world_map(request, found, measure), _regions(request, found, rows)]
    if found.beside:
        blocks.append(_beside(request, found, rows))
    chart = _concentration(request, found)
    if chart is not None:
        blocks.append(chart)
    page = shapes.TablePage(
        title=_("Coverage"),
        lead=_(
            "Which own regions have agreements in force with which partner states, which have lapsed, and the gaps."
        ),
        tabs=tuple(
            shapes.Link(m.label, wording.here(request, show=name), active=name == chosen)
            for name, m in MEASURES.items()
        ),
        blocks=tuple(blocks),
        exports=wording.exports(request),
        warnings=wording.limits(actor),
        as_of=wording.past(actor),
        source=_("%(source)s. Day: %(day)s.") % {"source": wording.source(), "day": day_words(actor.as_of)},
    )
    return render_page(request, page)


def _measure(request: HttpRequest, found: Coverage, rows: Mapping[int, Mapping[str, Any]]) -> str:
    """What the reader chose; else agreements in force, or ties where nothing is in force and there are ties."""
    asked = request.GET.get("show", "")
    if asked in MEASURES:
        return asked
    regions = [rows[p.id] for p in found.regions]
    if not any(row["in_force"] for row in regions) and any(row["with_ties"] for row in regions):
        return "ties"
    return "in_force"


def _figures(found: Coverage, rows: Mapping[int, Mapping[str, Any]]) -> shapes.Figures:
    regions = [rows[p.id] for p in found.regions]
    standings = [max(c.standing for c in row.values()) for p, row in found.by_partner.items() if p in found.partner_ids]
    numbers = _in_force_by_partner(found)
    share = concentration([n for _place, n in numbers])
    figures = [
        shapes.Figure(
            _("Regions with an agreement in force"),
            sum(1 for row in regions if row["in_force"]),
            note=_("of %(n)s") % {"n": len(regions)},
        ),
        shapes.Figure(
            _("Partner states with an agreement in force"),
            sum(1 for s in standings if s is Standing.IN_FORCE),
            note=_("of %(n)s states") % {"n": len(found.present_ids)},
        ),
        shapes.Figure(_("Partner states where all has lapsed"), sum(1 for s in standings if s is Standing.LAPSED)),
        shapes.Figure(_("Partner states with ties only"), sum(1 for s in standings if s is Standing.TIES)),
        shapes.Figure(
            _("States with nothing"),
            len(found.present_ids - set(found.by_partner)),
            note=_("neither an agreement nor a tie of a region"),
        ),
    ]
    if share is not None and len(numbers) > 3:
        figures.append(
            shapes.Figure(
                _("Share of the three largest partners"),
                round(100 * share),
                unit="%",
                note=", ".join(place.name for place, _n in numbers[:3]),
            )
        )
    return shapes.Figures(tuple(figures))


def _in_force_by_partner(found: Coverage) -> list[tuple[Place, int]]:
    """Partners by the number of pairs' agreements in force with own regions, the largest first."""
    numbers = [
        (found.places[partner], sum(c.in_force for c in row.values()))
        for partner, row in found.by_partner.items()
        if partner in found.places and not found.places[partner].own
    ]
    return sorted(((p, n) for p, n in numbers if n), key=lambda pair: (-pair[1], pair[0].name))


def _own_map(
    request: HttpRequest, found: Coverage, rows: Mapping[int, Mapping[str, Any]], measure: Measure
) -> shapes.MapPicture | None:
    numbers = [(place, int(rows[place.id][measure.number])) for place in found.regions]
    return wording.own_map(
        found,
        actor_of(request),
        title=str(measure.title),
        unit=_("partner states"),
        values=tuple(
            shapes.MapValue(
                place.code, place.name, number, text=_states(number), url=wording.region_url(request, place.code)
            )
            for place, number in numbers
        ),
        legend=wording.number_legend(n for _place, n in numbers),
        table=shapes.Table(
            columns=(shapes.Column("region", _("Region")), shapes.Column("n", _("Partner states"), numeric=True)),
            rows=tuple(
                shapes.Row((wording.place_cell(place), shapes.Cell(number=number)))
                for place, number in sorted(numbers, key=lambda pair: (-pair[1], pair[0].name))
            ),
        ),
        summary=ngettext(
            "%(n)s region has one at least", "%(n)s regions have one at least", sum(1 for _p, n in numbers if n)
        )
        % {"n": sum(1 for _p, n in numbers if n)},
    )


def _states(number: int) -> str:
    return ngettext("%(n)s partner state", "%(n)s partner states", number) % {"n": number}


def _regions_words(number: int) -> str:
    return ngettext("%(n)s region", "%(n)s regions", number) % {"n": number}


def _world_map(request: HttpRequest, found: Coverage, measure: Measure) -> shapes.MapPicture:
    numbers = []
    for key in found.present_ids | (set(found.by_partner) & found.partner_ids):
        row = found.by_partner.get(key, {})
        numbers.append((found.places[key], sum(1 for counts in row.values() if measure.holds(counts))))
    numbers.sort(key=lambda pair: (-pair[1], pair[0].name))
    values = [
        shapes.MapValue(p.code, p.name, n, text=_regions_words(n), url=wording.partner_url(request, p.code))
        for p, n in numbers
    ]
    own = found.places.get(found.profile.state or 0)
    if own is not None:
        values.append(shapes.MapValue(own.code, own.name, 0, text=_("the own state")))
    return wording.world_map(
        actor_of(request),
        title=str(measure.world_title),
        unit=_("own regions"),
        values=tuple(values),
        legend=wording.number_legend(n for _place, n in numbers),
        table=shapes.Table(
            columns=(
                shapes.Column("partner", _("Partner state")),
                shapes.Column("n", _("Own regions"), numeric=True),
            ),
            rows=tuple(
                shapes.Row((wording.place_cell(p, wording.partner_url(request, p.code)), shapes.Cell(number=n)))
                for p, n in numbers
            ),
        ),
        summary=_states(sum(1 for _place, n in numbers if n)),
    )


def _columns(request: HttpRequest) -> tuple[shapes.Column, ...]:
    sort = request.GET.get("sort", "")

    def column(name: str, label: str, hint: str = "") -> shapes.Column:
        # Numbers begin with the greatest, names with the first.
        first = name if name == "region" else f"-{name}"
        now = sort or "region"
        other = name if first.startswith("-") else f"-{name}"
        is_sorted = now.lstrip("-") == name
        return shapes.Column(
            name,
            label,
            sort_url=wording.here(request, sort=other if now == first else first),
            sorted=("descending" if now.startswith("-") else "ascending") if is_sorted else None,
            numeric=name != "region",
            hint=hint,
        )

    return (
        column("region", _("Region")),
        column("in_force", _("In force"), _("Partner states with an agreement in force")),
        column("pending", _("Suspended or to come"), _("Partner states, none of whose agreements is in force")),
        column("unknown", _("Not known"), _("Partner states with an agreement of which the force is not known")),
        column("lapsed", _("Lapsed"), _("Partner states whose agreements have all lapsed")),
        column("only_ties", _("Only ties"), _("Partner states with ties and no agreement")),
        column("nothing", _("Nothing"), _("States with neither an agreement nor a tie")),
        column("with_ties", _("With ties"), _("Partner states with ties, whatever else there is")),
        column(
            "formats_in_force", _("Formats in force"), _("Formats with an agreement in force with a member at least")
        ),
        column("subject_areas_in_force", _("Subjects in force"), _("Subject areas with an agreement in force")),
    )


def _row(request: HttpRequest, place: Place, row: Mapping[str, Any]) -> shapes.Row:
    code = place.code
    of_formats = shapes.Cell(number=row["formats_in_force"], unit=_("of %(n)s") % {"n": row["formats"]})
    return shapes.Row(
        (
            wording.place_cell(place, wording.region_url(request, code)),
            wording.number_cell(row["in_force"]),
            wording.number_cell(row["pending"]),
            wording.number_cell(row["unknown"]),
            wording.number_cell(row["lapsed"]),
            wording.number_cell(row["only_ties"]),
            wording.number_cell(row["nothing"]),
            wording.number_cell(row["with_ties"], wording.ties_url(request, region=code)),
            of_formats,
            wording.number_cell(row["subject_areas_in_force"]),
        )
    )


def _regions(request: HttpRequest, found: Coverage, rows: Mapping[int, Mapping[str, Any]]) -> shapes.Table:
    sort = request.GET.get("sort", "")
    name = sort.lstrip("-")
    shown = list(found.regions)
    if any(row and name in row for row in list(rows.values())[:1]):
        key = "region_name" if name == "region" else name
        shown.sort(key=lambda place: rows[place.id][key], reverse=sort.startswith("-"))
    return shapes.Table(
        title=_("Own regions"),
        lead=_("Numbers of partner states; each state is counted once, by the best that the region has with it."),
        columns=_columns(request),
        rows=tuple(_row(request, place, rows[place.id]) for place in shown),
        exports=tuple(
            shapes.Link(_("All pairs, %(format)s") % {"format": link.label}, link.url)
            for link in wording.exports(request, rows="pairs")
        ),
        empty_text=_("No own region is recorded. Load the profile of the country first."),
        identifier="regions",
    )


def _beside(request: HttpRequest, found: Coverage, rows: Mapping[int, Mapping[str, Any]]) -> shapes.Table:
    return shapes.Table(
        title=_("The state itself and districts"),
        lead=_("Their agreements are not counted for the regions above."),
        columns=tuple(shapes.Column(c.name, c.label, numeric=c.numeric, hint=c.hint) for c in _columns(request)),
        rows=tuple(_beside_row(request, found, place, rows[place.id]) for place in found.beside),
        identifier="beside",
    )


def _beside_row(request: HttpRequest, found: Coverage, place: Place, row: Mapping[str, Any]) -> shapes.Row:
    made = _row(request, place, row)
    if place.id == found.profile.state:
        return made
    return shapes.Row((wording.place_cell(place, wording.agreements_url(request, region=place.code)), *made.cells[1:]))


def _concentration(request: HttpRequest, found: Coverage) -> shapes.Chart | None:
    numbers = _in_force_by_partner(found)[:LARGEST]
    if len(numbers) < 2:
        return None
    return shapes.Chart(
        title=_("Partner states with most agreements of regions in force"),
        option={
            "grid": {"left": 8, "right": 32, "top": 8, "bottom": 8, "containLabel": True},
            "xAxis": {"type": "value", "minInterval": 1},
            "yAxis": {"type": "category", "inverse": True, "data": [place.name for place, _n in numbers]},
            "series": [
                {
                    "type": "bar",
                    "barMaxWidth": 18,
                    "label": {"show": True, "position": "right"},
                    "data": [{"value": n, "url": wording.partner_url(request, place.code)} for place, n in numbers],
                }
            ],
        },
        table=shapes.Table(
            columns=(
                shapes.Column("partner", _("Partner state")),
                shapes.Column("n", _("Agreements in force"), numeric=True),
            ),
            rows=tuple(
                shapes.Row((wording.place_cell(p, wording.partner_url(request, p.code)), shapes.Cell(number=n)))
                for p, n in numbers
            ),
        ),
        unit=_("agreements, counted once for each own region"),
        period=day_words(actor_of(request).as_of),
        source=wording.source(),
        identifier="concentration",
        height="middle",
        summary=f"{numbers[0][0].name}: {numbers[0][1]}",
    )
