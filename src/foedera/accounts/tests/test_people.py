"""An administrator makes people, hands out roles and takes them back; nobody else finds the pages."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from foedera.accounts.models import Duty, Person
from foedera.agreements.tests.make import PASSWORD, World, person, world
from foedera.platform.access.roles import Role
from foedera.platform.history.models import PerformedAction

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> World:
    return world()


def signed_in(role: Role, made: World) -> Client:
    somebody = person(f"{role}-1", role, made.ministry)
    client = Client()
    client.force_login(somebody)
    return client


def test_only_an_administrator_finds_the_pages(made: World) -> None:
    urls = ["/account/people/", "/account/people/new/", "/account/people/1/", "/account/people/1/role/"]
    for role in (Role.COORDINATOR, Role.LEGAL, Role.AUDITOR, Role.OFFICE_OFFICER):
        client = signed_in(role, made)
        assert [client.get(u).status_code for u in urls] == [404] * 4
    assert [Client().get(u).status_code for u in urls] == [404] * 4


def test_a_person_is_made_given_a_role_and_signs_in(made: World) -> None:
    client = signed_in(Role.ADMINISTRATOR, made)
    answer = client.post(
        "/account/people/new/", {"login": "nina", "name": "Nina", "password": "three lakes and a road"}
    )
    assert answer.status_code == 302
    nina = Person.objects.get(login="nina")
    given = {"role": "office_officer", "body": made.office.number, "valid_from": "2026-01-01"}
    assert client.post(f"/account/people/{nina.pk}/role/", given).status_code == 302
    duty = Duty.objects.get(person=nina)
    assert (duty.role, duty.body_id, duty.valid_until) == ("office_officer", made.office.pk, None)
    hers = Client()
    again = Client()
    again.post("/accounts/login/", {"login": "nina", "password": PASSWORD})
    assert "_auth_user_id" not in again.session
    himself = Person.objects.get(login="administrator-1")
    assert client.post(f"/account/people/{himself.pk}/active/").status_code == 422
    himself.refresh_from_db()
    assert himself.is_active


def test_a_new_password_ends_open_sessions(made: World) -> None:
    client = signed_in(Role.ADMINISTRATOR, made)
    nina = person("nina", Role.LEGAL, made.ministry)
    hers = Client()
    hers.force_login(nina)
    assert (
        client.post(f"/account/people/{nina.pk}/password/", {"password": "four winds over the sea"}).status_code == 302
    )
    assert "Legal department" not in hers.get("/agreements/").content.decode()
    assert Client().login(login="nina", password=PASSWORD) is False
