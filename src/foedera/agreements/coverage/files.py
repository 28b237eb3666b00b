"""Tables of the coverage as rows of plain values, for files and the API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext_lazy

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound
from foedera.platform.lists.description import Column, Kind
from foedera.platform.lists.exporting import FORMATS, export

from ..lists import AGREEMENTS
from .queries import Coverage, Place
from .rules import NOTHING, Counts, Standing

Rows = Iterator[dict[str, Any]]

REGION_COLUMNS = (
    Column(name="region", label=gettext_lazy("Region")),
    Column(name="region_name", label=gettext_lazy("Name")),
    Column(name="in_force", label=gettext_lazy("Partner states with an agreement in force"), kind=Kind.INTEGER),
    Column(name="pending", label=gettext_lazy("Suspended or to come"), kind=Kind.INTEGER),
    Column(name="unknown", label=gettext_lazy("Not known whether in force"), kind=Kind.INTEGER),
    Column(name="lapsed", label=gettext_lazy("Lapsed"), kind=Kind.INTEGER),
    Column(name="only_ties", label=gettext_lazy("Only ties"), kind=Kind.INTEGER),
    Column(name="nothing", label=gettext_lazy("Nothing"), kind=Kind.INTEGER),
    Column(name="with_ties", label=gettext_lazy("Partner states with ties"), kind=Kind.INTEGER),
    Column(name="formats", label=gettext_lazy("Formats"), kind=Kind.INTEGER),
    Column(name="formats_in_force", label=gettext_lazy("Formats with an agreement in force"), kind=Kind.INTEGER),
    Column(name="subject_areas_in_force", label=gettext_lazy("Subject areas in force"), kind=Kind.INTEGER),
)
PAIR_COLUMNS = (
    Column(name="region", label=gettext_lazy("Region")),
    Column(name="region_name", label=gettext_lazy("Name of the region")),
    Column(name="partner", label=gettext_lazy("Partner state")),
    Column(name="partner_name", label=gettext_lazy("Name of the partner state")),
    Column(name="standing", label=gettext_lazy("Standing")),
    Column(name="in_force", label=gettext_lazy("In force"), kind=Kind.INTEGER),
    Column(name="pending", label=gettext_lazy("Suspended or to come"), kind=Kind.INTEGER),
    Column(name="unknown", label=gettext_lazy("Not known whether in force"), kind=Kind.INTEGER),
    Column(name="lapsed", label=gettext_lazy("Lapsed"), kind=Kind.INTEGER),
    Column(name="last_end", label=gettext_lazy("Last end"), kind=Kind.DATE),
    Column(name="ties", label=gettext_lazy("Ties"), kind=Kind.INTEGER),
)


def region_row(found: Coverage, place: Place) -> dict[str, Any]:
    """The coverage of one own territory in numbers."""
    tally = found.tally(place.id)
    formats = found.formats(place.id)
    return {
        "region": place.code,
        "region_name": place.name,
        "in_force": tally.in_force,
        "pending": tally.pending,
        "unknown": tally.unknown,
        "lapsed": tally.lapsed,
        "only_ties": tally.ties,
        "nothing": tally.never,
        "with_ties": tally.with_ties,
        "formats": len(formats),
        "formats_in_force": sum(1 for f in formats if f.standing is Standing.IN_FORCE),
        "subject_areas_in_force": found.areas_in_force(place.id),
    }


def region_rows(found: Coverage) -> Rows:
    """The own regions by name, then the state and districts where they have something."""
    return (region_row(found, place) for place in [*found.regions, *found.beside])


def pair_row(own: Place, partner: Place, counts: Counts) -> dict[str, Any]:
    """One pair in numbers."""
    return {
        "region": own.code,
        "region_name": own.name,
        "partner": partner.code,
        "partner_name": partner.name,
        "standing": counts.standing.slug,
        "in_force": counts.in_force,
        "pending": counts.pending,
        "unknown": counts.unknown,
        "lapsed": counts.lapsed,
        "last_end": counts.last_end,
        "ties": counts.ties,
    }


def partners_of(found: Coverage, own: Place) -> list[tuple[Place, Counts]]:
    """The partners of an own territory that have something, and the present states that have nothing, by standing and name."""
    row = found.row(own.id)
    keys = found.present_ids | {key for key in row if key in found.places and not found.places[key].own}
    pairs = [(found.places[key], row.get(key, NOTHING)) for key in keys if key != found.profile.state]
    return sorted(pairs, key=lambda pair: (-pair[1].standing, -pair[1].in_force, -pair[1].ties, pair[0].name))


def own_rows(found: Coverage, partner: Place) -> list[tuple[Place, Counts]]:
    """The own territories as they stand with a partner, by standing and name; the state itself and districts at the end."""
    pairs = [(own, found.row(own.id).get(partner.id, NOTHING)) for own in found.regions]
    pairs.sort(key=lambda pair: (-pair[1].standing, -pair[1].in_force, -pair[1].ties, pair[0].name))
    return pairs + [(own, found.row(own.id).get(partner.id, NOTHING)) for own in found.beside]


def pair_rows(found: Coverage) -> Rows:
    """All pairs of own territories and partners that have something, by names."""
    for own in [*found.regions, *found.beside]:
        for partner, counts in sorted(partners_of(found, own), key=lambda pair: pair[0].name):
            if counts.standing is not Standing.NEVER:
                yield pair_row(own, partner, counts)


def subject_rows(found: Coverage, own: int) -> list[tuple[str, Any, Counts, int]]:
    """The controlled list of subject areas with what an own territory has on them, and in how many other regions one is in force.

    Each as (code, label, counts, other regions); codes outside the list come last.
    """
    mine = found.subjects.get(own, {})
    others: dict[str, int] = {}
    for region in found.region_ids - {own}:
        for code, counts in found.subjects.get(region, {}).items():
            if counts.in_force:
                others[code] = others.get(code, 0) + 1
    labels = {str(c.code): c.label for c in AGREEMENTS.column("subject_areas").options()}
    codes = [*labels, *sorted(code for code in mine if code not in labels)]
    return [(code, labels.get(code, code), mine.get(code, NOTHING), others.get(code, 0)) for code in codes]


def asked_for(request: HttpRequest) -> str:
    """The format of the file that the address asks for, empty for the page. Raises NotFound for an unknown one."""
    kind = request.GET.get("format", "")
    if kind and kind not in FORMATS:
        raise NotFound()
    return kind


def file_response(
    kind: str, columns: Sequence[Column], rows: Rows, *, name: str, title: str, actor: Actor
) -> StreamingHttpResponse:
    """The rows as a file in one of the formats of lists."""
    response = StreamingHttpResponse(export(kind, columns, rows, title=title), content_type=FORMATS[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}-{actor.as_of.isoformat()}.{kind}"'
    return response
