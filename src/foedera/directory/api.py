"""The directory over the API: bodies and formats as records, territories, and the two questions."""

from __future__ import annotations

import datetime
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from foedera.platform.actions.errors import invalid
from foedera.platform.api.root import answer, api_actor
from foedera.platform.lists.resources import add_resource

from . import queries
from .lists import BODIES, FORMATS
from .models import Territory, TerritoryKind

router = Router()
LARGEST = 500


class TerritoryItem(Schema):
    """A territory in a list."""

    code: str
    kind: str
    name: str
    state: str
    part_of: str
    own: bool
    contested: bool
    valid_from: str
    valid_until: str


class TerritoryPage(Schema):
    """Territories in the order of their codes, and the code after which the next page begins (empty on the last)."""

    items: list[TerritoryItem]
    next: str


@router.get(
    "/territories",
    response=TerritoryPage,
    tags=["territories"],
    operation_id="territories_list",
    summary="List of territories",
)
def territory_list(
    request: HttpRequest,
    q: str = "",
    kind: str = "",
    state: str = "",
    own: bool | None = None,
    after: str = "",
    limit: int = 100,
) -> HttpResponse:
    """States, former states, regions, districts and organisations by code."""
    actor = api_actor(request)
    if not 1 <= limit <= LARGEST:
        raise invalid("limit", f"1 to {LARGEST}")
    if kind and kind not in TerritoryKind.values:
        raise invalid("kind", ", ".join(TerritoryKind.values))
    for name, text in (("q", q), ("state", state), ("after", after)):
        if "\x00" in text:
            raise invalid(name, "NUL")
    found = queries.territories(
        language=actor.language, words=q, kind=kind, state=state, own=own, after=after, limit=limit + 1
    )
    shown = found[:limit]
    items = [
        {
            "code": t.code,
            "kind": t.kind,
            "name": t.name,
            "state": t.state,
            "part_of": t.parent,
            "own": t.own,
            "contested": t.contested,
            "valid_from": t.valid_from,
            "valid_until": t.valid_until,
        }
        for t in shown
    ]
    return answer({"items": items, "next": shown[-1].code if len(found) > limit else ""})


class PositionItem(Schema):
    """A position of record on a contested territory."""

    holder: str
    holder_name: str
    statement: str
    instrument: str
    dated: str
    source: str
    checked: str


class TerritoryRecord(TerritoryItem):
    """A territory whole."""

    names: dict[str, str]
    official_names: dict[str, str]
    type_names: dict[str, str]
    iso_code: str
    national_code: str
    seat_names: dict[str, str]
    time_zone: str
    latitude: float | None
    longitude: float | None
    successors: list[str]
    source: str
    note: str
    positions: list[PositionItem]
    formats: list[dict[str, Any]]


@router.get(
    "/territories/{code}",
    response=TerritoryRecord,
    tags=["territories"],
    operation_id="territories_read",
    summary="Territory",
)
def territory_record(request: HttpRequest, code: str) -> HttpResponse:
    """One territory with its names, the positions of record where it is contested, and its formats on the day."""
    actor = api_actor(request)
    territory = queries.territory_by_code(code.replace("\x00", ""))
    return answer(
        {
            **_territory(territory, actor.language),
            "positions": [asdict(p) for p in queries.positions_of(territory.pk, actor.language)],
            "formats": [asdict(f) for f in queries.formats_of(actor, territory)],
        }
    )


def _territory(territory: Territory, language: str) -> dict[str, Any]:
    plain = (
        "code",
        "kind",
        "own",
        "contested",
        "valid_from",
        "valid_until",
        "names",
        "official_names",
        "type_names",
        "iso_code",
        "national_code",
        "seat_names",
        "time_zone",
        "latitude",
        "longitude",
        "successors",
        "source",
        "note",
    )
    return {
        **{name: getattr(territory, name) for name in plain},
        "name": queries.territory_name(territory, language),
        "state": territory.state.code if territory.state else "",
        "part_of": territory.parent.code if territory.parent else "",
    }


class HolderThen(Schema):
    """Who held a post in the time asked for."""

    person_name: str
    standing: str
    contact: str
    valid_from: str
    valid_until: str
    holding: str
    source: str


class PostThen(Schema):
    """A post with those who held it in the time asked for."""

    id: int
    name: str
    rank: str
    holders: list[HolderThen]


class ResponsibleItem(Schema):
    """A body that was responsible: `holding` is whole, part or possible; `overlaps` marks another with the same function."""

    side: str
    relation: str
    number: str
    body: str
    kind: str
    phone: str
    email: str
    website: str
    function: str
    function_name: str
    valid_from: str
    valid_until: str
    holding: str
    confidence: str
    source: str
    note: str
    overlaps: bool
    posts: list[PostThen]


class ResponsibleAnswer(Schema):
    """The answer to "who was responsible"."""

    territory: str
    territory_name: str
    own: bool
    contested: bool
    partner: str
    partner_name: str
    function: str
    first: datetime.date
    last: datetime.date
    other_matches: list[list[str]]
    responsible: list[ResponsibleItem]


@router.get(
    "/responsible",
    response=ResponsibleAnswer,
    tags=["questions"],
    operation_id="responsible",
    summary="Who was responsible for a territory at a time",
)
def responsible(
    request: HttpRequest, territory: str, function: str = "", on: str = "", partner: str = ""
) -> HttpResponse:
    """For a territory (code or name) on a day, in a month or in a year; optionally for a function or towards a state."""
    asked = [text.replace("\x00", "") for text in (territory, function, on, partner)]
    found = queries.responsible_for(api_actor(request), asked[0], function=asked[1], on=asked[2], partner=asked[3])
    return answer(answer_document(found))


def answer_document(found: queries.Answer) -> dict[str, Any]:
    """An answer as JSON takes it."""
    document = asdict(found)
    for item in document["responsible"]:
        item["holding"] = item["holding"].value
        for post in item["posts"]:
            for holder in post["holders"]:
                holder["holding"] = holder["holding"].value
    return document


class PairItem(Schema):
    """A pair that nobody covers."""

    region: str
    region_name: str
    state: str
    state_name: str
    office_missing: bool
    mission_missing: bool


class HalfItem(Schema):
    """A region or a state without anybody, and in how many uncovered pairs it stands."""

    code: str
    name: str
    pairs: int


class UncoveredAnswer(Schema):
    """The pairs that nobody covers."""

    on: datetime.date
    function: str
    regions: int
    states: int
    all_pairs: int
    assigned: int
    uncovered: int
    regions_without: list[HalfItem]
    states_without: list[HalfItem]
    pairs: list[PairItem]


@router.get(
    "/uncovered",
    response=UncoveredAnswer,
    tags=["questions"],
    operation_id="uncovered",
    summary="Pairs of an own region and a partner state that nobody covers",
)
def uncovered(request: HttpRequest, function: str = "", region: str = "", state: str = "") -> HttpResponse:
    """As of a day (as_of), for coordination in the region and any function in the state, or for one function."""
    asked = [text.replace("\x00", "") for text in (function, region, state)]
    found = queries.uncovered_pairs(api_actor(request), function=asked[0], region=asked[1], state=asked[2])
    return answer(uncovered_document(found))


def uncovered_document(found: queries.Uncovered) -> dict[str, Any]:
    """The uncovered pairs as JSON takes them."""
    return {
        "on": found.on,
        "function": found.function,
        "regions": found.regions,
        "states": found.states,
        "all_pairs": found.all_pairs,
        "assigned": found.assigned,
        "uncovered": len(found.pairs),
        "regions_without": [{"code": c, "name": n, "pairs": p} for c, n, p in found.regions_without],
        "states_without": [{"code": c, "name": n, "pairs": p} for c, n, p in found.states_without],
        "pairs": [asdict(p) for p in found.pairs],
    }


class CoveredItem(Schema):
    """An own region with the own bodies that cover it."""

    region: str
    name: str
    contested: bool
    gap: bool
    overlap: bool
    bodies: list[dict[str, Any]]


class CoveredAnswer(Schema):
    """Own regions by code."""

    items: list[CoveredItem]


@router.get(
    "/jurisdictions",
    response=CoveredAnswer,
    tags=["questions"],
    operation_id="jurisdictions",
    summary="Which own bodies cover which own region for a function",
)
def jurisdictions(request: HttpRequest, function: str = "coordination") -> HttpResponse:
    """Every own region as of a day (as_of), gaps and overlaps marked."""
    found = queries.covering_of_regions(api_actor(request), function=function.replace("\x00", ""))
    items = [
        {
            "region": c.region,
            "name": c.name,
            "contested": c.contested,
            "gap": c.is_gap,
            "overlap": c.is_overlap,
            "bodies": [{k: v for k, v in b.items() if k not in ("id", "parent")} for b in c.bodies],
        }
        for c in found
    ]
    return answer({"items": items})


add_resource(router, BODIES, prefix="/bodies")
add_resource(router, FORMATS, prefix="/formats")
