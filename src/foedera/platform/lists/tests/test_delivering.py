"""Exports in the background and repeated ones: for their owner alone, with his rights at the moment of writing."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob
from python_calamine import CalamineWorkbook

from foedera.accounts.actions import end_duty, give_duty
from foedera.accounts.models import Duty, Person
from foedera.agreements.tests import make
from foedera.config.backups import _documents
from foedera.platform.access.actors import Actor, system
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid, NotFound, NotNow, Refused
from foedera.platform.actions.performing import perform
from foedera.platform.lists.delivering import storing
from foedera.platform.lists.delivering.actions import ASK, CHANGE, MOST_AT_ONCE, REMOVE, REPEAT
from foedera.platform.lists.delivering.job import begin_due, clear_away, write_now
from foedera.platform.lists.delivering.models import ExportRun, ExportSchedule, ExportState, Rhythm
from foedera.platform.lists.delivering.queries import run_of
from foedera.platform.lists.delivering.rules import fits, next_after
from foedera.platform.lists.saving.actions import DELETE, KEEP

pytestmark = pytest.mark.django_db
Enter = Callable[[str], Client]


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def world() -> make.World:
    return make.world()


@pytest.fixture
def people(world: make.World) -> dict[str, Actor]:
    return {
        "centre": make.actor(Role.COORDINATOR, world.ministry, login="centre"),
        "officer": make.actor(Role.OFFICE_OFFICER, world.office, login="officer"),
        "far": make.actor(Role.OFFICE_OFFICER, world.other_office, login="far"),
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


def ask(actor: Actor, query: str = "columns=number,title", format: str = "csv", **more: Any) -> ExportRun:
    made: ExportRun = perform(ASK, actor, values={"kind": "agreements", "query": query, "format": format, **more})
    return made


def repeat(actor: Actor, query: str = "columns=number", **more: Any) -> ExportSchedule:
    values = {"kind": "agreements", "query": query, "format": "csv", "rhythm": "daily", **more}
    made: ExportSchedule = perform(REPEAT, actor, values=values)
    return made


def written(run: ExportRun) -> ExportRun:
    write_now(run.pk)
    run.refresh_from_db()
    return run


def content(run: ExportRun) -> list[str]:
    return storing.path_of(run.file_key).read_text(encoding="utf-8-sig").split("\n")


def leave(actor: Actor) -> None:
    """The duty of the actor ended yesterday."""
    Duty.objects.filter(pk=actor.duty_id or 0).update(valid_until=timezone.localdate() - datetime.timedelta(days=1))


# ---------------------------------------------------------------------------------------------------------------- exports


def test_an_export_holds_what_was_seen_in_its_order(people: dict[str, Actor], officer: Actor) -> None:
    make.agreement(officer, title="B", kind="protocol")
    make.agreement(officer, title="A", kind="protocol")
    make.agreement(officer, title="C", kind="memorandum")
    make.agreement(people["far"], own="RU-PRI", title="D", kind="protocol")
    run = written(ask(officer, "q=kind:protocol&columns=title&sort=title"))
    assert (run.state, run.rows_total, run.rows_done, run.error) == (ExportState.DONE, 2, 2, "")
    assert [line.strip().rpartition(",")[2] for line in content(run) if line] == ["title", "A", "B"]
    assert run.size == storing.path_of(run.file_key).stat().st_size
    assert run.kept_until is not None
    assert (run.kept_until - timezone.now()).days in (13, 14)


@pytest.mark.parametrize("format", ["csv", "xlsx", "jsonl"])
def test_a_formula_stays_words_in_every_format(officer: Actor, format: str) -> None:
    make.agreement(officer, title="=1+1")
    run = written(ask(officer, format=format))
    file = storing.path_of(run.file_key)
    if format == "xlsx":
        rows = CalamineWorkbook.from_filelike(io.BytesIO(file.read_bytes())).get_sheet_by_index(0).to_python()
        assert rows[1][1] == "=1+1"
    elif format == "csv":
        assert "'=1+1" in file.read_text()
    else:
        assert json.loads(file.read_text())["title"] == "=1+1"


def test_the_rights_are_those_of_the_moment_of_writing(people: dict[str, Actor], officer: Actor) -> None:
    record = make.agreement(officer)
    run = ask(officer, "columns=number")
    later = make.agreement(officer)
    assert content(written(run))[1:3] == [record.number, later.number]
    run = ask(officer, "columns=number")
    leave(officer)
    run = written(run)
    assert run.state == ExportState.FAILED
    assert "role" in run.error
    assert not storing.path_of(run.file_key).exists()


def test_only_its_owner_fetches_an_export_and_only_in_a_role_that_he_holds(
    people: dict[str, Actor], officer: Actor, enter: Enter
) -> None:
    run = written(ask(officer))
    mine = enter("officer").get(f"/exports/{run.pk}/file/")
    assert mine.status_code == 200
    assert mine.headers["Content-Disposition"].startswith("attachment")
    assert b"number" in b"".join(mine)
    for who in ("centre", "far"):
        for path in ("", "file/", "progress/"):
            assert enter(who).get(f"/exports/{run.pk}/{path}").status_code == 404
        assert enter(who).post(f"/exports/{run.pk}/remove/").status_code == 404
        assert enter(who).get(f"/api/v1/exports/{run.pk}/file").status_code == 404
        assert enter(who).get("/api/v1/exports").json()["items"] == []
    assert enter("public").get(f"/api/v1/exports/{run.pk}").status_code == 404
    assert enter("public").get(f"/exports/{run.pk}/file/").status_code == 302
    # Another role of the same person does not reach what was made in the one that is over.
    give_duty(
        actor=people["centre"],
        person=Person.objects.get(login="officer"),
        role=Role.AUDITOR,
        body_id=people["centre"].body_id or 0,
        valid_from=datetime.date(2020, 1, 1),
    )
    again = enter("officer").get(f"/exports/{run.pk}/file/")
    assert again.status_code == 200
    assert b"".join(again)
    leave(officer)
    assert enter("officer").get(f"/exports/{run.pk}/file/").status_code == 404
    assert enter("officer").get("/exports/").status_code == 200


def test_an_export_looks_at_the_day_at_which_its_owner_looked(officer: Actor) -> None:
    make.agreement(officer, term_months=60, tacit_renewal=False, indefinite=False)
    past = officer.at(datetime.date(2016, 1, 1))
    run = written(ask(past, "columns=number,status"))
    assert run.as_of == datetime.date(2016, 1, 1)
    assert "in_force" in content(run)[1]
    assert "expired" in content(written(ask(officer, "columns=number,status")))[1]


@pytest.mark.django_db(transaction=True)
def test_an_export_of_what_was_known_at_an_instant(officer: Actor, enter: Enter) -> None:
    record = make.agreement(officer, title="As it was")
    instant = timezone.now()
    make.step(record, "change", officer, title="As it is")
    client = enter("officer")
    view = perform(KEEP, officer, values={"kind": "agreements", "name": "Titles", "query": "columns=title"})
    page = client.get("/agreements/", {"view": view.pk, "known_at": instant.isoformat()}).content.decode()
    assert "As it was" in page
    assert "Titles" in page
    sent = client.post(
        f"/exports/?{urlencode({'known_at': instant.isoformat()})}",
        {"kind": "agreements", "query": f"view={view.pk}", "format": "csv"},
    )
    assert sent.status_code == 302
    run = written(ExportRun.objects.get())
    assert run.state == ExportState.DONE, run.error
    assert "As it was" in content(run)[1]
    assert "As it is" in content(written(ask(officer, f"view={view.pk}")))[1]


def test_what_a_killed_worker_left_is_written_anew(officer: Actor) -> None:
    make.agreement(officer)
    run = ask(officer, "columns=number")
    storing.part_of(run.file_key).write_text("half of it")
    ExportRun.objects.filter(pk=run.pk).update(state=ExportState.RUNNING, rows_done=7)
    run = written(run)
    assert (run.state, run.rows_done) == (ExportState.DONE, 1)
    assert not storing.part_of(run.file_key).exists()
    before = storing.path_of(run.file_key).read_bytes()
    # A job that is delivered twice changes nothing.
    make.agreement(officer)
    assert written(run).rows_done == 1
    assert storing.path_of(run.file_key).read_bytes() == before


def test_an_export_removed_while_it_waits_leaves_nothing(officer: Actor) -> None:
    run = ask(officer)
    key = run.pk
    perform(REMOVE, officer, record=run)
    write_now(key)
    assert list(storing.folder().iterdir()) == []
    done = written(ask(officer))
    perform(REMOVE, officer, record=done)
    assert list(storing.folder().iterdir()) == []


def test_a_view_that_is_gone_is_said(officer: Actor) -> None:
    view = perform(KEEP, officer, values={"kind": "agreements", "name": "V", "query": "kind=protocol"})
    run = ask(officer, f"view={view.pk}")
    assert run.query == f"view={view.pk}"
    perform(DELETE, officer, record=view)
    run = written(run)
    assert run.state == ExportState.FAILED
    assert "view" in run.error


def test_what_the_list_has_no_more_is_left_out_and_said(officer: Actor) -> None:
    run = ask(officer, "columns=number")
    ExportRun.objects.filter(pk=run.pk).update(query="columns=number,shape&kind=gone")
    run = written(run)
    assert run.state == ExportState.DONE
    assert "shape" in " ".join(run.left_out)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"kind": "nothing"}, Invalid),
        ({"query": "colour=red"}, Invalid),
        ({"query": "view=999999"}, NotFound),
        ({"format": "pdf"}, Invalid),
        ({"name": "a\x00"}, Invalid),
        ({"name": "x" * 121}, Invalid),
    ],
)
def test_a_faulty_export_is_refused(officer: Actor, values: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        perform(ASK, officer, values={"kind": "agreements", "query": "", "format": "csv", **values})
    with pytest.raises(error):
        perform(REPEAT, officer, values={"kind": "agreements", "query": "", "format": "csv", **values})
    assert not ExportRun.objects.exists()
    assert not ExportSchedule.objects.exists()


def test_nobody_fills_the_queue_alone(officer: Actor) -> None:
    for _number in range(MOST_AT_ONCE):
        ask(officer)
    with pytest.raises(NotNow):
        ask(officer)


def test_files_are_kept_for_their_time_and_no_longer(officer: Actor, enter: Enter) -> None:
    run = written(ask(officer))
    now = timezone.now()
    assert clear_away(now) == 0
    assert clear_away(now + datetime.timedelta(days=15)) == 1
    run.refresh_from_db()
    assert run.state == ExportState.EXPIRED
    assert list(storing.folder().iterdir()) == []
    assert enter("officer").get(f"/exports/{run.pk}/file/").status_code == 404
    clear_away(now + datetime.timedelta(days=91))
    assert not ExportRun.objects.exists()


def test_files_without_an_export_are_cleared_away(officer: Actor) -> None:
    run = written(ask(officer))
    (storing.folder() / "left.part").write_text("x")
    assert storing.remove_orphans([run.file_key], timezone.now()) == 0
    assert storing.remove_orphans([run.file_key], timezone.now() + datetime.timedelta(days=3)) == 1
    assert storing.path_of(run.file_key).exists()


def test_a_backup_leaves_out_what_comes_and_goes(officer: Actor, tmp_path: Path) -> None:
    written(ask(officer))
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / "document").write_text("kept")
    assert list(_documents(tmp_path)) == ["files/ab/document"]


def test_a_folder_that_cannot_be_written_is_said(officer: Actor, settings: Any, tmp_path: Path) -> None:
    run = ask(officer)
    settings.MEDIA_ROOT = tmp_path / "file"
    (tmp_path / "file").write_text("no folder")
    write_now(run.pk)
    settings.MEDIA_ROOT = tmp_path
    run.refresh_from_db()
    assert run.state in (ExportState.FAILED,)
    assert run.error


# ------------------------------------------------------------------------------------------------------------------ pages


def test_an_export_from_the_list_to_the_file(officer: Actor, enter: Enter) -> None:
    make.agreement(officer, kind="protocol")
    client = enter("officer")
    page = client.get("/agreements/?kind=protocol").content.decode()
    assert 'name="query" value="kind=protocol"' in page
    sent = client.post("/exports/", {"kind": "agreements", "query": "kind=protocol&columns=number", "format": "csv"})
    run = ExportRun.objects.get()
    assert sent.headers["Location"] == f"/exports/{run.pk}/"
    assert "every 2s" in client.get(f"/exports/{run.pk}/").content.decode()
    assert "HX-Refresh" not in client.get(f"/exports/{run.pk}/progress/").headers
    assert ProcrastinateJob.objects.filter(task_name="lists.write_export", args={"run_id": run.pk}).count() == 1
    written(run)
    assert client.get(f"/exports/{run.pk}/progress/").headers["HX-Refresh"] == "true"
    assert f"/exports/{run.pk}/file/" in client.get(f"/exports/{run.pk}/").content.decode()
    assert f"/exports/{run.pk}/" in client.get("/exports/").content.decode()
    assert client.get("/agreements/?as_of=2016-01-01").status_code == 200
    client.post("/exports/?as_of=2016-01-01", {"kind": "agreements", "query": "", "format": "csv"})
    assert ExportRun.objects.latest("pk").as_of == datetime.date(2016, 1, 1)


def test_the_public_has_no_exports(enter: Enter) -> None:
    client = enter("public")
    assert "/exports/" not in client.get("/agreements/").content.decode()
    assert client.get("/exports/").status_code == 302
    assert client.post("/exports/", {"kind": "agreements", "format": "csv"}).status_code == 403


def test_a_schedule_from_the_list_to_its_end(officer: Actor, enter: Enter) -> None:
    client = enter("officer")
    form = client.get("/exports/schedules/new/?kind=agreements&query=kind%3Dprotocol").content.decode()
    assert 'value="kind=protocol"' in form
    values = {
        "name": "Protocols",
        "format": "xlsx",
        "rhythm": "weekly",
        "weekday": "3",
        "day": "1",
        "hour": "7",
        "kind": "agreements",
        "query": "kind=protocol",
    }
    refused = client.post("/exports/schedules/new/", {**values, "hour": "25"})
    assert refused.status_code == 422
    assert 'value="Protocols"' in refused.content.decode()
    assert client.post("/exports/schedules/new/", {**values, "query": "colour=red"}).status_code == 422
    client.post("/exports/schedules/new/", values)
    schedule = ExportSchedule.objects.get()
    assert timezone.localtime(schedule.next_at).isoweekday() == 3
    url = f"/exports/schedules/{schedule.pk}/"
    assert enter("centre").get(url).status_code == 404
    client.post(url, {**values, "rhythm": "daily", "version": "1"})
    schedule.refresh_from_db()
    assert (schedule.rhythm, schedule.version) == ("daily", 2)
    client.post(f"{url}turn/", {"active": "", "version": "2"})
    schedule.refresh_from_db()
    assert not schedule.active
    assert begin_due(schedule.next_at + datetime.timedelta(days=3)) == 0
    client.post(f"{url}turn/", {"active": "1", "version": "3"})
    schedule.refresh_from_db()
    assert schedule.active
    assert "Protocols" in client.get("/exports/").content.decode()
    client.post(f"{url}end/")
    assert not ExportSchedule.objects.exists()


def test_exports_over_the_api(officer: Actor, enter: Enter) -> None:
    make.agreement(officer, kind="protocol")
    client = enter("officer")
    body = {"kind": "agreements", "query": "kind=protocol&columns=number", "format": "jsonl"}
    made = client.post("/api/v1/exports", body, content_type="application/json")
    assert made.status_code == 202
    key = made.json()["id"]
    assert client.get(f"/api/v1/exports/{key}/file").status_code == 404
    write_now(key)
    found = client.get(f"/api/v1/exports/{key}").json()
    assert (found["state"], found["rows_done"], found["file"]) == ("done", 1, f"/api/v1/exports/{key}/file")
    assert json.loads(b"".join(client.get(found["file"])))["number"].startswith("AG-")
    assert client.delete(f"/api/v1/exports/{key}").json() == {"removed": True}
    plan = client.post(
        "/api/v1/export-schedules", {**body, "rhythm": "monthly", "day": 31}, content_type="application/json"
    )
    assert plan.status_code == 201
    url = f"/api/v1/export-schedules/{plan.json()['id']}"
    stopped = client.patch(url, {"active": False}, content_type="application/json", headers={"If-Match": '"1"'})
    assert stopped.json()["active"] is False
    assert (
        client.patch(url, {"hour": 24}, content_type="application/json", headers={"If-Match": '"2"'}).status_code == 422
    )
    assert enter("far").get(url).status_code == 404
    assert client.delete(url).json() == {"removed": True}


# -------------------------------------------------------------------------------------------------------------- schedules


def test_a_schedule_asks_for_its_export_once_each_time(officer: Actor) -> None:
    make.agreement(officer)
    schedule = repeat(officer)
    due = schedule.next_at
    assert begin_due(due - datetime.timedelta(seconds=1)) == 0
    assert begin_due(due) == 1
    assert begin_due(due) == 0
    schedule.refresh_from_db()
    assert schedule.next_at == due + datetime.timedelta(days=1)
    run = ExportRun.objects.get()
    assert (run.schedule_id, run.state) == (schedule.pk, ExportState.WAITING)
    assert len(content(written(run))) == 3
    # What was missed for a week is made up for once.
    assert begin_due(due + datetime.timedelta(days=7)) == 1
    schedule.refresh_from_db()
    assert schedule.next_at == due + datetime.timedelta(days=8)


def test_a_schedule_holds_what_its_owner_may_see_at_that_moment(people: dict[str, Actor], officer: Actor) -> None:
    record = make.agreement(officer)
    schedule = repeat(officer)
    begin_due(schedule.next_at)
    assert record.number in "".join(content(written(ExportRun.objects.latest("pk"))))
    type(record).objects.filter(pk=record.pk).update(own_ids=[], publicity="restricted", owner=people["centre"].body_id)
    begin_due(schedule.next_at + datetime.timedelta(days=1))
    assert record.number not in "".join(content(written(ExportRun.objects.latest("pk"))))


def test_a_schedule_ends_with_the_role_of_its_owner_and_says_so(
    officer: Actor, people: dict[str, Actor], enter: Enter
) -> None:
    schedule = repeat(officer)
    person = Person.objects.get(login="officer")
    end_duty(actor=people["centre"], person=person, key=officer.duty_id or 0, last_day=timezone.localdate())
    leave(officer)
    assert begin_due(schedule.next_at) == 1
    schedule.refresh_from_db()
    assert not schedule.active
    assert "role" in schedule.stopped_because
    run = ExportRun.objects.get()
    assert run.state == ExportState.FAILED
    assert not ProcrastinateJob.objects.filter(task_name="lists.write_export", args={"run_id": run.pk}).exists()
    assert begin_due(schedule.next_at + datetime.timedelta(days=9)) == 0


def test_a_schedule_follows_the_view_as_it_is_kept(officer: Actor) -> None:
    make.agreement(officer, kind="protocol")
    view = perform(KEEP, officer, values={"kind": "agreements", "name": "V", "query": "kind=protocol&columns=number"})
    schedule = repeat(officer, f"view={view.pk}")
    begin_due(schedule.next_at)
    assert len(content(written(ExportRun.objects.latest("pk")))) == 3
    type(view).objects.filter(pk=view.pk).update(query="kind=memorandum&columns=number")
    begin_due(schedule.next_at + datetime.timedelta(days=1))
    assert len(content(written(ExportRun.objects.latest("pk")))) == 2


def test_only_the_owner_changes_a_schedule(people: dict[str, Actor], officer: Actor) -> None:
    schedule = repeat(officer)
    with pytest.raises(NotFound):
        perform(CHANGE, people["centre"], record=schedule, version=1, values={"hour": 1})
    with pytest.raises(Refused):
        perform(ASK, system(timezone.localdate()), values={"kind": "agreements"})
    with pytest.raises(NotFound):
        run_of(1, people["centre"])


def test_a_change_of_the_plan_stands_in_the_history_and_its_runs_do_not(officer: Actor) -> None:
    schedule = repeat(officer)
    begin_due(schedule.next_at)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT operation FROM history_entry WHERE table_name = 'platform_lists_exportschedule' AND row_id = %s ORDER BY id",
            [schedule.pk],
        )
        assert [operation for (operation,) in cursor.fetchall()] == ["I"]


MOMENTS = st.integers(1_577_836_800, 1_893_456_000).map(lambda s: datetime.datetime.fromtimestamp(s, tz=datetime.UTC))
ZONES = st.sampled_from(["UTC", "Europe/Moscow", "America/Sao_Paulo", "Europe/Berlin", "Asia/Kamchatka"]).map(ZoneInfo)


@given(MOMENTS, st.sampled_from(list(Rhythm)), st.integers(1, 7), st.integers(1, 31), st.integers(0, 23), ZONES)
def test_the_next_time_is_the_first_that_fits(
    after: datetime.datetime, rhythm: str, weekday: int, day: int, hour: int, zone: ZoneInfo
) -> None:
    found = next_after(after, rhythm, weekday, day, hour, zone)
    assert found > after
    local = found.astimezone(zone)
    assert fits(local.date(), rhythm, weekday, day)
    # Summer time leaves an hour out: the next one is taken.
    assert (local.hour - hour) % 24 in (0, 1)
    between = (after.astimezone(zone).date() + datetime.timedelta(days=n) for n in range(1, 40))
    skipped = [d for d in between if d < local.date() and fits(d, rhythm, weekday, day)]
    assert not skipped


def test_a_month_without_the_day_has_its_last() -> None:
    found = next_after(datetime.datetime(2026, 2, 1, tzinfo=datetime.UTC), Rhythm.MONTHLY, 1, 31, 6, datetime.UTC)
    assert found == datetime.datetime(2026, 2, 28, 6, tzinfo=datetime.UTC)
