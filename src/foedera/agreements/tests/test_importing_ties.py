"""Importing ties: towns found or made, both directions folded, what is doubtful told. All pairs are synthetic or excerpts."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from foedera.agreements.actions import _settle_tie
from foedera.agreements.models import Tie
from foedera.agreements.tests import importing, make
from foedera.directory.importing.towns import distance_km
from foedera.directory.models import Body, BodyKind, Territory
from foedera.directory.rules import during, name_key
from foedera.platform.access.roles import Role
from foedera.platform.lists.description import record_type
from foedera.platform.lists.importing import running
from foedera.platform.lists.importing.adapters import adapter_for
from foedera.platform.lists.importing.mapping import ImportMapping
from foedera.platform.lists.importing.running import Result
from foedera.platform.lists.models import RunState

pytestmark = pytest.mark.django_db

TAMBOV = (52.7212, 41.4523)
BREST = (52.0976, 23.7341)
HEADER = ("city1", "country1", "lat1", "lng1", "city2", "country2", "lat2", "lng2")


@pytest.fixture
def world(db: None) -> make.World:
    return importing.world()


def pair(
    first: str,
    second: str,
    *,
    at: tuple[float, float] | None = TAMBOV,
    other: tuple[float, float] | None = BREST,
    country1: str = "Russia",
    country2: str = "Belarus",
) -> dict[str, Any]:
    places = [*(at or ("", "")), *(other or ("", ""))]
    cells = (first, country1, places[0], places[1], second, country2, places[2], places[3])
    return dict(zip(HEADER, cells, strict=True))


def bring(folder: Path, *rows: dict[str, Any], **options: Any) -> Result:
    return importing.bring("ties", importing.table(folder / "pairs.csv", rows), **options)


def counts(result: Result) -> dict[str, int]:
    return {k: v for k, v in result.report.counts.items() if v}


def test_a_pair_becomes_a_tie_of_two_towns(world: make.World, tmp_path: Path) -> None:
    result = bring(tmp_path, pair("Tambov", "Brest"))
    # The header is that of the lists of Wikipedia, so the shipped mapping is taken.
    assert result.mapping.name == "Twin towns (Wikipedia)"
    assert counts(result) == {"read": 1, "created": 1}
    tie = Tie.objects.select_related("first", "second").get()
    towns = {t.name: t for t in (tie.first, tie.second)}
    own = towns["Tambov"]
    assert (own.kind, own.country, own.territory) == (
        BodyKind.CITY,
        world.territories["RU"],
        world.territories["RU-TAM"],
    )
    assert own.name_key == "tambov"
    assert (tie.own_ids, tie.partner_ids) == ([world.territories["RU-TAM"].pk], [world.territories["BY"].pk])
    assert (tie.state, tie.kind, tie.publicity) == ("unknown", "twinning", "public")
    assert tie.sources == [result.mapping.options["source"][:120]]


def test_what_is_derived_is_what_the_action_derives(world: make.World, tmp_path: Path) -> None:
    bring(tmp_path, pair("Tambov", "Brest"), pair("Pskov", "Minsk", at=None, other=None), pair("Twin", "Twin"))
    for tie in Tie.objects.select_related("first__territory", "second__territory"):
        before = (tie.own_ids, tie.partner_ids, tie.end_text)
        _settle_tie(tie)
        assert (tie.own_ids, tie.partner_ids, tie.end_text) == before


def test_both_directions_and_repeats_fold(world: make.World, tmp_path: Path) -> None:
    back = pair("Brest", "Tambov", at=BREST, other=TAMBOV, country1="Belarus", country2="Russia")
    result = bring(tmp_path, pair("Tambov", "Brest"), back, pair("Tambov", "Brest"))
    assert counts(result) == {"read": 3, "created": 1, "folded": 2}
    assert Tie.objects.count() == 1


def test_the_same_list_again_changes_nothing_and_another_adds_its_name(world: make.World, tmp_path: Path) -> None:
    rows = [pair("Tambov", "Brest"), pair("Pskov", "Minsk", at=(57.8, 28.3), other=(53.9, 27.6))]
    first = bring(tmp_path, *rows)
    before = importing.footprint()
    assert counts(bring(tmp_path, *rows)) == {"read": 2, "unchanged": 2}
    assert importing.footprint() == before
    other = first.mapping.model_copy(update={"options": {"source": "Another list", "publicity": "public"}})
    # Half a kilometre away, and named with other marks: the same towns.
    again = pair("TAMBOV", "Brest", at=(52.7252, 41.4523))
    assert counts(bring(tmp_path, again, mapping=other)) == {"read": 1, "changed": 1}
    tie = Tie.objects.get(own_ids=[world.territories["RU-TAM"].pk])
    assert (len(tie.sources), tie.sources[1], tie.version) == (2, "Another list", 2)
    assert Body.objects.filter(kind=BodyKind.CITY).count() == 4


def test_namesakes_are_told_apart_by_place(world: make.World, tmp_path: Path) -> None:
    far = pair("Tambov", "Minsk", at=(60.0, 100.0), other=(53.9, 27.6))
    result = bring(tmp_path, pair("Tambov", "Brest"), far)
    assert Body.objects.filter(name="Tambov").count() == 2
    assert result.report.warnings["namesake"] == 1
    # Without a place nobody knows which is meant; one town of a name is that town.
    doubtful = bring(tmp_path, pair("Tambov", "Gomel", at=None), pair("Brest", "Grodno", at=None, country1="Belarus"))
    assert doubtful.report.errors == {"doubtful_town": 1}
    assert counts(doubtful) == {"read": 2, "created": 1, "refused": 1}
    assert Body.objects.filter(name="Brest").count() == 1


def test_a_town_without_place_gets_it_later(world: make.World, tmp_path: Path) -> None:
    bring(tmp_path, pair("Tambov", "Brest", at=None))
    town = Body.objects.get(name="Tambov")
    assert (town.latitude, town.territory) == (None, None)
    bring(tmp_path, pair("Tambov", "Minsk", other=(53.9, 27.6)))
    town.refresh_from_db()
    assert (town.latitude, town.territory, town.version) == (TAMBOV[0], world.territories["RU-TAM"], 2)
    assert Body.objects.filter(name="Tambov").count() == 1


def test_towns_that_the_directory_has_are_used(world: make.World, tmp_path: Path) -> None:
    town = Body.objects.create(
        kind=BodyKind.CITY, name="Тамбов", names={"en": "Tambov"}, name_key=name_key("Tambov"), during=during("", ""),
        country=world.territories["RU"], territory=world.territories["RU-TAM"], latitude=TAMBOV[0], longitude=TAMBOV[1],
    )  # fmt: skip
    bring(tmp_path, pair("Tambov", "Brest"))
    tie = Tie.objects.get()
    assert town.pk in (tie.first_id, tie.second_id)
    assert "Тамбов" in tie.end_text


def test_faulty_pairs_are_told(world: make.World, tmp_path: Path) -> None:
    rows = [
        pair("Tambov", "Tambov", other=TAMBOV, country2="Russia"),
        pair("Tambov", "Brazzaville", country2="Congo"),
        pair("Tambov", "Nowhere", country2=""),
        pair("Tambov", "Atlantis", country2="Atlantis"),
        {**pair("Tambov", "Far"), "lat2": "91"},
        {**pair("Tambov", "East"), "lng2": "east"},
        pair("Tambov", "Gmina Brest (rural gmina)"),
        pair("Tambov", "Same", other=TAMBOV),
        pair("Tambov", "Unplaced", other=None),
    ]
    result = bring(tmp_path, *rows)
    assert counts(result) == {"read": 9, "created": 3, "refused": 6}
    assert result.report.errors == {"itself": 1, "country": 2, "value": 3}
    assert result.report.warnings == {"no_town": 1, "same_coordinates": 1, "no_coordinates": 1}
    told = {p["row"]: (p["column"], p["reason"]) for p in result.report.problems}
    assert told[2] == ("city2", "The row pairs a town with itself.")
    assert told[3] == ("country2", "“Congo” may mean several: CG, CD.")
    assert told[6][0] == "lat2"


def test_a_look_makes_neither_ties_nor_towns(world: make.World, tmp_path: Path) -> None:
    before = importing.footprint()
    result = bring(tmp_path, pair("Tambov", "Brest"), pair("Brest", "Tambov", at=BREST, other=TAMBOV), dry_run=True)
    assert result.state == RunState.PREVIEWED
    assert result.report.counts["created"] == 2
    assert importing.footprint() == before


def test_all_or_nothing_makes_no_towns_either(
    world: make.World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PORTION", 1)
    before = importing.footprint()
    result = bring(tmp_path, pair("Tambov", "Brest"), pair("x", "y", country2="Atlantis"), all_or_nothing=True)
    assert result.state == RunState.FAILED
    assert importing.footprint() == before


def test_an_officer_imports_the_ties_of_his_territory(world: make.World, tmp_path: Path) -> None:
    officer = make.actor(Role.OFFICE_OFFICER, world.office)
    vladivostok = pair("Vladivostok", "Brest", at=(43.115, 131.8853))
    result = bring(tmp_path, pair("Tambov", "Brest"), vladivostok, by=officer)
    assert counts(result) == {"read": 2, "created": 1, "refused": 1}
    assert result.report.errors == {"rights": 1}
    # Towns of ties that are refused are not made.
    assert not Body.objects.filter(name="Vladivostok").exists()


FIELDS = {
    "kind": "culture",
    "state": "active",
    "since": "1990-05",
    "last_activity_on": "2024",
    "next_activity_on": "2027-03-01",
    "counted": "yes",
    "evidence": "A letter of the town council",
    "publicity": "public_after",
    "publicity_ground": "Until it is announced",
    "public_from": "2030-01-01",
}


def whole(**given: str) -> ImportMapping:
    """A mapping of the two towns and of columns that bear the names of fields."""
    ends = {f"{end}{field}": f"{column}{number}" for number, end in ((1, "first"), (2, "second")) for field, column in (
        ("", "city"), ("_country", "country"), ("_latitude", "lat"), ("_longitude", "lng"),
    )}  # fmt: skip
    return importing.mapping(**ends, **{name: name for name in given})


def test_every_editable_field_of_the_description_can_be_imported(world: make.World, tmp_path: Path) -> None:
    described = {c.name for c in record_type("ties").columns if c.editable and c.name not in ("first", "second")}
    assert (
        {t.name for t in adapter_for("ties").targets() if t.column is not None} == described == {*FIELDS, "agreement"}
    )
    agreement = make.agreement(importing.centre())
    given = {**FIELDS, "agreement": agreement.number}
    rows = [pair("Tambov", "Brest") | given, pair("Pskov", "Minsk", at=None, other=None) | dict.fromkeys(given, "")]
    result = bring(tmp_path, *rows, mapping=whole(**given))
    assert counts(result) == {"read": 2, "created": 2}
    tie = Tie.objects.get(kind="culture")
    kept = {name: getattr(tie, name) for name in FIELDS}
    assert kept == {**FIELDS, "counted": True, "public_from": datetime.date(2030, 1, 1)}
    assert tie.agreement_id == agreement.pk
    plain = Tie.objects.exclude(pk=tie.pk).get()
    assert (plain.kind, plain.state, plain.publicity, plain.counted, plain.agreement_id) == (
        "twinning", "unknown", "internal", None, None,
    )  # fmt: skip
    before = importing.footprint()
    assert counts(bring(tmp_path, *rows, mapping=whole(**given))) == {"read": 2, "unchanged": 2}
    assert importing.footprint() == before


def test_rows_of_one_pair_complete_each_other_and_never_replace(world: make.World, tmp_path: Path) -> None:
    fields = {"since": "", "evidence": "", "state": ""}
    back = pair("Brest", "Tambov", at=BREST, other=TAMBOV, country1="Belarus", country2="Russia")
    result = bring(
        tmp_path,
        pair("Tambov", "Brest") | fields | {"evidence": "first"},
        back | fields | {"since": "1990", "evidence": "second"},
        mapping=whole(**fields),
    )
    assert counts(result) == {"read": 2, "created": 1, "folded": 1}
    tie = Tie.objects.get()
    assert (tie.since, tie.evidence, tie.state) == ("1990", "first", "unknown")
    said = {"since": "1991", "evidence": "third", "state": "closed", "last_activity_on": "2020"}
    assert counts(bring(tmp_path, back | said, mapping=whole(**said))) == {"read": 1, "changed": 1}
    tie.refresh_from_db()
    assert (tie.since, tie.evidence, tie.state, tie.last_activity_on) == ("1990", "first", "unknown", "2020")


def test_faulty_fields_of_a_tie_are_told(world: make.World, tmp_path: Path) -> None:
    fields = {"agreement": "", "publicity": "", "last_activity_on": "", "counted": ""}
    rows = [
        pair("Tambov", "Brest") | fields | {"agreement": "AG-999999"},
        pair("Tambov", "Minsk") | fields | {"last_activity_on": "soon"},
        pair("Tambov", "Gomel") | fields | {"counted": "perhaps"},
        # Public after a date that nobody gives: the database refuses this row alone.
        pair("Tambov", "Grodno") | fields | {"publicity": "public_after"},
        pair("Tambov", "Vitebsk") | fields,
    ]
    result = bring(tmp_path, *rows, mapping=whole(**fields))
    assert counts(result) == {"read": 5, "created": 1, "refused": 4}
    assert result.report.errors == {"reference": 1, "value": 2, "constraint": 1}
    told = {p["row"]: p["column"] for p in result.report.problems if p["level"] == "error"}
    assert {row: told[row] for row in (2, 3, 4)} == {2: "agreement", 3: "last_activity_on", 4: "counted"}


def test_contested_ends_keep_the_country_of_the_source(world: make.World, tmp_path: Path) -> None:
    bring(tmp_path, pair("Yevpatoria", "Brest", at=(45.1939, 33.3681), country1="Ukraine"))
    town = Body.objects.get(name="Yevpatoria")
    assert (town.country, town.territory) == (Territory.objects.get(code="UA"), None)


def test_distances() -> None:
    assert distance_km(*TAMBOV, *TAMBOV) == 0
    assert distance_km(55.7558, 37.6173, 59.9343, 30.3351) == pytest.approx(634, abs=2)
    assert distance_km(0, 179.9, 0, -179.9) == pytest.approx(22.2, abs=0.1)
