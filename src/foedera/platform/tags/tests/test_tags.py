"""Tags on records: whose they are, who finds them, in lists, queries, facets, exports, steps on many records and the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from foedera.accounts.models import Person
from foedera.agreements.lists import AGREEMENTS
from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid, NotFound, Refused
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.history.models import Entry
from foedera.platform.history.queries import timeline
from foedera.platform.lists.description import RecordType, accompany_every_type, record_types
from foedera.platform.tags.actions import CHANGE, DELETE, MAKE, MERGE
from foedera.platform.tags.column import tag_column
from foedera.platform.tags.models import Tag, Tagging
from foedera.platform.tags.queries import tag_of, tags_of, tags_on

pytestmark = pytest.mark.django_db
Enter = Callable[[str], Client]


@pytest.fixture
def world() -> make.World:
    return make.world()


@pytest.fixture
def people(world: make.World) -> dict[str, Actor]:
    return {
        "centre": make.actor(Role.COORDINATOR, world.ministry, login="centre"),
        "officer": make.actor(Role.OFFICE_OFFICER, world.office, login="officer"),
        "colleague": make.actor(Role.OFFICE_OFFICER, world.office, login="colleague"),
        "head": make.actor(Role.OFFICE_HEAD, world.office, login="head"),
        "far": make.actor(Role.OFFICE_OFFICER, world.other_office, login="far"),
        "auditor": make.actor(Role.AUDITOR, world.ministry, login="auditor"),
    }


@pytest.fixture
def enter(people: dict[str, Actor]) -> Enter:
    def entered(login: str) -> Client:
        client = Client()
        if login != "public":
            client.force_login(Person.objects.get(login=login))
        return client

    return entered


@pytest.fixture
def record(people: dict[str, Actor]) -> Agreement:
    return make.agreement(people["officer"], publicity="public")


def put(actor: Actor, record: Agreement, tags: str, audience: str = "mine") -> None:
    perform(action_named("agreements.add_tags"), actor, record=record, values={"tags": tags, "audience": audience})


def take(actor: Actor, record: Agreement, tags: str) -> None:
    perform(action_named("agreements.remove_tags"), actor, record=record, values={"tags": tags})


def on(record: Agreement, actor: Actor) -> list[str]:
    return [tag.name for tag in tags_on(record, actor)]


def make_tag(actor: Actor, name: str, audience: str = "mine") -> Tag:
    made: Tag = perform(MAKE, actor, values={"name": name, "audience": audience})
    return made


# ------------------------------------------------------------------------------------------------------------------ rights


def test_a_tag_is_found_by_those_for_whom_it_is(people: dict[str, Actor], record: Agreement) -> None:
    put(people["officer"], record, "own thought")
    put(people["officer"], record, "urgent", "body")
    make_tag(people["centre"], "Priority", "everyone")
    put(people["centre"], record, "priority")
    assert on(record, people["officer"]) == ["own thought", "urgent", "Priority"]
    assert on(record, people["colleague"]) == ["urgent", "Priority"]
    assert on(record, people["far"]) == ["Priority"]
    assert [t.name for t in tags_of(people["far"])] == ["Priority"]
    with pytest.raises(NotFound):
        tag_of(Tag.objects.get(name="urgent").pk, people["far"])


def test_who_puts_which_tags(people: dict[str, Actor], record: Agreement) -> None:
    make_tag(people["centre"], "Priority", "everyone")
    put(people["auditor"], record, "look again")
    put(people["far"], record, "like ours", "body")
    with pytest.raises(Refused, match="territory"):
        put(people["far"], record, "priority")
    with pytest.raises(Refused):
        put(people["auditor"], record, "audited", "body")
    with pytest.raises(Refused, match="coordinator"):
        put(people["officer"], record, "for all", "everyone")
    put(people["officer"], record, "priority")
    assert on(record, people["far"]) == ["like ours", "Priority"]
    with pytest.raises(Refused):
        take(people["far"], record, "priority")
    take(people["officer"], record, "PRIORITY")
    assert on(record, people["far"]) == ["like ours"]


def test_who_does_not_read_a_record_whole_puts_no_tag(people: dict[str, Actor]) -> None:
    internal = make.agreement(people["officer"])
    title_only = make.agreement(
        people["officer"], title="A title", publicity="title_only", publicity_ground="It was asked for"
    )
    for hidden in (internal, title_only):
        with pytest.raises(NotFound):
            put(people["far"], hidden, "mine")
    assert not Tagging.objects.exists()


@pytest.mark.parametrize(
    ("who", "audience", "allowed"),
    [
        ("officer", "mine", True),
        ("colleague", "mine", None),
        ("officer", "body", True),
        ("colleague", "body", False),
        ("head", "body", True),
        ("far", "body", None),
        ("officer", "everyone", False),
        ("centre", "everyone", True),
    ],
)
def test_who_looks_after_a_tag(people: dict[str, Actor], who: str, audience: str, allowed: bool | None) -> None:
    maker = people["centre"] if audience == "everyone" else people["officer"]
    tag = make_tag(maker, "urgent", audience)
    if allowed is None:
        with pytest.raises(NotFound):
            perform(CHANGE, people[who], record=tag, version=1, values={"name": "later"})
    elif not allowed:
        with pytest.raises(Refused):
            perform(CHANGE, people[who], record=tag, version=1, values={"name": "later"})
        with pytest.raises(Refused):
            perform(DELETE, people[who], record=tag)
    else:
        perform(CHANGE, people[who], record=tag, version=1, values={"name": "later"})
        assert Tag.objects.get().name == "later"


# ------------------------------------------------------------------------------------------------------- what tags are like


@pytest.mark.parametrize("name", ["", "  ", "a,b", "a:b", "x" * 61, "a\x00b", "empty", "Any", "(a", '"a'])
def test_faulty_names_are_refused(people: dict[str, Actor], name: str) -> None:
    with pytest.raises(Invalid):
        make_tag(people["officer"], name)


def test_capitals_make_no_difference(people: dict[str, Actor], record: Agreement) -> None:
    put(people["officer"], record, "Срочно, срочно,  СРОЧНО ")
    put(people["officer"], record, "срочно")
    assert on(record, people["officer"]) == ["Срочно"]
    with pytest.raises(Invalid, match="merge"):
        make_tag(people["officer"], "срочно")


def test_putting_is_told_in_the_history_of_the_tag_and_not_on_the_timeline_of_the_record(
    people: dict[str, Actor], record: Agreement
) -> None:
    version, events = record.version, len(timeline(record))
    put(people["officer"], record, "own thought")
    record.refresh_from_db()
    assert (record.version, len(timeline(record))) == (version, events)
    tag = Tag.objects.get()
    entries = Entry.objects.filter(subject_table="platform_tags_tag", subject_id=tag.pk)
    assert sorted(entries.values_list("table_name", flat=True)) == ["platform_tags_tag", "platform_tags_tagging"]


def test_merging_and_deleting(people: dict[str, Actor], record: Agreement) -> None:
    officer = people["officer"]
    other = make.agreement(officer, title="Another")
    put(officer, record, "urgent, hurry")
    put(officer, other, "hurry")
    hurry, urgent = Tag.objects.get(name="hurry"), Tag.objects.get(name="urgent")
    body_tag = make_tag(officer, "urgent", "body")
    with pytest.raises(Invalid, match="same people"):
        perform(MERGE, officer, record=hurry, values={"into": body_tag.pk})
    with pytest.raises(Invalid):
        perform(MERGE, officer, record=hurry, values={"into": hurry.pk})
    with pytest.raises(NotFound):
        perform(MERGE, officer, record=hurry, values={"into": 10**9})
    perform(MERGE, officer, record=hurry, values={"into": urgent.pk})
    assert (on(record, officer), on(other, officer)) == (["urgent"], ["urgent"])
    perform(DELETE, officer, record=urgent)
    assert on(record, officer) == []
    assert not Tagging.objects.exists()


# ------------------------------------------------------------------------------------------------------------------- lists


@pytest.fixture
def tagged(people: dict[str, Actor]) -> list[Agreement]:
    made = [make.agreement(people["officer"], title=f"Agreement {n}", publicity="public") for n in range(3)]
    put(people["officer"], made[0], "urgent, slow", "body")
    put(people["officer"], made[1], "urgent", "body")
    return made


def numbers(client: Client, query: str) -> set[str]:
    answered = client.get(f"/api/v1/agreements?{query}")
    assert answered.status_code == 200, answered.content
    return {row["number"] for row in answered.json()["items"]}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tag=urgent", {0, 1}),
        ("tag=URGENT", {0, 1}),
        ("tag__not=urgent", {2}),
        ("tag__empty=true", {2}),
        ("tag__empty=false", {0, 1}),
        ("q=tag:urgent", {0, 1}),
        ("q=метки:slow", {0}),
        ("q=tag:urgent -tag:slow", {1}),
        ("q=tag:slow,urgent", {0, 1}),
        ("q=tag:empty OR tag:slow", {0, 2}),
        ("tag=nothing", set()),
    ],
)
def test_lists_are_narrowed_by_tags(enter: Enter, tagged: list[Agreement], query: str, expected: set[int]) -> None:
    assert numbers(enter("officer"), query) == {tagged[n].number for n in expected}


def test_others_find_nothing_by_tags_that_are_not_theirs(enter: Enter, tagged: list[Agreement]) -> None:
    everything = {a.number for a in tagged}
    for who in ("far", "public"):
        client = enter(who)
        assert numbers(client, "tag=urgent") == set()
        assert numbers(client, "tag__empty=true") == everything
        assert "urgent" not in client.get("/agreements/?part=facet&facet=tag").content.decode()
        assert "urgent" not in client.get("/agreements/?columns=number,title,tag").content.decode()
        assert "urgent" not in b"".join(client.get("/agreements/?format=csv")).decode()
    unknown = enter("far").get("/agreements/?q=tag:urgent")
    assert unknown.status_code == 422


def test_tags_are_shown_counted_and_exported(enter: Enter, tagged: list[Agreement]) -> None:
    client = enter("officer")
    page = client.get("/agreements/?columns=number,title,tag").content.decode()
    assert page.count('<span class="chip chip-grey">urgent</span>') == 2
    facet = client.get("/agreements/?part=facet&facet=tag").content.decode()
    assert facet.index("urgent") < facet.index("slow")
    exported = b"".join(client.get("/agreements/?format=csv&columns=number,tag")).decode()
    assert f"{tagged[0].number},slow ; urgent" in exported
    rows = client.get("/api/v1/agreements?columns=number,tag").json()["items"]
    assert {r["number"]: r["tag"] for r in rows}[tagged[0].number] == ["slow", "urgent"]
    grouped = client.get("/agreements/?group=tag").content.decode()
    assert "urgent" in grouped
    offered = client.get("/lists/agreements/complete/?q=tag:ur").content.decode()
    assert "urgent" in offered


def test_tags_of_today_are_not_shown_beside_the_past(enter: Enter, tagged: list[Agreement]) -> None:
    client = enter("officer")
    at = Entry.objects.latest("id").at.isoformat().replace("+", "%2B")
    assert numbers(client, f"known_at={at}&tag__empty=true") == {a.number for a in tagged}
    page = client.get(f"/agreements/?columns=number,title,tag&known_at={at}").content.decode()
    assert 'chip-grey">urgent' not in page


def test_every_record_type_has_tags(people: dict[str, Actor], world: make.World, enter: Enter) -> None:
    assert all(kind.has("tag") for kind in record_types())
    body = make.body("Agency of Tambov", country=world.territories["RU"])
    client = enter("centre")
    assert client.post(f"/tags/on/bodies/{body.number}/", {"tags": "check", "audience": "mine"}).status_code == 302
    assert "check" in client.get(f"/directory/{body.number}/").content.decode()
    assert body.number in client.get("/directory/?tag=check").content.decode()
    with pytest.raises(RuntimeError):
        accompany_every_type(tag_column, lambda _kind: None)
    assert isinstance(AGREEMENTS, RecordType)


def test_many_records_at_once(enter: Enter, people: dict[str, Actor], tagged: list[Agreement]) -> None:
    client = enter("far")
    listed = client.get("/agreements/").content.decode()
    assert '<option value="add_tags">' in listed
    asked = {"query": "", "values": {"tags": "seen, later", "audience": "mine"}, "preview": True}
    looked = client.post("/api/v1/agreements/bulk/add_tags", json.dumps(asked), content_type="application/json")
    assert looked.json()["counts"]["good"] == 3, looked.content
    assert [c["after"] for c in looked.json()["items"][0]["changes"]] == ["seen", "later"]
    assert not Tag.objects.filter(name="seen").exists()
    client.post(f"/api/v1/bulk/{looked.json()['id']}/carry-out", "{}", content_type="application/json")
    assert [on(a, people["far"]) for a in tagged] == [["later", "seen"]] * 3
    again = client.post("/api/v1/agreements/bulk/add_tags", json.dumps(asked), content_type="application/json")
    assert again.json()["counts"]["same"] == 3
    removed = {"query": "", "values": {"tags": "seen"}}
    done = client.post("/api/v1/agreements/bulk/remove_tags", json.dumps(removed), content_type="application/json")
    assert done.json()["counts"]["done"] == 3
    assert [on(a, people["far"]) for a in tagged] == [["later"]] * 3


# ------------------------------------------------------------------------------------------------------------------- pages


def test_pages_of_tags(enter: Enter, people: dict[str, Actor], record: Agreement) -> None:
    client = enter("officer")
    assert client.post("/tags/", {"name": "urgent", "audience": "mine"}).status_code == 302
    faulty = client.post("/tags/", {"name": "ur,gent", "audience": "mine"})
    assert faulty.status_code == 422
    assert 'value="ur,gent"' in faulty.content.decode()
    tag = Tag.objects.get()
    here = f"/tags/on/agreements/{record.number}/"
    assert client.post(here, {"tags": "urgent, new one", "audience": "body"}).status_code == 302
    assert on(record, people["colleague"]) == ["new one"]
    shown = client.get(f"/agreements/{record.number}/").content.decode()
    assert "urgent" in shown
    assert f'href="{here}"' in shown
    assert "urgent" not in enter("colleague").get(f"/agreements/{record.number}/").content.decode()
    wrong = client.post(here, {"tags": "a:b", "audience": "mine"})
    assert wrong.status_code == 422
    assert 'value="a:b"' in wrong.content.decode()
    assert client.post(f"{here}remove/", {"tag": str(tag.pk)}).status_code == 302
    assert on(record, people["officer"]) == ["new one"]
    changed = client.post(f"/tags/{tag.pk}/", {"name": "pressing", "audience": "mine", "version": "1"})
    assert changed.status_code == 302
    assert "pressing" in client.get(f"/tags/{tag.pk}/").content.decode()
    assert client.post("/tags/", {"name": "hurry", "audience": "mine"}).status_code == 302
    hurry = Tag.objects.get(name="hurry")
    assert "pressing" in client.get(f"/tags/{hurry.pk}/merge/").content.decode()
    assert client.post(f"/tags/{hurry.pk}/merge/", {"into": str(tag.pk)}).status_code == 302
    assert client.get(f"/tags/{tag.pk}/delete/").status_code == 200
    assert client.post(f"/tags/{tag.pk}/delete/").status_code == 302
    assert [t.name for t in Tag.objects.all()] == ["new one"]
    assert enter("colleague").get(f"/tags/{Tag.objects.get().pk}/").status_code == 200
    assert enter("far").get(f"/tags/{Tag.objects.get().pk}/").status_code == 404


# --------------------------------------------------------------------------------------------------------------------- API


def sent(client: Client, method: str, address: str, body: Any = None, version: int | None = None) -> Any:
    headers = {"If-Match": f'"{version}"'} if version is not None else {}
    return getattr(client, method)(
        f"/api/v1{address}", json.dumps(body or {}), content_type="application/json", headers=headers
    )


def test_tags_over_the_api(enter: Enter, record: Agreement) -> None:
    client = enter("officer")
    made = sent(client, "post", "/tags", {"name": "urgent", "audience": "body"})
    assert made.status_code == 201, made.content
    key = made.json()["id"]
    assert sent(client, "post", "/tags", {"name": "Urgent", "audience": "body"}).status_code == 422
    assert sent(client, "patch", f"/tags/{key}", {"name": "pressing"}).status_code == 428
    assert sent(client, "patch", f"/tags/{key}", {"name": "pressing"}, 1).json()["name"] == "pressing"
    assert sent(client, "patch", f"/tags/{key}", {"name": "x"}, 1).status_code == 412
    put_on = sent(client, "post", f"/agreements/{record.number}/add_tags", {"tags": "pressing, own"})
    assert put_on.status_code == 200, put_on.content
    listed = client.get(f"/api/v1/tags/on/agreements/{record.number}").json()["items"]
    assert [(t["name"], t["audience"]) for t in listed] == [("own", "mine"), ("pressing", "body")]
    far = enter("far").get(f"/api/v1/tags/on/agreements/{record.number}").json()["items"]
    assert far == []
    assert enter("public").get(f"/api/v1/tags/on/agreements/{record.number}").status_code == 404
    assert enter("public").get("/api/v1/tags").json() == {"items": []}
    off = sent(client, "post", f"/agreements/{record.number}/remove_tags", {"tags": "own"})
    assert off.status_code == 200
    own = next(t["id"] for t in client.get("/api/v1/tags").json()["items"] if t["name"] == "own")
    assert sent(client, "delete", f"/tags/{own}").json() == {"deleted": True}
    assert enter("far").get(f"/api/v1/tags/{key}").status_code == 404
