"""Reminders: set on a record for oneself or a colleague, told on their day, moved, done; never about what one may not read."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from foedera.accounts.models import Person
from foedera.accounts.tests.make import signed_in
from foedera.agreements.models import Agreement
from foedera.agreements.tests.make import World, actor, agreement, step, world
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.history.queries import timeline
from foedera.platform.notices import queries as notices
from foedera.platform.notices.telling import Outcome, tell
from foedera.platform.reminders.models import Reminder

pytestmark = pytest.mark.django_db
TEXT = "Ask the ministry for the list"


@pytest.fixture
def made() -> World:
    return world()


@pytest.fixture
def officer(made: World) -> Actor:
    return actor(Role.OFFICE_OFFICER, made.office, login="officer")


@pytest.fixture
def colleague(made: World) -> Actor:
    return actor(Role.OFFICE_OFFICER, made.office, login="colleague")


@pytest.fixture
def record(officer: Actor) -> Agreement:
    return agreement(officer)


def browser(who: Actor) -> Client:
    return signed_in(Person.objects.get(pk=who.person_id or 0))


def later(days: int) -> str:
    return (timezone.localdate() + datetime.timedelta(days=days)).isoformat()


def remind(
    who: Actor,
    record: Any,
    *,
    days: int = 3,
    whom: Actor | None = None,
    text: str = TEXT,
    sent: dict[str, str] | None = None,
) -> Any:
    given = {"due_on": later(days), "text": text, "person": str((whom or who).person_id), **(sent or {})}
    return browser(who).post(f"/reminders/on/agreements/{record.number}/", given)


def run(days: int = 0) -> Outcome:
    return tell(timezone.now() + datetime.timedelta(days=days), only=["reminders.due"])


def told(who: Actor) -> list[tuple[str, str]]:
    return [(i.shown.number, i.shown.text) for i in notices.inbox(who).items]


def test_it_is_set_on_a_record_and_told_on_its_day_once(officer: Actor, record: Agreement) -> None:
    assert "Set a reminder" in browser(officer).get(f"/agreements/{record.number}/").content.decode()
    assert browser(officer).get(f"/reminders/on/agreements/{record.number}/").status_code == 200
    assert remind(officer, record).status_code == 302
    row = Reminder.objects.get()
    assert (row.person_id, row.text, row.state) == (officer.person_id, TEXT, "open")
    assert TEXT in browser(officer).get(f"/agreements/{record.number}/").content.decode()
    assert run(2).told == 0
    assert run(3).told == 1
    assert run(3).told == 0
    assert told(officer) == [(record.number, TEXT)]
    opened = browser(officer).get(f"/notices/{notices.inbox(officer).items[0].id}/")
    assert opened["Location"] == f"/reminders/{row.number}/"
    assert TEXT in browser(officer).get("/reminders/").content.decode()


def test_a_missed_day_is_made_up_for(officer: Actor, record: Agreement) -> None:
    remind(officer, record)
    assert run(30).told == 1


def test_it_stands_on_the_desk_and_in_the_calendar(officer: Actor, record: Agreement) -> None:
    client = browser(officer)
    assert TEXT not in client.get("/").content.decode()
    remind(officer, record)
    remind(officer, record, days=60, text="Far away")
    page = client.get("/").content.decode()
    assert TEXT in page
    assert "Far away" not in page
    address = client.post("/api/v1/calendar").json()["url"]
    feed = Client().get("/calendar/" + address.rpartition("/")[2]).content.decode().replace("\r\n ", "")
    assert TEXT in feed
    assert f"DTSTART;VALUE=DATE:{later(3).replace('-', '')}" in feed
    row = Reminder.objects.order_by("pk")[0]
    client.post(f"/reminders/{row.number}/done/", {"version": "1"})
    assert TEXT not in client.get("/").content.decode()


def test_it_is_moved_and_told_again_on_the_new_day(officer: Actor, record: Agreement) -> None:
    remind(officer, record, days=0)
    row = Reminder.objects.get()
    assert run().told == 1
    url = f"/reminders/{row.number}/postpone/"
    assert browser(officer).get(url).status_code == 200
    assert browser(officer).post(url, {"due_on": later(-1), "version": "1"}).status_code == 422
    assert browser(officer).post(url, {"due_on": later(5), "version": "1", "reason": "No answer"}).status_code == 302
    row.refresh_from_db()
    assert (row.due_on.isoformat(), row.first_due_on) == (later(5), timezone.localdate())
    assert run().settled == 1
    assert run(5).told == 1
    assert [e.action for e in timeline(row)] == ["reminders.postpone", "reminders.set"]
    assert browser(officer).post(url, {"due_on": later(6), "version": "1"}).status_code == 422, "stale"


def test_done_settles_it(officer: Actor, record: Agreement) -> None:
    remind(officer, record, days=0)
    run()
    number = Reminder.objects.get().number
    assert browser(officer).post(f"/reminders/{number}/done/", {"version": "1"}).status_code == 302
    assert Reminder.objects.get().state == "done"
    assert run().settled == 1
    assert number in browser(officer).get("/reminders/?show=closed").content.decode()
    assert TEXT not in browser(officer).get(f"/agreements/{record.number}/").content.decode()
    assert browser(officer).get(f"/reminders/{number}/done/").status_code in (403, 409)
    assert browser(officer).post(f"/reminders/{number}/drop/", {"version": "2"}).status_code == 422


def test_for_a_colleague_of_my_body(made: World, officer: Actor, colleague: Actor, record: Agreement) -> None:
    stranger = actor(Role.OFFICE_OFFICER, made.other_office, login="stranger")
    form = browser(officer).get(f"/reminders/on/agreements/{record.number}/").content.decode()
    assert "Synthetic colleague" in form
    assert "Synthetic stranger" not in form
    refused = remind(officer, record, whom=stranger)
    assert refused.status_code == 422
    assert TEXT in refused.content.decode(), "what was typed stays"
    assert remind(officer, record, whom=colleague, days=0).status_code == 302
    assert run().told == 1
    assert told(colleague) == [(record.number, TEXT)]
    assert told(officer) == []
    number = Reminder.objects.get().number
    assert number in browser(officer).get("/reminders/?show=others").content.decode()
    assert browser(colleague).post(f"/reminders/{number}/done/", {"version": "1"}).status_code == 302


def test_others_see_nothing_of_it(made: World, officer: Actor, colleague: Actor, record: Agreement) -> None:
    remind(officer, record)
    number = Reminder.objects.get().number
    centre = actor(Role.COORDINATOR, made.ministry, login="centre")
    for client, expected in ((browser(colleague), 404), (browser(centre), 404), (Client(), 403)):
        assert client.get(f"/reminders/{number}/").status_code in (302, expected)
        assert client.get(f"/api/v1/reminders/{number}").status_code == 404
        assert TEXT not in client.get(f"/agreements/{record.number}/").content.decode()
    head = actor(Role.OFFICE_HEAD, made.office, login="head")
    assert browser(head).get(f"/reminders/{number}/").status_code == 200
    auditor = actor(Role.AUDITOR, made.ministry, login="auditor")
    assert browser(auditor).get("/reminders/").status_code == 403
    assert remind(auditor, record).status_code == 403


def test_nobody_is_reminded_of_what_he_may_no_longer_read(made: World, colleague: Actor) -> None:
    far = actor(Role.OFFICE_HEAD, made.other_office, login="far")
    record = agreement(far, own="RU-PRI", foreign="BR-SP", publicity="public")
    assert remind(colleague, record, days=0).status_code == 302
    step(record, "change", far, publicity="restricted", publicity_ground="Kept")
    assert run().told == 0
    assert TEXT not in browser(colleague).get("/reminders/").content.decode()
    assert TEXT not in browser(colleague).get("/").content.decode()
    assert browser(colleague).get(f"/reminders/{Reminder.objects.get().number}/").status_code == 404
    assert remind(colleague, record).status_code == 404


@pytest.mark.parametrize(
    "sent",
    [{"text": ""}, {"text": "a\x00b"}, {"text": "x" * 1001}, {"due_on": "2020-01-01"}, {"due_on": "x"}, {"due_on": "2199-01-01"}],
)  # fmt: skip
def test_faulty_ones_are_told_and_nothing_is_kept(officer: Actor, record: Agreement, sent: dict[str, str]) -> None:
    assert remind(officer, record, sent=sent).status_code == 422
    assert not Reminder.objects.exists()


def test_it_is_all_possible_over_the_api(officer: Actor, colleague: Actor, record: Agreement) -> None:
    client = browser(officer)

    def send(path: str, sent: dict[str, Any], version: int | None = None) -> Any:
        headers = {"If-Match": f'"{version}"'} if version is not None else {}
        return client.post(f"/api/v1/reminders{path}", sent, content_type="application/json", headers=headers)

    sent = {"record_type": "agreements", "number": record.number, "due_on": later(2), "text": TEXT}
    done = send("", {**sent, "person": colleague.person_id})
    assert done.status_code == 201, done.content
    number = done.json()["number"]
    assert (done.json()["person_name"], done.headers["Location"]) == (
        "Synthetic colleague", f"/api/v1/reminders/{number}",
    )  # fmt: skip
    assert [r["number"] for r in client.get(f"/api/v1/reminders?record={record.number}").json()["items"]] == [number]
    assert client.get(f"/api/v1/reminders?until={later(1)}").json()["items"] == []
    assert client.get("/api/v1/reminders?state=nonsense").status_code == 422
    assert send(f"/{number}/postpone", {"due_on": later(4)}).status_code == 428
    assert send(f"/{number}/postpone", {"due_on": later(4)}, 1).json()["due_on"] == later(4)
    assert send(f"/{number}/done", {}, 1).status_code == 412
    assert send(f"/{number}/done", {}, 2).json()["state"] == "done"
    assert send(f"/{number}/drop", {}, 3).status_code == 403
    second = send("", sent).json()
    assert second["person"] == officer.person_id
    assert send(f"/{second['number']}/drop", {"reason": "Settled by telephone"}, 1).json()["state"] == "dropped"
    assert send("", {**sent, "nonsense": 1}).status_code == 422
    assert send("", {**sent, "number": "AG-999999"}).status_code == 404
    assert Client().get("/api/v1/reminders").status_code == 404


def test_the_pages_are_russian_too(officer: Actor, record: Agreement) -> None:
    remind(officer, record)
    client = Client(headers={"accept-language": "ru"})
    client.force_login(Person.objects.get(pk=officer.person_id or 0))
    with translation.override("ru"):
        assert "Напоминания" in client.get("/reminders/").content.decode()
        assert "Поставить напоминание" in client.get(f"/agreements/{record.number}/").content.decode()
