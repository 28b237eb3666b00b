"""Naming who may read a restricted record: from the page and the API, for a time, ended again, and by nobody who does not work on it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client

from foedera.accounts.models import Person
from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.platform.access.asking import asker_of, asking
from foedera.platform.access.roles import Role
from foedera.platform.history.models import Entry, PerformedAction
from foedera.platform.records.models import NamedReader

pytestmark = pytest.mark.django_db
WHY = "The minister asked them for an opinion"


@pytest.fixture
def world() -> make.World:
    return make.world()


@pytest.fixture
def people(world: make.World) -> dict[str, Client]:
    seats = {
        "owner": (Role.OFFICE_HEAD, world.other_office),
        "nina": (Role.OFFICE_OFFICER, world.office),
        "colleague": (Role.OFFICE_OFFICER, world.office),
        "centre": (Role.COORDINATOR, world.ministry),
        "auditor": (Role.AUDITOR, world.ministry),
    }
    entered = {}
    for login, (role, body) in seats.items():
        make.actor(role, body, login=login)
        entered[login] = Client()
        entered[login].force_login(Person.objects.get(login=login))
    return {**entered, "public": Client()}


@pytest.fixture
def record(world: make.World, people: dict[str, Client]) -> Agreement:
    owner = make.actor(Role.OFFICE_HEAD, world.other_office, login="maker")
    return make.agreement(owner, own="RU-PRI", foreign="BR-SP", publicity="restricted", publicity_ground="Synthetic")


def reading(people: dict[str, Client], record: Agreement) -> set[str]:
    """Whose browsers get the record, by page and API alike, and find it in the list."""
    found = {who for who, client in people.items() if client.get(f"/agreements/{record.number}/").status_code == 200}
    for who, client in people.items():
        assert (client.get(f"/api/v1/agreements/{record.number}").status_code == 200) is (who in found)
        items = client.get("/api/v1/agreements").json()["items"]
        assert (record.number in {item["number"] for item in items}) is (who in found)
    return found


def name(client: Client, record: Agreement, **values: Any) -> Any:
    return client.post(f"/readers/on/agreements/{record.number}/", {"reason": WHY, **values})


def step(client: Client, record: Agreement, verb: str, **values: Any) -> Any:
    return client.post(f"/api/v1/agreements/{record.number}/{verb}", values, content_type="application/json")


def test_one_person_is_named_on_the_page_and_ended_there(people: dict[str, Client], record: Agreement) -> None:
    owner = people["owner"]
    assert reading(people, record) == {"owner"}
    assert f"/readers/on/agreements/{record.number}/" in owner.get(f"/agreements/{record.number}/").content.decode()
    assert "Nobody is named." in owner.get(f"/readers/on/agreements/{record.number}/").content.decode()
    assert name(owner, record, login="Nina").status_code == 302
    assert reading(people, record) == {"owner", "nina"}
    shown = owner.get(f"/readers/on/agreements/{record.number}/").content.decode()
    assert Person.objects.get(login="nina").name in shown
    assert WHY in shown
    done = PerformedAction.objects.get(name="agreements.name_reader")
    assert (done.reason, done.role) == (WHY, "office_head")
    assert Entry.objects.filter(action=done, table_name=NamedReader._meta.db_table, operation="I").exists()
    key = NamedReader.objects.get().pk
    assert owner.post(f"/readers/on/agreements/{record.number}/end/", {"reader": str(key)}).status_code == 302
    assert reading(people, record) == {"owner"}
    ended = Entry.objects.get(table_name=NamedReader._meta.db_table, operation="D")
    assert ended.before is not None
    assert ended.before["ground"] == WHY


def test_a_body_is_named_over_the_api_until_a_day(
    world: make.World, people: dict[str, Client], record: Agreement
) -> None:
    owner = people["owner"]
    today = make.actor(Role.LEGAL, world.ministry, login="clock").today
    sent = step(owner, record, "name_reader", body=world.office.number, valid_until=str(today), reason=WHY)
    assert sent.status_code == 200, sent.content.decode()
    assert reading(people, record) == {"owner", "nina", "colleague"}
    (item,) = owner.get(f"/api/v1/readers/on/agreements/{record.number}").json()["items"]
    assert {k: item[k] for k in ("kind", "name", "valid_until", "ground")} == {
        "kind": "body", "name": world.office.name, "valid_until": str(today), "ground": WHY,
    }  # fmt: skip
    over = today - datetime.timedelta(days=1)
    NamedReader.objects.update(valid_from=over, valid_until=over)
    assert reading(people, record) == {"owner"}
    assert step(owner, record, "end_reader", reader=item["id"]).status_code == 200
    assert step(owner, record, "end_reader", reader=item["id"]).status_code == 404
    assert owner.get(f"/api/v1/readers/on/agreements/{record.number}").json() == {"items": []}


def test_whoever_is_named_reads_and_does_no_more(people: dict[str, Client], record: Agreement) -> None:
    name(people["owner"], record, login="nina")
    nina = people["nina"]
    assert step(nina, record, "name_reader", login="colleague", reason=WHY).status_code == 403
    assert step(nina, record, "end_reader", reader=NamedReader.objects.get().pk).status_code == 403
    assert nina.get(f"/readers/on/agreements/{record.number}/").status_code == 403
    assert nina.get(f"/api/v1/readers/on/agreements/{record.number}").status_code == 403
    assert f"/readers/on/agreements/{record.number}/" not in nina.get(f"/agreements/{record.number}/").content.decode()
    changed = nina.patch(
        f"/api/v1/agreements/{record.number}", {"title": "Bent"}, content_type="application/json", headers={"If-Match": '"1"'}
    )  # fmt: skip
    assert changed.status_code == 403
    assert NamedReader.objects.count() == 1


@pytest.mark.parametrize("who", ["colleague", "centre", "auditor", "public"])
def test_whom_the_record_is_not_shown_learns_of_no_readers(
    people: dict[str, Client], record: Agreement, who: str
) -> None:
    name(people["owner"], record, login="nina")
    client = people[who]
    assert client.get(f"/readers/on/agreements/{record.number}/").status_code == 404
    assert client.get(f"/api/v1/readers/on/agreements/{record.number}").status_code == 404
    assert step(client, record, "name_reader", login=who, reason=WHY).status_code == 404
    assert name(client, record, login=who).status_code in (403, 404)
    assert NamedReader.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "body"),
        ({"login": "nina", "body": "BD-999999"}, "body"),
        ({"body": "BD-999999"}, "body"),
        ({"login": "nobody"}, "login"),
        ({"login": "nina", "valid_until": "2001-01-01"}, "valid_until"),
        ({"login": "nina", "valid_until": "soon"}, "valid_until"),
        ({"login": "nina", "reason": " "}, "reason"),
        ({"login": "nina", "reason": "x" * 301}, "reason"),
        ({"login": "n\x00"}, "login"),
    ],
)
def test_a_faulty_naming_is_refused_at_its_field_and_keeps_what_was_typed(
    people: dict[str, Client], record: Agreement, values: dict[str, str], field: str
) -> None:
    answer = name(people["owner"], record, **values)
    assert answer.status_code == 422
    form = answer.context["page"].form
    assert set(form.errors) == {field}
    assert (form["login"].value() or "") == values.get("login", "")
    told = step(people["owner"], record, "name_reader", **{"reason": WHY, **values})
    assert told.status_code == 422
    assert not NamedReader.objects.exists()


def test_nobody_is_named_twice_at_once(people: dict[str, Client], record: Agreement) -> None:
    name(people["owner"], record, login="nina")
    answer = name(people["owner"], record, login="nina")
    assert set(answer.context["page"].form.errors) == {"login"}
    assert NamedReader.objects.count() == 1


def test_the_database_tells_who_is_named_to_whoever_works_on_the_record_alone(
    world: make.World, people: dict[str, Client], record: Agreement
) -> None:
    name(people["owner"], record, login="nina")
    nina = Person.objects.get(login="nina")
    for role, body, sees in (
        (Role.OFFICE_OFFICER, world.other_office, True),
        (Role.MISSION, world.embassy, False),
        (Role.REGION, world.government, False),
    ):
        with asking(asker_of(make.actor(role, body, login=f"as-{role}"))):
            assert NamedReader._base_manager.exists() is sees
            assert Person._base_manager.filter(pk=nina.pk).exists() is sees


def test_notes_and_records_of_other_kinds_without_owners_name_nobody(people: dict[str, Client]) -> None:
    assert people["owner"].get("/readers/on/notes/NT-000001/").status_code == 404
    assert people["owner"].get("/readers/on/nonsense/X-1/").status_code == 404
