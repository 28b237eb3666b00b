"""Territories: what a body covers, a territory with its names, positions of record, and whose register this is."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Case, F, Q, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from psycopg.types.numeric import Int8

from foedera.platform.access.actors import Actor, Territories
from foedera.platform.access.database.preparing import prepared_cursor
from foedera.platform.actions.errors import NotFound

from ..models import Body, BodyKind, Installation, Position, Territory

# Bodies that work for the region in which they sit even where no jurisdiction says so.
OF_ONE_REGION = frozenset(
    {BodyKind.REGION_GOVERNMENT, BodyKind.LINE_BODY, BodyKind.AGENCY, BodyKind.MUNICIPALITY, BodyKind.CITY}
)
PAGE = 100


def territory_name(territory: Territory, language: str) -> str:
    """The name of a territory in a language, else its English name."""
    return str(territory.names.get(language) or territory.name)


COVERED = """
WITH covered AS (
    SELECT t.id, t.own, t.kind, coalesce(t.names->>%(language)s, t.name) AS shown
    FROM directory_territory t
    WHERE t.id IN (SELECT territory_id FROM directory_jurisdiction WHERE body_id = %(body)s AND during @> %(on)s::date)
    UNION
    SELECT t.id, t.own, t.kind, coalesce(t.names->>%(language)s, t.name)
    FROM directory_body b JOIN directory_territory t ON t.id = b.territory_id
    WHERE b.id = %(body)s AND b.kind = ANY(%(kinds)s)
)
SELECT id, own, shown FROM covered
UNION ALL
SELECT r.id, true, NULL FROM directory_territory r JOIN covered c ON r.parent_id = c.id
WHERE c.kind = 'district' AND r.kind = 'region'
"""


def territories_of_body(body_id: int, on: datetime.date, language: str) -> Territories:
    """What a body covers on a day by its jurisdictions (districts opened into their regions), and by its seat.

    One statement by hand: every request of somebody signed in begins with it.
    """
    kinds = [str(kind) for kind in OF_ONE_REGION]
    with prepared_cursor() as cursor:
        cursor.execute(COVERED, {"language": language, "body": Int8(body_id), "on": on, "kinds": kinds})
        found = cursor.fetchall()
    return _territories(found)


def _territories(found: Sequence[tuple[int, bool, str | None]]) -> Territories:
    own = frozenset(key for key, is_own, _shown in found if is_own)
    partners = frozenset(key for key, is_own, _shown in found if not is_own)
    return Territories(own, partners, tuple(sorted(shown for _key, _own, shown in found if shown is not None)))


# The same for many bodies, each looked up by itself: only the id of the body comes from another place.
_OF_EACH = COVERED.replace("%(body)s", "asked.id")
COVERED_BY_MANY = f"SELECT asked.id, found.* FROM unnest(%(bodies)s::bigint[]) asked (id), LATERAL ({_OF_EACH}) found"  # noqa: S608 - ours


def territories_of_bodies(body_ids: Sequence[int], on: datetime.date, language: str) -> dict[int, Territories]:
    """What each of the bodies covers on a day, by its id; one statement."""
    kinds = [str(kind) for kind in OF_ONE_REGION]
    with connection.cursor() as cursor:
        cursor.execute(COVERED_BY_MANY, {"language": language, "bodies": list(body_ids), "on": on, "kinds": kinds})
        found = cursor.fetchall()
    rows: dict[int, list[tuple[int, bool, str | None]]] = {key: [] for key in body_ids}
    for body, key, is_own, shown in found:
        rows[body].append((key, is_own, shown))
    return {body: _territories(covered) for body, covered in rows.items()}


def localised(language: str, path: str = "") -> Coalesce:
    """The expression of a name in a language, else the main name, below the foreign key `path`."""
    before = f"{path}__" if path else ""
    return Coalesce(KeyTextTransform(language, f"{before}names"), F(f"{before}name"), output_field=TextField())


def installation() -> Installation | None:
    """The loaded profile with its settings, None before the first load."""
    return Installation.objects.select_related("state").filter(id=1).first()


def territory_by_code(code: str) -> Territory:
    """The territory of that code (any case), with its state and what it is part of. Raises NotFound."""
    found = Territory.objects.select_related("state", "parent").filter(code=code.upper()).first()
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class PositionOfRecord:
    """What a holder says on a contested territory, in the words of the source."""

    holder: str
    holder_name: str
    statement: str
    instrument: str
    dated: str
    source: str
    checked: str


def positions_of(territory_id: int, language: str) -> list[PositionOfRecord]:
    """The positions of record on a territory, in the alphabetical order of the codes of their holders."""
    found = list(Position.objects.filter(territory=territory_id).order_by("holder", "dated"))
    names = {t.code: territory_name(t, language) for t in Territory.objects.filter(code__in={p.holder for p in found})}
    return [
        PositionOfRecord(
            p.holder,
            names.get(p.holder, p.holder),
            p.statement.get(language) or p.statement.get("en", ""),
            p.instrument,
            p.dated,
            p.source,
            p.checked,
        )
        for p in found
    ]


@dataclass(frozen=True, slots=True)
class TerritoryRow:
    """A territory as lists show it."""

    id: int
    code: str
    kind: str
    name: str
    state: str
    parent: str
    own: bool
    contested: bool
    valid_from: str
    valid_until: str


def territories(
    *,
    language: str,
    words: str = "",
    kind: str = "",
    state: str = "",
    own: bool | None = None,
    after: str = "",
    limit: int = PAGE,
    on: datetime.date | None = None,
) -> list[TerritoryRow]:
    """Territories in the order of their codes, after a code; at most `limit`. Words are looked for in all names."""
    found = Territory.objects.filter(code__gt=after)
    if words:
        found = found.filter(Q(code__istartswith=words) | Q(name__icontains=words) | Q(names__icontains=words))
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(state__code=state.upper())
    if own is not None:
        found = found.filter(own=own)
    if on is not None:
        found = found.filter(during__contains=on)
    values = found.order_by("code").values_list(
        "id",
        "code",
        "kind",
        localised(language),
        "state__code",
        "parent__code",
        "own",
        "contested",
        "valid_from",
        "valid_until",
    )[:limit]
    return [
        TerritoryRow(i, code, what, name, of or "", part or "", mine, contested, begin, end)
        for i, code, what, name, of, part, mine, contested, begin, end in values
    ]


def own_regions(language: str, on: datetime.date) -> list[TerritoryRow]:
    """The own regions on a day, by name."""
    found = territories(language=language, kind="region", own=True, limit=1000, on=on)
    return sorted(found, key=lambda t: t.name)


def contested_areas(language: str, *, own: bool) -> list[tuple[TerritoryRow, list[PositionOfRecord]]]:
    """Contested territories with the positions of record: own regions, or states and territories of the world."""
    marked = [
        t for t in territories(language=language, own=own, limit=6000) if t.contested and (own or t.kind != "region")
    ]
    by_territory: dict[int, list[PositionOfRecord]] = {}
    for p in Position.objects.filter(territory__in=[t.id for t in marked]).order_by("holder", "dated"):
        by_territory.setdefault(p.territory_id, []).append(
            PositionOfRecord(
                p.holder,
                p.holder,
                p.statement.get(language) or p.statement.get("en", ""),
                p.instrument,
                p.dated,
                p.source,
                p.checked,
            )
        )
    return [(t, by_territory.get(t.id, [])) for t in marked]


def bodies_seated_in(actor: Actor, territory: Territory) -> list[dict[str, Any]]:
    """Visible bodies that exist on the actor's day with their seat in a region, or in a state outside its regions."""
    found = Body.objects.visible_to(actor).filter(during__contains=actor.as_of)
    seat = Q(territory=territory.pk) if territory.kind == "region" else Q(country=territory.pk)
    return list(
        found.filter(seat)
        .annotate(shown=localised(actor.language), of=localised(actor.language, "of_state"))
        .order_by("kind", "shown")
        .values("number", "kind", "shown", "seat", "of", "of_state__code", "confidence")[:500]
    )


def find_territories(actor: Actor, words: str) -> list[tuple[str, str]]:
    """Code and name of territories that fit the words typed, for a reference: states and own regions first."""
    found = Territory.objects.filter(
        Q(code__istartswith=words) | Q(name__icontains=words) | Q(names__icontains=words)
    ).annotate(
        shown=localised(actor.language),
        of=localised(actor.language, "state"),
        later=Case(When(Q(own=True) | Q(kind="state"), then=Value(0)), default=Value(1)),
    )
    values = found.order_by("later", "shown").values_list("code", "shown", "of", "kind")[:20]
    return [
        (code, f"{code} {name} ({of})" if kind == "region" and of else f"{code} {name}")
        for code, name, of, kind in values
    ]
