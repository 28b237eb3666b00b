"""A real server for tests: the program started as an operator starts it, in a folder and on a port of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from foedera.config.installation import PROJECT

READY_WITHIN = 240.0
STOPS_WITHIN = 60.0
ENDS_WITHIN = 240.0
PASSWORD = "seven hills and a river"
# What a test run sets for itself and a server must not inherit.
NOT_INHERITED = {"DATABASE_URL", "FOEDERA_TEST_DATABASE_URL", "FOEDERA_DATA", "FOEDERA_TESTING", "FOEDERA_SECRET_KEY"}


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**more: str) -> dict[str, str]:
    """What a command of the program finds around it."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    return {**kept, "PYTHONPATH": str(PROJECT / "src"), "FOEDERA_LOG_LEVEL": "WARNING", **more}


def run(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """One command of the program to its end."""
    command = [sys.executable, "-m", "foedera", *map(str, arguments)]
    return subprocess.run(command, env=environment(**more), capture_output=True, text=True, timeout=ENDS_WITHIN)


@dataclass
class Server:
    """A running server: its address, what it said, and its process."""

    url: str
    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)

    def listen(self, stream: IO[str]) -> None:
        """Keeps what the server says until it ends."""
        for line in stream:
            self.said.append(line)
            if "Foedera is ready" in line:
                self.ready.set()
        self.ready.set()


@contextmanager
def served(*arguments: str, **more: str) -> Iterator[Server]:
    """A server started by a command such as `demo RU --data FOLDER`; it is stopped as Ctrl-C stops it."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "foedera", *arguments, "--port", str(port)],
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    server = Server(f"http://127.0.0.1:{port}", process)
    assert process.stdout is not None
    listener = threading.Thread(target=server.listen, args=(process.stdout,), daemon=True)
    listener.start()
    try:
        assert server.ready.wait(READY_WITHIN), "".join(server.said)
        assert process.poll() is None, "".join(server.said)
        yield server
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        listener.join(5)
