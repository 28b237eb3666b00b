"""Any record and any list can be read as it stood at an instant: page, API, files and commands; within the rights of today."""

from __future__ import annotations

import datetime
import io
import json
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foedera.accounts.models import Duty, Person
from foedera.agreements.lists import AGREEMENTS
from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.history import past_rows
from foedera.platform.history.instants import parse_instant, present_instant, reading_at, reading_today

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def officer(world: make.World) -> Actor:
    return make.actor(Role.COORDINATOR, world.ministry, login="officer")


@pytest.fixture
def visitor(officer: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(login="officer"))
    return client


def now() -> str:
    return timezone.now().isoformat()


def change(record: Agreement, officer: Actor, **values: Any) -> None:
    record.refresh_from_db()
    perform(action_named("agreements.change"), officer, values=values, record=record, version=record.version)


def api(client: Client, path: str, **query: str) -> Any:
    answer = client.get(f"/api/v1{path}", query)
    assert answer.status_code == 200, answer.content
    return orjson.loads(answer.content)


def test_a_record_is_read_as_it_stood(officer: Actor, visitor: Client) -> None:
    before = now()
    made = make.agreement(officer, title="Agreement on trade", indefinite=True)
    first = now()
    change(made, officer, title="Agreement on science", parties=[
        {"side": "own", "territory": "RU-TAM"}, {"side": "foreign", "name": "Province of Hebei"}])  # fmt: skip
    second = now()
    make.step(made, "terminate", officer, reason="by consent", terminated_on="2020-01-01", end_ground="consent")

    old, new = (api(visitor, f"/agreements/{made.number}", as_of=instant) for instant in (first, second))
    assert (old["title"], new["title"]) == ("Agreement on trade", "Agreement on science")
    assert "Province of Hebei" not in [p["name"] for p in old["parties"]]
    assert "Province of Hebei" in [p["name"] for p in new["parties"]]
    assert (old["version"], new["terminated_on"]) == (1, "")
    assert new["status"] == "in_force"
    assert api(visitor, f"/agreements/{made.number}")["status"] == "terminated"
    assert visitor.get(f"/api/v1/agreements/{made.number}", {"as_of": before}).status_code == 404

    page = visitor.get(f"/agreements/{made.number}/", {"as_of": first})
    assert page.status_code == 200
    text = page.content.decode()
    assert "Agreement on trade" in text
    assert "Agreement on science" not in text
    assert 'class=" past known' in text
    assert "as it stood at" in text
    assert [e["action"] for e in api(visitor, f"/agreements/{made.number}/history", as_of=first)["items"]] == [
        "agreements.create"
    ]


def test_a_list_is_read_as_it_stood_with_its_filters_words_facets_and_counts(officer: Actor, visitor: Client) -> None:
    for n in range(3):
        make.agreement(officer, title=f"Agreement on forests {n}")
    first = now()
    for record in Agreement.objects.all():
        change(record, officer, title=f"Agreement on rivers {record.pk}", publicity="public")
    make.agreement(officer, title="Agreement on rivers, too")
    titles = [r["title"] for r in api(visitor, "/agreements", as_of=first, sort="title")["items"]]
    assert titles == [f"Agreement on forests {n}" for n in range(3)]
    assert api(visitor, "/agreements", as_of=first, count="1", q="forest")["count"] == 3
    assert api(visitor, "/agreements", as_of=first, count="1", q="rivers")["count"] == 0
    assert api(visitor, "/agreements", as_of=first, count="1", publicity="internal", region="RU-TAM")["count"] == 3
    assert api(visitor, "/agreements", count="1", publicity="internal")["count"] == 1
    page = visitor.get("/agreements/", {"as_of": first}).content.decode()
    assert "forests 2" in page
    assert "rivers" not in page
    facet = visitor.get("/agreements/", {"as_of": first, "part": "facet", "facet": "publicity"}).content.decode()
    assert "Internal" in facet
    assert ">Public<" not in facet


@pytest.mark.parametrize("kind", ["csv", "jsonl", "xlsx"])
def test_a_file_is_made_of_what_was_known(officer: Actor, visitor: Client, kind: str) -> None:
    made = make.agreement(officer, title="Agreement on forests")
    first = now()
    change(made, officer, title="Agreement on rivers")
    answer = visitor.get("/agreements/", {"as_of": first, "format": kind})
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # the client's answer of a stream
    if kind != "xlsx":
        assert b"forests" in body
        assert b"rivers" not in body
    assert len(body) > 100
    assert present_instant() is None
    assert api(visitor, f"/agreements/{made.number}")["title"] == "Agreement on rivers"


def test_commands_read_the_past(officer: Actor) -> None:
    made = make.agreement(officer, title="Agreement on forests")
    first = now()
    change(made, officer, title="Agreement on rivers")
    said = io.StringIO()
    call_command("agreement", made.number, as_of=first, stdout=said)
    assert "Agreement on forests" in said.getvalue()
    assert "as it was known at" in said.getvalue()
    said = io.StringIO()
    call_command("agreement", made.number, as_of="1990-05-01", known_at=first, json=True, stdout=said)
    document = json.loads(said.getvalue())
    assert (document["title"], document["status"]) == ("Agreement on forests", "not_yet_in_force")
    with pytest.raises(CommandError, match="still to come"):
        call_command("agreement", made.number, as_of="2999-01-01T00:00")
    with pytest.raises(CommandError, match="instant such as"):
        call_command("agreement", made.number, as_of="yesterday")


def test_an_export_by_command_holds_what_was_known(officer: Actor, tmp_path: Any) -> None:
    made = make.agreement(officer, title="Agreement on forests")
    first = now()
    change(made, officer, title="Agreement on rivers")
    target = tmp_path / "old.jsonl"
    call_command("export", "agreements", format="jsonl", output=str(target), as_of=first)
    assert [orjson.loads(line)["title"] for line in target.read_bytes().splitlines()] == ["Agreement on forests"]


def test_a_day_and_an_instant_go_together(officer: Actor, visitor: Client) -> None:
    made = make.agreement(officer, title="Agreement on trade", indefinite=True)
    first = now()
    make.step(made, "terminate", officer, reason="by consent", terminated_on="2020-01-01", end_ground="consent")

    def status(**query: str) -> str:
        return str(api(visitor, f"/agreements/{made.number}", **query)["status"])

    assert status() == "terminated"
    assert status(as_of="2021-01-01") == "terminated"
    assert status(as_of="2019-01-01") == "in_force"
    assert status(known_at=first) == "in_force"
    assert status(as_of="2021-01-01", known_at=first) == "in_force"
    assert status(as_of="1960-01-01", known_at=first) == "not_yet_in_force"


@pytest.mark.parametrize(
    "query", [{"as_of": "2999-01-01T00:00"}, {"known_at": "2999-01-01T00:00"}, {"known_at": "then"}]
)
def test_an_instant_that_cannot_be_read_is_refused(visitor: Client, query: dict[str, str]) -> None:
    assert visitor.get("/agreements/", query).status_code == 422
    assert visitor.get("/api/v1/agreements", query).status_code == 422


@pytest.mark.parametrize("name", ["as_of", "known_at"])
def test_an_instant_of_a_zone_that_no_database_knows_is_read(visitor: Client, name: str) -> None:
    assert visitor.get("/api/v1/agreements", {name: "2024-04-28T12:14:10-16:35"}).status_code == 200


def test_nothing_is_made_up_of_the_time_before_anything_was_kept(visitor: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {past_rows.PAST}.known_since VALUES ('agreements_agreement', now())")
    answer = visitor.get("/api/v1/agreements", {"as_of": "2001-01-01T00:00"})
    assert answer.status_code == 422
    assert "since" in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "good"),
    [("2026-03-17T14:30", True), ("2026-03-17 14:30", True), ("2026-03-17T14:30:05.5 03:00", True), ("2026-03-17T14:30Z", True),
     ("2024-04-28T12:14:10-16:35", True), ("0001-01-01T00:00+05:00", False),
     ("2026-03-17", False), ("2026-02-31T10:00", False), ("noon", False), ("", False), ("\x00", False)],
)  # fmt: skip
def test_instants_are_read_as_written(text: str, good: bool) -> None:
    assert (parse_instant(text) is not None) == good
    if "03:00" in text:
        assert parse_instant(text) == datetime.datetime(2026, 3, 17, 11, 30, 5, 500000, tzinfo=datetime.UTC)


def test_nothing_can_be_written_in_the_past(officer: Actor, visitor: Client) -> None:
    made = make.agreement(officer)
    at = now()
    answer = visitor.post(
        f"/agreements/{made.number}/change/?known_at={at.replace('+', '%2B')}", {"title": "Another", "version": "1"}
    )
    assert answer.status_code in (403, 422)
    answer = visitor.patch(
        f"/api/v1/agreements/{made.number}?as_of={at.replace('+', '%2B')}",
        {"title": "Another"}, content_type="application/json", headers={"If-Match": '"1"'},
    )  # fmt: skip
    assert answer.status_code == 403
    made.refresh_from_db()
    assert made.version == 1


def test_the_rights_are_those_of_today(world: make.World, officer: Actor, visitor: Client) -> None:
    public = Client()
    shown = make.agreement(officer, title="Agreement on tea", publicity="public")
    hidden = make.agreement(officer, title="Agreement on salt", publicity="public")
    later = make.agreement(officer, title="Agreement on honey", publicity="internal")
    instant = now()
    change(hidden, officer, publicity="restricted", publicity_ground="Kept by its owner")
    change(later, officer, publicity="public")
    titles = {r["title"] for r in api(public, "/agreements", as_of=instant)["items"]}
    assert titles == {shown.title}, "neither what is no longer public nor what was not public then"
    assert public.get(f"/api/v1/agreements/{hidden.number}", {"as_of": instant}).status_code == 404
    assert public.get(f"/agreements/{later.number}/", {"as_of": instant}).status_code == 404
    assert {r["title"] for r in api(visitor, "/agreements", as_of=instant)["items"]} == {
        shown.title, hidden.title, later.title}  # fmt: skip
    change(shown, officer, publicity="title_only", publicity_ground="The other side asked for it")
    assert api(public, "/agreements", as_of=instant)["items"] == []


def test_a_duty_that_was_given_later_counts(world: make.World, officer: Actor) -> None:
    made = make.agreement(officer)
    instant = now()
    make.actor(Role.LEGAL, world.ministry, login="newcomer")
    client = Client()
    client.force_login(Person.objects.get(login="newcomer"))
    assert api(client, f"/agreements/{made.number}", as_of=instant)["number"] == made.number
    with reading_at(datetime.datetime.fromisoformat(instant)):
        assert not Duty.objects.filter(person__login="newcomer").exists()
        with reading_today():
            assert Duty.objects.filter(person__login="newcomer").exists()
        assert not Duty.objects.filter(person__login="newcomer").exists()


def test_a_record_that_is_gone_can_be_read_by_who_reads_everything(
    world: make.World, officer: Actor, visitor: Client
) -> None:
    made = make.agreement(officer, title="Agreement on tea")
    instant = now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('foedera.at', clock_timestamp()::text, true)")
    made.delete()
    assert visitor.get(f"/api/v1/agreements/{made.number}").status_code == 404
    assert api(visitor, f"/agreements/{made.number}", as_of=instant)["title"] == "Agreement on tea"
    make.actor(Role.OFFICE_OFFICER, world.office, login="somebody")
    bound = Client()
    bound.force_login(Person.objects.get(login="somebody"))
    assert bound.get(f"/api/v1/agreements/{made.number}", {"as_of": instant}).status_code == 404


def test_an_error_inside_leaves_the_present_as_it_was(officer: Actor) -> None:
    make.agreement(officer, title="Agreement on tea")
    with pytest.raises(Invalid), reading_at(timezone.now() + datetime.timedelta(days=1)):
        pytest.fail("not reached")
    with pytest.raises(ZeroDivisionError), reading_at(timezone.now()):
        raise ZeroDivisionError
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path')")
        assert past_rows.PAST not in cursor.fetchone()[0]
    assert present_instant() is None


def test_every_tracked_table_has_its_past_and_columns_follow_migrations(officer: Actor) -> None:
    kept = set(past_rows.past_tables(connection))
    assert kept == {m._meta.db_table for m in past_rows.kept_models()}
    with connection.cursor() as cursor:
        past_rows.forget_views("default")
        cursor.execute("ALTER TABLE agreements_suspension ADD COLUMN extra integer DEFAULT 7")
        cursor.execute("ALTER TABLE agreements_suspension ALTER COLUMN note TYPE text")
    past_rows.install(connection)
    past_rows.install(connection)
    made = make.agreement(officer)
    make.step(made, "suspend", officer, reason="flood", suspended_from="2020-02-01")
    instant = timezone.now()
    make.step(made, "resume", officer, suspended_until="2020-03-01")
    with reading_at(instant), connection.cursor() as cursor:
        cursor.execute("SELECT suspended_until, extra FROM agreements_suspension")
        assert cursor.fetchall() == [(None, 7)]


# --- what is remembered is what is read again ---

TITLES = ("Agreement on tea", "Agreement on salt", "Соглашение о лесе")
EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("make"), st.sampled_from(TITLES)),
        st.tuples(st.just("title"), st.integers(0, 5), st.sampled_from(TITLES)),
        st.tuples(st.just("parties"), st.integers(0, 5), st.lists(st.sampled_from(["Hebei", "Minas", "Bavaria"]), max_size=3)),
        st.tuples(st.just("publicity"), st.integers(0, 5), st.sampled_from(["public", "internal"])),
        st.tuples(st.just("raw"), st.integers(0, 5), st.sampled_from(["noted", ""])),
        st.tuples(st.just("remove"), st.integers(0, 5)),
    ),
    min_size=1,
    max_size=9,
)  # fmt: skip


def apply(edit: tuple[Any, ...], officer: Actor) -> None:
    kind, *rest = edit
    if kind == "make":
        make.agreement(officer, title=rest[0])
        return
    records = list(Agreement.objects.order_by("pk"))
    if not records:
        return
    record = records[rest[0] % len(records)]
    if kind == "title":
        change(record, officer, title=rest[1])
    elif kind == "parties":
        change(
            record,
            officer,
            parties=[{"side": "foreign", "name": n} for n in rest[1]] or [{"side": "own", "name": "Tambov"}],
        )
    elif kind == "publicity":
        change(record, officer, publicity=rest[1])
    else:
        with connection.cursor() as cursor:
            # As a transaction of its own would: a moment of its own, and nobody named.
            cursor.execute(
                "SELECT set_config('foedera.at', clock_timestamp()::text, true), set_config('foedera.action', '', true)"
            )
            if kind == "raw":
                cursor.execute("UPDATE agreements_agreement SET note = %s WHERE id = %s", [rest[1], record.pk])
        if kind == "remove":
            record.delete()


def remembered(client: Client, **query: str) -> Any:
    whole = api(client, "/agreements", sort="number", **query)["items"]
    return [(item, api(client, f"/agreements/{item['number']}", **query)) for item in whole]


@given(edits=EDITS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_past_reads_as_it_was_remembered(officer: Actor, visitor: Client, edits: list[tuple[Any, ...]]) -> None:
    moments = [(now(), remembered(visitor))]
    for edit in edits:
        apply(edit, officer)
        moments.append((now(), remembered(visitor)))
    for instant, snapshot in moments:
        assert remembered(visitor, as_of=instant) == snapshot


def test_the_description_names_every_column_that_is_compared() -> None:
    assert {"title", "note", "publicity", "parties"} <= {c.name for c in AGREEMENTS.columns if c.in_api}
