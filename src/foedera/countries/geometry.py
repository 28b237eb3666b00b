"""Outlines as GeoJSON, and the region in which a point lies.

Outlines are Natural Earth's (public domain): see the READMEs for what it draws and what it does not. Coordinates are
degrees of WGS 84, longitude first in GeoJSON, latitude first in the functions here.
"""

import gzip
import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from foedera.countries.loading import FOLDER, available
from foedera.countries.profile import Profile

NEAREST_KM: Final = 25.0
"""How far from an outline a point may lie and still belong to it: coasts are drawn coarsely, harbours lie outside."""

SEAT_KM: Final = 5.0
"""A point this near the seat of a region belongs to it, whatever the coarse outline says of a city on a border."""

_KM_PER_DEGREE: Final = 111.195
_SHARED: Final = {"world": "world_110m.geojson.gz", "contested": "contested_areas.geojson.gz"}


def names() -> list[str]:
    """Return the names that ``geometry`` knows: "world", "contested" and the codes of the profiles with outlines."""
    return [*_SHARED, *(code for code in available() if _path(code).exists())]


def _path(name: str) -> Path:
    if name in _SHARED:
        return FOLDER / "world" / "geometry" / _SHARED[name]
    return FOLDER / name.lower() / "regions.geojson.gz"


@cache
def geometry(name: str) -> bytes:
    """Return a GeoJSON FeatureCollection in UTF-8; each feature has ``code``, ``name_en`` and ``name_ru``.

    "world": states at 1:110 million; "contested": contested areas, for hatching over other outlines, with ``note``
    (who administers and who claims, in Natural Earth's words); a profile's code: its regions at 1:50 million.
    Raises KeyError for other names.
    """
    if name not in names():
        raise KeyError(name)
    return gzip.decompress(_path(name).read_bytes())


class _Outlines:
    """Outlines with an index; those that are invalid by the letter are repaired by a buffer of 0."""

    def __init__(self, name: str) -> None:
        features = json.loads(geometry(name))["features"]
        self.codes: list[str] = [feature["properties"]["code"] for feature in features]
        drawn = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]
        self.shapes: list[BaseGeometry] = [shape if shape.is_valid else shape.buffer(0) for shape in drawn]
        self.areas = shapely.area(np.array(self.shapes, dtype=object))
        self.tree = shapely.STRtree(self.shapes)

    def containing(self, points: NDArray[np.object_]) -> list[int]:
        """Return the index of the outline in which each point lies, the smallest where two overlap, else -1."""
        found = [-1] * len(points)
        which, outlines = self.tree.query(points, predicate="intersects")
        for point, outline in zip(which.tolist(), outlines.tolist(), strict=True):
            if found[point] < 0 or self.areas[outline] < self.areas[found[point]]:
                found[point] = outline
        return found

    def nearest(self, latitude: float, longitude: float, limit_km: float) -> int:
        """Return the index of the nearest outline within a distance, else -1; flat-earth distances, good to 1 %."""
        shrink = max(math.cos(math.radians(latitude)), 0.01)
        height = limit_km / _KM_PER_DEGREE
        width = height / shrink
        around = shapely.box(longitude - width, latitude - height, longitude + width, latitude + height)
        point = shapely.Point(longitude * shrink, latitude)
        best, best_distance = -1, height
        for index in self.tree.query(around).tolist():
            near = shapely.transform(self.shapes[index], lambda pairs: pairs * [shrink, 1.0])
            distance = near.distance(point)
            if distance <= best_distance:
                best, best_distance = index, distance
        return best


@cache
def _outlines(name: str) -> _Outlines:
    return _Outlines(name)


def _points(north: NDArray[np.float64], east: NDArray[np.float64]) -> NDArray[np.object_]:
    return np.asarray(shapely.points(east, north), dtype=np.object_)


def _at_seats(profile: Profile, north: NDArray[np.float64], east: NDArray[np.float64]) -> list[str | None]:
    """Return the region whose seat lies within ``SEAT_KM`` of each point, the nearest where there are several."""
    regions = [region for region in profile.regions if region.outline]
    seat_north = np.array([region.latitude for region in regions])
    seat_east = np.array([region.longitude for region in regions])
    shrink = np.cos(np.radians(north))[:, None]
    apart = np.hypot(north[:, None] - seat_north, (east[:, None] - seat_east) * shrink) * _KM_PER_DEGREE
    nearest = apart.argmin(axis=1).tolist()
    return [regions[seat].code if apart[row, seat] <= SEAT_KM else None for row, seat in enumerate(nearest)]


def locate_regions(
    profile: Profile, latitudes: Sequence[float], longitudes: Sequence[float], *, in_state: bool = False
) -> list[str | None]:
    """Return the code of the own region in which each point lies, None where there is none or no coordinate.

    A point at the seat of a region belongs to it; a point outside all outlines belongs to the nearest within 25 km,
    unless it lies inside another state; where the points are known to lie in the profile's state (``in_state``), that
    other outline, coarse as it is, is not asked. Regions without outline (``Region.outline`` is false) are never
    found. Raises KeyError if the profile has no outlines and ValueError if the two sequences differ in length.
    """
    if len(latitudes) != len(longitudes):
        raise ValueError("latitudes and longitudes differ in length")
    outlines = _outlines(profile.code)
    north = np.asarray(latitudes, dtype=np.float64)
    east = np.asarray(longitudes, dtype=np.float64)
    usable = np.flatnonzero(np.isfinite(north) & np.isfinite(east) & (np.abs(north) <= 90) & (np.abs(east) <= 180))
    found: list[str | None] = [None] * len(north)
    if not len(usable):
        return found
    points = _points(north[usable], east[usable])
    seats = _at_seats(profile, north[usable], east[usable])
    outside: list[int] = []
    for position, outline, seat in zip(usable.tolist(), outlines.containing(points), seats, strict=True):
        if seat is not None:
            found[position] = seat
        elif outline >= 0:
            found[position] = outlines.codes[outline]
        else:
            outside.append(position)
    if outside:
        world = _outlines("world")
        states = [-1] * len(outside) if in_state else world.containing(_points(north[outside], east[outside]))
        for position, state in zip(outside, states, strict=True):
            if state < 0 or world.codes[state] == profile.code:
                nearest = outlines.nearest(float(north[position]), float(east[position]), NEAREST_KM)
                found[position] = outlines.codes[nearest] if nearest >= 0 else None
    return found


def locate_region(profile: Profile, latitude: float, longitude: float, *, in_state: bool = False) -> str | None:
    """Return the code of the own region in which a point lies; as ``locate_regions`` for one point."""
    return locate_regions(profile, [latitude], [longitude], in_state=in_state)[0]
