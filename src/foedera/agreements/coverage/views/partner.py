"""The coverage of one partner state: how each own region stands with it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.platform.access.middleware import actor_of
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page
from foedera.platform.pages.wording import day_words

from .. import files, wording
from ..queries import Coverage, Place, coverage_of_partner
from ..rules import Counts, Force, Standing


def partner(request: HttpRequest, code: str) -> HttpResponse | StreamingHttpResponse:
    """The coverage of the partner of that code; with `format` the own regions as a file. Raises NotFound."""
    actor = actor_of(request)
    kind = files.asked_for(request)
    found, place = coverage_of_partner(actor, code)
    rows = files.own_rows(found, place)
    if kind:
        return files.file_response(
            kind,
            files.PAIR_COLUMNS,
            (files.pair_row(own, place, counts) for own, counts in rows),
            name=f"coverage-{place.code}",
            title=place.name,
            actor=actor,
        )
    blocks: list[shapes.Block] = [_figures(request, found, place)]
    picture = _map(request, found, place, rows)
    if picture is not None:
        blocks.append(picture)
    blocks.append(_table(request, place, rows))
    blocks.append(
        shapes.Words(
            paragraphs=(),
            links=(
                shapes.Link(
                    _("The territory in the directory"),
                    wording.address(request, reverse("directory:territory", args=[place.code])),
                ),
                shapes.Link(_("All agreements with it"), wording.agreements_url(request, partner=place.code)),
                shapes.Link(_("All ties with it"), wording.ties_url(request, partner=place.code)),
            ),
        )
    )
    page = shapes.TablePage(
        title=_("Coverage: %(name)s") % {"name": place.name},
        number=place.code,
        chips=(shapes.Chip(_("Contested"), "violet"),) if place.contested else (),
        lead=_("Which own regions have an agreement in force with it, which had one, and which never did."),
        blocks=tuple(blocks),
        exports=wording.exports(request),
        warnings=wording.limits(actor),
        breadcrumbs=(wording.overview_link(request),),
        as_of=wording.past(actor),
        source=_("%(source)s. Day: %(day)s.") % {"source": wording.source(), "day": day_words(actor.as_of)},
    )
    return render_page(request, page)


def _figures(request: HttpRequest, found: Coverage, place: Place) -> shapes.Figures:
    standings = [found.row(own.id).get(place.id, Counts()).standing for own in found.regions]

    def number(*wanted: Standing) -> int:
        return sum(1 for standing in standings if standing in wanted)

    return shapes.Figures(
        (
            shapes.Figure(
                _("Regions with an agreement in force"),
                number(Standing.IN_FORCE),
                href=wording.agreements_url(request, Force.IN_FORCE, partner=place.code),
                note=_("of %(n)s") % {"n": len(standings)},
            ),
            shapes.Figure(
                _("Lapsed, nothing after it"),
                number(Standing.LAPSED),
                href=wording.agreements_url(request, Force.LAPSED, partner=place.code),
            ),
            shapes.Figure(
                _("Suspended, to come, or not known"),
                number(Standing.PENDING, Standing.UNKNOWN),
                href=wording.agreements_url(request, partner=place.code),
            ),
            shapes.Figure(_("Only ties"), number(Standing.TIES), href=wording.ties_url(request, partner=place.code)),
            shapes.Figure(_("Regions with nothing"), number(Standing.NEVER)),
        )
    )


def _map(
    request: HttpRequest, found: Coverage, place: Place, rows: list[tuple[Place, Counts]]
) -> shapes.MapPicture | None:
    regions = [(own, counts) for own, counts in rows if own.id in found.region_ids]
    return wording.own_map(
        found,
        actor_of(request),
        title=_("Own regions as they stand with %(name)s") % {"name": place.name},
        unit=_("the best that there is with each region"),
        values=tuple(
            shapes.MapValue(
                own.code,
                own.name,
                int(counts.standing),
                text=f"{wording.STANDING_LABELS[counts.standing]}"
                + (f" ({wording.counts_words(counts)})" if counts.standing is not Standing.NEVER else ""),
                url=wording.region_url(request, own.code),
            )
            for own, counts in regions
        ),
        legend=wording.standing_legend(),
        table=shapes.Table(
            columns=(shapes.Column("region", _("Region")), shapes.Column("standing", _("Standing"))),
            rows=tuple(
                shapes.Row((wording.place_cell(own), shapes.Cell(wording.STANDING_LABELS[counts.standing])))
                for own, counts in regions
            ),
        ),
    )


def _table(request: HttpRequest, place: Place, rows: list[tuple[Place, Counts]]) -> shapes.Table:
    return shapes.Table(
        title=_("Own regions"),
        columns=(
            shapes.Column("region", _("Region")),
            shapes.Column("standing", _("Standing")),
            *wording.counts_columns(),
        ),
        rows=tuple(
            shapes.Row(
                (
                    wording.place_cell(own, _own_url(request, own)),
                    shapes.Cell(chip=wording.standing_chip(counts.standing)),
                    *wording.counts_cells(request, counts, region=own.code, partner=place.code),
                )
            )
            for own, counts in rows
        ),
        empty_text=_("No own region is recorded. Load the profile of the country first."),
        identifier="regions",
    )


def _own_url(request: HttpRequest, own: Place) -> str:
    if own.kind == "district":
        return wording.agreements_url(request, region=own.code)
    return wording.region_url(request, own.code)
