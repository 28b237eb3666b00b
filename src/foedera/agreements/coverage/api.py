"""The coverage over the API."""

from __future__ import annotations

import datetime

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from foedera.platform.api.root import answer, api_actor

from . import files
from .queries import coverage, coverage_of_own

router = Router()


class RegionNumbers(Schema):
    """How many partner states stand how with an own territory, and its formats and subject areas."""

    region: str
    region_name: str
    in_force: int
    pending: int
    unknown: int
    lapsed: int
    only_ties: int
    nothing: int
    with_ties: int
    formats: int
    formats_in_force: int
    subject_areas_in_force: int


class PartnerNumbers(Schema):
    """How an own territory stands with a partner: numbers of agreements by force, the latest end of a lapsed one, ties."""

    partner: str
    partner_name: str
    standing: str
    in_force: int
    pending: int
    unknown: int
    lapsed: int
    last_end: datetime.date | None
    ties: int


class GapItem(Schema):
    """A state with which other regions have an agreement in force and this territory none."""

    partner: str
    partner_name: str
    other_regions: int
    standing: str


class FormatItem(Schema):
    """A format to which the territory or its state belongs, and the standing of the territory with its other members."""

    number: str
    name: str
    by_itself: bool
    own_standing: str
    standing: str
    members: dict[str, str]


class SubjectItem(Schema):
    """A subject area, the standing of the territory on it, and how many other regions have an agreement in force."""

    code: str
    name: str
    standing: str
    in_force: int
    pending: int
    unknown: int
    lapsed: int
    other_regions: int


class CountryCoverage(Schema):
    """The coverage of all own regions on a day; the state itself and districts stand beside."""

    as_of: datetime.date
    states: int
    regions: list[RegionNumbers]
    beside: list[RegionNumbers]


class RegionCoverage(Schema):
    """The coverage of one own territory on a day. `partners` holds every present state, those with nothing too."""

    as_of: datetime.date
    numbers: RegionNumbers
    partners: list[PartnerNumbers]
    gaps: list[GapItem]
    formats: list[FormatItem]
    subject_areas: list[SubjectItem]


@router.get(
    "/coverage",
    response=CountryCoverage,
    tags=["coverage"],
    operation_id="coverage_list",
    summary="Coverage of all own regions on a day",
)
def country(request: HttpRequest) -> HttpResponse:
    """For each own region, with how many partner states it has agreements in force, lapsed, only ties or nothing (as_of)."""
    actor = api_actor(request)
    found = coverage(actor)
    return answer(
        {
            "as_of": actor.as_of,
            "states": len(found.present_ids),
            "regions": [files.region_row(found, place) for place in found.regions],
            "beside": [files.region_row(found, place) for place in found.beside],
        }
    )


@router.get(
    "/coverage/{region}",
    response=RegionCoverage,
    tags=["coverage"],
    operation_id="coverage_of_region",
    summary="Coverage of one own region, or of the state itself, on a day",
)
def of_region(request: HttpRequest, region: str) -> HttpResponse:
    """Partner states, gaps, formats and subject areas of one own territory by its code (as_of)."""
    actor = api_actor(request)
    found, own = coverage_of_own(actor, region)
    places = found.places
    return answer(
        {
            "as_of": actor.as_of,
            "numbers": files.region_row(found, own),
            "partners": [
                {k: v for k, v in files.pair_row(own, p, counts).items() if k not in ("region", "region_name")}
                for p, counts in files.partners_of(found, own)
            ],
            "gaps": [
                {
                    "partner": places[gap.partner].code,
                    "partner_name": places[gap.partner].name,
                    "other_regions": gap.others,
                    "standing": gap.standing.slug,
                }
                for gap in found.gaps(own.id)
            ],
            "formats": [
                {
                    "number": cover.number,
                    "name": cover.name,
                    "by_itself": cover.by_itself,
                    "own_standing": cover.own_standing,
                    "standing": cover.standing.slug,
                    "members": {places[p].code: s.slug for p, s in sorted(cover.standings.items()) if p in places},
                }
                for cover in found.formats(own.id)
            ],
            "subject_areas": [
                {
                    "code": code,
                    "name": str(label),
                    "standing": counts.standing.slug,
                    "in_force": counts.in_force,
                    "pending": counts.pending,
                    "unknown": counts.unknown,
                    "lapsed": counts.lapsed,
                    "other_regions": others,
                }
                for code, label, counts, others in files.subject_rows(found, own.id)
            ],
        }
    )
