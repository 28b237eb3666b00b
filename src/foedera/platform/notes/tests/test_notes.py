"""Notes on records: who reads them, correcting and withdrawing with everything kept, in timeline, search and API."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from foedera.accounts.models import Person
from foedera.accounts.tests.make import signed_in
from foedera.agreements.models import Agreement
from foedera.agreements.tests.make import World, actor, agreement, person, step, tie, world
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.history.queries import timeline
from foedera.platform.notes.models import Note
from foedera.platform.notes.rules import headline_of, may_be_corrected
from foedera.platform.search.queries import Asked, find

pytestmark = pytest.mark.django_db
TEXT = "The other side asks for a wayzgoose clause"


@pytest.fixture
def made() -> World:
    return world()


@pytest.fixture
def head(made: World) -> Actor:
    return actor(Role.OFFICE_HEAD, made.office, login="head")


@pytest.fixture
def record(made: World, head: Actor) -> Agreement:
    """An agreement of the office in Tambov, which everybody inside the network may read."""
    return agreement(head, publicity="public")


def browser(login: str) -> Client:
    return signed_in(Person.objects.get(login=login))


def write(client: Client, record: Any, text: str = TEXT, kind: str = "agreements", **more: str) -> Any:
    return client.post(f"/notes/on/{kind}/{record.number}/", {"text": text, "publicity": "internal", **more})


def timeline_of(client: Client, record: Any) -> str:
    return client.get(f"/agreements/{record.number}/timeline/").content.decode()


def over_api(client: Client, path: str, sent: dict[str, Any], version: int | None = None, method: str = "post") -> Any:
    headers = {"If-Match": f'"{version}"'} if version is not None else {}
    return getattr(client, method)(f"/api/v1/notes{path}", sent, content_type="application/json", headers=headers)


def test_a_note_is_written_from_the_timeline_and_stands_in_it(record: Agreement) -> None:
    his = browser("head")
    page = timeline_of(his, record)
    assert f'action="/notes/on/agreements/{record.number}/"' in page
    assert write(his, record, f"{TEXT}\n<b>Second line</b>").status_code == 302
    note = Note.objects.get()
    assert (note.author_name, note.author_body, note.publicity) == ("Synthetic head", "Office in Tambov", "internal")
    page = timeline_of(his, record)
    assert TEXT in page
    assert "&lt;b&gt;Second line" in page
    assert note.number in page
    assert "Head of a regional office, Office in Tambov" in page
    assert page.index(note.number) < page.index("New agreement"), "newest first"
    assert TEXT in his.get(f"/notes/{note.number}/").content.decode()


def test_who_may_read_the_record_reads_the_note_and_nobody_else(made: World, head: Actor, record: Agreement) -> None:
    inside = agreement(head, title="Agreement on fish")
    write(browser("head"), record)
    write(browser("head"), inside, "About fish")
    open_note, inner = Note.objects.order_by("pk")
    far = signed_in(person("far", Role.OFFICE_OFFICER, made.other_office))
    near = signed_in(person("near", Role.MISSION, made.embassy))
    for client, seen in ((far, [200, 404]), (near, [200, 200]), (Client(), [404, 404])):
        got = [client.get(f"/notes/{n.number}/").status_code for n in (open_note, inner)]
        assert got == seen
        assert [client.get(f"/api/v1/notes/{n.number}").status_code for n in (open_note, inner)] == seen
    assert TEXT not in timeline_of(Client(), record)
    assert Client().get("/notes/").status_code == 404
    assert Client().get("/api/v1/notes").status_code == 404
    shown = far.get("/notes/").content.decode()
    assert open_note.number in shown
    assert inner.number not in shown
    assert [n["number"] for n in far.get("/api/v1/notes").json()["items"]] == [open_note.number]
    step(record, "change", head, publicity="restricted", publicity_ground="Kept")
    assert far.get(f"/notes/{open_note.number}/").status_code == 404, "rights of the moment"
    assert browser("head").get(f"/notes/{open_note.number}/").status_code == 200


def test_nothing_is_read_of_a_record_of_which_only_the_title_is_shown(made: World, head: Actor) -> None:
    titled = agreement(head, publicity="title_only", publicity_ground="The other side asked for it")
    write(browser("head"), titled)
    far = signed_in(person("far", Role.OFFICE_OFFICER, made.other_office))
    assert far.get(f"/agreements/{titled.number}/").status_code == 200
    assert far.get(f"/notes/{Note.objects.get().number}/").status_code == 404
    assert write(far, titled).status_code == 404


def test_a_note_for_its_body_alone(made: World, record: Agreement) -> None:
    write(browser("head"), record, publicity="restricted")
    note = Note.objects.get()
    assert note.publicity == "restricted"
    colleague = signed_in(person("colleague", Role.OFFICE_OFFICER, made.office))
    assert "For one body alone" in timeline_of(colleague, record)
    for role, body in ((Role.OFFICE_OFFICER, made.other_office), (Role.COORDINATOR, made.ministry)):
        client = signed_in(person(f"{role}x", role, body))
        assert TEXT not in timeline_of(client, record)
        assert client.get(f"/notes/{note.number}/").status_code == 404
        assert client.get("/api/v1/notes").json()["items"] == []


def test_notes_are_found_within_rights(made: World, record: Agreement) -> None:
    write(browser("head"), record, publicity="restricted")
    note = Note.objects.get()
    colleague = actor(Role.OFFICE_OFFICER, made.office, login="colleague")
    far = actor(Role.COORDINATOR, made.ministry, login="centre")
    hits = find(colleague, Asked(words="wayzgoose")).hits
    assert [(hit.record_type.name, hit.number) for hit in hits] == [("notes", note.number)]
    found = find(far, Asked(words="wayzgoose"))
    assert (found.hits, found.total, found.suggestion) == ((), 0, "")
    assert note.number in browser("colleague").get("/search/?q=wayzgoose").content.decode()
    assert note.number not in browser("centre").get("/search/?q=wayzgoose").content.decode()
    assert note.number in browser("colleague").get("/palette.json?q=wayzgoose").content.decode()
    write(browser("head"), record, "A wayzgoose for all")
    assert find(far, Asked(words="wayzgoose")).total == 1
    listed = browser("centre").get("/notes/?q=wayzgoose&format=csv")
    assert b"".join(listed.streaming_content).count(b"NT-") == 1  # type: ignore[attr-defined]  # a streamed answer


def test_the_author_corrects_within_an_hour_and_what_it_said_is_kept(made: World, record: Agreement) -> None:
    his = browser("head")
    write(his, record)
    note = Note.objects.get()
    url = f"/notes/{note.number}/correct/"
    assert TEXT in his.get(url).content.decode()
    assert his.post(url, {"text": " ", "version": "1"}).status_code == 422
    assert his.post(url, {"text": "Nothing of the kind", "version": "1"}).status_code == 302
    note.refresh_from_db()
    assert (note.text, note.headline) == ("Nothing of the kind", "Nothing of the kind")
    assert note.corrected_at is not None
    event = timeline(note)[0]
    assert event.action == "notes.correct"
    assert {c.field: c.before for c in event.changes}["text"] == TEXT
    assert TEXT in his.get(f"/notes/{note.number}/").content.decode(), "in its history"
    stale = his.post(url, {"text": "Again", "version": "1"})
    assert stale.status_code in (409, 422)
    other = signed_in(person("colleague", Role.OFFICE_OFFICER, made.office))
    assert other.post(url, {"text": "Mine", "version": "2"}).status_code == 422
    Note.objects.update(created_at=timezone.now() - datetime.timedelta(minutes=61))
    late = his.post(url, {"text": "Too late", "version": "2"})
    assert late.status_code == 422
    assert "Too late" in late.content.decode(), "what was typed stays"
    assert his.get(url).status_code == 409
    note.refresh_from_db()
    assert note.text == "Nothing of the kind"


def test_withdrawing_wants_a_reason_and_keeps_the_note(made: World, record: Agreement) -> None:
    person("officer", Role.OFFICE_OFFICER, made.office)
    write(browser("officer"), record)
    note = Note.objects.get()
    url = f"/notes/{note.number}/withdraw/"
    stranger = signed_in(person("stranger", Role.MISSION, made.embassy))
    assert stranger.post(url, {"version": "1", "reason": "No"}).status_code == 422
    his = browser("head")
    assert his.post(url, {"version": "1", "reason": ""}).status_code == 422
    assert his.post(url, {"version": "1", "reason": "Of another agreement"}).status_code == 302
    note.refresh_from_db()
    assert note.state == "withdrawn"
    assert "Withdrawn" in timeline_of(his, record)
    assert "Of another agreement" in his.get(f"/notes/{note.number}/").content.decode()
    assert his.post(url, {"version": "2", "reason": "Again"}).status_code == 422
    assert browser("officer").get(f"/notes/{note.number}/correct/").status_code == 409


def test_oversight_reads_and_writes_none(made: World, record: Agreement) -> None:
    write(browser("head"), record)
    for role in (Role.AUDITOR, Role.INSPECTOR):
        client = signed_in(person(str(role), role, made.ministry))
        page = timeline_of(client, record)
        assert TEXT in page
        assert "/notes/on/" not in page
        assert write(client, record).status_code == 403
    assert Note.objects.count() == 1


@pytest.mark.parametrize("text", ["", "   ", "a\x00b", "x" * 10_001])
def test_a_faulty_note_is_told_and_nothing_is_kept(record: Agreement, text: str) -> None:
    answer = write(browser("head"), record, text)
    assert answer.status_code == 422
    assert not Note.objects.exists()


def test_notes_on_other_kinds_of_records(made: World, head: Actor) -> None:
    his = browser("head")
    between = tie(head, made.government, made.embassy)
    assert write(his, between, kind="ties").status_code == 302
    assert TEXT in his.get(f"/ties/{between.number}/").content.decode()
    assert write(his, made.government, kind="bodies").status_code == 302
    assert TEXT in his.get(f"/directory/bodies/{made.government.number}/timeline/").content.decode()
    for url in ("/notes/on/notes/NT-000001/", "/notes/on/nonsense/AG-000001/", "/notes/on/agreements/AG-999999/"):
        assert his.get(url).status_code == 404
    assert his.get("/notes/NT-999999/").status_code == 404


def test_what_was_written_later_is_not_seen_in_the_past(record: Agreement) -> None:
    his = browser("head")
    before = timezone.now()
    write(his, record)
    page = his.get(f"/agreements/{record.number}/timeline/", {"as_of": before.isoformat()})
    assert page.status_code == 200
    assert TEXT not in page.content.decode()
    assert "/notes/on/" not in page.content.decode(), "nothing is written there"


def test_it_is_all_possible_over_the_api(made: World, record: Agreement) -> None:
    his = browser("head")
    sent = {"record_type": "agreements", "number": record.number, "text": TEXT}
    done = over_api(his, "", sent)
    assert done.status_code == 201, done.content
    assert (done.status_code, done.headers["ETag"]) == (201, '"1"')
    number = done.json()["number"]
    assert done.headers["Location"] == f"/api/v1/notes/{number}"
    assert his.get(f"/api/v1/notes?record={record.number.lower()}").json()["items"][0]["text"] == TEXT
    assert over_api(his, f"/{number}", {"text": "Quokka"}, method="patch").status_code == 428
    assert over_api(his, f"/{number}", {"text": "Quokka"}, 7, "patch").status_code == 412
    corrected = over_api(his, f"/{number}", {"text": "Quokka"}, 1, "patch")
    assert (corrected.status_code, corrected.json()["text"]) == (200, "Quokka")
    history = his.get(f"/api/v1/notes/{number}/history").json()["items"]
    assert TEXT in str(history)
    assert over_api(his, f"/{number}/withdraw", {}, 2).status_code == 422
    gone = over_api(his, f"/{number}/withdraw", {"reason": "Wrong record"}, 2)
    assert (gone.status_code, gone.json()["state"]) == (200, "withdrawn")
    assert over_api(his, f"/{number}", {"text": "Back"}, 3, "patch").status_code == 409
    assert over_api(his, "", {**sent, "nonsense": 1}).status_code == 422
    assert over_api(his, "", {**sent, "number": "AG-999999"}).status_code == 404
    assert over_api(Client(), "", sent).status_code in (403, 404)
    assert his.get("/api/v1/notes?before=x").status_code == 422
    found = his.get("/api/v1/search?q=Quokka").json()
    assert number in str(found)


def test_the_pages_are_russian_too(record: Agreement) -> None:
    client = Client(headers={"accept-language": "ru"})
    client.force_login(Person.objects.get(login="head"))
    write(client, record)
    with translation.override("ru"):
        assert "Написать заметку" in client.get(f"/agreements/{record.number}/timeline/").content.decode()
        assert "Заметки" in client.get("/notes/").content.decode()


def test_the_rules() -> None:
    assert headline_of(" One  line\nand more") == "One line"
    long = headline_of("word " * 60)
    assert len(long) <= 120
    assert long.endswith("word…")
    assert len(headline_of("x" * 300)) == 120
    now = timezone.now()
    assert may_be_corrected(now - datetime.timedelta(minutes=59), now)
    assert not may_be_corrected(now - datetime.timedelta(minutes=60), now)
