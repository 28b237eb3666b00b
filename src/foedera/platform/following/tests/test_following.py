"""Followers are told what enters, leaves and changes: once, from state, and never of what they may not see at that moment."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from foedera.accounts.models import Duty, Person
from foedera.accounts.tests.make import signed_in
from foedera.agreements.models import Agreement
from foedera.agreements.tests.make import World, actor, agreement, person, step, world
from foedera.platform.access.actors import Actor
from foedera.platform.access.asking import asking, program
from foedera.platform.access.roles import Role
from foedera.platform.following.looking import look
from foedera.platform.following.models import FoundChange, Look, Subscription
from foedera.platform.history.recording import resume_action
from foedera.platform.notices import queries as notices
from foedera.platform.notices.telling import Outcome, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> World:
    return world()


@pytest.fixture
def head(made: World) -> Actor:
    return actor(Role.OFFICE_HEAD, made.office, login="head")


@pytest.fixture
def nina(made: World) -> Actor:
    """Somebody of another region, who sees what is public."""
    return actor(Role.OFFICE_OFFICER, made.other_office, login="nina")


@pytest.fixture
def record(head: Actor) -> Agreement:
    return agreement(head, publicity="public")


def browser(who: Actor) -> Client:
    return signed_in(Person.objects.get(pk=who.person_id or 0))


def follow(who: Actor, **sent: str) -> Any:
    return browser(who).post("/following/", {"record_type": "agreements", **sent})


def run(**later: float) -> Outcome:
    """What the two jobs do."""
    now = timezone.now() + datetime.timedelta(**later)
    look(now)
    return tell(now, only=["following.changed"])


def told(who: Actor) -> list[str]:
    return [f"{i.shown.number or i.shown.title}: {i.shown.text}" for i in notices.inbox(who).items]


def test_a_followed_record_is_told_once_with_its_steps(head: Actor, nina: Actor, record: Agreement) -> None:
    page = f"/agreements/{record.number}/"
    assert "Tell me when this changes" in browser(nina).get(page).content.decode()
    assert follow(nina, number=record.number).status_code == 302
    assert "Tell me no longer" in browser(nina).get(page).content.decode()
    assert run().told == 0
    step(record, "change", head, title="Agreement on fish")
    step(record, "change", head, note="Seen")
    assert run().told == 1
    assert told(nina) == [f"{record.number}: Changed: Change (Synthetic head)"]
    assert run(minutes=5) == Outcome()
    assert told(head) == []
    step(record, "change", head, title="Agreement on herring")
    assert run(minutes=10).told == 1
    assert len(told(nina)) == 2
    opened = browser(nina).get(f"/notices/{notices.inbox(nina).items[0].id}/")
    assert opened["Location"] == page


def test_missed_looks_lose_nothing_and_are_told_together(head: Actor, nina: Actor, record: Agreement) -> None:
    follow(nina, number=record.number)
    for title in ("One", "Two", "Three"):
        step(record, "change", head, title=title)
    assert run(days=3).told == 1
    row = Subscription.objects.get()
    assert FoundChange.objects.get().until_entry == row.entries[0]


def test_what_one_did_oneself_is_not_told(head: Actor, record: Agreement) -> None:
    follow(head, number=record.number)
    step(record, "change", head, title="Mine")
    assert run().told == 0
    assert Look.objects.count() == 0


def test_a_change_past_the_program_is_told(nina: Actor, record: Agreement) -> None:
    follow(nina, number=record.number)
    resume_action(None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE agreements_agreement SET note = 'by hand' WHERE id = %s", [record.pk])
    assert run().told == 1
    assert told(nina) == [f"{record.number}: Changed"]


def test_rights_are_asked_when_it_is_told_and_when_it_is_shown(head: Actor, nina: Actor, record: Agreement) -> None:
    follow(nina, number=record.number)
    step(record, "change", head, title="Agreement on fish")
    run()
    row = Subscription.objects.get()
    assert len(told(nina)) == 1
    step(record, "change", head, title="Secret", publicity="restricted", publicity_ground="Kept")
    assert told(nina) == [], "what was told is no longer shown"
    assert notices.unread_count(nina) == 0
    assert run(minutes=5).told == 0, "and nothing more is told"
    assert "Secret" not in browser(nina).get(f"/following/{row.pk}/").content.decode()
    assert browser(nina).get(f"/api/v1/subscriptions/{row.pk}").json()["news"] == []
    step(record, "change", head, publicity="public", publicity_ground="")
    assert run(minutes=10).told == 1, "once it is in sight again, what happened is told"


def test_a_list_tells_what_enters_leaves_and_changes(head: Actor, nina: Actor, record: Agreement) -> None:
    second = agreement(head, title="Agreement on trade and wool", publicity="public")
    answer = follow(nina, query="title__contains=trade", name="Trade")
    row = Subscription.objects.get()
    assert answer["Location"] == f"/following/{row.pk}/"
    assert sorted(row.members) == sorted([record.pk, second.pk])
    step(record, "change", head, title="Agreement on fish")
    step(second, "change", head, note="Seen")
    new = agreement(head, title="New trade", publicity="public")
    agreement(head, title="New trade inside")
    agreement(head, title="Beside it", publicity="public")
    assert run().told == 1
    assert told(nina) == ["Trade: Entered: 1; Left: 1; Changed: 1"]
    page = browser(nina).get(f"/following/{row.pk}/").content.decode()
    for number in (record.number, second.number, new.number):
        assert number in page
    assert "inside" not in page
    assert run(minutes=5) == Outcome()


def test_what_leaves_ones_sight_is_not_told_as_having_left(head: Actor, nina: Actor, record: Agreement) -> None:
    follow(nina, query="title__contains=trade")
    step(record, "change", head, publicity="restricted", publicity_ground="Kept")
    assert run().told == 0
    assert Subscription.objects.get().members == []


def test_of_records_of_which_only_the_title_is_shown_nothing_is_told(head: Actor, nina: Actor) -> None:
    titled = agreement(head, title="Agreement on trade", publicity="title_only", publicity_ground="Asked for")
    follow(nina, query="")
    assert titled.pk not in Subscription.objects.get().members
    step(titled, "change", head, note="Seen")
    assert run().told == 0
    assert follow(nina, number=titled.number).status_code == 404


def test_a_kept_view_is_read_as_it_is_kept(head: Actor, nina: Actor, record: Agreement) -> None:
    sent = {"kind": "agreements", "name": "Mine", "query": "title__contains=trade"}
    view = browser(nina).post("/api/v1/views", sent, content_type="application/json").json()
    follow(nina, query=f"view={view['id']}")
    assert Subscription.objects.get().name == "Mine"
    agreement(head, title="Agreement on fish", publicity="public")
    assert run().told == 0
    browser(nina).patch(
        f"/api/v1/views/{view['id']}", {"query": "title__contains=fish"}, content_type="application/json",
        headers={"If-Match": '"1"'},
    )  # fmt: skip
    assert run(minutes=5).told == 1
    assert told(nina) == ["Mine: Entered: 1; Left: 1"]
    browser(nina).delete(f"/api/v1/views/{view['id']}")
    run(minutes=10)
    assert Subscription.objects.get().sleeps_because
    assert "Sleeps" in browser(nina).get("/following/").content.decode()
    assert follow(head, query=f"view={view['id']}").status_code == 404


def test_what_enters_by_time_alone_is_told(head: Actor, nina: Actor) -> None:
    today = timezone.localdate()
    agreement(
        head, title="Short", publicity="public", signed_on=(today - datetime.timedelta(days=10)).isoformat(),
        term_months=12, indefinite=False, tacit_renewal=False,
    )  # fmt: skip
    follow(nina, query="status=expired")
    row = Subscription.objects.get()
    assert row.members == []
    assert look(timezone.now()) == 0
    later = timezone.now() + datetime.timedelta(days=500)
    assert look(later) == 1
    assert [c.what for c in FoundChange.objects.all()] == ["entered"]
    assert tell(later, only=["following.changed"]).told == 1


def test_when_the_role_has_ended_nothing_is_told(head: Actor, nina: Actor, record: Agreement) -> None:
    follow(nina, query="")
    Duty.objects.filter(pk=nina.duty_id or 0).update(valid_until=timezone.localdate() - datetime.timedelta(days=1))
    step(record, "change", head, title="Agreement on fish")
    assert run().told == 0
    assert "has ended" in Subscription.objects.get().sleeps_because


def test_following_twice_is_one_subscription_and_stopping_ends_it(nina: Actor, record: Agreement) -> None:
    for _turn in range(2):
        follow(nina, number=record.number)
        follow(nina, query="title__contains=trade")
    assert Subscription.objects.count() == 2
    for row in Subscription.objects.all():
        assert browser(nina).post(f"/following/{row.pk}/stop/").status_code == 302
    assert not Subscription.objects.exists()
    assert not Look.objects.exists()


def test_others_know_nothing_of_it(made: World, head: Actor, nina: Actor, record: Agreement) -> None:
    follow(nina, number=record.number)
    key = Subscription.objects.get().pk
    for client in (browser(head), Client()):
        assert client.get(f"/following/{key}/").status_code in (302, 403, 404)
        assert client.post(f"/following/{key}/stop/").status_code in (302, 403, 404)
        assert client.get(f"/api/v1/subscriptions/{key}").status_code == 404
        assert client.delete(f"/api/v1/subscriptions/{key}").status_code == 404
    assert Subscription.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [{"query": "status=nonsense"}, {"query": "nonsense=1"}, {"number": "AG-000001", "query": "status=expiring"}],
)
def test_faulty_ones_are_refused(nina: Actor, sent: dict[str, str]) -> None:
    answer = browser(nina).post(
        "/api/v1/subscriptions", {"record_type": "agreements", **sent}, content_type="application/json"
    )
    assert answer.status_code == 422, answer.content
    assert not Subscription.objects.exists()


def test_it_is_all_possible_over_the_api(head: Actor, nina: Actor, record: Agreement) -> None:
    client = browser(nina)
    sent = {"record_type": "agreements", "number": record.number.lower()}
    made = client.post("/api/v1/subscriptions", sent, content_type="application/json")
    assert made.status_code == 201, made.content
    key = made.json()["id"]
    assert made["Location"] == f"/api/v1/subscriptions/{key}"
    step(record, "change", head, title="Agreement on fish")
    run()
    one = client.get(f"/api/v1/subscriptions/{key}").json()
    assert [(n["what"], n["number"], n["steps"]) for n in one["news"]] == [
        ("changed", record.number, ["Change (Synthetic head)"])
    ]
    assert [s["id"] for s in client.get("/api/v1/subscriptions").json()["items"]] == [key]
    assert client.delete(f"/api/v1/subscriptions/{key}").status_code == 204
    assert client.get("/api/v1/subscriptions").json()["items"] == []
    missing = client.post("/api/v1/subscriptions", {**sent, "number": "AG-999999"}, content_type="application/json")
    assert missing.status_code == 404


def test_a_list_offers_it_and_the_pages_are_russian_too(nina: Actor, record: Agreement) -> None:
    page = browser(nina).get("/agreements/?title__contains=trade").content.decode()
    assert "Tell me when this changes" in page
    assert 'value="title__contains=trade"' in page
    assert "Tell me when this changes" not in Client().get("/agreements/").content.decode()
    client = Client(headers={"accept-language": "ru"})
    client.force_login(Person.objects.get(pk=nina.person_id or 0))
    with translation.override("ru"):
        assert "Слежу" in client.get("/following/").content.decode()


def test_a_list_may_not_be_too_long(monkeypatch: pytest.MonkeyPatch, head: Actor, nina: Actor) -> None:
    monkeypatch.setattr("foedera.platform.following.finding.MOST", 1)
    agreement(head, publicity="public")
    agreement(head, publicity="public")
    answer = browser(nina).post(
        "/api/v1/subscriptions", {"record_type": "agreements", "query": ""}, content_type="application/json"
    )
    assert answer.status_code == 422


def test_a_person_without_a_second_role_is_told_in_the_first(made: World, nina: Actor, record: Agreement) -> None:
    person("other", Role.OFFICE_OFFICER, made.office)
    follow(nina, number=record.number)
    assert Subscription.objects.get().duty_id == nina.duty_id


def test_the_worker_finds_and_tells_behind_the_fence(head: Actor, nina: Actor, record: Agreement) -> None:
    hidden = agreement(head, title="Agreement on trade inside")
    follow(nina, number=record.number)
    follow(nina, query="title__contains=trade")
    follow(head, query="title__contains=trade")
    step(record, "change", head, title="Agreement on trade and fish")
    far = agreement(nina, own="RU-PRI", foreign="BR-SP", title="Far trade", publicity="public")
    now = timezone.now()
    with asking(program(timezone.localdate())):
        assert look(now) == 3
        assert tell(now, only=["following.changed"]).told == 3
    assert told(nina) == ["Agreements: Changed: 1", f"{record.number}: Changed: Change (Synthetic head)"]
    assert told(head) == ["Agreements: Entered: 1"]
    assert {c.record_id for c in FoundChange.objects.all()} == {record.pk, far.pk}
    assert hidden.pk not in Subscription.objects.get(person=nina.person_id, record_id__isnull=True).members
