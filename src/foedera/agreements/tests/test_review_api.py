"""The API of the review on a small register. All records are synthetic."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from foedera.accounts.models import Person
from foedera.agreements.models import Finding
from foedera.agreements.review.running import run_review
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role

from . import make

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
LAPSED: dict[str, Any] = {"signed_on": "2009-03-12", "term_months": 60, "tacit_renewal": False}


@pytest.fixture
def centre() -> Actor:
    return make.actor(Role.COORDINATOR, make.world().ministry, login="centre")


@pytest.fixture
def register(centre: Actor) -> None:
    """Tambov: Belarus in force and one lapsed, Kazakhstan lapsed; Pskov: Kazakhstan in force, Brazil an idea."""
    make.agreement(centre, indefinite=True, publicity="public")
    make.agreement(centre, title="Old", **LAPSED)
    make.agreement(centre, title="Old one with the Kazakhs", foreign="KZ-ALM", **LAPSED)
    make.agreement(centre, title="Pskov", own="RU-PSK", foreign="KZ", indefinite=True)
    make.agreement(centre, title="Only an idea", own="RU-PSK", foreign="BR", signed_on="", in_force_rule="")


def test_findings_steps_and_sessions(centre: Actor, register: None) -> None:
    run_review(centre)
    client = Client()
    client.force_login(Person.objects.get(login="centre"))
    page = client.get("/api/v1/review/findings?limit=2").json()
    assert len(page["items"]) == 2
    assert page["next"]
    following = client.get(f"/api/v1/review/findings?limit=2&after={page['next']}").json()
    assert {i["id"] for i in page["items"]}.isdisjoint(i["id"] for i in following["items"])
    assert client.get("/api/v1/review/findings?rule=nonsense").status_code == 422
    for name in ("rule", "region", "partner", "agreement", "session"):
        assert client.get(f"/api/v1/review/findings?{name}=a%00b").status_code == 422, name
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
