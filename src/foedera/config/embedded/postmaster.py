"""What a PostgreSQL server says of itself in postmaster.pid, checked against the processes of the machine."""

from __future__ import annotations

import os
import signal
import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from foedera.config.embedded.errors import ClusterError

SOCKET = ".s.PGSQL.5432"
# "May we speak TLS?", the shortest question of PostgreSQL's protocol: length 8 and the code 1234.5679.
SSL_REQUEST = struct.pack("!ihh", 8, 1234, 5679)
START_WITHIN = 300.0
STOP_WITHIN = 120.0
PROC = Path("/proc")


@dataclass(frozen=True)
class Postmaster:
    """The server of one cluster folder, running or not."""

    cluster: Path

    def _lines(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    @property
    def pid(self) -> int | None:
        """Number of the running server's process; None when there is none or the file is stale."""
        lines = self._lines()
        if not lines or not lines[0].isdigit():
            return None
        pid = int(lines[0])
        return pid if pid in self._processes(pid) else None

    @property
    def socket_folder(self) -> Path | None:
        """Where the server listens, or listened when it was killed."""
        lines = self._lines()
        return Path(lines[4]) if len(lines) > 4 and lines[4] else None

    @property
    def state(self) -> str:
        """What the server says of itself: starting, ready, stopping; empty when there is none."""
        lines = self._lines()
        return lines[7].strip() if len(lines) > 7 else ""

    def answers(self) -> bool:
        """Whether a server answers at the socket; one that is being killed still takes connections for a moment."""
        place = self.socket_folder
        if place is None:
            return False
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            try:
                connection.connect(str(place / SOCKET))
                connection.sendall(SSL_REQUEST)
                return connection.recv(1) in (b"N", b"S")
            except OSError:
                return False

    def wait_while(self, states: set[str]) -> None:
        """Waits for a server on its way up or down: the command that began it may have been killed."""
        deadline = time.monotonic() + START_WITHIN
        while self.state in states and self.pid is not None and time.monotonic() < deadline:
            time.sleep(0.1)

    def stop(self) -> bool:
        """Ends the server by PostgreSQL's fast shutdown: connections end, everything is written down.

        Returns whether there was one. Raises ClusterError when it does not end.
        """
        pid = self.pid
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_WITHIN
        while self.pid is not None and _alive(pid):
            if time.monotonic() > deadline:
                raise ClusterError(f"PostgreSQL (process {pid}) in {self.cluster} does not stop.")
            time.sleep(0.02)
        return True

    def remove_traces(self, socket_folder: Path) -> None:
        """Removes the lock files left by a killed server, after the last of its processes has ended.

        PostgreSQL itself refuses to start when the number in them has meanwhile gone to another process, which after a
        restart of a container is the rule. As long as a process works in the folder they stay: they protect the data.

        Raises ClusterError when processes stay.
        """
        traces = [self.cluster / "postmaster.pid", socket_folder / f"{SOCKET}.lock", socket_folder / SOCKET]
        if not any(trace.exists() for trace in traces) or not (PROC / "self" / "cwd").exists():
            return
        deadline = time.monotonic() + 30
        while working := self._processes():
            if time.monotonic() > deadline:
                numbers = ", ".join(map(str, working))
                raise ClusterError(
                    f"Processes of an earlier PostgreSQL still work in {self.cluster} but do not answer ({numbers}). "
                    "End them (kill -QUIT) and start again."
                )
            time.sleep(0.1)
        for trace in traces:
            trace.unlink(missing_ok=True)

    def _processes(self, *candidates: int) -> list[int]:
        """Which processes (of the candidates, else of all) work in this cluster; by /proc, else by their existence."""
        if not (PROC / "self" / "cwd").exists():
            return [pid for pid in candidates if _alive(pid)]
        cluster = str(self.cluster.resolve())
        numbers = candidates or tuple(int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
        working = []
        for number in numbers:
            with suppress(OSError):
                if os.readlink(PROC / str(number) / "cwd") == cluster:
                    working.append(number)
        return working


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
