"""The coverage over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from foedera.platform.actions.errors import invalid
from foedera.platform.api.root import answer, api_actor

from . import queries
from .queries import Line, Tally

router = Router()
LARGEST = 1000


class TallyOut(Schema):
    """How many agreements are in force, stand otherwise, lapsed or are in preparation; ties beside."""

    standing: str
    in_force: int
    uncertain: int
    lapsed: int
    prepared: int
    ties: int


class LineOut(TallyOut):
    """A row of the coverage."""

    code: str
    name: str


class FormatOut(Schema):
    """A format with its other members by how the region stands with them."""

    number: str
    name: str
    through: str
    in_force: list[str]
    lapsed: list[str]
    other: list[str]
    never: list[str]


class RegionOut(Schema):
    """The coverage of a region."""

    code: str
    name: str
    as_of: str
    partners: list[LineOut]
    formats: list[FormatOut]
    subject_areas: list[LineOut]


class CountryOut(Schema):
    """The coverage of a partner state."""

    code: str
    name: str
    as_of: str
    regions: list[LineOut]
    subject_areas: list[LineOut]


class TotalsOut(Schema):
    """Coverage in numbers."""

    as_of: str
    regions: int
    regions_with: int
    partners: int
    partners_with: int
    ties: int
    pairs: dict[str, int]


class SpotOut(Schema):
    """A pair that never had an agreement."""

    region: str
    region_name: str
    partner: str
    partner_name: str
    others: int
    ties: int


class SpotsOut(Schema):
    """White spots, and how many there are in all."""

    items: list[SpotOut]
    count: int


def tally_document(tally: Tally) -> dict[str, Any]:
    """A tally as JSON."""
    return {
        "standing": tally.standing.value,
        "in_force": tally.in_force,
        "uncertain": tally.uncertain,
        "lapsed": tally.lapsed,
        "prepared": tally.prepared,
        "ties": tally.ties,
    }


def _lines(lines: list[Line]) -> list[dict[str, Any]]:
    return [{"code": line.code, "name": line.name, **tally_document(line.tally)} for line in lines]


@router.get("/coverage", response=TotalsOut, tags=["coverage"], operation_id="coverage", summary="Coverage in numbers")
def totals(request: HttpRequest) -> HttpResponse:
    """Regions, partner states and pairs by how they stand as of a day (as_of)."""
    actor = api_actor(request)
    found = queries.totals(queries.ground(actor))
    return answer(
        {
            "as_of": actor.as_of,
            "regions": found.regions,
            "regions_with": found.regions_with,
            "partners": found.partners,
            "partners_with": found.partners_with,
            "ties": found.ties,
            "pairs": {standing.value: number for standing, number in found.pairs.items()},
        }
    )


@router.get(
    "/coverage/regions/{code}",
    response=RegionOut,
    tags=["coverage"],
    operation_id="coverage_region",
    summary="Coverage of a region",
)
def region(request: HttpRequest, code: str) -> HttpResponse:
    """Partner states, formats and subject areas of a region as of a day (as_of)."""
    actor = api_actor(request)
    here = queries.region_named(actor, code)
    found = queries.ground(actor)
    return answer(
        {
            "code": here.code,
            "name": here.name,
            "as_of": actor.as_of,
            "partners": _lines(queries.by_partner(found, here)),
            "formats": [
                {
                    "number": f.number,
                    "name": f.name,
                    "through": f.through,
                    "in_force": f.in_force,
                    "lapsed": f.lapsed,
                    "other": f.other,
                    "never": f.never,
                }
                for f in queries.by_format(actor, found, here)
            ],
            "subject_areas": _lines(queries.by_subject(actor, region=here.id)),
        }
    )


@router.get(
    "/coverage/countries/{code}",
    response=CountryOut,
    tags=["coverage"],
    operation_id="coverage_country",
    summary="Coverage of a partner state",
)
def country(request: HttpRequest, code: str) -> HttpResponse:
    """How each own region stands with a partner state as of a day (as_of)."""
    actor = api_actor(request)
    found = queries.ground(actor)
    key, partner, name = queries.partner_named(found, code)
    return answer(
        {
            "code": partner,
            "name": name,
            "as_of": actor.as_of,
            "regions": _lines(queries.by_region(found, key)),
            "subject_areas": _lines(queries.by_subject(actor, partner=key)),
        }
    )


@router.get(
    "/coverage/white-spots",
    response=SpotsOut,
    tags=["coverage"],
    operation_id="coverage_white_spots",
    summary="Pairs that never had an agreement",
)
def white_spots(request: HttpRequest, region: str = "", partner: str = "", limit: int = 100) -> HttpResponse:
    """Pairs of a region and a partner state that never had an agreement, those that most other regions have first."""
    actor = api_actor(request)
    if not 1 <= limit <= LARGEST:
        raise invalid("limit", f"1-{LARGEST}")
    spots = queries.white_spots(queries.ground(actor), region=region, partner=partner)
    items = [
        {
            "region": s.region,
            "region_name": s.region_name,
            "partner": s.partner,
            "partner_name": s.partner_name,
            "others": s.others,
            "ties": s.ties,
        }
        for s in spots[:limit]
    ]
    return answer({"items": items, "count": len(spots)})
