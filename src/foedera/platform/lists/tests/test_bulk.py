"""Steps on many records: looked at, carried out for all or those that can, undone; from page, API and as background work."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from foedera.accounts.models import Duty, Person
from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid, NotFound, NotNow, Refused
from foedera.platform.actions.performing import perform
from foedera.platform.history.models import Entry, PerformedAction
from foedera.platform.history.queries import timeline
from foedera.platform.lists.bulk import actions, carrying_out
from foedera.platform.lists.bulk.actions import CARRY_OUT, CHOOSE, DROP, PREVIEW, TAKE, UNDO
from foedera.platform.lists.bulk.carrying_out import forget_steps, work_now
from foedera.platform.lists.bulk.models import BulkRow, BulkRun, BulkState, Outcome
from foedera.platform.lists.bulk.queries import run_of

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
        "far": make.actor(Role.OFFICE_OFFICER, world.other_office, login="far"),
        "auditor": make.actor(Role.AUDITOR, world.ministry, login="auditor"),
    }


@pytest.fixture
def officer(people: dict[str, Actor]) -> Actor:
    return people["officer"]


@pytest.fixture
def enter(people: dict[str, Actor]) -> Enter:
    def entered(login: str) -> Client:
        client = Client()
        if login != "public":
            client.force_login(Person.objects.get(login=login))
        return client

    return entered


@pytest.fixture
def three(people: dict[str, Actor]) -> list[Agreement]:
    return [make.agreement(people["officer"], title=f"Agreement {n}") for n in range(3)]


def choose(actor: Actor, records: list[Agreement], step: str = "change", **more: Any) -> BulkRun:
    values = {"kind": "agreements", "step": step, "numbers": [r.number for r in records], **more}
    made: BulkRun = perform(CHOOSE, actor, values=values)
    return made


def look(
    actor: Actor,
    records: list[Agreement],
    step: str = "change",
    *,
    reason: str = "",
    strict: bool = False,
    **values: Any,
) -> BulkRun:
    run = choose(actor, records, step)
    perform(PREVIEW, actor, record=run, values={"values": values, "reason": reason, "all_or_nothing": strict})
    run.refresh_from_db()
    return run


def carried_out(actor: Actor, run: BulkRun) -> BulkRun:
    perform(CARRY_OUT, actor, record=run)
    run.refresh_from_db()
    return run


def outcomes(run: BulkRun) -> list[str]:
    return list(run.rows.order_by("record_id").values_list("outcome", flat=True))


def coordinators(records: list[Agreement]) -> list[str]:
    return [Agreement.objects.get(pk=r.pk).coordinator for r in records]


# ------------------------------------------------------------------------------------------------------------ what it does


def test_a_look_tells_before_and_after_and_writes_nothing(officer: Actor, three: list[Agreement]) -> None:
    three[1] = make.step(three[1], "change", officer, coordinator="Second department")
    entries, actions_before = Entry.objects.count(), PerformedAction.objects.filter(name="agreements.change").count()
    run = look(officer, three, coordinator="Second department")
    assert outcomes(run) == [Outcome.GOOD, Outcome.SAME, Outcome.GOOD]
    change = run.rows.order_by("record_id")[0].changes
    assert [(c["field"], c["before"], c["after"]) for c in change] == [("coordinator", "", "Second department")]
    assert coordinators(three) == ["", "Second department", ""]
    assert Entry.objects.count() == entries
    assert PerformedAction.objects.filter(name="agreements.change").count() == actions_before


def test_each_record_gets_its_entry_under_one_action_and_the_same_one_none(
    officer: Actor, three: list[Agreement]
) -> None:
    make.step(three[1], "change", officer, coordinator="Second department")
    versions = [Agreement.objects.get(pk=r.pk).version for r in three]
    run = carried_out(officer, look(officer, three, coordinator="Second department", reason="New coordinators"))
    assert run.state == BulkState.DONE
    assert outcomes(run) == [Outcome.DONE, Outcome.SAME, Outcome.DONE]
    assert coordinators(three) == ["Second department"] * 3
    assert [Agreement.objects.get(pk=r.pk).version - v for r, v in zip(three, versions, strict=True)] == [1, 0, 1]
    entries = Entry.objects.filter(action_id=run.action_id)
    assert sorted(entries.values_list("subject_id", flat=True)) == sorted([three[0].pk, three[2].pk])
    for record in (three[0], three[2]):
        event = timeline(record)[0]
        assert (event.action, event.reason, event.person_name) == (
            "agreements.change", "New coordinators", "Synthetic officer",
        )  # fmt: skip


def test_a_record_that_was_changed_since_the_look_is_refused_and_named(officer: Actor, three: list[Agreement]) -> None:
    run = look(officer, three, coordinator="Second department")
    make.step(three[0], "change", officer, note="Somebody was faster")
    run = carried_out(officer, run)
    assert outcomes(run) == [Outcome.REFUSED, Outcome.DONE, Outcome.DONE]
    assert "meanwhile" in run.rows.order_by("record_id")[0].words
    assert coordinators(three) == ["", "Second department", "Second department"]


def test_all_or_nothing_writes_nothing_when_one_is_refused(officer: Actor, three: list[Agreement]) -> None:
    run = look(officer, three, coordinator="Second department", strict=True)
    make.step(three[2], "change", officer, note="Somebody was faster")
    entries = Entry.objects.count()
    run = carried_out(officer, run)
    assert run.state == BulkState.REFUSED
    assert run.error
    assert outcomes(run) == [Outcome.GOOD, Outcome.GOOD, Outcome.REFUSED]
    assert coordinators(three) == ["", "", ""]
    assert Entry.objects.count() == entries


def test_steps_ask_each_record_whether_they_are_possible(people: dict[str, Actor], three: list[Agreement]) -> None:
    officer = people["officer"]
    idea = make.agreement(officer, title="An idea", signed_on="", in_force_rule="")
    run = look(
        officer, [*three, idea], "terminate", terminated_on="2024-05-01", end_ground="expiry", reason="It ran out"
    )
    assert outcomes(run) == [Outcome.GOOD] * 3 + [Outcome.REFUSED]
    assert "signed" in run.rows.get(record_id=idea.pk).words
    carried_out(officer, run)
    assert [Agreement.objects.get(pk=r.pk).terminated_on for r in (*three, idea)] == ["2024-05-01"] * 3 + [""]


def test_rights_are_asked_for_each_record(people: dict[str, Actor], three: list[Agreement]) -> None:
    foreign = make.agreement(people["far"], own="RU-PRI", title="Far away", publicity="public")
    run = look(people["officer"], [*three, foreign], coordinator="Mine")
    assert outcomes(run) == [Outcome.GOOD] * 3 + [Outcome.REFUSED]
    assert "territory" in run.rows.get(record_id=foreign.pk).words
    carried_out(people["officer"], run)
    assert coordinators([foreign]) == [""]


def test_what_one_may_not_know_of_cannot_be_chosen(people: dict[str, Actor], three: list[Agreement]) -> None:
    with pytest.raises(Invalid, match="was not found"):
        choose(people["far"], three)


def test_a_fault_of_the_database_concerns_its_record_alone(officer: Actor, three: list[Agreement]) -> None:
    idea = make.agreement(officer, title="An idea", signed_on="", in_force_rule="")
    run = look(officer, [three[0], idea], signed_on="2020-02-02")
    assert outcomes(run) == [Outcome.GOOD, Outcome.REFUSED]
    assert run.rows.get(record_id=idea.pk).words


@pytest.mark.parametrize(
    ("values", "reason", "step", "field"),
    [
        ({}, "", "change", "values"),
        ({"title": "One for all"}, "", "change", "title"),
        ({"parties": []}, "", "change", "parties"),
        ({"kind": "no such"}, "", "change", "kind"),
        ({"terminated_on": "2024-05-01", "end_ground": "expiry"}, "", "terminate", "reason"),
        ({"terminated_on": "never"}, "So it is", "terminate", "terminated_on"),
        ({"coordinator": "x"}, "a\x00b", "change", "reason"),
    ],
)
def test_faults_of_the_input_are_told_before_anything_is_tried(
    officer: Actor, three: list[Agreement], values: dict[str, Any], reason: str, step: str, field: str
) -> None:
    run = choose(officer, three, step)
    with pytest.raises(Invalid) as caught:
        perform(PREVIEW, officer, record=run, values={"values": values, "reason": reason})
    assert field in {p.field for p in caught.value.problems}
    run.refresh_from_db()
    assert run.state == BulkState.CHOSEN


def test_steps_that_belong_to_one_record_are_not_offered_for_many(officer: Actor, three: list[Agreement]) -> None:
    for step in ("create", "add_text", "undo", "no_such"):
        with pytest.raises(Invalid):
            choose(officer, three, step)


def test_all_records_of_a_view_within_ones_rights(people: dict[str, Actor], three: list[Agreement]) -> None:
    make.agreement(people["far"], own="RU-PRI", title="Agreement far away")
    values = {"kind": "agreements", "step": "change", "query": "q=agreement&kind=agreement"}
    run = perform(CHOOSE, people["officer"], values=values)
    assert sorted(run.rows.values_list("record_id", flat=True)) == sorted(r.pk for r in three)
    with pytest.raises(Invalid, match="shows no record"):
        perform(CHOOSE, people["officer"], values={**values, "query": "kind=treaty"})


def test_a_view_with_too_many_records_is_refused(
    officer: Actor, three: list[Agreement], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_RECORDS", 2)
    with pytest.raises(Invalid, match="more than 2 records"):
        perform(CHOOSE, officer, values={"kind": "agreements", "step": "change", "query": ""})
    assert not BulkRun.objects.exists()


# -------------------------------------------------------------------------------------------------------------------- undo


def test_undoing_puts_every_record_back_and_stands_in_the_history(officer: Actor, three: list[Agreement]) -> None:
    before = [Agreement.objects.filter(pk=r.pk).values().get() for r in three]
    values: dict[str, Any] = {"terminated_on": "2024-05-01", "end_ground": "expiry"}
    run = carried_out(officer, look(officer, three, "terminate", reason="It ran out", **values))
    assert Agreement.objects.get(pk=three[0].pk).ends_on is not None
    perform(UNDO, officer, record=run)
    run.refresh_from_db()
    assert run.state == BulkState.UNDONE
    for row in before:
        now = Agreement.objects.filter(pk=row["id"]).values().get()
        assert now.pop("version") == row.pop("version") + 2
        now.pop("updated_at"), row.pop("updated_at")
        assert now == row
    event = timeline(three[0])[0]
    assert event.action == "agreements.undo"
    assert set(Entry.objects.filter(action_id=run.undoing_id).values_list("subject_id", flat=True)) == {
        r.pk for r in three
    }


def test_parts_that_a_step_made_go_when_it_is_undone(officer: Actor, three: list[Agreement]) -> None:
    values: dict[str, Any] = {"kind": "objection", "side": "own", "dispatched_on": "2024-05-01"}
    run = carried_out(officer, look(officer, three, "record_notice", **values))
    assert [r.notices.count() for r in three] == [1, 1, 1]
    perform(UNDO, officer, record=run)
    assert [r.notices.count() for r in three] == [0, 0, 0]


def test_nothing_is_undone_when_a_record_was_changed_since(officer: Actor, three: list[Agreement]) -> None:
    run = carried_out(officer, look(officer, three, coordinator="Second department"))
    make.step(three[1], "change", officer, note="Later")
    with pytest.raises(NotNow, match=three[1].number):
        perform(UNDO, officer, record=run)
    run.refresh_from_db()
    assert run.state == BulkState.DONE
    assert coordinators(three) == ["Second department"] * 3


def test_one_record_alone_is_not_undone_out_of_many(officer: Actor, three: list[Agreement]) -> None:
    carried_out(officer, look(officer, three, coordinator="Second department"))
    with pytest.raises(NotNow, match="other records"):
        make.step(three[0], "undo", officer)


# ------------------------------------------------------------------------------------------------------------- background


@pytest.fixture
def little_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "DONE_AT_ONCE", 2)


@pytest.mark.usefixtures("little_at_once")
def test_many_records_are_background_work(officer: Actor, three: list[Agreement]) -> None:
    run = look(officer, three, coordinator="Second department")
    assert run.state == BulkState.LOOKING
    assert ProcrastinateJob.objects.filter(task_name="lists.bulk_step", args={"run_id": run.pk}).count() == 1
    work_now(run.pk)
    run.refresh_from_db()
    assert (run.state, outcomes(run)) == (BulkState.PREVIEWED, [Outcome.GOOD] * 3)
    run = carried_out(officer, run)
    assert run.state == BulkState.WAITING
    work_now(run.pk)
    # A job that was lost and is begun again finds nothing to do.
    work_now(run.pk)
    run.refresh_from_db()
    assert (run.state, run.rows_done) == (BulkState.DONE, 3)
    assert Entry.objects.filter(action_id=run.action_id).count() == 3
    assert coordinators(three) == ["Second department"] * 3


@pytest.mark.usefixtures("little_at_once")
def test_work_for_a_role_that_has_ended_writes_nothing(officer: Actor, three: list[Agreement]) -> None:
    run = look(officer, three, coordinator="Second department")
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    Duty.objects.filter(pk=officer.duty_id or 0).update(valid_until=yesterday)
    work_now(run.pk)
    run.refresh_from_db()
    assert run.state == BulkState.REFUSED
    assert "ended" in run.error


@pytest.mark.usefixtures("little_at_once")
def test_work_that_fails_is_told_and_writes_nothing(
    officer: Actor, three: list[Agreement], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = look(officer, three, coordinator="Second department")
    work_now(run.pk)
    run.refresh_from_db()
    run = carried_out(officer, run)

    def break_down(*_given: object) -> None:
        raise RuntimeError("the disk caught fire")

    monkeypatch.setattr(carrying_out, "_keep_rows", break_down)
    with pytest.raises(RuntimeError):
        work_now(run.pk)
    run.refresh_from_db()
    assert run.state == BulkState.REFUSED
    assert "fire" not in run.error
    assert coordinators(three) == ["", "", ""]


def test_old_steps_are_forgotten_and_what_they_changed_stays(officer: Actor, three: list[Agreement]) -> None:
    run = carried_out(officer, look(officer, three, coordinator="Second department"))
    assert forget_steps(timezone.now()) == 0
    assert forget_steps(timezone.now() + datetime.timedelta(days=31)) == 1
    assert not BulkRow.objects.exists()
    assert Entry.objects.filter(action_id=run.action_id).count() == 3


# ------------------------------------------------------------------------------------------------------------------ rights


def test_a_step_is_known_to_its_owner_alone(people: dict[str, Actor], three: list[Agreement], enter: Enter) -> None:
    run = look(people["officer"], three, coordinator="Second department")
    with pytest.raises(NotFound):
        run_of(run.pk, people["colleague"])
    for who in ("colleague", "far", "centre"):
        assert enter(who).get(f"/lists/bulk/{run.pk}/").status_code == 404
        assert enter(who).post(f"/lists/bulk/{run.pk}/carry-out/").status_code == 404
        assert enter(who).get(f"/api/v1/bulk/{run.pk}").status_code == 404
    assert coordinators(three) == ["", "", ""]


def test_who_changes_nothing_takes_no_steps(people: dict[str, Actor], three: list[Agreement], enter: Enter) -> None:
    with pytest.raises(Refused):
        choose(people["auditor"], three)
    assert 'id="bulk"' not in enter("auditor").get("/agreements/").content.decode()
    assert 'id="bulk"' not in enter("public").get("/agreements/").content.decode()
    sent = {"step": "change", "selected": [three[0].number]}
    assert enter("auditor").post("/lists/agreements/bulk/", sent).status_code == 403


def test_what_was_hidden_since_is_not_shown(people: dict[str, Actor], three: list[Agreement], enter: Enter) -> None:
    hidden = make.agreement(people["centre"], title="Planted secret", own="RU-TAM")
    run = look(people["officer"], [*three, hidden], coordinator="Secret coordinator")
    make.step(hidden, "change", people["centre"], publicity="restricted", publicity_ground="Kept by its owner")
    shown = enter("officer").get(f"/lists/bulk/{run.pk}/").content.decode()
    assert "Planted secret" not in shown
    assert "not for you any more" in shown
    rows = enter("officer").get(f"/api/v1/bulk/{run.pk}").json()["items"]
    assert next(r for r in rows if r["number"] == hidden.number)["changes"] == []


# ------------------------------------------------------------------------------------------------------------------- pages


def location(response: Any) -> str:
    assert response.status_code == 302, response.content.decode()[:2000]
    return str(response.headers["Location"])


def test_the_whole_way_on_pages(enter: Enter, three: list[Agreement]) -> None:
    client = enter("officer")
    listing = client.get("/agreements/").content.decode()
    assert re.search(rf'name="selected" form="bulk" value="{three[0].number}"', listing)
    assert 'formaction="/lists/agreements/bulk/"' in listing
    sent = {"step": "change", "selected": [three[0].number, three[1].number], "view": ""}
    form_at = location(client.post("/lists/agreements/bulk/", sent))
    assert 'name="set" value="coordinator"' in client.get(form_at).content.decode()
    nothing_chosen = client.get(f"{form_at}?fields_chosen=1")
    assert nothing_chosen.status_code == 422
    form = client.get(f"{form_at}?set=coordinator").content.decode()
    assert 'name="coordinator"' in form
    assert 'name="note"' not in form
    values = {"coordinator": "Second department", "reason": "It was agreed", "all_or_nothing": ""}
    page_at = location(client.post(f"{form_at}?set=coordinator", values))
    page = client.get(page_at).content.decode()
    assert "Coordinator: nothing → Second department" in page
    assert three[0].number in page
    assert coordinators(three) == ["", "", ""]
    assert location(client.post(f"{page_at}carry-out/")) == page_at
    assert coordinators(three) == ["Second department", "Second department", ""]
    assert "Undo for all records" in client.get(page_at).content.decode()
    assert location(client.post(f"{page_at}undo/")) == page_at
    assert coordinators(three) == ["", "", ""]
    assert page_at in client.get("/lists/bulk/").content.decode()
    assert location(client.post(f"{page_at}drop/")) == "/lists/bulk/"
    assert client.get(page_at).status_code == 404


def test_all_in_the_view_and_a_step_with_a_reason_on_pages(enter: Enter, three: list[Agreement]) -> None:
    client = enter("officer")
    sent = {"step": "terminate", "all": "1", "view": "kind=agreement"}
    form_at = location(client.post("/lists/agreements/bulk/", sent))
    typed = {"terminated_on": "2024-05-01", "end_ground": "expiry", "reason": "", "all_or_nothing": "1"}
    answered = client.post(form_at, typed)
    assert answered.status_code == 422
    assert 'value="2024-05-01"' in answered.content.decode()
    page_at = location(client.post(form_at, {**typed, "reason": "It ran out"}))
    assert "All or nothing" in client.get(page_at).content.decode()
    client.post(f"{page_at}carry-out/")
    assert {Agreement.objects.get(pk=r.pk).terminated_on for r in three} == {"2024-05-01"}
    # A second time finds it done.
    assert client.post(f"{page_at}carry-out/").status_code == 409


def test_nothing_selected_is_said(enter: Enter, three: list[Agreement]) -> None:
    assert enter("officer").post("/lists/agreements/bulk/", {"step": "change"}).status_code == 422
    assert enter("officer").post("/lists/nothing/bulk/", {"step": "change"}).status_code == 422


@pytest.mark.usefixtures("little_at_once")
def test_progress_is_shown_while_it_works(officer: Actor, three: list[Agreement], enter: Enter) -> None:
    run = look(officer, three, coordinator="Second department")
    client = enter("officer")
    page = client.get(f"/lists/bulk/{run.pk}/").content.decode()
    assert f'hx-get="/lists/bulk/{run.pk}/progress/"' in page
    assert "HX-Refresh" not in client.get(f"/lists/bulk/{run.pk}/progress/").headers
    work_now(run.pk)
    assert client.get(f"/lists/bulk/{run.pk}/progress/").headers["HX-Refresh"] == "true"


def test_other_record_types_have_it_too(people: dict[str, Actor], world: make.World, enter: Enter) -> None:
    body = make.body("Agency of Tambov", country=world.territories["RU"], of_state=world.territories["RU"])
    client = enter("centre")
    assert 'formaction="/lists/bodies/bulk/"' in client.get("/directory/").content.decode()
    answered = client.post(
        "/api/v1/bodies/bulk/change",
        json.dumps({"numbers": [body.number], "values": {"seat": "Tambov"}, "preview": True}),
        content_type="application/json",
    )
    assert answered.status_code == 200, answered.content
    assert answered.json()["counts"]["good"] == 1


# --------------------------------------------------------------------------------------------------------------------- API


def post(client: Client, address: str, body: Any = None, **headers: str) -> Any:
    return client.post(address, json.dumps(body or {}), content_type="application/json", headers=headers or None)


def test_preview_and_carrying_out_over_the_api(enter: Enter, three: list[Agreement]) -> None:
    client = enter("officer")
    numbers = [r.number for r in three]
    asked = {"numbers": numbers, "values": {"coordinator": "Second department"}, "preview": True}
    looked = post(client, "/api/v1/agreements/bulk/change", asked)
    assert looked.status_code == 200, looked.content
    assert looked.json()["counts"] == {"good": 3, "same": 0, "refused": 0, "done": 0}
    assert coordinators(three) == ["", "", ""]
    done = post(client, f"/api/v1/bulk/{looked.json()['id']}/carry-out")
    assert done.json()["state"] == "done"
    assert coordinators(three) == ["Second department"] * 3
    assert post(client, f"/api/v1/bulk/{looked.json()['id']}/carry-out").status_code == 409
    undone = post(client, f"/api/v1/bulk/{looked.json()['id']}/undo")
    assert undone.json()["state"] == "undone"
    assert [r["state"] for r in client.get("/api/v1/bulk").json()["items"]] == ["undone"]
    assert client.delete(f"/api/v1/bulk/{looked.json()['id']}").json() == {"discarded": True}


def test_at_once_over_the_api_with_versions_and_an_idempotency_key(enter: Enter, three: list[Agreement]) -> None:
    client = enter("officer")
    asked = {
        "query": "kind=agreement",
        "versions": {three[0].number: three[0].version + 5},
        "values": {"coordinator": "Second department"},
    }
    first = post(client, "/api/v1/agreements/bulk/change", asked, **{"Idempotency-Key": "once"})
    assert first.status_code == 200, first.content
    assert first.json()["counts"] == {"good": 0, "same": 0, "refused": 1, "done": 2}
    assert post(client, "/api/v1/agreements/bulk/change", asked, **{"Idempotency-Key": "once"}).json() == first.json()
    assert BulkRun.objects.count() == 1
    strict = {**asked, "values": {"coordinator": "Third"}, "all_or_nothing": True}
    refused = post(client, "/api/v1/agreements/bulk/change", strict)
    assert refused.json()["state"] == "refused"
    assert "Third" not in coordinators(three)


@pytest.mark.parametrize(
    ("step", "body", "status"),
    [
        ("no_such", {}, 404),
        ("add_text", {}, 404),
        ("change", {"numbers": ["AG-999999"], "values": {"note": "x"}}, 422),
        ("change", {"numbers": [], "values": {"note": "x"}}, 422),
        ("change", {"query": "no_such=1", "values": {"note": "x"}}, 422),
        ("change", {"preview": "perhaps"}, 422),
        ("change", {"colour": "blue"}, 422),
        ("terminate", {"query": "", "values": {"terminated_on": "2024", "end_ground": "expiry"}}, 422),
    ],
)
def test_faulty_requests_are_refused_and_leave_nothing(
    enter: Enter, three: list[Agreement], step: str, body: dict[str, Any], status: int
) -> None:
    assert post(enter("officer"), f"/api/v1/agreements/bulk/{step}", body).status_code == status
    assert not BulkRun.objects.exists()


def test_the_public_and_who_only_reads_are_refused_over_the_api(enter: Enter, three: list[Agreement]) -> None:
    asked = {"numbers": [three[0].number], "values": {"note": "x"}}
    for who in ("public", "auditor"):
        assert post(enter(who), "/api/v1/agreements/bulk/change", asked).status_code in (403, 422)
    assert TAKE.needs_version is False
    assert DROP.makes_record is False
