"""Importing bodies: missions by their identifier, with the states they cover. All rows are synthetic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from foedera.countries.world import states
from foedera.directory.models import Body, BodyKind, Function, Jurisdiction, Territory
from foedera.directory.rules import during
from foedera.platform.access.actors import system
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Refused
from foedera.platform.lists.importing.adapters import adapter_for
from foedera.platform.lists.importing.reading import open_table
from foedera.platform.lists.importing.running import Result, run_file

pytestmark = pytest.mark.django_db

HEADER = (
    *("operator", "operatorQID", "jurisdictions", "jurisdictionQIDs", "country", "countryQID", "city", "cityQID"),
    *("address", "latitude", "longitude", "phone", "email", "website", "facebook", "twitter", "youtube"),
    *("type", "typeQID", "creation", "QID"),
)
ROW = {
    "operator": "Brazil",
    "jurisdictions": "Kazakhstan|Kyrgyzstan",
    "country": "Kazakhstan",
    "city": "Astana",
    "latitude": "51.1",
    "longitude": "71.4",
    "email": "mailto:synthetic@example.org",
    "type": "embassy",
    "creation": "2006-01-01T00:00:00Z",
    "QID": "Q900000001",
}


@pytest.fixture(autouse=True)
def world(db: None) -> None:
    Territory.objects.bulk_create(
        Territory(code=s.code, kind=s.kind.value, name=s.names["en"][:200], names=dict(s.names), during=during("", ""))
        for s in states()
    )
    for code in ("representation", "consular"):
        Function.objects.create(code=code, names={"en": code})


def bring(folder: Path, *rows: dict[str, str], **options: Any) -> Result:
    path = folder / "missions.csv"
    lines = [",".join(HEADER)]
    lines += [",".join(f'"{row.get(name, "")}"' for name in HEADER) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    options.setdefault("actor", system(timezone.localdate()))
    return run_file(adapter_for("bodies"), path, **options)


def counts(result: Result) -> dict[str, int]:
    return {k: v for k, v in result.report.counts.items() if v}


def test_a_mission_is_made_with_what_it_covers(tmp_path: Path) -> None:
    result = bring(tmp_path, ROW)
    assert counts(result) == {"read": 1, "created": 1}
    body = Body.objects.get()
    assert (body.kind, body.name) == (BodyKind.EMBASSY, "Embassy of Brazil in Astana")
    assert (body.of_state.code, body.country.code) == ("BR", "KZ")  # type: ignore[union-attr]  # both are set
    assert (body.email, body.valid_from, body.publicity) == ("synthetic@example.org", "2006", "public")
    assert body.identifiers == {"wikidata": "Q900000001"}
    covered = Jurisdiction.objects.values_list("territory__code", "function__code")
    assert set(covered) == {("KZ", "representation"), ("KG", "representation")}


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    bring(tmp_path, ROW)
    before = list(Body.objects.values_list("id", "version", "updated_at")) + list(
        Jurisdiction.objects.values_list("id")
    )
    assert counts(bring(tmp_path, ROW)) == {"read": 1, "unchanged": 1}
    after = list(Body.objects.values_list("id", "version", "updated_at")) + list(Jurisdiction.objects.values_list("id"))
    assert after == before


def test_what_people_wrote_stays_and_what_the_source_adds_is_added(tmp_path: Path) -> None:
    bring(tmp_path, ROW)
    Body.objects.update(name="Its official name", note="Called on Monday")
    kept = Jurisdiction.objects.get(territory__code="KZ")
    Jurisdiction.objects.filter(territory__code="KG").delete()
    result = bring(tmp_path, {**ROW, "phone": "+7 000", "jurisdictions": "Kazakhstan|Tajikistan"})
    assert counts(result) == {"read": 1, "changed": 1}
    body = Body.objects.get()
    assert (body.name, body.note, body.phone, body.version) == ("Its official name", "Called on Monday", "+7 000", 2)
    assert set(Jurisdiction.objects.values_list("territory__code", flat=True)) == {"KZ", "TJ"}
    assert Jurisdiction.objects.filter(pk=kept.pk).exists()


def test_kinds_odd_ones_and_faults(tmp_path: Path) -> None:
    rows = [
        {**ROW, "QID": "Q1", "type": "Consulate General of Sweden", "operator": "Sweden"},
        {**ROW, "QID": "Q2", "type": "lighthouse"},
        {**ROW, "QID": "Q3", "operator": "Ministry of Foreign Affairs"},
        {**ROW, "QID": "Q1", "operator": "Nepal"},
        {**ROW, "QID": "Q5", "latitude": "", "longitude": ""},
        {**ROW, "QID": "Q6", "latitude": "511"},
        {**ROW, "QID": "Q7", "jurisdictions": "Kazakhstan|Nordic countries"},
        {**ROW, "QID": ""},
    ]
    result = bring(tmp_path, *rows)
    assert counts(result) == {"read": 8, "created": 3, "refused": 5}
    assert result.report.errors == {"value": 2, "state": 1, "repeated": 1, "coordinates": 1}
    assert result.report.warnings == {"odd": 1, "coordinates": 1, "territory": 1}
    odd = Body.objects.get(identifiers__wikidata="Q1")
    assert (odd.kind, odd.note) == (BodyKind.CONSULATE_GENERAL, "Kind in the source: Consulate General of Sweden")
    assert set(odd.jurisdictions.values_list("function__code", flat=True)) == {"consular"}


def test_only_the_centre_imports_bodies(tmp_path: Path) -> None:
    import dataclasses

    officer = dataclasses.replace(system(timezone.localdate()), role=Role.OFFICE_OFFICER)
    with pytest.raises(Refused):
        bring(tmp_path, ROW, actor=officer)
    assert not Body.objects.exists()


def test_the_excerpt_of_the_real_file(tmp_path: Path) -> None:
    path = Path(__file__).parent / "excerpts" / "embassies.csv"
    with open_table(path) as table:
        assert table.columns == HEADER
    result = run_file(adapter_for("bodies"), path, system(timezone.localdate()))
    report = result.report
    assert report.counts["read"] == report.counts["created"] + report.counts["refused"]
    assert report.errors == {"state": 2, "repeated": 1}
    assert Body.objects.filter(of_state__code="CA", kind=BodyKind.REPRESENTATIVE_OFFICE).exists()
