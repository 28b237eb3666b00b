"""The import from a person's side: file, columns, a look, the import as background work, the report; and by command."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

import foedera
from foedera.accounts.models import Duty, Person
from foedera.agreements.models import Agreement, Tie
from foedera.agreements.tests import importing, make
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.lists.importing.job import run_now
from foedera.platform.lists.importing.progress import mark_interrupted, working
from foedera.platform.lists.models import ImportRun, RunState, SavedMapping

pytestmark = pytest.mark.django_db

CONTENT = "key,title,day,who\ns:1,Agreement (synthetic),2014-03-12,Tambov Oblast ; Belarus\ns:2,,never,x\n"
EXCERPTS = Path(__file__).parent / "excerpts"


@pytest.fixture
def world(db: None) -> make.World:
    return importing.world()


@pytest.fixture
def centre(world: make.World) -> Actor:
    return make.actor(Role.COORDINATOR, world.ministry, login="centre")


@pytest.fixture
def signed_in(client: Client, centre: Actor) -> Client:
    return as_(client, centre)


def as_(client: Client, actor: Actor) -> Client:
    assert actor.person_id is not None
    client.force_login(Person.objects.get(pk=actor.person_id))
    return client


def send(
    signed_in: Client,
    content: str | bytes = CONTENT,
    *,
    name: str = "register.csv",
    kind: str = "agreements",
    **more: str,
) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return signed_in.post(reverse("lists:imports"), {"kind": kind, "file": SimpleUploadedFile(name, data), **more})


def choose(signed_in: Client, run: ImportRun, **columns: str) -> Any:
    """Send the form of columns as it stands, with changes."""
    url = reverse("lists:columns", args=[run.pk])
    form = signed_in.get(url).context["page"].form
    typed = {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
    typed.update({name.replace("__", ":"): value for name, value in columns.items()})
    return signed_in.post(url, typed)


# ------------------------------------------------------------------------------------------------------------ the way


def test_from_the_file_to_the_records(signed_in: Client, world: make.World) -> None:
    sent = send(signed_in)
    run = ImportRun.objects.get()
    assert sent.headers["Location"] == reverse("lists:columns", args=[run.pk])
    page = signed_in.get(sent.headers["Location"])
    assert page.status_code == 200
    assert "Agreement (synthetic)" in page.content.decode()
    chosen = choose(
        signed_in, run, field__source_key="key", field__signed_on="day", field__parties="who",
        option__own_state="RU", keep_as="Their list",
    )  # fmt: skip
    assert chosen.headers["Location"] == reverse("lists:run", args=[run.pk])
    # Nothing is written by the look that a worker takes.
    assert ProcrastinateJob.objects.filter(task_name="lists.run_import", args__run_id=run.pk).count() == 1
    run_now(run.pk, "en")
    run.refresh_from_db()
    assert (run.state, run.counts["created"], run.counts["refused"]) == (RunState.PREVIEWED, 1, 1)
    assert not Agreement.objects.exists()
    looked = signed_in.get(reverse("lists:run", args=[run.pk])).content.decode()
    assert "What would come of it" in looked
    assert "“never” is not understood as a date" in looked
    assert signed_in.post(reverse("lists:start", args=[run.pk])).status_code == 302
    assert ProcrastinateJob.objects.filter(task_name="lists.run_import", args__run_id=run.pk).count() == 2
    run_now(run.pk, "en")
    run.refresh_from_db()
    assert (run.state, run.counts["created"]) == (RunState.DONE, 1)
    made = Agreement.objects.get()
    assert (made.title, made.owner) == ("Agreement (synthetic)", world.ministry)
    done = signed_in.get(reverse("lists:run", args=[run.pk])).content.decode()
    assert "What came of it" in done
    report = signed_in.get(reverse("lists:report", args=[run.pk]))
    rows = b"".join(report.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]  # a stream
    assert len(rows) == 3
    assert "attachment" in report.headers["Content-Disposition"]
    # The columns are known the next time, and the job that runs again changes nothing.
    assert SavedMapping.objects.get().name == "Their list"
    run_now(run.pk, "en")
    assert Agreement.objects.count() == 1
    send(signed_in)
    again = signed_in.get(reverse("lists:columns", args=[ImportRun.objects.latest("id").pk])).content.decode()
    assert "The header is that of “Their list”" in again


def test_a_known_file_needs_no_columns(signed_in: Client, world: make.World) -> None:
    send(signed_in, gzip.compress((EXCERPTS / "uk_treaties.csv").read_bytes()), name="uk_treaties.csv.gz")
    run = ImportRun.objects.get()
    assert choose(signed_in, run).status_code == 302
    run_now(run.pk, "en")
    run.refresh_from_db()
    assert (run.state, run.error, run.counts["created"]) == (RunState.PREVIEWED, "", 21)
    assert run.mapping["name"] == "UK Treaties Online"
    assert run.counts["warnings"]["no_signature"] == 4


def test_progress_is_asked_for_and_ends_the_asking(signed_in: Client, world: make.World) -> None:
    send(signed_in)
    run = ImportRun.objects.get()
    choose(signed_in, run, field__source_key="key")
    url = reverse("lists:progress", args=[run.pk])
    waiting = signed_in.get(url)
    assert "hx-get" in waiting.content.decode()
    run_now(run.pk, "en")
    over = signed_in.get(url)
    assert over.headers["HX-Refresh"] == "true"
    assert "hx-get" not in over.content.decode()


def test_words_are_those_of_the_reader(signed_in: Client, world: make.World) -> None:
    send(signed_in)
    run = ImportRun.objects.get()
    choose(signed_in, run, field__source_key="key", field__signed_on="day")
    run_now(run.pk, "ru")
    run.refresh_from_db()
    assert "Это обязательно." in {p["reason"] for p in run.problems}


# -------------------------------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "empty"),
        ("a.pdf", b"%PDF-1.7", "Files of the kinds"),
        ("a.xlsx", b"a,b\n1,2\n", "not what its name says"),
        ("a.csv", b"PK\x03\x04\x00\x00", "not what its name says"),
        ("a.csv", b"a,a\n1,2\n", "twice"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00broken", "damaged"),
    ],
)
def test_a_file_that_is_none_is_refused_at_its_field(signed_in: Client, name: str, content: bytes, words: str) -> None:
    response = send(signed_in, content, name=name)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not ImportRun.objects.exists()


def test_columns_that_do_not_fit_are_told_in_the_form(signed_in: Client) -> None:
    send(signed_in)
    run = ImportRun.objects.get()
    response = choose(signed_in, run, field__title="")
    assert response.status_code == 422
    assert ImportRun.objects.get().mapping == {}
    # Nothing tells agreements apart: told by the run, not by a crash.
    choose(signed_in, run, field__signed_on="day")
    run_now(run.pk, "en")
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "tells the agreements apart" in run.error


def test_a_bomb_never_gets_in(signed_in: Client, settings: Any) -> None:
    settings.FOEDERA_UNPACKED_LIMIT = 1 << 20
    response = send(signed_in, gzip.compress(b"a,b\n" + b"0,0\n" * (1 << 20)), name="bomb.csv.gz")
    assert response.status_code == 422
    assert "unpacks to more than 1 MiB" in response.content.decode()
    settings.FOEDERA_UPLOAD_LIMIT = 1000
    assert "larger than" in send(signed_in, "a,b\n" + "x" * 2000, name="big.csv").content.decode()


# -------------------------------------------------------------------------------------------------------------- rights


def test_who_may_not_import_is_refused(client: Client, world: make.World) -> None:
    assert client.get(reverse("lists:imports")).status_code in (302, 403)
    auditor = make.actor(Role.AUDITOR, world.ministry)
    assert as_(client, auditor).get(reverse("lists:imports")).status_code == 403


def test_the_run_of_another_is_not_there(client: Client, signed_in: Client, world: make.World) -> None:
    send(signed_in)
    run = ImportRun.objects.get()
    choose(signed_in, run, field__source_key="key", field__signed_on="day")
    officer = as_(Client(), make.actor(Role.OFFICE_OFFICER, world.office))
    for name in ("run", "columns", "progress", "report"):
        assert officer.get(reverse(f"lists:{name}", args=[run.pk])).status_code == 404
    assert officer.post(reverse("lists:start", args=[run.pk])).status_code == 404
    # An officer of the region imports agreements and ties, not bodies.
    choices = officer.get(reverse("lists:imports")).context["page"].form.fields["kind"].choices
    assert [c[0] for c in choices] == ["agreements", "ties"]


def test_who_lost_the_duty_meanwhile_imports_nothing(signed_in: Client, world: make.World) -> None:
    send(signed_in)
    run = ImportRun.objects.get()
    choose(signed_in, run, field__source_key="key", field__signed_on="day")
    Duty.objects.update(valid_until="2020-01-02")
    run_now(run.pk, "en")
    run.refresh_from_db()
    assert (run.state, run.error) == (RunState.FAILED, "the duty is over")


# ------------------------------------------------------------------------------------------------------------- command


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("import", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_command_imports_a_known_file_at_once(world: make.World) -> None:
    path = str(EXCERPTS / "wikidata_eu_pairs.csv")
    looked = json.loads(command("ties", path, "--dry-run", "--json"))
    assert (looked["state"], looked["mapping"]) == ("previewed", "Twin towns of the EU (Wikidata)")
    assert not Tie.objects.exists()
    made = json.loads(command("ties", path, "--json"))
    assert made["created"] == looked["created"] == Tie.objects.count()
    assert made["read"] == made["created"] + made["folded"] + made["refused"]
    assert (made["refused"], made["errors"]) == (1, {"country": 1})
    table = command("ties", path)
    assert "Rows read" in table
    assert "Unchanged" in table
    assert "Row 7278" not in table  # numbers are those of this file
    assert "“t431453150” is not known" in table


def test_the_command_takes_a_mapping_and_writes_the_report(world: make.World, tmp_path: Path) -> None:
    (tmp_path / "theirs.csv").write_text(CONTENT)
    (tmp_path / "map.toml").write_text('[fields]\nsource_key = "key"\ntitle = "title"\nsigned_on = "day"\n')
    arguments = ("agreements", str(tmp_path / "theirs.csv"), "--map", str(tmp_path / "map.toml"))
    with pytest.raises(CommandError, match="1 rows are faulty"):
        command(*arguments, "--all-or-nothing")
    assert not Agreement.objects.exists()
    command(*arguments, "--report", str(tmp_path / "report.csv"))
    assert Agreement.objects.count() == 1
    assert len((tmp_path / "report.csv").read_text(encoding="utf-8-sig").splitlines()) == 3


def test_the_command_says_what_is_wrong(world: make.World, tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text(CONTENT)
    with pytest.raises(CommandError, match=r"no import of .treaties.; there is: "):
        command("treaties", str(path))
    with pytest.raises(CommandError, match="There is no file"):
        command("agreements", str(tmp_path / "absent.csv"))
    with pytest.raises(CommandError, match="There is no mapping"):
        command("agreements", str(path), "--map", "nobody")
    path.write_bytes(b"")
    with pytest.raises(CommandError, match="empty"):
        command("agreements", str(path))


# -------------------------------------------------------------------------------------------------------- interruption


@pytest.mark.django_db(transaction=True)
@pytest.mark.server
def test_a_killed_import_leaves_nothing_and_is_seen_as_interrupted(tmp_path: Path) -> None:
    importing.world()
    path = importing.table(
        tmp_path / "long.csv",
        [{"key": f"s:{n}", "title": f"Agreement {n} (synthetic)", "signed": "2014"} for n in range(40_000)],
    )
    (tmp_path / "map.toml").write_text('[fields]\nsource_key = "key"\ntitle = "title"\nsigned_on = "signed"\n')
    before = importing.footprint()
    parameters: dict[str, Any] = connection.get_connection_params()
    words = {"host": "host", "port": "port", "user": "user", "password": "password", "dbname": "dbname"}
    conninfo = " ".join(f"{word}='{parameters[key]}'" for key, word in words.items() if parameters.get(key))
    environment = {**os.environ, "DATABASE_URL": conninfo, "PYTHONPATH": str(Path(foedera.__file__).parents[1])}
    arguments = ["import", "agreements", str(path), "--map", str(tmp_path / "map.toml")]
    process = subprocess.Popen([sys.executable, "-m", "django", *arguments], env=environment)
    try:
        deadline = time.monotonic() + 120
        while not ImportRun.objects.filter(rows_done__gt=0).exists():
            assert process.poll() is None, "the import ended before it could be killed"
            assert time.monotonic() < deadline
        assert mark_interrupted() == 0, "a run that works is left alone"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    run = ImportRun.objects.get()
    assert run.state == RunState.RUNNING
    while mark_interrupted(run.pk) == 0:
        assert time.monotonic() < deadline
    run.refresh_from_db()
    assert run.state == RunState.INTERRUPTED
    assert importing.footprint() == before


@pytest.mark.django_db(transaction=True)
def test_two_do_not_work_on_one_run() -> None:
    run = ImportRun.objects.create(kind="ties", file_name="synthetic.csv", state=RunState.RUNNING)
    with working(run.pk) as progress:
        progress.tell(7)
        assert mark_interrupted() == 0
        with pytest.raises(BlockingIOError), working(run.pk):
            pass
    run.refresh_from_db()
    assert run.rows_done == 7
    assert mark_interrupted() == 1
