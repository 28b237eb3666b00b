"""Who may take which step: by the rule, on the page, over the API and in the database, and not for whom the record is not shown."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from foedera.accounts.models import Duty, Person
from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.directory.models import Body
from foedera.platform.access.actors import Actor, public
from foedera.platform.access.asking import NOBODY, Asker, arriving, asker_of, asking
from foedera.platform.access.policies import policy_for
from foedera.platform.access.roles import Role
from foedera.platform.access.seats import seats_on
from foedera.platform.actions.performing import action_named
from foedera.platform.actions.who_may import steps_on, who_may, who_may_each

pytestmark = pytest.mark.django_db
SEATS = {
    "head": (Role.OFFICE_HEAD, "office"),
    "officer": (Role.OFFICE_OFFICER, "office"),
    "far": (Role.OFFICE_OFFICER, "other_office"),
    "region": (Role.REGION, "government"),
    "mission": (Role.MISSION, "embassy"),
    "legal": (Role.LEGAL, "ministry"),
    "centre": (Role.COORDINATOR, "ministry"),
    "inspector": (Role.INSPECTOR, "ministry"),
    "auditor": (Role.AUDITOR, "ministry"),
}
Seat = tuple[str, int | None]


@pytest.fixture
def world() -> make.World:
    return make.world()


@pytest.fixture
def actors(world: make.World) -> dict[str, Actor]:
    return {login: make.actor(role, getattr(world, body), login=login) for login, (role, body) in SEATS.items()}


@pytest.fixture
def clients(actors: dict[str, Actor]) -> dict[str, Client]:
    entered = {login: Client() for login in actors}
    for login, client in entered.items():
        client.force_login(Person.objects.get(login=login))
    return {**entered, "public": Client()}


@pytest.fixture
def record(actors: dict[str, Actor]) -> Agreement:
    return make.agreement(actors["officer"])


def by_seat(found: list[Actor]) -> set[Seat]:
    return {(str(seat.role), seat.body_id) for seat in found}


def told(client: Client, record: Agreement) -> dict[str, Any]:
    answer = client.get(f"/api/v1/who-may/agreements/{record.number}")
    assert answer.status_code == 200, answer.content.decode()
    return {item["step"]: item for item in answer.json()["items"]}


# The rule


@pytest.mark.parametrize("publicity", ["public", "internal", "title_only", "restricted"])
def test_the_answer_is_what_each_of_them_is_answered_himself(actors: dict[str, Actor], publicity: str) -> None:
    record = make.agreement(actors["far"], publicity=publicity, publicity_ground="Synthetic", own="RU-PRI")
    steps = steps_on(record)
    assert len(steps) > 10
    found = who_may_each(steps, record, actors["far"].today)
    policy = policy_for(Agreement)
    rows = Agreement.objects.filter(pk=record.pk)
    for step in steps:
        able = {
            (str(actor.role), actor.body_id)
            for actor in actors.values()
            if policy.visible(rows, actor).exists()
            and policy.may(actor, step.roles, record)
            and not (step.permits and step.permits(actor, record))
        }
        assert by_seat(found[step.name]) == able, step.name
    assert any(found.values())


def test_it_is_a_question_of_right_and_not_of_state(world: make.World, record: Agreement) -> None:
    clear = action_named("agreements.clear_intent")
    centre = make.actor(Role.COORDINATOR, world.ministry, login="chief")
    allowed, why_not = clear.verdict(centre, record)
    assert (allowed, bool(why_not)) == (False, True), "the record is past this step"
    assert ("coordinator", world.ministry.pk) in by_seat(who_may(clear, record, centre.today))


def test_a_role_counts_on_the_days_on_which_somebody_may_use_it(
    world: make.World, actors: dict[str, Actor], record: Agreement
) -> None:
    change, today = action_named("agreements.change"), actors["officer"].today
    region = ("region", world.government.pk)
    assert region in by_seat(who_may(change, record, today))
    assert who_may(change, record, datetime.date(2019, 12, 31)) == []
    duty = Duty.objects.get(person__login="region")
    Duty.objects.filter(pk=duty.pk).update(valid_until=today - datetime.timedelta(days=1))
    assert region not in by_seat(who_may(change, record, today))
    Duty.objects.filter(pk=duty.pk).update(valid_until=today)
    assert region in by_seat(who_may(change, record, today))
    Person.objects.filter(login="region").update(is_active=False)
    assert region not in by_seat(who_may(change, record, today))


def test_sixty_seats_more_cost_no_statement_more(
    world: make.World, actors: dict[str, Actor], record: Agreement
) -> None:
    steps, today = steps_on(record), actors["officer"].today

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            who_may_each(steps, Agreement.objects.get(pk=record.pk), today)
        return len(captured)

    statements()  # what is asked once and kept
    before, someone = statements(), Person.objects.get(login="region")
    bodies = [make.body(f"Agency {n}", territory=world.territories["RU-TAM"]) for n in range(60)]
    Duty.objects.bulk_create(
        Duty(person=someone, role=Role.AGENCY, body=body, valid_from=datetime.date(2020, 1, 1)) for body in bodies
    )
    assert statements() <= before
    found = by_seat(who_may(action_named("agreements.change"), record, today))
    assert {("agency", body.pk) for body in bodies} <= found


# In the database


def test_seats_are_told_to_everybody_inside_and_to_nobody_else(actors: dict[str, Actor]) -> None:
    today = actors["officer"].today

    def shown(asker: Asker) -> int:
        with asking(asker):
            return len(seats_on(today))

    assert shown(asker_of(actors["region"])) == shown(asker_of(actors["auditor"])) == len(SEATS)
    assert [shown(asker) for asker in (asker_of(public(today)), arriving(1, today), NOBODY)] == [0, 0, 0]


def test_a_seat_says_of_no_person_who_sits_in_it(actors: dict[str, Actor]) -> None:
    with asking(asker_of(actors["region"])):
        seats = seats_on(actors["region"].today)
    assert {(seat.person_id, seat.name, seat.duty_id) for seat in seats} == {(None, "", None)}
    office = next(
        seat for seat in seats if seat.role == Role.OFFICE_OFFICER and seat.body_id == actors["officer"].body_id
    )
    assert office.own_territories == actors["officer"].own_territories


# On the page


def test_the_page_of_a_record_has_the_fold_and_the_fold_the_answer(
    clients: dict[str, Client], record: Agreement
) -> None:
    address = f"/who-may/agreements/{record.number}/"
    page = clients["auditor"].get(f"/agreements/{record.number}/").content.decode()
    assert f'hx-get="{address}?part=steps"' in page
    assert f'href="{address}"' in page, "without JavaScript"
    part = clients["auditor"].get(f"{address}?part=steps").content.decode()
    assert "<html" not in part
    whole = clients["auditor"].get(address).content.decode()
    assert "<html" in whole
    for shown in (part, whole):
        assert "Your role does not include this step." in shown
        assert "Regional government – Government of Tambov Oblast" in shown
        assert "Coordinator at the centre – Ministry" in shown
        assert "Synthetic region" not in shown, "people are not named"
        assert "Office in Vladivostok" not in shown
    assert "You may" in clients["officer"].get(address).content.decode()
    assert "You may" not in whole


def test_it_is_told_in_russian(clients: dict[str, Client], record: Agreement) -> None:
    address = f"/who-may/agreements/{record.number}/"
    page = clients["officer"].get(address, headers={"Accept-Language": "ru"}).content.decode()
    assert "Кто какое действие вправе совершить" in page
    assert "Можете" in page
    assert "Координатор в центре – Ministry" in page


@pytest.mark.parametrize("kind", ["agreements", "bodies"])
def test_records_of_other_types_tell_it_too(world: make.World, clients: dict[str, Client], kind: str) -> None:
    number = (
        world.office.number
        if kind == "bodies"
        else make.agreement(make.actor(Role.LEGAL, world.ministry, login="x")).number
    )
    assert clients["centre"].get(f"/who-may/{kind}/{number}/").status_code == 200


# Over the API


def test_the_api_tells_the_same(world: make.World, clients: dict[str, Client], record: Agreement) -> None:
    items = told(clients["region"], record)
    clear = items["clear_intent"]
    assert clear["allowed"] is False
    assert clear["reason"] == "Your role does not include this step."
    assert {(seat["role"], seat["body"]) for seat in clear["who_may"]} == {
        ("coordinator", world.ministry.number), ("legal", world.ministry.number),
    }  # fmt: skip
    change = items["change"]
    assert (change["allowed"], change["reason"]) == (True, "")
    assert {(seat["role"], seat["body_name"]) for seat in change["who_may"]} == {
        ("office_head", "Office in Tambov"), ("office_officer", "Office in Tambov"), ("mission", "Embassy in Minsk"),
        ("region", "Government of Tambov Oblast"), ("coordinator", "Ministry"), ("legal", "Ministry"),
    } - ({("mission", "Embassy in Minsk")} if Role.MISSION not in action_named("agreements.change").roles else set())  # fmt: skip
    assert "create" not in items


# What is not told


def refused(client: Client, record: Agreement, query: str = "") -> set[int]:
    return {
        client.get(f"/who-may/agreements/{record.number}/{query}").status_code,
        client.get(f"/api/v1/who-may/agreements/{record.number}{query}").status_code,
    }


def test_of_a_restricted_record_it_is_told_to_its_owner_alone(
    world: make.World, actors: dict[str, Actor], clients: dict[str, Client]
) -> None:
    record = make.agreement(actors["officer"], publicity="restricted", publicity_ground="Synthetic")
    owners = {("office_head", world.office.number), ("office_officer", world.office.number)}
    assert {(s["role"], s["body"]) for s in told(clients["head"], record)["change"]["who_may"]} == owners
    for login in set(clients) - {"head", "officer"}:
        assert refused(clients[login], record) == {404}, login


def test_whoever_may_know_the_title_alone_learns_nothing_more(
    actors: dict[str, Actor], clients: dict[str, Client]
) -> None:
    record = make.agreement(actors["officer"], publicity="title_only", publicity_ground="Synthetic")
    assert clients["far"].get(f"/agreements/{record.number}/").status_code == 200
    assert "/who-may/" not in clients["far"].get(f"/agreements/{record.number}/").content.decode()
    assert refused(clients["far"], record) == {404}
    assert refused(clients["region"], record) == {200}


def test_the_public_and_who_looks_at_the_past_are_told_nothing(
    actors: dict[str, Actor], clients: dict[str, Client]
) -> None:
    record = make.agreement(actors["officer"], publicity="public")
    assert "/who-may/" not in clients["public"].get(f"/agreements/{record.number}/").content.decode()
    assert refused(clients["public"], record) == {404}
    assert "/who-may/" not in clients["officer"].get(f"/agreements/{record.number}/?as_of=2020-01-01").content.decode()
    assert refused(clients["officer"], record, "?as_of=2020-01-01") == {404}


def test_a_body_that_one_may_not_see_is_left_out(
    world: make.World, actors: dict[str, Actor], clients: dict[str, Client], record: Agreement
) -> None:
    Body.objects.filter(pk=world.government.pk).update(publicity="restricted", publicity_ground="Synthetic")
    assert "region" not in {seat["role"] for seat in told(clients["officer"], record)["change"]["who_may"]}
    page = clients["officer"].get(f"/who-may/agreements/{record.number}/").content.decode()
    assert "Government of Tambov Oblast" not in page
    assert (
        "Government of Tambov Oblast" in clients["region"].get(f"/who-may/agreements/{record.number}/").content.decode()
    )


@pytest.mark.parametrize("path", ["nothing/AG-000001", "agreements/AG-999999", "notes/NT-000001", "agreements/x%00"])
def test_of_what_is_not_there_nothing_is_told(clients: dict[str, Client], path: str) -> None:
    assert clients["centre"].get(f"/who-may/{path}/").status_code == 404
    assert clients["centre"].get(f"/api/v1/who-may/{path}").status_code == 404
