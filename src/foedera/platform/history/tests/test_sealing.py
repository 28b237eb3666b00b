"""Seals cover everything once, whoever commits when; an exported history tells whatever was done to it."""

from __future__ import annotations

import copy
import datetime
import gzip
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client
from django.utils import timezone

from foedera.agreements.models import Party
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor, system
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid
from foedera.platform.actions.performing import label_of
from foedera.platform.history import canonical, merkle, sealing, verifying
from foedera.platform.history.erasing import erase_due, set_rule
from foedera.platform.history.exporting import export_history
from foedera.platform.history.instants import reading_at
from foedera.platform.history.models import Entry, Leaf, PerformedAction, PersonalValue, RetentionRule, Seal, TimeStamp
from foedera.platform.history.queries import timeline
from foedera.platform.history.recording import record_action

pytestmark = pytest.mark.django_db
Lines = list[dict[str, Any]]


@pytest.fixture
def officer(db: None) -> Actor:
    return make.actor(Role.COORDINATOR, make.world().ministry)


def export(path: Path) -> Lines:
    export_history(path)
    with gzip.open(path) as stream:
        return [orjson.loads(line) for line in stream]


def verified(path: Path, lines: Lines) -> verifying.Report:
    with gzip.open(path, "wb") as stream:
        stream.writelines(orjson.dumps(line) + b"\n" for line in lines)
    return verifying.verify(path)


def everything_is_sealed_once() -> bool:
    leaves = set(Leaf.objects.values_list("kind", "row_id"))
    rows = {("a", k) for k in PerformedAction.objects.values_list("pk", flat=True)}
    rows |= {("e", k) for k in Entry.objects.values_list("pk", flat=True)}
    return leaves == rows and Leaf.objects.count() == len(rows)


def test_seals_follow_from_each_other(officer: Actor) -> None:
    make.agreement(officer)
    (first,) = sealing.seal_all()
    assert sealing.seal_all() == []
    make.agreement(officer, title="Соглашение о лесе")
    (second,) = sealing.seal_all()
    assert everything_is_sealed_once()
    one, two = Seal.objects.order_by("number")
    assert bytes(two.previous) == bytes(one.hash)
    assert (first.hash, second.hash) == (bytes(one.hash).hex(), bytes(two.hash).hex())


def test_a_long_history_is_sealed_in_portions(officer: Actor) -> None:
    for n in range(4):
        make.agreement(officer, title=f"Agreement {n}")
    made = sealing.seal_all(most=5)
    assert len(made) > 2
    assert everything_is_sealed_once()


def test_an_untouched_export_is_intact(officer: Actor, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make.agreement(officer, title="“Quoted” \\ and\ttabbed")
    (sealed,) = sealing.seal_all()
    make.agreement(officer)
    export_history(tmp_path / "history")
    report = verifying.verify(tmp_path / "history")
    assert report.intact
    assert report.seals == 1
    assert report.unsealed > 0
    assert verifying.main([str(tmp_path / "history"), "--root", sealed.hash]) == 0
    assert "The published root is that of seal 1." in capsys.readouterr().out
    assert verifying.main([str(tmp_path / "history"), "--root", "00" * 32]) == 1
    assert verifying.main([str(tmp_path / "absent")]) == 2


def leaf_of(lines: Lines, kind: str, place: int = 0) -> dict[str, Any]:
    return [line for line in lines if "leaf" in line and kind in line][place]


def _alter_entry(lines: Lines) -> str:
    line = leaf_of(lines, "entry")
    line["entry"]["after"]["title"] = "Another past"
    return f"entry {line['entry']['id']}"


def _alter_action(lines: Lines) -> str:
    line = leaf_of(lines, "action")
    line["action"]["person_name"] = "Somebody else"
    return f"action {line['action']['id']}"


def _alter_with_leaf(lines: Lines) -> str:
    line = leaf_of(lines, "entry")
    line["entry"]["row"] = 4711
    line["leaf"] = merkle.leaf_hash(canonical.canonical({"entry": line["entry"]})).hex()
    return "seal 1 is not the root of its leaves"


def _remove(lines: Lines) -> str:
    line = leaf_of(lines, "entry", 1)
    lines.remove(line)
    return f"entry {line['entry']['id']}"


def _insert(lines: Lines) -> str:
    line = copy.deepcopy(leaf_of(lines, "entry"))
    line["entry"]["id"] = 999_999
    line["leaf"] = merkle.leaf_hash(canonical.canonical({"entry": line["entry"]})).hex()
    lines.insert(lines.index(leaf_of(lines, "entry")), line)
    return "entry 999999"


def _twice(lines: Lines) -> str:
    line = leaf_of(lines, "entry")
    lines.insert(lines.index(line), copy.deepcopy(line))
    return f"entry {line['entry']['id']}"


def _drop_seal(lines: Lines) -> str:
    first = next(i for i, line in enumerate(lines) if "seal" in line)
    second = next(i for i, line in enumerate(lines) if "seal" in line and i > first)
    del lines[first:second]
    return "seal 1 is missing"


def _rewrite_seal(lines: Lines) -> str:
    line = next(line for line in lines if "seal" in line)
    line["seal"]["at"] = "2001-01-01T00:00:00.000000Z"
    line["hash"] = merkle.seal_hash(canonical.canonical({"seal": line["seal"]})).hex()
    return "seal 2 does not follow from the seal before it"


def _alter_hash(lines: Lines) -> str:
    next(line for line in lines if "seal" in line)["seal"]["at"] = "2001-01-01T00:00:00.000000Z"
    return "seal 1 was altered"


def _swap(lines: Lines) -> str:
    one, two = leaf_of(lines, "entry"), leaf_of(lines, "entry", 1)
    one["leaf"], two["leaf"] = two["leaf"], one["leaf"]
    return f"entry {one['entry']['id']}"


@pytest.mark.parametrize(
    "tamper",
    [_alter_entry, _alter_action, _alter_with_leaf, _remove, _insert, _twice, _drop_seal, _rewrite_seal, _alter_hash, _swap],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_tampering_of_every_kind_is_found_and_named(
    officer: Actor, tmp_path: Path, tamper: Callable[[Lines], str]
) -> None:
    make.agreement(officer)
    sealing.seal_all()
    make.agreement(officer)
    sealing.seal_all()
    lines = export(tmp_path / "history")
    assert verified(tmp_path / "history", lines).intact
    named = tamper(lines)
    report = verified(tmp_path / "history", lines)
    assert not report.intact
    assert named in "\n".join([*report.altered, *report.missing, *report.inserted, *report.chain])


def test_what_was_done_in_the_database_itself_is_found(officer: Actor, tmp_path: Path) -> None:
    made = make.agreement(officer)
    sealing.seal_all()
    entries = list(Entry.objects.filter(subject_id=made.pk).order_by("pk"))
    with connection.cursor() as cursor:
        cursor.execute("GRANT UPDATE, DELETE ON history_entry TO CURRENT_USER")
        cursor.execute("ALTER TABLE history_entry DISABLE TRIGGER append_only")
        cursor.execute("UPDATE history_entry SET row_id = 4711 WHERE id = %s", [entries[0].pk])
        cursor.execute("DELETE FROM history_entry WHERE id = %s", [entries[1].pk])
    export_history(tmp_path / "history")
    report = verifying.verify(tmp_path / "history")
    assert report.altered == [f"entry {entries[0].pk}"]
    assert report.missing == [f"entry {entries[1].pk}"]


@pytest.mark.parametrize("keep", [10, 0.5, -1])
def test_a_file_that_is_cut_off_says_so(officer: Actor, tmp_path: Path, keep: float) -> None:
    make.agreement(officer)
    sealing.seal_all()
    lines = export(tmp_path / "history")
    if keep == -1:
        with pytest.raises(verifying.Unreadable):
            verified(tmp_path / "history", lines[:-1])
        return
    whole = (tmp_path / "history").read_bytes()
    (tmp_path / "history").write_bytes(whole[: int(keep if keep > 1 else len(whole) * keep)])
    with pytest.raises(verifying.Unreadable):
        verifying.verify(tmp_path / "history")


@pytest.mark.parametrize(
    "line", [b"[]", b"{}", b'{"foedera_history": 2}', b'{"foedera_history": 1}\n{"leaf": 1}', b"\xff"]
)
def test_what_is_no_history_is_refused(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "file").write_bytes(gzip.compress(line))
    with pytest.raises(verifying.Unreadable):
        verifying.verify(tmp_path / "file")


def test_verifying_needs_neither_database_nor_settings(officer: Actor, tmp_path: Path) -> None:
    make.agreement(officer)
    sealing.seal_all()
    export_history(tmp_path / "history")
    source = str(Path(verifying.__file__).parents[3])
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": source}
    code = "import sys; sys.modules['django'] = None; from foedera.config.command import main; main(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, "history", "verify", str(tmp_path / "history")],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Intact." in done.stdout


@pytest.mark.parametrize("table", ["history_seal", "history_leaf", "history_timestamp"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET seal_id = 1", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_seals_cannot_be_changed(officer: Actor, table: str, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT UPDATE, DELETE, TRUNCATE ON {table} TO CURRENT_USER")
    statement = statement.replace("seal_id", "number") if table == "history_seal" else statement
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_commits_late_with_lower_ids_is_not_missed() -> None:
    begun, sealed = threading.Event(), threading.Event()

    def late() -> None:
        try:
            with transaction.atomic():
                record_action("synthetic.late", system(timezone.localdate()))
                begun.set()
                assert sealed.wait(20)
        finally:
            connections.close_all()

    writer = threading.Thread(target=late)
    writer.start()
    assert begun.wait(20)
    with transaction.atomic():
        record_action("synthetic.early", system(timezone.localdate()))
    assert sum(s.count for s in sealing.seal_all()) == 1
    assert sealing.seal_all() == []
    sealed.set()
    writer.join()
    assert sum(s.count for s in sealing.seal_all()) == 1
    assert everything_is_sealed_once()


@pytest.mark.django_db(transaction=True)
def test_writers_and_sealers_at_once_leave_nothing_out_and_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    # Longer than any of these writers rests between taking an id and counting as running.
    monkeypatch.setattr(sealing, "SETTLING", datetime.timedelta(seconds=0.5))
    begun = timezone.now()
    stop = threading.Event()
    faults: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                faults.append(error)
            finally:
                connections.close_all()

        return threading.Thread(target=run)

    def write() -> None:
        for n in range(40):
            with transaction.atomic():
                record_action(f"synthetic.{n}", system(timezone.localdate()))

    def seal() -> None:
        while not stop.is_set():
            sealing.seal_all(most=7)

    writers, sealers = [guarded(write) for _ in range(3)], [guarded(seal) for _ in range(2)]
    for thread in (*writers, *sealers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in sealers:
        thread.join()
    sealing.seal_all()
    assert not faults
    assert PerformedAction.objects.count() == 120
    assert everything_is_sealed_once()
    assert sealing.seal_all(whole=True) == []
    # Transactions of other tests beside this one hold it up until they end, and some of these last as long as a file of tests.
    deadline = time.monotonic() + 120
    while (last := Seal.objects.order_by("-number")[0]).settled_action == 0 and time.monotonic() < deadline:
        with transaction.atomic():
            record_action("synthetic.later", system(timezone.localdate()))
        sealing.seal_all()
        if is_held_up(begun):
            break
    assert last.settled_action > 0 or is_held_up(begun), "the next seal need not look through everything"


def is_held_up(begun: datetime.datetime) -> bool:
    """Whether a transaction of another test runs that began before an instant."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname <> current_database() AND backend_xid IS NOT NULL AND xact_start < %s)",
            [begun],
        )
        return bool(cursor.fetchone()[0])


KILLED = """
import os, sys, django
django.setup()
from foedera.platform.history import sealing
whole = sealing.root
def slow(leaves):
    print("sealing", flush=True)
    sys.stdin.readline()
    return whole(leaves)
sealing.root = slow
sealing.seal_all()
"""


@pytest.mark.django_db(transaction=True)
def test_a_sealer_killed_in_the_middle_leaves_nothing_behind() -> None:
    with transaction.atomic():
        record_action("synthetic.one", system(timezone.localdate()))
    settings = connection.settings_dict
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "foedera.config.settings",
        "PYTHONPATH": str(Path(verifying.__file__).parents[3]),
        "FOEDERA_TESTING": "1",
        "DATABASE_URL": " ".join(
            f"{part}={settings[name]}"
            for part, name in (
                ("host", "HOST"),
                ("port", "PORT"),
                ("user", "USER"),
                ("password", "PASSWORD"),
                ("dbname", "NAME"),
            )
            if settings[name]
        ),
    }
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "sealing\n"
        process.send_signal(signal.SIGKILL)
    assert not Seal.objects.exists()
    assert sum(s.count for s in sealing.seal_all()) == 1
    assert everything_is_sealed_once()


def test_the_seals_are_public(officer: Actor) -> None:
    client = Client()
    assert b"Nothing is sealed yet" in client.get("/history/seals/").content
    make.agreement(officer)
    (sealed,) = sealing.seal_all()
    assert sealed.hash in client.get("/history/seals/").content.decode()
    found = client.get("/api/v1/seals").json()
    assert found["items"][0]["root"] == sealed.hash
    assert client.get("/history/seals/", {"before": "x"}).status_code == 422


# --- time stamps of an outside authority, made here ---

CONFIGURATION = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
certs = {folder}/tsa.pem
default_policy = 1.2.3.4
digests = sha256
signer_digest = sha256
accuracy = secs:1
"""


@pytest.fixture
def authority(tmp_path: Path) -> Callable[[Path], Path]:
    """Answers a request as a time stamp authority would; its certificates are tsa.pem (itself) and root.pem."""
    folder = tmp_path / "authority"
    folder.mkdir()
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
    (folder / "usage.cnf").write_text("extendedKeyUsage = critical,timeStamping\nbasicConstraints = CA:FALSE\n")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    for name in ("root", "tsa"):
        openssl("genrsa", "-out", f"{name}.key", "2048")
        openssl("req", "-new", "-key", f"{name}.key", "-subj", f"/CN=Synthetic {name}", "-out", f"{name}.csr")
    openssl("req", "-x509", "-key", "root.key", "-subj", "/CN=Synthetic root", "-days", "9", "-out", "root.pem")
    openssl("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "9",
            "-extfile", "usage.cnf", "-out", "tsa.pem")  # fmt: skip

    def answer(request: Path) -> Path:
        target = request.with_suffix(".tsr")
        openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", str(request), "-out", str(target))
        return target

    return answer


def test_a_seal_is_stamped_by_an_outside_authority(
    officer: Actor, tmp_path: Path, authority: Callable[[Path], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    make.agreement(officer)
    sealing.seal_all()
    roots = tmp_path / "authority" / "root.pem"
    call_command("history", "timestamp", "--request", str(tmp_path / "one.tsq"))
    answered = authority(tmp_path / "one.tsq")
    call_command("history", "timestamp", "--response", str(answered), "--certificate", str(roots))
    kept = TimeStamp.objects.get()
    assert "Synthetic tsa" in kept.authority
    make.agreement(officer)
    sealing.seal_all()
    with pytest.raises(Exception, match="Mismatch"):
        call_command("history", "timestamp", "--response", str(answered), "--certificate", str(roots))
    export_history(tmp_path / "history")
    given = [str(tmp_path / "history"), "--timestamp", str(answered), "--certificate"]
    assert verifying.main([*given, str(roots)]) == 0
    assert "Seal 1 was stamped at" in capsys.readouterr().out
    assert verifying.main(given[:-1]) == 1
    (tmp_path / "other.pem").write_bytes((tmp_path / "authority" / "tsa.csr").read_bytes())
    assert verifying.main([*given, str(tmp_path / "other.pem")]) == 1
    assert Client().get("/api/v1/seals").json()["items"][1]["stamped_at"]


# --- personal values ---


def signed(officer: Actor, **more: Any) -> Any:
    return make.agreement(
        officer,
        parties=[
            {"side": "own", "territory": "RU-TAM", "signatory": "Ivan “Synthetic” Petrov\\"},
            {"side": "foreign", "territory": "BY-BR", "signatory": "Synthetic Person"},
        ],
        **more,
    )


def test_a_personal_value_stands_as_a_commitment_and_is_read_on_the_timeline(officer: Actor, tmp_path: Path) -> None:
    made = signed(officer)
    entry = Entry.objects.filter(table_name="agreements_party", subject_id=made.pk).order_by("pk")[0]
    assert entry.after is not None
    assert set(entry.after["signatory"]) == {"committed"}
    value = PersonalValue.objects.get(entry=entry)
    assert value.salt
    assert canonical.commitment(value.salt, value.value) == entry.after["signatory"]["committed"]
    told = {c.after for e in timeline(made) for c in e.changes if c.field == "signatory"}
    assert "Ivan “Synthetic” Petrov\\" in told
    sealing.seal_all()
    lines = export(tmp_path / "history")
    assert verified(tmp_path / "history", lines).intact
    for line in lines:
        if line.get("personal"):
            line["personal"][0]["value"] = "Somebody else"
    assert "the personal value of signatory (after)" in "".join(verified(tmp_path / "history", lines).altered)


def test_what_is_due_is_erased_everywhere_and_the_chain_still_verifies(officer: Actor, tmp_path: Path) -> None:
    old = signed(officer, signed_on="1990-01-01", indefinite=False, term_months=12, tacit_renewal=False)
    kept = signed(officer, title="Agreement on tea", indefinite=True)
    old.refresh_from_db()
    assert old.ends_on is not None
    before = timezone.now()
    make.step(old, "record_activity", officer, last_activity_on="2021-05")
    sealing.seal_all()
    set_rule(
        officer,
        table="agreements_party",
        field="signatory",
        counted_from="agreement__ends_on",
        months=120,
        ground="Law on personal data",
    )
    assert [e.records for e in erase_due(officer, dry=True)] == [2]
    (erased,) = erase_due(officer)
    assert (erased.records, erased.values) == (2, 4), "what was written, and what stood there when it was erased"
    assert [e.records for e in erase_due(officer)] == [0], "a second run finds nothing"
    assert set(Party.objects.filter(agreement=old).values_list("signatory", flat=True)) == {""}
    assert "" not in set(Party.objects.filter(agreement=kept).values_list("signatory", flat=True))
    with reading_at(before):
        assert set(Party.objects.filter(agreement=old).values_list("signatory", flat=True)) == {""}
    assert not any("Petrov" in str(c) for e in timeline(old) for c in e.changes)
    action = PerformedAction.objects.get(name="history.erase")
    assert "Law on personal data" in action.reason
    assert str(label_of(action.name)) == "Personal data erased under a retention rule"
    sealing.seal_all()
    lines = export(tmp_path / "history")
    assert "Petrov" not in str([x for x in lines if x.get("entry", {}).get("subject") == old.pk])
    report = verified(tmp_path / "history", lines)
    assert report.intact
    assert len(report.erased) == 4
    for line in lines:
        line.pop("personal", None)
    assert "the personal value of signatory" in "".join(verified(tmp_path / "history", lines).missing)


def test_personal_values_can_only_be_erased(officer: Actor) -> None:
    signed(officer)
    for statement in (
        "UPDATE history_personal SET value = '\"x\"'", "UPDATE history_personal SET salt = NULL", "DELETE FROM history_personal",
        "TRUNCATE history_personal",
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match="only be erased"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("faulty", "field"),
    [({"table": "agreements_agreement"}, "table"), ({"field": "name"}, "field"), ({"ground": " "}, "ground"),
     ({"counted_from": "agreement__title__x"}, "counted_from"), ({"months": -1}, "months")],
)  # fmt: skip
def test_a_faulty_retention_rule_is_refused(officer: Actor, faulty: dict[str, Any], field: str) -> None:
    values: dict[str, Any] = {
        "table": "agreements_party",
        "field": "signatory",
        "counted_from": "agreement__ends_on",
        "months": 1,
        "ground": "Law",
    }
    with pytest.raises(Invalid) as refused:
        set_rule(officer, **{**values, **faulty})
    assert [p.field for p in refused.value.problems] == [field]
    assert not RetentionRule.objects.exists()
