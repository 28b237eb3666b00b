"""Switching on, lending, opening and tokens of bodies over the API: what the pages do, and never by a token."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from foedera.accounts.actions import make_token
from foedera.accounts.models import Delegation, Elevation, OpenReading, Person, ServiceToken
from foedera.accounts.tests.make import signed_in
from foedera.agreements.tests.make import PASSWORD, World, actor, agreement, person, world
from foedera.platform.access.roles import Role

pytestmark = pytest.mark.django_db
WHY = "The minister asks before the talks"


@pytest.fixture
def made() -> World:
    return world()


def browser(login: str) -> Client:
    return signed_in(Person.objects.get(login=login))


def send(client: Client, path: str, sent: dict[str, Any], **headers: str) -> Any:
    return client.post(f"/api/v1{path}", sent, content_type="application/json", headers=headers)


def test_an_administrator_switches_his_session_on_and_off(made: World) -> None:
    person("admin", Role.ADMINISTRATOR, made.ministry)
    person("auditor", Role.AUDITOR, made.ministry)
    his = browser("admin")
    assert his.get("/api/v1/service-tokens").status_code == 404
    sent = {"reason": "Accounts of colleagues", "minutes": 30, "proof": PASSWORD}
    assert send(his, "/elevations", {**sent, "proof": "wrong"}).status_code == 422
    assert send(his, "/elevations", {**sent, "reason": " "}).status_code == 422
    assert send(his, "/elevations", {**sent, "minutes": 9999}).status_code == 422
    assert not Elevation.objects.exists()
    done = send(his, "/elevations", sent)
    assert done.status_code == 201, done.content
    assert his.get("/account/people/").status_code == 200
    seen = browser("auditor").get("/api/v1/elevations").json()["items"]
    assert [(e["person"], e["reason"]) for e in seen] == [("Synthetic admin", "Accounts of colleagues")]
    key = done.json()["id"]
    asked = browser("auditor").get(f"/api/v1/elevations/{key}/requests").json()["items"]
    assert asked[0]["path"] == "/account/people/"
    assert PASSWORD not in str(asked)
    assert browser("auditor").delete(f"/api/v1/elevations/{key}").status_code == 404
    assert his.delete(f"/api/v1/elevations/{key}").status_code == 204
    assert his.get("/account/people/").status_code in (403, 404)


def test_others_switch_nothing_on(made: World) -> None:
    person("officer", Role.OFFICE_OFFICER, made.office)
    sent = {"reason": "Curious", "minutes": 30, "proof": PASSWORD}
    assert send(browser("officer"), "/elevations", sent).status_code == 403
    assert send(Client(), "/elevations", sent).status_code == 404
    assert browser("officer").get("/api/v1/elevations").json()["items"] == []


def test_a_role_is_lent_and_taken_back(made: World) -> None:
    person("officer", Role.OFFICE_OFFICER, made.office)
    person("colleague", Role.OFFICE_OFFICER, made.office)
    person("far", Role.OFFICE_OFFICER, made.other_office)
    today = timezone.localdate()
    sent = {
        "login": "colleague",
        "valid_from": today.isoformat(),
        "valid_until": (today + datetime.timedelta(days=14)).isoformat(),
        "reason": "Leave",
    }
    assert send(browser("officer"), "/delegations", {**sent, "login": "far"}).status_code == 422
    assert send(browser("officer"), "/delegations", {**sent, "valid_until": "x"}).status_code == 422
    done = send(browser("officer"), "/delegations", sent)
    assert done.status_code == 201, done.content
    key = done.json()["id"]
    for login in ("officer", "colleague"):
        assert [d["id"] for d in browser(login).get("/api/v1/delegations").json()["items"]] == [key]
    assert browser("far").get("/api/v1/delegations").json()["items"] == []
    assert browser("colleague").delete(f"/api/v1/delegations/{key}").status_code == 404
    assert browser("officer").delete(f"/api/v1/delegations/{key}").status_code == 204
    assert Delegation.objects.get().revoked_at is not None


def test_a_restricted_record_is_opened_and_closed(made: World) -> None:
    head = actor(Role.OFFICE_HEAD, made.office, login="head")
    hidden = agreement(head, publicity="restricted", publicity_ground="Kept")
    person("auditor", Role.AUDITOR, made.ministry)
    person("far", Role.OFFICE_OFFICER, made.other_office)
    sent = {"number": hidden.number, "hours": 2, "reason": WHY}
    assert send(browser("far"), "/readings", sent).status_code == 403
    assert send(browser("auditor"), "/readings", {**sent, "reason": "x"}).status_code == 422
    assert browser("auditor").get(f"/api/v1/agreements/{hidden.number}").status_code == 404
    done = send(browser("auditor"), "/readings", sent)
    assert done.status_code == 201, done.content
    assert browser("auditor").get(f"/api/v1/agreements/{hidden.number}").status_code == 200
    assert [r["reason"] for r in browser("head").get("/api/v1/readings").json()["items"]] == [WHY]
    assert browser("far").get("/api/v1/readings").json()["items"] == []
    key = done.json()["id"]
    assert browser("far").delete(f"/api/v1/readings/{key}").status_code == 404
    assert browser("head").delete(f"/api/v1/readings/{key}").status_code == 204, "its owner closes it"
    assert OpenReading.objects.get().ended_at is not None
    assert browser("auditor").get(f"/api/v1/agreements/{hidden.number}").status_code == 404


def test_a_token_of_a_body_is_made_used_and_revoked(made: World) -> None:
    head = actor(Role.OFFICE_HEAD, made.office, login="head")
    shown = agreement(head)
    sent = {"name": "Exchange", "days": 30, "record_types": ["agreements"]}
    done = send(browser("head"), "/service-tokens", sent)
    assert done.status_code == 201, done.content
    assert done["Cache-Control"] == "no-store"
    secret = done.json()["secret"]
    bearer = {"Authorization": f"Bearer {secret}"}
    assert Client().get(f"/api/v1/agreements/{shown.number}", headers=bearer).status_code == 200
    assert Client().get("/api/v1/ties", headers=bearer).status_code == 403
    listed = browser("head").get("/api/v1/service-tokens").json()["items"]
    assert [(t["name"], t["reads_only"]) for t in listed] == [("Exchange", True)]
    assert secret not in str(listed)
    assert send(browser("head"), "/service-tokens", {**sent, "role": "coordinator"}).status_code == 422
    assert send(browser("head"), "/service-tokens", {**sent, "role": "nonsense"}).status_code == 422
    assert send(browser("head"), "/service-tokens", {**sent, "body": made.ministry.number}).status_code == 422
    person("officer", Role.OFFICE_OFFICER, made.office)
    assert send(browser("officer"), "/service-tokens", sent).status_code == 403
    assert browser("head").delete(f"/api/v1/service-tokens/{done.json()['id']}").status_code == 204
    assert Client().get(f"/api/v1/agreements/{shown.number}", headers=bearer).status_code == 401
    assert ServiceToken.objects.count() == 1


def test_a_token_gives_no_rights(made: World) -> None:
    head = actor(Role.OFFICE_HEAD, made.office, login="head")
    person("colleague", Role.OFFICE_OFFICER, made.office)
    hidden = agreement(
        actor(Role.OFFICE_HEAD, made.other_office), own="RU-PRI", publicity="restricted", publicity_ground="x"
    )
    _token, secret = make_token(actor=head, name="Own", days=30, reads_only=False)
    today = timezone.localdate().isoformat()
    for path, sent in (
        ("/service-tokens", {"name": "Longer", "days": 366}),
        ("/delegations", {"login": "colleague", "valid_from": today, "valid_until": today, "reason": "Leave"}),
        ("/readings", {"number": hidden.number, "hours": 2, "reason": WHY}),
        ("/elevations", {"reason": "x", "minutes": 30, "proof": PASSWORD}),
    ):
        assert send(Client(), path, sent, Authorization=f"Bearer {secret}").status_code == 403, path
    assert not ServiceToken.objects.exists()
    assert not Delegation.objects.exists()
    assert not OpenReading.objects.exists()


def test_ids_beyond_reason_are_not_found(made: World) -> None:
    person("head", Role.OFFICE_HEAD, made.office)
    for path in ("elevations", "delegations", "readings", "service-tokens"):
        for key in ("0", "9" * 30):
            assert browser("head").delete(f"/api/v1/{path}/{key}").status_code == 404
