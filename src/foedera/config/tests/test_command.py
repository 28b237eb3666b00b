"""The command line: what it understands and how it refuses."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from foedera.config.command import parse_demo, parse_up, run, take_data
from foedera.config.installation import PROJECT, Installation, StartError, code_hash
from foedera.config.serving import check_port


@pytest.mark.parametrize(
    ("given", "data", "rest"),
    [
        (["demo"], None, ["demo"]),
        (["--data", "d", "demo", "BR"], "d", ["demo", "BR"]),
        (["status", "--data=d e", "--json"], "d e", ["status", "--json"]),
        (["shell", "--", "--data", "x"], None, ["shell", "--", "--data", "x"]),
        (["import", "--database", "x"], None, ["import", "--database", "x"]),
    ],
)
def test_every_command_takes_data(given: list[str], data: str | None, rest: list[str]) -> None:
    assert take_data(given) == (data, rest)


def test_data_without_a_folder_is_refused() -> None:
    with pytest.raises(StartError, match="folder"):
        take_data(["up", "--data"])


def test_demo_takes_a_profile_in_any_case_and_serves_unless_told_otherwise() -> None:
    options = parse_demo([])
    assert (options.profile, options.no_serve, options.host, options.port) == ("RU", False, "127.0.0.1", 8000)
    options = parse_demo(["br", "--no-serve", "--port", "81"])
    assert (options.profile, options.no_serve, options.port) == ("BR", True, 81)


@pytest.mark.parametrize("port", ["0", "65536", "eighty", "-1", ""])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_up([f"--port={port}"])
    assert "ports go from 1 to 65535" in capsys.readouterr().err


def test_without_a_command_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([], None) == 0
    said = capsys.readouterr().out
    for command in ("demo", "up", "test", "backup", "restore"):
        assert f"./foedera {command}" in said


def test_a_port_in_use_is_refused_with_another_to_try() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StartError, match=f"Port {port} .*in use.*--port"):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(StartError):
        check_port("192.0.2.1", 8000)  # reserved for documentation, RFC 5737


def test_the_data_folder_is_the_named_one_else_that_of_the_environment_else_var_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("FOEDERA_DATA", raising=False)
    assert Installation.at(None).data == PROJECT / "var" / "data"
    monkeypatch.setenv("FOEDERA_DATA", str(tmp_path))
    assert Installation.at(None).data == tmp_path
    monkeypatch.chdir(tmp_path)
    assert Installation.at("here").data == tmp_path / "here"


def test_a_database_of_the_operator_is_not_started_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql:///elsewhere")
    assert Installation.at(str(tmp_path)).external
    monkeypatch.delenv("DATABASE_URL")
    assert not Installation.at(str(tmp_path)).external


def test_the_secret_key_is_made_once_and_closed_to_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("FOEDERA_SECRET_KEY", "FOEDERA_DATA"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    installation = Installation(tmp_path / "data")
    installation.prepare()
    key = os.environ["FOEDERA_SECRET_KEY"]
    assert len(key) >= 64
    assert (installation.data / "secret-key").stat().st_mode & 0o077 == 0
    monkeypatch.delenv("FOEDERA_SECRET_KEY")
    installation.prepare()
    assert os.environ["FOEDERA_SECRET_KEY"] == key


def test_a_data_folder_that_cannot_be_written_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOEDERA_DATA", "")
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match="--data"):
        Installation(tmp_path / "file" / "data").prepare()


def test_facts_are_noted_and_taken_back(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    assert installation.record == {}
    installation.note(prepared="x", demonstration="RU")
    installation.note(prepared=None)
    assert installation.record == {"demonstration": "RU"}
    (tmp_path / "record.json").write_text("{ torn")
    assert installation.record == {}


def test_the_hash_of_the_code_is_the_same_twice() -> None:
    assert code_hash() == code_hash()


def test_an_unusable_folder_ends_the_command_with_one_line_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "FOEDERA_DATA"}}
    done = subprocess.run(
        [sys.executable, "-m", "foedera", "up", "--port", "1", "--data", str(tmp_path / "file" / "data")],
        env={**environment, "PYTHONPATH": str(PROJECT / "src")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("foedera: ")
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
