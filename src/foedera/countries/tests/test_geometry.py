"""Outlines are sound GeoJSON, and known cities lie in their regions."""

import json
import math

import pytest
import shapely

from foedera import countries
from foedera.countries import geometry, world
from foedera.countries.profile import Profile


@pytest.fixture
def russia() -> Profile:
    return countries.load_profile("RU")


@pytest.mark.parametrize("name", ["world", "contested", "RU", "BR"])
def test_each_outline_is_geojson_with_code_and_names(name: str) -> None:
    collection = json.loads(geometry.geometry(name))
    assert collection["type"] == "FeatureCollection"
    for feature in collection["features"]:
        assert set(feature["properties"]) >= {"code", "name_en", "name_ru"}
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert not shape.is_empty
        assert shape.geom_type in ("Polygon", "MultiPolygon")
        west, south, east, north = shape.bounds
        assert -180 <= west <= east <= 180
        assert -90 <= south <= north <= 90
    assert name in geometry.names()


def test_the_world_uses_known_codes_once() -> None:
    codes = [feature["properties"]["code"] for feature in json.loads(geometry.geometry("world"))["features"]]
    assert set(codes) <= world.state_codes()
    assert len(set(codes)) == len(codes)
    assert {"FR", "NO", "XK", "TW", "X-NORTHERN-CYPRUS"} <= set(codes)


@pytest.mark.parametrize("code", ["RU", "BR"])
def test_outlines_are_those_the_regions_announce(code: str) -> None:
    profile = countries.load_profile(code)
    drawn = {feature["properties"]["code"] for feature in json.loads(geometry.geometry(code))["features"]}
    assert drawn == {region.code for region in profile.regions if region.outline}


def test_an_unknown_outline_is_refused() -> None:
    with pytest.raises(KeyError):
        geometry.geometry("../../secret")


@pytest.mark.parametrize("code", ["RU", "BR"])
def test_every_seat_lies_in_its_region(code: str) -> None:
    profile = countries.load_profile(code)
    found = geometry.locate_regions(
        profile, [region.latitude for region in profile.regions], [region.longitude for region in profile.regions]
    )
    for region, place in zip(profile.regions, found, strict=True):
        assert place == (region.code if region.outline else None)


@pytest.mark.parametrize(
    ("city", "latitude", "longitude", "region"),
    [
        ("Sochi", 43.60, 39.73, "RU-KDA"),
        ("Kronstadt", 59.99, 29.77, "RU-SPE"),
        ("Nakhodka, on the coast", 42.81, 132.87, "RU-PRI"),
        ("Kandalaksha", 67.15, 32.41, "RU-MUR"),
        ("Segezha", 63.75, 34.31, "RU-KR"),
        ("Severodvinsk", 64.56, 39.83, "RU-ARK"),
        ("Naberezhnye Chelny", 55.74, 52.40, "RU-TA"),
        ("Uelen, beyond the 180th meridian", 66.16, -169.81, "RU-CHU"),
        ("Michurinsk", 52.90, 40.49, "RU-TAM"),
        ("Berlin", 52.52, 13.40, None),
        ("Almaty", 43.24, 76.95, None),
        ("Donetsk: a region without outline", 48.00, 37.80, None),
        ("the Atlantic", 30.0, -40.0, None),
    ],
)
def test_known_places(russia: Profile, city: str, latitude: float, longitude: float, region: str | None) -> None:
    assert geometry.locate_region(russia, latitude, longitude) == region, city


def test_a_border_town_known_to_lie_in_the_state(russia: Profile) -> None:
    assert geometry.locate_region(russia, 57.8167, 27.6167, in_state=True) == "RU-PSK"


def test_no_coordinates_no_region(russia: Profile) -> None:
    found = geometry.locate_regions(russia, [math.nan, 91.0, 55.75], [37.6, 37.6, 37.62])
    assert found == [None, None, "RU-MOW"]
    assert geometry.locate_regions(russia, [], []) == []
    with pytest.raises(ValueError, match="differ in length"):
        geometry.locate_regions(russia, [1.0], [])
