"""Breaking the glass: a restricted record is opened for reading, with a reason, for a time; owner and oversight see it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone

from foedera.accounts.events import ReadingOpened
from foedera.accounts.models import OpenReading, Person
from foedera.accounts.tests.make import signed_in, switched_on
from foedera.agreements.models import Agreement
from foedera.agreements.tests.make import World, actor, agreement, person, world
from foedera.platform.access.roles import Role
from foedera.platform.actions import events

pytestmark = pytest.mark.django_db
WHY = "The minister asks before the talks"


@pytest.fixture
def made() -> World:
    return world()


@pytest.fixture
def secret(made: World) -> Agreement:
    officer = actor(Role.OFFICE_HEAD, made.office, login="owner")
    return agreement(officer, publicity="restricted", publicity_ground="Kept", title="Agreement on rare earths")


@pytest.fixture
def olga(made: World) -> Person:
    return person("olga", Role.COORDINATOR, made.ministry)


@pytest.fixture
def told() -> Iterator[list[ReadingOpened]]:
    heard: list[ReadingOpened] = []
    events.hear(ReadingOpened, heard.append)
    yield heard
    events._listeners[ReadingOpened].remove(heard.append)


def open_it(client: Client, number: str, reason: str = WHY, hours: str = "2") -> int:
    return client.post("/account/readings/new/", {"number": number, "hours": hours, "reason": reason}).status_code


def test_it_is_read_for_a_time_by_who_opened_it_alone(made: World, secret: Agreement, olga: Person) -> None:
    client = signed_in(olga)
    url = f"/agreements/{secret.number}/"
    assert client.get(url).status_code == 404
    answer = client.post("/account/readings/new/", {"number": secret.number.lower(), "hours": "2", "reason": WHY})
    assert (answer.status_code, answer["Location"]) == (302, url)
    assert "rare earths" in client.get(url).content.decode()
    assert "rare earths" in client.get("/agreements/").content.decode()
    assert client.get(f"/api/v1/agreements/{secret.number}").status_code == 200
    other = signed_in(person("oleg", Role.COORDINATOR, made.ministry))
    assert other.get(url).status_code == 404
    now = timezone.now()
    OpenReading.objects.update(valid_from=now - datetime.timedelta(hours=3), valid_until=now)
    assert client.get(url).status_code == 404


def test_it_gives_no_right_to_change(secret: Agreement, olga: Person) -> None:
    client = signed_in(olga)
    open_it(client, secret.number)
    assert client.get(f"/agreements/{secret.number}/change/").status_code == 403
    answer = client.patch(
        f"/api/v1/agreements/{secret.number}",
        {"title": "Another"},
        content_type="application/json",
        headers={"If-Match": f'"{secret.version}"'},
    )
    assert answer.status_code == 403


def test_owner_coordinator_and_auditor_see_it_and_nobody_else(
    made: World, secret: Agreement, olga: Person, told: list[ReadingOpened], django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # a fixture without types
        open_it(signed_in(olga), secret.number)
    assert [(e.number, e.owner_id, e.person_name, e.reason) for e in told] == [
        (secret.number, made.office.pk, "Synthetic olga", WHY)
    ]

    def sees(client: Client) -> bool:
        return WHY in client.get("/account/readings/").content.decode()

    assert sees(signed_in(Person.objects.get(login="owner")))
    assert sees(signed_in(person("auditor", Role.AUDITOR, made.ministry)))
    assert sees(signed_in(person("oleg", Role.COORDINATOR, made.ministry)))
    assert not sees(signed_in(person("nina", Role.OFFICE_OFFICER, made.other_office)))
    assert Client().get("/account/readings/").status_code == 404


@pytest.mark.parametrize(
    ("reason", "hours"), [("", "2"), ("because", "2"), (WHY, "0"), (WHY, "73"), (WHY, ""), ("x\x00" * 9, "2")]
)
def test_without_a_reason_or_an_end_nothing_is_opened(secret: Agreement, olga: Person, reason: str, hours: str) -> None:
    assert open_it(signed_in(olga), secret.number, reason, hours) == 422
    assert not OpenReading.objects.exists()


def test_a_number_that_is_no_restricted_record_says_so(made: World, olga: Person) -> None:
    client = signed_in(olga)
    internal = agreement(actor(Role.OFFICE_OFFICER, made.office))
    for number in (internal.number, "AG-999999", "x", "ag\x00"):
        assert open_it(client, number) == 422
    own = agreement(actor(Role.COORDINATOR, made.ministry), publicity="restricted", publicity_ground="Kept")
    assert open_it(client, own.number) == 422


@pytest.mark.parametrize("role", [Role.OFFICE_OFFICER, Role.MISSION, Role.REGION])
def test_other_roles_open_nothing(made: World, secret: Agreement, role: Role) -> None:
    client = signed_in(person("curious", role, made.other_office))
    assert open_it(client, secret.number) == 403
    assert open_it(Client(), secret.number) == 404


def test_an_administrator_opens_nothing_either(made: World, secret: Agreement) -> None:
    assert open_it(switched_on(person("anna", Role.ADMINISTRATOR, made.ministry)), secret.number) == 403


def test_it_is_closed_by_reader_or_owner(made: World, secret: Agreement, olga: Person) -> None:
    reader = signed_in(olga)
    open_it(reader, secret.number)
    key = OpenReading.objects.get().pk
    stranger = signed_in(person("nina", Role.OFFICE_OFFICER, made.other_office))
    assert stranger.post(f"/account/readings/{key}/close/").status_code == 404
    owner = signed_in(Person.objects.get(login="owner"))
    assert owner.get(f"/account/readings/{key}/close/").status_code == 200
    assert owner.post(f"/account/readings/{key}/close/").status_code == 302
    assert reader.get(f"/agreements/{secret.number}/").status_code == 404
