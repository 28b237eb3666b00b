"""Nobody is an administrator all the time: a session is switched on with a reason, seen, logged whole, and ends by itself."""

from __future__ import annotations

import datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from foedera.accounts.actions import give_duty
from foedera.accounts.models import AccessEntry, Elevation, Person, SignInFailures
from foedera.accounts.tests.make import signed_in, switched_on
from foedera.agreements.tests.make import PASSWORD, World, actor, agreement, person, world
from foedera.platform.access.actors import system
from foedera.platform.access.roles import Role
from foedera.platform.history.models import PerformedAction

pytestmark = pytest.mark.django_db
WHY = {"reason": "A colleague has left", "minutes": "30", "proof": PASSWORD}


@pytest.fixture
def made() -> World:
    return world()


@pytest.fixture
def admin(made: World) -> Person:
    return person("anna", Role.ADMINISTRATOR, made.ministry)


def reads_internal(client: Client, made: World) -> bool:
    number = agreement(actor(Role.OFFICE_OFFICER, made.office)).number
    return client.get(f"/agreements/{number}/").status_code == 200


def test_without_it_an_administrator_sees_what_the_public_sees(made: World, admin: Person) -> None:
    client = signed_in(admin)
    assert not reads_internal(client, made)
    assert client.get("/account/people/").status_code == 404
    assert client.get("/agreements/new/").status_code == 403
    page = client.get("/agreements/").content.decode()
    assert "Administrator, switched off" in page
    assert "/account/switch-on/" in page


def test_switched_on_he_works_and_the_frame_says_so(made: World, admin: Person) -> None:
    client = signed_in(admin)
    answer = client.post("/account/switch-on/?next=/account/people/", WHY)
    assert (answer.status_code, answer["Location"]) == (302, "/account/people/")
    page = client.get("/account/people/").content.decode()
    assert "every request is logged" in page
    assert "data-until=" in page
    elevation = Elevation.objects.get()
    assert elevation.until - elevation.started_at == datetime.timedelta(minutes=30)
    assert elevation.address == "127.0.0.1"
    client.post("/account/switch-off/")
    assert client.get("/account/people/").status_code == 404
    elevation.refresh_from_db()
    assert elevation.ended_at is not None


def test_it_ends_by_itself(made: World, admin: Person) -> None:
    client = switched_on(admin)
    assert client.get("/account/people/").status_code == 200
    now = timezone.now()
    Elevation.objects.update(started_at=now - datetime.timedelta(minutes=31), until=now - datetime.timedelta(seconds=1))
    assert client.get("/account/people/").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"proof": "wrong"}, "proof"),
        ({"proof": ""}, "proof"),
        ({"reason": " "}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": "x\x00y"}, "reason"),
        ({"minutes": "0"}, "minutes"),
        ({"minutes": "121"}, "minutes"),
        ({"minutes": "x"}, "minutes"),
    ],
)
def test_a_faulty_request_switches_nothing_on(admin: Person, change: dict[str, str], field: str) -> None:
    client = signed_in(admin)
    answer = client.post("/account/switch-on/", {**WHY, **change})
    assert answer.status_code == 422
    assert field in answer.context["page"].form.errors
    assert not Elevation.objects.exists()


def test_guessing_the_password_again_locks(admin: Person) -> None:
    client = signed_in(admin)
    for _n in range(5):
        client.post("/account/switch-on/", {**WHY, "proof": "wrong"})
    answer = client.post("/account/switch-on/", WHY)
    assert answer.status_code == 422
    assert "Too many attempts failed." in answer.content.decode()


def test_only_who_holds_the_role_finds_the_page(made: World) -> None:
    assert signed_in(person("olga", Role.COORDINATOR, made.ministry)).get("/account/switch-on/").status_code == 404
    assert Client().get("/account/switch-on/").status_code == 302


def test_it_belongs_to_one_session_in_one_role(made: World, admin: Person) -> None:
    client = switched_on(admin)
    other_browser = signed_in(admin)
    session = other_browser.session
    assert other_browser.get("/account/people/").status_code == 404
    stranger = signed_in(person("oleg", Role.ADMINISTRATOR, made.ministry))
    session = stranger.session
    session["elevation"] = Elevation.objects.get().pk
    session.save()
    assert stranger.get("/account/people/").status_code == 404, "another's is of no use"
    second = give_duty(
        actor=system(timezone.localdate()),
        person=admin,
        role=Role.COORDINATOR,
        body_id=made.ministry.pk,
        valid_from=datetime.date(2020, 1, 1),
    )
    client.post("/account/switch/", {"duty": str(second.pk)})
    assert client.get("/account/people/").status_code == 404, "it is not carried into another role"


def test_every_request_is_logged_before_it_is_carried_out(made: World, admin: Person) -> None:
    client = switched_on(admin)
    client.get("/account/people/?q=1")
    sent = {"login": "nina", "name": "Nina", "password": "three lakes and a road"}
    client.post("/account/people/new/", sent)
    client.get("/account/people/999999/")
    client.get("/account/people/?as_of=nonsense")
    kept = [(e.method, e.path, e.status) for e in AccessEntry.objects.order_by("id")]
    assert kept == [
        ("GET", "/account/people/?q=1", 200),
        ("POST", "/account/people/new/", 302),
        ("GET", "/account/people/999999/", 404),
        ("GET", "/account/people/?as_of=nonsense", 422),
    ]
    posted = AccessEntry.objects.get(method="POST").sent
    assert posted["name"] == ["Nina"]
    assert "three lakes" not in str(posted)
    told = PerformedAction.objects.filter(name="accounts.request").order_by("id").values_list("reason", flat=True)
    assert list(told) == [f"{method} {path}" for method, path, _status in kept]


def test_a_request_over_the_api_is_logged_too(admin: Person) -> None:
    client = switched_on(admin)
    client.post("/api/v1/agreements", {"title": "x", "password": "y"}, content_type="application/json")
    entry = AccessEntry.objects.get()
    assert (entry.path, entry.sent) == ("/api/v1/agreements", {"title": "x", "password": "•••"})


def test_nobody_else_is_logged(made: World) -> None:
    signed_in(person("olga", Role.COORDINATOR, made.ministry)).get("/agreements/")
    assert not AccessEntry.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_accessentry SET path = '/'",
        "UPDATE accounts_accessentry SET status = 500",
        "DELETE FROM accounts_accessentry",
        "TRUNCATE accounts_accessentry",
    ],
)
def test_the_log_is_kept_as_it_was_written(admin: Person, statement: str) -> None:
    switched_on(admin).get("/account/people/")
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="kept as it was written"), transaction.atomic():
        connection.cursor().execute(statement)
    assert AccessEntry.objects.get().status == 200


def test_oversight_sees_sessions_and_requests_and_others_do_not(made: World, admin: Person) -> None:
    switched_on(admin).get("/account/people/?here")
    key = Elevation.objects.get().pk
    for role in (Role.COORDINATOR, Role.AUDITOR):
        client = signed_in(person(str(role), role, made.ministry))
        assert "Accounts of new colleagues" in client.get("/account/administrators/").content.decode()
        assert "/account/people/?here" in client.get(f"/account/administrators/{key}/").content.decode()
        assert client.post(f"/account/administrators/{key}/").status_code == 404
    officer = signed_in(person("officer", Role.OFFICE_OFFICER, made.office))
    assert officer.get("/account/administrators/").status_code == 404
    assert officer.get(f"/account/administrators/{key}/").status_code == 404
    assert Client().get("/account/administrators/").status_code == 404


def test_another_administrator_may_end_it(made: World, admin: Person) -> None:
    client = switched_on(admin)
    key = Elevation.objects.get().pk
    other = switched_on(person("oleg", Role.ADMINISTRATOR, made.ministry))
    assert other.post(f"/account/administrators/{key}/").status_code == 302
    assert client.get("/account/people/").status_code == 404


def test_a_success_forgets_the_failures(admin: Person) -> None:
    client = signed_in(admin)
    client.post("/account/switch-on/", {**WHY, "proof": "wrong"})
    assert SignInFailures.objects.get().login == "anna"
    client.post("/account/switch-on/", WHY)
    assert not SignInFailures.objects.exists()
