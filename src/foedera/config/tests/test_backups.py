"""A backup put back is the register as it was; a damaged one changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from foedera.config.embedded import Cluster
from foedera.config.installation import PROJECT, Installation

# A stand-in for a register: what the commands look at is a table of people, extensions, triggers and other schemas.
SYNTHETIC = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE accounts_person (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE INDEX ON accounts_person USING gin (name gin_trgm_ops);
CREATE SCHEMA history;
CREATE TABLE history.entry (id bigint PRIMARY KEY, said text);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'history stays'; END $$;
CREATE TRIGGER sealed BEFORE DELETE OR UPDATE ON history.entry FOR EACH ROW EXECUTE FUNCTION refuse();
INSERT INTO accounts_person (name) SELECT 'Synthetic person ' || n FROM generate_series(1, 100) n;
INSERT INTO history.entry VALUES (1, 'заключён');
"""


@pytest.fixture
def place(open_folder: Path) -> Iterator[Path]:
    yield open_folder
    for data in ("one", "two"):
        Cluster(open_folder / data).stop()


def foedera(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {n: v for n, v in os.environ.items() if n not in {"DATABASE_URL", "FOEDERA_DATA"}}
    return subprocess.run(
        [sys.executable, "-m", "foedera", *map(str, arguments)],
        env={**environment, "PYTHONPATH": str(PROJECT / "src")},
        capture_output=True,
        text=True,
        timeout=120,
    )


def register(data: Path) -> None:
    with Installation(data).database(), psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute(SYNTHETIC)
    (data / "files" / "ab").mkdir()
    (data / "files" / "ab" / "abcd").write_bytes(b"a document")


def state(data: Path) -> tuple[object, ...]:
    with Installation(data).database(), psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        people = connection.execute("SELECT count(*), max(name) FROM accounts_person").fetchone()
        history = connection.execute("SELECT said FROM history.entry").fetchall()
    files = sorted(str(file.relative_to(data)) for file in (data / "files").rglob("*") if file.is_file())
    return people, history, files


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "FOEDERA_DATA"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_a_backup_restores_database_and_documents_into_an_empty_folder_and_again(place: Path) -> None:
    register(place / "one")
    before = state(place / "one")
    done = foedera("backup", place / "b.tar", "--data", place / "one")
    assert done.returncode == 0, done.stderr
    assert (place / "b.tar").stat().st_mode & 0o077 == 0
    for file in ("b.tar", "c.tar"):  # a backup of what was restored restores as well
        done = foedera("restore", place / file, "--data", place / "two", "--replace")
        assert done.returncode == 0, done.stderr
        assert state(place / "two") == before
        assert foedera("backup", place / "c.tar", "--data", place / "two").returncode == 0
    assert not [left.name for left in place.iterdir() if left.name.startswith(".foedera")]


def test_a_register_is_not_overwritten_unasked(place: Path) -> None:
    register(place / "one")
    before = state(place / "one")
    foedera("backup", place / "b.tar", "--data", place / "one")
    done = foedera("restore", place / "b.tar", "--data", place / "one")
    assert done.returncode == 1
    assert "--replace" in done.stderr
    assert state(place / "one") == before


def test_a_damaged_or_foreign_file_changes_nothing(place: Path) -> None:
    register(place / "one")
    before = state(place / "one")
    foedera("backup", place / "b.tar", "--data", place / "one")
    whole = (place / "b.tar").read_bytes()
    with tarfile.open(place / "b.tar") as archive:
        middle = archive.getmember("database.dump").offset_data + 3000
    damaged = {
        "turned.tar": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "cut.tar": whole[: len(whole) // 2],
        "other.tar": b"not a backup",
    }
    for name, content in damaged.items():
        (place / name).write_bytes(content)
        done = foedera("restore", place / name, "--data", place / "one", "--replace")
        assert done.returncode == 1, name
        assert "Traceback" not in done.stderr, name
        assert state(place / "one") == before, name


def test_a_register_in_use_is_not_replaced_under_its_users(place: Path) -> None:
    register(place / "one")
    foedera("backup", place / "b.tar", "--data", place / "one")
    with Installation(place / "one").database():
        done = foedera("restore", place / "b.tar", "--data", place / "one", "--replace")
    assert done.returncode == 1
    assert "Stop it" in done.stderr


def test_a_backup_into_a_folder_that_does_not_exist_is_explained(place: Path) -> None:
    done = foedera("backup", place / "nowhere" / "b.tar", "--data", place / "one")
    assert done.returncode == 1
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr
