"""An administrator makes people, hands out roles and takes them back; nobody else finds the pages."""

from __future__ import annotations

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from foedera.accounts.models import Duty, Person
from foedera.accounts.tests.make import signed_in as browser_of
from foedera.accounts.tests.make import switched_on
from foedera.agreements.tests.make import PASSWORD, World, person, world
from foedera.platform.access.roles import Role
from foedera.platform.history.models import PerformedAction

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> World:
    return world()


def signed_in(role: Role, made: World) -> Client:
    somebody = person(f"{role}-1", role, made.ministry)
    return switched_on(somebody) if role == Role.ADMINISTRATOR else browser_of(somebody)


def test_only_an_administrator_finds_the_pages(made: World) -> None:
    urls = ["/account/people/", "/account/people/new/", "/account/people/1/", "/account/people/1/role/"]
    for role in (Role.COORDINATOR, Role.LEGAL, Role.AUDITOR, Role.OFFICE_OFFICER):
        client = signed_in(role, made)
        assert [client.get(u).status_code for u in urls] == [404] * 4
    assert [Client().get(u).status_code for u in urls] == [404] * 4
    switched_off = browser_of(person("administrator-2", Role.ADMINISTRATOR, made.ministry))
    assert [switched_off.get(u).status_code for u in urls] == [404] * 4


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
    assert hers.post("/accounts/login/", {"login": "nina", "password": "three lakes and a road"}).status_code == 302
    assert "Officer of a regional office" in hers.get("/agreements/").content.decode()
    names = set(PerformedAction.objects.values_list("name", flat=True))
    assert {"accounts.make_person", "accounts.give_duty"} <= names


def test_a_weak_password_or_a_taken_login_keeps_what_was_typed(made: World) -> None:
    client = signed_in(Role.ADMINISTRATOR, made)
    answer = client.post("/account/people/new/", {"login": "olga", "name": "Olga", "password": "short"})
    assert answer.status_code == 422
    assert 'value="Olga"' in answer.content.decode()
    assert not Person.objects.filter(login="olga").exists()
    typed = {"login": "ADMINISTRATOR-1", "name": "X", "password": "three lakes and a road"}
    taken = client.post("/account/people/new/", typed)
    assert taken.status_code == 422
    assert "This login is taken." in taken.content.decode()


def test_a_role_twice_at_once_is_refused_and_an_ended_one_may_be_given_again(made: World) -> None:
    client = signed_in(Role.ADMINISTRATOR, made)
    nina = person("nina", Role.LEGAL, made.ministry)
    given = {"role": "legal", "body": made.ministry.number, "valid_from": "2026-01-01"}
    twice = client.post(f"/account/people/{nina.pk}/role/", given)
    assert twice.status_code == 422
    assert "holds this role" in twice.content.decode()
    duty = Duty.objects.get(person=nina)
    end = client.post(f"/account/people/{nina.pk}/role/{duty.pk}/end/", {"valid_until": "2025-12-31"})
    assert end.status_code == 302
    assert client.post(f"/account/people/{nina.pk}/role/", given).status_code == 302
    before = client.post(f"/account/people/{nina.pk}/role/{duty.pk}/end/", {"valid_until": "2019-12-31"})
    assert before.status_code == 422


def test_an_ended_role_is_no_role_the_day_after(made: World) -> None:
    nina = person("nina", Role.LEGAL, made.ministry)
    Duty.objects.filter(person=nina).update(valid_until=timezone.localdate() - datetime.timedelta(days=1))
    client = Client()
    client.force_login(nina)
    assert "Public" in client.get("/agreements/").content.decode()


def test_a_blocked_person_is_signed_out_and_nobody_blocks_himself(made: World) -> None:
    client = signed_in(Role.ADMINISTRATOR, made)
    nina = person("nina", Role.LEGAL, made.ministry)
    hers = Client()
    hers.force_login(nina)
    assert client.post(f"/account/people/{nina.pk}/active/").status_code == 302
    assert "Legal department" not in hers.get("/agreements/").content.decode()
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


def test_nobody_is_made_a_superuser() -> None:
    with pytest.raises(CommandError, match="create_administrator"):
        call_command("createsuperuser")
    assert not Person.objects.exists()
