"""One installation: its data folder, secret key, database, and what the last start left on record."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foedera.config.embedded import Cluster, ClusterError

PACKAGE = Path(__file__).resolve().parents[1]
PROJECT = PACKAGE.parents[1]


class StartError(Exception):
    """Why a command cannot run, in words for the person at the terminal; shown without a traceback."""


@dataclass(frozen=True)
class Installation:
    """A data folder and the database that belongs to it.

    `external` says that the database is a server of the operator's (DATABASE_URL), not the embedded one.
    """

    data: Path
    external: bool = False

    @classmethod
    def at(cls, named: str | None) -> Installation:
        """The installation in the named folder, else in FOEDERA_DATA, else in var/data of the checkout."""
        named = named or os.environ.get("FOEDERA_DATA")
        data = Path(named).expanduser().absolute() if named else PROJECT / "var" / "data"
        return cls(data, external=bool(os.environ.get("DATABASE_URL")))

    @property
    def files(self) -> Path:
        return self.data / "files"

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.data)

    def prepare(self) -> None:
        """Makes the folders and the secret key where they are missing and names them in the environment.

        Raises StartError when the folder cannot be written.
        """
        try:
            # The unprivileged user who runs PostgreSQL for root must be able to pass through.
            self.data.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
            self.files.mkdir(exist_ok=True, mode=0o700)
            os.environ.setdefault("FOEDERA_SECRET_KEY", self._secret_key())
        except OSError as error:
            raise StartError(
                f"The data folder {self.data} cannot be used: {error.strerror} ({error.filename}). "
                "Give it to the user who starts Foedera, or name another folder with --data."
            ) from error
        os.environ["FOEDERA_DATA"] = str(self.data)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "foedera.config.settings")
        profile = self.record.get("profile")
        if profile:
            os.environ.setdefault("FOEDERA_PROFILE", profile)

    def _secret_key(self) -> str:
        file = self.data / "secret-key"
        with suppress(FileNotFoundError):
            return file.read_text(encoding="ascii").strip()
        # Linked into place when complete, so that two first starts agree on one key and neither reads half of it.
        part = self.data / f"secret-key.{os.getpid()}"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(64) + "\n")
        with suppress(FileExistsError):
            os.link(part, file)
        part.unlink()
        return file.read_text(encoding="ascii").strip()

    @contextmanager
    def database(self) -> Iterator[None]:
        """Keeps the database running and DATABASE_URL set. Raises StartError when it cannot be had."""
        self.prepare()
        if self.external:
            yield
            return
        cluster = self.cluster
        try:
            with cluster.use():
                os.environ["DATABASE_URL"] = cluster.url
                try:
                    yield
                finally:
                    del os.environ["DATABASE_URL"]
        except ClusterError as error:
            raise StartError(str(error)) from error

    # What is on record about the embedded database, so that a later start need not ask it again

    @property
    def _record_file(self) -> Path:
        return self.data / "record.json"

    @property
    def record(self) -> dict[str, Any]:
        """Facts noted by earlier starts: `prepared` (hash of the code that last migrated), `administrator`,
        `profile` (country), `demonstration` (its profile). Empty for an operator's own server, which others may change behind our back."""
        if self.external:
            return {}
        try:
            content = json.loads(self._record_file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def note(self, **facts: Any) -> None:
        """Adds facts to the record; None removes one."""
        if self.external:
            return
        record = {name: value for name, value in (self.record | facts).items() if value is not None}
        part = self._record_file.with_suffix(".part")
        part.write_text(json.dumps(record, indent=1), encoding="utf-8")
        part.replace(self._record_file)


def code_hash() -> str:
    """Hash of everything that decides how the database looks: the program's Python and SQL files and the lock file."""
    total = hashlib.sha256()
    files = [file for suffix in ("py", "sql") for file in PACKAGE.rglob(f"*.{suffix}") if "tests" not in file.parts]
    for file in sorted([*files, PROJECT / "requirements.lock"]):
        if file.is_file():
            total.update(f"{file.relative_to(PROJECT)}\0".encode())
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()
