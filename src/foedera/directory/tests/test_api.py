"""The directory over the API: the same reads and actions as the pages, with problem documents."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from foedera.accounts.actions import make_token
from foedera.directory.models import Body, Jurisdiction
from foedera.directory.tests import make
from foedera.platform.access.roles import Role

pytestmark = pytest.mark.django_db

API = "/api/v1"


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def office(world: make.World) -> Body:
    made = make.body(world.centre, "Office in Kazan", territory="RU-TA")
    make.cover(made, "RU-TA", world.centre)
    make.appoint(make.post(made, world.centre), world.centre, "First Person", "2024")
    return made


@pytest.fixture
def api(world: make.World) -> Client:
    """A client with the token of a coordinator."""
    coordinator = make.actor(Role.COORDINATOR, world.ministry, login="coordinator")
    _token, secret = make_token(actor=coordinator, name="test", days=1, reads_only=False)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_bodies_are_listed_filtered_and_read(api: Client, office: Body) -> None:
    found = api.get(f"{API}/bodies", {"territory": "RU-TA", "count": "true"}).json()
    assert (found["count"], found["items"][0]["number"]) == (1, office.number)
    whole = api.get(f"{API}/bodies/{office.number}")
    document = whole.json()
    assert document["holders"][0]["person_name"] == "First Person"
    assert document["jurisdictions"][0]["function"] == "coordination"
    assert document["posts"][0]["id"] == document["holders"][0]["post"]
    assert whole["ETag"] == f'"{document["version"]}"'


def test_the_public_reads_bodies_without_names_of_people(client: Client, office: Body) -> None:
    document = client.get(f"{API}/bodies/{office.number}").json()
    assert "holders" not in document
    assert "First Person" not in client.get(f"{API}/responsible", {"territory": "RU-TA"}).content.decode()
    assert client.get(f"{API}/bodies/{office.number}/history").status_code == 404


def test_a_body_is_made_once_for_an_idempotency_key(api: Client, world: make.World) -> None:
    given = {"name": "Agency", "kind": "agency", "territory": "RU-PNZ"}
    key = {"Idempotency-Key": "a"}
    first = api.post(f"{API}/bodies", given, content_type="application/json", headers=key)
    again = api.post(f"{API}/bodies", given, content_type="application/json", headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["number"] == again.json()["number"]
    assert Body.objects.filter(name="Agency").count() == 1


def test_a_step_needs_the_version_and_answers_the_record(api: Client, office: Body) -> None:
    url = f"{API}/bodies/{office.number}/assign"
    given = {"territory": "RU-PNZ", "function": "trade"}
    office.refresh_from_db()
    assert api.post(url, given, content_type="application/json").status_code == 428
    etag = f'"{office.version}"'
    done = api.post(url, given, content_type="application/json", headers={"If-Match": etag})
    assert done.status_code == 200
    assert len(done.json()["jurisdictions"]) == 2
    stale = api.post(url, given, content_type="application/json", headers={"If-Match": etag})
    assert (stale.status_code, stale["Content-Type"]) == (412, "application/problem+json")
    assert Jurisdiction.objects.filter(territory__code="RU-PNZ").count() == 1


def test_faults_are_problem_documents(client: Client, api: Client, office: Body) -> None:
    refused = api.post(f"{API}/bodies", {"name": ""}, content_type="application/json")
    assert refused.status_code == 422
    assert {e["pointer"] for e in refused.json()["errors"]} >= {"/name", "/kind"}
    assert (
        client.post(f"{API}/bodies", {"name": "A", "kind": "agency"}, content_type="application/json").status_code
        == 403
    )
    assert client.get(f"{API}/responsible", {"territory": "Atlantis"}).status_code == 404
    assert client.get(f"{API}/responsible", {"territory": "RU-TA", "on": "someday"}).status_code == 422
    assert client.get(f"{API}/territories", {"kind": "planet"}).status_code == 422
    assert client.get(f"{API}/territories", {"limit": "0"}).status_code == 422


def test_territories_are_paged_by_code_and_read_whole(client: Client, world: make.World) -> None:
    codes: list[str] = []
    after = ""
    while True:
        page = client.get(f"{API}/territories", {"limit": "3", "after": after}).json()
        codes += [t["code"] for t in page["items"]]
        after = page["next"]
        if not after:
            break
    assert codes == sorted(world.territories)
    contested = client.get(f"{API}/territories/ru-x-cr").json()
    assert contested["contested"]
    assert [p["holder"] for p in contested["positions"]] == ["RU", "UA"]
    assert client.get(f"{API}/territories/ZZ").status_code == 404


def test_the_two_questions(api: Client, office: Body) -> None:
    answer = api.get(f"{API}/responsible", {"territory": "Tatarstan", "on": "2025-03"}).json()
    assert (answer["first"], answer["last"]) == ("2025-03-01", "2025-03-31")
    (found,) = answer["responsible"]
    assert (found["body"], found["holding"]) == ("Office in Kazan", "whole")
    assert found["posts"][0]["holders"][0]["person_name"] == "First Person"
    uncovered = api.get(f"{API}/uncovered", {"region": "RU-TA"}).json()
    assert (uncovered["all_pairs"], uncovered["uncovered"]) == (3, 3)
    assert all(p["mission_missing"] and not p["office_missing"] for p in uncovered["pairs"])


def test_gaps_and_formats(client: Client, world: make.World, office: Body) -> None:
    items = {i["region"]: i for i in client.get(f"{API}/jurisdictions").json()["items"]}
    assert items["RU-PNZ"]["gap"]
    assert items["RU-TA"]["bodies"][0]["name"] == "Office in Kazan"
    forum = make.format_record(world.centre, cadence_months=1, last_session="2020")
    make.step(forum, "add_member", world.centre, territory="KZ", standing="member")
    listed = client.get(f"{API}/formats", {"overdue": "true"}).json()["items"]
    assert [f["number"] for f in listed] == [forum.number]
    whole = client.get(f"{API}/formats/{forum.number}").json()
    assert whole["memberships"][0]["territory"] == "KZ"


def test_as_of_a_day(client: Client, world: make.World, office: Body) -> None:
    today = timezone.localdate().isoformat()
    make.step(office, "close", world.centre, reason="reform", valid_until="2026-01-31")
    states = [
        client.get(f"{API}/bodies/{office.number}", {"as_of": day}).json()["state"] for day in ("2026-01-31", today)
    ]
    assert states == ["active", "closed"]
