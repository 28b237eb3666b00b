"""The last step can be undone where that is safe, and done again; what was withdrawn can be restored; reasons are demanded everywhere."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foedera.accounts.models import Person
from foedera.agreements.lists import AGREEMENTS, TIES
from foedera.agreements.models import Agreement, Tie
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid, NotNow, Refused
from foedera.platform.actions.performing import Reason, action_named, actions_of, perform
from foedera.platform.history.queries import timeline
from foedera.platform.history.undoing import last_action

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


def whole(client: Client, number: str) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(client.get(f"/api/v1/agreements/{number}").content)
    return {k: v for k, v in document.items() if k not in ("version", "updated_at")}


def undo(record: Any, by: Actor, **more: Any) -> Any:
    fresh = type(record).objects.get(pk=record.pk)
    name = {Agreement: "agreements.undo", Tie: "ties.undo"}[type(record)]
    return perform(action_named(name), by, record=fresh, version=fresh.version, **more)


def change(record: Agreement, by: Actor, **values: Any) -> None:
    record.refresh_from_db()
    perform(action_named("agreements.change"), by, values=values, record=record, version=record.version)


STEPS = st.sampled_from(
    [
        ("change", {"title": "Agreement on science", "publicity": "public"}),
        ("change", {"parties": [{"side": "own", "territory": "RU-PSK"}, {"side": "foreign", "name": "Hebei"}]}),
        ("change", {"parties": [], "note": "without parties"}),
        ("suspend", {"suspended_from": "2020-02-01", "suspended_until": "2020-03-01"}),
        ("terminate", {"terminated_on": "2021-01-01", "end_ground": "consent"}),
        ("record_notice", {"kind": "termination", "side": "own", "dispatched_on": "2020-02-01"}),
        ("record_activity", {"last_activity_on": "2021-05"}),
    ]
)  # fmt: skip


@given(step=STEPS)
@settings(max_examples=14, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_done_is_undone_whole_and_done_again(
    officer: Actor, visitor: Client, step: tuple[str, dict[str, Any]]
) -> None:
    made = make.agreement(officer, indefinite=True)
    before = whole(visitor, made.number)
    verb, values = step
    make.step(made, verb, officer, reason="so it is", **values)
    after = whole(visitor, made.number)
    assert after != before
    version = Agreement.objects.get(pk=made.pk).version
    undo(made, officer)
    assert whole(visitor, made.number) == before
    assert Agreement.objects.get(pk=made.pk).version == version + 1
    undo(made, officer)
    assert whole(visitor, made.number) == after, "undoing the undoing does it again"
    undo(made, officer)
    assert whole(visitor, made.number) == before
    assert [e.action for e in timeline(made)][:2] == ["agreements.undo", "agreements.undo"]
    assert visitor.get("/api/v1/agreements", {"q": "trade", "count": "1"}).json()["count"] >= 1


def test_what_was_changed_again_is_not_undone(officer: Actor) -> None:
    made = make.agreement(officer)
    change(made, officer, title="Agreement on science")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('foedera.at', clock_timestamp()::text, true)")
        cursor.execute("UPDATE agreements_agreement SET note = 'by hand' WHERE id = %s", [made.pk])
    with pytest.raises(NotNow, match="changed again"):
        undo(made, officer)
    made.refresh_from_db()
    assert (made.title, made.note) == ("Agreement on science", "by hand")


def test_making_a_record_and_what_reached_others_is_not_undone(officer: Actor) -> None:
    made = make.agreement(officer)
    with pytest.raises(NotNow, match="was made"):
        undo(made, officer)
    keys = perform(action_named("agreements.create_many"), officer, values={"items": [
        {"title": f"Agreement {n}", "parties": [{"side": "own", "territory": "RU-TAM"}, {"side": "foreign", "territory": "BY-BR"}]}
        for n in range(2)]})  # fmt: skip
    with pytest.raises(NotNow, match="other records"):
        undo(Agreement.objects.get(pk=keys[0]), officer)


def test_who_may_not_take_the_step_may_not_undo_it(world: make.World, officer: Actor) -> None:
    made = make.agreement(officer)
    make.step(made, "register", officer, registered_on="2020-01-01", register_number="7")
    worker = make.actor(Role.OFFICE_OFFICER, world.office)
    with pytest.raises(Refused, match="does not include the step"):
        undo(made, worker)
    with pytest.raises(Refused):
        undo(made, make.actor(Role.AUDITOR, world.ministry))
    undo(made, officer)
    made.refresh_from_db()
    assert (made.state, made.registered_on) == ("signed", "")


def test_the_page_offers_it_and_carries_it_out(officer: Actor, visitor: Client) -> None:
    made = make.agreement(officer)
    change(made, officer, title="Agreement on science")
    address = f"/agreements/{made.number}/step/undo/"
    page = visitor.get(f"/agreements/{made.number}/").content.decode()
    assert f'href="{address}"' in page
    assert visitor.get(address).status_code == 200
    made.refresh_from_db()
    assert visitor.post(address, {"version": made.version, "reason": "a slip"}).status_code == 302
    made.refresh_from_db()
    assert made.title == "Agreement on trade and cooperation"
    event = timeline(made)[0]
    assert (event.action, event.reason) == ("agreements.undo", "a slip")
    assert ("title", "Agreement on science", "Agreement on trade and cooperation") in [
        (c.field, c.before, c.after) for c in event.changes
    ]
    text = visitor.get(f"/agreements/{made.number}/timeline/").content.decode()
    assert "Undo the last step" in text


def test_the_api_carries_it_out(officer: Actor, visitor: Client) -> None:
    made = make.agreement(officer)
    change(made, officer, title="Agreement on science")
    made.refresh_from_db()
    answer = visitor.post(
        f"/api/v1/agreements/{made.number}/undo", {"reason": "a slip"}, content_type="application/json",
        headers={"If-Match": f'"{made.version}"'},
    )  # fmt: skip
    assert answer.status_code == 200
    assert answer.json()["title"] == "Agreement on trade and cooperation"


def test_what_was_withdrawn_comes_back_as_it_was(officer: Actor) -> None:
    made = make.agreement(officer, signed_on="", in_force_rule="", indefinite=None)
    make.step(made, "start_drafting", officer)
    make.step(made, "withdraw", officer, reason="no partner", withdrawn_on="2020-01-01")
    with pytest.raises(Invalid):
        make.step(made, "restore", officer)
    make.step(made, "restore", officer, reason="the partner is back")
    assert (made.state, made.withdrawn_on, made.state_reason) == ("drafting", "", "")
    with pytest.raises(NotNow):
        make.step(made, "restore", officer, reason="again")


def test_a_closed_tie_is_reopened_and_its_step_undone(world: make.World, officer: Actor) -> None:
    first = make.body("Tambov", country=world.territories["RU"], territory=world.territories["RU-TAM"])
    second = make.body("Brest", country=world.territories["BY"], territory=world.territories["BY-BR"])
    tie = make.tie(officer, first, second, state="active")

    def state() -> str:
        return str(Tie.objects.get(pk=tie.pk).state)

    def step(verb: str, reason: str) -> None:
        fresh = Tie.objects.get(pk=tie.pk)
        perform(action_named(f"ties.{verb}"), officer, record=fresh, version=fresh.version, reason=reason)

    step("close", "nothing happens")
    step("reopen", "something does")
    assert state() == "active"
    undo(tie, officer)
    assert state() == "closed"
    loaded = last_action(Tie.objects.get(pk=tie.pk))
    assert loaded is not None
    assert loaded.original == "ties.reopen"


@pytest.mark.parametrize(
    "action", [a for t in (AGREEMENTS, TIES) for a in actions_of(t.model) if a.reason is Reason.REQUIRED and a.listed], ids=lambda a: a.name
)  # fmt: skip
def test_a_step_that_asks_why_says_so_in_form_and_api(visitor: Client, officer: Actor, action: Any) -> None:
    described = visitor.get("/api/v1/openapi.json").json()["paths"]
    prefix = "agreements" if action.model is Agreement else "ties"
    schema = described[f"/api/v1/{prefix}/{{number}}/{{action}}"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    (mine,) = (step for step in schema["anyOf"] if step["title"] == action.name.partition(".")[2])
    assert "reason" in mine["required"]
    assert mine["properties"]["reason"]["description"]
