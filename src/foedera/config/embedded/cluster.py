"""A PostgreSQL cluster in a data folder: made when absent, started for those who need it, stopped after the last.

DATA/postgres/            owned by the user who runs PostgreSQL (a link to elsewhere when that user cannot enter DATA)
    cluster/              PostgreSQL's own data
    socket/               the Unix socket; a private folder in /tmp when the path would be too long for a socket
    start.log             what the server said while starting; its log proper is in cluster/log/
DATA/postgres.lock        held while somebody starts or stops the cluster
DATA/postgres.users       held (shared) by every command that uses the cluster
"""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

from foedera.config.embedded.binaries import Binaries, find_binaries
from foedera.config.embedded.errors import ClusterError, explained
from foedera.config.embedded.postmaster import Postmaster
from foedera.config.embedded.runner import Runner, choose_runner, open_binaries, open_folder

# sun_path of Linux holds 108 bytes with the final zero; macOS 104. Left for "/.s.PGSQL.5432.lock".
LONGEST_SOCKET_FOLDER = 84
SHORT_FOLDER = "/tmp"  # noqa: S108 - a private folder is made in it
SUPERUSER = "postgres"
ROLE = DATABASE = "foedera"
# The roles of the web process and of background work: they own nothing, and row-level security binds them.
WEB_ROLE, WORKER_ROLE = "foedera_web", "foedera_worker"
FENCED = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION"


class Cluster:
    """The cluster of one data folder.

    `throwaway` clusters, for tests, do without the guarantees that cost time (fsync); their role may create databases.
    """

    def __init__(self, data: Path, *, binaries: Binaries | None = None, throwaway: bool = False) -> None:
        self.data = data.absolute()
        self.throwaway = throwaway
        self._binaries = binaries

    # Where things are

    @property
    def folder(self) -> Path:
        return self.data / "postgres"

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    @property
    def postmaster(self) -> Postmaster:
        """What the server of this folder says of itself."""
        return Postmaster(self.cluster)

    @property
    def log(self) -> Path:
        return self.folder / "start.log"

    @property
    def url(self) -> str:
        """DATABASE_URL of the running cluster for psycopg and Django. Raises ClusterError when it does not run."""
        return self._address(ROLE, DATABASE)

    @property
    def web_url(self) -> str:
        """The same for the role of the web process."""
        return self._address(WEB_ROLE, DATABASE)

    @property
    def worker_url(self) -> str:
        """The same for the role of background work."""
        return self._address(WORKER_ROLE, DATABASE)

    @property
    def superuser_url(self) -> str:
        """The same for the superuser, who may create and drop databases; for backup, restore and repair."""
        return self._address(SUPERUSER, DATABASE)

    def _address(self, role: str, database: str) -> str:
        place = self.postmaster.socket_folder
        if place is None:
            raise ClusterError(f"The database in {self.data} is not running.")
        return f"postgresql://{role}@/{database}?host={quote(str(place), safe='')}"

    def is_running(self) -> bool:
        """Whether a server of this folder accepts connections now."""
        return self.postmaster.state == "ready" and self.postmaster.answers()

    # Start and stop

    def start(self) -> None:
        """Makes the cluster if there is none and starts it if it does not run; returns when it accepts connections.

        Raises ClusterError.
        """
        with self._alone():
            self._start()

    def stop(self) -> None:
        """Stops the server, whoever uses it, and returns when it has ended. Nothing happens when it does not run."""
        with self._alone():
            self._stop()

    @contextmanager
    def use(self) -> Iterator[None]:
        """Starts the cluster unless it runs; the last command to leave stops it, if a command had started it."""
        with self._alone():
            users = (self.data / "postgres.users").open("a+")
            try:
                fcntl.flock(users, fcntl.LOCK_SH)
                if not self.is_running():
                    self._started_for_commands.touch()
                    self._start()
            except BaseException:
                users.close()
                raise
        try:
            yield
        finally:
            with users, self._alone():
                if self._last(users) and self._started_for_commands.exists():
                    self._stop()

    def in_use(self) -> bool:
        """Whether any command, of this process or another, is using the cluster."""
        if not (self.data / "postgres.users").exists():
            return False
        with (self.data / "postgres.users").open("a+") as users:
            return not self._last(users)

    @property
    def _started_for_commands(self) -> Path:
        return self.data / "postgres.started"

    @staticmethod
    def _last(users: IO[str]) -> bool:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self.data.mkdir(parents=True, exist_ok=True, mode=0o711)
            lock = (self.data / "postgres.lock").open("a+")
        except OSError as error:
            raise explained("Opening the data folder", str(error), self.data) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _start(self) -> None:
        self.postmaster.wait_while({"starting", "stopping"})
        if self.is_running():
            return
        if self.cluster.exists() or self.folder.is_symlink():
            self._check_version()
        runner = choose_runner(self.cluster)
        try:
            open_folder(self.folder, runner)
            binaries = open_binaries(self._chosen_binaries(), runner)
            fresh = not self.cluster.exists()
            if fresh:
                self._initialise(binaries, runner)
            place = self._make_socket_folder(runner)
            self.postmaster.remove_traces(place)
            self._configure(runner, place)
            self._launch(binaries, runner)
        except OSError as error:
            raise explained("Starting PostgreSQL", f"{error.strerror or error}: {error.filename}", self.data) from error
        if not (self.folder / "database-made").exists():
            self._make_database()
        if not (self.folder / "fenced-roles-made").exists():
            self._make_fenced_roles()

    def _check_version(self) -> None:
        with suppress(FileNotFoundError):
            major = int((self.cluster / "PG_VERSION").read_text())
            if self._binaries is None or self._binaries.major != major:
                self._binaries = find_binaries(major)

    def _chosen_binaries(self) -> Binaries:
        if self._binaries is None:
            self._binaries = find_binaries()
        return self._binaries

    def _initialise(self, binaries: Binaries, runner: Runner) -> None:
        part = self.folder.resolve() / f"part-{secrets.token_hex(4)}"
        for left_over in self.folder.glob("part-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        command: list[str | Path] = [
            binaries.program("initdb"),
            "-D",
            part,
            "-U",
            SUPERUSER,
            "--encoding=UTF8",
        ]
        command += [
            "--auth-local=peer",
            "--auth-host=reject",
            "--data-checksums",
            *locale_options(binaries.major),
        ]
        if self.throwaway:
            command.append("--no-sync")
        done = runner.run(command, cwd=self.folder)
        if done.returncode:
            shutil.rmtree(part, ignore_errors=True)
            raise explained("Making the database cluster", done.stdout, self.folder)
        settings_file = os.open(part / "postgresql.conf", os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
        with os.fdopen(settings_file, "a") as settings:
            settings.write("\n# Written anew at every start by Foedera:\ninclude 'foedera.conf'\n")
        part.rename(self.cluster)

    def _configure(self, runner: Runner, place: Path) -> None:
        settings = {
            "listen_addresses": "",
            "port": "5432",
            "unix_socket_directories": str(place),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "on",
            "log_directory": "log",
            "log_filename": "postgresql-%a.log",
            "log_truncate_on_rotation": "on",
            "log_rotation_age": "1d",
        }
        if self.throwaway:
            settings |= {
                "fsync": "off",
                "synchronous_commit": "off",
                "full_page_writes": "off",
                "logging_collector": "off",
            }
        quoted = (f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items())
        self._write(runner, "foedera.conf", "".join(quoted))
        # The kernel says who is at the other end of the socket: whoever starts Foedera, and root, nobody else.
        allowed = {pwd.getpwuid(os.geteuid()).pw_name, "root"}
        lines = [
            f'foedera "{user}" {role}\n'
            for user in sorted(allowed)
            for role in (ROLE, SUPERUSER, WEB_ROLE, WORKER_ROLE)
        ]
        self._write(runner, "pg_ident.conf", "".join(lines))
        self._write(runner, "pg_hba.conf", "local all all peer map=foedera\nlocal replication all peer map=foedera\n")

    def _write(self, runner: Runner, name: str, content: str) -> None:
        part = self.cluster / f"{name}.part"
        part.unlink(missing_ok=True)
        # The folder belongs to the other user: root follows no link that stands there.
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            stream.write(content)
            if runner.other:
                os.fchown(stream.fileno(), runner.uid, runner.gid)
        part.replace(self.cluster / name)

    def _make_socket_folder(self, runner: Runner) -> Path:
        place = self.folder.resolve() / "socket"
        if len(os.fsencode(place)) > LONGEST_SOCKET_FOLDER:
            # Recorded by PostgreSQL itself in postmaster.pid, where the other commands find it. That of a killed server
            # is taken again: programs that were connected there then find the new one.
            place = self._earlier_socket_folder(runner) or Path(tempfile.mkdtemp(prefix="foedera-", dir=SHORT_FOLDER))
        place.mkdir(mode=0o700, exist_ok=True)
        runner.own(place)
        return place

    def _earlier_socket_folder(self, runner: Runner) -> Path | None:
        place = self.postmaster.socket_folder
        if place is None or not _is_short_lived(place):
            return None
        with suppress(OSError):
            found = place.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == runner.uid and not found.st_mode & 0o077:
                return place
        return None

    def _launch(self, binaries: Binaries, runner: Runner) -> None:
        self.log.unlink(missing_ok=True)
        cluster = self.cluster.resolve()
        log = self.log.parent.resolve() / self.log.name
        command: list[str | Path] = [
            binaries.program("pg_ctl"),
            "start",
            "-D",
            cluster,
            "-l",
            log,
            "-w",
            "-t",
            "300",
            "-s",
        ]
        done = runner.run(command, cwd=cluster, timeout=330)
        if done.returncode:
            said = done.stdout
            with suppress(OSError):
                said += self.log.read_text(errors="replace")
            for log_file in sorted(cluster.glob("log/*.log"), key=lambda file: file.stat().st_mtime)[-1:]:
                said += log_file.read_text(errors="replace")[-4000:]
            raise explained("Starting PostgreSQL", said, self.folder)

    def _make_database(self) -> None:
        import psycopg  # only needed once in the life of a cluster

        try:
            with psycopg.connect(
                self._address(SUPERUSER, "postgres"), autocommit=True, connect_timeout=30
            ) as connection:
                roles = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
                if not roles:
                    # Not a superuser: row-level security would not apply to one.
                    connection.execute("CREATE ROLE foedera LOGIN NOSUPERUSER")
                if self.throwaway:
                    connection.execute("ALTER ROLE foedera CREATEDB")
                # In the template, so that every database has it: the index of the search serves behind row-level security.
                with psycopg.connect(self._address(SUPERUSER, "template1"), autocommit=True) as template:
                    template.execute("ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, tsquery) LEAKPROOF")
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                    connection.execute("CREATE DATABASE foedera OWNER foedera")
        except psycopg.Error as error:
            raise explained("Making the database", str(error), self.folder) from error
        (self.folder / "database-made").touch(exist_ok=False)

    def _make_fenced_roles(self) -> None:
        import psycopg  # only needed once in the life of a cluster

        try:
            with psycopg.connect(
                self._address(SUPERUSER, "postgres"), autocommit=True, connect_timeout=30
            ) as connection:
                for role in (WEB_ROLE, WORKER_ROLE):
                    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                        connection.execute(f"CREATE ROLE {role} {FENCED}")
                    connection.execute(f"GRANT {role} TO {ROLE}")
        except psycopg.Error as error:
            raise explained("Making the fenced roles", str(error), self.folder) from error
        (self.folder / "fenced-roles-made").touch()

    def _stop(self) -> None:
        self._started_for_commands.unlink(missing_ok=True)
        place = self.postmaster.socket_folder
        if not self.postmaster.stop():
            return
        if place is not None and _is_short_lived(place):
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def running(data: Path) -> Iterator[Cluster]:
    """The cluster of a data folder, running: started when necessary and then stopped by the last command that used it;
    one that was running before stays running. Raises ClusterError."""
    cluster = Cluster(data)
    with cluster.use():
        yield cluster


def locale_options(major: int) -> list[str]:
    """initdb's options for the same order and letters on every machine: code points, with Unicode's letter classes.

    The character type must be a UTF-8 one even where PostgreSQL 17+ compares by its built-in provider: pg_trgm asks the
    C library what a letter is, and under the plain C locale finds no trigram in a Cyrillic word.
    """
    letters = _utf8_locale()
    if major >= 17:
        return [
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            f"--lc-ctype={letters}",
        ]
    return [f"--locale={letters}", "--lc-collate=C", "--lc-messages=C"]


def _utf8_locale() -> str:
    import locale

    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8", "UTF-8"):
            with suppress(locale.Error):
                locale.setlocale(locale.LC_CTYPE, name)
                return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    raise ClusterError(
        "This machine has no UTF-8 locale (C.UTF-8 or en_US.UTF-8); install one (on Debian: apt install locales)."
    )


def _is_short_lived(place: Path) -> bool:
    return place.parent == Path(SHORT_FOLDER) and place.name.startswith("foedera-")
