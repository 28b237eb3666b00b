"""Coverage on a small register: what is in force, what lapsed, what never was, and who sees it. All records are synthetic."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from foedera.accounts.models import Person
from foedera.agreements.coverage import queries
from foedera.agreements.coverage.queries import Standing
from foedera.agreements.models import Tie
from foedera.agreements.review.queries import subject_area_names
from foedera.directory.models import Format, Membership
from foedera.directory.rules import during
from foedera.platform.access.actors import Actor, public
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import NotFound

from . import make

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
LAPSED: dict[str, Any] = {"signed_on": "2009-03-12", "term_months": 60, "tacit_renewal": False}


@pytest.fixture
def world() -> make.World:
    return make.world()


@pytest.fixture
def centre(world: make.World) -> Actor:
    return make.actor(Role.COORDINATOR, world.ministry, login="centre")


@pytest.fixture
def register(world: make.World, centre: Actor) -> dict[str, Any]:
    """Tambov: Belarus in force (and one lapsed), Kazakhstan lapsed, Brazil never; Pskov: Kazakhstan in force; Primorye: a tie."""
    area = next(iter(subject_area_names("en")))
    make.agreement(centre, indefinite=True, subject_areas=[area], publicity="public")
    make.agreement(centre, title="Old", **LAPSED)
    make.agreement(centre, title="Old one with the Kazakhs", foreign="KZ-ALM", **LAPSED)
    make.agreement(centre, title="Pskov", own="RU-PSK", foreign="KZ", indefinite=True)
    make.agreement(centre, title="Only an idea", own="RU-PSK", foreign="BR", signed_on="", in_force_rule="")
    t = world.territories
    ends = [make.body("Town", territory=t["RU-PRI"]), make.body("Cidade", country=t["BR"])]
    Tie.objects.create(
        first=ends[0], second=ends[1], own_ids=[t["RU-PRI"].pk], partner_ids=[t["BR"].pk], publicity="public"
    )
    return {"area": area}


def table(actor: Actor) -> dict[tuple[str, str], str]:
    found = queries.ground(actor)
    return {
        (region.code, line.code): line.tally.standing.value
        for region in found.regions
        for line in queries.by_partner(found, region)
    }


def test_each_pair_stands_as_it_should(centre: Actor, register: dict[str, Any]) -> None:
    assert table(centre) == {
        ("RU-TAM", "BY"): "in_force",
        ("RU-TAM", "KZ"): "lapsed",
        ("RU-TAM", "BR"): "never",
        ("RU-PSK", "BY"): "never",
        ("RU-PSK", "KZ"): "in_force",
        ("RU-PSK", "BR"): "prepared",
        ("RU-PRI", "BY"): "never",
        ("RU-PRI", "KZ"): "never",
        ("RU-PRI", "BR"): "never",
    }
    found = queries.ground(centre)
    totals = queries.totals(found)
    assert (totals.regions_with, totals.partners_with, totals.ties) == (2, 2, 1)
    assert totals.pairs[Standing.NEVER] == 5
    assert sum(totals.pairs.values()) == 9


def test_as_of_another_day(centre: Actor, register: dict[str, Any]) -> None:
    then = table(centre.at(datetime.date(2012, 1, 1)))
    assert then[("RU-TAM", "KZ")] == "in_force"
    assert then[("RU-PSK", "KZ")] == "uncertain", "not yet signed then"


def test_white_spots_begin_with_what_others_have(centre: Actor, register: dict[str, Any]) -> None:
    spots = queries.white_spots(queries.ground(centre))
    assert [(s.region, s.partner, s.others, s.ties) for s in spots] == [
        ("RU-PSK", "BY", 1, 0),
        ("RU-PRI", "BY", 1, 0),
        ("RU-PRI", "KZ", 1, 0),
        ("RU-PRI", "BR", 0, 1),
        ("RU-TAM", "BR", 0, 0),
    ] or {(s.region, s.partner) for s in spots} == {
        ("RU-PSK", "BY"),
        ("RU-PRI", "BY"),
        ("RU-PRI", "KZ"),
        ("RU-PRI", "BR"),
        ("RU-TAM", "BR"),
    }
    assert {s.partner for s in queries.white_spots(queries.ground(centre), region="RU-TAM")} == {"BR"}


def test_subject_areas_and_formats(centre: Actor, world: make.World, register: dict[str, Any]) -> None:
    t = world.territories
    lines = queries.by_subject(centre, region=t["RU-TAM"].pk)
    assert (lines[0].code, lines[0].tally.in_force) == (register["area"], 1)
    assert {line.tally.standing for line in lines[1:]} == {Standing.NEVER}
    union = Format.objects.create(kind="union", name="Union of three", publicity="public")
    for code in ("RU", "BY", "KZ"):
        Membership.objects.create(format=union, territory=t[code], during=during("", ""))
    ended = Format.objects.create(kind="union", name="Ended union", publicity="public")
    Membership.objects.create(format=ended, territory=t["RU"], valid_until="1999", during=during("", "1999"))
    found = queries.ground(centre)
    region = queries.region_named(centre, "ru-tam")
    lines_of_formats = queries.by_format(centre, found, region)
    assert [(f.name, f.in_force, f.lapsed, f.never) for f in lines_of_formats] == [
        ("Union of three", ("Belarus",), ("Kazakhstan",), ())
    ]


def test_an_office_sees_its_own_regions_and_the_public_what_is_public(
    centre: Actor, world: make.World, register: dict[str, Any]
) -> None:
    officer = make.actor(Role.OFFICE_OFFICER, world.other_office)
    assert {region for region, _partner in table(officer)} == {"RU-PRI"}
    with pytest.raises(NotFound):
        queries.region_named(officer, "RU-TAM")
    embassy = make.actor(Role.MISSION, world.embassy)
    assert {partner for _region, partner in table(embassy)} == {"BY"}
    seen = table(public(TODAY))
    assert seen[("RU-TAM", "BY")] == "in_force"
    assert seen[("RU-TAM", "KZ")] == "never", "it is not public"


def test_pages_and_files(centre: Actor, register: dict[str, Any]) -> None:
    client = Client()
    client.force_login(Person.objects.get(login="centre"))
    for url in (
        "/coverage/",
        "/coverage/?as_of=2012-01-01",
        "/coverage/white-spots/?region=RU-TAM",
        "/coverage/regions/RU-TAM/",
        "/coverage/countries/by/",
    ):
        assert client.get(url).status_code == 200, url
    region = client.get("/coverage/regions/RU-TAM/").content.decode()
    assert "/coverage/geometry/world.json" in region
    assert json.loads(client.get("/coverage/geometry/world.json").content)["type"] == "FeatureCollection"
    for url in (
        "/coverage/regions/XX/",
        "/coverage/countries/RU/",
        "/coverage/geometry/none.json",
        "/coverage/coverage.exe",
    ):
        assert client.get(url).status_code == 404, url
    rows = b"".join(client.get("/coverage/coverage.csv").streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]  # a streamed answer
    assert len(rows) == 10
    assert any(row.startswith("RU-TAM,Tambov Oblast,BY,Belarus,in_force,1,0,1,0,0") for row in rows)
    assert Client().get("/coverage/").status_code == 200


def test_the_api(centre: Actor, world: make.World, register: dict[str, Any]) -> None:
    from foedera.agreements.models import Finding
    from foedera.agreements.review.running import run_review

    run_review(centre)
    client = Client()
    client.force_login(Person.objects.get(login="centre"))
    totals = client.get("/api/v1/coverage").json()
    assert totals["pairs"]["never"] == 5
    region = client.get("/api/v1/coverage/regions/RU-TAM").json()
    assert {p["code"]: p["standing"] for p in region["partners"]} == {"BY": "in_force", "KZ": "lapsed", "BR": "never"}
    assert client.get("/api/v1/coverage/countries/KZ").json()["regions"]
    assert client.get("/api/v1/coverage/white-spots?region=RU-TAM").json()["count"] == 1
    assert client.get("/api/v1/coverage/white-spots?limit=0").status_code == 422
    page = client.get("/api/v1/review/findings?limit=2").json()
    assert len(page["items"]) == 2
    assert page["next"]
    following = client.get(f"/api/v1/review/findings?limit=2&after={page['next']}").json()
    assert {i["id"] for i in page["items"]}.isdisjoint(i["id"] for i in following["items"])
    assert client.get("/api/v1/review/findings?rule=nonsense").status_code == 422
    one = client.get("/api/v1/review/findings?rule=expired_carried").json()["items"][0]
    url = f"/api/v1/review/findings/{one['id']}/decide"
    body = {"decision": "end", "reason": "Lapsed", "seen": one["seen"]}
    assert client.post(url, body | {"reason": ""}, content_type="application/json").status_code == 422
    decided = client.post(url, body, content_type="application/json")
    assert (decided.status_code, decided.json()["decision"]) == (200, "end")
    again = client.post(url, body, content_type="application/json")
    assert again.status_code == 412
    assert "Lapsed" in again.json()["detail"]
    steps = client.get("/api/v1/review/steps").json()["items"]
    assert [s["kind"] for s in steps] == ["record_end"]
    done = client.post(
        f"/api/v1/review/steps/{steps[0]['id']}/finish", {"outcome": "Archived"}, content_type="application/json"
    )
    assert done.json()["done_on"] == TODAY.isoformat()
    opened = client.post(
        "/api/v1/review/sessions", {"title": "Spring", "held_on": TODAY.isoformat()}, content_type="application/json"
    )
    assert opened.status_code == 201
    number = opened.json()["number"]
    close = f"/api/v1/review/sessions/{number}/close"
    assert client.post(close, {}, content_type="application/json").status_code == 428
    closed = client.post(close, {}, content_type="application/json", headers={"If-Match": opened["ETag"]})
    assert closed.json()["closed_at"]
    assert client.get("/api/v1/review/sessions").json()["items"][0]["number"] == number
    assert Client().get("/api/v1/review/findings").json()["items"] == []
    assert Finding.objects.filter(state="open").exists()
