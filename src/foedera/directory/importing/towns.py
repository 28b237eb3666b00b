"""Which towns do the ends of ties mean? A town is a name in a country at a place; namesakes are told apart by where they lie.

Two ends are the same town when their names (without case, accents and marks) and countries agree and they lie within
`SAME_TOWN_KM`. An end without coordinates is the one town of that name in the country, if there is only one; else it is not
guessed. Held in memory: one small record per distinct town of the file, never its rows.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models

from foedera import countries
from foedera.countries.geometry import locate_regions
from foedera.directory.models import Body, BodyKind
from foedera.directory.rules import name_key
from foedera.platform.lists.importing.staging import Stage

from .places import Place, Places

SAME_TOWN_KM = 25.0
TOWN_KINDS = (BodyKind.CITY.value, BodyKind.MUNICIPALITY.value)

KNOWN = """
SELECT b.id, b.name_key, b.country_id, b.territory_id, b.latitude, b.longitude, b.name, b.names
FROM directory_body b JOIN import_towns w ON w.name_key = b.name_key AND w.country_id = b.country_id
WHERE b.kind = ANY(%s) ORDER BY b.id
"""


@dataclass(slots=True)
class Town:
    """A town that is known or will be made; `id` is negative until it is made."""

    id: int
    name: str
    key: tuple[str, int]
    latitude: float | None
    longitude: float | None
    territory_id: int | None
    words: str
    is_new: bool
    row: int
    located: bool = False

    def is_near(self, latitude: float, longitude: float) -> bool:
        """Whether a point lies in or beside the town."""
        if self.latitude is None or self.longitude is None:
            return False
        return distance_km(self.latitude, self.longitude, latitude, longitude) <= SAME_TOWN_KM


@dataclass(frozen=True, slots=True)
class End:
    """One end of a tie as a file says it."""

    name: str
    key: tuple[str, int]
    latitude: float | None
    longitude: float | None
    territory_id: int | None


@dataclass(slots=True)
class Settled:
    """What came of the ends: the town of each, the ends that may be several towns, towns that have namesakes."""

    towns: dict[int, Town] = field(default_factory=dict)
    doubtful: dict[int, int] = field(default_factory=dict)
    namesakes: list[Town] = field(default_factory=list)


class Towns:
    """The distinct ends of a file, numbered as they come."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.numbers: dict[End, int] = {}
        self.rows: list[int] = []

    def number(
        self, name: str, country: Place, region: Place | None, place: tuple[float, float] | None, row: int
    ) -> int:
        """The number of an end; the same words at the same place have the same number."""
        latitude, longitude = place if place is not None else (None, None)
        end = End(name, (name_key(name), country.id), latitude, longitude, region.id if region else None)
        found = self.numbers.setdefault(end, len(self.rows))
        if found == len(self.rows):
            self.rows.append(row)
        return found

    def settle(self) -> Settled:
        """The town of every end. Ends with coordinates are settled first, for they tell namesakes apart."""
        by_key: dict[tuple[str, int], list[Town]] = defaultdict(list)
        for town in self._known():
            by_key[town.key].append(town)
        settled = Settled()
        ends = list(self.numbers.items())
        for end, number in (e for e in ends if e[0].latitude is not None):
            assert end.latitude is not None
            assert end.longitude is not None
            same = by_key[end.key]
            near = min(
                (t for t in same if t.is_near(end.latitude, end.longitude)),
                key=lambda t: distance_km(t.latitude or 0, t.longitude or 0, end.latitude or 0, end.longitude or 0),
                default=None,
            )
            if near is None and len(same) == 1 and same[0].latitude is None:
                near = same[0]
                near.latitude, near.longitude, near.located = end.latitude, end.longitude, True
            if near is None:
                near = self._new(end, number)
                if same:
                    settled.namesakes.append(near)
                same.append(near)
            settled.towns[number] = near
        for end, number in (e for e in ends if e[0].latitude is None):
            same = by_key[end.key]
            if len(same) > 1:
                settled.doubtful[number] = len(same)
                continue
            if not same:
                same.append(self._new(end, number))
            settled.towns[number] = same[0]
        self._find_regions(settled)
        return settled

    def _new(self, end: End, number: int) -> Town:
        return Town(
            id=-number - 1,
            name=end.name,
            key=end.key,
            latitude=end.latitude,
            longitude=end.longitude,
            territory_id=end.territory_id,
            words=end.name,
            is_new=True,
            row=self.rows[number],
        )

    def _known(self) -> Iterable[Town]:
        stage = Stage("import_towns", [("name_key", "text"), ("country_id", "bigint")])
        stage.write(sorted({end.key for end in self.numbers}))
        stage.ready("name_key")
        with connection.cursor() as cursor:
            cursor.execute(KNOWN, [list(TOWN_KINDS)])
            rows = cursor.fetchall()
        stage.drop()
        for key, name, country, territory, latitude, longitude, shown, names in rows:
            words = " – ".join(dict.fromkeys([shown, *_texts(names)]))
            yield Town(key, shown, (name, country), latitude, longitude, territory, words, False, 0)

    def _find_regions(self, settled: Settled) -> None:
        """The own region in which a town of the own state lies."""
        own = self.places.own_state_id
        towns = {
            id(t): t
            for t in settled.towns.values()
            if t.key[1] == own and t.latitude is not None and (t.is_new or t.located) and not self._own_region(t)
        }
        if not towns or not self.places.profile:
            return
        listed = list(towns.values())
        profile = countries.load_profile(self.places.profile)
        codes = locate_regions(profile, [t.latitude or 0.0 for t in listed], [t.longitude or 0.0 for t in listed])
        for town, code in zip(listed, codes, strict=True):
            place = self.places.by_code.get(code) if code else None
            if place is not None:
                town.territory_id = place.id

    def _own_region(self, town: Town) -> bool:
        return town.territory_id is not None and self.places.by_id[town.territory_id].own


def _texts(names: Any) -> list[str]:
    if isinstance(names, str):
        import orjson

        names = orjson.loads(names)
    return [str(n) for n in names.values()]


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """The great-circle distance of two points in degrees, on a sphere of 6,371 km."""
    north, other_north = math.radians(latitude), math.radians(other_latitude)
    half = (
        math.sin((other_north - north) / 2) ** 2
        + math.cos(north) * math.cos(other_north) * math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    )
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(half)))


def make_towns(towns: list[Town], *, source: str, publicity: str, owner_id: int | None) -> None:
    """Write new towns as bodies of the kind city; their ids must have been given."""
    if not towns:
        return
    given = {
        "id", "kind", "name", "name_key", "of_state_id", "country_id", "territory_id", "latitude", "longitude",
        "during", "confidence", "source", "publicity", "owner_id",
    }  # fmt: skip
    fixed: dict[str, Any] = {}
    for model_field in Body._meta.concrete_fields:
        if isinstance(model_field, models.GeneratedField) or model_field.column is None or model_field.column in given:
            continue
        if not model_field.null and not model_field.has_db_default():
            value = model_field.get_default()
            fixed[model_field.column] = "{}" if isinstance(value, dict) else value
    columns = [*sorted(given), *fixed]
    names = ", ".join(f'"{c}"' for c in columns)
    rest = list(fixed.values())
    # Not straight into the table: PostgreSQL copies into no table that is fenced.
    make = f"CREATE TEMPORARY TABLE new_towns ON COMMIT DROP AS SELECT {names} FROM directory_body WHERE false"  # noqa: S608 - columns
    keep = f"INSERT INTO directory_body ({names}) SELECT {names} FROM new_towns"  # noqa: S608 - names of columns
    with connection.cursor() as cursor:
        cursor.execute(make)
        with cursor.copy(f"COPY new_towns ({names}) FROM STDIN") as copy:
            _copy(copy, towns, given, rest, source=source, publicity=publicity, owner_id=owner_id)
        cursor.execute(keep)
        cursor.execute("DROP TABLE new_towns")


def _copy(
    copy: Any,
    towns: list[Town],
    given: set[str],
    rest: list[Any],
    *,
    source: str,
    publicity: str,
    owner_id: int | None,
) -> None:
    for town in towns:
        values = {
            "id": town.id,
            "kind": BodyKind.CITY.value,
            "name": town.name[:300],
            "name_key": town.key[0],
            "of_state_id": town.key[1],
            "country_id": town.key[1],
            "territory_id": town.territory_id,
            "latitude": town.latitude,
            "longitude": town.longitude,
            "during": "(,)",
            "confidence": "reported",
            "source": source[:500],
            "publicity": publicity,
            "owner_id": owner_id,
        }
        copy.write_row([*(values[c] for c in sorted(given)), *rest])


def locate_towns(towns: list[Town]) -> None:
    """Write the coordinates of towns that had none, and the region that follows."""
    if not towns:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE directory_body SET latitude = %s, longitude = %s, territory_id = coalesce(territory_id, %s), "
            "version = version + 1, updated_at = now() WHERE id = %s",
            [(t.latitude, t.longitude, t.territory_id, t.id) for t in towns],
        )
